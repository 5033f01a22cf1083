"""Dates as people write them, and as machines do: small texts to translate."""

from __future__ import annotations

import datetime

import numpy as np

from engine.errors import as_count

MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August"]
MONTHS += ["September", "October", "November", "December"]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
FIRST, LAST = datetime.date(1950, 1, 1).toordinal(), datetime.date(2049, 12, 31).toordinal()


def dates(m: int, rng: np.random.Generator | int | None = None) -> list[tuple[str, str]]:
    """Days between 1950 and 2049, written in one of many ways in small letters, and as year-month-day.

    A number of the day always stands before that of the month where both are numbers, as in 3/12/1999.

    - m: number of pairs; rng: a Generator or a seed
    - returns: pairs (human, machine); human has at most 30 characters, machine always 10

    Raises EngineError when m is below 1. Source: the data of course 5, week 3, drawn anew.

    >>> for human, machine in dates(3, rng=0):
    ...     print(human, "->", machine)
    24 jan 2035 -> 2035-01-24
    12 sep 2013 -> 2013-09-12
    11 february 2001 -> 2001-02-11
    """
    as_count("m", m)
    rng = np.random.default_rng(rng)
    days = [datetime.date.fromordinal(int(ordinal)) for ordinal in rng.integers(FIRST, LAST + 1, size=m)]
    return [(_written(day, int(rng.integers(8))), day.isoformat()) for day in days]


def _written(day: datetime.date, way: int) -> str:
    month, weekday = MONTHS[day.month - 1], DAYS[day.weekday()]
    ways = (
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        f"{day.day} {month[:3]} {day.year}",
        f"{month[:3]} {day.day} {day.year}",
        f"{weekday} {day.day} {month} {day.year}",
        f"{weekday[:3]}, {day.day} {month[:3]} {day.year}",
        f"{day.day}/{day.month}/{day.year}",
        f"{day.day:02}.{day.month:02}.{day.year}",
    )
    return ways[way].lower()
