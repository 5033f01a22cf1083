"""Opening the database: what is ours is opened, what is not is left alone, what is damaged is kept."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tutor.domain.errors import StoreError
from tutor.domain.events import EventType
from tutor.store import Store

Open = Callable[..., Store]


def _damaged(file: Path) -> list[Path]:
    beside = ("-wal", "-shm", "-journal")
    return sorted(path for path in file.parent.glob("dlcs.db.damaged-*") if not path.name.endswith(beside))


def _refused(open_store: Open, url: str | None = None, **options: Any) -> str:
    with pytest.raises(StoreError) as caught:
        open_store(url, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert "Traceback" not in message
    return message


def _fill(open_store: Open, answers: int = 80) -> list[str]:
    store = open_store()
    added = store.append_many(
        (EventType.ANSWER, f"card:{number}", {"rating": 3, "given": "x" * 100}) for number in range(answers)
    )
    store.close()
    return [event.id for event in added]


def test_a_missing_database_is_created_with_its_folder(open_store: Open, file: Path) -> None:
    assert not file.parent.exists()
    open_store()
    assert file.exists()


def test_the_database_is_marked_as_ours_and_made_to_last(open_store: Open, file: Path) -> None:
    store = open_store()
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("PRAGMA application_id").fetchone()[0].to_bytes(4, "big") == b"dlcs"
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with store._database.driver() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_an_empty_file_becomes_a_database(open_store: Open, file: Path) -> None:
    file.parent.mkdir()
    file.touch()
    assert open_store().check() == []


@pytest.mark.parametrize("at_home", [True, False])
@pytest.mark.parametrize("table", ["notes", "meta"])
def test_the_database_of_another_program_is_left_as_it_is(
    open_store: Open, file: Path, tmp_path: Path, table: str, at_home: bool
) -> None:
    path = file if at_home else tmp_path / "other.db"
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(f"CREATE TABLE {table} (key TEXT, value TEXT)")
    before = path.read_bytes()
    assert "another program" in _refused(open_store, f"sqlite:///{path}")
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir() if entry.name.startswith(path.name)] == [path.name]


def test_a_file_elsewhere_that_is_no_database_is_left_as_it_is(open_store: Open, tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, " * 100)
    assert "not a database of dlcs" in _refused(open_store, f"sqlite:///{path}")
    assert path.read_text() == "Dear reader, " * 100


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"\0" * 5000, b"SQLite format 3\0" + b"\xff" * 4000, b"S"])
def test_a_file_that_is_no_database_is_kept_aside(open_store: Open, file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    message = _refused(open_store)
    (aside,) = _damaged(file)
    assert aside.read_bytes() == content
    assert str(aside) in message
    assert "run dlcs again to start anew" in message
    assert open_store().check() == []
    assert aside.read_bytes() == content


@pytest.mark.parametrize("left", [0, 50, 4096, 0.5, 0.95])
def test_a_truncated_database_is_kept_aside_and_the_newest_backup_is_named(
    open_store: Open, file: Path, left: float, clock: Any
) -> None:
    _fill(open_store)
    open_store().close()
    size = file.stat().st_size
    keep = left if isinstance(left, int) else int(size * left)
    content = file.read_bytes()[:keep]
    file.write_bytes(content)
    message = _refused(open_store)
    (aside,) = _damaged(file)
    assert aside.read_bytes() == content
    assert f"dlcs restore {file.parent / 'backups' / 'dlcs-2026-01-05.db'}" in message
    assert not file.exists()


def test_a_database_damaged_in_the_middle_is_found_before_it_replaces_a_good_backup(
    open_store: Open, file: Path, clock: Any
) -> None:
    _fill(open_store, 600)
    open_store().close()
    content = bytearray(file.read_bytes())
    pages = random.Random(1).sample(range(8, len(content) // 4096), 6)
    for page in pages:
        content[page * 4096 : (page + 1) * 4096] = random.Random(page).randbytes(4096)
    file.write_bytes(content)
    clock.move(days=1)
    assert "damaged" in _refused(open_store)
    (aside,) = _damaged(file)
    assert aside.read_bytes() == content
    assert [path.name for path in (file.parent / "backups").iterdir()] == ["dlcs-2026-01-05.db"]


def test_two_damaged_files_of_one_second_are_both_kept(open_store: Open, file: Path) -> None:
    file.parent.mkdir()
    for content in (b"first", b"second"):
        file.write_bytes(content)
        _refused(open_store)
    assert sorted(path.read_bytes() for path in _damaged(file)) == [b"first", b"second"]


def test_a_newer_database_is_refused_and_unchanged(open_store: Open, file: Path) -> None:
    _fill(open_store)
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = file.read_bytes()
    message = _refused(open_store)
    assert "version 99" in message
    assert "upgrade dlcs" in message
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nonsense", "should look like sqlite:"),
        ("ledger://host/name", "driver"),
        (" ", "should look like sqlite:"),
    ],
)
def test_a_url_that_cannot_be_used_is_one_clear_sentence(open_store: Open, url: str, told: str) -> None:
    with pytest.raises(StoreError, match=told):
        open_store(url)


def test_a_folder_in_the_place_of_the_database_is_refused(open_store: Open, file: Path) -> None:
    file.mkdir(parents=True)
    assert str(file) in _refused(open_store)


def test_a_file_in_the_place_of_the_folder_is_refused(open_store: Open, file: Path) -> None:
    file.parent.touch()
    assert "cannot be created" in _refused(open_store)


def test_a_read_only_file_is_refused(open_store: Open, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(open_store)
    # Permissions do not bind every user, so the system's answer is given here.
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) != file)
    assert "read-only" in _refused(open_store)


def test_a_database_opened_read_only_can_be_read_but_an_answer_is_not_saved(open_store: Open, file: Path) -> None:
    ids = _fill(open_store)
    store = open_store(f"sqlite:///file:{file}?mode=ro&uri=true")
    with pytest.raises(StoreError, match=r"Your answer was not saved.*read-only"):
        store.append(EventType.ANSWER, "card:a", {"rating": 3})
    assert [event.id for event in store.events()] == ids


def test_a_database_that_another_program_holds_is_waited_for_and_then_named(open_store: Open, file: Path) -> None:
    store = open_store(busy_timeout=0.1)
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="Your answer was not saved: another program is using"):
            store.append(EventType.ANSWER, "card:a", {"rating": 3})
        with pytest.raises(StoreError, match="Nothing was undone: another program"):
            store.undo()
        assert store.events() == []
        other.rollback()
    store.append(EventType.ANSWER, "card:a", {"rating": 3})
    assert len(store.events()) == 1


def test_a_database_that_is_locked_as_a_whole_cannot_be_opened(open_store: Open, file: Path) -> None:
    _fill(open_store)
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        assert "another program" in _refused(open_store, busy_timeout=0.1)


def test_a_full_disk_saves_nothing_says_so_and_loses_nothing(open_store: Open, file: Path) -> None:
    ids = _fill(open_store)
    store = open_store()
    before = store.memories()
    with store._database.driver() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    saved = 0

    def answer_until_it_fails() -> None:
        nonlocal saved
        while True:
            store.append(EventType.ANSWER, "card:0", {"rating": 3, "given": "x" * 2000})
            saved += 1

    with pytest.raises(StoreError, match=r"Your answer was not saved: the disk that holds .* is full"):
        answer_until_it_fails()
    assert len(store.events()) == len(ids) + saved
    assert store.check() == []
    with store._database.driver() as connection:
        connection.execute("PRAGMA max_page_count = 100000")
    event = store.append(EventType.ANSWER, "card:new", {"rating": 3})
    assert store.events(item="card:new") == [event]
    assert {item: m for item, m in store.memories().items() if item not in ("card:0", "card:new")} == {
        item: m for item, m in before.items() if item != "card:0"
    }


def test_opening_and_asking_what_is_due_loads_no_fsrs_and_no_orm(file: Path, open_store: Open) -> None:
    _fill(open_store)
    program = (
        "import sys; from tutor.store import Store; from tutor.domain.clock import Clock; c = Clock();\n"
        f"s = Store.open('sqlite:///{file}', c); s.due_counts(c.study_day(), c.now()); s.close();\n"
        "print([name for name in ('fsrs', 'sqlalchemy.orm', 'numpy') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("[]\n", "")
