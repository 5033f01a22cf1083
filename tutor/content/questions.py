"""Questions: from Markdown to domain objects; posing one draws its values and shuffles its options."""

from __future__ import annotations

import re

from tutor.content.source import (
    Fields,
    Line,
    RawItem,
    attributes,
    domains_of,
    fields_of,
    form_of,
    markdown,
    placeholders,
    split_items,
    without_of,
)
from tutor.domain.errors import ContentError
from tutor.domain.items import Option, Question, QuestionForm, Source

_OPTION = re.compile(r"-\s+\[([ xX])\]\s+(.*\S)\s*$")
_STEP = re.compile(r"\d+[.)]\s+(.*\S)\s*$")
_TEXT_BLOCK = re.compile(r"```(?:text|output)?\n(.*?)\n?```", re.S)
_FIELDS: dict[QuestionForm, tuple[str, ...]] = {
    QuestionForm.NUMERIC: ("answer", "tolerance", "unit"),
    QuestionForm.FORMULA: ("answer", "where", "without"),
}


def parse_questions(text: str, path: str, generator: str = "") -> list[Question]:
    """All questions of one file. `generator` is the path of the Python file beside it, if there is one.

    Raises ContentError with file, line and remedy.
    """
    return [_question(raw, path, generator) for raw in split_items(text, path, "question")]


def _question(raw: RawItem, path: str, generator: str) -> Question:
    form, difficulty, generated = _head(raw, path)
    if generated and not generator:
        raise ContentError(
            path,
            raw.tag.line,
            f"'{raw.slug}' is generated, but there is no generator file.",
            "Add the .py file beside this one.",
        )
    fields = fields_of(raw, path, _FIELDS.get(form, ()))
    asked, options = _options(raw, path, form)
    prompt, explanation = markdown(asked), fields.rest
    if not prompt:
        raise ContentError(path, raw.line, f"the question '{raw.slug}' asks nothing.", "Write it below the tag.")
    answer = fields.get("answer")
    if form in _FIELDS and not answer:
        raise ContentError(path, raw.line, f"'{raw.slug}' has no answer.", "Add a line: - answer: ... after the ---.")
    if form is QuestionForm.OUTPUT:
        answer, explanation = _printed(raw, path, prompt, explanation)
    if not explanation:
        raise ContentError(
            path,
            raw.line,
            f"'{raw.slug}' does not explain its answer.",
            "Write a sentence or two after the ---.",
        )
    question = Question(
        id=f"question:{raw.slug}",
        slug=raw.slug,
        topic=raw.topic,
        form=form,
        prompt=prompt,
        source=Source(path, raw.line),
        hash=raw.hash,
        explanation=explanation,
        options=options,
        answer=answer,
        tolerance=_tolerance(fields, raw, path),
        unit=fields.get("unit"),
        domains=domains_of(fields, raw.slug, path, raw.line) if form is QuestionForm.FORMULA else {},
        without=without_of(fields),
        difficulty=difficulty,
        generated=generated,
        generator=generator if generated else "",
    )
    if form is QuestionForm.NUMERIC and not generated:
        _number(answer, raw, path, fields.line("answer", raw.line))
    if not generated and (names := list(placeholders(prompt + explanation + answer))):
        raise ContentError(
            path,
            raw.line,
            f"'{raw.slug}' has the placeholder '{names[0]}' but is not generated.",
            "Add 'generated' to its tag.",
        )
    return question


def _head(raw: RawItem, path: str) -> tuple[QuestionForm, int, bool]:
    name, further = attributes(raw.tag, path)
    form = form_of(raw, name, QuestionForm, path)
    difficulty, generated = 1, False
    for word in further:
        if word == "generated":
            generated = True
        elif match := re.fullmatch(r"difficulty ([123])", word):
            difficulty = int(match[1])
        else:
            raise ContentError(
                path,
                raw.tag.line,
                f"'{raw.slug}' has the unknown attribute '{word}'.",
                "Use 'generated' or 'difficulty 1|2|3'.",
            )
    return form, difficulty, generated


def _options(raw: RawItem, path: str, form: QuestionForm) -> tuple[list[Line], tuple[Option, ...]]:
    """The lines of the prompt without its choices or steps, and those as options."""
    if form is QuestionForm.ORDERING:
        return _steps(raw, path)
    if form not in (QuestionForm.SINGLE, QuestionForm.MULTIPLE):
        return list(raw.asked), ()
    start = next(
        (i for i, line in enumerate(raw.asked) if not line.fenced and _OPTION.match(line.text)),
        len(raw.asked),
    )
    found: list[tuple[str, bool, list[str], int]] = []
    for line in raw.asked[start:]:
        if match := _OPTION.match(line.text):
            found.append((match[2], match[1] != " ", [], line.number))
        elif line.text.strip() and not line.text.startswith((" ", "\t")):
            raise ContentError(
                path,
                line.number,
                f"'{raw.slug}' has text between or after its options.",
                "Indent it as the reason of one.",
            )
        elif line.text.strip():
            found[-1][2].append(line.text.strip())
    for text, right, reason, number in found:
        if not right and not reason:
            raise ContentError(
                path,
                number,
                f"the wrong option '{text}' has no reason.",
                "Say below it, indented, why it is wrong.",
            )
    rights = sum(right for _, right, _, _ in found)
    if len(found) < 2 or rights < 1 or (form is QuestionForm.SINGLE and rights != 1):
        need = "exactly one right option ([x])" if form is QuestionForm.SINGLE else "a right option ([x])"
        raise ContentError(
            path,
            raw.line,
            f"'{raw.slug}' should have two or more options and {need}; it has {len(found)} and {rights}.",
        )
    texts = [text for text, _, _, _ in found]
    if len(set(texts)) < len(texts):
        raise ContentError(path, raw.line, f"'{raw.slug}' has two options with the same text.", "Make them differ.")
    return list(raw.asked[:start]), tuple(Option(text, right, " ".join(reason)) for text, right, reason, _ in found)


def _steps(raw: RawItem, path: str) -> tuple[list[Line], tuple[Option, ...]]:
    start = next((i for i, line in enumerate(raw.asked) if not line.fenced and _STEP.match(line.text)), len(raw.asked))
    steps: list[str] = []
    for line in raw.asked[start:]:
        if match := _STEP.match(line.text):
            steps.append(match[1])
        elif line.text.strip() and steps:
            steps[-1] += " " + line.text.strip()
    if len(steps) < 3 or len(set(steps)) < len(steps):
        raise ContentError(
            path,
            raw.line,
            f"the ordering '{raw.slug}' needs three or more different steps.",
            "Number them in the right order.",
        )
    return list(raw.asked[:start]), tuple(Option(step, True) for step in steps)


def _printed(raw: RawItem, path: str, prompt: str, explanation: str) -> tuple[str, str]:
    match = _TEXT_BLOCK.match(explanation)
    if "```python" not in prompt or not match:
        raise ContentError(
            path,
            raw.line,
            f"'{raw.slug}' needs a ```python block and, right after the ---, a ```text block with what it prints.",
        )
    return match[1], explanation[match.end() :].strip()


def _tolerance(fields: Fields, raw: RawItem, path: str) -> float:
    text = fields.get("tolerance", "0")
    value = _number(text, raw, path, fields.line("tolerance", raw.line))
    if not 0 <= value < 0.5:
        raise ContentError(
            path,
            fields.line("tolerance", raw.line),
            f"'{raw.slug}' has the tolerance {text}.",
            "It is relative: 0.01 is one percent.",
        )
    return value


def _number(text: str, raw: RawItem, path: str, line: int) -> float:
    try:
        return float(text)
    except ValueError:
        raise ContentError(path, line, f"'{raw.slug}' should have a number here, got '{text}'.") from None
