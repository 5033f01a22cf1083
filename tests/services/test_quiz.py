"""A quiz: judged, saved at once, never altered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.content.generators import right_order
from tutor.domain.errors import DlcsError, UsageError
from tutor.domain.events import EventType
from tutor.domain.items import Option, Posed, Question, QuestionForm, Source
from tutor.services.judging import Given, judge_question, parse_given
from tutor.services.quiz import Quiz
from tutor.services.tutor import Tutor

CHOICES = (QuestionForm.SINGLE, QuestionForm.MULTIPLE)


def right(posed: Posed) -> Given:
    if posed.question.form is QuestionForm.ORDERING:
        return right_order(posed)
    if posed.options:
        return [index for index, option in enumerate(posed.options) if option.right]
    return posed.answer


def next_choice(quiz: Quiz) -> Posed:
    while (posed := quiz.current) is not None:
        if posed.question.form in CHOICES:
            return posed
        quiz.answer(posed, right(posed))
    raise AssertionError("no choice question")


def test_every_shipped_question_can_be_answered_right(tutor: Tutor) -> None:
    quiz = Quiz(tutor, tutor.curriculum.topics)
    while (posed := quiz.current) is not None:
        outcome = quiz.answer(posed, right(posed))
        assert outcome.judgement.correct, posed.question.slug
    assert len(quiz.outcomes) == len(list(tutor.library.questions()))
    assert {event.payload["rating"] for event in tutor.store.events()} == {3}


def test_a_wrong_choice_is_saved_as_wrong_with_its_reason_and_its_seed(tutor: Tutor) -> None:
    quiz = Quiz(tutor, tutor.curriculum.topics)
    posed = next_choice(quiz)
    wrong = next(index for index, option in enumerate(posed.options) if not option.right)
    outcome = quiz.answer(posed, [wrong])
    assert outcome.reasons == (posed.options[wrong],)
    event = tutor.store.events()[-1]
    assert (event.id, event.payload["rating"]) == (outcome.id, 1)
    assert (event.payload["given"], event.payload["seed"], event.payload["correct"]) == (
        [wrong],
        posed.seed,
        False,
    )
    assert quiz.mistakes == [outcome]


def test_who_does_not_know_is_told_the_answer_and_asked_again_soon(tutor: Tutor) -> None:
    quiz = Quiz(tutor, tutor.curriculum.topics)
    posed = next_choice(quiz)
    outcome = quiz.answer(posed, None)
    assert (outcome.judgement.correct, outcome.reasons) == (False, ())
    payload = tutor.store.events()[-1].payload
    assert (payload["given"], payload["correct"], payload["rating"]) == (None, False, 1)
    assert quiz.mistakes == [outcome]
    assert quiz.current is not posed


def test_the_question_stays_the_same_until_it_is_answered(tutor: Tutor) -> None:
    quiz = Quiz(tutor)
    assert quiz.current is quiz.current


def test_an_answer_that_cannot_be_read_is_not_an_answer(tutor: Tutor) -> None:
    quiz = Quiz(tutor, tutor.curriculum.topics)
    while (posed := quiz.current) is not None and posed.question.form is not QuestionForm.NUMERIC:
        quiz.answer(posed, right(posed))
    assert posed is not None
    before = len(tutor.store.events())
    with pytest.raises(DlcsError):
        quiz.answer(posed, "about three")
    assert len(tutor.store.events()) == before
    assert quiz.current is posed


@pytest.mark.parametrize(("hinted", "changed"), [(True, False), (False, True)])
def test_right_after_a_hint_or_a_change_of_mind_counts_as_hard(tutor: Tutor, hinted: bool, changed: bool) -> None:
    quiz = Quiz(tutor)
    posed = quiz.current
    assert posed is not None
    if hinted:
        assert quiz.hint(posed)
    quiz.answer(posed, right(posed), changed=changed)
    (event,) = tutor.store.events(types=[EventType.ANSWER])
    assert event.payload["rating"] == 2
    assert (event.payload["hinted"], event.payload["changed"]) == (hinted, changed)


def test_undo_asks_the_question_again(tutor: Tutor) -> None:
    quiz = Quiz(tutor)
    posed = quiz.current
    assert posed is not None
    quiz.answer(posed, right(posed))
    assert quiz.undo() is not None
    again = quiz.current
    assert again is not None
    assert again.question.id == posed.question.id
    assert quiz.outcomes == []


def test_a_size_ends_the_quiz_early(tutor: Tutor) -> None:
    quiz = Quiz(tutor, tutor.curriculum.topics, size=2)
    while (posed := quiz.current) is not None:
        quiz.answer(posed, right(posed))
    assert len(quiz.outcomes) == 2


def posed(form: QuestionForm, options: int = 3) -> Posed:
    choices = tuple(Option(f"text {n}", n == 1, "why") for n in range(options))
    question = Question("question:q", "q", "t", form, "Q?", Source("q.md", 1), "h", "So.", choices)
    return Posed(question, 1, "Q?", "So.", choices)


@pytest.mark.parametrize(
    ("form", "text", "given"),
    [
        (QuestionForm.SINGLE, "b", [1]),
        (QuestionForm.SINGLE, " B ", [1]),
        (QuestionForm.MULTIPLE, "a, c", [0, 2]),
        (QuestionForm.MULTIPLE, "ca", [2, 0]),
        (QuestionForm.ORDERING, "c a b", [2, 0, 1]),
        (QuestionForm.NUMERIC, "0.5", "0.5"),
    ],
)
def test_letters_mean_options(form: QuestionForm, text: str, given: Given) -> None:
    assert parse_given(posed(form), text) == given


@pytest.mark.parametrize(
    ("form", "text", "says"),
    [
        (QuestionForm.SINGLE, "", "one letter"),
        (QuestionForm.SINGLE, "ab", "one letter"),
        (QuestionForm.SINGLE, "x", "one letter"),
        (QuestionForm.SINGLE, "1", "one letter"),
        (QuestionForm.MULTIPLE, "a a", "different letters"),
        (QuestionForm.ORDERING, "a b", "all 3 letters"),
        (QuestionForm.NUMERIC, "  ", "an empty line"),
    ],
)
def test_a_line_that_names_no_options_is_told_what_was_expected(form: QuestionForm, text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_given(posed(form), text)


def test_an_order_is_judged_against_the_order_as_written(tmp_path: Path) -> None:
    from tutor.content.generators import pose
    from tutor.content.questions import parse_questions

    text = "## T\n<!-- topic: t -->\n\n### q\n<!-- question: ordering -->\n\n"
    text += "Order.\n\n1. one\n2. two\n3. three\n\n---\n\nSo.\n"
    shown = pose(parse_questions(text, "q.md")[0], 7, tmp_path)
    order = [[option.text for option in shown.options].index(text) for text in ("one", "two", "three")]
    assert judge_question(shown, order).correct
    assert not judge_question(shown, list(reversed(order))).correct


def test_a_faulty_generator_is_passed_over_and_named(tutor: Tutor, monkeypatch: pytest.MonkeyPatch) -> None:
    from tutor.content import generators

    def broken(*_: object) -> dict[str, object]:
        raise ValueError("broken")

    monkeypatch.setattr(generators, "_module", lambda *_: type("M", (), {"__getattr__": lambda *_: broken})())
    quiz = Quiz(tutor, tutor.curriculum.topics)
    while (posed := quiz.current) is not None:
        assert not posed.question.generated
        quiz.answer(posed, right(posed))
    assert len(quiz.problems) == sum(question.generated for question in tutor.library.questions())
