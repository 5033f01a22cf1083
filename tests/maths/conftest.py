"""The formulas that the layouts are tried on: those of the five courses, then every construct once."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def formulas() -> list[str]:
    lines = (Path(__file__).parent / "formulas.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("# ")]
