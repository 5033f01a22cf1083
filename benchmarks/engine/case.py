"""One thing to time: the engine's form of it and a peer's."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

SHORTEST = 0.02  # seconds that a measurement should last; a faster call is repeated


@dataclass(frozen=True)
class Case:
    """Times `ours` against `peer`.

    - goal: the ratio ours / peer that should not be passed
    - ours, peer: do the same work once; what they need is made before
    """

    name: str
    goal: float
    ours: Callable[[], object]
    peer: Callable[[], object]


def timer(run: Callable[[], object]) -> Callable[[], float]:
    """A function that gives the seconds of one call of `run`, the mean of several when one is short."""

    def seconds(times: int) -> float:
        started = time.perf_counter()
        for _ in range(times):
            run()
        return (time.perf_counter() - started) / times

    run()
    times = max(1, min(200, int(SHORTEST / max(seconds(1), 1e-7))))
    return lambda: seconds(times)
