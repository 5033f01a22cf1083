"""What the log implies about one item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class State(StrEnum):
    NEW = "new"  #: never answered
    LEARNING = "learning"  #: within its first steps of minutes (cards only)
    REVIEW = "review"  #: comes back after days
    RELEARNING = "relearning"  #: forgotten, and within the steps that follow (cards only)


@dataclass(frozen=True)
class Memory:
    """The memory of one item: a pure function of its events, the parameters and the desired retention.

    `stability` is in days (after so many the chance of recall is 90 %), `difficulty` lies between 1 and 10,
    and `decay` is the exponent of the forgetting curve; all three are 0.0 until something is known.
    """

    item: str
    state: State = State.NEW
    stability: float = 0.0
    difficulty: float = 0.0
    decay: float = 0.0
    due: date | None = None  #: the study day it is due; None while it is new
    due_at: datetime | None = None  #: the instant it is due, while it is in a step of minutes
    last: date | None = None  #: study day of the last answer (or of the placement)
    introduced: date | None = None  #: study day of the first answer; survives a reset
    reps: int = 0  #: answers since the last reset
    lapses: int = 0  #: times it was forgotten after it had been learnt
    step: int | None = None  #: index into the steps of minutes, while it is in one
    last_rating: int | None = None  #: 1-4
    suspended: bool = False
    buried_until: date | None = None  #: the study day it shows again
    flagged: bool = False
    note: str = ""  #: what was written with the flag

    def is_hidden(self, day: date) -> bool:
        """Whether it stays out of sight on study day `day`: suspended, or buried until a later one."""
        return self.suspended or (self.buried_until is not None and self.buried_until > day)

    def is_due(self, day: date, now: datetime) -> bool:
        """Whether to ask it on study day `day` at the instant `now` (UTC); a new item is never due."""
        if self.due is None or self.is_hidden(day):
            return False
        return self.due <= day and (self.due_at is None or self.due_at <= now)
