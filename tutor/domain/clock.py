"""The one clock: UTC instants, and the study day that rolls over in the small hours."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

from tutor.domain.errors import SettingsError


@dataclass
class Clock:
    """Tells the time in UTC. `start` replaces the present moment; time still advances from there."""

    start: datetime | None = None
    rollover_hour: int = 4
    zone: tzinfo | None = None
    _origin: float = field(default_factory=time.monotonic, repr=False)

    @classmethod
    def from_environment(cls, rollover_hour: int = 4, environ: Mapping[str, str] | None = None) -> Clock:
        """The system's clock, or one that starts at `DLCS_NOW` (ISO 8601; local time when it has no offset).

        Raises SettingsError when `DLCS_NOW` is not an ISO time.
        """
        text = (os.environ if environ is None else environ).get("DLCS_NOW")
        if not text:
            return cls(rollover_hour=rollover_hour)
        try:
            start = datetime.fromisoformat(text).astimezone(UTC)
            # Near the ends of the calendar, the local time of a moment may lie beyond it.
            if not 1970 <= start.year < 9999:
                raise ValueError
        except (ValueError, OverflowError, OSError):
            raise SettingsError(
                f"DLCS_NOW should be an ISO time such as 2026-03-01T09:00:00, but it is {text!r}; "
                "correct it or unset it."
            ) from None
        return cls(start=start, rollover_hour=rollover_hour)

    def now(self) -> datetime:
        """The present moment, timezone-aware, in UTC."""
        if self.start is None:
            return datetime.now(UTC)
        return self.start + timedelta(seconds=time.monotonic() - self._origin)

    def study_day(self, moment: datetime | None = None) -> date:
        """The study day of `moment` (default: now): local calendar day, which ends at `rollover_hour`."""
        local = (moment or self.now()).astimezone(self.zone)
        return (local - timedelta(hours=self.rollover_hour)).date()
