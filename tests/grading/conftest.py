from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from tutor.domain.verdict import Verdict
from tutor.grading import ExercisePackage, Grader, load_exercise
from tutor.grading.sandbox import portable_policy

EXERCISES = Path(__file__).parents[2] / "exercises"

TOML = """
title = "Scale"
topic = "vectorization"
kind = "function"
entries = ["scale"]
signature = "scale(X, k) -> S"
reference = "reference.py"
minutes = 5
"""

#: A small exercise of its own: k times every entry.
FILES = {
    "exercise.toml": TOML,
    "prompt.md": "# Scale\n\nMultiply.\n",
    "hints.md": "## Hint 1\n\na\n\n## Hint 2\n\nb\n\n## Hint 3\n\nc\n",
    "stub.py": 'def scale(X, k):\n    raise NotImplementedError("write scale")\n',
    "reference.py": 'def scale(X, k):\n    """k times X."""\n    S = X * k\n    return S\n',
    "cases.py": """
        from tutor.grading import Case

        def cases(rng):
            for rows, columns in ((2, 3), (5, 7), (11, 4)):
                yield Case(f"{rows} by {columns}", args=(rng.normal(0, 1, (rows, columns)), float(rng.uniform(2, 3))))

        def scale(rng, m):
            return Case("scale", args=(rng.normal(0, 1, (3, m)), 2.0))
    """,
    "bugs.py": """
        from tutor.grading import Bug

        BUGS = [Bug("adds", old="X * k", new="X + k", why="It adds k.", section="vectorization")]
    """,
}

MakeExercise = Callable[..., ExercisePackage]
Grade = Callable[..., Verdict]


def write_exercise(folder: Path, **changed: str | None) -> Path:
    """An exercise folder, some of its files replaced (`reference_py="..."`) or left out (None)."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {**FILES, **{name[::-1].replace("_", ".", 1)[::-1]: text for name, text in changed.items()}}
    for name, text in files.items():
        if text is not None:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(dedent(text), "utf-8")
    return folder


@pytest.fixture
def make_exercise(tmp_path: Path) -> MakeExercise:
    def make(**changed: str | None) -> ExercisePackage:
        return load_exercise(write_exercise(tmp_path / "exercises" / "c1" / "scale", **changed))

    return make


@pytest.fixture(scope="session")
def grader() -> Iterator[Grader]:
    with Grader() as grader:
        yield grader


@pytest.fixture(scope="session")
def portable_grader() -> Iterator[Grader]:
    with Grader(portable_policy()) as grader:
        yield grader


@pytest.fixture
def grade(grader: Grader, make_exercise: MakeExercise) -> Grade:
    """The verdict on a program for the small exercise, its files changed at will."""

    def run(source: str | bytes, seed: int = 1, toml: str = "", **changed: str | None) -> Verdict:
        package = make_exercise(exercise_toml=TOML + toml, **changed)
        return grader.grade(package, dedent(source) if isinstance(source, str) else source, seed=seed)

    return run


@pytest.fixture(scope="session")
def sigmoid() -> ExercisePackage:
    return load_exercise(EXERCISES / "c1" / "stable_sigmoid")


@pytest.fixture(scope="session")
def propagate() -> ExercisePackage:
    return load_exercise(EXERCISES / "c1" / "propagate")
