"""The quiz by keys: choose, order, type; saved at once, judged after."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.ui.conftest import OpenApp
from tutor.content.generators import right_order
from tutor.domain.events import EventType
from tutor.domain.items import QuestionForm
from tutor.services.tutor import Tutor
from tutor.ui.screens.quiz import QuizScreen
from tutor.ui.screens.today import TodayScreen
from tutor.ui.widgets.prose import Prose


def quiz_of(pilot: Pilot[None]) -> QuizScreen:
    screen = pilot.app.screen
    assert isinstance(screen, QuizScreen)
    return screen


async def answer_right(pilot: Pilot[None]) -> None:
    """Answers the question shown, by keys alone."""
    screen = quiz_of(pilot)
    posed = screen.posed
    assert posed is not None
    if posed.question.form is QuestionForm.ORDERING:
        wanted = right_order(posed)
        for place, option in enumerate(wanted):
            while screen.cursor < screen.marked.index(option):
                await pilot.press("down")
            while screen.marked[place] != option:
                await pilot.press("K")
            while screen.cursor > place:
                await pilot.press("up")
            await pilot.press("down")
        await pilot.press("enter")
    elif posed.options:
        await pilot.press(*("abcdefg"[place] for place, option in enumerate(posed.options) if option.right), "enter")
    else:
        field = screen.field
        assert field is not None
        if posed.question.form is QuestionForm.OUTPUT:
            for character in posed.answer:
                await pilot.press("enter" if character == "\n" else character)
            await pilot.press("f5")
        else:
            await pilot.press(*posed.answer, "enter")
    await pilot.pause()


async def test_a_whole_quiz_by_keys_is_saved_answer_by_answer(open_app: OpenApp, tutor: Tutor) -> None:
    count = len(list(tutor.library.questions()))
    async with open_app("quiz").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for done in range(1, min(count, tutor.settings.new_questions) + 1):
            await answer_right(pilot)
            events = tutor.store.events(types=[EventType.ANSWER])
            assert len(events) == done
            assert events[-1].payload["correct"] is True, quiz_of(pilot).posed
            assert "Right." in quiz_of(pilot).prose.text
            assert "saved" in quiz_of(pilot).foot.text
            await pilot.press("enter")
            await pilot.pause()
        assert "5 of 5 right" in quiz_of(pilot).prose.text
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, TodayScreen)


async def next_single(pilot: Pilot[None]) -> QuizScreen:
    while quiz_of(pilot).form is not QuestionForm.SINGLE:
        await answer_right(pilot)
        await pilot.press("enter")
        await pilot.pause()
    return quiz_of(pilot)


async def test_a_wrong_choice_is_told_with_its_reason(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("quiz").run_test(size=(80, 40)) as pilot:
        await pilot.pause()
        screen = await next_single(pilot)
        assert screen.posed is not None
        wrong = next(i for i, option in enumerate(screen.posed.options) if not option.right)
        await pilot.press("abcdefg"[wrong], "enter")
        await pilot.pause()
        assert tutor.store.events(types=[EventType.ANSWER])[-1].payload["rating"] == 1
        assert "Not right." in screen.prose.text
        assert screen.outcome is not None
        assert screen.outcome.reasons[0].reason.split()[0] in screen.prose.text


@pytest.mark.parametrize("way", ["hint", "change"])
async def test_a_hint_or_a_change_of_mind_counts_as_hard(open_app: OpenApp, tutor: Tutor, way: str) -> None:
    async with open_app("quiz").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = await next_single(pilot)
        assert screen.posed is not None
        options = screen.posed.options
        right = next(i for i, option in enumerate(options) if option.right)
        if way == "hint":
            await pilot.press("i")
            assert "hint" in screen.prose.text
        else:
            await pilot.press("abcdefg"[(right + 1) % len(options)])
        await pilot.press("abcdefg"[right], "enter")
        await pilot.pause()
        assert tutor.store.events(types=[EventType.ANSWER])[-1].payload["rating"] == 2


async def test_nothing_marked_is_no_answer_and_undo_asks_again(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("quiz").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = await next_single(pilot)
        before = len(tutor.store.events())
        await pilot.press("enter")
        assert len(tutor.store.events()) == before
        assert "Mark an option first" in screen.foot.text
        slug = screen.foot.slug
        await answer_right(pilot)
        await pilot.press("u")
        await pilot.pause()
        assert screen.foot.slug == slug
        assert screen.outcome is None
        assert "Took back" in screen.foot.text


async def test_what_cannot_be_read_leaves_the_question_open(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("quiz").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        while quiz_of(pilot).form is not QuestionForm.NUMERIC:
            await answer_right(pilot)
            await pilot.press("enter")
            await pilot.pause()
        before = len(tutor.store.events())
        await pilot.press(*"about", "enter")
        await pilot.pause()
        assert len(tutor.store.events()) == before
        assert quiz_of(pilot).foot.text.startswith("! ")
        assert quiz_of(pilot).outcome is None


async def test_escape_leaves_the_field_first_and_then_the_quiz(open_app: OpenApp) -> None:
    async with open_app("quiz").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        while quiz_of(pilot).field is None:
            await answer_right(pilot)
            await pilot.press("enter")
            await pilot.pause()
        await pilot.press("escape")
        assert isinstance(pilot.app.screen.focused, Prose)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, TodayScreen)
