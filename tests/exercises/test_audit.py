"""Every exercise is proven: its stub fails, right programs pass, each known bug fails and is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tutor.content import places
from tutor.content.exercises import exercise_folders
from tutor.grading import Grader, audit, load_exercise

FOLDERS = exercise_folders(places.content_root())


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader() as opened:
        yield opened


@pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
def test_an_exercise_is_proven(grader: Grader, folder: Path) -> None:
    package = load_exercise(folder)
    # One seed here; `dlcs audit` in .ci/run proves it on three.
    report = audit(package, grader, seeds=(1,))
    assert report.problems == ()
    assert report.bugs >= 3
    assert len(package.accepted) >= 1
