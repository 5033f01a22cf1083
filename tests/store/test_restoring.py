"""Going back to a backup."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tutor.domain.errors import StoreError
from tutor.domain.events import EventType
from tutor.store import Store, restore

Open = Callable[..., Store]


@pytest.fixture
def backup(open_store: Open, tmp_path: Path) -> Path:
    """A backup with one answer, after which a second one was given."""
    store = open_store()
    store.append(EventType.ANSWER, "card:first", {"rating": 3})
    store.backup(tmp_path / "copy.db")
    store.append(EventType.ANSWER, "card:second", {"rating": 3})
    store.close()
    return tmp_path / "copy.db"


def test_what_was_there_is_kept_and_the_log_goes_on_from_the_backup(
    open_store: Open, file: Path, backup: Path, clock: Any
) -> None:
    aside = restore(backup, file, clock.now())
    assert aside is not None
    store = open_store()
    assert [event.item for event in store.events()] == ["card:first"]
    store.append(EventType.ANSWER, "card:third", {"rating": 2})
    assert store.check() == []
    kept = open_store(f"sqlite:///{aside}")
    assert [event.item for event in kept.events()] == ["card:first", "card:second"]


def test_the_restored_log_is_a_device_of_its_own(open_store: Open, file: Path, backup: Path, clock: Any) -> None:
    before = open_store()
    device = before.device
    before.close()
    restore(backup, file, clock.now())
    assert open_store().device != device


def test_a_backup_can_be_restored_where_there_is_nothing(
    open_store: Open, file: Path, backup: Path, clock: Any
) -> None:
    for path in file.parent.glob("dlcs.db*"):
        path.unlink()
    assert restore(backup, file, clock.now()) is None
    assert len(open_store().events()) == 1


def test_a_database_that_is_open_is_not_replaced(open_store: Open, file: Path, backup: Path, clock: Any) -> None:
    store = open_store()
    assert store.events()
    with pytest.raises(StoreError, match="Another program has"):
        restore(backup, file, clock.now())
    assert len(store.events()) == 2


def _other_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE songs (title)")


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as newer, newer:
        newer.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda path: path.unlink(), "There is no backup file"),
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), "damaged|cannot be read|not a database"),
        (lambda path: path.write_text("no database at all, but long enough"), "not a database"),
        (lambda path: (path.unlink(), _other_program(path)), "not a backup of dlcs"),
        (_newer, "from a newer dlcs"),
    ],
)
def test_what_is_no_backup_changes_nothing(
    open_store: Open, file: Path, backup: Path, clock: Any, spoil: Callable[[Path], object], says: str
) -> None:
    before = file.read_bytes()
    spoil(backup)
    with pytest.raises(StoreError, match=says) as caught:
        restore(backup, file, clock.now())
    assert "othing was changed" in str(caught.value)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir() if "restoring" in path.name or "replaced" in path.name] == []
