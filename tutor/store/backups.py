"""Copies of the database: one a study day, one before its tables change, and any the learner asks for."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing, suppress
from datetime import date, datetime
from pathlib import Path

from tutor.domain.errors import StoreError
from tutor.store.database import Database
from tutor.store.failures import DamagedError

KEPT = 7  #: daily backups; the oldest beyond these are removed


def write_backup(database: Database, target: Path) -> None:
    """Writes a copy of the SQLite `database` to `target`, which appears only when it is whole and checked.

    Raises StoreError when the copy cannot be written, and DamagedError when the database itself is damaged.
    """
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(partial)) as copy:
            with database.driver() as source:
                source.backup(copy)
            # A copy is one file: without this it would need a log of its own beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
            problem = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
        if problem != "ok":
            raise DamagedError(f"{database.where} is damaged: {str(problem).splitlines()[-1]}.")
        _flush(partial)
        partial.replace(target)
    except sqlite3.DatabaseError as error:
        if str(error.sqlite_errorname).startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            raise DamagedError(f"{database.where} is damaged: {error}.") from None
        raise _unwritten(target, str(error)) from None
    except OSError as error:
        raise _unwritten(target, error.strerror or str(error)) from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def daily_backup(database: Database, folder: Path, day: date) -> None:
    """Writes the backup of study day `day` unless there is one, and removes the oldest beyond the last seven.

    Raises as `write_backup` does.
    """
    assert database.path is not None
    stem = database.path.stem
    target = folder / f"{stem}-{day.isoformat()}.db"
    if target.exists():
        return
    write_backup(database, target)
    for old in daily_backups(folder, stem)[:-KEPT]:
        with suppress(OSError):
            old.unlink()


def daily_backups(folder: Path, stem: str) -> list[Path]:
    """The daily backups in `folder` of the database called `stem`, oldest first."""
    pattern = re.compile(re.escape(stem) + r"-\d{4}-\d{2}-\d{2}\.db")
    try:
        return sorted(path for path in folder.iterdir() if pattern.fullmatch(path.name))
    except OSError:
        return []


def backup_before(database: Database, folder: Path, version: int, now: datetime) -> Path | None:
    """A copy of the database while it still has `version`; None where there is no file to copy."""
    if database.path is None:
        return None
    target = folder / f"{database.path.stem}-version-{version}-{now:%Y%m%dT%H%M%S}.db"
    write_backup(database, target)
    return target


def set_aside(path: Path, now: datetime, label: str = "damaged") -> Path:
    """Renames a database, with the files SQLite keeps beside it, and returns its new name."""
    base = aside = path.with_name(f"{path.name}.{label}-{now:%Y%m%dT%H%M%S}")
    number = 1
    while aside.exists():
        number += 1
        aside = base.with_name(f"{base.name}-{number}")
    path.rename(aside)
    for suffix in ("-wal", "-shm", "-journal"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + suffix))
    return aside


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritten(target: Path, reason: str) -> StoreError:
    return StoreError(f"The backup {target} could not be written ({reason}); your data itself is unchanged.")
