"""Today: what is due, and one key that leads through it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from textual.pilot import Pilot

from tests.services.conftest import StillClock
from tests.ui.conftest import CONTENT, OpenApp
from tutor.domain.errors import SettingsError
from tutor.domain.items import Kind
from tutor.domain.settings import Settings
from tutor.services.agenda import Load
from tutor.services.checking import check
from tutor.services.quiz import Quiz
from tutor.services.review import Review
from tutor.services.today import Today
from tutor.services.tutor import Tutor
from tutor.ui.app import check_settings
from tutor.ui.screens.exercise import ExerciseScreen
from tutor.ui.screens.quiz import QuizScreen
from tutor.ui.screens.review import ReviewScreen
from tutor.ui.screens.sheet import SheetScreen
from tutor.ui.screens.today import TodayScreen, day_blocks
from tutor.ui.widgets.prose import Prose, literal, typed

SIZE = (80, 24)


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


def text_of(pilot: Pilot[None]) -> str:
    return pilot.app.screen.query_one(Prose).text


def test_the_content_of_these_tests_is_sound() -> None:
    assert check(CONTENT) == []


async def test_today_says_what_is_due_and_what_comes_next(open_app: OpenApp) -> None:
    async with open_app().run_test(size=SIZE) as pilot:
        await pilot.pause()
        text = text_of(pilot)
        assert "6 cards, 5 questions and 1 exercise today" in text
        assert "Read next: The sigmoid and the logistic model (dlCS1)" in text
        assert "Write next: A sigmoid that never overflows, about 10 minutes" in text


async def test_enter_leads_from_the_cards_to_the_questions_to_the_exercise(open_app: OpenApp, tutor: Tutor) -> None:
    review = Review(tutor)
    while review.left > 1 and (card := review.current) is not None:
        review.answer(card, 4)
    async with open_app().run_test(size=SIZE) as pilot:
        await pilot.pause()
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ReviewScreen)
        await press(pilot, "space", "4", "enter")
        quiz = pilot.app.screen
        assert isinstance(quiz, QuizScreen)
        for item in list(quiz.quiz.queue._ready):
            quiz.quiz.queue.remove(item)
        quiz.next_question()
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ExerciseScreen)


async def test_who_leaves_a_sitting_is_not_led_on(open_app: OpenApp) -> None:
    async with open_app().run_test(size=SIZE) as pilot:
        await pilot.pause()
        await press(pilot, "enter", "escape")
        assert isinstance(pilot.app.screen, TodayScreen)


async def test_what_was_answered_is_counted_on_the_way_back(open_app: OpenApp) -> None:
    async with open_app().run_test(size=SIZE) as pilot:
        await pilot.pause()
        await press(pilot, "c", "space", "4", "escape", "escape")
        assert isinstance(pilot.app.screen, TodayScreen)
        assert "5 cards, 5 questions" in text_of(pilot)
        assert "1 answered today." in text_of(pilot)


async def test_the_suggested_section_and_exercise_are_a_key_away(open_app: OpenApp) -> None:
    async with open_app().run_test(size=SIZE) as pilot:
        await pilot.pause()
        await press(pilot, "r")
        assert isinstance(pilot.app.screen, SheetScreen)
        await press(pilot, "escape", "w")
        assert isinstance(pilot.app.screen, ExerciseScreen)


async def test_a_click_does_what_the_line_says(open_app: OpenApp) -> None:
    async with open_app().run_test(size=SIZE) as pilot:
        await pilot.pause()
        prose = pilot.app.screen.query_one(Prose)
        await pilot.click(prose, offset=(8, prose.line_of("read") + 1))
        await pilot.pause()
        assert isinstance(pilot.app.screen, SheetScreen)


async def test_with_everything_answered_the_day_is_done(open_app: OpenApp, tutor: Tutor, clock: StillClock) -> None:
    review, quiz = Review(tutor), Quiz(tutor)
    while (card := review.current) is not None:
        review.answer(card, 4)
    while (posed := quiz.current) is not None:
        quiz.answer(posed, [0, 1, 2, 3] if posed.options else posed.answer)
    async with open_app().run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "1 exercise today" in text_of(pilot)
        assert "11 answered today." in text_of(pilot)


def day(**changes: object) -> Today:
    nothing = dict.fromkeys(Kind, 0)
    state = Today(Load(date(2026, 3, 2), nothing, nothing, 0.0), None, None, 4, 3, ())
    return replace(state, **changes)  # type: ignore[arg-type]


def words(state: Today, show_streak: bool = True) -> str:
    return "\n".join(block.markdown for block in day_blocks(state, show_streak))


def test_the_streak_is_shown_unless_the_learner_hides_it() -> None:
    assert "3 days in a row" in words(day())
    assert "in a row" not in words(day(), show_streak=False)
    assert "4 answered today" in words(day(), show_streak=False)


@pytest.mark.parametrize("text", ["a*(1-a)*b", r"w[:, 0] @ v_j $x$ \(y\)", "<b> `c` & ~d~ #1", "1. no list", "- x"])
async def test_what_a_learner_typed_is_shown_as_it_was_typed(open_app: OpenApp, text: str) -> None:
    async with open_app().run_test(size=SIZE) as pilot:
        prose = pilot.app.screen.query_one(Prose)
        for markdown in (literal(text), typed(text)):
            prose.show(f"Got: {markdown}")
            assert prose.text == f"Got: {text}"


def test_every_action_with_a_name_can_have_another_key() -> None:
    check_settings(Settings(keys={"review.bury": "B", "prose.down": "n", "answer.submit": "f9"}))


@pytest.mark.parametrize("keys", [{"review.bury": "u"}, {"review.bury": "escape"}, {"quiz.hint": "question_mark"}])
def test_a_key_is_not_stolen_from_another_action(keys: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="to both"):
        check_settings(Settings(keys=keys))


def test_an_unknown_action_is_named_with_the_one_that_was_meant() -> None:
    with pytest.raises(SettingsError, match=r"no action 'reviw.bury'. Did you mean 'review.bury'"):
        check_settings(Settings(keys={"reviw.bury": "B"}))
