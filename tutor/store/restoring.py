"""Going back to a backup: it is verified first, and the database it replaces is kept."""

from __future__ import annotations

import os
import shutil
import sqlite3
import uuid
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from tutor.domain.errors import StoreError
from tutor.store.backups import set_aside
from tutor.store.migrations import APPLICATION_ID, MIGRATIONS

_NOTHING = "nothing was changed"


def restore(backup: Path, database: Path, now: datetime) -> Path | None:
    """Puts a copy of `backup` where `database` is, and returns where the old one is kept; None if there was none.

    The copy gets a device id of its own: it goes on from an earlier point, and two logs of one device must
    not number different events alike. Raises StoreError when the backup is not a whole database of this
    program, of a newer version, or when another program has the database open; then nothing was changed.
    """
    if not backup.is_file():
        raise StoreError(f"There is no backup file {backup} to restore; {_NOTHING}.")
    staged = database.with_name(f".{database.name}.{os.getpid()}.restoring")
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(backup, staged)
        _verify(staged, backup)
        _require_alone(database)
        aside = set_aside(database, now, "replaced") if database.exists() else None
        staged.replace(database)
    except OSError as error:
        raise StoreError(f"{backup} could not be restored ({error.strerror}); {_NOTHING}.") from None
    finally:
        with suppress(OSError):
            staged.unlink(missing_ok=True)
    return aside


def _verify(staged: Path, backup: Path) -> None:
    """Raises StoreError unless the copy is whole, ours and of a version that this program knows."""
    try:
        with closing(sqlite3.connect(staged)) as copy:
            problem = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
            if problem != "ok":
                raise StoreError(f"The backup {backup} is damaged; {_NOTHING}. Try an older one.")
            if copy.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise StoreError(f"{backup} is not a backup of dlcs; {_NOTHING}.")
            (version,) = copy.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
            if int(version) > len(MIGRATIONS):
                raise StoreError(
                    f"The backup {backup} has version {version}, from a newer dlcs, and this one knows version "
                    f"{len(MIGRATIONS)}; upgrade dlcs. {_NOTHING.capitalize()}."
                )
            with copy:
                copy.execute("UPDATE meta SET value = ? WHERE key = 'device'", (uuid.uuid4().hex,))
    except sqlite3.DatabaseError:
        raise StoreError(f"{backup} is not a database that can be read; {_NOTHING}.") from None


def _require_alone(database: Path) -> None:
    """Raises StoreError while another program has the database open; a damaged one may be replaced at any time."""
    if not database.exists():
        return
    try:
        with closing(sqlite3.connect(database, timeout=1, isolation_level=None)) as connection:
            # Leaving the write-ahead log needs every other connection gone.
            if connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0] != "delete":
                raise _in_use(database)
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise _in_use(database) from None
    except sqlite3.DatabaseError:
        return


def _in_use(database: Path) -> StoreError:
    return StoreError(f"Another program has {database} open; close it and restore again. Nothing was changed.")
