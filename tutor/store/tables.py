"""The tables as they are now. `migrations` holds the steps that lead here, and a test that both agree."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware instant in UTC; SQLite keeps the digits and would lose the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"An instant with a time zone was expected, but {value!r} has none.")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()

#: What the database says about itself: application, schema_version, device, memory_basis, index_version.
meta = Table(
    "meta",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

#: The log. Rows are added, and never changed or removed.
event = Table(
    "event",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("device", String(32), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("time", UtcDateTime, nullable=False),
    Column("day", Date, nullable=False),
    Column("type", String(20), nullable=False),
    Column("item", String(200)),
    Column("payload", JSON, nullable=False),
    UniqueConstraint("device", "seq", name="event_device_seq"),
    Index("event_item", "item"),
    Index("event_type", "type"),
    Index("event_day", "day"),
)

#: A cache: what the log implies about each item. It can be dropped at any time and replayed.
memory = Table(
    "memory",
    metadata,
    Column("item", String(200), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("stability", Float, nullable=False),
    Column("difficulty", Float, nullable=False),
    Column("decay", Float, nullable=False),
    Column("due", Date),
    Column("due_at", UtcDateTime),
    Column("last", Date),
    Column("introduced", Date),
    Column("reps", Integer, nullable=False),
    Column("lapses", Integer, nullable=False),
    Column("step", Integer),
    Column("last_rating", Integer),
    Column("suspended", Boolean, nullable=False),
    Column("buried_until", Date),
    Column("flagged", Boolean, nullable=False),
    Column("note", Text, nullable=False),
    Index("memory_kind_due", "kind", "due"),
    Index("memory_introduced", "introduced"),
)

#: A cache: the content files that were read, as they were then.
content_file = Table(
    "content_file",
    metadata,
    Column("path", String(400), primary_key=True),
    Column("stamp", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

#: A cache: what those files hold.
content_item = Table(
    "content_item",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("path", String(400), ForeignKey("content_file.path", ondelete="CASCADE"), nullable=False),
    Column("topic", String(100), nullable=False),
    Column("position", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("line", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Index("content_item_kind_topic", "kind", "topic"),
    Index("content_item_path", "path"),
)
