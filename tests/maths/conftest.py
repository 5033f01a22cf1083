"""The formulas that the layouts are tried on: those of the five courses, then every construct once."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process lays out the formulas for all tests that take them: a layout is kept, and most of the work."""
    for item in items:
        if "formulas" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("formulas"))


@pytest.fixture(scope="session")
def formulas() -> list[str]:
    lines = (Path(__file__).parent / "formulas.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("# ")]
