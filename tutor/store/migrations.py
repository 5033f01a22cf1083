"""Numbered steps from an empty database to the current tables. A step, once released, is never changed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select

from tutor.domain.errors import StoreError
from tutor.store.database import Database
from tutor.store.tables import meta

APPLICATION = "dlcs"
#: Marks our SQLite files in their header ("dlcs" in ASCII).
APPLICATION_ID = int.from_bytes(APPLICATION.encode(), "big")


def migration_0001(connection: Connection) -> None:
    """The log, the memory cache and the content index; the database gets its device id."""
    for statement in _TABLES_0001:
        connection.exec_driver_sql(statement)
    connection.execute(
        insert(meta),
        [{"key": "application", "value": APPLICATION}, {"key": "device", "value": uuid.uuid4().hex}],
    )
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")


_TABLES_0001 = (
    "CREATE TABLE meta (key VARCHAR(40) NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE event (
        id VARCHAR(36) NOT NULL PRIMARY KEY,
        device VARCHAR(32) NOT NULL,
        seq INTEGER NOT NULL,
        time TIMESTAMP WITH TIME ZONE NOT NULL,
        day DATE NOT NULL,
        type VARCHAR(20) NOT NULL,
        item VARCHAR(200),
        payload JSON NOT NULL,
        CONSTRAINT event_device_seq UNIQUE (device, seq))""",
    "CREATE INDEX event_item ON event (item)",
    "CREATE INDEX event_type ON event (type)",
    "CREATE INDEX event_day ON event (day)",
    """CREATE TABLE memory (
        item VARCHAR(200) NOT NULL PRIMARY KEY,
        kind VARCHAR(20) NOT NULL,
        state VARCHAR(20) NOT NULL,
        stability FLOAT NOT NULL,
        difficulty FLOAT NOT NULL,
        decay FLOAT NOT NULL,
        due DATE,
        due_at TIMESTAMP WITH TIME ZONE,
        last DATE,
        introduced DATE,
        reps INTEGER NOT NULL,
        lapses INTEGER NOT NULL,
        step INTEGER,
        last_rating INTEGER,
        suspended BOOLEAN NOT NULL,
        buried_until DATE,
        flagged BOOLEAN NOT NULL,
        note TEXT NOT NULL)""",
    "CREATE INDEX memory_kind_due ON memory (kind, due)",
    "CREATE INDEX memory_introduced ON memory (introduced)",
    """CREATE TABLE content_file (
        path VARCHAR(400) NOT NULL PRIMARY KEY,
        stamp BIGINT NOT NULL,
        size BIGINT NOT NULL,
        hash VARCHAR(64) NOT NULL)""",
    """CREATE TABLE content_item (
        id VARCHAR(200) NOT NULL PRIMARY KEY,
        kind VARCHAR(20) NOT NULL,
        path VARCHAR(400) NOT NULL REFERENCES content_file (path) ON DELETE CASCADE,
        topic VARCHAR(100) NOT NULL,
        position INTEGER NOT NULL,
        hash VARCHAR(64) NOT NULL,
        line INTEGER NOT NULL,
        body TEXT NOT NULL)""",
    "CREATE INDEX content_item_kind_topic ON content_item (kind, topic)",
    "CREATE INDEX content_item_path ON content_item (path)",
)

Migration = Callable[[Connection], None]
#: Migration number n stands at index n - 1 and leads from version n - 1 to version n.
MIGRATIONS: tuple[Migration, ...] = (migration_0001,)


def migrate(database: Database, version: int, backup: Callable[[int], Path | None]) -> None:
    """Brings the database from `version` (0: empty) to the newest one, each step in a transaction of its own.

    `backup(version)` is called first where there is something to lose, and returns where the copy is.
    Raises StoreError for a version this program does not know, and for a step that fails, which is undone.
    """
    newest = len(MIGRATIONS)
    if version > newest:
        raise StoreError(
            f"The database {database.where} has version {version}, from a newer dlcs, and this one knows "
            f"version {newest}; upgrade dlcs. Nothing was changed."
        )
    if version == newest:
        return
    copy = backup(version) if version else None
    kept = f" and a copy is kept at {copy}" if copy else ""
    for number, migration in enumerate(MIGRATIONS, start=1):
        if number <= version:
            continue
        what = f"The database could not be brought to version {number}; it is as it was before{kept}"
        try:
            with database.writing(what) as connection:
                # Another dlcs may have taken this step while we waited for the lock.
                if read_version(connection) < number:
                    migration(connection)
                    write_meta(connection, "schema_version", str(number))
        except StoreError:
            raise
        except Exception as error:
            raise StoreError(f"{what}: {error}. Please report this.") from error


def read_version(connection: Connection) -> int:
    """The database's schema version; 0 when it has no tables of ours yet."""
    if not connection.dialect.has_table(connection, meta.name):
        return 0
    text = read_meta(connection, "schema_version")
    return int(text) if text and text.isdigit() else 0


def read_meta(connection: Connection, key: str) -> str | None:
    """What the database says about itself under `key`, or None."""
    return connection.scalar(select(meta.c.value).where(meta.c.key == key))


def write_meta(connection: Connection, key: str, value: str) -> None:
    """Sets what the database says about itself under `key`."""
    connection.execute(delete(meta).where(meta.c.key == key))
    connection.execute(insert(meta).values(key=key, value=value))
