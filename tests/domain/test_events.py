from __future__ import annotations

import random
import threading
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tutor.domain.events import Event, EventType, counting, in_order, new_event_id

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


class Log:
    """Appends events a second apart, on one device."""

    def __init__(self, device: str = "laptop", start: datetime = START) -> None:
        self.events: list[Event] = []
        self._device, self._start = device, start

    def append(self, kind: EventType, **payload: object) -> Event:
        seq = len(self.events) + 1
        event = Event(
            id=f"{self._device}-{seq}",
            device=self._device,
            seq=seq,
            time=self._start + timedelta(seconds=seq),
            day=date(2026, 3, 1),
            type=kind,
            item=None if kind is EventType.RETRACT else "card:sigmoid-range",
            payload=payload,
        )
        self.events.append(event)
        return event

    def answer(self) -> Event:
        return self.append(EventType.ANSWER, rating=3)

    def retract(self, target: Event) -> Event:
        return self.append(EventType.RETRACT, target=target.id)


def ids(events: list[Event]) -> list[str]:
    return [event.id for event in events]


def test_events_are_replayed_by_time_then_device_then_sequence():
    log = Log()
    first, second = log.answer(), log.answer()
    same_time = replace(second, id="other", device="desktop")
    earlier_seq = replace(second, id="earlier", seq=1)
    assert ids(in_order([same_time, second, earlier_seq, first])) == [first.id, "other", "earlier", second.id]


def test_an_event_that_arrives_twice_counts_once():
    log = Log()
    event = log.answer()
    assert in_order([event, event]) == [event]
    assert counting([event, event]) == [event]


def test_undo_removes_an_answer_and_redo_brings_it_back():
    log = Log()
    first, second = log.answer(), log.answer()
    undo = log.retract(second)
    assert counting(log.events) == [first]
    redo = log.retract(undo)
    assert counting(log.events) == [first, second]
    log.retract(redo)
    assert counting(log.events) == [first]


def test_two_retractions_of_one_event_must_both_be_taken_back():
    log = Log()
    answer = log.answer()
    one, other = log.retract(answer), log.retract(answer)
    log.retract(one)
    assert counting(log.events) == []
    log.retract(other)
    assert counting(log.events) == [answer]


def test_a_retraction_of_an_unknown_event_changes_nothing():
    log = Log()
    answer = log.answer()
    log.append(EventType.RETRACT, target="from-a-device-not-merged-yet")
    log.append(EventType.RETRACT)
    assert counting(log.events) == [answer]


def test_a_retraction_counts_even_when_its_device_clock_is_behind():
    log, behind = Log(), Log("desktop", START - timedelta(days=1))
    answer = log.answer()
    behind.retract(answer)
    assert counting([*log.events, *behind.events]) == []


def test_a_very_long_chain_of_undo_and_redo_is_resolved():
    log = Log()
    answer = last = log.answer()
    for _ in range(5_000):
        last = log.retract(last)
    assert counting(log.events) == [answer]
    log.retract(last)
    assert counting(log.events) == []


@given(st.lists(st.sampled_from(["answer", "undo", "redo"]), max_size=40), st.randoms(use_true_random=False))
def test_counting_equals_an_undo_stack_in_any_input_order(steps, order):
    log = Log()
    standing: list[Event] = []
    undone: list[tuple[Event, Event]] = []
    for step in steps:
        if step == "answer":
            standing.append(log.answer())
            undone.clear()
        elif step == "undo" and standing:
            target = standing.pop()
            undone.append((target, log.retract(target)))
        elif step == "redo" and undone:
            target, retraction = undone.pop()
            log.retract(retraction)
            standing.append(target)
    assert counting(shuffled(log.events, order)) == standing


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 1_000)), max_size=40), st.randoms(use_true_random=False))
def test_counting_equals_the_definition_for_any_retractions_on_two_devices(steps, order):
    logs = [Log("laptop"), Log("desktop", START + timedelta(milliseconds=500))]
    appended: list[Event] = []
    for is_answer, number in steps:
        log = logs[number % 2]
        appended.append(log.answer() if is_answer or not appended else log.retract(appended[number % len(appended)]))

    def counts(event: Event) -> bool:
        return not any(
            counts(other)
            for other in appended
            if other.type is EventType.RETRACT and other.payload["target"] == event.id
        )

    expected = {event.id for event in appended if event.type is EventType.ANSWER and counts(event)}
    result = counting(shuffled(appended, order))
    assert set(ids(result)) == expected
    assert result == in_order(result)


def shuffled(events: list[Event], order: random.Random) -> list[Event]:
    return order.sample(events, len(events))


def test_event_ids_are_uuids_of_version_7_that_hold_the_time():
    identity = uuid.UUID(new_event_id(START))
    assert identity.version == 7
    assert identity.variant == uuid.RFC_4122
    assert identity.int >> 80 == int(START.timestamp() * 1000)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=300), st.integers(0, 10**9))
def test_event_ids_strictly_increase_as_time_goes_on(milliseconds, offset):
    moment = START + timedelta(seconds=offset)
    identities = []
    for step in milliseconds:
        moment += timedelta(milliseconds=step)
        identities.append(new_event_id(moment))
    assert identities == sorted(set(identities))


def test_event_ids_made_by_several_threads_at_one_moment_are_distinct():
    made: list[str] = []

    def make() -> None:
        made.extend([new_event_id(START) for _ in range(500)])

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 2_000
