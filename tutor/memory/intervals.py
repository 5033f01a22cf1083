"""How long until an item comes back: in words for a key, and shifted a little so that groups drift apart."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from tutor.memory.model import Memory

JITTER_FROM = 3  #: days; shorter intervals are kept exactly
JITTER_SHARE = 0.05


def jittered(days: int, item: str, repetition: int) -> int:
    """`days` shifted by up to 5 % (at least up to one day) either way; below three days unchanged.

    The shift is drawn from (item, repetition) alone: it is the same in a preview, in the log's replay and on
    another device, and a longer interval never overtakes a shorter one of the same repetition.
    """
    if days < JITTER_FROM:
        return days
    digest = hashlib.blake2b(f"{item}\0{repetition}".encode(), digest_size=8).digest()
    position = int.from_bytes(digest, "big") / 2**63 - 1
    return days + round(position * max(1.0, JITTER_SHARE * days))


def interval_text(memory: Memory, now: datetime, day: date) -> str:
    """The time from `now` (UTC), on study day `day`, until the item is due: "10m", "3d", "2mo"."""
    if memory.due is None:
        return "new"
    if memory.due_at is not None:
        return _minutes_text((memory.due_at - now).total_seconds())
    days = (memory.due - day).days
    if days <= 0:
        return "now"
    if days < 31:
        return f"{days}d"
    if days < 350:
        return f"{round(days / 30.44)}mo"
    years = round(days / 365.25, 1)
    return f"{years:g}y"


def _minutes_text(seconds: float) -> str:
    if seconds <= 0:
        return "now"
    minutes = max(round(seconds / 60), 1)
    return f"{minutes}m" if minutes < 60 else f"{round(minutes / 60)}h"
