"""From the events of one item to its memory. FSRS-6 does the arithmetic; study days are its calendar.

The library counts blocks of 24 hours, so it is given UTC midnight of each event's study day: two answers on
one study day are zero days apart, at whatever hour they came. Its own fuzz draws from a global generator and
would make a preview differ from what is stored; it is off, and the jitter here depends on the item alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeGuard, cast

from tutor.domain.events import Event, EventType, counting
from tutor.domain.items import Kind, kind_of
from tutor.memory.forgetting import interval
from tutor.memory.intervals import jittered
from tutor.memory.model import Memory, State
from tutor.memory.parameters import Parameters

if TYPE_CHECKING:
    from fsrs import Card, Scheduler

#: Goes up whenever the same events would give another memory, so that stored memories are replayed.
REPLAY_VERSION = 1

LEARNING_STEPS = (timedelta(minutes=1), timedelta(minutes=10))
RELEARNING_STEPS = (timedelta(minutes=10),)
RATINGS = (1, 2, 3, 4)

#: The events that `replay` looks at.
MEMORY_TYPES = frozenset(
    {
        EventType.ANSWER,
        EventType.RETRACT,
        EventType.SUSPEND,
        EventType.BURY,
        EventType.FLAG,
        EventType.RESET,
        EventType.PLACEMENT,
    }
)


def replay(item: str, events: Iterable[Event], parameters: Parameters, desired_retention: float) -> Memory:
    """The memory of `item` that its events imply, in whatever order they are given.

    Args:
        item: id of a card, question or exercise.
        events: the events of this item alone, retractions included; only those that count are used.
        parameters: the weights in force; they apply to the whole history.
        desired_retention: the chance of recall (0.7-0.99) at which the item comes back.

    Credit, hints and attempts are kept in the log and leave the memory as it is. A placement speaks only
    while the item was never answered. An event whose payload makes no sense is passed over.
    """
    kind = kind_of(item)
    weights = parameters.of(kind)
    memory = Memory(item)
    for event in counting(events):
        match event.type:
            case EventType.ANSWER:
                memory = _answered(memory, event, kind, weights, desired_retention)
            case EventType.PLACEMENT:
                memory = _placed(memory, event, kind, weights, desired_retention)
            case EventType.SUSPEND:
                memory = replace(memory, suspended=bool(event.payload.get("on", True)))
            case EventType.BURY:
                memory = replace(memory, buried_until=event.day + timedelta(days=1))
            case EventType.FLAG:
                on = bool(event.payload.get("on", True))
                memory = replace(memory, flagged=on, note=str(event.payload.get("note") or "") if on else "")
            case EventType.RESET:
                memory = _reset(memory)
    return memory


def preview(
    item: str,
    events: Iterable[Event],
    parameters: Parameters,
    desired_retention: float,
    *,
    now: datetime,
    day: date,
    device: str = "",
) -> dict[int, Memory]:
    """What each rating 1-4 would make of `item` if it were answered on `device` at `now`, on study day `day`.

    Each value equals what `replay` gives once that answer is in the log. Arguments as for `replay`.
    """
    history = list(events)
    seq = max((event.seq for event in history), default=0) + 1

    def answered(rating: int) -> Memory:
        answer = Event("preview", device, seq, now, day, EventType.ANSWER, item, {"rating": rating})
        return replay(item, [*history, answer], parameters, desired_retention)

    return {rating: answered(rating) for rating in RATINGS}


def _answered(memory: Memory, event: Event, kind: Kind, weights: tuple[float, ...], desired_retention: float) -> Memory:
    rating = event.payload.get("rating")
    if rating not in RATINGS:
        return memory
    # A device whose clock or time zone lags behind must not make the days run backwards.
    day = max(event.day, memory.last or event.day)
    card, wait = _review(memory, rating, day, _scheduler(kind, weights, desired_retention))
    state = (State.LEARNING, State.REVIEW, State.RELEARNING)[card.state - 1]
    reps = memory.reps + 1
    in_step = state is not State.REVIEW
    return replace(
        memory,
        state=state,
        stability=card.stability or 0.0,
        difficulty=card.difficulty or 0.0,
        decay=weights[-1],
        due=day if in_step else day + timedelta(days=jittered(wait.days, memory.item, reps)),
        due_at=event.time + wait if in_step else None,
        last=day,
        introduced=memory.introduced or event.day,
        reps=reps,
        lapses=memory.lapses + (rating == 1 and memory.state is State.REVIEW),
        step=card.step,
        last_rating=rating,
    )


def _placed(memory: Memory, event: Event, kind: Kind, weights: tuple[float, ...], desired_retention: float) -> Memory:
    stability = event.payload.get("stability")
    if memory.reps or not is_stability(stability):
        return memory
    wait = interval(stability, weights[-1], desired_retention)
    return replace(
        memory,
        state=State.REVIEW,
        stability=float(stability),
        difficulty=_first_difficulty(kind, weights, desired_retention),
        decay=weights[-1],
        due=event.day + timedelta(days=jittered(wait, memory.item, 0)),
        last=event.day,
    )


def is_stability(value: object) -> TypeGuard[float]:
    """Whether `value` can be the stability (days) of a placement."""
    return type(value) in (int, float) and 0 < cast(float, value) < float("inf")


def _reset(memory: Memory) -> Memory:
    """New again, but what the learner decided about the item (suspended, flagged) stays."""
    return Memory(
        memory.item,
        introduced=memory.introduced,
        suspended=memory.suspended,
        flagged=memory.flagged,
        note=memory.note,
    )


def _review(memory: Memory, rating: int, day: date, scheduler: Scheduler) -> tuple[Card, timedelta]:
    import fsrs

    midnight = datetime.combine(day, time(), UTC)
    new = memory.state is State.NEW
    card = fsrs.Card(
        card_id=0,  # without an id the library sleeps for a millisecond to find one
        state=fsrs.State[memory.state.name.title()] if not new else fsrs.State.Learning,
        step=memory.step,
        stability=None if new else memory.stability,
        difficulty=None if new else memory.difficulty,
        due=midnight,
        last_review=None if memory.last is None else datetime.combine(memory.last, time(), UTC),
    )
    card, _ = scheduler.review_card(card, fsrs.Rating(rating), midnight)
    return card, card.due - midnight


@lru_cache(maxsize=16)
def _scheduler(kind: Kind, weights: tuple[float, ...], desired_retention: float) -> Scheduler:
    import fsrs

    steps: dict[str, Any] = {"learning_steps": (), "relearning_steps": ()}
    if kind is Kind.CARD:
        steps = {"learning_steps": LEARNING_STEPS, "relearning_steps": RELEARNING_STEPS}
    return fsrs.Scheduler(weights, desired_retention, enable_fuzzing=False, **steps)


@lru_cache(maxsize=16)
def _first_difficulty(kind: Kind, weights: tuple[float, ...], desired_retention: float) -> float:
    """The difficulty of an item that was answered once, and well."""
    scheduler = _scheduler(kind, weights, desired_retention)
    card, _ = _review(Memory(kind), 3, date(2000, 1, 1), scheduler)
    return card.difficulty or 0.0
