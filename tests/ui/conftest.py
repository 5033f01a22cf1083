"""The app over a small content folder of its own, with a home of its own and a clock that stands still.

The content below `tests/ui/content` never changes with what is shipped, so that pictures of screens stay true.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.widgets import Input, TextArea

from tests.services.conftest import StillClock, still_clock
from tutor.domain.clock import Clock
from tutor.services.tutor import Tutor
from tutor.ui.app import DlcsApp

CONTENT = Path(__file__).parent / "content"
SEED = 7  #: every question is posed with it

OpenApp = Callable[..., DlcsApp]


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


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the content in its index. A test takes a copy: reading the content takes much longer."""
    with pytest.MonkeyPatch.context() as patched:
        home = surround(patched, tmp_path_factory.mktemp("begun"), still_clock())
        for _ in range(2):  # the second opening writes the day's backup
            Tutor.open().close()
    return home


@pytest.fixture
def tutor(surroundings: Path, begun: Path, practices_share_a_grader: None) -> Iterator[Tutor]:
    shutil.copytree(begun, surroundings, dirs_exist_ok=True)
    with Tutor.open() as opened:
        yield opened


@pytest.fixture
def open_app(tutor: Tutor) -> OpenApp:
    """`open_app("quiz", "sigmoid-model")` is the app with that screen on top of Today, still to be run."""

    def opening(first: str = "", argument: str | None = None) -> DlcsApp:
        return DlcsApp(tutor, first, argument)

    return opening
