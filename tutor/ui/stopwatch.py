"""Measures how long the learner looks at one item; while another screen is on top, it stands still."""

from __future__ import annotations

import time


class Stopwatch:
    """Counts seconds from `restart`, without the time between `pause` and `resume`."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._since: float | None = None

    def restart(self) -> None:
        self._seconds, self._since = 0.0, time.monotonic()

    def pause(self) -> None:
        self._seconds, self._since = self.seconds, None

    def resume(self) -> None:
        if self._since is None:
            self._since = time.monotonic()

    @property
    def seconds(self) -> float:
        return self._seconds + (time.monotonic() - self._since if self._since is not None else 0.0)
