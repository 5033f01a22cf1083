"""A tutor over the shipped content with a home of its own and a clock that stands where the test puts it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tutor.domain.clock import Clock
from tutor.services.tutor import Tutor


class StillClock(Clock):
    """A clock that moves only when told to."""

    def now(self) -> datetime:
        assert self.start is not None
        return self.start

    def move(self, **by: float) -> None:
        assert self.start is not None
        self.start += timedelta(**by)


def still_clock() -> StillClock:
    """Stands on 2 March 2026, a Monday, at nine."""
    return StillClock(start=datetime(2026, 3, 2, 9, 0, tzinfo=UTC), zone=UTC)


@pytest.fixture
def clock() -> StillClock:
    return still_clock()


def surround(patched: pytest.MonkeyPatch, home: Path, clock: Clock) -> None:
    """Sets what a tutor with its data in `home` depends on."""
    patched.setenv("DLCS_HOME", str(home))
    patched.delenv("DLCS_DATABASE_URL", raising=False)
    patched.setattr(Clock, "from_environment", lambda *_: clock)


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the content in its index. A test takes a copy: reading the content takes much longer."""
    home = tmp_path_factory.mktemp("begun") / "home"
    with pytest.MonkeyPatch.context() as patched:
        surround(patched, home, still_clock())
        for _ in range(2):  # the second opening writes the day's backup
            Tutor.open().close()
    return home


@pytest.fixture
def tutor(
    tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch, begun: Path, practices_share_a_grader: None
) -> Iterator[Tutor]:
    home = tmp_path / "home"
    shutil.copytree(begun, home)
    surround(monkeypatch, home, clock)
    with Tutor.open() as opened:
        yield opened
