"""`dlcs audit`: proves exercises from their folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tutor.services.practice import Practice
from tutor.services.tutor import Tutor

if TYPE_CHECKING:
    from tutor.grading import AuditReport


def audit(tutor: Tutor, names: Iterable[str] = ()) -> Iterator[AuditReport]:
    """A report for each exercise named, or for all. Raises UsageError for one that does not exist."""
    from tutor.grading import audit as prove

    with Practice(tutor) as practice:
        slugs = list(names) or [state.exercise.slug for state in practice.states()]
        packages = [practice.package(slug) for slug in slugs]
        for package in packages:
            yield prove(package, practice.grader)
