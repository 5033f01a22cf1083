"""A question as blocks of Markdown: as it is asked, as it was answered, and the score at the end."""

from __future__ import annotations

from collections.abc import Callable

from tutor.domain.items import Posed, QuestionForm
from tutor.services.judging import labels
from tutor.services.quiz import Outcome, Quiz
from tutor.ui.widgets.prose import Block, literal, typed


def question_blocks(posed: Posed, marked: list[int], cursor: int | None) -> list[Block]:
    """The prompt and its options, with the cursor and the marks as signs."""
    form = posed.question.form
    told = {
        QuestionForm.SINGLE: "One is right: its letter or Space marks it, Enter answers.",
        QuestionForm.MULTIPLE: "Mark every right one: its letter or Space marks it, Enter answers.",
        QuestionForm.ORDERING: "Shift with an arrow (or K, J) carries the step at >, Enter answers.",
    }.get(form, "")
    blocks = [Block(posed.prompt, "prompt")]
    if told:
        blocks.append(Block(told, style="dim"))
    known = labels(posed)
    for place in range(len(posed.options)):
        at = "> " if place == cursor else "  "
        if form is QuestionForm.ORDERING:
            text, sign = posed.options[marked[place]].text, f"{place + 1}."
        else:
            text = posed.options[place].text
            sign = f"{_box(place in marked, form is QuestionForm.MULTIPLE)} {known[place]}"
        style = "chosen" if place == cursor or (place in marked and form is not QuestionForm.ORDERING) else ""
        blocks.append(Block(text, f"option{place}", f"{at}{sign}  ", style, gap=0))
    return [*blocks, Block("")] if posed.options else blocks


def outcome_blocks(outcome: Outcome) -> list[Block]:
    """The question with what was right and what was chosen, the verdict, reasons and explanation."""
    posed, given, right = outcome.posed, outcome.given, outcome.judgement.correct
    blocks = [Block(posed.prompt, "prompt")]
    if posed.options:
        blocks += _chosen(posed, given if isinstance(given, list) else [])
    elif isinstance(given, str):
        blocks.append(Block(f"You wrote {typed(given)}"))
    told = "Right" if right else "You did not know" if given is None else "Not right"
    verdict = f"**{told}.** {literal(outcome.judgement.message)}"
    blocks.append(Block(verdict, "verdict", "ok  " if right else "x   ", "good" if right else "bad"))
    for option in outcome.reasons:
        letter = labels(posed)[posed.options.index(option)]
        blocks.append(Block(option.reason, "verdict", f"    {letter}  ", "bad"))
    if not right and not posed.options:
        blocks.append(Block(_right_answer(outcome), "verdict"))
    return [*blocks, Block(posed.explanation, "verdict"), Block("**Enter** goes on.", "verdict", style="dim")]


def _chosen(posed: Posed, given: list[int]) -> list[Block]:
    """The options with marks for the right ones and the chosen ones, or the steps in their right order."""
    known = labels(posed)
    if posed.question.form is QuestionForm.ORDERING:
        from tutor.content.generators import right_order

        order = right_order(posed)
        if not given:
            steps = [Block(posed.options[place].text, "", f"   {at}.  ", gap=0) for at, place in enumerate(order, 1)]
            return [Block("The right order:", style="dim"), *steps, Block("")]
        rows = [(posed.options[place].text, place == given[at], f"{at + 1}.") for at, place in enumerate(order)]
        blocks = [
            Block(text, "", f"{'ok' if same else 'x '} {sign}  ", "good" if same else "bad", gap=0)
            for text, same, sign in rows
        ]
        return [Block("The right order (ok where yours agrees):", style="dim"), *blocks, Block("")]
    several = posed.question.form is QuestionForm.MULTIPLE
    blocks = []
    for place, option in enumerate(posed.options):
        mark = "ok" if option.right else "x " if place in given else "  "
        style = "good" if option.right else "bad" if place in given else ""
        blocks.append(Block(option.text, "", f"{mark} {_box(place in given, several)} {known[place]}  ", style, gap=0))
    return [*blocks, Block("")]


def _box(marked: bool, several: bool) -> str:
    return ("[x]" if marked else "[ ]") if several else ("(x)" if marked else "( )")


def _right_answer(outcome: Outcome) -> str:
    """The right answer in Markdown: printed output and steps on lines of their own."""
    posed = outcome.posed
    if posed.question.form is QuestionForm.ORDERING:
        order = [labels(posed).index(letter) for letter in outcome.right.split()]
        steps = "\n".join(f"{number}. {posed.options[place].text}" for number, place in enumerate(order, 1))
        return f"The right order:\n\n{steps}"
    if posed.question.form is QuestionForm.MULTIPLE:
        right = "\n".join(f"- {option.text}" for option in posed.options if option.right)
        return f"The right ones:\n\n{right}"
    if posed.question.form is QuestionForm.SINGLE:
        return f"The right one: {next(option.text for option in posed.options if option.right)}"
    parted = "\n\n" if outcome.right.startswith("```") else " "
    return f"The answer:{parted}{outcome.right}"


def summary_blocks(quiz: Quiz, title: Callable[[str], str], cursor: int = 0) -> list[Block]:
    """The score, then each mistake with its answer and the section that explains it; the cursor is at one of them."""
    count, wrong = len(quiz.outcomes), quiz.mistakes
    blocks = [Block(f"**{count - len(wrong)} of {count} right.**" if count else "**No question to answer now.**")]
    for number, outcome in enumerate(wrong):
        name, question = f"mistake{number}", outcome.posed.question
        asked = outcome.posed.prompt.split("\n\n", 1)[0]
        blocks.append(Block(asked, name, "> " if number == cursor else "  ", "chosen", gap=0))
        blocks.append(Block(_right_answer(outcome), name, "  ", gap=0))
        blocks.append(Block(f"Section: *{literal(title(question.topic))}*", name, "  ", "dim"))
    blocks += [Block(literal(str(problem)), prefix="!  ", style="bad") for problem in quiz.problems]
    undo = "; **u** takes back the last answer" if count else ""
    section = "; **s** reads the section" if wrong else ""
    return [*blocks, Block(f"**Enter** goes on{undo}{section}.", style="dim")]
