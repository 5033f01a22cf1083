"""The order in which one sitting serves its items. Knows no screen, no store and no schedule."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

#: With nothing else left, a learning step that falls due within this time is served at once.
LEARN_AHEAD = timedelta(minutes=20)


class Queue:
    """Serves `ready` items in order; items in a learning step come back when their time has come."""

    def __init__(self, ready: Sequence[str], learning: Mapping[str, datetime] | None = None) -> None:
        self._ready = list(ready)
        self._learning: dict[str, datetime] = dict(learning or {})

    def __len__(self) -> int:
        return len(self._ready) + len(self._learning)

    def current(self, now: datetime) -> str | None:
        """The item to show now, or None when the sitting is over."""
        soonest = min(self._learning, key=self._learning.__getitem__, default=None)
        if soonest is not None and self._learning[soonest] <= now:
            return soonest
        if self._ready:
            return self._ready[0]
        if soonest is not None and self._learning[soonest] <= now + LEARN_AHEAD:
            return soonest
        return None

    def done(self, item: str, again_at: datetime | None = None) -> None:
        """The item was answered; `again_at` is when its learning step falls due, or None."""
        self.remove(item)
        if again_at is not None:
            self._learning[item] = again_at

    def remove(self, item: str) -> None:
        self._learning.pop(item, None)
        if item in self._ready:
            self._ready.remove(item)

    def restore(self, item: str) -> None:
        """The item's answer was taken back: it is served next."""
        self.remove(item)
        self._ready.insert(0, item)


def interleave(items: Iterable[tuple[str, str]], salt: str) -> list[str]:
    """(item, topic) pairs as a list of items in which topics alternate; within a topic the order is kept.

    Topics take turns in an order drawn from `salt` (the study day), so that each day mixes them anew.
    """
    groups: dict[str, list[str]] = {}
    for item, topic in items:
        groups.setdefault(topic, []).append(item)

    def turn(topic: str) -> str:
        return hashlib.sha256(f"{salt}:{topic}".encode()).hexdigest()

    # Item k of n in its topic stands at (k + 1/2) / n of the whole: large topics are spread, not left over.
    placed = [
        ((position + 0.5) / len(members), turn(topic), item)
        for topic, members in groups.items()
        for position, item in enumerate(members)
    ]
    return [item for _, _, item in sorted(placed)]


def spread(new: Sequence[str], among: Sequence[str]) -> list[str]:
    """The new items spread evenly among the others, the first one first: something fresh starts the day."""
    placed = [((position + 0.5) / len(among), 1, position, item) for position, item in enumerate(among)]
    placed += [(position / len(new), 0, position, item) for position, item in enumerate(new)]
    return [item for _, _, _, item in sorted(placed)]
