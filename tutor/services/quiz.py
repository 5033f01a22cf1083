"""Quizzes: one question at a time; each answer is judged and saved at once and never altered."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tutor.domain.answers import Judgement, rating
from tutor.domain.errors import ContentError, UsageError
from tutor.domain.events import EventType
from tutor.domain.items import Kind, Option, Posed, Question, QuestionForm
from tutor.services.agenda import queue
from tutor.services.judging import Given, judge_question, right_answer
from tutor.services.review import IDLE_SECONDS, Undone, back_in, describe
from tutor.services.tutor import Tutor


@dataclass(frozen=True)
class Outcome:
    """A judged and committed answer: `id` is the event; `reasons` are those of the wrong options chosen."""

    id: str
    posed: Posed
    given: Given | None  #: None: the learner did not know
    judgement: Judgement
    right: str  #: the right answer, Markdown
    reasons: tuple[Option, ...]
    interval: str


class Quiz:
    """A sitting over questions: the due ones and new ones, of some topics or of all."""

    def __init__(self, tutor: Tutor, topics: Iterable[str] | None = None, size: int | None = None) -> None:
        self.tutor = tutor
        self.queue = queue(tutor, Kind.QUESTION, topics)
        self.size = size
        self.outcomes: list[Outcome] = []
        self.problems: list[ContentError] = []
        self._posed: Posed | None = None
        self._hinted = False

    @property
    def left(self) -> int:
        left = len(self.queue)
        return left if self.size is None else min(left, self.size - len(self.outcomes))

    @property
    def current(self) -> Posed | None:
        """The question as posed now; stays the same, with the same values, until it is answered.

        A question whose generator is faulty is passed over and named in `problems`; one that is no longer
        written is passed over.
        """
        from tutor.content.generators import pose

        while self.left > 0 and (item := self.queue.current(self.tutor.clock.now())) is not None:
            if self._posed is not None and self._posed.question.id == item:
                return self._posed
            try:
                entry = self.tutor.library.entry(item)
                assert isinstance(entry, Question)
                self._posed, self._hinted = pose(entry, secrets.randbits(31), self.tutor.root), False
            except ContentError as problem:
                self.problems.append(problem)
                self.queue.remove(item)
            except UsageError:
                self.queue.remove(item)
        return None

    def hint(self, posed: Posed) -> str:
        """The idea of the topic's section as a hint; an answer after it counts as hard at best."""
        if not self._hinted:
            self.tutor.store.append(EventType.HINT, posed.question.id, {"step": 1, "seed": posed.seed})
            self._hinted = True
        section = self.tutor.library.section(posed.question.topic)
        if section is None:
            return "There is no section on this topic yet."
        idea = section.body.split("\n\n", 1)[0]
        return f"**{section.title}.** {idea}"

    def answer(self, posed: Posed, given: Given | None, *, changed: bool = False, seconds: float = 0.0) -> Outcome:
        """Judges and saves; only then is the right answer told. `given` is None for 'I do not know', which is wrong.

        Raises UsageError or FormulaError when the answer cannot be read, StoreError when it could not be
        saved; in each case the question stays.
        """
        judgement = Judgement(False) if given is None else judge_question(posed, given)
        question = posed.question
        payload = {
            "rating": rating(judgement.correct, hinted=self._hinted, changed=changed),
            "seconds": round(min(seconds, IDLE_SECONDS * 5), 1),
            "shown": question.hash,
            "given": given,
            "seed": posed.seed,
            "correct": judgement.correct,
            "hinted": self._hinted,
            "changed": changed,
        }
        event = self.tutor.store.append(EventType.ANSWER, question.id, payload)
        memory = self.tutor.store.memory(question.id)
        self.queue.done(question.id)
        self._posed = None
        outcome = Outcome(
            id=event.id,
            posed=posed,
            given=given,
            judgement=judgement,
            right=right_answer(posed),
            reasons=_reasons(posed, given),
            interval=back_in(self.tutor, memory),
        )
        self.outcomes.append(outcome)
        return outcome

    def reworded(self, outcome: Outcome, question: Question) -> Outcome:
        """The outcome told in the words that its question has now; what was answered and judged stays.

        A question with another form or number of options shows them at its next turn. Raises ContentError when
        it cannot be posed.
        """
        from tutor.content.generators import pose

        before, now = outcome.posed, pose(question, outcome.posed.seed, self.tutor.root)
        if (now.question.form, len(now.options)) != (before.question.form, len(before.options)):
            return outcome
        if question.form is QuestionForm.ORDERING:
            now = replace(now, options=_as_shown(before, now))
        told = replace(outcome, posed=now, right=right_answer(now), reasons=_reasons(now, outcome.given))
        self.outcomes = [told if each is outcome else each for each in self.outcomes]
        return told

    def undo(self) -> Undone | None:
        """Takes back the last thing done; a question taken back is asked again, with new values."""
        event = self.tutor.store.undo()
        if event is None:
            return None
        if event.item and event.item.startswith(f"{Kind.QUESTION}:"):
            self.queue.restore(event.item)
            self.outcomes = [outcome for outcome in self.outcomes if outcome.id != event.id]
            self._posed = None
        return Undone(event.item or "", f"Took back {describe(event)}.")

    @property
    def mistakes(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if not outcome.judgement.correct]


def _reasons(posed: Posed, given: Given | None) -> tuple[Option, ...]:
    """The wrong options among those chosen, each of which says why it is wrong."""
    if not isinstance(given, list) or posed.question.form is QuestionForm.ORDERING:
        return ()
    return tuple(option for option in (posed.options[place] for place in given) if not option.right and option.reason)


def _as_shown(before: Posed, now: Posed) -> tuple[Option, ...]:
    """The steps of `now` in the places that the same steps of `before` had."""
    from tutor.content.generators import right_order

    steps = [now.options[place] for place in right_order(now)]
    places = right_order(before)
    return tuple(steps[places.index(place)] for place in range(len(steps)))
