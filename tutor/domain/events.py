"""The log: what happened, appended and never changed. Everything else is worked out from it."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class EventType(StrEnum):
    ANSWER = "answer"  #: a card, question or exercise was answered; drives the memory
    RETRACT = "retract"  #: payload `target`: the id of the event that no longer counts (undo; redo retracts the undo)
    SECTION_READ = "section-read"  #: item is `section:TOPIC`; payload `seconds`
    HINT = "hint"  #: payload `step`, from 1
    BEGIN = "begin"  #: an exercise's file was made from its stub; payload `version` and `signature` of the task
    ATTEMPT = "attempt"  #: an exercise was graded, or an item practised without touching the schedule
    SUSPEND = "suspend"  #: payload `on`: true or false
    BURY = "bury"  #: hidden until the next study day
    FLAG = "flag"  #: payload `on`, and `note` where a mistake is reported
    RESET = "reset"  #: the item's memory starts anew; earlier answers stay in the log
    PLACEMENT = "placement"  #: payload `stability` in days: known before it was ever asked
    CREDIT = "credit"  #: payload `source` and `fraction`: derived from an answer elsewhere
    PARAMETERS = "parameters"  #: payload `kind` and `weights`: scheduling parameters in force from here on


@dataclass(frozen=True)
class Event:
    """One thing that happened. `item` is an item id such as `card:sigmoid-range`, or None.

    The replay order is (time, device, seq); `seq` increases within a device.
    """

    id: str
    device: str
    seq: int
    time: datetime
    day: date
    type: EventType
    item: str | None
    payload: Mapping[str, Any]

    @property
    def order(self) -> tuple[datetime, str, int]:
        return self.time, self.device, self.seq


def in_order(events: Iterable[Event]) -> list[Event]:
    """The events in replay order, each id once."""
    return sorted({event.id: event for event in events}.values(), key=lambda event: event.order)


def counting(events: Iterable[Event]) -> list[Event]:
    """The events that count, in replay order, without the retractions themselves.

    An event counts unless a counting retraction names it; a retraction is an event like any other, so
    retracting a retraction brings its target back.
    """
    ordered = in_order(events)
    retractions: dict[str, list[Event]] = {}
    for event in ordered:
        if event.type is EventType.RETRACT:
            retractions.setdefault(str(event.payload.get("target")), []).append(event)
    counts: dict[str, bool] = {}

    def resolve(identity: str) -> bool:
        pending = [identity]
        visiting: set[str] = set()
        while pending:
            current = pending[-1]
            unknown = [r.id for r in retractions.get(current, ()) if r.id not in counts and r.id not in visiting]
            if unknown:
                visiting.add(current)
                pending.extend(unknown)
            else:
                counts[current] = not any(counts.get(r.id, False) for r in retractions.get(current, ()))
                pending.pop()
        return counts[identity]

    return [event for event in ordered if event.type is not EventType.RETRACT and resolve(event.id)]


_last_id = 0
_id_lock = threading.Lock()


def new_event_id(moment: datetime) -> str:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then a part that only grows within a process."""
    global _last_id
    milliseconds = int(moment.timestamp() * 1000) & ((1 << 48) - 1)
    random = int.from_bytes(os.urandom(10), "big")
    value = milliseconds << 80 | 0x7 << 76 | (random >> 62 & 0xFFF) << 64 | 0b10 << 62 | random & ((1 << 62) - 1)
    with _id_lock:
        if value <= _last_id and _last_id >> 80 == milliseconds:
            value = _last_id + 1
        _last_id = value
    return str(uuid.UUID(int=value))
