"""The app over a small content folder of its own, with a home of its own and a clock that stands still.

The content below `tests/ui/content` never changes with what is shipped, so that pictures of screens stay true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.widgets import Input, TextArea

from tests.services.conftest import StillClock
from tutor.domain.clock import Clock
from tutor.services.tutor import Tutor
from tutor.ui.app import DlcsApp

CONTENT = Path(__file__).parent / "content"
SEED = 7  #: every question is posed with it

OpenApp = Callable[..., DlcsApp]


def still_clock() -> StillClock:
    """On 2 March 2026, a Monday, at nine."""
    return StillClock(start=datetime(2026, 3, 2, 9, 0, tzinfo=UTC), zone=UTC)


@pytest.fixture
def clock() -> StillClock:
    return still_clock()


def surround(patched: pytest.MonkeyPatch, folder: Path, clock: StillClock) -> Path:
    """Sets all that a tutor and its screens depend on; returns the learner's data folder (`~/dlcs`)."""
    home = folder / "dlcs"
    patched.setenv("HOME", str(folder))
    patched.setenv("DLCS_HOME", str(home))
    patched.setenv("DLCS_CONTENT", str(CONTENT))
    for name in ("DLCS_DATABASE_URL", "DLCS_NOW", "NO_COLOR", "EDITOR", "VISUAL"):
        patched.delenv(name, raising=False)
    patched.setattr(Clock, "from_environment", lambda *_: clock)
    patched.setattr("tutor.services.quiz.secrets.randbits", lambda _bits: SEED)
    for widget in (Input, TextArea):
        patched.setattr(widget.cursor_blink, "_default", False)
    return home


@pytest.fixture
def surroundings(tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> Path:
    return surround(monkeypatch, tmp_path, clock)


@pytest.fixture
def tutor(surroundings: Path) -> Iterator[Tutor]:
    with Tutor.open() as opened:
        yield opened


@pytest.fixture
def open_app(tutor: Tutor) -> OpenApp:
    """`open_app("quiz", "sigmoid-model")` is the app with that screen on top of Today, still to be run."""

    def opening(first: str = "", argument: str | None = None) -> DlcsApp:
        return DlcsApp(tutor, first, argument)

    return opening
