"""The review by keys: look, compare, grade; undo, bury, suspend, flag."""

from __future__ import annotations

from textual.pilot import Pilot

from tests.services.conftest import StillClock
from tests.ui.conftest import OpenApp
from tutor.domain.events import EventType
from tutor.services.tutor import Tutor
from tutor.ui.screens.review import ReviewScreen
from tutor.ui.screens.today import TodayScreen


def review_of(pilot: Pilot[None]) -> ReviewScreen:
    screen = pilot.app.screen
    assert isinstance(screen, ReviewScreen)
    return screen


async def reveal(pilot: Pilot[None]) -> None:
    card = review_of(pilot).card
    assert card is not None
    await pilot.press("enter" if card.typed else "space")
    await pilot.pause()


async def test_a_whole_sitting_by_keys_saves_each_grade(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("review").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        done = 0
        while review_of(pilot).card is not None:
            await reveal(pilot)
            await pilot.press("4")
            await pilot.pause()
            done += 1
            assert len(tutor.store.events(types=[EventType.ANSWER])) == done
            assert "saved - easy" in review_of(pilot).foot.text
        assert f"{done} cards answered" in review_of(pilot).prose.text
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, TodayScreen)


async def test_a_grade_before_the_answer_was_seen_is_not_taken(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("review").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        while review_of(pilot).card is not None and review_of(pilot).card.typed:  # type: ignore[union-attr]
            await reveal(pilot)
            await pilot.press("4")
            await pilot.pause()
        before = len(tutor.store.events())
        await pilot.press("3")
        assert len(tutor.store.events()) == before
        assert "Look at the answer first" in review_of(pilot).foot.text


async def test_a_typed_answer_is_compared_and_its_grade_suggested(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("review").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        while not review_of(pilot).card.typed:  # type: ignore[union-attr]
            await reveal(pilot)
            await pilot.press("4")
            await pilot.pause()
        card = review_of(pilot).card
        assert card is not None
        await pilot.press(*card.answer, "enter")
        await pilot.pause()
        assert "Right." in review_of(pilot).prose.text
        await pilot.press("enter")
        await pilot.pause()
        event = tutor.store.events(types=[EventType.ANSWER])[-1]
        assert (event.item, event.payload["rating"], event.payload["given"]) == (card.id, 3, card.answer)
        assert event.payload["correct"] is True


async def test_undo_and_redo_by_keys(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("review").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        card = review_of(pilot).card
        assert card is not None
        await reveal(pilot)
        await pilot.press("3")
        await pilot.pause()
        await pilot.press("escape" if review_of(pilot).field.has_focus else "u", "u")
        await pilot.pause()
        assert tutor.store.memory(card.id).reps == 0
        assert review_of(pilot).card == card


async def test_bury_suspend_and_flag(open_app: OpenApp, tutor: Tutor, clock: StillClock) -> None:
    async with open_app("review").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        seen = []
        for key in ("b", "exclamation_mark", "f"):
            if review_of(pilot).field.has_focus:
                await pilot.press("escape")
            card = review_of(pilot).card
            assert card is not None
            seen.append(card)
            await pilot.press(key)
            await pilot.pause()
        await pilot.press(*"sign", "enter")
        await pilot.pause()
        buried, suspended, flagged = seen
        assert tutor.store.memory(buried.id).is_hidden(clock.study_day())
        assert tutor.store.memory(suspended.id).suspended
        assert tutor.store.memory(flagged.id).note == "sign"
