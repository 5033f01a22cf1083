"""Care of the learner's data: going back to a backup."""

from __future__ import annotations

from pathlib import Path

from tutor.content import places
from tutor.domain.clock import Clock
from tutor.domain.errors import UsageError
from tutor.store import restore


def restore_backup(backup: Path) -> tuple[Path, Path | None]:
    """Puts a backup in the place of the learner's database; returns it, and where the old one is kept.

    Raises UsageError when the database is not a file, StoreError when the backup cannot be used.
    """
    prefix, _, name = places.database_url().partition("///")
    if prefix != "sqlite:" or not name:
        raise UsageError(f"Only a SQLite file can be restored, and the database is {places.database_url()}.")
    database = Path(name)
    return database, restore(backup.absolute(), database, Clock.from_environment().now())
