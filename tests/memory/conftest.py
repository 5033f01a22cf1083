"""A log of one item, written by hand: each call appends one event at a given study day and minute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tutor.domain.events import Event, EventType
from tutor.memory import Memory, Parameters, replay

START = date(2026, 1, 5)


@dataclass
class Log:
    item: str
    events: list[Event] = field(default_factory=list)

    def add(self, type_: EventType, day: int = 0, minute: int = 0, device: str = "a", **payload: Any) -> Event:
        study_day = START + timedelta(days=day)
        time = datetime(study_day.year, study_day.month, study_day.day, 9, tzinfo=UTC) + timedelta(minutes=minute)
        seq = len(self.events) + 1
        event = Event(f"e{seq}", device, seq, time, study_day, type_, self.item, payload)
        self.events.append(event)
        return event

    def answer(self, rating: int, day: int = 0, minute: int = 0) -> Event:
        return self.add(EventType.ANSWER, day, minute, rating=rating)

    def memory(self, parameters: Parameters | None = None, desired_retention: float = 0.9) -> Memory:
        return replay(self.item, self.events, parameters or Parameters(), desired_retention)


@pytest.fixture(scope="session")
def log() -> Callable[[str], Log]:
    return Log
