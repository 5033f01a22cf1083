"""A verdict as blocks of Markdown: what failed and why first, then every check."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Sequence
from datetime import date, tzinfo

from tutor.domain.verdict import Verdict
from tutor.services.practice import Attempt, Graded
from tutor.services.wording import check_name
from tutor.ui.widgets.prose import Block

_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


def literal(text: str) -> str:
    """Markdown that reads exactly as `text`, whatever is in it."""
    rows = [_PUNCTUATION.sub(lambda sign: f"&#{ord(sign[0])};", row.strip()) for row in _visible(text).split("\n")]
    return "\\\n".join(row for row in rows if row)


def fenced(text: str, language: str = "text") -> str:
    """A code block that holds `text`, whatever is in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{_visible(text)}\n{fence}"


def message_markdown(message: str) -> str:
    """A check's message: a sentence, and the code that it quotes on indented lines."""
    rows = message.split("\n")
    quoted = next((index for index, row in enumerate(rows) if index and row.startswith("    ")), len(rows))
    said = literal("\n".join(rows[:quoted]))
    if quoted == len(rows):
        return said
    code = textwrap.dedent("\n".join(rows[quoted:]))
    return f"{said}\n\n{fenced(code)}"


def verdict_blocks(graded: Graded, section: str, due: date | None, today: date) -> list[Block]:
    """The blocks of a verdict.

    - section: the title of the section that the diagnosis names, if it names one
    - due: when the exercise comes back
    """
    verdict = graded.verdict
    blocks = [_headline(verdict)]
    if verdict.passed:
        blocks += _after_pass(graded, due, today)
    failure = verdict.first_failure
    if failure:
        blocks.append(Block(f"{literal(failure.name)}: {message_markdown(failure.message)}", prefix="x  ", style="bad"))
    if verdict.diagnosis:
        blocks.append(Block(f"**The mistake:** {literal(verdict.diagnosis.message)}", prefix="-> ", style="bad", gap=0))
        title = literal(section or verdict.diagnosis.section)
        blocks.append(Block(f"Read the section *{title}*: **s** or **F3**", "read", "   ", "chosen"))
    blocks += [
        Block(
            literal(check_name(check)),
            prefix="ok " if check.passed else "x  ",
            style="good" if check.passed else "bad",
            gap=0,
        )
        for check in verdict.checks
    ]
    blocks.append(Block(""))
    blocks += [Block(literal(warning), prefix="!  ", style="note") for warning in verdict.warnings]
    if verdict.output.strip():
        blocks.append(Block(f"Your program printed:\n\n{fenced(verdict.output.rstrip())}"))
    if not verdict.passed:
        blocks.append(Block(f"Seed {verdict.seed} repeats these cases.", style="dim"))
    return blocks


def _headline(verdict: Verdict) -> Block:
    if not verdict.passed:
        failed = sum(not check.passed for check in verdict.checks)
        return Block(f"**Not passed:** {failed} of {len(verdict.checks)} checks failed.", prefix="x  ", style="bad")
    badge = {True: ", vectorized", False: ", with loops over the examples", None: ""}[verdict.vectorized]
    return Block(f"**Passed** in {verdict.seconds:.2f} s{badge}.", prefix="ok ", style="good", gap=0)


def _after_pass(graded: Graded, due: date | None, today: date) -> list[Block]:
    kept = "Saved." if graded.answered else "Saved as an attempt; the schedule stays as it was."
    comes = f" It comes back {day_in_words(due, today)}." if due else ""
    return [
        Block(f"{kept}{comes}", prefix="   ", gap=0),
        Block("**F8** shows the solution beside your code.", "solution", "   ", "chosen"),
    ]


def day_in_words(day: date, today: date) -> str:
    """`tomorrow`, or `in 3 days, on Thursday 5 March`."""
    away = (day - today).days
    if away <= 0:
        return "today"
    return "tomorrow" if away == 1 else f"in {away} days, on {day:%A} {day.day} {day:%B}"


def before_grading(attempts: Sequence[Attempt], zone: tzinfo | None) -> list[Block]:
    """What stands in place of a verdict until the code is graded; `zone` is the learner's (None: the system's)."""
    blocks = [Block("**F5** grades your code; it is saved first.")]
    if attempts:
        last = attempts[-1]
        told = "passed." if last.passed else message_markdown(last.message)
        blocks.append(Block(f"Your last attempt, {last.time.astimezone(zone):%d %B, %H:%M}: {told}", style="dim"))
    return blocks


def _visible(text: str) -> str:
    """Without the characters that turn the direction of text or steer a terminal."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in kept if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cf"))
