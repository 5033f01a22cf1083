"""A store in a data folder of the test's own, and a clock that stands still until it is moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tutor.domain.clock import Clock
from tutor.store import Store


class ManualClock(Clock):
    """Starts on 5 January 2026 at 09:00 UTC, and moves only when it is told to."""

    def __init__(self) -> None:
        super().__init__(zone=UTC)
        self.moment = datetime(2026, 1, 5, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


@pytest.fixture(scope="session")
def new_clock() -> type[ManualClock]:
    return ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("DLCS_HOME", str(folder))
    return folder


@pytest.fixture
def file(home: Path) -> Path:
    """Where the learner's database is."""
    return home / "dlcs.db"


@pytest.fixture
def open_store(file: Path, clock: ManualClock) -> Iterator[Callable[..., Store]]:
    """Opens the learner's database, or another one; whatever is still open is closed after the test."""
    opened: list[Store] = []

    def open_it(url: str | None = None, **options: Any) -> Store:
        store = Store.open(url or f"sqlite:///{file}", clock, **options)
        opened.append(store)
        return store

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[..., Store]) -> Store:
    return open_store()
