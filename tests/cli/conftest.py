"""The command line with a home of its own: in this process, as fast as it gets, with what it prints and returns."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tutor.cli import main

Dlcs = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DLCS_")}
    kept.pop("EDITOR", None)
    kept.pop("VISUAL", None)
    return {**kept, "DLCS_HOME": str(tmp_path / "home"), "DLCS_NOW": "2026-03-02T09:00:00+00:00", "NO_COLOR": "1"}


@pytest.fixture
def dlcs(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Dlcs:
    """Runs one command as `dlcs` does; `given` is its standard input, keyword arguments change its environment."""

    def run(*arguments: str, given: str = "", **changed: str) -> CompletedProcess[str]:
        printed, told = io.StringIO(), io.StringIO()
        with (
            monkeypatch.context() as patched,
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(told),
        ):
            for name in list(os.environ):
                patched.delenv(name)
            for name, value in {**environment, **changed}.items():
                patched.setenv(name, value)
            patched.setattr("sys.argv", ["dlcs", *arguments])
            patched.setattr("sys.stdin", io.StringIO(given))
            try:
                main()
            except SystemExit as exit_:
                code = exit_.code
        assert isinstance(code, int)
        return CompletedProcess([*arguments], code, printed.getvalue(), told.getvalue())

    return run
