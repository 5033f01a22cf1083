"""The forgetting curve of FSRS-6, and the interval after which recall has sunk to what is desired.

R(t) = (1 + F t / S)^(-d) with F = 0.9^(-1/d) - 1, so that R(S) = 0.9. Ye, J. (2025), FSRS-6.
"""

from __future__ import annotations

from datetime import date

from tutor.memory.model import Memory

LONGEST = 36500  #: days; no interval is longer, before jitter


def recall(elapsed: float, stability: float, decay: float) -> float:
    """The chance of recall `elapsed` days after the last answer.

    `stability` (days) and `decay` are positive; the result lies in (0, 1].
    """
    factor = 0.9 ** (-1 / decay) - 1
    return float((1 + factor * elapsed / stability) ** -decay)


def interval(stability: float, decay: float, desired_retention: float) -> int:
    """Whole days, at least 1, until the chance of recall has sunk to `desired_retention`."""
    factor = 0.9 ** (-1 / decay) - 1
    days = stability / factor * (desired_retention ** (-1 / decay) - 1)
    return int(min(max(round(days), 1), LONGEST))


def retrievability(memory: Memory, day: date) -> float:
    """The chance that the item is recalled on study day `day`; 0.0 while nothing is known about it."""
    if memory.last is None:
        return 0.0
    return recall(max((day - memory.last).days, 0), memory.stability, memory.decay)
