"""Progress: the plots as lines of text, the page they make, and the screen that shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.services.conftest import StillClock, still_clock
from tests.ui.conftest import OpenApp, surround
from tutor.content.render import Line, Span, line_width, plain
from tutor.domain.events import EventType
from tutor.domain.settings import Settings
from tutor.services.progress import Progress, progress
from tutor.services.today import read_section
from tutor.services.tutor import Tutor
from tutor.ui.screens.progress import progress_page
from tutor.ui.widgets.bars import Column, bar, columns, days_in
from tutor.ui.widgets.heatmap import heatmap, level, weeks_in
from tutor.ui.widgets.lines import Lines, fitted, spread

DAY = date(2026, 3, 2)  # a Monday
SMALL = (80, 24)
WIDE = (120, 50)

SnapCompare = Callable[..., bool]


def rows(lines: Sequence[Line]) -> list[str]:
    return plain(lines).split("\n")


# The calendar


def test_the_levels_begin_at_fixed_numbers_of_answers() -> None:
    assert [level(count) for count in (0, 1, 9, 10, 29, 30, 59, 60, 1000)] == [0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_the_calendar_has_a_row_a_weekday_and_a_column_a_week_monday_first() -> None:
    wednesday = DAY + timedelta(days=2)
    counts = {DAY: 5, wednesday: 30, DAY - timedelta(days=1): 12, DAY - timedelta(days=14): 60}
    assert rows(heatmap(counts, wednesday, 3)) == [
        "    Feb Mar",
        "Mon ██··░░",
        "Tue ······",
        "Wed ····▓▓",
        "Thu ····",
        "Fri ····",
        "Sat ····",
        "Sun ··▒▒",
        "    ·· 0  ░░ 1-9  ▒▒ 10-29  ▓▓ 30-59  ██ 60+ answers a day",
    ]


def test_each_level_has_a_colour_of_its_own_beside_its_character() -> None:
    counts = {DAY - timedelta(days=7 * back): count for back, count in enumerate((0, 1, 10, 30, 60))}
    monday = heatmap(counts, DAY, 5)[1][1:]
    assert [(span.text[0], span.style) for span in reversed(monday)] == [
        ("·", "level0"),
        ("░", "level1"),
        ("▒", "level2"),
        ("▓", "level3"),
        ("█", "level4"),
    ]


def test_the_calendar_is_plain_ascii_when_asked() -> None:
    assert plain(heatmap({DAY: 12}, DAY, 26, ascii=True)).isascii()


def test_a_month_stands_above_the_first_week_that_begins_in_it() -> None:
    months = rows(heatmap({}, DAY, 26))[0]
    assert months.split() == ["Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar"]
    assert months.index("Mar") == 4 + 2 * 25


def test_a_first_month_that_the_next_would_touch_is_left_out() -> None:
    assert rows(heatmap({}, date(2026, 4, 1), 6))[0].split() == ["Mar"]
    assert rows(heatmap({}, date(2026, 3, 4), 2))[0] == "      Mar"


@given(st.integers(0, 400), st.integers(1, 52))
def test_the_calendar_is_as_wide_as_its_weeks_and_ends_today(ago: int, weeks: int) -> None:
    today = DAY - timedelta(days=ago)
    lines = rows(heatmap({today: 60}, today, weeks))
    assert len(lines) == 9
    assert max(len(line) for line in lines[1:8]) == 4 + 2 * weeks
    assert lines[1 + today.weekday()].endswith("██")
    assert "".join(lines[:8]).count("█") == 2


def test_half_a_year_fits_80_columns_and_a_year_a_wide_screen() -> None:
    assert [weeks_in(width) for width in (30, 76, 107, 108, 200)] == [13, 26, 26, 52, 52]


# Bars


def test_a_bar_is_filled_by_its_share_to_an_eighth_of_a_cell() -> None:
    assert [plain([bar(share, 4)]) for share in (0, 0.25, 0.53, 1, 3)] == ["····", "█···", "██▏·", "████", "████"]
    assert plain([bar(0.5, 4, ascii=True)]) == "##.."


@given(st.floats(-1, 2), st.integers(1, 40), st.booleans())
def test_a_bar_has_its_width_and_shows_every_share_above_nothing(share: float, width: int, ascii: bool) -> None:
    line = bar(share, width, ascii=ascii)
    assert line_width(line) == width
    assert any(span.style == "bar" for span in line) == (share > 0)


def test_standing_bars_carry_their_numbers_and_labels() -> None:
    values = [Column(8, ("Mo", "02")), Column(0, ("Tu", "03")), Column(1, ("We", "04"))]
    assert rows(columns(values, 9, 4)) == [
        "8",
        "██",
        "██",
        "██    1",
        "██ ·  ▄▄",
        "Mo Tu We",
        "02 03 04",
    ]


def test_standing_bars_are_plain_ascii_when_asked() -> None:
    values = [Column(5, ("Mo",)), Column(3, ("Tu",)), Column(0, ("We",))]
    assert rows(columns(values, 9, 2, ascii=True)) == ["5", "## 3", "## ## .", "Mo Tu We"]


@given(st.lists(st.integers(0, 999), min_size=7, max_size=30), st.integers(40, 160), st.booleans())
def test_standing_bars_stay_within_their_width_and_show_every_number(
    values: list[int], width: int, ascii: bool
) -> None:
    shown = values[: days_in(width, max(values))]
    lines = columns([Column(value, ("Mo",)) for value in shown], width, ascii=ascii)
    assert max(line_width(line) for line in lines) <= width + 1
    numbers = [int(word) for line in rows(lines) for word in line.split() if word.isdecimal()]
    assert sorted(numbers) == sorted(value for value in shown if value)


def test_as_many_days_are_shown_as_their_numbers_have_room() -> None:
    assert [days_in(116, 9), days_in(76, 9), days_in(116, 120), days_in(45, 9), days_in(20, 9)] == [30, 21, 28, 14, 7]


def test_lines_are_cut_and_spread_to_their_width() -> None:
    left, right = (Span("Gradient "), Span("descent", "strong")), (Span("7 cards", "dim"),)
    assert fitted(left, 14) == (Span("Gradient "), Span("de...", "strong"))
    assert fitted(left, 16) == left
    assert plain([spread(left, right, 30)]) == "Gradient descent       7 cards"
    assert plain([spread(left, right, 18)]) == "Gradien... 7 cards"


# The page


def study(tutor: Tutor, clock: StillClock) -> None:
    """Thirty-four days of study, every third day off, and the mistakes that were made."""
    cards = sorted(card.id for card in tutor.library.cards())
    now = clock.now()
    for back in range(34, -1, -1):
        clock.start = now - timedelta(days=back)
        if back % 3 == 1:
            continue
        tutor.store.append_many(
            (EventType.ANSWER, cards[number % len(cards)], {"rating": 1 if number % 7 == 6 else 3, "seconds": 20.0})
            for number in range(back * 7 % 40 + 1)
        )
    clock.start = now
    section = tutor.library.section("sigmoid-model")
    assert section is not None
    read_section(tutor, section, 1200)
    tutor.store.append(EventType.ANSWER, "exercise:stable_sigmoid", {"rating": 3, "seconds": 600.0})
    for bug in ("no-mean", "wrong-sign", "no-mean"):
        tutor.store.append(EventType.ATTEMPT, "exercise:mean_loss", {"passed": False, "bug": bug})


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Progress:
    """What is measured after that study; it never changes, so that once is enough."""
    clock = still_clock()
    with pytest.MonkeyPatch.context() as patched:
        surround(patched, tmp_path_factory.mktemp("studied"), clock)
        with Tutor.open() as tutor:
            study(tutor, clock)
            return progress(tutor)


def test_the_page_tells_everything_that_is_measured(studied: Progress) -> None:
    page = plain(progress_page(studied, Settings(), 78))
    assert f"{studied.answers} answers" in page
    assert f"{studied.hours:.1f} h of 18.5 h planned" in page
    assert studied.retention is not None
    assert f"{studied.retention:.0%} recall of what you knew" in page
    assert "(you aim at 90%)" in page
    assert "The last 26 weeks" in page
    assert f"{sum(list(studied.forecast.values())[:21])} items fall due" in page
    first, second = (line for line in page.split("\n") if line.startswith("dlCS"))
    assert first.split()[-8:] == [f"{studied.courses[0].hours:.1f}", *["of", "10", "h", "read", "1/2", "solved", "1/2"]]
    assert second.split()[-8:] == ["0.0", *["of", "8.5", "h", "read", "0/1", "solved", "0/0"]]
    topic = next(line for line in page.split("\n") if line.startswith("The sigmoid"))
    begun = next(topic for topic in studied.topics if topic.topic.slug == "sigmoid-model")
    assert begun.recall is not None
    assert topic.split("model")[1].split()[:3] == ["[x]", f"{begun.seen}/{begun.items}", "1/1"]
    assert topic.endswith(f"{begun.recall:.0%}")
    assert "Dropout" not in page
    mistakes = page.split("Most frequent mistakes\n")[1].split("\n")
    assert mistakes == [
        "2 times   The sum is not divided by m. (The cost of a prediction)",
        "once      The minus sign is missing. (The cost of a prediction)",
    ]


def test_the_streak_is_told_unless_it_is_hidden(studied: Progress) -> None:
    keen = replace(studied, streak=12)
    assert "12 study days in a row" in plain(progress_page(keen, Settings(), 78))
    assert "in a row" not in plain(progress_page(keen, Settings(show_streak=False), 78))


def test_a_new_learner_sees_what_is_still_to_come(tutor: Tutor) -> None:
    page = plain(progress_page(progress(tutor), Settings(), 78))
    assert "0 answers" in page
    assert "too early to say" in page
    assert "no answers yet" in page
    assert "nothing falls due" in page
    assert "none begun yet" in page
    assert "mistakes" not in page


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("width", [58, 77, 100, 109, 110, 117, 160, 250])
def test_the_page_keeps_to_the_width_there_is(studied: Progress, width: int, ascii: bool) -> None:
    settings = Settings(ascii=ascii)
    busy = replace(studied, forecast={day: 300 + count for day, count in studied.forecast.items()})
    for measured in (studied, busy):
        page = progress_page(measured, settings, width)
        assert max(line_width(line) for line in page) <= width
        assert not ascii or plain(page).isascii()


async def test_the_screen_scrolls_to_the_end_of_the_page(open_app: OpenApp, tutor: Tutor, clock: StillClock) -> None:
    study(tutor, clock)
    async with open_app("progress").run_test(size=SMALL) as pilot:
        await pilot.pause()
        page = pilot.app.screen.query_one(Lines)
        assert page.text == plain(
            progress_page(progress(tutor), tutor.settings, page.scrollable_content_region.width - 1)
        )
        await pilot.press("G")
        await pilot.wait_for_scheduled_animations()
        await pilot.pause()
        assert page.scroll_offset.y == page.max_scroll_y > 0
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen.id != "progress"


async def test_the_page_is_drawn_anew_for_a_wide_screen(open_app: OpenApp) -> None:
    async with open_app("progress").run_test(size=SMALL) as pilot:
        await pilot.pause()
        page = pilot.app.screen.query_one(Lines)
        assert "The last 26 weeks" in page.text
        await pilot.resize_terminal(*WIDE)
        await pilot.pause()
        assert "The last 52 weeks" in page.text
        assert "Neural networks and deep learning" in page.text


# How it looks


@pytest.mark.snapshot
@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["small", "wide"])
def test_progress_looks_as_before(
    open_app: OpenApp, tutor: Tutor, clock: StillClock, snap_compare: SnapCompare, size: tuple[int, int]
) -> None:
    study(tutor, clock)
    assert snap_compare(open_app("progress"), terminal_size=size)


@pytest.mark.snapshot
def test_the_foot_of_progress_looks_as_before(
    open_app: OpenApp, tutor: Tutor, clock: StillClock, snap_compare: SnapCompare
) -> None:
    async def to_the_foot(pilot: Any) -> None:
        await pilot.press("G")
        await pilot.wait_for_scheduled_animations()

    study(tutor, clock)
    assert snap_compare(open_app("progress"), terminal_size=SMALL, run_before=to_the_foot)
