"""For all tests: how the collector of circles works, and one grader for all that practise."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tutor.grading import Grader

# Several test processes share the machine: a second thread in each would only wait for the others.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

WITHOUT_TORCH = "not run: tests/oracle, which compares the engine with PyTorch (pip install -e '.[oracle]')"

# An app under test makes many objects, few of them in circles: looking for circles as often as usual costs a fifth.
gc.set_threshold(20_000)


def pytest_collection_finish() -> None:
    """What the imports have made is there to the end: the collector need not look at it again."""
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if find_spec("torch") is None:
        terminalreporter.write_line(WITHOUT_TORCH)


@pytest.fixture(scope="session")
def warm_grader() -> Iterator[Callable[[], Grader]]:
    """Gives one grader, made when it is first asked for."""
    from tutor.grading import Grader

    with ExitStack() as stack:
        yield cache(lambda: stack.enter_context(Grader()))


@pytest.fixture
def practices_share_a_grader(warm_grader: Callable[[], Grader], monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker that one test leaves unused is there for the next: each costs a tenth of a second to start."""
    from tutor.services.practice import Practice

    monkeypatch.setattr(Practice, "grader", property(lambda _practice: warm_grader()))
