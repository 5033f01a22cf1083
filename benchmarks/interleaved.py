"""Timing two things fairly: in turns, in one run, by their medians."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

Timer = Callable[[], float]  #: does the thing once and returns its seconds


@dataclass(frozen=True)
class Ratio:
    """Medians in seconds of ours and the peer's, and the goal that their ratio should not exceed."""

    name: str
    ours: float
    peer: float
    goal: float

    @property
    def value(self) -> float:
        return self.ours / self.peer

    def __str__(self) -> str:
        told = "ok" if self.value <= self.goal else "MISSED"
        return (
            f"{self.name:58} {self.ours * 1e3:8.1f} ms / {self.peer * 1e3:8.1f} ms = {self.value:5.2f}"
            f"  (goal <= {self.goal:g}: {told})"
        )


def compare(name: str, ours: Timer, peer: Timer, *, goal: float, rounds: int = 15) -> Ratio:
    """Times both `rounds` times in turns, after one round that does not count."""
    ours(), peer()
    pairs = [(ours(), peer()) for _ in range(rounds)]
    return Ratio(name, statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs), goal)
