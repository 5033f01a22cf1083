"""Verdicts as Markdown: whatever a program says is shown as it is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tutor.content.render import plain, render
from tutor.domain.verdict import Check, Verdict
from tutor.services.practice import Graded
from tutor.services.wording import verdict_lines
from tutor.ui.widgets.verdict import day_in_words, fenced, literal, message_markdown, verdict_blocks

LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z", "M"]), min_size=1), min_size=1)


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


def test_a_check_names_the_line_where_its_error_arose() -> None:
    checks = (Check("first", True), Check("second", False, "Line 12: ValueError: no.", 12), Check("third", False, "no"))
    verdict = Verdict("x", False, checks, 0.1, "portable", 7)
    blocks = verdict_blocks(Graded(verdict, "", False, Path("x.py")), "", None, date(2026, 3, 2))
    rows = [block.prefix + plain(render(block.markdown, 80)) for block in blocks]
    assert {"ok first", "x  second (line 12)", "x  third"} <= set(rows)
    assert verdict_lines(verdict)[:3] == ["ok   first", "FAIL second (line 12)", "FAIL third"]


def test_a_day_is_told_from_today() -> None:
    today = date(2026, 3, 2)
    told = [day_in_words(date(2026, 3, day), today) for day in (1, 2, 3, 5)]
    assert told == ["today", "today", "tomorrow", "in 3 days, on Thursday 5 March"]
