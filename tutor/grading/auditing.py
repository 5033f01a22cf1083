"""The proof of an exercise: its stub fails, right programs pass, every bug fails and is named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tutor.grading.diagnose import diagnose
from tutor.grading.grader import Grader
from tutor.grading.judge import judge_outcomes
from tutor.grading.model import Bug
from tutor.grading.package import ExercisePackage
from tutor.grading.reference import PatchError, standalone

SEEDS = (1, 2, 3)  #: each bug must be told on every one of these


@dataclass(frozen=True)
class AuditReport:
    """What the audit found. `problems` are sentences; none means that the exercise is proven.

    - accepted: right programs that passed, the reference among them
    - named: bugs that failed and were named, on all seeds, out of `bugs`
    """

    exercise: str
    problems: tuple[str, ...]
    accepted: int
    named: int
    bugs: int

    @property
    def passed(self) -> bool:
        return not self.problems


def audit(package: ExercisePackage, grader: Grader | None = None, seeds: Sequence[int] = SEEDS) -> AuditReport:
    """Proves an exercise. Raises ContentError when it is malformed.

    - grader: an entered grader to use; None makes one
    """
    if grader is None:
        with Grader() as own:
            return audit(package, own, seeds)
    package.check(seeds[0])
    problems: list[str] = []
    if grader.grade(package, package.stub, seed=seeds[0]).passed:
        problems.append("the stub passes")
    accepted = 0
    for name, source in _right_programs(package, problems):
        failures = [verdict for seed in seeds[:2] if not (verdict := grader.grade(package, source, seed=seed)).passed]
        if failures:
            first = failures[0].first_failure
            problems.append(
                f"{name} should pass, but '{first.name}' says: {first.message}" if first else f"{name} fails"
            )
        else:
            accepted += 1
    named = 0
    for bug in package.bugs:
        faults = list(_bug_faults(package, bug, seeds))
        problems += faults
        named += not faults
    return AuditReport(package.exercise.slug, tuple(problems), accepted, named, len(package.bugs))


def _right_programs(package: ExercisePackage, problems: list[str]) -> Iterator[tuple[str, str]]:
    try:
        yield "the reference", standalone(package.reference, package.entries)[0]
    except PatchError as error:
        problems.append(f"the reference cannot be run by itself: {error}")
    if not package.accepted:
        problems.append("accept/ holds no program in another style")
    yield from package.accepted.items()


def _bug_faults(package: ExercisePackage, bug: Bug, seeds: Sequence[int]) -> Iterator[str]:
    for seed in seeds:
        cases = package.cases(seed)
        expected = package.expected(cases)
        outcomes = list(package.run(package.buggy[bug.name], cases))
        judgement = judge_outcomes(package, cases, expected, outcomes)
        if judgement.passed:
            yield f"the bug '{bug.name}' passes with seed {seed}: no case shows it"
            return
        diagnosis = diagnose(package, judgement.evidence)
        if diagnosis is None:
            yield f"the bug '{bug.name}' is not named with seed {seed}: another gives the same on all cases"
            return
        if diagnosis.bug != bug.name:
            yield f"the bug '{bug.name}' is named '{diagnosis.bug}' with seed {seed}"
            return
