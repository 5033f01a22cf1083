"""Exercises: the workspace, grading, hints, attempts, the solution, starting anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.content import places
from tutor.domain.errors import StoreError, UsageError
from tutor.domain.events import Event, EventType
from tutor.domain.items import Exercise, Kind
from tutor.domain.verdict import Verdict
from tutor.services.tutor import Tutor
from tutor.services.workfile import claim_aside, create

if TYPE_CHECKING:
    from tutor.grading import ExercisePackage, Grader

#: A learner's file larger than this is not kept with the attempt.
MAX_KEPT_SOURCE = 64_000


@dataclass(frozen=True)
class ExerciseState:
    """An exercise and how far the learner is: `new`, `tried`, `solved` (and `due` when it is time again)."""

    exercise: Exercise
    state: str
    due: bool
    course: int
    week: int


@dataclass(frozen=True)
class Attempt:
    """One graded attempt, as it was logged."""

    id: str
    time: datetime
    passed: bool
    message: str
    bug: str
    source: str
    seed: int


@dataclass(frozen=True)
class Hint:
    step: int
    total: int
    text: str


@dataclass(frozen=True)
class Graded:
    """A verdict and what was saved: the answer's or the attempt's event id ('' when nothing was logged)."""

    verdict: Verdict
    saved: str
    answered: bool  #: this pass counted as solving the exercise
    path: Path


class Practice:
    """Use as a context manager: it holds a warm grading worker once something was graded."""

    def __init__(self, tutor: Tutor) -> None:
        self.tutor = tutor
        self._grader: Grader | None = None

    def __enter__(self) -> Practice:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        if self._grader is not None:
            self._grader.close()
            self._grader = None

    @property
    def grader(self) -> Grader:
        """The grader; starts its worker at the first use, so that it is warm when code comes."""
        if self._grader is None:
            from tutor.grading import Grader

            self._grader = Grader().__enter__()
        return self._grader

    def exercise(self, slug: str) -> Exercise:
        """The exercise named `slug`. Raises UsageError, with a suggestion, when there is none."""
        entry = self.tutor.library.entry(f"{Kind.EXERCISE}:{slug}")
        assert isinstance(entry, Exercise)
        return entry

    def package(self, slug: str) -> ExercisePackage:
        """The exercise with all that is in its folder. Raises ContentError when that is malformed."""
        from tutor.grading import load_exercise

        source = self.exercise(slug).source.path
        root = self.tutor.home / "content" if source.startswith("own:") else self.tutor.root
        return load_exercise((root / source.removeprefix("own:")).parent)

    def states(self, course: int | None = None) -> list[ExerciseState]:
        """All exercises in reading order, each with the learner's state."""
        curriculum = self.tutor.curriculum
        if course is not None:
            curriculum.course(course)
        day = self.tutor.clock.study_day()
        memories = self.tutor.store.memories(Kind.EXERCISE)
        tried = {event.item for event in self.tutor.store.events(types=[EventType.ATTEMPT])}
        found: list[ExerciseState] = []
        for exercise in self.tutor.library.exercises():
            topic = curriculum.topics.get(exercise.topic)
            if topic is None or course not in (None, topic.course):
                continue
            memory = memories.get(exercise.id)
            solved = memory is not None and memory.reps > 0
            passed = solved and memory is not None and (memory.last_rating or 0) > 1
            state = "solved" if passed else "tried" if solved or exercise.id in tried else "new"
            due = solved and memory is not None and memory.due is not None and memory.due <= day
            found.append(ExerciseState(exercise, state, due, topic.course, topic.week))
        order = curriculum.order
        return sorted(found, key=lambda s: (order[s.exercise.topic], s.exercise.minutes, s.exercise.slug))

    def path(self, slug: str) -> Path:
        """Where the learner's file of this exercise is, or will be."""
        return places.workspace() / f"{self.exercise(slug).slug}.py"

    def open(self, slug: str) -> Path:
        """The learner's file: the stub is copied once, and an existing file is never touched."""
        path = self.path(slug)
        if not path.exists():
            package = self.package(slug)
            begun = {"version": package.exercise.version, "signature": package.exercise.signature}
            self.tutor.store.append(EventType.BEGIN, package.exercise.id, begun)
            try:
                create(path, package.stub)
            except OSError as error:
                raise StoreError(
                    f"The exercise file {path} cannot be written ({error.strerror}); free some space or set DLCS_HOME."
                ) from None
        return path

    def outdated(self, slug: str) -> str:
        """A sentence for the learner whose file was begun with an older version of the task; else empty."""
        exercise = self.exercise(slug)
        return _outdated(exercise, self._history(exercise.id))

    def grade(self, slug: str, file: Path | None = None, *, log: bool = True, seed: int | None = None) -> Graded:
        """Grades the learner's file (or `file`) and logs the attempt.

        A pass counts as one answer a solving: the first time, when the exercise is due again, and after
        starting anew; further passes are kept as attempts. A failing workspace file that was begun with an
        older version of the task is told so among the verdict's warnings. Raises UsageError for a file that cannot be
        read, GraderError when the worker cannot start.
        """
        package = self.package(slug)
        path = file or self.path(slug)
        source = read_source(path, slug)
        verdict = self.grader.grade(package, source, seed=seed)
        item = f"{Kind.EXERCISE}:{slug}"
        history = self._history(item)
        if file is None and not verdict.passed and (outdated := _outdated(package.exercise, history)):
            verdict = replace(verdict, warnings=(outdated, *verdict.warnings))
        if not log:
            return Graded(verdict, "", False, path)
        attempt = _attempt_payload(verdict, source, package.exercise.version)
        answers = verdict.passed and self._solving_counts(item, history)
        entries: list[tuple[EventType, str, Mapping[str, Any]]] = [(EventType.ATTEMPT, item, attempt)]
        if answers:
            hinted = any(event.type is EventType.HINT for event in _since_last_answer(history))
            payload = {
                "rating": 2 if hinted else 3,
                "seconds": _seconds_since_start(history, self.tutor.clock.now()),
                "shown": package.exercise.hash,
                "given": None,
                "seed": verdict.seed,
                "correct": True,
                "hinted": hinted,
                "changed": False,
            }
            entries.append((EventType.ANSWER, item, payload))
        events = self.tutor.store.append_many(entries)
        return Graded(verdict, events[-1].id, answers, path)

    def hint(self, slug: str) -> Hint:
        """The next hint; it opens only after a new attempt since the last one. Raises UsageError otherwise."""
        package = self.package(slug)
        item = f"{Kind.EXERCISE}:{slug}"
        recent = _since_last_answer(self._history(item))
        steps = [event for event in recent if event.type is EventType.HINT]
        if len(steps) >= len(package.hints):
            raise UsageError(
                f"All {len(package.hints)} hints of {slug} are open; try again, or see the solution: "
                f"dlcs solution {slug}."
            )
        last = next((event for event in reversed(recent) if event.type in (EventType.HINT, EventType.ATTEMPT)), None)
        if last is not None and last.type is EventType.HINT:
            raise UsageError(f"Hint {len(steps) + 1} opens after a new attempt: dlcs grade {slug}.")
        step = len(steps) + 1
        self.tutor.store.append(EventType.HINT, item, {"step": step})
        return Hint(step, len(package.hints), package.hints[step - 1])

    def opened_hints(self, slug: str) -> list[Hint]:
        """The hints that are open since the exercise was last solved."""
        package = self.package(slug)
        recent = _since_last_answer(self._history(f"{Kind.EXERCISE}:{slug}"))
        count = sum(event.type is EventType.HINT for event in recent)
        return [Hint(step, len(package.hints), package.hints[step - 1]) for step in range(1, count + 1)]

    def attempts(self, slug: str) -> list[Attempt]:
        """Every graded attempt, oldest first."""
        events = self._history(self.exercise(slug).id)
        return list(_attempts(events))

    def solution_open(self, slug: str) -> bool:
        """Whether the solution may be shown: after a pass, or after giving up."""
        events = self._history(self.exercise(slug).id)
        return any(event.type is EventType.ANSWER for event in events)

    def solution(self, slug: str, *, give_up: bool = False) -> str:
        """The reference's source. Before a pass it opens only by giving up, which counts as Again.

        Raises UsageError when it is not open yet.
        """
        package = self.package(slug)
        if not self.solution_open(slug):
            if not give_up:
                raise UsageError(
                    f"The solution of {slug} opens after a pass; to see it now and have it count as Again: "
                    f"dlcs solution {slug} --give-up."
                )
            self.tutor.store.append(
                EventType.ANSWER,
                package.exercise.id,
                {
                    "rating": 1,
                    "seconds": 0.0,
                    "shown": package.exercise.hash,
                    "given": "gave up",
                    "seed": None,
                    "correct": False,
                    "hinted": True,
                    "changed": False,
                },
            )
        return package.solution

    def reset(self, slug: str) -> Path | None:
        """Starts anew from the stub; the learner's file is kept aside, and its new place returned."""
        path = self.path(slug)
        aside: Path | None = None
        if path.exists():
            try:
                aside = claim_aside(path, self.tutor.clock.now())
                path.replace(aside)
            except OSError as error:
                raise StoreError(f"{path} could not be put aside ({error.strerror}); nothing was changed.") from None
        self.open(slug)
        kept = aside.name if aside else None
        self.tutor.store.append(EventType.ATTEMPT, self.exercise(slug).id, {"restart": True, "kept": kept})
        return aside

    def _history(self, item: str) -> list[Event]:
        return self.tutor.store.events(item=item, only_counting=True)

    def _solving_counts(self, item: str, history: list[Event]) -> bool:
        """Whether a pass now is a solving of its own: never answered, due again, or started anew."""
        if not any(event.type is EventType.ANSWER for event in history):
            return True
        if any(event.payload.get("restart") for event in _since_last_answer(history)):
            return True
        memory = self.tutor.store.memory(item)
        return memory.due is not None and memory.due <= self.tutor.clock.study_day()


def read_source(path: Path, slug: str) -> bytes:
    """The learner's file as bytes. Raises UsageError when it is missing, not a file, or cannot be read."""
    try:
        if path.is_dir():
            raise UsageError(f"{path} is a folder; name the Python file to grade.")
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"There is no file {path} to grade; create it with: dlcs code {slug}.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); check its permissions.") from None


def _attempt_payload(verdict: Verdict, source: bytes, version: int) -> dict[str, Any]:
    failure = verdict.first_failure
    return {
        "passed": verdict.passed,
        "seed": verdict.seed,
        "run_seconds": round(verdict.seconds, 3),
        "message": f"{failure.name}: {failure.message}" if failure else "",
        "bug": verdict.diagnosis.bug if verdict.diagnosis else "",
        "source": source.decode("utf-8", "replace") if len(source) <= MAX_KEPT_SOURCE else "",
        "version": version,
    }


def _outdated(exercise: Exercise, history: list[Event]) -> str:
    """What to tell about a file that is for an older version of the task; else empty.

    A file is for the version that it was begun with, or passed last.
    """
    begun: Mapping[str, Any] = {}
    for event in history:
        passed = event.type is EventType.ATTEMPT and event.payload.get("passed")
        if event.type is EventType.BEGIN or passed:
            begun = event.payload
    version, signature = begun.get("version", exercise.version), begun.get("signature", exercise.signature)
    if version >= exercise.version:
        return ""
    asks = f", which asks for {exercise.signature} in place of {signature}," if signature != exercise.signature else ""
    return (
        f"The task has changed since you began: your file is for version {version}, and now version "
        f"{exercise.version}{asks} is graded; read the task again (your file was left as it is)."
    )


def _attempts(events: list[Event]) -> Iterator[Attempt]:
    for event in events:
        if event.type is EventType.ATTEMPT and "passed" in event.payload:
            payload = event.payload
            yield Attempt(
                event.id,
                event.time,
                bool(payload["passed"]),
                str(payload.get("message", "")),
                str(payload.get("bug", "")),
                str(payload.get("source", "")),
                int(payload.get("seed", 0)),
            )


def _since_last_answer(history: list[Event]) -> list[Event]:
    last = max((index for index, event in enumerate(history) if event.type is EventType.ANSWER), default=-1)
    return history[last + 1 :]


def _seconds_since_start(history: list[Event], now: datetime) -> float:
    """Seconds at work: the gaps between the beginning, attempts and hints of this solving, pauses left out."""
    times = [event.time for event in _since_last_answer(history)] + [now]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    return round(sum(gap for gap in gaps if 0 < gap < 1800), 1)
