"""Backups: one a study day, the last seven, always whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tutor.domain.errors import StoreError
from tutor.domain.events import EventType
from tutor.store import Store

Open = Callable[..., Store]


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_first_opening_of_a_study_day_writes_a_backup(open_store: Open, file: Path, clock: Any) -> None:
    open_store().close()
    assert not (file.parent / "backups").exists()
    store = open_store()
    store.append(EventType.ANSWER, "card:late", {"rating": 3})
    store.close()
    open_store().close()
    assert _names(file.parent / "backups") == ["dlcs-2026-01-05.db"]
    clock.move(days=1)
    open_store().close()
    assert _names(file.parent / "backups") == ["dlcs-2026-01-05.db", "dlcs-2026-01-06.db"]


def test_a_backup_holds_everything_up_to_then(open_store: Open, file: Path, clock: Any) -> None:
    store = open_store()
    event = store.append(EventType.ANSWER, "card:a", {"rating": 3})
    store.close()
    clock.move(days=1)
    open_store().append(EventType.ANSWER, "card:b", {"rating": 3})
    copy = open_store(f"sqlite:///{file.parent / 'backups' / 'dlcs-2026-01-06.db'}")
    assert copy.events() == [event]
    assert copy.check() == []


def test_the_last_seven_daily_backups_are_kept_and_nothing_else_is_touched(
    open_store: Open, file: Path, clock: Any
) -> None:
    open_store().close()
    folder = file.parent / "backups"
    folder.mkdir()
    for name in ("dlcs-before-the-exam.db", "notes.txt", "dlcs-version-1-20250101T000000.db"):
        (folder / name).touch()
    for _ in range(10):
        open_store().close()
        clock.move(days=1)
    daily = [f"dlcs-2026-01-{day:02}.db" for day in range(8, 15)]
    others = ["dlcs-before-the-exam.db", "dlcs-version-1-20250101T000000.db", "notes.txt"]
    assert _names(folder) == sorted(daily + others)


def test_a_backup_that_cannot_be_written_is_a_notice_and_no_obstacle(open_store: Open, file: Path) -> None:
    open_store().close()
    (file.parent / "backups").touch()
    store = open_store()
    (notice,) = store.notices
    assert "could not be written" in notice
    store.append(EventType.ANSWER, "card:a", {"rating": 3})


def test_whoever_starts_anew_is_told_of_the_backups(open_store: Open, file: Path) -> None:
    for _ in range(2):
        store = open_store()
        assert store.notices == ()
        store.close()
    for path in file.parent.glob("dlcs.db*"):
        path.unlink()
    store = open_store()
    (notice,) = store.notices
    store.close()
    assert f"dlcs restore {file.parent / 'backups' / 'dlcs-2026-01-05.db'}" in notice
    assert open_store().notices == ()


def test_a_backup_goes_where_it_is_asked_for(store: Store, open_store: Open, tmp_path: Path) -> None:
    event = store.append(EventType.ANSWER, "card:a", {"rating": 3})
    store.backup(tmp_path / "stick" / "copy.db")
    assert _names(tmp_path / "stick") == ["copy.db"]
    assert open_store(f"sqlite:///{tmp_path / 'stick' / 'copy.db'}").events() == [event]


def test_a_backup_to_a_place_that_does_not_exist_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="could not be written"):
        store.backup(tmp_path / "file" / "copy.db")


def test_a_database_in_memory_has_no_backups(open_store: Open, home: Path, clock: Any) -> None:
    store = open_store("sqlite://")
    with pytest.raises(StoreError, match="Only a SQLite file"):
        store.backup(home / "copy.db")
    assert not home.exists()
