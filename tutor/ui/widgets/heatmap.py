"""The calendar of answers: a column a week, Monday first, five levels by character and by colour."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from tutor.content.render.spans import Line, Span, joined

#: Answers a day from which the levels 1 to 4 begin.
LEVELS = (1, 10, 30, 60)
BLOCKS = "·░▒▓█"
ASCII_BLOCKS = ".-+*#"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_MARGIN = 4  # cells left of the first week
_CELL = 2  # cells a week


def level(count: int) -> int:
    """The level, 0 to 4, of a day with `count` answers."""
    return sum(count >= least for least in LEVELS)


def weeks_in(width: int) -> int:
    """How many weeks are shown in `width` cells: 52, 26, or as many as there is room for."""
    fit = max(1, (width - _MARGIN) // _CELL)
    return 52 if fit >= 52 else min(fit, 26)


def heatmap(activity: Mapping[date, int], today: date, weeks: int, *, ascii: bool = False) -> list[Line]:
    """The last `weeks` weeks, this one included: a row of months, seven rows of days, a legend.

    `activity` maps study days to numbers of answers; a day that is still to come stays blank.
    """
    blocks = ASCII_BLOCKS if ascii else BLOCKS
    mondays = [today - timedelta(days=today.weekday() + 7 * back) for back in reversed(range(weeks))]
    lines: list[Line] = [(Span(" " * _MARGIN + _months(mondays), "dim"),)]
    for weekday, name in enumerate(WEEKDAYS):
        cells = [Span(f"{name} ", "dim")]
        for monday in mondays:
            day = monday + timedelta(days=weekday)
            if day > today:
                break
            at = level(activity.get(day, 0))
            cells.append(Span(blocks[at] * _CELL, f"level{at}"))
        lines.append(joined(cells))
    return [*lines, _legend(blocks)]


def _months(mondays: list[date]) -> str:
    """The months' names, each above the first week that begins in it, where they do not touch."""
    row = ""
    for index, monday in enumerate(mondays):
        begins = index == 0 or monday.month != mondays[index - 1].month
        cut_short = index == 0 and any(later.month != monday.month for later in mondays[1:2])
        if begins and not cut_short:
            row = row.ljust(index * _CELL) + f"{monday:%b}"
    return row


def _legend(blocks: str) -> Line:
    spans = [Span(" " * _MARGIN)]
    for at, block in enumerate(blocks):
        least, most = (0, *LEVELS)[at], (*LEVELS, 0)[at] - 1
        label = f"{least}" if most == least else f"{least}-{most}" if most > 0 else f"{least}+ answers a day"
        spans += [Span(block * _CELL, f"level{at}"), Span(f" {label}  ", "dim")]
    return joined(spans)
