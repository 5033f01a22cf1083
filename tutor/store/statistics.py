"""Sums over the log, for daily limits, the heat map and the hours of a topic.

The database adds up all events, and what was retracted - always little - is taken off again.
Every function works inside a transaction of the caller's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, null, select, true

from tutor.domain.events import Event, EventType
from tutor.domain.items import Kind, kind_of
from tutor.store.log import events_of, names, read_events, retracted_ids, select_events
from tutor.store.memory_cache import count_introduced
from tutor.store.tables import event
from tutor.store.validation import is_scheduled

#: Events whose payload may hold the `seconds` that the learner spent.
TIMED = (EventType.ANSWER, EventType.ATTEMPT, EventType.SECTION_READ)

_SECONDS = event.c.payload["seconds"].as_float()
_KIND = case(*((event.c.item.like(f"{kind}:%"), str(kind)) for kind in Kind), else_=null()).label("kind")
_CHUNK = 500


@dataclass
class DayActivity:
    """What was done on one study day: answers by kind; seconds spent answering, practising and reading."""

    answers: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))
    seconds: float = 0.0


@dataclass(frozen=True)
class DayCounts:
    """What counts against the daily limits: items answered for the first time, and answers, by kind."""

    introduced: dict[Kind, int]
    answers: dict[Kind, int]


class Duration(NamedTuple):
    """Seconds spent on one item in one way on one study day; `item` may be a `section:TOPIC`."""

    item: str
    type: EventType
    day: date
    seconds: float


def read_activity(connection: Connection, since_day: date | None = None) -> dict[date, DayActivity]:
    """What was done on each study day from `since_day` on; days without activity are absent."""
    return _activity(connection, true() if since_day is None else event.c.day >= since_day)


def read_counts(connection: Connection, day: date) -> DayCounts:
    """What counts against the limits of study day `day`."""
    activity = _activity(connection, event.c.day == day).get(day, DayActivity())
    return DayCounts(count_introduced(connection, day), activity.answers)


def _activity(connection: Connection, condition: ColumnElement[bool]) -> dict[date, DayActivity]:
    query = (
        select(event.c.day, event.c.type, _KIND, func.count(), func.sum(_SECONDS))
        .where(event.c.type.in_(names(TIMED)), condition)
        .group_by(event.c.day, event.c.type, "kind")
    )
    days: dict[date, DayActivity] = {}
    left: Counter[date] = Counter()
    for day, type_, kind, count, seconds in connection.execute(query):
        activity = days.setdefault(day, DayActivity())
        activity.seconds += seconds or 0.0
        left[day] += count
        if type_ == str(EventType.ANSWER) and kind is not None:
            activity.answers[Kind(kind)] += count
    for gone in _retracted(connection):
        if gone.day not in days:
            continue
        activity = days[gone.day]
        activity.seconds = max(activity.seconds - _seconds(gone), 0.0)
        left[gone.day] -= 1
        if gone.type is EventType.ANSWER and is_scheduled(gone.item):
            activity.answers[kind_of(str(gone.item))] -= 1
    return {day: days[day] for day in sorted(days) if left[day] > 0}


def read_durations(connection: Connection, since_day: date | None = None) -> Iterator[Duration]:
    """The seconds spent, by item, way and study day; whatever took no time is left out."""
    query = (
        select(event.c.item, event.c.type, event.c.day, func.sum(_SECONDS))
        .where(event.c.type.in_(names(TIMED)), event.c.item.is_not(None), _SECONDS > 0)
        .group_by(event.c.item, event.c.type, event.c.day)
    )
    if since_day is not None:
        query = query.where(event.c.day >= since_day)
    gone: dict[tuple[str | None, EventType, date], float] = {}
    for one in _retracted(connection):
        key = (one.item, one.type, one.day)
        gone[key] = gone.get(key, 0.0) + _seconds(one)
    for item, type_, day, seconds in connection.execute(query):
        left = seconds - gone.get((item, EventType(type_), day), 0.0)
        if left > 1e-6:
            yield Duration(item, EventType(type_), day, left)


def _retracted(connection: Connection) -> list[Event]:
    """The timed events that do not count."""
    ids = sorted(retracted_ids(read_events(connection, types=[EventType.RETRACT])))
    found: list[Event] = []
    for start in range(0, len(ids), _CHUNK):
        query = select_events().where(event.c.id.in_(ids[start : start + _CHUNK]))
        found.extend(one for one in events_of(connection.execute(query)) if one.type in TIMED)
    return found


def _seconds(one: Event) -> float:
    seconds = one.payload.get("seconds")
    return float(seconds) if isinstance(seconds, int | float) else 0.0
