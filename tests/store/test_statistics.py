"""Sums over the log."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.domain.events import EventType, counting
from tutor.domain.items import Kind, kind_of
from tutor.store import Store


def test_today_counts_first_answers_and_all_answers_by_kind(store: Store, clock: Any) -> None:
    store.append(EventType.ANSWER, "card:old", {"rating": 3})
    clock.move(days=1)
    for item in ("card:old", "card:a", "card:a", "question:q"):
        store.append(EventType.ANSWER, item, {"rating": 3})
    store.append(EventType.ANSWER, "card:b", {"rating": 3})
    store.undo()
    store.append(EventType.ATTEMPT, "card:c", {"seconds": 3.0})
    counts = store.counts_today(clock.study_day())
    assert counts.introduced == {Kind.CARD: 1, Kind.QUESTION: 1, Kind.EXERCISE: 0}
    assert counts.answers == {Kind.CARD: 3, Kind.QUESTION: 1, Kind.EXERCISE: 0}


def test_an_item_is_introduced_once_even_when_it_is_reset(store: Store, clock: Any) -> None:
    store.append(EventType.ANSWER, "card:a", {"rating": 3})
    clock.move(days=1)
    store.append(EventType.RESET, "card:a", {})
    store.append(EventType.ANSWER, "card:a", {"rating": 3})
    assert store.counts_today(clock.study_day()).introduced[Kind.CARD] == 0


def test_the_small_hours_belong_to_the_day_before(store: Store, clock: Any) -> None:
    clock.move(hours=18)  # 03:00 the next morning
    store.append(EventType.ANSWER, "card:a", {"rating": 3})
    clock.move(hours=1)
    store.append(EventType.ANSWER, "card:a", {"rating": 3})
    days = list(store.activity())
    assert len(days) == 2
    assert days[1] - days[0] == timedelta(days=1)


def test_a_day_whose_answers_were_all_undone_is_no_activity(store: Store) -> None:
    store.append(EventType.ANSWER, "card:a", {"rating": 3, "seconds": 2.0})
    assert len(store.activity()) == 1
    store.undo()
    assert store.activity() == {}
    assert store.durations() == []


def test_reading_and_practising_take_time_but_are_no_answers(store: Store, clock: Any) -> None:
    store.append(EventType.SECTION_READ, "section:t", {"seconds": 60.0})
    store.append(EventType.ATTEMPT, "exercise:e", {"seconds": 30})
    store.append(EventType.HINT, "exercise:e", {"step": 1})
    activity = store.activity()[clock.study_day()]
    assert activity.seconds == 90.0
    assert sum(activity.answers.values()) == 0
    assert {(one.item, one.type, one.seconds) for one in store.durations()} == {
        ("section:t", EventType.SECTION_READ, 60.0),
        ("exercise:e", EventType.ATTEMPT, 30.0),
    }


STEP = st.tuples(
    st.sampled_from(["answer", "answer", "undo", "redo"]),
    st.sampled_from(["card:a", "question:b", "exercise:c"]),
    st.integers(0, 2),
    st.sampled_from([None, 0, 2, 7.5]),
)


@given(steps=st.lists(STEP, max_size=15), since=st.integers(0, 6))
@settings(max_examples=30, deadline=None)
def test_sums_equal_a_walk_through_the_events_that_count(new_clock: Any, steps: list[Any], since: int) -> None:
    clock = new_clock()
    first = clock.study_day() + timedelta(days=since)
    with Store.open("sqlite://", clock) as store:
        for what, item, days, seconds in steps:
            clock.move(days=days)
            if what == "answer":
                store.append(EventType.ANSWER, item, {"rating": 3, "seconds": seconds})
            else:
                getattr(store, what)()
        events = [event for event in counting(store.events()) if event.day >= first]
        activity = store.activity(first)
        assert set(activity) == {event.day for event in events}
        for day, done in activity.items():
            today = [event for event in events if event.day == day]
            assert done.seconds == sum(event.payload["seconds"] or 0 for event in today)
            for kind in Kind:
                assert done.answers[kind] == sum(kind_of(str(event.item)) is kind for event in today)
        total = sum(one.seconds for one in store.durations(first))
        assert total == sum(event.payload["seconds"] or 0 for event in events)
