"""The log: what is appended is there, as it was, for good."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tutor.domain.clock import Clock
from tutor.domain.errors import StoreError
from tutor.domain.events import EventType
from tutor.memory import DEFAULT_WEIGHTS, Memory
from tutor.store import Store

GOOD = {"rating": 3, "seconds": 4.5}


def test_an_appended_event_is_read_back_exactly(store: Store, clock: Any) -> None:
    payload = {
        "rating": 2,
        "seconds": 1.25,
        "shown": "c0ffee",
        "given": {"typed": 'x² ≤ "½"\0\ud800', "chosen": (1, 2)},
        "seed": 2**60,
        "correct": None,
    }
    event = store.append(EventType.ANSWER, "question:q", payload)
    assert store.events() == [event]
    assert event.payload["given"] == {"typed": 'x² ≤ "½"\0\ud800', "chosen": [1, 2]}
    assert (event.time, event.day) == (clock.now(), clock.study_day())
    assert event.device == store.device


def test_events_survive_closing(open_store: Callable[..., Store]) -> None:
    first = open_store()
    event = first.append(EventType.ANSWER, "card:a", GOOD)
    memory = first.memory("card:a")
    first.close()
    second = open_store()
    assert second.events() == [event]
    assert second.memory("card:a") == memory
    assert second.device == event.device


def test_an_event_is_on_the_disk_when_append_returns(store: Store, file: Path) -> None:
    event = store.append(EventType.ANSWER, "card:a", GOOD)
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("SELECT id FROM event").fetchall() == [(event.id,)]


def test_sequence_numbers_run_from_one_without_gaps(store: Store) -> None:
    for slug in "abc":
        store.append(EventType.ANSWER, f"card:{slug}", GOOD)
    store.append_many([(EventType.ANSWER, "card:d", GOOD), (EventType.FLAG, "card:d", {"on": True})])
    store.undo()
    assert [event.seq for event in store.events()] == [1, 2, 3, 4, 5, 6]


def test_events_can_be_asked_for_by_item_type_and_day(store: Store, clock: Any) -> None:
    first = store.append(EventType.ANSWER, "card:a", GOOD)
    clock.move(days=1)
    second = store.append(EventType.ANSWER, "card:b", GOOD)
    hint = store.append(EventType.HINT, "card:a", {"step": 1})
    assert store.events(item="card:a") == [first, hint]
    assert store.events(types=[EventType.ANSWER]) == [first, second]
    assert store.events(since_day=clock.study_day()) == [second, hint]


def test_only_counting_leaves_out_what_was_undone(store: Store) -> None:
    kept = store.append(EventType.ANSWER, "card:a", GOOD)
    store.append(EventType.ANSWER, "card:b", GOOD)
    store.undo()
    assert store.events(only_counting=True) == [kept]
    assert len(store.events()) == 3


@pytest.mark.parametrize(
    ("type_", "item", "payload", "told"),
    [
        (EventType.ANSWER, "card:a", {}, "rating should be 1, 2, 3 or 4"),
        (EventType.ANSWER, "card:a", {"rating": 5}, "rating should be 1, 2, 3 or 4"),
        (EventType.ANSWER, "card:a", {"rating": True}, "rating should be 1, 2, 3 or 4"),
        (EventType.ANSWER, "card:a", {"rating": 3, "seconds": -1}, "seconds should be a number from 0"),
        (EventType.ANSWER, "card:a", {"rating": 3, "seconds": float("nan")}, "seconds should be a number"),
        (EventType.ANSWER, "card:a", {"rating": 3, "given": float("nan")}, "cannot be written as JSON"),
        (EventType.ANSWER, "card:a", {"rating": 3, "given": object()}, "cannot be written as JSON"),
        (EventType.ANSWER, "song:a", {"rating": 3}, "an id such as card:SLUG"),
        (EventType.ANSWER, "card:", {"rating": 3}, "an id such as card:SLUG"),
        (EventType.ANSWER, "section:a", {"rating": 3}, "a card, a question or an exercise"),
        (EventType.ANSWER, None, {"rating": 3}, "a card, a question or an exercise"),
        (EventType.SUSPEND, "card:a", {}, "'on' should be true or false"),
        (EventType.PLACEMENT, "card:a", {"stability": 0}, "some days above 0"),
        (EventType.RETRACT, "card:a", {}, "target should be the id of an event"),
        (EventType.RETRACT, "card:a", {"target": "nothing"}, "not in the log"),
        (EventType.PARAMETERS, None, {"kind": "card", "weights": [1.0]}, "21"),
        (EventType.PARAMETERS, "card:a", {"kind": "card", "weights": list(DEFAULT_WEIGHTS)}, "for all items"),
    ],
)
def test_an_event_that_makes_no_sense_is_refused_and_nothing_is_saved(
    store: Store, type_: EventType, item: str | None, payload: Any, told: str
) -> None:
    with pytest.raises(StoreError, match=told) as caught:
        store.append_many([(EventType.ANSWER, "card:fine", GOOD), (type_, item, payload)])
    assert "saved" in str(caught.value)
    assert store.events() == []
    assert store.memories() == {}


def test_undo_and_redo_walk_through_the_log(store: Store) -> None:
    events = [
        store.append(EventType.ANSWER, "card:a", GOOD),
        store.append(EventType.SUSPEND, "card:a", {"on": True}),
        store.append(EventType.FLAG, "card:b", {"on": True, "note": "typo"}),
    ]
    states = [store.memories()]
    for event in reversed(events):
        assert store.undo() == event
        states.append(store.memories())
    assert store.undo() is None
    assert states[-1] == {}
    for event in events:
        states.pop()
        assert store.redo() == event
        assert store.memories() == states[-1]
    assert store.redo() is None


def test_undo_and_redo_survive_a_restart(open_store: Callable[..., Store]) -> None:
    store = open_store()
    first = store.append(EventType.ANSWER, "card:a", GOOD)
    second = store.append(EventType.BURY, "card:a", {})
    store.undo()
    store.close()
    store = open_store()
    assert store.undo() == first
    store.close()
    store = open_store()
    assert (store.redo(), store.redo(), store.redo()) == (first, second, None)


def test_a_new_event_ends_what_can_be_redone_but_not_what_can_be_undone(store: Store) -> None:
    first = store.append(EventType.ANSWER, "card:a", GOOD)
    store.append(EventType.ANSWER, "card:b", GOOD)
    store.undo()
    third = store.append(EventType.ANSWER, "card:c", GOOD)
    assert store.redo() is None
    assert (store.undo(), store.undo(), store.undo()) == (third, first, None)


def test_hints_readings_and_attempts_are_neither_undone_nor_in_the_way(store: Store) -> None:
    answer = store.append(EventType.ANSWER, "exercise:a", GOOD)
    store.append(EventType.ATTEMPT, "exercise:a", {"passed": False})
    assert store.undo() == answer
    store.append(EventType.SECTION_READ, "section:t", {"seconds": 30.0})
    store.append(EventType.HINT, "exercise:a", {"step": 1})
    assert store.redo() == answer


def test_what_another_device_did_is_not_undone_here(store: Store, file: Path, open_store: Callable[..., Store]) -> None:
    own = store.append(EventType.ANSWER, "card:a", GOOD)
    store.append(EventType.ANSWER, "card:a", GOOD)
    store.close()
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("UPDATE event SET device = 'elsewhere', seq = 1 WHERE seq = 2")
    again = open_store()
    assert again.undo() == own
    assert again.undo() is None
    assert again.memory("card:a").reps == 1


def test_a_preview_shows_what_the_answer_will_make_of_the_item(store: Store, clock: Any) -> None:
    for item in ("card:a", "question:b", "exercise:c"):
        for rating in (3, 1, 4, 2):
            seen = store.preview(item)
            store.append(EventType.ANSWER, item, {"rating": rating})
            assert store.memory(item) == seen[rating]
            clock.move(days=3, minutes=rating)


def test_a_preview_holds_when_the_clock_was_set_back(store: Store, clock: Any) -> None:
    store.append(EventType.ANSWER, "question:b", {"rating": 3})
    clock.move(days=-2)
    seen = store.preview("question:b")
    store.append(EventType.ANSWER, "question:b", {"rating": 1})
    assert store.memory("question:b") == seen[1]


def test_parameters_apply_to_all_items_of_their_kind_and_can_be_taken_back(store: Store) -> None:
    for item in ("card:a", "question:b"):
        store.append(EventType.ANSWER, item, GOOD)
    before = store.memories()
    weights = [*DEFAULT_WEIGHTS[:2], 7.5, *DEFAULT_WEIGHTS[3:]]
    event = store.append(EventType.PARAMETERS, None, {"kind": "question", "weights": weights})
    assert store.memory("question:b").stability == 7.5
    assert store.memory("card:a") == before["card:a"]
    store.append(EventType.RETRACT, None, {"target": event.id})
    assert store.memories() == before
    assert store.check() == []


def test_an_item_that_was_never_answered_is_new(store: Store) -> None:
    store.append(EventType.SECTION_READ, "section:t", {"seconds": 30.0})
    store.append(EventType.FLAG, "section:t", {"on": True, "note": "typo"})
    store.append(EventType.ATTEMPT, "card:a", {"seconds": 3.0})
    assert store.memory("card:a") == Memory("card:a")
    assert store.memories() == {}


def test_a_closed_store_says_so(open_store: Callable[..., Store]) -> None:
    store = open_store()
    store.close()
    store.close()
    with pytest.raises(StoreError, match="is closed"):
        store.append(EventType.ANSWER, "card:a", GOOD)


def test_a_clock_set_back_a_little_does_not_put_an_answer_before_the_one_it_follows(tmp_path: Path) -> None:
    clock = Clock(start=datetime(2026, 3, 1, 9, tzinfo=UTC))
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}", clock, backups=tmp_path / "b") as store:
        first = store.append(EventType.ANSWER, "card:a", {"rating": 3})
        clock.start = datetime(2026, 3, 1, 8, 55, tzinfo=UTC)
        second = store.append(EventType.ANSWER, "card:b", {"rating": 3})
        assert [event.id for event in store.events()] == [first.id, second.id]
        undone = store.undo()
        assert undone is not None
        assert undone.id == second.id


def test_a_clock_that_was_far_ahead_does_not_bind_what_comes_after(tmp_path: Path) -> None:
    clock = Clock(start=datetime(2031, 3, 1, 9, tzinfo=UTC))
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}", clock, backups=tmp_path / "b") as store:
        store.append(EventType.ANSWER, "card:a", {"rating": 3})
        clock.start = datetime(2026, 3, 1, 9, tzinfo=UTC)
        assert store.append(EventType.ANSWER, "card:b", {"rating": 3}).time.year == 2026
