"""docs/coverage.md says where each algorithm of the courses is; what it says is true."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"
ROWS = re.findall(r"^\| (?!algorithm |---)(.+?) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.M)
# A full name, and bare names after it that are of the same module: engine.rnn.rnn_forward, rnn_backward
NAMES = re.compile(r"(engine(?:\.\w+)*)\.(\w+)((?:, (?!engine\.)\w+(?=[,;)]|$))*)")


def test_every_algorithm_of_the_courses_has_a_row() -> None:
    assert len(ROWS) == 268


@pytest.mark.parametrize(("algorithm", "where"), ROWS)
def test_a_row_names_documented_parts_of_the_engine_or_says_why_there_is_none(algorithm: str, where: str) -> None:
    found = NAMES.findall(where)
    assert found or "left out: " in where
    for module, name, more in found:
        for one in (name, *more.removeprefix(", ").split(", ")) if more else (name,):
            if (Path(PAGE).parents[1] / f"{module}.{one}".replace(".", "/")).with_suffix(".py").exists():
                part = importlib.import_module(f"{module}.{one}")
            else:
                part = getattr(importlib.import_module(module), one)
                assert inspect.isfunction(part) or inspect.isclass(part)
            assert part.__doc__
