"""Schema versions: each step happens as a whole or not at all, after a backup."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, inspect

from tutor.domain.errors import StoreError
from tutor.domain.events import EventType
from tutor.store import Store, migrations
from tutor.store.tables import metadata

Open = Callable[..., Store]


def _adds_a_table(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE deck (name TEXT)")
    connection.exec_driver_sql("INSERT INTO deck VALUES ('first')")
    connection.exec_driver_sql("UPDATE meta SET value = 'renamed' WHERE key = 'device'")


def _fails_half_way(connection: Connection) -> None:
    _adds_a_table(connection)
    raise ZeroDivisionError("half way")


def _fails_in_the_database(connection: Connection) -> None:
    _adds_a_table(connection)
    connection.exec_driver_sql("INSERT INTO no_such_table VALUES (1)")


@pytest.fixture
def two_versions(monkeypatch: pytest.MonkeyPatch) -> Callable[[migrations.Migration], None]:
    def use(second: migrations.Migration) -> None:
        monkeypatch.setattr(migrations, "MIGRATIONS", (migrations.migration_0001, second))

    return use


def _content(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as other:
        return list(other.iterdump())


def _filled(open_store: Open) -> str:
    store = open_store()
    event = store.append(EventType.ANSWER, "card:a", {"rating": 3})
    store.close()
    return event.id


def test_a_step_that_works_is_taken_once_after_a_backup(open_store: Open, file: Path, two_versions: Any) -> None:
    identity = _filled(open_store)
    before = _content(file)
    two_versions(_adds_a_table)
    for _ in range(2):
        store = open_store()
        assert store.device == "renamed"
        assert [event.id for event in store.events()] == [identity]
        store.close()
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("SELECT name FROM deck").fetchall() == [("first",)]
    (copy,) = (file.parent / "backups").glob("dlcs-version-1-*.db")
    assert _content(copy) == before


@pytest.mark.parametrize("step", [_fails_half_way, _fails_in_the_database])
def test_a_step_that_fails_half_way_leaves_the_database_as_it_was_and_says_so(
    open_store: Open, file: Path, two_versions: Any, monkeypatch: pytest.MonkeyPatch, step: Any
) -> None:
    identity = _filled(open_store)
    before = _content(file)
    two_versions(step)
    with pytest.raises(StoreError, match="version 2; it is as it was before and a copy is kept at") as caught:
        open_store()
    assert "\n" not in str(caught.value)
    assert _content(file) == before
    monkeypatch.undo()
    monkeypatch.setenv("DLCS_HOME", str(file.parent))
    assert [event.id for event in open_store().events()] == [identity]


def test_a_new_database_takes_all_steps_and_needs_no_backup(open_store: Open, file: Path, two_versions: Any) -> None:
    two_versions(_adds_a_table)
    assert open_store().device == "renamed"
    assert not (file.parent / "backups").exists()


def test_without_its_backup_no_step_is_taken(open_store: Open, file: Path, two_versions: Any) -> None:
    _filled(open_store)
    before = _content(file)
    (file.parent / "backups").touch()
    two_versions(_adds_a_table)
    with pytest.raises(StoreError, match=r"backup .* could not be written"):
        open_store()
    assert _content(file) == before


def test_the_steps_lead_to_the_tables_the_program_uses(store: Store, file: Path) -> None:
    migrated, declared = create_engine(f"sqlite:///{file}"), create_engine("sqlite://")
    with declared.connect() as fresh:
        metadata.create_all(fresh)
        with migrated.connect() as connection:
            assert _shape(connection) == _shape(fresh)
    migrated.dispose()
    declared.dispose()


def _shape(connection: Connection) -> dict[str, Any]:
    """Names, nullability, keys, indexes and constraints; types only by their affinity in SQLite."""
    look = inspect(connection)
    return {
        table: (
            {(c["name"], c["nullable"], c["primary_key"]) for c in look.get_columns(table)},
            {(i["name"], tuple(i["column_names"]), i["unique"]) for i in look.get_indexes(table)},
            {(u["name"], tuple(u["column_names"])) for u in look.get_unique_constraints(table)},
            {(tuple(f["constrained_columns"]), f["referred_table"]) for f in look.get_foreign_keys(table)},
        )
        for table in look.get_table_names()
    }
