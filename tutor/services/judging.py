"""Judging an answer: one place that knows how each form of card and question is compared."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tutor.content.generators import right_order
from tutor.domain.answers import (
    Judgement,
    judge_choice,
    judge_numeric,
    judge_ordering,
    judge_output,
    judge_value,
)
from tutor.domain.errors import UsageError
from tutor.domain.items import Card, CardForm, FormulaKey, Posed, QuestionForm

Given = str | list[int]  #: what was typed, or the positions chosen (from 0, as shown)


def judge_card(card: Card, given: str) -> Judgement:
    """Whether a typed card's answer is right. Raises DlcsError for one that cannot be read."""
    if card.form is CardForm.FORMULA:
        return _formula(given, FormulaKey(card.answer, card.domains, card.without))
    return judge_value(given, card.answer)


def judge_question(posed: Posed, given: Given) -> Judgement:
    """Whether a question's answer is right. Raises DlcsError for one that cannot be read."""
    form = posed.question.form
    if isinstance(given, list):
        if form is QuestionForm.ORDERING:
            return judge_ordering([right_order(posed).index(position) for position in given], len(posed.options))
        return judge_choice(given, [i for i, option in enumerate(posed.options) if option.right])
    if form is QuestionForm.NUMERIC:
        return judge_numeric(given, float(posed.answer), posed.question.tolerance, posed.question.unit)
    if form is QuestionForm.FORMULA:
        return _formula(given, FormulaKey(posed.answer, posed.question.domains, posed.question.without))
    return judge_output(given, posed.answer)


def _formula(given: str, key: FormulaKey) -> Judgement:
    from tutor.maths.typed import compare

    comparison = compare(given, key)
    read = f"Read as {comparison.understood}."
    return Judgement(comparison.equal, f"{comparison.message} {read}".strip())


def labels(posed: Posed) -> Sequence[str]:
    """The letters of the options as shown: a, b, c ..."""
    return [chr(ord("a") + index) for index in range(len(posed.options))]


def parse_given(posed: Posed, text: str) -> Given:
    """What a typed line means for this question: letters for choices and orders, else the text itself.

    Raises UsageError that says what was expected.
    """
    form = posed.question.form
    if form not in (QuestionForm.SINGLE, QuestionForm.MULTIPLE, QuestionForm.ORDERING):
        if not text.strip():
            raise UsageError("Type an answer; an empty line is none (:x says that you do not know).")
        return text
    letters = re.findall(r"[a-z]", text.lower()) if re.fullmatch(r"[\sa-zA-Z,;>-]*", text) else []
    known = labels(posed)
    chosen = [known.index(letter) for letter in letters if letter in known]
    expected = {
        QuestionForm.SINGLE: "one letter, such as a",
        QuestionForm.MULTIPLE: "one or more different letters, such as a c",
        QuestionForm.ORDERING: f"all {len(known)} letters in order, such as {' '.join(reversed(known))}",
    }[form]
    right_count = {
        QuestionForm.SINGLE: len(chosen) == 1,
        QuestionForm.MULTIPLE: len(chosen) >= 1,
        QuestionForm.ORDERING: len(chosen) == len(known),
    }[form]
    if len(chosen) != len(letters) or len(set(chosen)) != len(chosen) or not right_count:
        raise UsageError(f"Expected {expected}, got {text.strip()!r}.")
    return chosen


def right_answer(posed: Posed) -> str:
    """The right answer in one line of Markdown, with the letters as shown."""
    question, known = posed.question, labels(posed)
    if question.form is QuestionForm.ORDERING:
        return " ".join(known[position] for position in right_order(posed))
    if posed.options:
        return "; ".join(f"{known[i]}. {o.text.rstrip('.')}" for i, o in enumerate(posed.options) if o.right)
    if question.form is QuestionForm.NUMERIC:
        return f"{float(posed.answer):.6g} {question.unit}".strip()
    return f"`{posed.answer}`" if "\n" not in posed.answer else f"```text\n{posed.answer}\n```"
