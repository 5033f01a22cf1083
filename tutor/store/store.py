"""The store: what the rest of the program sees of the database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError

from tutor.content.places import home
from tutor.domain.clock import Clock
from tutor.domain.errors import StoreError
from tutor.domain.events import Event, EventType
from tutor.domain.items import Kind
from tutor.memory import Memory, preview
from tutor.memory.replay import MEMORY_TYPES
from tutor.store import backups, checks, index, log, memory_cache, statistics
from tutor.store.database import Database
from tutor.store.failures import DamagedError, error_name
from tutor.store.index import IndexRow, Stamp
from tutor.store.migrations import read_meta
from tutor.store.opening import kept_aside, open_database
from tutor.store.statistics import DayActivity, DayCounts, Duration
from tutor.store.validation import validated

#: An event to append: its type, its item, and its payload.
NewEvent = tuple[EventType, str | None, Mapping[str, Any]]
PlainEvent = tuple[EventType, str | None, dict[str, Any]]


class Store:
    """The learner's log, the memories it implies and the index of the content, in one database.

    Any thread may call any method: a lock admits one at a time. Every method is a transaction of its own;
    one that writes returns only when the disk has it, and one that fails raises StoreError and changed
    nothing. The store keeps nothing in memory, so several programs may have the same database open.
    """

    def __init__(self, database: Database, clock: Clock, desired_retention: float, index_version: str) -> None:
        self._database = database
        self._clock = clock
        self._retention = desired_retention
        self._index_version = index_version
        self.notices: tuple[str, ...] = ()
        self.device = ""

    @classmethod
    def open(
        cls,
        url: str,
        clock: Clock,
        *,
        desired_retention: float = 0.9,
        index_version: str = "1",
        backups: Path | None = None,
        busy_timeout: float = 5.0,
    ) -> Self:
        """Opens the database at `url`, and creates it where there is none.

        Args:
            url: SQLAlchemy's URL, such as `database_url()` gives.
            clock: tells the time and the study day of every event that is appended.
            desired_retention: the chance of recall (0.7-0.99) at which items come back.
            index_version: names the format of the indexed bodies; an index of another version is emptied.
            backups: folder of the backups; default `backups` in the learner's data folder.
            busy_timeout: seconds to wait for another program that is writing.

        The first opening on a study day writes a backup. What the learner should hear of, though nothing is
        lost by it, is in `notices`. Raises StoreError when the database cannot be used: another program's, a
        newer version's, damaged (kept aside, never overwritten), read-only, locked.
        """
        folder = backups if backups is not None else home() / "backups"
        now = clock.now()
        database, notices = open_database(url, folder, now, clock.study_day(now), busy_timeout)
        store = cls(database, clock, desired_retention, index_version)
        store.notices = notices
        try:
            store._prepare_caches()
        except DamagedError as error:
            database.close()
            raise kept_aside(database, folder, now, error) from None
        except BaseException:
            database.close()
            raise
        return store

    def close(self) -> None:
        """Closes the database; safe to call twice."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def _prepare_caches(self) -> None:
        with self._database.reading() as connection:
            self.device = read_meta(connection, "device") or ""
            tables = set(inspect(connection).get_table_names())
            replay_due = "memory" not in tables or not memory_cache.is_current(connection, self._retention)
            index_due = not {"content_file", "content_item"} <= tables
            index_due |= index.index_version(connection) != self._index_version
        if replay_due:
            self.rebuild_memory()
        if index_due:
            self.clear_index()

    # The log

    def append(self, type: EventType, item: str | None, payload: Mapping[str, Any]) -> Event:
        """Adds one event, with the present time, to the log, and returns it once it is on the disk.

        Args:
            type: the type of the event.
            item: the id it is about, or None; a retraction takes its target's.
            payload: what `EventType` says of the type; anything that JSON can hold.

        Raises StoreError when the event makes no sense or cannot be saved; then nothing was changed.
        """
        return self.append_many([(type, item, payload)])[0]

    def append_many(self, events: Iterable[NewEvent]) -> list[Event]:
        """Adds several events in one transaction: all of them, or none. Otherwise as `append`."""
        plain = [(type_, item, validated(type_, item, payload)) for type_, item, payload in events]
        answers = any(type_ is EventType.ANSWER for type_, _, _ in plain)
        with self._database.writing(f"{'Your answer' if answers else 'That'} was not saved") as connection:
            return self._add(connection, plain)

    def undo(self) -> Event | None:
        """Takes back the newest event of this device that can be undone, and returns it; None without one.

        Answers, suspensions, burials, flags, resets and placements can be undone, one after another, also
        after a restart: the log itself says what comes next.
        """
        with self._database.writing("Nothing was undone") as connection:
            target = log.undo_target(connection, self.device)
            if target is not None:
                self._add(connection, [(EventType.RETRACT, target.item, {"target": target.id})])
            return target

    def redo(self) -> Event | None:
        """Brings back what the last undo took back, and returns it; None when there is nothing to redo.

        A new event that can itself be undone ends what can be redone.
        """
        with self._database.writing("Nothing was redone") as connection:
            undone = log.redo_target(connection, self.device)
            if undone is None:
                return None
            self._add(connection, [(EventType.RETRACT, undone.item, {"target": undone.id})])
            return log.find_event(connection, str(undone.payload["target"]))

    def events(
        self,
        item: str | None = None,
        types: Collection[EventType] | None = None,
        since_day: date | None = None,
        *,
        only_counting: bool = False,
    ) -> list[Event]:
        """The events about `item`, of `types`, from study day `since_day` on, in replay order.

        All events are given, retracted ones and retractions too, unless `only_counting`.
        """
        with self._database.reading() as connection:
            found = log.read_events(connection, item=item, types=types, since_day=since_day)
            if not only_counting:
                return found
            retracted = log.retracted_ids(log.read_events(connection, types=[EventType.RETRACT]))
        return [one for one in found if one.type is not EventType.RETRACT and one.id not in retracted]

    def _add(self, connection: Connection, events: Iterable[PlainEvent]) -> list[Event]:
        """Adds events, and brings the memories they touch up to date, in the caller's transaction."""
        now = log.event_time(connection, self.device, self._clock.now())
        day = self._clock.study_day(now)
        added: list[Event] = []
        all_items = False
        for type_, item, payload in events:
            if type_ is EventType.RETRACT:
                target = log.find_event(connection, payload["target"])
                if target is None:
                    raise StoreError(
                        f"Nothing was saved: event {payload['target']}, which should be taken back, is not in the log."
                    )
                item = target.item
            all_items |= item is None and type_ in (EventType.PARAMETERS, EventType.RETRACT)
            added.append(log.insert_event(connection, self.device, type_, item, payload, now, day))
        if all_items:
            memory_cache.rebuild(connection, self._retention)
        else:
            changed = (one.item for one in added if one.type in MEMORY_TYPES)
            memory_cache.update_memories(connection, changed, self._retention)
        return added

    # What the log implies

    def memory(self, item: str) -> Memory:
        """The memory of `item`; that of a new item when the log says nothing about it."""
        with self._database.reading() as connection:
            return memory_cache.read_memory(connection, item)

    def memories(self, kind: Kind | None = None) -> dict[str, Memory]:
        """The memories by item id, of one kind or of all; items the log says nothing about are absent."""
        with self._database.reading() as connection:
            return memory_cache.read_memories(connection, kind)

    def preview(self, item: str) -> dict[int, Memory]:
        """What each rating 1-4 would make of `item`'s memory if it were given now."""
        with self._database.reading() as connection:
            parameters = memory_cache.parameters_in_force(connection)
            events = log.read_events(connection, item=item, types=MEMORY_TYPES)
        now = self._clock.now()
        day = self._clock.study_day(now)
        return preview(item, events, parameters, self._retention, now=now, day=day, device=self.device)

    def due_items(self, kind: Kind, day: date, now: datetime) -> list[Memory]:
        """The items of `kind` that are due on study day `day` at `now` (UTC), the longest overdue first.

        Only items that the content index has: what was removed from the content cannot be asked.
        """
        with self._database.reading() as connection:
            return memory_cache.read_due(connection, kind, day, now)

    def due_counts(self, day: date, now: datetime) -> dict[Kind, int]:
        """How many items of each kind `due_items` would give."""
        with self._database.reading() as connection:
            return memory_cache.count_due(connection, day, now)

    def new_counts(self, day: date) -> dict[Kind, int]:
        """How many indexed items of each kind were never answered, and are not hidden on `day`."""
        with self._database.reading() as connection:
            return memory_cache.count_new(connection, day)

    def counts_today(self, day: date) -> DayCounts:
        """The items first answered on study day `day`, and the answers given on it, by kind."""
        with self._database.reading() as connection:
            return statistics.read_counts(connection, day)

    def activity(self, since_day: date | None = None) -> dict[date, DayActivity]:
        """What was done on each study day from `since_day` on; days without activity are absent."""
        with self._database.reading() as connection:
            return statistics.read_activity(connection, since_day)

    def durations(self, since_day: date | None = None) -> list[Duration]:
        """The seconds spent, by item, type of event and study day; retracted events left out."""
        with self._database.reading() as connection:
            return list(statistics.read_durations(connection, since_day))

    def rebuild_memory(self) -> None:
        """Drops the cache of memories and replays the whole log into a new one."""
        with self._database.writing("The memories were not rebuilt") as connection:
            memory_cache.rebuild(connection, self._retention)

    # The content index

    def index_stamps(self) -> dict[str, Stamp]:
        """The indexed content files by path, as they were when they were read.

        An index that cannot be read is emptied, so that everything is read anew; the log is not touched.
        """
        try:
            with self._database.reading() as connection:
                return index.read_stamps(connection)
        except StoreError as error:
            if not _is_spoilt(error):
                raise
        self.clear_index()
        return {}

    def update_index(
        self, changed: Mapping[str, tuple[Stamp, Iterable[IndexRow]]], removed: Iterable[str] = ()
    ) -> None:
        """Replaces what is indexed of the `changed` files and forgets the `removed` ones, all at once.

        Raises ContentError, which names both places, when an id occurs twice; then nothing was changed.
        """
        with self._database.writing("The content index was not updated") as connection:
            index.write_files(connection, changed, removed)

    def replace_file(self, path: str, stamp: Stamp, items: Iterable[IndexRow]) -> None:
        """Replaces what is indexed of one content file. Raises as `update_index` does."""
        self.update_index({path: (stamp, items)})

    def remove_file(self, path: str) -> None:
        """Forgets one content file and all that it held."""
        self.update_index({}, [path])

    def items(self, kind: str | None = None, topic: str | None = None) -> list[IndexRow]:
        """The indexed items of one kind, one topic, both or all, by topic, position and id."""
        with self._database.reading("The content index could not be read") as connection:
            return index.read_items(connection, kind, topic)

    def item(self, identity: str) -> IndexRow | None:
        """The indexed item with this id, or None."""
        with self._database.reading("The content index could not be read") as connection:
            return index.read_item(connection, identity)

    def clear_index(self) -> None:
        """Empties the content index, so that everything is read anew."""
        with self._database.writing("The content index was not cleared") as connection:
            index.clear_index(connection, self._index_version)

    # Care

    def check(self) -> list[str]:
        """Every problem of the database, one sentence each; an empty list when all is well."""
        with self._database.reading() as connection:
            return list(checks.problems(connection, self._retention))

    def backup(self, target: Path) -> None:
        """Writes a copy of the database to `target`. Raises StoreError when that fails, or has no file."""
        if self._database.path is None:
            raise StoreError(f"Only a SQLite file can be copied, and the database is {self._database.where}.")
        backups.write_backup(self._database, target)


def _is_spoilt(error: StoreError) -> bool:
    """Whether tables or columns are not as they should be, and no outer cause (a full disk, a lock)."""
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and error_name(cause) == "SQLITE_ERROR"
