"""The loops line by line."""

from __future__ import annotations

import io
from collections.abc import Callable

from tutor.domain.events import EventType
from tutor.domain.items import QuestionForm
from tutor.services.quiz import Quiz
from tutor.services.tutor import Tutor
from tutor.ui.plain import PlainLoop


def played(quiz: Quiz, *lines: str) -> str:
    sink = io.StringIO()
    PlainLoop(io.StringIO("".join(f"{line}\n" for line in lines)), sink).quiz(quiz)
    return sink.getvalue()


def until(quiz: Quiz, wanted: Callable[[QuestionForm], bool]) -> None:
    """Leaves out questions until one of a wanted form is asked."""
    while (posed := quiz.current) is not None and not wanted(posed.question.form):
        quiz.queue.remove(posed.question.id)


def test_who_does_not_know_is_told_the_answer(tutor: Tutor) -> None:
    quiz = Quiz(tutor, ["sigmoid-model"], size=1)
    until(quiz, lambda form: form is QuestionForm.SINGLE)
    told = played(quiz, ":x")
    (event,) = tutor.store.events(types=[EventType.ANSWER])
    assert (event.payload["given"], event.payload["correct"], event.payload["rating"]) == (None, False, 1)
    assert f"saved {event.id}" in told
    assert "You did not know.\nThe answer: " in told
    assert "0 right, 1 wrong." in told


def test_between_the_lines_of_an_output_one_may_give_up_too(tutor: Tutor) -> None:
    quiz = Quiz(tutor, ["loss-and-cost"], size=1)
    until(quiz, lambda form: form is QuestionForm.OUTPUT)
    assert "You did not know." in played(quiz, "1 0.5", ":x")
    (event,) = tutor.store.events(types=[EventType.ANSWER])
    assert event.payload["given"] is None


def test_the_help_names_the_command(tutor: Tutor) -> None:
    told = played(Quiz(tutor, ["sigmoid-model"]), "", ":h", ":q")
    assert ":x       I do not know" in told
    assert tutor.store.events() == []
