"""Waiting for the learner's editor to save."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

POLL_SECONDS = 0.2


def stamp(path: Path) -> tuple[int, int] | None:
    """What changes when the file is saved; None while there is no such file (editors replace it)."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def saves(path: Path, sleep: Callable[[float], None] = time.sleep) -> Iterator[Path]:
    """Yields at once and then after every save; a file still growing is waited for."""
    last: tuple[int, int] | None = None
    while True:
        now = stamp(path)
        if now is not None and now != last:
            sleep(POLL_SECONDS / 4)
            if stamp(path) == now:
                last = now
                yield path
        else:
            sleep(POLL_SECONDS)
