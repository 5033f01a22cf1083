from __future__ import annotations

from importlib.util import find_spec

import pytest

WITHOUT_TORCH = "not run: tests/oracle, which compares the engine with PyTorch (pip install -e '.[oracle]')"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if find_spec("torch") is None:
        terminalreporter.write_line(WITHOUT_TORCH)
