"""Opening the database: whose file it is, whether it is whole, and which version its tables have.

A file that is not ours is left alone. A damaged file of ours is renamed, never overwritten and never removed.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import inspect

from tutor.content.places import home
from tutor.domain.errors import StoreError
from tutor.store import migrations
from tutor.store.backups import backup_before, daily_backup, daily_backups, set_aside
from tutor.store.database import Database
from tutor.store.failures import DamagedError
from tutor.store.tables import meta

_HEADER = b"SQLite format 3\0"


def open_database(
    url: str, backups: Path, now: datetime, day: date, busy_timeout: float
) -> tuple[Database, tuple[str, ...]]:
    """An open database with current tables, and notices for the learner (on backups).

    Args:
        url: SQLAlchemy's URL of the database; a SQLite file is created, with its folder, if need be.
        backups: folder of the backups.
        now: the present moment (UTC), for the names of copies.
        day: the present study day; the first opening on it writes a backup.
        busy_timeout: seconds to wait for another program.

    Raises StoreError, one sentence, for anything that is not a usable database of ours.
    """
    database = Database(url, busy_timeout)
    try:
        if database.path is not None:
            _require_writable(database.path)
            _require_header(database.path, backups)
        database.connect()
        version = _version_of_ours(database)
        migrations.migrate(database, version, lambda old: backup_before(database, backups, old, now))
        database.switch_to_wal()
        notices = _back_up(database, backups, day, is_new=version == 0)
    except DamagedError as error:
        database.close()
        raise kept_aside(database, backups, now, error) from None
    except BaseException:
        database.close()
        raise
    return database, notices


def _require_writable(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder {path.parent} for your data cannot be created ({error.strerror}); "
            "set DLCS_HOME to a folder that you can write to."
        ) from None
    for place in (path.parent, path):
        if os.path.exists(place) and not os.access(place, os.W_OK):
            raise StoreError(
                f"Your data could not be opened: {place} is read-only; make it writable, "
                "or set DLCS_HOME to a folder that is."
            )


def _require_header(path: Path, backups: Path) -> None:
    try:
        with path.open("rb") as file:
            header = file.read(len(_HEADER))
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"Your data could not be opened: {path} cannot be read ({error.strerror}).") from None
    if not header and not daily_backups(backups, path.stem):
        return  # an empty file is how SQLite begins; where there are backups, there was more in it
    if header != _HEADER:
        raise DamagedError(f"{path} is {'empty' if not header else 'not a database'}.")


def _version_of_ours(database: Database) -> int:
    """The schema version, 0 for an empty database. Raises StoreError for the database of another program."""
    with database.reading("Your data could not be opened") as connection:
        tables = inspect(connection).get_table_names()
        if not tables:
            return 0
        ours = meta.name in tables
        if ours and database.sqlite:
            marker = connection.exec_driver_sql("PRAGMA application_id").scalar()
            ours = marker == migrations.APPLICATION_ID
        if not ours or migrations.read_meta(connection, "application") != migrations.APPLICATION:
            raise StoreError(
                f"{database.where} is a database of another program; it was left as it is. "
                "Name another file in DLCS_DATABASE_URL, or unset it."
            )
        return migrations.read_version(connection)


def _back_up(database: Database, backups: Path, day: date, *, is_new: bool) -> tuple[str, ...]:
    """Writes the day's backup, and returns what the learner should hear about the backups."""
    if database.path is None:
        return ()
    if is_new:
        copies = daily_backups(backups, database.path.stem)
        restore = "A new database was begun, and there are backups of an earlier one; 'dlcs restore {}' brings it back."
        return (restore.format(copies[-1]),) if copies else ()
    try:
        daily_backup(database, backups, day)
    except DamagedError:
        raise
    except StoreError as error:
        return (str(error),)
    return ()


def kept_aside(database: Database, backups: Path, now: datetime, error: DamagedError) -> StoreError:
    """Puts a damaged file of ours out of the way, and says where it is and what to do now."""
    path = database.path
    if path is None:
        return error
    if not _looks_like_ours(path):
        return StoreError(
            f"{path} is not a database of dlcs; it was left as it is. "
            "Name another file in DLCS_DATABASE_URL, or unset it."
        )
    try:
        aside = set_aside(path, now)
    except OSError as problem:
        return StoreError(f"{error} It could not be renamed ({problem.strerror}); move it away yourself.")
    copies = daily_backups(backups, path.stem)
    restore = f"restore the newest backup with 'dlcs restore {copies[-1]}', or " if copies else ""
    return StoreError(
        f"Your database {path} is damaged and was kept as {aside}; {restore}run dlcs again to start anew."
    )


def _looks_like_ours(path: Path) -> bool:
    """By its marker, or because it lies where only our database does."""
    with path.open("rb") as file:
        header = file.read(72)
    marked = header[68:72] == migrations.APPLICATION_ID.to_bytes(4, "big")
    return marked or path.parent == home().absolute()
