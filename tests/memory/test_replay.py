"""Memory is a pure function of one item's events."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.domain.errors import SettingsError
from tutor.domain.events import Event, EventType
from tutor.domain.items import Kind
from tutor.memory import DEFAULT_WEIGHTS, Memory, Parameters, State, parameters_from, preview, replay
from tutor.memory.parameters import valid_weights

MakeLog = Callable[[str], Any]

ITEMS = st.sampled_from(["card:a", "question:b", "exercise:c"])
#: What happens, how many days after the step before, and at what minute of that day.
STEP = st.tuples(
    st.sampled_from(["1", "2", "3", "4", "suspend", "bury", "flag", "reset", "placement", "credit", "undo"]),
    st.integers(0, 40),
    st.integers(0, 700),
)
STEPS = st.lists(STEP, max_size=10)


def _history(log: MakeLog, item: str, steps: list[tuple[str, int, int]]) -> Any:
    history, day = log(item), 0
    for what, wait, minute in steps:
        day += wait
        if what.isdigit():
            history.answer(int(what), day, minute)
        elif what == "undo":
            target = random.Random(wait).choice(history.events).id if history.events else "none"
            history.add(EventType.RETRACT, day, minute, target=target)
        else:
            history.add(EventType(what), day, minute, on=bool(wait % 2), note="typo", stability=minute + 1.0)
    return history


@given(item=ITEMS, steps=STEPS, seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_the_order_in_which_events_arrive_is_irrelevant(log: MakeLog, item: str, steps: Any, seed: int) -> None:
    history = _history(log, item, steps)
    shuffled = history.events * 2
    random.Random(seed).shuffle(shuffled)
    assert replay(item, shuffled, Parameters(), 0.9) == history.memory()


@given(item=ITEMS, steps=STEPS, wait=st.integers(0, 40), minute=st.integers(0, 700))
@settings(max_examples=60, deadline=None)
def test_a_preview_equals_the_answer_that_follows(log: MakeLog, item: str, steps: Any, wait: int, minute: int) -> None:
    history = _history(log, item, steps)
    for rating in (1, 2, 3, 4):
        answer = history.answer(rating, sum(step[1] for step in steps) + wait, minute)
        stored = history.memory()
        history.events.pop()
        seen = preview(item, history.events, Parameters(), 0.9, now=answer.time, day=answer.day, device="a")
        assert seen[rating] == stored


@given(item=ITEMS, steps=STEPS, wait=st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_a_better_rating_never_comes_back_sooner(log: MakeLog, item: str, steps: Any, wait: int) -> None:
    history = _history(log, item, steps)
    now = history.answer(3, sum(step[1] for step in steps) + wait, 719)
    history.events.pop()
    seen = preview(item, history.events, Parameters(), 0.9, now=now.time, day=now.day, device="a")
    waits = [(seen[rating].due, seen[rating].due_at or now.time) for rating in (1, 2, 3, 4)]
    stabilities = [seen[rating].stability for rating in (1, 2, 3, 4)]
    assert waits == sorted(waits)
    assert stabilities == sorted(stabilities)


def test_an_undone_answer_leaves_no_trace_and_redone_it_is_back(log: MakeLog) -> None:
    history = log("card:a")
    history.answer(3)
    before = history.memory()
    slip = history.answer(1, day=1)
    slipped = history.memory()
    undo = history.add(EventType.RETRACT, day=1, target=slip.id)
    assert history.memory() == before
    history.add(EventType.RETRACT, day=2, target=undo.id)
    assert history.memory() == slipped


def test_without_events_that_matter_an_item_is_new(log: MakeLog) -> None:
    history = log("card:a")
    for kind in (EventType.HINT, EventType.ATTEMPT, EventType.CREDIT):
        history.add(kind, step=1, source="card:b", fraction=0.5)
    assert history.memory() == Memory("card:a")


def test_a_reset_starts_anew_but_keeps_what_the_learner_decided(log: MakeLog) -> None:
    history = log("card:a")
    first = history.answer(3)
    history.add(EventType.FLAG, on=True, note="wrong sign")
    history.add(EventType.SUSPEND, on=True)
    history.add(EventType.RESET, day=1)
    memory = history.memory()
    assert (memory.state, memory.reps, memory.stability, memory.due) == (State.NEW, 0, 0.0, None)
    assert (memory.flagged, memory.note, memory.suspended) == (True, "wrong sign", True)
    assert memory.introduced == first.day


def test_suspended_and_buried_items_stay_out_of_sight(log: MakeLog) -> None:
    history = log("question:a")
    answer = history.answer(1)
    later = answer.day + timedelta(days=5)
    assert history.memory().is_due(later, answer.time)
    history.add(EventType.BURY, day=5)
    assert not history.memory().is_due(later, answer.time)
    assert history.memory().is_due(later + timedelta(days=1), answer.time)
    history.add(EventType.SUSPEND, day=6, on=True)
    assert not history.memory().is_due(later + timedelta(days=50), answer.time)
    history.add(EventType.SUSPEND, day=7, on=False)
    assert history.memory().is_due(later + timedelta(days=50), answer.time)


@pytest.mark.parametrize("rating", [None, 0, 5, "3", 2.5])
def test_an_answer_without_a_usable_rating_is_passed_over(log: MakeLog, rating: Any) -> None:
    history = log("card:a")
    history.answer(3)
    before = history.memory()
    history.answer(rating, day=1)
    assert history.memory() == before


def _parameters_event(seq: int, kind: str, weights: Any) -> Event:
    moment = datetime(2026, 1, seq, tzinfo=UTC)
    payload = {"kind": kind, "weights": weights}
    return Event(f"p{seq}", "a", seq, moment, date(2026, 1, seq), EventType.PARAMETERS, None, payload)


def test_the_newest_usable_parameters_of_each_kind_are_in_force() -> None:
    first, second = (2.0, *DEFAULT_WEIGHTS[1:]), (3.0, *DEFAULT_WEIGHTS[1:])
    events = [
        _parameters_event(1, "card", list(first)),
        _parameters_event(2, "card", list(second)),
        _parameters_event(3, "question", list(first)),
        _parameters_event(4, "card", [1.0, 2.0]),
        _parameters_event(5, "song", list(first)),
    ]
    parameters = parameters_from(events)
    assert parameters.of(Kind.CARD) == second
    assert parameters.of(Kind.QUESTION) == first
    assert parameters.of(Kind.EXERCISE) == DEFAULT_WEIGHTS


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ([0.2] * 20, "Expected 21 parameters"),
        ([1e9, *DEFAULT_WEIGHTS[1:]], "out of bounds"),
        ([float("nan"), *DEFAULT_WEIGHTS[1:]], "out of bounds"),
        (["a", *DEFAULT_WEIGHTS[1:]], "a list of 21 numbers"),
        (None, "a list of 21 numbers"),
    ],
)
def test_unusable_weights_are_refused_in_one_sentence(weights: Any, told: str) -> None:
    with pytest.raises(SettingsError, match=told) as caught:
        valid_weights({"kind": "card", "weights": weights})
    assert "\n" not in str(caught.value)
