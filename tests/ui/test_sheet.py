"""Sheets: the list of all topics, reading section after section, and what the log keeps of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from tests.services.conftest import StillClock
from tests.ui.conftest import CONTENT, OpenApp
from tutor.domain.errors import StoreError
from tutor.domain.events import EventType
from tutor.services.today import read_section
from tutor.services.tutor import Tutor
from tutor.ui.app import DlcsApp
from tutor.ui.screens.choose import ChooseScreen
from tutor.ui.screens.sheet import SheetScreen
from tutor.ui.screens.sheets import SheetsScreen
from tutor.ui.screens.today import TodayScreen
from tutor.ui.widgets.finding import FindBar, MarkedProse, matches
from tutor.ui.widgets.listing import Listing

SMALL = (80, 24)
WIDE = (120, 40)

SnapCompare = Callable[..., bool]


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Presses keys one by one and lets what each sets off settle, scrolling included."""
    for key in keys:
        await pilot.press(key)
        await pilot.wait_for_scheduled_animations()
        await pilot.pause()


def readings(tutor: Tutor) -> list[tuple[str, float]]:
    """The logged readings: topic and seconds."""
    events = tutor.store.events(types=[EventType.SECTION_READ])
    return [((event.item or "").removeprefix("section:"), event.payload["seconds"]) for event in events]


def title(app: App[Any]) -> str:
    bar = app.screen.query_one("TitleBar")
    return "  ".join(str(part.content).strip() for part in bar.query(Static))


def footer_keys(app: App[Any]) -> set[str]:
    """What the footer offers and can be pressed now."""
    return {
        active.binding.description
        for active in app.screen.active_bindings.values()
        if active.binding.show and active.enabled
    }


def mark_read(tutor: Tutor, topic: str) -> None:
    section = tutor.library.section(topic)
    assert section is not None
    read_section(tutor, section, 60)


# All sheets


async def test_the_list_has_every_course_week_and_topic_in_reading_order(open_app: OpenApp, tutor: Tutor) -> None:
    mark_read(tutor, "sigmoid-model")
    async with open_app("sheets").run_test(size=SMALL) as pilot:
        await pilot.pause()
        lines = [" ".join(line.split()) for line in pilot.app.screen.query_one(Listing).text.split("\n")]
        assert lines == [
            "dlCS1 Neural networks and deep learning 1 of 2 read, 1 to be written",
            "Week 1: Introduction",
            "- Neurons and layers of neurons",
            "Week 2: Logistic regression as a network",
            "[x] The sigmoid and the logistic model",
            "> [ ] Loss, cost and why not squared error",
            "",
            "dlCS2 Improving deep neural networks 0 of 1 read",
            "Week 1: Practical aspects",
            "[ ] Dropout",
        ]
        assert title(pilot.app) == "Sheets  1 of 3 sections read"


async def test_a_wide_list_also_counts_what_there_is_on_each_topic(open_app: OpenApp) -> None:
    async with open_app("sheets").run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert "questions" not in pilot.app.screen.query_one(Listing).text
        await pilot.resize_terminal(*WIDE)
        await pilot.pause()
        row = next(line for line in pilot.app.screen.query_one(Listing).text.split("\n") if "sigmoid" in line)
        assert row.split()[-6:] == ["5", "cards", "4", "questions", "1", "exercise"]


async def test_the_cursor_starts_at_the_next_unread_section_and_enter_opens_it(open_app: OpenApp, tutor: Tutor) -> None:
    mark_read(tutor, "sigmoid-model")
    async with open_app("sheets").run_test(size=SMALL) as pilot:
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, SheetScreen)
        assert pilot.app.screen.topic == "loss-and-cost"


async def test_what_was_read_is_marked_on_return(open_app: OpenApp) -> None:
    async with open_app("sheets").run_test(size=SMALL) as pilot:
        await press(pilot, "enter", "m", "escape")
        assert isinstance(pilot.app.screen, SheetsScreen)
        listing = pilot.app.screen.query_one(Listing)
        assert "> " in next(line for line in listing.text.split("\n") if "[x] The sigmoid" in line)
        assert title(pilot.app) == "Sheets  1 of 3 sections read"


async def test_a_topic_without_a_section_says_so(open_app: OpenApp) -> None:
    async with open_app("sheets").run_test(size=SMALL) as pilot:
        await press(pilot, "home", "enter")
        assert isinstance(pilot.app.screen, SheetsScreen)
        assert [note.message for note in pilot.app._notifications] == [
            "The section on 'Neurons and layers of neurons' is not written yet."
        ]


@pytest.mark.parametrize(
    ("keys", "topic"),
    [
        (["j"], "loss-and-cost"),
        (["k", "k", "k"], "relu-neuron"),
        (["end"], "dropout"),
        (["G", "g"], "relu-neuron"),
        (["pagedown"], "dropout"),
        (["end", "pageup"], "relu-neuron"),
        (["right_square_bracket"], "dropout"),
        (["right_square_bracket", "left_square_bracket"], "relu-neuron"),
        (["n"], "loss-and-cost"),
        (["n", "n", "n"], "sigmoid-model"),
    ],
)
async def test_keys_move_the_cursor(open_app: OpenApp, keys: list[str], topic: str) -> None:
    async with open_app("sheets").run_test(size=SMALL) as pilot:
        await press(pilot, *keys)
        assert pilot.app.screen.query_one(Listing).cursor_name == topic


async def test_the_cursor_stays_in_sight_on_a_small_screen(open_app: OpenApp) -> None:
    async with open_app("sheets").run_test(size=(60, 8)) as pilot:
        listing = pilot.app.screen.query_one(Listing)
        for key in ("end", "home", "j", "j", "j"):
            await press(pilot, key)
            row = next(index for index, line in enumerate(listing.text.split("\n")) if line.startswith(">"))
            assert 0 <= row - listing.scroll_offset.y < listing.size.height


async def test_a_click_opens_a_section(open_app: OpenApp) -> None:
    async with open_app("sheets").run_test(size=SMALL) as pilot:
        await pilot.pause()
        listing = pilot.app.screen.query_one(Listing)
        row = next(index for index, line in enumerate(listing.text.split("\n")) if "Dropout" in line)
        await pilot.click(listing, offset=(20, row))
        await pilot.pause()
        assert isinstance(pilot.app.screen, SheetScreen)
        assert pilot.app.screen.topic == "dropout"


# Reading


async def test_a_section_read_to_its_end_is_logged_when_the_learner_moves_on(
    open_app: OpenApp, tutor: Tutor, clock: StillClock
) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert title(pilot.app).startswith("dlCS1 - The sigmoid and the logistic model  [ ] unread   1 of 2")
        clock.move(seconds=90)
        await press(pilot, "G")
        assert readings(tutor) == []
        await press(pilot, "n")
        assert readings(tutor) == [("sigmoid-model", 90.0)]
        assert title(pilot.app).startswith("dlCS1 - Loss, cost and why not squared error  [ ] unread   2 of 2")
        await press(pilot, "p")
        assert "[x] read" in title(pilot.app)
        assert len(readings(tutor)) == 1


async def test_a_section_left_before_its_end_is_not_logged(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=SMALL) as pilot:
        await press(pilot, "j", "j", "n", "p", "escape")
        assert isinstance(pilot.app.screen, TodayScreen)
        assert readings(tutor) == []


async def test_moving_to_a_shorter_section_does_not_count_the_longer_one_as_read(
    open_app: OpenApp, tutor: Tutor
) -> None:
    async with open_app("sheet", "loss-and-cost").run_test(size=(80, 18)) as pilot:
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, SheetScreen)
        while screen.prose.scroll_offset.y < screen.prose.max_scroll_y - 1:
            await press(pilot, "down")
        assert screen.prose.scroll_offset.y > 3
        await press(pilot, "n")
        assert screen.topic == "dropout"
        assert readings(tutor) == []


async def test_a_section_that_is_all_in_sight_counts_when_it_is_left(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("sheet", "dropout").run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert title(pilot.app).endswith("1 of 1   100%")
        await press(pilot, "escape")
        assert [topic for topic, _ in readings(tutor)] == ["dropout"]


async def test_a_section_read_to_its_end_is_logged_when_the_app_is_quit(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=SMALL) as pilot:
        await press(pilot, "G", "ctrl+q")
    assert [topic for topic, _ in readings(tutor)] == ["sigmoid-model"]


async def test_m_marks_as_read_once_a_visit(open_app: OpenApp, tutor: Tutor, clock: StillClock) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=SMALL) as pilot:
        await pilot.pause()
        clock.move(seconds=30)
        assert "Mark read" in footer_keys(pilot.app)
        await press(pilot, "m")
        assert readings(tutor) == [("sigmoid-model", 30.0)]
        assert "[x] read" in title(pilot.app)
        assert "Mark read" not in footer_keys(pilot.app)
        await press(pilot, "m", "G", "n", "p")
        assert len(readings(tutor)) == 1
        await press(pilot, "m")
        assert len(readings(tutor)) == 2


async def test_time_spent_on_another_screen_is_not_reading_time(
    open_app: OpenApp, tutor: Tutor, clock: StillClock
) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=SMALL) as pilot:
        await pilot.pause()
        clock.move(seconds=20)
        await press(pilot, "question_mark")
        clock.move(seconds=1000)
        await press(pilot, "escape")
        clock.move(seconds=5)
        await press(pilot, "m")
        assert readings(tutor) == [("sigmoid-model", 25.0)]


async def test_today_suggests_the_section_after_the_one_read(open_app: OpenApp) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=SMALL) as pilot:
        await press(pilot, "G", "escape")
        assert "Read next: Loss, cost and why not squared error" in pilot.app.screen.query_one("#today").text  # type: ignore[attr-defined]


async def test_next_and_previous_go_through_all_sheets_and_stop_at_the_ends(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=SMALL) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, SheetScreen)
        seen = []
        for key in ("n", "right_square_bracket", "n", "left_square_bracket", "p", "p"):
            await press(pilot, key)
            seen.append(screen.topic)
        assert seen == ["loss-and-cost", "dropout", "dropout", "loss-and-cost", "sigmoid-model", "sigmoid-model"]
        notes = [note.message for note in pilot.app._notifications]
        assert notes == ["This is the last section.", "This is the first section."]
        assert [topic for topic, _ in readings(tutor)] == ["dropout"]


async def test_a_topic_without_a_section_leads_to_its_neighbours(open_app: OpenApp) -> None:
    async with open_app("sheet", "relu-neuron").run_test(size=SMALL) as pilot:
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, SheetScreen)
        assert "The section on Neurons and layers of neurons is not written yet." in screen.prose.text
        assert footer_keys(pilot.app).isdisjoint({"Mark read", "Find"})
        await press(pilot, "m", "n")
        assert screen.topic == "sigmoid-model"


async def test_an_unknown_topic_is_told_with_a_suggestion(open_app: OpenApp) -> None:
    async with open_app("sheet", "sigmoid-modle").run_test(size=SMALL) as pilot:
        await pilot.pause()
        text = pilot.app.screen.query_one(MarkedProse).text
        assert "There is no topic 'sigmoid-modle'. Did you mean 'sigmoid-model'?" in text
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, TodayScreen)


async def test_a_reading_that_cannot_be_saved_is_told_and_can_be_marked_again(
    open_app: OpenApp, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=SMALL) as pilot:
        with monkeypatch.context() as broken:

            def refuse(*_: object) -> None:
                raise StoreError("The disk is full; nothing was saved.")

            broken.setattr(tutor.store, "append", refuse)
            await press(pilot, "m")
            assert [note.message for note in pilot.app._notifications] == ["The disk is full; nothing was saved."]
            assert "[ ] unread" in title(pilot.app)
        await press(pilot, "m")
        assert "[x] read" in title(pilot.app)


async def test_a_section_of_ones_own_is_listed_and_read(open_app: OpenApp, tutor: Tutor, surroundings: Path) -> None:
    own = surroundings / "content" / "cheatsheets" / "notes.md"
    own.parent.mkdir(parents=True)
    idea = "word " * 25
    own.write_text(f"# Notes\n\n### My own notes\n<!-- topic: my-notes -->\n\n{idea}\n")
    tutor.library.sync()
    assert tutor.library.problems == []
    async with open_app("sheets").run_test(size=SMALL) as pilot:
        await press(pilot, "end", "enter")
        screen = pilot.app.screen
        assert isinstance(screen, SheetScreen)
        assert title(pilot.app).startswith("notes - My own notes")
        await press(pilot, "p")
        assert screen.topic == "dropout"


# The ways on


async def test_cards_quiz_and_exercise_open_on_this_topic(open_app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=SMALL) as pilot:
        await pilot.pause()
        opened: list[tuple[str, str | None]] = []
        monkeypatch.setattr(DlcsApp, "open_screen", lambda _, name, argument=None: opened.append((name, argument)))
        await press(pilot, "c", "z", "x")
        assert opened == [("review", "sigmoid-model"), ("quiz", "sigmoid-model"), ("exercise", "stable_sigmoid")]


async def test_the_end_of_a_section_names_what_there_is_and_can_be_clicked(open_app: OpenApp) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=SMALL) as pilot:
        await press(pilot, "G")
        screen = pilot.app.screen
        assert isinstance(screen, SheetScreen)
        lines = screen.prose.text.split("\n")
        assert lines[-4:] == [
            "c  5 cards on this topic",
            "z  4 questions on this topic",
            "x  1 exercise on this topic",
            "n  Next: Loss, cost and why not squared error",
        ]
        await pilot.click(screen.prose, offset=(6, len(lines) - 1 - screen.prose.scroll_offset.y))
        await pilot.pause()
        assert screen.topic == "loss-and-cost"


async def test_a_topic_with_nothing_to_practise_has_these_keys_disabled(open_app: OpenApp) -> None:
    async with open_app("sheet", "dropout").run_test(size=SMALL) as pilot:
        await press(pilot, "c", "z", "x")
        assert isinstance(pilot.app.screen, SheetScreen)


@pytest.fixture
def two_exercises(surroundings: Path) -> None:
    """A second exercise on the sigmoid, of the learner's own; set before the tutor opens."""
    folder = surroundings / "content" / "exercises" / "c1" / "sigmoid_again"
    shutil.copytree(CONTENT / "exercises" / "c1" / "stable_sigmoid", folder)
    description = folder / "exercise.toml"
    description.write_text(description.read_text().replace("A sigmoid that never overflows", "The sigmoid once more"))


@pytest.mark.usefixtures("two_exercises")
async def test_of_several_exercises_one_is_chosen(open_app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=SMALL) as pilot:
        await pilot.pause()
        opened: list[tuple[str, str | None]] = []
        monkeypatch.setattr(DlcsApp, "open_screen", lambda _, name, argument=None: opened.append((name, argument)))
        await press(pilot, "x")
        assert isinstance(pilot.app.screen, ChooseScreen)
        names = pilot.app.screen.query_one(Listing).names
        assert set(names) == {"stable_sigmoid", "sigmoid_again"}
        await press(pilot, "escape")
        assert opened == []
        await press(pilot, "x", "down", "enter")
        assert opened == [("exercise", names[1])]
        assert isinstance(pilot.app.screen, SheetScreen)


# The contents


async def test_a_narrow_screen_shows_the_contents_on_demand(open_app: OpenApp) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=SMALL) as pilot:
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, SheetScreen)
        assert not screen.contents.display
        await press(pilot, "t")
        assert screen.contents.has_focus
        assert len(footer_keys(pilot.app)) <= 6
        assert screen.contents.text.split("\n") == [
            "  Week 2: Logistic regression as a network",
            "> [ ] The sigmoid and the logistic model",
            "  [ ] Loss, cost and why not squared error",
        ]
        await press(pilot, "escape")
        assert not screen.contents.display
        await press(pilot, "t", "down", "enter")
        assert screen.topic == "loss-and-cost"
        assert not screen.contents.display
        assert screen.prose.has_focus


async def test_a_wide_screen_shows_the_contents_beside_the_text(open_app: OpenApp) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=WIDE) as pilot:
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, SheetScreen)
        assert screen.contents.display
        assert screen.prose.has_focus
        await press(pilot, "m")
        assert "> [x] The sigmoid" in screen.contents.text
        await press(pilot, "n")
        assert "> [ ] Loss, cost" in screen.contents.text
        await press(pilot, "t")
        assert not screen.contents.display
        assert screen.prose.has_focus


# Finding


async def type_text(pilot: Pilot[Any], text: str) -> None:
    await press(pilot, *("space" if character == " " else character for character in text))


def found(screen: SheetScreen) -> str:
    return str(screen.query_one(FindBar).query_one(".count", Static).content)


async def test_a_search_shows_the_first_match_and_enter_the_next(open_app: OpenApp) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=SMALL) as pilot:
        await press(pilot, "slash")
        screen = pilot.app.screen
        assert isinstance(screen, SheetScreen)
        await type_text(pilot, "SIGMOID")
        lines = screen.prose.text.split("\n")
        assert all("sigmoid" in lines[first].lower() for first, _ in screen.prose.found)
        count = len(screen.prose.found)
        assert found(screen) == f"1 of {count} here"
        await press(pilot, "enter", "down")
        assert found(screen) == f"3 of {count} here"
        assert screen.prose.current == screen.prose.found[2]
        await press(pilot, "up")
        assert found(screen) == f"2 of {count} here"
        top = screen.prose.scroll_offset.y
        assert top <= screen.prose.found[1][0] < top + screen.prose.size.height


async def test_a_search_goes_on_in_the_other_sections_of_the_sheet(open_app: OpenApp) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=SMALL) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, SheetScreen)
        await press(pilot, "slash")
        await type_text(pilot, "cross-entropy")
        assert found(screen) == "not here, but in 1 other section (Enter)"
        assert screen.topic == "sigmoid-model"
        await press(pilot, "enter")
        assert screen.topic == "loss-and-cost"
        assert found(screen) == "1 of 1 here"
        await press(pilot, "enter")
        assert screen.topic == "loss-and-cost"
        assert found(screen) == "1 of 1 here"


async def test_a_text_that_is_nowhere_says_so_and_enter_stays(open_app: OpenApp) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=SMALL) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, SheetScreen)
        await press(pilot, "slash")
        await type_text(pilot, "dropout")
        assert found(screen) == "not in this sheet"
        await press(pilot, "enter", "up")
        assert screen.topic == "sigmoid-model"


async def test_closing_the_search_clears_the_marks_and_gives_the_keys_back(open_app: OpenApp) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=SMALL) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, SheetScreen)
        await press(pilot, "slash")
        await type_text(pilot, "nm")
        assert screen.topic == "sigmoid-model"
        assert footer_keys(pilot.app) == {"Next match", "Close"}
        await press(pilot, "escape")
        assert screen.prose.found == []
        assert screen.prose.has_focus
        await press(pilot, "n")
        assert screen.topic == "loss-and-cost"


async def test_a_search_that_lands_at_the_end_of_a_section_has_not_read_it(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=SMALL) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, SheetScreen)
        await press(pilot, "slash")
        await type_text(pilot, "overflows")
        assert screen.prose.is_vertical_scroll_end
        await press(pilot, "escape", "n")
        assert readings(tutor) == []
        await press(pilot, "p", "slash", "escape", "g", "G", "n")
        assert [topic for topic, _ in readings(tutor)] == ["sigmoid-model"]


async def test_matches_follow_the_lines_when_the_terminal_changes(open_app: OpenApp) -> None:
    async with open_app("sheet", "sigmoid-model").run_test(size=WIDE) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, SheetScreen)
        await press(pilot, "slash")
        await type_text(pilot, "score")
        await pilot.resize_terminal(44, 24)
        await pilot.pause()
        lines = screen.prose.text.split("\n")
        assert screen.prose.found == matches(lines[: screen.prose.line_of("foot")], "score")


def test_a_match_may_go_over_the_end_of_a_line() -> None:
    lines = ["the cost of", "", "  one  Example", "costs one"]
    assert matches(lines, "of one example") == [(0, 2)]
    assert matches(lines, "cost") == [(0, 0), (3, 3)]
    assert matches(lines, "one") == [(2, 2), (3, 3)]
    assert matches(lines, "two") == []
    assert matches(lines, "  ") == []


@given(
    st.lists(st.text(alphabet="ab \u03c3", max_size=8), max_size=6),
    st.text(alphabet="ab\u03c3", min_size=1, max_size=3),
)
def test_every_line_that_holds_the_text_is_found(lines: list[str], wanted: str) -> None:
    first_lines = {first for first, _ in matches(lines, wanted)}
    assert {index for index, line in enumerate(lines) if wanted in line} <= first_lines
    assert all(0 <= first <= last < len(lines) for first, last in matches(lines, wanted))


# How it looks


@pytest.mark.snapshot
def test_the_list_of_sheets_looks_as_before(open_app: OpenApp, tutor: Tutor, snap_compare: SnapCompare) -> None:
    mark_read(tutor, "sigmoid-model")
    assert snap_compare(open_app("sheets"), terminal_size=SMALL)


@pytest.mark.snapshot
def test_a_section_looks_as_before(open_app: OpenApp, snap_compare: SnapCompare) -> None:
    assert snap_compare(open_app("sheet", "sigmoid-model"), terminal_size=SMALL)


@pytest.mark.snapshot
def test_a_section_beside_its_contents_looks_as_before(open_app: OpenApp, snap_compare: SnapCompare) -> None:
    async def search(pilot: Pilot[Any]) -> None:
        await press(pilot, "slash")
        await type_text(pilot, "score")

    assert snap_compare(open_app("sheet", "sigmoid-model"), terminal_size=WIDE, run_before=search)
