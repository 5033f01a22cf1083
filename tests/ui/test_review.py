"""The review by keys: look, compare, grade; undo, bury, suspend, flag."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tests.services.conftest import StillClock
from tests.ui.conftest import OpenApp
from tutor.domain.errors import StoreError
from tutor.domain.events import Event, EventType
from tutor.services.tutor import Tutor
from tutor.ui.screens.flag import FlagScreen
from tutor.ui.screens.review import ReviewScreen
from tutor.ui.screens.sheet import SheetScreen
from tutor.ui.screens.today import TodayScreen
from tutor.ui.stopwatch import Stopwatch
from tutor.ui.widgets.gradebar import Grade, GradeBar

SIZE = (80, 24)


def review_of(pilot: Pilot[None]) -> ReviewScreen:
    screen = pilot.app.screen
    assert isinstance(screen, ReviewScreen)
    return screen


def answers(tutor: Tutor) -> list[Event]:
    return tutor.store.events(types=[EventType.ANSWER], only_counting=True)


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


async def reveal(pilot: Pilot[None]) -> None:
    card = review_of(pilot).card
    assert card is not None
    await press(pilot, "enter" if card.typed else "space")


async def go_to(pilot: Pilot[None], item: str) -> None:
    """Grades cards as easy until one is served."""
    while (card := review_of(pilot).card) is not None and card.id != item:
        await reveal(pilot)
        await press(pilot, "4")
    assert review_of(pilot).card is not None, f"{item} never came"


async def test_a_whole_sitting_by_keys_saves_each_grade(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("review").run_test(size=SIZE) as pilot:
        await pilot.pause()
        done = 0
        while review_of(pilot).card is not None:
            await reveal(pilot)
            await press(pilot, "4")
            done += 1
            assert len(answers(tutor)) == done
            assert "saved - easy" in review_of(pilot).foot.text
        assert f"{done} cards answered: {done} easy" in review_of(pilot).prose.text
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, TodayScreen)


@pytest.mark.parametrize("key", ["enter", "space"])
async def test_after_the_answer_enter_and_space_mean_good(open_app: OpenApp, tutor: Tutor, key: str) -> None:
    async with open_app("review").run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "0 < " not in review_of(pilot).prose.text
        await press(pilot, key)
        assert "0 < " in review_of(pilot).prose.text
        await press(pilot, key)
        assert [event.payload["rating"] for event in answers(tutor)] == [3]


async def test_each_grade_shows_when_the_card_would_come_back(open_app: OpenApp) -> None:
    async with open_app("review").run_test(size=SIZE) as pilot:
        await pilot.pause()
        screen = review_of(pilot)
        assert screen.card is not None
        times = screen.review.intervals(screen.card)
        assert screen.query_one(GradeBar).text == "Space or Enter shows the answer"
        await press(pilot, "space")
        shown = screen.query_one(GradeBar).text.split()
        assert shown == f"1 again {times[1]} 2 hard {times[2]} > 3 good {times[3]} 4 easy {times[4]}".split()
        await press(pilot, "3")
        assert screen.foot.text == f"saved - good, back in {times[3]}"


async def test_a_grade_before_the_answer_was_seen_is_not_taken(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("review").run_test(size=SIZE) as pilot:
        await pilot.pause()
        await press(pilot, "3")
        assert answers(tutor) == []
        assert "Look at the answer first" in review_of(pilot).foot.text


async def test_a_grade_can_be_clicked(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("review").run_test(size=SIZE) as pilot:
        await pilot.pause()
        await press(pilot, "space")
        await pilot.click(list(review_of(pilot).query(Grade))[1])
        await pilot.pause()
        assert [event.payload["rating"] for event in answers(tutor)] == [2]


@pytest.mark.parametrize(
    ("typed", "verdict", "rating", "correct"),
    [("(1,5)", "Right.", 3, True), ("(5,1)", "Not right.", 1, False)],
)
async def test_a_typed_answer_is_compared_and_its_grade_suggested(
    open_app: OpenApp, tutor: Tutor, typed: str, verdict: str, rating: int, correct: bool
) -> None:
    async with open_app("review").run_test(size=SIZE) as pilot:
        await pilot.pause()
        await go_to(pilot, "card:prediction-shape")
        await press(pilot, *typed, "enter")
        text = review_of(pilot).prose.text
        assert f"You wrote {typed}" in text
        assert verdict in text
        assert "One row: one prediction for each example." in text
        assert f"> {rating}" in review_of(pilot).query_one(GradeBar).text
        await press(pilot, "enter")
        payload = answers(tutor)[-1].payload
        assert (payload["rating"], payload["given"], payload["correct"]) == (rating, typed, correct)


async def test_the_suggestion_is_only_that(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("review").run_test(size=SIZE) as pilot:
        await pilot.pause()
        await go_to(pilot, "card:sigmoid-slope")
        await press(pilot, *"a*(1-a)", "enter", "2")
        payload = answers(tutor)[-1].payload
        assert (payload["rating"], payload["correct"]) == (2, True)


async def test_an_empty_answer_means_i_do_not_know(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("review").run_test(size=SIZE) as pilot:
        await pilot.pause()
        await go_to(pilot, "card:sigmoid-slope")
        await press(pilot, "enter")
        assert "You did not know." in review_of(pilot).prose.text
        assert "The answer: a*(1-a)" in review_of(pilot).prose.text
        await press(pilot, "enter")
        payload = answers(tutor)[-1].payload
        assert (payload["rating"], payload["given"], payload["correct"]) == (1, None, None)


async def test_what_cannot_be_read_is_told_and_stays_to_be_mended(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("review").run_test(size=SIZE) as pilot:
        await pilot.pause()
        await go_to(pilot, "card:sigmoid-slope")
        before = len(answers(tutor))
        await press(pilot, *"a*(1-a", "enter")
        screen = review_of(pilot)
        assert screen.foot.text.startswith("! ")
        assert not screen.revealed
        await press(pilot, ")", "enter")
        assert "Right." in screen.prose.text
        assert len(answers(tutor)) == before


async def test_while_typing_letters_are_letters_and_escape_gives_the_keys_back(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("review").run_test(size=SIZE) as pilot:
        await pilot.pause()
        await go_to(pilot, "card:sigmoid-slope")
        before = len(tutor.store.events())
        await press(pilot, *"ubf1")
        screen = review_of(pilot)
        assert screen.field.value == "ubf1"
        await press(pilot, "escape")
        assert screen.focused is screen.prose
        await press(pilot, "enter")
        assert (screen.focused, screen.field.value) == (screen.field, "ubf1")
        assert len(tutor.store.events()) == before
        await press(pilot, "escape", "b")
        assert tutor.store.events()[-1].type is EventType.BURY
        await press(pilot, "escape", "escape")
        assert isinstance(pilot.app.screen, TodayScreen)


@pytest.mark.parametrize("redo", ["U", "ctrl+r"])
async def test_undo_and_redo_by_keys(open_app: OpenApp, tutor: Tutor, redo: str) -> None:
    async with open_app("review").run_test(size=SIZE) as pilot:
        await pilot.pause()
        card = review_of(pilot).card
        assert card is not None
        await press(pilot, "space", "3", "escape", "u")
        assert "Took back the answer 'good'" in review_of(pilot).foot.text
        assert review_of(pilot).card == card
        assert tutor.store.memory(card.id).reps == 0
        await press(pilot, redo)
        assert "Brought back the answer 'good'" in review_of(pilot).foot.text
        assert review_of(pilot).card != card
        assert tutor.store.memory(card.id).reps == 1


async def test_with_nothing_to_undo_it_says_so(open_app: OpenApp) -> None:
    async with open_app("review").run_test(size=SIZE) as pilot:
        await pilot.pause()
        await press(pilot, "u")
        assert review_of(pilot).foot.text == "There is nothing to undo."
        await press(pilot, "U")
        assert review_of(pilot).foot.text == "There is nothing to redo."


async def test_the_last_answer_can_be_taken_back_from_the_summary(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("review", "loss-and-cost").run_test(size=SIZE) as pilot:
        await pilot.pause()
        await press(pilot, *["space", "4"] * 3)
        screen = review_of(pilot)
        assert "3 cards answered: 3 easy." in screen.prose.text
        await press(pilot, "u")
        assert screen.card is not None
        assert len(answers(tutor)) == 2
        await press(pilot, "space", "4")
        assert "3 cards answered: 3 easy." in screen.prose.text
        assert len(answers(tutor)) == 3


async def test_a_card_asked_again_counts_once_in_the_summary(open_app: OpenApp) -> None:
    async with open_app("review", "loss-and-cost").run_test(size=SIZE) as pilot:
        await pilot.pause()
        await press(pilot, "space", "1", *["space", "4"] * 3)
        assert "3 cards answered, 4 answers: 1 again, 3 easy." in review_of(pilot).prose.text


async def test_a_topic_without_cards_says_that_there_is_nothing(open_app: OpenApp) -> None:
    async with open_app("review", "dropout").run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "Nothing to review now." in review_of(pilot).prose.text
        await press(pilot, "1", "b", "f", "s", "enter")
        assert isinstance(pilot.app.screen, TodayScreen)


async def test_bury_suspend_and_flag(open_app: OpenApp, tutor: Tutor, clock: StillClock) -> None:
    async with open_app("review").run_test(size=SIZE) as pilot:
        await pilot.pause()
        seen = []
        for key in ("b", "exclamation_mark", "f"):
            if review_of(pilot).field.has_focus:
                await press(pilot, "escape")
            card = review_of(pilot).card
            assert card is not None
            seen.append(card)
            await press(pilot, key)
        await press(pilot, *"sign", "enter")
        buried, suspended, flagged = seen
        assert tutor.store.memory(buried.id).is_hidden(clock.study_day())
        assert tutor.store.memory(suspended.id).suspended
        assert tutor.store.memory(flagged.id).note == "sign"
        assert review_of(pilot).card == flagged


async def test_a_flag_that_was_left_is_none(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("review").run_test(size=SIZE) as pilot:
        await pilot.pause()
        await press(pilot, "f")
        assert isinstance(pilot.app.screen, FlagScreen)
        await press(pilot, *"no", "escape")
        assert tutor.store.events() == []
        assert review_of(pilot).card is not None


async def test_the_section_is_a_look_aside(open_app: OpenApp) -> None:
    async with open_app("review").run_test(size=SIZE) as pilot:
        await pilot.pause()
        await press(pilot, "space", "s")
        sheet = pilot.app.screen
        assert isinstance(sheet, SheetScreen)
        assert sheet.topic == "sigmoid-model"
        await press(pilot, "escape")
        assert review_of(pilot).revealed


async def test_what_cannot_be_saved_keeps_the_card(
    open_app: OpenApp, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("Nothing was saved: the disk is full.")

    async with open_app("review").run_test(size=SIZE) as pilot:
        await pilot.pause()
        screen = review_of(pilot)
        card = screen.card
        await press(pilot, "space")
        with monkeypatch.context() as patched:
            patched.setattr(tutor.store, "append", refuse)
            await press(pilot, "3")
        assert screen.foot.text == "! Nothing was saved: the disk is full."
        assert (screen.card, screen.revealed) == (card, True)
        await press(pilot, "3")
        assert len(answers(tutor)) == 1


def test_the_stopwatch_stands_still_while_paused(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("tutor.ui.stopwatch.time.monotonic", lambda: now[0])
    watch = Stopwatch()
    watch.restart()
    now[0] += 4
    watch.pause()
    now[0] += 60
    watch.resume()
    now[0] += 3
    assert watch.seconds == 7
    watch.restart()
    assert watch.seconds == 0


@pytest.mark.snapshot
def test_a_wrong_typed_answer_looks_as_before(open_app: OpenApp, snap_compare: Callable[..., bool]) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await pilot.pause()
        await press(pilot, "space", "1", *"a", "enter")

    assert snap_compare(open_app("review", "sigmoid-model"), terminal_size=SIZE, run_before=before)


@pytest.mark.snapshot
def test_the_field_with_an_unreadable_answer_looks_as_before(
    open_app: OpenApp, snap_compare: Callable[..., bool]
) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await pilot.pause()
        await press(pilot, "space", "1", *"a*(1-a", "enter")

    assert snap_compare(open_app("review", "sigmoid-model"), terminal_size=SIZE, run_before=before)
