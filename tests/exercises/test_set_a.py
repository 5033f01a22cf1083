"""The exercises on data layout, cost, softmax and the loops of logistic regression are proven."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tutor.content.places import content_root
from tutor.grading import Grader, audit, load_exercise

EXERCISES = ("flatten_batch", "normalize_rows", "bce_cost", "softmax_rows", "propagate_loops")
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader() as grader:
        yield grader


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Path:
    return content_root() / "exercises" / "c1" / str(request.param)


@pytest.mark.parametrize("folder", EXERCISES, indirect=True)
def test_the_stub_fails_right_programs_pass_and_every_bug_is_named(folder: Path, grader: Grader) -> None:
    report = audit(load_exercise(folder), grader, SEEDS)
    assert report.problems == ()
    assert report.named == report.bugs
