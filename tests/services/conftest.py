"""A tutor over the shipped content with a home of its own and a clock that stands where the test puts it."""

from __future__ import annotations

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


@pytest.fixture
def clock() -> StillClock:
    return StillClock(start=datetime(2026, 3, 2, 9, 0, tzinfo=UTC), zone=UTC)


@pytest.fixture
def tutor(tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tutor]:
    monkeypatch.setenv("DLCS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DLCS_DATABASE_URL", raising=False)
    monkeypatch.setattr(Clock, "from_environment", lambda *_: clock)
    with Tutor.open() as opened:
        yield opened
