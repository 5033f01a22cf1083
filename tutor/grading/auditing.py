"""The proof of an exercise: its stub fails, right programs pass, every bug fails and is named."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass

from tutor.grading.diagnose import diagnose
from tutor.grading.grader import Grader
from tutor.grading.judge import judge_outcomes
from tutor.grading.model import Bug
from tutor.grading.package import ExercisePackage, PreparedCase
from tutor.grading.protocol import Outcome
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
    faults: dict[str, str] = {}
    for seed in seeds:
        for bug, fault in _bug_faults(package, seed, faults):
            faults[bug.name] = fault
    problems += [faults[bug.name] for bug in package.bugs if bug.name in faults]
    named = len(package.bugs) - len(faults)
    return AuditReport(package.exercise.slug, tuple(problems), accepted, named, len(package.bugs))


def _right_programs(package: ExercisePackage, problems: list[str]) -> Iterator[tuple[str, str]]:
    try:
        yield "the reference", standalone(package.reference, package.entries)[0]
    except PatchError as error:
        problems.append(f"the reference cannot be run by itself: {error}")
    if not package.accepted:
        problems.append("accept/ holds no program in another style")
    yield from package.accepted.items()


def _bug_faults(package: ExercisePackage, seed: int, known: Container[str]) -> Iterator[tuple[Bug, str]]:
    """What is wrong with each bug on the cases of one seed, as a sentence; not of those known to be faulty.

    Each bug is run twice: once for all, as a learner's program and as what the other bugs are told from, and
    anew when its own results are to be recognised. So the work grows with the number of bugs, not its square.
    """
    cases = package.cases(seed)
    expected = package.expected(cases)
    outcomes = {bug.name: list(package.run(package.buggy[bug.name], cases)) for bug in package.bugs}
    place = {id(case): index for index, case in enumerate(cases)}
    for bug in package.bugs:
        if bug.name in known:
            continue

        def runs(other: Bug, asked: Sequence[PreparedCase], own: str = bug.name) -> Iterable[Outcome]:
            if other.name == own:
                return package.run(package.buggy[own], asked)
            return (outcomes[other.name][place[id(case)]] for case in asked)

        # The exercise's own judge is given copies: what it does to them must not reach the next bug.
        judgement = judge_outcomes(package, cases, deepcopy(expected), deepcopy(outcomes[bug.name]))
        if judgement.passed:
            yield bug, f"the bug '{bug.name}' passes with seed {seed}: no case shows it"
            continue
        diagnosis = diagnose(package, judgement.evidence, runs)
        if diagnosis is None:
            yield bug, f"the bug '{bug.name}' is not named with seed {seed}: another gives the same on all cases"
        elif diagnosis.bug != bug.name:
            yield bug, f"the bug '{bug.name}' is named '{diagnosis.bug}' with seed {seed}"
