"""The cache of memories always says what the log implies."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.domain.events import EventType, counting
from tutor.domain.items import Kind
from tutor.memory import Memory, Parameters, replay
from tutor.store import IndexRow, Stamp, Store
from tutor.store.log import retracted_ids

ITEMS = ("card:a", "card:b", "question:c", "exercise:d")
STEP = st.tuples(
    st.sampled_from(
        ["1", "2", "3", "4", "suspend", "bury", "flag", "reset", "placement", "hint"] + ["undo", "redo"] * 3
    ),
    st.sampled_from(ITEMS),
    st.integers(-600, 60 * 24 * 20),
)


def _do(store: Store, what: str, item: str, minutes: int) -> None:
    if what == "undo":
        store.undo()
    elif what == "redo":
        store.redo()
    elif what.isdigit():
        store.append(EventType.ANSWER, item, {"rating": int(what), "seconds": 1.0})
    else:
        payload = {"on": minutes % 3 > 0, "stability": 5.0, "note": "n", "step": 1}
        store.append(EventType(what), item, payload)


@given(steps=st.lists(STEP, max_size=14))
@settings(max_examples=40, deadline=None)
def test_after_any_interleaving_the_cache_equals_the_replay(new_clock: Any, steps: list[Any]) -> None:
    clock = new_clock()
    with Store.open("sqlite://", clock) as store:
        for what, item, minutes in steps:
            clock.move(minutes=minutes)
            _do(store, what, item, minutes)
        assert store.check() == []
        live = store.memories()
        for item in ITEMS:
            assert store.memory(item) == replay(item, store.events(item=item), Parameters(), 0.9)
        store.rebuild_memory()
        assert store.memories() == live
        retracted = retracted_ids(store.events(types=[EventType.RETRACT]))
        assert store.events(only_counting=True) == counting(store.events())
        assert not retracted & {event.id for event in counting(store.events())}


@given(steps=st.lists(st.sampled_from(["answer", "undo", "redo"]), max_size=30))
@settings(max_examples=40, deadline=None)
def test_undo_and_redo_behave_like_two_stacks(new_clock: Any, steps: list[str]) -> None:
    done: list[str] = []
    undone: list[str] = []
    with Store.open("sqlite://", new_clock()) as store:
        for step in steps:
            if step == "answer":
                done.append(store.append(EventType.ANSWER, "card:a", {"rating": 3}).id)
                undone.clear()
            elif step == "undo":
                event = store.undo()
                assert (event and event.id) == (done[-1] if done else None)
                if done:
                    undone.append(done.pop())
            else:
                event = store.redo()
                assert (event and event.id) == (undone[-1] if undone else None)
                if undone:
                    done.append(undone.pop())
            assert [event.id for event in store.events(only_counting=True)] == done


def test_a_cache_that_was_dropped_is_built_anew(open_store: Callable[..., Store], file: Path) -> None:
    store = open_store()
    store.append(EventType.ANSWER, "card:a", {"rating": 3})
    before = store.memories()
    store.close()
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("DROP TABLE memory")
    assert open_store().memories() == before


def test_the_check_finds_a_cache_that_disagrees(store: Store, file: Path) -> None:
    store.append(EventType.ANSWER, "card:a", {"rating": 3})
    store.append(EventType.ANSWER, "card:b", {"rating": 3})
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("UPDATE memory SET stability = stability + 1e-9 WHERE item = 'card:a'")
        other.execute("UPDATE memory SET item = 'card:z' WHERE item = 'card:b'")
    problems = store.check()
    assert [problem.split()[-1] for problem in problems if "disagrees" in problem] == ["card:a.", "card:b."]
    assert any("card:z" in problem for problem in problems)
    store.rebuild_memory()
    assert store.check() == []


def test_another_desired_retention_gives_other_due_days(open_store: Callable[..., Store]) -> None:
    store = open_store()
    store.append(EventType.ANSWER, "question:a", {"rating": 4})
    usual = store.memory("question:a").due
    store.close()
    strict = open_store(desired_retention=0.97)
    assert strict.memory("question:a").due < usual
    assert strict.check() == []
    strict.close()
    assert open_store().memory("question:a").due == usual


def _index(store: Store, *ids: str) -> None:
    rows = [
        IndexRow.of(id=item, kind=item.split(":")[0], topic="t", path="w.md", line=n, position=n, hash="", body={})
        for n, item in enumerate(ids)
    ]
    store.replace_file("w.md", Stamp(1, 1, "h"), rows)


def test_what_is_due_is_listed_longest_overdue_first_and_counted(store: Store, clock: Any) -> None:
    _index(store, "card:a", "card:b", "card:c", "card:d", "card:e", "card:new", "question:q")
    for item in ("card:a", "card:b", "card:c", "card:d", "card:e", "card:gone"):
        store.append(EventType.ANSWER, item, {"rating": 3})
        store.append(EventType.ANSWER, item, {"rating": 3})
    clock.move(days=1)
    store.append(EventType.ANSWER, "card:b", {"rating": 3})
    store.append(EventType.SUSPEND, "card:c", {"on": True})
    clock.move(days=200)
    store.append(EventType.BURY, "card:d", {})
    store.append(EventType.ANSWER, "card:e", {"rating": 1})
    day, now = clock.study_day(), clock.now()
    due = store.due_items(Kind.CARD, day, now)
    assert [memory.item for memory in due] == ["card:a", "card:b"]
    assert store.due_counts(day, now) == {Kind.CARD: 2, Kind.QUESTION: 0, Kind.EXERCISE: 0}
    assert [m.item for m in store.due_items(Kind.CARD, day, now + timedelta(minutes=10))][-1] == "card:e"
    assert "card:d" in {m.item for m in store.due_items(Kind.CARD, day + timedelta(days=1), now)}
    memories = store.memories()
    assert {m.item for m in due} == {item for item, m in memories.items() if m.is_due(day, now) and item != "card:gone"}


def test_new_items_are_counted_while_they_are_in_sight(store: Store, clock: Any) -> None:
    _index(store, "card:a", "card:b", "card:c", "card:d", "question:q", "exercise:e")
    store.append(EventType.ANSWER, "card:a", {"rating": 3})
    store.append(EventType.SUSPEND, "card:b", {"on": True})
    store.append(EventType.BURY, "card:c", {})
    store.append(EventType.FLAG, "card:d", {"on": True})
    day = clock.study_day()
    assert store.new_counts(day) == {Kind.CARD: 1, Kind.QUESTION: 1, Kind.EXERCISE: 1}
    assert store.new_counts(day + timedelta(days=1))[Kind.CARD] == 2


def test_memories_can_be_asked_for_by_kind(store: Store) -> None:
    for item in ITEMS:
        store.append(EventType.ANSWER, item, {"rating": 3})
    assert set(store.memories(Kind.CARD)) == {"card:a", "card:b"}
    assert all(isinstance(memory, Memory) for memory in store.memories().values())
