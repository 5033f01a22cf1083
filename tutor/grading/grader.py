"""Grading one file: send the cases to a worker, compare what comes back, name the mistake."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from types import TracebackType

from tutor.domain.errors import GraderError
from tutor.domain.verdict import Check, Diagnosis, Verdict
from tutor.grading import explain, vectorized
from tutor.grading.diagnose import diagnose
from tutor.grading.judge import judge_outcomes
from tutor.grading.package import ExercisePackage, PreparedCase
from tutor.grading.protocol import End, Kind, Outcome, Reason, number_of, raised_from
from tutor.grading.runner import Spares, Worker, WorkerEnded
from tutor.grading.sandbox import Policy, best_policy, describe_sandbox
from tutor.grading.wire import WireError

_HANG_MARGIN = 0.85  #: share of the time limit after which the worker notes where it is


class Grader:
    """Grades files. A context manager: it keeps a worker started between two gradings.

    - policy: the workers' limits; default: the best that this machine offers
    """

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or best_policy()
        self._spares: Spares | None = None
        self._busy = threading.Lock()

    def __enter__(self) -> Grader:
        self._spares = self._spares or Spares(self.policy)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends all workers; the grader can be entered again."""
        with self._busy:
            if self._spares is not None:
                self._spares.close()
                self._spares = None

    def grade(self, package: ExercisePackage, source: str | bytes, *, seed: int | None = None) -> Verdict:
        """The verdict on a learner's file.

        - source: the file's text or bytes
        - seed: of the cases; None draws one

        Raises ContentError when the exercise is malformed, GraderError when no worker can be started.
        """
        with self._busy:
            if self._spares is None:
                raise GraderError("The grader is closed; use it in a with statement.")
            seed = random.SystemRandom().randrange(1 << 31) if seed is None else seed
            return _Grading(package, seed, self._spares).run(source)


class _Grading:
    """One grading, from the file to the verdict."""

    def __init__(self, package: ExercisePackage, seed: int, spares: Spares) -> None:
        self.package, self.seed, self.spares = package, seed, spares
        self.manifest = package.manifest
        self.started = time.perf_counter()
        self.sandbox = "not needed, because nothing was run"
        self.output = ""
        self.warnings: list[str] = []

    def run(self, source: str | bytes) -> Verdict:
        try:
            text = explain.source_text(source)
        except explain.UnreadableSource as error:
            return self._verdict([Check("readable", False, str(error), error.line)])
        cases = self.package.cases(self.seed)
        expected = self.package.expected(cases)
        worker = self.spares.take()
        try:
            self.sandbox = describe_sandbox(worker.active)
            return self._grade(worker, text, cases, expected)
        finally:
            worker.close()
            self.spares.prepare()

    def _grade(self, worker: Worker, text: str, cases: list[PreparedCase], expected: list[Outcome]) -> Verdict:
        deadline = time.monotonic() + self.manifest.time_limit
        if (failure := self._load(worker, text, deadline)) is not None:
            self.output = worker.output
            return self._verdict([failure])
        outcomes = list(self._outcomes(worker, cases, deadline))
        self.output = worker.output
        judgement = judge_outcomes(self.package, cases, expected, outcomes, worker.policy.memory)
        self.warnings += judgement.warnings
        checks = list(judgement.checks)
        fast = None
        if all(check.passed for check in checks):
            fast = vectorized.measure(self.package, worker, self.seed)
            if fast is False and self.manifest.vectorized == "required":
                message = "The work grows with the number of examples: a loop over them is left."
                checks.append(Check("vectorized", False, message))
        diagnosis = diagnose(self.package, judgement.evidence)
        return self._verdict(checks, diagnosis, fast)

    def _load(self, worker: Worker, text: str, deadline: float) -> Check | None:
        """Runs the file itself. A failed check when that fails, or when it lacks an entry."""

        def failed(message: str, line: int = 0) -> Check:
            return Check("loads", False, message, line or None)

        request = {
            "op": "load",
            "source": text,
            "entries": list(self.package.entries),
            "utilities": self.package.utilities,
            "drive": self.package.drive_source,
            "hang_after": self.manifest.time_limit * _HANG_MARGIN,
        }
        memory = worker.policy.memory
        try:
            reply = worker.ask(request, deadline)
            if reply.get("kind") == "syntax":
                return failed(explain.syntax_error(reply), number_of(reply, "line"))
            if reply.get("kind") == "raised":
                error = raised_from(reply)
                return failed(explain.raised(error, memory), error.line)
            faults, defined = reply["faults"], [str(name) for name in reply["defined"]]
            for entry in self.package.entries:
                if entry in faults:
                    kind = self.package.exercise.kind
                    return failed(explain.missing_entry(entry, str(faults[entry]), defined, kind))
        except WorkerEnded as ended:
            return failed(explain.ended(ended.end, self.manifest.time_limit, memory), ended.end.line)
        except (WireError, KeyError, TypeError):
            return failed("Your code disturbed the grading while it was loaded; keep to functions and classes.")
        return None

    def _outcomes(self, worker: Worker, cases: list[PreparedCase], deadline: float) -> Iterator[Outcome]:
        """The outcome of each case, up to and including the one that ended the worker."""
        for case in cases:
            try:
                yield Outcome.from_message(worker.ask(dict(case.request), deadline, case.callables))
            except WorkerEnded as error:
                yield Outcome(Kind.ENDED, end=error.end)
                return
            except WireError as error:
                yield Outcome(Kind.ENDED, end=End(Reason.WIRE, str(error)))
                return

    def _verdict(
        self, checks: Sequence[Check], diagnosis: Diagnosis | None = None, fast: bool | None = None
    ) -> Verdict:
        return Verdict(
            exercise=self.package.exercise.slug,
            passed=all(check.passed for check in checks),
            checks=tuple(checks),
            seconds=time.perf_counter() - self.started,
            sandbox=self.sandbox,
            seed=self.seed,
            diagnosis=diagnosis,
            vectorized=fast,
            warnings=tuple(self.warnings),
            output=self.output,
        )
