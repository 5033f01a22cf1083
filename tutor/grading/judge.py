"""Judging outcomes: what each call gave against what the reference gave, as checks and as evidence."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tutor.domain.errors import ContentError
from tutor.domain.verdict import Check
from tutor.grading import explain
from tutor.grading.compare import Comparison, Difference
from tutor.grading.package import ExercisePackage, PreparedCase
from tutor.grading.protocol import Kind, Outcome, Raised
from tutor.grading.sandbox import MEMORY

_MOST_WARNINGS = 10


@dataclass(frozen=True)
class Evidence:
    """One case as it was judged. `difference` is None where it passed or gave no value to compare."""

    case: PreparedCase
    expected: Outcome
    got: Outcome
    passed: bool
    difference: Difference | None = None


@dataclass
class Judgement:
    """All cases, judged: `checks` and `warnings` for the learner, `evidence` for the diagnosis."""

    evidence: list[Evidence] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)

    def warn(self, sentence: str) -> None:
        if sentence not in self.warnings and len(self.warnings) < _MOST_WARNINGS:
            self.warnings.append(sentence)


def judge_outcomes(
    package: ExercisePackage,
    cases: Sequence[PreparedCase],
    expected: Sequence[Outcome],
    outcomes: Sequence[Outcome],
    memory: int = MEMORY,
) -> Judgement:
    """The judgement on all cases, in order of the entries, which build on each other.

    - outcomes: may end early, where the worker did; the rest counts as not run
    - memory: bytes the code could use, for the sentences

    Raises ContentError when the exercise's own `judge` cannot take a right result.
    """
    judgement = Judgement()
    broken = ""  # the first entry that fails
    for case, right, got in zip(cases, expected, outcomes, strict=False):
        name = _name(package, case)
        evidence, checks = _judge_case(package, judgement, name, case, right, got, memory)
        if not evidence.passed:
            broken = broken or case.entry
            if broken != case.entry:
                note = f" (this may come from {broken}, which is to be mended first)"
                checks = [check if check.passed else replace(check, message=check.message + note) for check in checks]
        judgement.evidence.append(evidence)
        judgement.checks += checks
    for case in cases[len(outcomes) :]:
        judgement.checks.append(Check(_name(package, case), False, "Not run, because the code never came to it."))
    return judgement


def _name(package: ExercisePackage, case: PreparedCase) -> str:
    return case.case.name if len(package.entries) == 1 else f"{case.entry}: {case.case.name}"


def _judge_case(
    package: ExercisePackage,
    judgement: Judgement,
    name: str,
    case: PreparedCase,
    right: Outcome,
    got: Outcome,
    memory: int,
) -> tuple[Evidence, list[Check]]:
    def single(
        message: str, line: int | None = None, difference: Difference | None = None
    ) -> tuple[Evidence, list[Check]]:
        check = Check(name, not message, message, line if message else None)
        return Evidence(case, right, got, not message, difference), [check]

    if got.raised is not None and right.raised is not None:
        return single(_other_exception(right.raised, got.raised), got.line)
    if got.kind is not Kind.RETURNED:
        told = explain.outcome(got, package.signature(case.entry), package.manifest.time_limit, memory)
        return single(told, got.line)
    if right.raised is not None:
        return single(f"Expected that it raises {_builtin(right.raised)}, but it returned a value.")
    _note_warnings(package, judgement, right, got)
    if package.judge is not None:
        return _judge_by_rule(package, name, case, right, got)
    comparison = Comparison(package.manifest.outputs, package.manifest.tolerances)
    if (difference := comparison.difference(right.value, got.value)) is not None:
        return single(difference.message, difference=difference)
    return single(*_broken_rule(package, right, got))


def _judge_by_rule(
    package: ExercisePackage, name: str, case: PreparedCase, right: Outcome, got: Outcome
) -> tuple[Evidence, list[Check]]:
    """The exercise's own `judge`, which may stumble over a result of the wrong structure."""
    assert package.judge is not None
    try:
        found = list(package.judge(case.case, got.value, right.value))
    except Exception as error:
        comparison = Comparison(package.manifest.outputs, package.manifest.tolerances)
        difference = comparison.difference(right.value, got.value)
        if difference is None:
            path = package.folder / "cases.py"
            problem = f"judge raised {type(error).__name__} on a right result: {error}."
            raise ContentError(path, 1, problem, "Correct it.") from None
        return Evidence(case, right, got, False, difference), [Check(name, False, difference.message)]
    broken, line = _broken_rule(package, right, got)
    if broken:
        found.append(Check("rules", False, broken, line))
    checks = [replace(check, name=f"{name}: {check.name}") for check in found]
    return Evidence(case, right, got, all(check.passed for check in checks)), checks


def _other_exception(right: Raised, got: Raised) -> str:
    wanted = _builtin(right)
    if wanted in got.bases:
        return ""
    where = f" in line {got.line}" if got.line else ""
    return f"Expected that it raises {wanted}, but it raised {got.type}{where}: {got.message}"


def _builtin(raised: Raised) -> str:
    """The first class that the learner can raise too: the engine's own errors are not theirs."""
    return next((base for base in raised.bases if hasattr(builtins, base)), "Exception")


def _broken_rule(package: ExercisePackage, right: Outcome, got: Outcome) -> tuple[str, int | None]:
    """A rule that a result of the right value breaks, as a sentence, and the line; else an empty one."""
    changed = [path for path in got.changed if path not in right.changed]
    if changed and package.manifest.forbid_changed_inputs:
        told = f"The value is right, but the call changed its argument {', '.join(changed)}; work on a copy."
        return told, None
    if got.warnings and not right.warnings and package.manifest.forbid_warnings:
        warned = got.warnings[0]
        where = f"line {warned.line}" if warned.line else "it"
        told = f"The value is right, but {where} gave a warning ({warned.type}: {warned.message})."
        return told, warned.line or None
    return "", None


def _note_warnings(package: ExercisePackage, judgement: Judgement, right: Outcome, got: Outcome) -> None:
    for path in got.changed:
        if path not in right.changed and not package.manifest.forbid_changed_inputs:
            judgement.warn(f"The call changed its argument {path}; work on a copy.")
    for warned in got.warnings:
        where = f"Line {warned.line}: " if warned.line else ""
        judgement.warn(f"{where}{warned.type}: {warned.message}.")
