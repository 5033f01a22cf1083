"""Grading: the parent builds cases, compares and diagnoses; a separate worker runs the learner's code."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tutor.domain.verdict import Check, Diagnosis, Verdict
from tutor.grading.model import Bug, Case

if TYPE_CHECKING:
    from tutor.grading.attacks import SandboxReport, probe
    from tutor.grading.auditing import AuditReport, audit
    from tutor.grading.grader import Grader
    from tutor.grading.package import ExercisePackage, load_exercise

__all__ = [
    "AuditReport",
    "Bug",
    "Case",
    "Check",
    "Diagnosis",
    "ExercisePackage",
    "Grader",
    "SandboxReport",
    "Verdict",
    "audit",
    "load_exercise",
    "probe",
]

#: What needs NumPy is imported on first use: a light command must not pay for it.
_LAZY = {
    "AuditReport": "auditing",
    "ExercisePackage": "package",
    "Grader": "grader",
    "SandboxReport": "attacks",
    "audit": "auditing",
    "load_exercise": "package",
    "probe": "attacks",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_LAZY[name]}"), name)
