"""The quiz by keys: choose, order, type; saved at once, judged after."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.events import Key
from textual.pilot import Pilot

from tests.ui.conftest import OpenApp
from tutor.content.generators import right_order
from tutor.domain.errors import StoreError
from tutor.domain.events import EventType
from tutor.domain.items import QuestionForm
from tutor.services.tutor import Tutor
from tutor.ui.screens.quiz import QuizScreen
from tutor.ui.screens.sheet import SheetScreen
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


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


async def go_to(pilot: Pilot[None], slug: str) -> QuizScreen:
    """Answers questions until one is asked."""
    while (posed := quiz_of(pilot).posed) is not None and posed.question.slug != slug:
        await answer_right(pilot)
        await press(pilot, "enter")
    assert quiz_of(pilot).posed is not None, f"{slug} never came"
    return quiz_of(pilot)


def letter_of(screen: QuizScreen, start: str) -> str:
    """The letter of the option whose text begins with `start`."""
    assert screen.posed is not None
    return next("abcdefg"[place] for place, option in enumerate(screen.posed.options) if option.text.startswith(start))


async def test_of_several_right_ones_space_marks_and_takes_back(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("quiz").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = await go_to(pilot, "true-of-the-sigmoid")
        await press(pilot, letter_of(screen, "It grows"), letter_of(screen, "Its slope"))
        wrong = letter_of(screen, "It is linear")
        await press(pilot, wrong, "space", "enter")
        payload = tutor.store.events()[-1].payload
        assert (payload["correct"], payload["changed"], payload["rating"]) == (True, True, 2)
        assert len(payload["given"]) == 2


async def test_the_cursor_walks_also_where_the_page_is_longer_than_the_screen(open_app: OpenApp) -> None:
    async with open_app("quiz").run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        screen = await next_single(pilot)
        await press(pilot, "h")
        assert screen.prose.max_scroll_y > 0
        await press(pilot, "j", "down", "j")
        assert screen.cursor == 3
        await press(pilot, "k", "up", "space")
        assert screen.marked == [1]
        # Beyond the first option the same key shows what stands above it.
        await press(pilot, *["up"] * 12)
        assert (screen.cursor, screen.prose.scroll_y) == (0, 0)


async def test_keys_in_quick_succession_keep_their_order(open_app: OpenApp) -> None:
    async with open_app("quiz").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = await next_single(pilot)
        for key in ("j", "down", "space"):
            pilot.app.post_message(Key(key, None))
        await pilot.pause()
        assert (screen.cursor, screen.marked) == (2, [2])


async def test_an_option_can_be_clicked(open_app: OpenApp) -> None:
    async with open_app("quiz").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = await next_single(pilot)
        await pilot.click(screen.prose, offset=(6, screen.prose.line_of("option2") + 1))
        await pilot.pause()
        assert screen.marked == [2]


async def test_steps_are_carried_with_shift_and_the_arrows(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("quiz").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = await go_to(pilot, "steps-of-an-iteration")
        await press(pilot, "a", "space")
        assert screen.marked == [0, 1, 2, 3]
        await press(pilot, "shift+down", "shift+down", "shift+up", "enter")
        payload = tutor.store.events()[-1].payload
        assert (payload["given"], payload["changed"]) == ([1, 0, 2, 3], False)


async def test_printed_lines_are_typed_and_a_wrong_one_is_in_sight_at_once(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("quiz", "loss-and-cost").run_test(size=(80, 18)) as pilot:
        await pilot.pause()
        screen = await go_to(pilot, "what-the-costs-print")
        await press(pilot, *"1 0.5", "enter", *"2 1.5", "enter", *"3 4", "enter", "9", "ctrl+d")
        assert tutor.store.events()[-1].payload["given"] == "1 0.5\n2 1.5\n3 4\n9"
        assert "Line 4 differs" in screen.prose.text
        assert "The cost is the mean of the losses." in screen.prose.text
        first = screen.prose.line_of("verdict") - screen.prose.scroll_offset.y
        assert 0 <= first < screen.prose.scrollable_content_region.height - 3


async def test_a_field_left_with_escape_is_found_again_with_what_was_typed(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("quiz").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = await go_to(pilot, "slope-from-activation")
        await press(pilot, *"a-", "escape", "h")
        assert tutor.store.events()[-1].type is EventType.HINT
        await press(pilot, "enter", "1", "enter")
        payload = tutor.store.events()[-1].payload
        assert (payload["given"], payload["correct"], payload["hinted"], payload["rating"]) == ("a-1", True, True, 2)
        assert screen.foot.text.startswith("saved - back in ")


async def test_nothing_typed_is_no_answer(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("quiz").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = await go_to(pilot, "probability-of-a-score")
        before = len(tutor.store.events())
        await press(pilot, "enter")
        assert "Type an answer first" in screen.foot.text
        assert (screen.outcome, len(tutor.store.events())) == (None, before)


async def test_who_does_not_know_says_so_and_is_told_the_answer(open_app: OpenApp, tutor: Tutor) -> None:
    told: dict[QuestionForm, str] = {}
    async with open_app("quiz").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = quiz_of(pilot)
        while (form := screen.form) is not None:
            await press(pilot, *(("escape",) if screen.field else ()), "x")
            payload = tutor.store.events()[-1].payload
            assert (payload["given"], payload["correct"], payload["rating"]) == (None, False, 1)
            assert "x   You did not know." in screen.prose.text
            told[form] = screen.prose.text
            await press(pilot, "enter")
        assert "0 of 5 right." in screen.prose.text
    assert "ok ( ) " in told[QuestionForm.SINGLE]
    assert "The right order:" in told[QuestionForm.ORDERING]
    assert "The answer: a - 1" in told[QuestionForm.FORMULA]


async def test_the_section_is_read_after_the_answer_only(open_app: OpenApp) -> None:
    async with open_app("quiz").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = await next_single(pilot)
        await press(pilot, "s")
        assert pilot.app.screen is screen
        await press(pilot, "a", "enter", "s")
        assert isinstance(pilot.app.screen, SheetScreen)
        await press(pilot, "escape")
        assert "ight." in screen.prose.text


async def test_the_score_lists_the_mistakes_and_leads_to_their_sections(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("quiz").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        while (posed := quiz_of(pilot).posed) is not None:
            if posed.question.slug in ("sigmoid-of-minus-z", "steps-of-an-iteration"):
                await press(pilot, letter_of(quiz_of(pilot), posed.options[0].text), "shift+down", "enter")
            else:
                await answer_right(pilot)
            await press(pilot, "enter")
        screen = quiz_of(pilot)
        slugs = [outcome.posed.question.slug for outcome in screen.quiz.mistakes]
        assert f"{5 - len(slugs)} of 5 right." in screen.prose.text
        assert slugs == ["sigmoid-of-minus-z", "steps-of-an-iteration"]
        assert "The right one: 1 − σ(z)" in screen.prose.text
        assert "Section: The sigmoid and the logistic model" in screen.prose.text
        await press(pilot, "j", "s")
        sheet = pilot.app.screen
        assert isinstance(sheet, SheetScreen)
        assert sheet.topic == "loss-and-cost"
        await press(pilot, "escape", "u")
        assert quiz_of(pilot).posed is not None
        assert len(tutor.store.events(types=[EventType.ANSWER], only_counting=True)) == 4


async def test_a_topic_without_questions_says_so(open_app: OpenApp) -> None:
    async with open_app("quiz", "dropout").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "No question to answer now." in quiz_of(pilot).prose.text
        await press(pilot, "a", "s", "h", "space", "enter")
        assert isinstance(pilot.app.screen, TodayScreen)


async def test_what_cannot_be_saved_keeps_the_question_and_the_marks(
    open_app: OpenApp, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("Nothing was saved: the disk is full.")

    async with open_app("quiz").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = await next_single(pilot)
        await press(pilot, "b")
        with monkeypatch.context() as patched:
            patched.setattr(tutor.store, "append", refuse)
            await press(pilot, "enter")
        assert screen.foot.text == "! Nothing was saved: the disk is full."
        assert (screen.outcome, screen.marked) == (None, [1])
        await press(pilot, "enter")
        assert screen.outcome is not None


@pytest.mark.snapshot
@pytest.mark.parametrize(
    "keys",
    [("shift+down", "h"), ("shift+down", "enter"), ("enter", "enter", *"12")],
    ids=["ordering", "ordered-wrong", "output"],
)
def test_other_forms_look_as_before(
    open_app: OpenApp, snap_compare: Callable[..., bool], keys: tuple[str, ...]
) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await pilot.pause()
        await press(pilot, *keys)

    assert snap_compare(open_app("quiz", "loss-and-cost"), terminal_size=(80, 24), run_before=before)


@pytest.mark.snapshot
def test_the_score_looks_as_before(open_app: OpenApp, snap_compare: Callable[..., bool]) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await pilot.pause()
        await press(
            pilot, "b", "enter", "enter", "a", "enter", "enter", *"0.5", "enter", "enter", "1", "enter", "enter"
        )
        await answer_right(pilot)
        await press(pilot, "enter", "j")

    assert snap_compare(open_app("quiz"), terminal_size=(80, 24), run_before=before)
