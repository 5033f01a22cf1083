"""The cache of memories: one row for each item that the log says something about.

A row always equals the replay of its item's events; it is written in the transaction that adds an event.
Every function works inside a transaction of the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, false, func, insert, or_, select, update

from tutor.domain.events import EventType
from tutor.domain.items import Kind, kind_of
from tutor.memory import REPLAY_VERSION, Memory, Parameters, State, parameters_from, replay
from tutor.memory.replay import MEMORY_TYPES
from tutor.store.log import events_of, names, read_events, select_events
from tutor.store.migrations import read_meta, write_meta
from tutor.store.tables import content_item, event, memory, metadata
from tutor.store.validation import is_scheduled

_BASIS = "memory_basis"
_FIELDS = tuple(entry.name for entry in fields(Memory))
_COLUMNS = tuple(memory.c[name] for name in _FIELDS)
_CHUNK = 1000


def parameters_in_force(connection: Connection) -> Parameters:
    """The scheduling parameters that the log says are in force."""
    types = names([EventType.PARAMETERS, EventType.RETRACT])
    query = select_events().where(event.c.item.is_(None), event.c.type.in_(types))
    return parameters_from(events_of(connection.execute(query)))


def read_memory(connection: Connection, item: str) -> Memory:
    """The memory of `item`; that of a new item when the log says nothing about it."""
    row = connection.execute(select(*_COLUMNS).where(memory.c.item == item)).first()
    return Memory(item) if row is None else _memory(row)


def read_memories(connection: Connection, kind: Kind | None = None) -> dict[str, Memory]:
    """The memories by item, of one kind or of all; items that the log says nothing about are absent."""
    query = select(*_COLUMNS)
    if kind is not None:
        query = query.where(memory.c.kind == str(kind))
    return {row[0]: _memory(row) for row in connection.execute(query)}


def update_memories(connection: Connection, items: Iterable[str | None], desired_retention: float) -> None:
    """Brings the rows of `items` up to date with the log; ids that have no memory are passed over."""
    scheduled = {item for item in items if item is not None and is_scheduled(item)}
    if not scheduled:
        return
    parameters = parameters_in_force(connection)
    for item in sorted(scheduled):
        events = read_events(connection, item=item, types=MEMORY_TYPES)
        current = replay(item, events, parameters, desired_retention)
        if current == Memory(item):
            connection.execute(delete(memory).where(memory.c.item == item))
            continue
        changed = connection.execute(update(memory).where(memory.c.item == item).values(_row(current)))
        if changed.rowcount == 0:
            connection.execute(insert(memory).values(_row(current)))


def replayed(connection: Connection, desired_retention: float) -> Iterator[Memory]:
    """The memory of every item that the log says something about, worked out from the log alone."""
    parameters = parameters_in_force(connection)
    query = select_events().where(event.c.item.is_not(None), event.c.type.in_(names(MEMORY_TYPES)))
    events = events_of(connection.execute(query.order_by(event.c.item)))
    for item, history in groupby(events, key=lambda one: one.item):
        if item is not None and is_scheduled(item):
            current = replay(item, history, parameters, desired_retention)
            if current != Memory(item):
                yield current


def rebuild(connection: Connection, desired_retention: float) -> None:
    """Drops the cache and replays the whole log into a new one."""
    memory.drop(connection, checkfirst=True)
    metadata.create_all(connection, tables=[memory])
    rows: list[dict[str, Any]] = []
    for current in replayed(connection, desired_retention):
        rows.append(_row(current))
        if len(rows) == _CHUNK:
            connection.execute(insert(memory), rows)
            rows = []
    if rows:
        connection.execute(insert(memory), rows)
    write_meta(connection, _BASIS, _basis(desired_retention))


def is_current(connection: Connection, desired_retention: float) -> bool:
    """Whether the cache was made by this version of the replay, and for this desired retention."""
    return read_meta(connection, _BASIS) == _basis(desired_retention)


def read_due(connection: Connection, kind: Kind, day: date, now: datetime) -> list[Memory]:
    """The items of `kind` that are due and whose content exists, the longest overdue first."""
    query = (
        select(*_COLUMNS)
        .join(content_item, content_item.c.id == memory.c.item)
        .where(memory.c.kind == str(kind), _due(day, now))
        .order_by(memory.c.due, memory.c.due_at, memory.c.item)
    )
    return [_memory(row) for row in connection.execute(query)]


def count_due(connection: Connection, day: date, now: datetime) -> dict[Kind, int]:
    """How many items of each kind are due, as `read_due` would list them."""
    query = (
        select(memory.c.kind, func.count())
        .join(content_item, content_item.c.id == memory.c.item)
        .where(_due(day, now))
        .group_by(memory.c.kind)
    )
    return _by_kind(connection, query)


def count_new(connection: Connection, day: date) -> dict[Kind, int]:
    """How many items of each kind are in the content, were never answered and are not hidden on `day`."""
    query = (
        select(content_item.c.kind, func.count())
        .outerjoin(memory, content_item.c.id == memory.c.item)
        .where(
            content_item.c.kind.in_([str(kind) for kind in Kind]),
            or_(memory.c.item.is_(None), and_(memory.c.state == str(State.NEW), _visible(day))),
        )
        .group_by(content_item.c.kind)
    )
    return _by_kind(connection, query)


def count_introduced(connection: Connection, day: date) -> dict[Kind, int]:
    """How many items of each kind were answered for the first time on study day `day`."""
    query = select(memory.c.kind, func.count()).where(memory.c.introduced == day).group_by(memory.c.kind)
    return _by_kind(connection, query)


def _by_kind(connection: Connection, query: Any) -> dict[Kind, int]:
    return dict.fromkeys(Kind, 0) | {Kind(kind): count for kind, count in connection.execute(query)}


def _visible(day: date) -> ColumnElement[bool]:
    return and_(memory.c.suspended == false(), or_(memory.c.buried_until.is_(None), memory.c.buried_until <= day))


def _due(day: date, now: datetime) -> ColumnElement[bool]:
    """The same condition as `Memory.is_due`."""
    return and_(memory.c.due <= day, or_(memory.c.due_at.is_(None), memory.c.due_at <= now), _visible(day))


def _row(current: Memory) -> dict[str, Any]:
    values = {name: getattr(current, name) for name in _FIELDS}
    return values | {"kind": str(kind_of(current.item)), "state": str(current.state)}


def _memory(row: Any) -> Memory:
    values = dict(zip(_FIELDS, row, strict=True))
    values["state"] = State(values["state"])
    return Memory(**values)


def _basis(desired_retention: float) -> str:
    return f"replay {REPLAY_VERSION}, retention {desired_retention!r}"
