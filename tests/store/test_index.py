"""The content index: a cache of what the Markdown holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tutor.domain.errors import ContentError, StoreError
from tutor.domain.events import EventType
from tutor.store import IndexRow, Stamp, Store

STAMP = Stamp(1_700_000_000_123_456_789, 4096, "abc")


def _row(identity: str, path: str = "cards/w2.md", line: int = 1, topic: str = "t", **body: Any) -> IndexRow:
    kind = identity.partition(":")[0]
    return IndexRow.of(id=identity, kind=kind, topic=topic, path=path, line=line, position=line, hash="h", body=body)


def test_what_is_indexed_is_read_back(store: Store) -> None:
    row = _row("card:a", line=7, front="$\\frac{1}{2}$ and µ", options=[1, {"x": None}])
    store.replace_file("cards/w2.md", STAMP, [row])
    assert store.index_stamps() == {"cards/w2.md": STAMP}
    assert store.item("card:a") == row
    assert store.item("card:a").body == {"front": "$\\frac{1}{2}$ and µ", "options": [1, {"x": None}]}
    assert store.item("card:b") is None


def test_items_are_listed_by_kind_and_topic_in_order(store: Store) -> None:
    rows = [_row("card:b", line=2), _row("card:a", line=1), _row("question:q"), _row("card:z", topic="s")]
    store.replace_file("cards/w2.md", STAMP, rows)
    assert [row.id for row in store.items("card", "t")] == ["card:a", "card:b"]
    assert [row.id for row in store.items("card")] == ["card:z", "card:a", "card:b"]
    assert [row.id for row in store.items(topic="t")] == ["card:a", "question:q", "card:b"]
    assert len(store.items()) == 4


def test_a_changed_file_replaces_what_it_held_and_a_removed_one_takes_it_along(store: Store) -> None:
    store.replace_file("a.md", STAMP, [_row("card:a", "a.md"), _row("card:b", "a.md")])
    store.replace_file("b.md", STAMP, [_row("card:c", "b.md")])
    store.replace_file("a.md", Stamp(2, 2, "new"), [_row("card:b", "a.md", back="new")])
    assert [row.id for row in store.items()] == ["card:b", "card:c"]
    assert store.index_stamps()["a.md"] == Stamp(2, 2, "new")
    store.remove_file("b.md")
    assert [row.id for row in store.items()] == ["card:b"]
    assert list(store.index_stamps()) == ["a.md"]


@pytest.mark.parametrize("other", ["a.md", "b.md"])
def test_an_id_used_twice_is_an_error_that_names_both_places(store: Store, other: str) -> None:
    store.replace_file("a.md", STAMP, [_row("card:a", "a.md", line=3)])
    before = store.items()
    rows = [_row("card:a", "a.md", line=3)] if other == "a.md" else []
    with pytest.raises(ContentError) as caught:
        store.replace_file(other, STAMP, [*rows, _row("card:a", other, line=12)])
    assert f"{other}:12" in str(caught.value)
    assert "a.md:3" in str(caught.value)
    assert store.items() == before


def test_an_item_may_move_to_another_file(store: Store) -> None:
    store.replace_file("a.md", STAMP, [_row("card:a", "a.md"), _row("card:b", "a.md")])
    store.update_index(
        {"b.md": (STAMP, [_row("card:a", "b.md")]), "a.md": (STAMP, [_row("card:b", "a.md")])},
        removed=["c.md"],
    )
    assert {row.id: row.path for row in store.items()} == {"card:a": "b.md", "card:b": "a.md"}


def test_an_index_of_another_version_is_emptied(open_store: Callable[..., Store]) -> None:
    store = open_store(index_version="1.0")
    store.replace_file("a.md", STAMP, [_row("card:a", "a.md")])
    store.close()
    same = open_store(index_version="1.0")
    assert len(same.items()) == 1
    same.close()
    other = open_store(index_version="1.1")
    assert other.items() == []
    assert other.index_stamps() == {}


@pytest.mark.parametrize(
    "damage",
    [
        "DROP TABLE content_item",
        "DROP TABLE content_file",
        "ALTER TABLE content_file RENAME COLUMN stamp TO was",
    ],
)
@pytest.mark.parametrize("reopen", [True, False])
def test_an_index_that_cannot_be_read_is_emptied_and_the_log_is_kept(
    open_store: Callable[..., Store], file: Path, damage: str, reopen: bool
) -> None:
    store = open_store()
    event = store.append(EventType.ANSWER, "card:a", {"rating": 3})
    store.replace_file("a.md", STAMP, [_row("card:a", "a.md")])
    if reopen:
        store.close()
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("PRAGMA foreign_keys = OFF")
        other.execute(damage)
    if reopen:
        store = open_store()
    assert store.index_stamps() == {}
    store.replace_file("a.md", STAMP, [_row("card:a", "a.md")])
    assert [row.id for row in store.items()] == ["card:a"]
    assert store.events() == [event]
    assert store.check() == []


def test_a_spoilt_body_is_one_clear_sentence_and_the_check_finds_it(store: Store, file: Path) -> None:
    store.replace_file("a.md", STAMP, [_row("card:a", "a.md")])
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("UPDATE content_item SET body = '{\"front\": '")
    with pytest.raises(StoreError, match="damaged at card:a"):
        _ = store.item("card:a").body
    assert any("index" in problem for problem in store.check())
