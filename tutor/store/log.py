"""The append-only log: adding events, reading them, and which one undo or redo concerns.

Every function works inside a transaction of the caller's.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, Text, cast, func, insert, select

from tutor.domain.events import Event, EventType, in_order, new_event_id
from tutor.store.tables import event

UNDOABLE = frozenset(
    {
        EventType.ANSWER,
        EventType.SUSPEND,
        EventType.BURY,
        EventType.FLAG,
        EventType.RESET,
        EventType.PLACEMENT,
    }
)


# The payload is read as text: a driver may decode JSON, and one spoilt row must not make the rest unreadable.
_COLUMNS = (
    event.c.id,
    event.c.device,
    event.c.seq,
    event.c.time,
    event.c.day,
    event.c.type,
    event.c.item,
    cast(event.c.payload, Text).label("payload"),
)


def select_events() -> Select[Any]:
    """A query for whole events of types that this program knows; add conditions to it."""
    return select(*_COLUMNS).where(event.c.type.in_(names(EventType)))


def events_of(rows: Iterable[Any]) -> Iterator[Event]:
    """The events in the rows of `select_events`. A payload that is no JSON object is read as empty."""
    types = {str(type_): type_ for type_ in EventType}
    for identity, device, seq, time, day, type_, item, text in rows:
        yield Event(identity, device, seq, time, day, types[type_], item, payload_of(text) or {})


def payload_of(text: str) -> dict[str, Any] | None:
    """The payload stored as `text`, or None when it is no JSON object."""
    try:
        payload = json.loads(text)
    except (TypeError, ValueError):
        return None
    return payload if isinstance(payload, dict) else None


def read_events(
    connection: Connection,
    *,
    item: str | None = None,
    types: Collection[EventType] | None = None,
    since_day: date | None = None,
) -> list[Event]:
    """The events that fit, in replay order, retracted ones and retractions included."""
    query = select_events()
    if item is not None:
        query = query.where(event.c.item == item)
    if types is not None:
        query = query.where(event.c.type.in_(names(types)))
    if since_day is not None:
        query = query.where(event.c.day >= since_day)
    return in_order(events_of(connection.execute(query)))


def find_event(connection: Connection, identity: str) -> Event | None:
    """The event with this id, or None."""
    found = events_of(connection.execute(select_events().where(event.c.id == identity)).all())
    return next(found, None)


def next_seq(connection: Connection, device: str) -> int:
    """The sequence number of the next event of `device`; from 1, without gaps."""
    last = connection.scalar(select(func.max(event.c.seq)).where(event.c.device == device))
    return (last or 0) + 1


#: A clock that was set back by less than this is waited for; one set back further was wrong before.
CLOCK_SLACK = timedelta(hours=1)


def event_time(connection: Connection, device: str, now: datetime) -> datetime:
    """The time for the next event of `device`: now, but never before its last event by a little.

    The replay goes by time, so a clock set back a few minutes must not put an answer before the one it follows.
    """
    last = connection.scalar(select(event.c.time).where(event.c.device == device).order_by(event.c.seq.desc()).limit(1))
    return last if last is not None and now < last < now + CLOCK_SLACK else now


def insert_event(
    connection: Connection,
    device: str,
    type_: EventType,
    item: str | None,
    payload: dict[str, Any],
    now: datetime,
    day: date,
) -> Event:
    """Appends one event of `device`, and returns it. `payload` is plain JSON."""
    added = Event(new_event_id(now), device, next_seq(connection, device), now, day, type_, item, payload)
    connection.execute(
        insert(event).values(
            id=added.id,
            device=device,
            seq=added.seq,
            time=now,
            day=day,
            type=str(type_),
            item=item,
            payload=payload,
        )
    )
    return added


def retracted_ids(retractions: Iterable[Event]) -> set[str]:
    """The ids that a counting retraction names, given all retractions of the log."""
    targets = {retraction.id: str(retraction.payload.get("target")) for retraction in retractions}
    undecided = Counter(target for target in targets.values() if target in targets)
    decided = [identity for identity in targets if not undecided[identity]]
    retracted: set[str] = set()
    while decided:
        identity = decided.pop()
        target = targets[identity]
        if identity not in retracted:
            retracted.add(target)
        if target in targets:
            undecided[target] -= 1
            if not undecided[target]:
                decided.append(target)
    return retracted


def undo_target(connection: Connection, device: str) -> Event | None:
    """The newest event of `device` that can be undone and still counts, or None."""
    retracted = retracted_ids(read_events(connection, types=[EventType.RETRACT]))
    query = (
        select(event.c.id)
        .where(event.c.device == device, event.c.type.in_(names(UNDOABLE)))
        .order_by(event.c.seq.desc())
    )
    # The rows come one at a time: however long the log, one of the newest is the one.
    with connection.execute(query) as rows:
        found = next((identity for (identity,) in rows if identity not in retracted), None)
    return None if found is None else find_event(connection, found)


def redo_target(connection: Connection, device: str) -> Event | None:
    """The retraction of `device` that redo would retract, or None.

    It is the newest one that counts, that took back an event (and not a retraction), and that no event which
    could itself be undone has followed.
    """
    last = connection.scalar(
        select(func.max(event.c.seq)).where(event.c.device == device, event.c.type.in_(names(UNDOABLE)))
    )
    retractions = read_events(connection, types=[EventType.RETRACT])
    identities, retracted = {retraction.id for retraction in retractions}, retracted_ids(retractions)
    undos = [
        retraction
        for retraction in retractions
        if retraction.device == device
        and retraction.seq > (last or 0)
        and retraction.id not in retracted
        and retraction.payload.get("target") not in identities
    ]
    return max(undos, key=lambda undo: undo.seq, default=None)


def names(types: Iterable[EventType]) -> list[str]:
    """The event types as the table holds them."""
    return sorted(str(type_) for type_ in types)
