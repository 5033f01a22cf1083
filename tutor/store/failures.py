"""What the database's errors mean to the learner: one sentence each, and what to do."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from tutor.domain.errors import StoreError


class DamagedError(StoreError):
    """The file of the database is damaged, or is no database at all."""


#: SQLite's error names begin with these; the first that fits is used.
_CAUSES = (
    ("SQLITE_FULL", "the disk that holds {where} is full; free some space and try again."),
    ("SQLITE_BUSY", "another program is using {where}; wait a moment or close it, and try again."),
    ("SQLITE_LOCKED", "another program is using {where}; wait a moment or close it, and try again."),
    ("SQLITE_READONLY", "{where} is read-only; make the file and its folder writable and try again."),
    (
        "SQLITE_CANTOPEN",
        "{where} cannot be opened; check that its folder exists and that you may write to it.",
    ),
    ("SQLITE_PERM", "{where} cannot be opened; check that you may read and write it."),
    ("SQLITE_CORRUPT", "{where} is damaged; restore a backup with 'dlcs restore FILE'."),
    ("SQLITE_NOTADB", "{where} is not a database; restore a backup with 'dlcs restore FILE'."),
    ("SQLITE_IOERR", "reading or writing {where} failed ({detail}); check the disk and try again."),
)
_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


def store_error(error: DBAPIError, where: str, what: str) -> StoreError:
    """The StoreError to raise for `error`.

    Args:
        error: what SQLAlchemy raised.
        where: the database, as the learner knows it (a path, or a URL without its password).
        what: what did not happen, as the beginning of a sentence ("Your answer was not saved").
    """
    name = error_name(error)
    detail = in_short(error)
    for prefix, cause in _CAUSES:
        if name.startswith(prefix):
            kind = DamagedError if prefix in _DAMAGE else StoreError
            return kind(f"{what}: {cause.format(where=where, detail=detail)}")
    return StoreError(f"{what}: the database {where} says '{detail}'; run 'dlcs doctor' to have it checked.")


def error_name(error: DBAPIError) -> str:
    """SQLite's name of the error, such as SQLITE_FULL; empty for another database."""
    return str(getattr(error.orig, "sqlite_errorname", ""))


def in_short(error: Exception) -> str:
    """The first line of what `error` says; of the driver's words where there are any."""
    words = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    return words.splitlines()[0] if words else "unknown error"
