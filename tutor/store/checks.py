"""The check of the database: the file, the log, and whether the caches say what the log implies."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from tutor.domain.events import EventType
from tutor.store.failures import in_short
from tutor.store.index import read_items
from tutor.store.log import find_event, names, payload_of, read_events, select_events
from tutor.store.memory_cache import is_current, read_memories, replayed
from tutor.store.tables import event
from tutor.store.validation import problem_with


def problems(connection: Connection, desired_retention: float) -> Iterator[str]:
    """Every problem of the database, one sentence each; nothing when all is well.

    Works inside a transaction of the caller's, and changes nothing.
    """
    if connection.dialect.name == "sqlite":
        yield from _file_problems(connection)
    yield from _sequence_problems(connection)
    yield from _event_problems(connection)
    yield from _memory_problems(connection, desired_retention)
    yield from _index_problems(connection)


def _file_problems(connection: Connection) -> Iterator[str]:
    for (line,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if line != "ok":
            yield f"The database file is damaged: {line}."
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"Row {row} of table {table} refers to a row of {parent} that does not exist."


def _sequence_problems(connection: Connection) -> Iterator[str]:
    columns = (
        event.c.device,
        func.count(),
        func.count(event.c.seq.distinct()),
        func.min(event.c.seq),
        func.max(event.c.seq),
    )
    for device, count, distinct, first, last in connection.execute(select(*columns).group_by(event.c.device)):
        if distinct < count:
            yield f"{count - distinct} events of device {device} have the number of another event."
        if first != 1 or last != distinct:
            yield f"Events of device {device} are missing: {distinct} are numbered from {first} to {last}."


def _event_problems(connection: Connection) -> Iterator[str]:
    unknown = select(event.c.type, func.count()).where(event.c.type.not_in(names(EventType)))
    for type_, count in connection.execute(unknown.group_by(event.c.type)):
        yield f"{count} events are of the unknown type '{type_}'; a newer dlcs may have written them."
    for row in connection.execute(select_events()):
        payload = payload_of(row.payload)
        problem = "its payload is no JSON object"
        if payload is not None:
            problem = problem_with(EventType(row.type), row.item, payload) or ""
        if problem:
            yield f"Event {row.id} ({row.type}) cannot be used: {problem}."
    for retraction in read_events(connection, types=[EventType.RETRACT]):
        if find_event(connection, str(retraction.payload.get("target"))) is None:
            yield f"Event {retraction.id} takes back an event that is not in the log."


def _memory_problems(connection: Connection, desired_retention: float) -> Iterator[str]:
    try:
        cached = read_memories(connection)
    except (DBAPIError, ValueError) as error:
        yield f"The cache of memories cannot be read ({in_short(error)})."
        return
    if not is_current(connection, desired_retention):
        yield "The cache of memories is from another version of dlcs or another desired retention."
        return
    for current in replayed(connection, desired_retention):
        if cached.pop(current.item, None) != current:
            yield f"The cache of memories disagrees with the log about {current.item}."
    for item in sorted(cached):
        yield f"The cache of memories has {item}, of which the log says nothing."


def _index_problems(connection: Connection) -> Iterator[str]:
    try:
        for row in read_items(connection):
            if not isinstance(json.loads(row.text), dict):
                yield f"The content index is damaged at {row.id}."
    except (DBAPIError, ValueError) as error:
        yield f"The content index cannot be read ({in_short(error)})."
