"""The review of cards: one sitting, one card at a time, each answer saved before the next is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tutor.domain.answers import Judgement
from tutor.domain.errors import UsageError
from tutor.domain.events import Event, EventType
from tutor.domain.items import Card, Kind
from tutor.memory import Memory, interval_text
from tutor.services.agenda import queue
from tutor.services.judging import judge_card
from tutor.services.tutor import Tutor

#: Longer than this at one item is a pause, not study.
IDLE_SECONDS = 120.0


@dataclass(frozen=True)
class Saved:
    """An answer that is committed: the event's id, and when the item comes back, in words."""

    id: str
    item: str
    interval: str


@dataclass(frozen=True)
class Undone:
    """What an undo took back (or a redo brought back), in words; `item` is the item concerned."""

    item: str
    text: str


class Review:
    """A sitting over cards. `topics` narrows it to some topics and lifts the daily limit of new cards."""

    def __init__(self, tutor: Tutor, topics: Iterable[str] | None = None) -> None:
        self.tutor = tutor
        self.queue = queue(tutor, Kind.CARD, topics)
        self._answers: list[str] = []  #: the events of this sitting's answers
        self._undone: set[str] = set()

    @property
    def answered(self) -> int:
        """How many answers of this sitting count: not those from before it, nor those taken back."""
        return sum(event not in self._undone for event in self._answers)

    @property
    def left(self) -> int:
        """How many cards are left, those in a learning step included."""
        return len(self.queue)

    @property
    def current(self) -> Card | None:
        """The card to show now; the same one until it is answered, buried or suspended. None: the sitting is over.

        A card that is no longer written is passed over.
        """
        while (item := self.queue.current(self.tutor.clock.now())) is not None:
            try:
                entry = self.tutor.library.entry(item)
            except UsageError:
                self.queue.remove(item)
                continue
            assert isinstance(entry, Card)
            return entry
        return None

    def intervals(self, card: Card) -> dict[int, str]:
        """For each rating 1-4, when the card would come back."""
        return intervals(self.tutor, card.id)

    def judge(self, card: Card, given: str) -> Judgement:
        """Compares a typed answer; saves nothing."""
        return judge_card(card, given)

    def answer(self, card: Card, rating: int, *, given: str | None = None, seconds: float = 0.0) -> Saved:
        """Saves the answer and moves on. Raises StoreError when it could not be saved; then the card stays."""
        if rating not in (1, 2, 3, 4):
            raise UsageError(f"A rating is 1 (again), 2 (hard), 3 (good) or 4 (easy), not {rating}.")
        correct = judge_card(card, given).correct if card.typed and given else None
        payload: dict[str, Any] = {
            "rating": rating,
            "seconds": round(min(seconds, IDLE_SECONDS), 1),
            "shown": card.hash,
            "given": given,
            "seed": None,
            "correct": correct,
            "hinted": False,
            "changed": False,
        }
        event = self.tutor.store.append(EventType.ANSWER, card.id, payload)
        memory = self.tutor.store.memory(card.id)
        self.queue.done(card.id, memory.due_at)
        self._answers.append(event.id)
        return Saved(event.id, card.id, back_in(self.tutor, memory))

    def bury(self, card: Card) -> Saved:
        """Hides the card until the next study day."""
        return self._put_aside(EventType.BURY, card, {}, "tomorrow")

    def suspend(self, card: Card) -> Saved:
        """Hides the card until it is woken again."""
        return self._put_aside(EventType.SUSPEND, card, {"on": True}, "suspended")

    def flag(self, card: Card, note: str = "") -> Saved:
        """Marks the card, with a note where a mistake is reported; it stays in the queue."""
        event = self.tutor.store.append(EventType.FLAG, card.id, {"on": True, "note": note, "shown": card.hash})
        return Saved(event.id, card.id, "flagged")

    def undo(self) -> Undone | None:
        """Takes back the last thing done, also from before a restart; a card taken back is served next."""
        event = self.tutor.store.undo()
        if event is None:
            return None
        self._undone.add(event.id)
        if event.item and event.item.startswith(f"{Kind.CARD}:") and event.type is not EventType.FLAG:
            self.queue.restore(event.item)
        return Undone(event.item or "", f"Took back {describe(event)}.")

    def redo(self) -> Undone | None:
        """Brings back what was last undone."""
        event = self.tutor.store.redo()
        if event is None:
            return None
        self._undone.discard(event.id)
        if event.item and event.type in (EventType.ANSWER, EventType.BURY, EventType.SUSPEND):
            self.queue.done(event.item, self.tutor.store.memory(event.item).due_at)
        return Undone(event.item or "", f"Brought back {describe(event)}.")

    def _put_aside(self, type_: EventType, card: Card, payload: Mapping[str, Any], words: str) -> Saved:
        event = self.tutor.store.append(type_, card.id, payload)
        self.queue.remove(card.id)
        return Saved(event.id, card.id, words)


def intervals(tutor: Tutor, item: str) -> dict[int, str]:
    """For each rating 1-4, when the item would come back, as short text such as `10m` or `3d`."""
    return {rating: back_in(tutor, memory) for rating, memory in tutor.store.preview(item).items()}


def back_in(tutor: Tutor, memory: Memory) -> str:
    now = tutor.clock.now()
    return interval_text(memory, now, tutor.clock.study_day(now))


def describe(event: Event) -> str:
    """An event in a few words, for undo messages and histories."""
    name = (event.item or "").partition(":")[2]
    if event.type is EventType.ANSWER:
        rating = {1: "again", 2: "hard", 3: "good", 4: "easy"}.get(event.payload.get("rating", 0), "?")
        return f"the answer '{rating}' to {name}"
    words = {
        EventType.BURY: "burying",
        EventType.SUSPEND: "suspending" if event.payload.get("on", True) else "waking",
        EventType.FLAG: "flagging" if event.payload.get("on", True) else "unflagging",
        EventType.RESET: "resetting",
        EventType.PLACEMENT: "placing",
    }
    return f"{words.get(event.type, str(event.type))} {name}"
