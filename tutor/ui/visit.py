"""One stay in a section: how long it was shown, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tutor.domain.items import Section


@dataclass
class Visit:
    """`since` is when the section came on the screen; None while something else is shown."""

    section: Section
    since: datetime | None
    seconds: float = 0.0
    ended: bool = False  #: its end was in sight
    jumped: bool = False  #: the place was reached by a search, not by reading up to it
    logged: bool = False

    def pause(self, now: datetime) -> None:
        self.seconds, self.since = self.spent(now), None

    def resume(self, now: datetime) -> None:
        self.since = self.since or now

    def spent(self, now: datetime) -> float:
        """The seconds up to `now` in which the section was shown."""
        return self.seconds + (max(0.0, (now - self.since).total_seconds()) if self.since else 0.0)
