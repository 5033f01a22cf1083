"""Verdicts as Markdown: whatever a program says is shown as it is."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from tutor.content.render import plain, render
from tutor.domain.verdict import Check, Verdict
from tutor.ui.widgets.verdict import day_in_words, error_line, fenced, literal, message_markdown

LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z", "M"]), min_size=1), min_size=1)


def failing(message: str) -> Verdict:
    return Verdict("x", False, (Check("first", True), Check("second", False, message)), 0.1, "portable", 7)


@given(LINES)
def test_any_text_reads_as_it_is(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert plain(render(literal(text), 4000)) == text


@given(LINES)
def test_any_text_in_a_code_block_reads_as_it_is(lines: list[str]) -> None:
    text = "\n".join(lines)
    shown = plain(render(fenced(text), 4000)).split("\n")
    assert [row.removeprefix("  ") for row in shown] == lines


def test_markup_maths_and_escapes_are_not_taken_for_such() -> None:
    text = r"[bold]x[/bold] $x_1$ \[y\] \(z\) `a` *b* __c__ <i> &amp; 1. # - {{c1::d}}"
    assert plain(render(literal(text), 200)) == text
    assert "\x1b" not in plain(render(literal("a\x1b[31mb\u202e"), 80))


def test_quoted_code_stands_below_the_sentence() -> None:
    shown = plain(render(message_markdown("Line 2 is not Python: bad.\n    x = (\n        ^"), 80))
    assert shown.split("\n") == ["Line 2 is not Python: bad.", "", "  x = (", "      ^"]


def test_the_line_of_the_first_failure_is_found() -> None:
    assert error_line(failing("Line 12: ValueError: no.\n    raise")) == 12
    assert error_line(failing("Your code did not finish within 10 s (it was in line 7): is there a loop?")) == 7
    assert error_line(failing("at [0] expected 1, got line 2")) is None
    assert error_line(Verdict("x", True, (Check("first", True),), 0.1, "portable", 7)) is None


def test_a_day_is_told_from_today() -> None:
    today = date(2026, 3, 2)
    told = [day_in_words(date(2026, 3, day), today) for day in (1, 2, 3, 5)]
    assert told == ["today", "today", "tomorrow", "in 3 days, on Thursday 5 March"]
