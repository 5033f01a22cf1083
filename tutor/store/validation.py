"""What may enter the log: an event that could not be replayed is refused before it is written."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from tutor.domain.errors import SettingsError, StoreError
from tutor.domain.events import EventType
from tutor.domain.items import Kind
from tutor.memory.parameters import valid_weights
from tutor.memory.replay import RATINGS, is_stability

_SCHEDULED = (EventType.ANSWER, EventType.SUSPEND, EventType.BURY, EventType.RESET, EventType.PLACEMENT)
_PREFIXES = (*Kind, "section")


def is_scheduled(item: str | None) -> bool:
    """Whether `item` is the id of a card, question or exercise, which have a memory."""
    return item is not None and item.partition(":")[0] in list(Kind)


def problem_with(type_: EventType, item: str | None, payload: Mapping[str, Any]) -> str | None:
    """What is wrong with an event, as the end of a sentence; None when nothing is."""
    if item is not None and (item.partition(":")[0] not in _PREFIXES or not item.partition(":")[2]):
        return f"its item should be an id such as card:SLUG, but it is {item!r}"
    if type_ in _SCHEDULED and not is_scheduled(item):
        return f"its item should be a card, a question or an exercise, but it is {item!r}"
    if type_ is EventType.PARAMETERS and item is not None:
        return f"parameters are for all items of a kind, but its item is {item!r}"
    seconds = payload.get("seconds")
    if seconds is not None and not (type(seconds) in (int, float) and 0 <= seconds < math.inf):
        return f"its seconds should be a number from 0, but they are {seconds!r}"
    match type_:
        case EventType.ANSWER:
            rating = payload.get("rating")
            if type(rating) is not int or rating not in RATINGS:
                return f"its rating should be 1, 2, 3 or 4, but it is {rating!r}"
        case EventType.SUSPEND | EventType.FLAG:
            if type(payload.get("on")) is not bool:
                return f"'on' should be true or false, but it is {payload.get('on')!r}"
        case EventType.PLACEMENT:
            if not is_stability(payload.get("stability")):
                return f"its stability should be some days above 0, but it is {payload.get('stability')!r}"
        case EventType.RETRACT:
            if not isinstance(payload.get("target"), str):
                return f"its target should be the id of an event, but it is {payload.get('target')!r}"
        case EventType.PARAMETERS:
            try:
                valid_weights(payload)
            except SettingsError as error:
                return str(error).rstrip(".")
    return None


def validated(type_: EventType, item: str | None, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload as it will be read back from the log. Raises StoreError when the event cannot be used."""
    problem = problem_with(type_, item, payload)
    if problem is None:
        try:
            plain: dict[str, Any] = json.loads(json.dumps(dict(payload), allow_nan=False))
        except (TypeError, ValueError, RecursionError) as error:
            problem = f"its payload cannot be written as JSON ({error})"
        else:
            return plain
    raise StoreError(f"The event '{type_}' was not saved: {problem}.")
