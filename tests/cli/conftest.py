"""The installed command, run as a process of its own with a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Dlcs = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DLCS_")}
    kept.pop("EDITOR", None)
    kept.pop("VISUAL", None)
    return {**kept, "DLCS_HOME": str(tmp_path / "home"), "DLCS_NOW": "2026-03-02T09:00:00+00:00", "NO_COLOR": "1"}


@pytest.fixture
def dlcs(environment: dict[str, str]) -> Dlcs:
    def run(*arguments: str, given: str = "", **changed: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tutor", *arguments],
            input=given,
            capture_output=True,
            text=True,
            env={**environment, **changed},
            timeout=60,
            check=False,
        )

    return run
