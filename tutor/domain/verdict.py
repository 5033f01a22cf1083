"""What grading an exercise yields."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One case or rule: passed or not, and in words what was expected and what came.

    `line` is that of the learner's file, from 1, where an error arose; None where there was none or it is not known.
    """

    name: str
    passed: bool
    message: str = ""
    line: int | None = None


@dataclass(frozen=True)
class Diagnosis:
    """The named mistake. `section` is the topic whose section explains it."""

    bug: str
    message: str
    section: str


@dataclass(frozen=True)
class Verdict:
    """The outcome of grading one file once. `vectorized` is None where it was not measured."""

    exercise: str
    passed: bool
    checks: tuple[Check, ...]
    seconds: float
    sandbox: str
    seed: int
    diagnosis: Diagnosis | None = None
    vectorized: bool | None = None
    warnings: tuple[str, ...] = ()
    output: str = ""  #: what the learner's code printed, shortened

    def to_json(self) -> dict[str, Any]:
        """The stable object that `dlcs grade --json` prints."""
        return asdict(self)

    @property
    def first_failure(self) -> Check | None:
        return next((check for check in self.checks if not check.passed), None)
