"""Naming the mistake: run every known bug on the same inputs, name the one that gives the learner's results.

A wrong name is worse than none: two bugs that fit, or one that fits only in part, name nothing. Where no bug
fits, a few general mistakes are recognised by their arithmetic.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from tutor.domain.verdict import Diagnosis
from tutor.grading.compare import Comparison
from tutor.grading.judge import Evidence
from tutor.grading.model import Bug
from tutor.grading.package import ExercisePackage, PreparedCase
from tutor.grading.protocol import Kind, Outcome, Raised

#: Gives what a bug gives on cases, in their order; they are asked for one by one, as long as the bug fits.
Runs = Callable[[Bug, Sequence[PreparedCase]], Iterable[Outcome]]
_Pair = tuple["np.ndarray[Any, Any]", "np.ndarray[Any, Any]"]
_MISMATCHES = (
    re.compile(r"size (\d+) is different from (\d+)"),  # matmul
    re.compile(r"not aligned: (\d+) \(dim \d+\) != (\d+) \(dim \d+\)"),  # dot
    re.compile(r"could not be broadcast together with shapes \(([\d, ]*)\) \(([\d, ]*)\)"),
)


def diagnose(package: ExercisePackage, evidence: Sequence[Evidence], runs: Runs | None = None) -> Diagnosis | None:
    """The mistake that explains every case of the first entry that fails, or None.

    - evidence: all cases that were run, in order
    - runs: default: each bug is run on the cases
    """
    first = next((each for each in evidence if not each.passed), None)
    if first is None:
        return None
    # Failing cases first: most bugs are ruled out by one of them.
    same_entry = sorted(
        (each for each in evidence if each.case.entry == first.case.entry), key=lambda each: each.passed
    )
    fitting = [bug for bug in package.bugs if fits(package, bug, same_entry, runs)]
    if len(fitting) == 1:
        bug = fitting[0]
        return Diagnosis(bug.name, bug.why, bug.section)
    if fitting:
        return None
    return _general(package, same_entry)


def fits(package: ExercisePackage, bug: Bug, evidence: Sequence[Evidence], runs: Runs | None = None) -> bool:
    """Whether the bug gives what the learner's code gave, on each of the cases."""
    comparison = Comparison(package.manifest.outputs, package.manifest.tolerances, strict=True)
    told_apart = False  # by a value, and not only by the type of an exception
    alike = True
    cases = [each.case for each in evidence]
    outcomes = runs(bug, cases) if runs is not None else package.run(package.buggy[bug.name], cases)
    for each, outcome in zip(evidence, outcomes, strict=True):
        got = each.got
        if outcome.kind is not got.kind:
            return False
        if outcome.kind is Kind.RETURNED:
            if comparison.difference(outcome.value, got.value) is not None:
                return False
            told_apart = told_apart or not each.passed
            if package.manifest.forbid_changed_inputs and set(outcome.changed) != set(got.changed):
                return False
            if package.manifest.forbid_warnings and bool(outcome.warnings) != bool(got.warnings):
                return False
        elif outcome.raised is not None and got.raised is not None:
            if outcome.raised.type != got.raised.type:
                return False
            alike = alike and _alike(outcome.raised, got.raised)
    return told_apart or alike


def _alike(one: Raised, other: Raised) -> bool:
    """Whether two exceptions tell of the same fault: the same sizes that do not fit, or the same words."""
    sizes = _mismatch(one.message), _mismatch(other.message)
    return sizes[0] == sizes[1] if all(sizes) else one.message == other.message


def _mismatch(message: str) -> Counter[str] | None:
    for pattern in _MISMATCHES:
        if found := pattern.search(message):
            return Counter(found.groups())
    return None


# --- general mistakes


def _general(package: ExercisePackage, evidence: Sequence[Evidence]) -> Diagnosis | None:
    failed = [each for each in evidence if not each.passed]
    if any(each.got.kind is not Kind.RETURNED or each.difference is None for each in failed):
        return None
    pairs = [each.difference for each in failed if each.difference is not None]
    section = package.exercise.topic
    if all(pair.got is None for pair in pairs):
        return Diagnosis("returns-none", "The function returns nothing: end it with `return`.", section)
    if len({pair.path for pair in pairs}) != 1:
        return None
    name = pairs[0].path or "the result"
    if not all(_is_numeric(part) for pair in pairs for part in (pair.expected, pair.got)):
        return None
    arrays = [(np.asarray(pair.expected), np.asarray(pair.got)) for pair in pairs]
    if all(left.shape == right.shape for left, right in arrays):
        return _transposed(name, section, arrays) or _scaled(name, section, failed, arrays)
    return _transposed(name, section, arrays) or _reshaped(name, section, arrays)


def _is_numeric(value: Any) -> bool:
    numeric = isinstance(value, np.ndarray | np.generic | bool | int | float)
    return numeric and np.asarray(value).dtype.kind in "biuf"


def _transposed(name: str, section: str, arrays: Sequence[_Pair]) -> Diagnosis | None:
    if all(left.ndim == 2 and max(left.shape) > 1 and _close(left, right.T) for left, right in arrays):
        return Diagnosis("transposed", f"{name} is the transpose of what is expected.", section)
    return None


def _reshaped(name: str, section: str, arrays: Sequence[_Pair]) -> Diagnosis | None:
    for left, right in arrays:
        if left.size != right.size or left.shape == right.shape or not _close(left.ravel(), right.ravel()):
            return None
    if all(left.ndim == right.ndim + 1 for left, right in arrays):
        remedy = "sum with keepdims=True, or reshape"
        return Diagnosis("lost-axis", f"{name} has lost an axis of size 1: {remedy}.", section)
    return Diagnosis("wrong-shape", f"{name} has the right values in the wrong shape.", section)


def _scaled(
    name: str,
    section: str,
    failed: Sequence[Evidence],
    arrays: Sequence[_Pair],
) -> Diagnosis | None:
    factors = [_factor(left, right) for left, right in arrays]
    known = [(each, factor) for each, factor in zip(failed, factors, strict=True) if factor is not None]
    if len(known) < len(failed) or len(known) < 2:
        return None
    values = [factor for _, factor in known]
    if np.allclose(values, values[0], rtol=1e-6, atol=0):
        if abs(values[0] + 1) < 1e-6:
            return Diagnosis("sign", f"{name} has the wrong sign.", section)
        return Diagnosis(
            "constant-factor", f"{name} is {values[0]:.6g} times what is expected, in every case.", section
        )
    for power, words in ((1, "too large"), (-1, "too small")):
        sizes = [
            {path for path, size in _sizes(each.case) if np.isclose(size**power, factor)} for each, factor in known
        ]
        if common := set.intersection(*sizes):
            size = min(common, key=lambda path: (len(path), path))
            times = f"{size} times" if power == 1 else f"by a factor {size}"
            return Diagnosis(
                "factor-of-size",
                f"{name} is {times} {words}: is a division or a mean missing or doubled?",
                section,
            )
    return None


def _factor(left: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> float | None:
    """The one number that `left` times gives `right`, or None."""
    left, right = left.astype(float), right.astype(float)
    if not (np.isfinite(left).all() and np.isfinite(right).all()) or not left.any():
        return None
    factor = float((left * right).sum() / (left * left).sum())
    return factor if factor and _close(left * factor, right) else None


def _close(left: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> bool:
    return Comparison().difference(left, right) is None


def _sizes(case: PreparedCase) -> Iterator[tuple[str, int]]:
    """Sizes of the case's arrays, as (`X.shape[1]`, 7)."""
    args, kwargs = case.arguments()
    names = case.parameters
    given = [
        (names[index] if index < len(names) else f"argument {index + 1}", value) for index, value in enumerate(args)
    ]
    for name, value in [*given, *kwargs.items()]:
        if isinstance(value, np.ndarray):
            for axis, size in enumerate(value.shape):
                if size > 1:
                    yield f"{name}.shape[{axis}]", size
