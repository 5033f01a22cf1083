"""One connection to the database, and transactions on it.

The connection is shared by all threads of the program: a lock lets one of them in at a time, for the whole of
its transaction. Nothing here is left half done - a transaction is committed as a whole, or rolled back.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, StaticPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from tutor.domain.errors import StoreError
from tutor.store.failures import DamagedError, store_error


class Database:
    """An open connection. `path` is the SQLite file, or None (in memory, or another database)."""

    def __init__(self, url: str, busy_timeout: float = 5.0) -> None:
        """Understands `url`; `connect` comes next. Waits up to `busy_timeout` seconds for other programs.

        Raises StoreError for a URL that cannot be used.
        """
        parsed = _parsed(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        self.path = _file_of(parsed) if self.sqlite else None
        self.where = str(self.path or parsed.render_as_string(hide_password=True))
        self._lock = threading.RLock()
        self._connection: Connection | None = None
        options: dict[str, Any] = {}
        if self.sqlite:
            options = {
                "poolclass": StaticPool,
                "connect_args": {"check_same_thread": False, "timeout": busy_timeout},
            }
        try:
            self._engine = create_engine(parsed, **options)
        except (NoSuchModuleError, ImportError, TypeError) as error:
            raise StoreError(
                f"The database {self.where} needs a driver that is not installed ({error}); "
                "install it, or unset DLCS_DATABASE_URL."
            ) from None
        if self.sqlite:
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)

    def connect(self) -> None:
        """Connects. Raises StoreError when that fails."""
        try:
            self._connection = self._engine.connect()
        except DBAPIError as error:
            raise store_error(error, self.where, "Your data could not be opened") from error

    def switch_to_wal(self) -> None:
        """Lets readers and one writer work side by side on a SQLite file, which remembers it.

        Raises DamagedError when the file is damaged. Where it cannot be done now - another program has the
        file at this moment - it is left for later: SQLite's other mode is as safe.
        """
        if self.path is not None:
            with self.driver() as connection:
                try:
                    connection.execute("PRAGMA journal_mode = WAL").fetchall()
                except sqlite3.OperationalError:
                    pass
                except sqlite3.DatabaseError as error:
                    raise DamagedError(f"{self.where} is damaged: {error}.") from None

    @contextmanager
    def reading(self, what: str = "Your data could not be read") -> Iterator[Connection]:
        """A transaction that sees one state of the database. Raises StoreError, which begins with `what`."""
        with self._transaction(what, immediate=False) as connection:
            yield connection

    @contextmanager
    def writing(self, what: str = "Nothing was saved") -> Iterator[Connection]:
        """A transaction that holds the write lock from its start, and is on the disk when the block ends.

        Raises StoreError, which begins with `what`; then nothing was changed.
        """
        with self._transaction(what, immediate=True) as connection:
            yield connection

    @contextmanager
    def _transaction(self, what: str, immediate: bool) -> Iterator[Connection]:
        with self._lock:
            connection = self._open(what)
            connection.execution_options(immediate=immediate)
            try:
                with connection.begin():
                    yield connection
            except DBAPIError as error:
                raise store_error(error, self.where, what) from error

    @contextmanager
    def driver(self) -> Iterator[Any]:
        """The driver's own connection, outside of any transaction, for what SQL has no words for."""
        with self._lock:
            yield self._open("The database could not be used").connection.driver_connection

    def _open(self, what: str) -> Connection:
        if self._connection is None:
            raise StoreError(f"{what}: the database {self.where} is closed; start dlcs again.")
        return self._connection

    def close(self) -> None:
        """Closes the connection; safe to call twice."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            self._engine.dispose()


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError(
            f"DLCS_DATABASE_URL should look like sqlite:////path/to/dlcs.db, but it is {url!r}; correct it or unset it."
        ) from None


def _file_of(url: URL) -> Path | None:
    name = url.database or ""
    return None if name in ("", ":memory:") or name.startswith("file:") else Path(name).absolute()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Transactions are begun explicitly below; the driver would otherwise begin them late, or not at all.
    connection.isolation_level = None
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        # An acknowledged answer survives a power cut: a commit waits for the disk (on macOS for its cache, too).
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")
    except BaseException:
        # Reading the file fails here when it is damaged, before the pool has taken charge of the connection.
        connection.close()
        raise


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
