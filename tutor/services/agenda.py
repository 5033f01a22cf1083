"""What there is to do: which items are due, which are new today within the daily limits, in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from tutor.domain.items import Kind
from tutor.domain.session import Queue, interleave, spread
from tutor.memory import Memory
from tutor.services.tutor import Tutor

#: Minutes that one answer takes, for estimates; an exercise states its own.
MINUTES = {Kind.CARD: 0.3, Kind.QUESTION: 1.2}


@dataclass(frozen=True)
class Load:
    """How much waits today. `new` is within the daily limits; `minutes` covers all of it."""

    day: date
    due: Mapping[Kind, int]
    new: Mapping[Kind, int]
    minutes: float

    @property
    def total(self) -> int:
        return sum(self.due.values()) + sum(self.new.values())


def limits(tutor: Tutor) -> dict[Kind, int]:
    settings = tutor.settings
    return {
        Kind.CARD: settings.new_cards,
        Kind.QUESTION: settings.new_questions,
        Kind.EXERCISE: settings.new_exercises,
    }


def due(tutor: Tutor, kind: Kind, topics: Iterable[str] | None = None) -> list[str]:
    """The items of a kind that are due now, longest overdue first; learning steps still to come are left out."""
    now = tutor.clock.now()
    found = [memory.item for memory in tutor.store.due_items(kind, tutor.clock.study_day(now), now)]
    return found if topics is None else _within(found, topic_of(tutor, kind), topics)


def learning(tutor: Tutor, kind: Kind) -> dict[str, datetime]:
    """The items in a learning step, with the instant each falls due."""
    day = tutor.clock.study_day()
    known = topic_of(tutor, kind)
    return {
        item: memory.due_at
        for item, memory in tutor.store.memories(kind).items()
        if memory.due_at is not None and item in known and not memory.is_hidden(day)
    }


def new(tutor: Tutor, kind: Kind, topics: Iterable[str] | None = None) -> list[str]:
    """The items of a kind that were never answered, in reading order.

    Without `topics`, as many as the daily limit still allows, and of siblings (the gaps of a cloze, the two sides
    of a card) one a day: seeing one gives the other away. Naming topics is asking for all of them: no limit
    then, and siblings as far apart as can be.
    """
    day = tutor.clock.study_day()
    limit: int | None = None
    if topics is None:
        limit = max(0, limits(tutor)[kind] - tutor.store.counts_today(day).introduced[kind])
        if limit == 0:
            return []
    memories = tutor.store.memories(kind)
    order = tutor.curriculum.order
    wanted = None if topics is None else set(topics)
    rows = [row for row in tutor.store.items(kind) if wanted is None or row.topic in wanted]
    rows.sort(key=lambda row: (order.get(row.topic, len(order)), row.path, row.position))
    siblings: Counter[str] = Counter()
    if topics is None:
        siblings.update(note_of(item) for item, memory in memories.items() if memory.introduced == day)
    fresh: list[tuple[int, str]] = []
    for row in rows:
        if _is_new(memories.get(row.id), day):
            fresh.append((siblings[note_of(row.id)], row.id))
            siblings[note_of(row.id)] += 1
    if topics is None:
        return [item for before, item in fresh if not before][:limit]
    return [item for _, item in sorted(fresh, key=lambda pair: pair[0])]


def note_of(item: str) -> str:
    """What an item shares with its siblings: `card:slug/2` and `card:slug/1` are of one note."""
    return item.partition("/")[0]


def _is_new(memory: Memory | None, day: date) -> bool:
    return memory is None or (memory.reps == 0 and memory.due is None and not memory.is_hidden(day))


def topic_of(tutor: Tutor, kind: Kind) -> dict[str, str]:
    """The topic of each item of a kind that the content has."""
    return {row.id: row.topic for row in tutor.store.items(kind)}


def load(tutor: Tutor) -> Load:
    """What waits today, of every kind."""
    due_now = {kind: due(tutor, kind) for kind in Kind}
    new_now = {kind: new(tutor, kind) for kind in Kind}
    minutes = sum(MINUTES[kind] * (len(due_now[kind]) + len(new_now[kind])) for kind in (Kind.CARD, Kind.QUESTION))
    exercises = {*due_now[Kind.EXERCISE], *new_now[Kind.EXERCISE]}
    if exercises:
        minutes += sum(exercise.minutes for exercise in tutor.library.exercises() if exercise.id in exercises)
    return Load(
        day=tutor.clock.study_day(),
        due={kind: len(items) for kind, items in due_now.items()},
        new={kind: len(items) for kind, items in new_now.items()},
        minutes=minutes,
    )


def queue(tutor: Tutor, kind: Kind, topics: Iterable[str] | None = None) -> Queue:
    """The sitting's queue: due items with topics alternating, new ones spread among them, learning steps timed."""
    day = tutor.clock.study_day()
    known = topic_of(tutor, kind)
    steps = learning(tutor, kind)
    if topics is not None:
        topics = list(topics)
        steps = {item: steps[item] for item in _within(steps, known, topics)}
    waiting = [item for item in due(tutor, kind, topics) if item not in steps]
    ready = interleave([(item, known[item]) for item in waiting], day.isoformat())
    return Queue(spread(new(tutor, kind, topics), ready), steps)


def _within(items: Iterable[str], known: Mapping[str, str], topics: Iterable[str]) -> list[str]:
    wanted = set(topics)
    return [item for item in items if known[item] in wanted]
