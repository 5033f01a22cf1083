"""The content index: what the Markdown holds, read once and again only where a file changed.

It is a cache. The Markdown is the source; when the index cannot be used it is emptied, and built anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from tutor.domain.errors import ContentError, StoreError
from tutor.store.migrations import read_meta, write_meta
from tutor.store.tables import content_file, content_item, metadata

_VERSION = "index_version"
_CHUNK = 500  # SQLite before 3.32 takes at most 999 values in one statement


class Stamp(NamedTuple):
    """How a content file looked when it was read."""

    mtime_ns: int
    size: int
    hash: str


@dataclass(frozen=True)
class IndexRow:
    """One section, card, question or exercise of the content.

    `path` is relative to the content folder, `line` counts from 1, `position` orders the items of a topic,
    and `text` is `body` as JSON: it is parsed only when someone asks for it.
    """

    id: str
    kind: str
    topic: str
    path: str
    line: int
    position: int
    hash: str
    text: str

    @classmethod
    def of(
        cls,
        *,
        id: str,
        kind: str,
        topic: str,
        path: str,
        line: int,
        position: int,
        hash: str,
        body: Mapping[str, Any],
    ) -> IndexRow:
        """A row whose `body` is given as plain data that JSON can hold."""
        text = json.dumps(dict(body), separators=(",", ":"))
        return cls(id, str(kind), topic, path, line, position, hash, text)

    @cached_property
    def body(self) -> dict[str, Any]:
        """What the item consists of. Raises StoreError when the index is damaged here."""
        try:
            body = json.loads(self.text)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise StoreError(f"The content index is damaged at {self.id}; 'dlcs doctor' builds it anew.")
        return body


_FIELDS = ("id", "kind", "topic", "path", "line", "position", "hash")
_COLUMNS = (*(content_item.c[name] for name in _FIELDS), content_item.c.body)


def read_stamps(connection: Connection) -> dict[str, Stamp]:
    """The indexed files by path, as they were when they were read.

    It fails when either of the index's tables cannot be read, so that stamps never stand for missing items.
    """
    connection.execute(select(*_COLUMNS).limit(1)).all()
    columns = (content_file.c.path, content_file.c.stamp, content_file.c.size, content_file.c.hash)
    return {path: Stamp(*stamp) for path, *stamp in connection.execute(select(*columns))}


def write_files(
    connection: Connection,
    changed: Mapping[str, tuple[Stamp, Iterable[IndexRow]]],
    removed: Iterable[str] = (),
) -> None:
    """Replaces what is indexed of the `changed` files, and forgets the `removed` ones.

    All old rows go before new ones come, so that an item may move from one file to another.
    Raises ContentError, which names both places, when an id occurs twice.
    """
    _delete_files(connection, [*changed, *removed])
    rows: dict[str, IndexRow] = {}
    for _, items in changed.values():
        for row in items:
            if row.id in rows:
                raise _duplicate(row, rows[row.id].path, rows[row.id].line)
            rows[row.id] = row
    for path, line, identity in _indexed(connection, list(rows)):
        raise _duplicate(rows[identity], path, line)
    files = [
        {"path": path, "stamp": stamp.mtime_ns, "size": stamp.size, "hash": stamp.hash}
        for path, (stamp, _) in changed.items()
    ]
    if files:
        connection.execute(insert(content_file), files)
    if rows:
        values = [{name: getattr(row, name) for name in _FIELDS} | {"body": row.text} for row in rows.values()]
        connection.execute(insert(content_item), values)


def read_items(connection: Connection, kind: str | None = None, topic: str | None = None) -> list[IndexRow]:
    """The indexed items of one kind, one topic, both or all, by topic, position and id."""
    query = select(*_COLUMNS)
    if kind is not None:
        query = query.where(content_item.c.kind == str(kind))
    if topic is not None:
        query = query.where(content_item.c.topic == topic)
    query = query.order_by(content_item.c.topic, content_item.c.position, content_item.c.id)
    return [IndexRow(*row) for row in connection.execute(query)]


def read_item(connection: Connection, identity: str) -> IndexRow | None:
    """The indexed item with this id, or None."""
    row = connection.execute(select(*_COLUMNS).where(content_item.c.id == identity)).first()
    return None if row is None else IndexRow(*row)


def clear_index(connection: Connection, version: str) -> None:
    """Drops the index and makes an empty one, to be filled by `version` of the program."""
    tables = [content_item, content_file]
    for table in tables:
        table.drop(connection, checkfirst=True)
    metadata.create_all(connection, tables=tables)
    write_meta(connection, _VERSION, version)


def index_version(connection: Connection) -> str | None:
    """The version of the program that filled the index, or None while it is empty."""
    return read_meta(connection, _VERSION)


def _delete_files(connection: Connection, paths: list[str]) -> None:
    for start in range(0, len(paths), _CHUNK):
        some = paths[start : start + _CHUNK]
        connection.execute(delete(content_item).where(content_item.c.path.in_(some)))
        connection.execute(delete(content_file).where(content_file.c.path.in_(some)))


def _indexed(connection: Connection, ids: list[str]) -> Iterable[tuple[str, int, str]]:
    columns = (content_item.c.path, content_item.c.line, content_item.c.id)
    for start in range(0, len(ids), _CHUNK):
        query = select(*columns).where(content_item.c.id.in_(ids[start : start + _CHUNK]))
        yield from (tuple(row) for row in connection.execute(query))


def _duplicate(row: IndexRow, path: str, line: int) -> ContentError:
    return ContentError(
        row.path,
        row.line,
        f"the id '{row.id}' is already used at {path}:{line}.",
        "Give one of them another slug.",
    )
