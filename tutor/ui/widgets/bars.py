"""Bars: one lying bar for a share, and a row of standing ones for the days to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tutor.content.render.spans import Line, Span, joined

_LYING = "▏▎▍▌▋▊▉"
_STANDING = "▁▂▃▄▅▆▇"
_WIDEST = 4


@dataclass(frozen=True)
class Column:
    """A standing bar: its value, and the labels below it, one a row."""

    value: int
    labels: tuple[str, ...]


def bar(share: float, width: int, *, ascii: bool = False) -> Line:
    """A bar of `width` cells that is filled by `share` (0 to 1; more is drawn as full)."""
    share = min(max(share, 0.0), 1.0)
    if ascii:
        full = round(share * width) or (1 if share else 0)
        return joined((Span("#" * full, "bar"), Span("." * (width - full), "rest")))
    eighths = round(share * width * 8) or (1 if share else 0)
    full, part = divmod(eighths, 8)
    filled = "█" * full + (_LYING[part - 1] if part else "")
    return joined((Span(filled, "bar"), Span("·" * (width - len(filled)), "rest")))


def days_in(width: int, largest: int) -> int:
    """How many days have room in `width` cells for numbers up to `largest`: 30, or 28, 21, 14 or 7."""
    least = len(str(largest)) + 1
    return next((days for days in (30, 28, 21, 14) if width // days >= max(3, least)), 7)


def columns(values: Sequence[Column], width: int, height: int = 5, *, ascii: bool = False) -> list[Line]:
    """Standing bars of at most `height` rows under their numbers, with labels below; 0 is a dot at the foot."""
    pitch = max(2, width // max(1, len(values)))
    body = min(_WIDEST, pitch - 1)
    pitch = min(pitch, body + 2)
    top = max((column.value for column in values), default=0) or 1
    steps = 1 if ascii else 8
    heights = [max(1, round(column.value / top * height * steps)) if column.value else 0 for column in values]
    lines: list[Line] = []
    for row in reversed(range(height + 1)):
        spans: list[Span] = []
        for column, filled in zip(values, heights, strict=True):
            text, style = _cell(column.value, filled, row, steps, body, ascii)
            spans.append(Span(text.ljust(pitch), style))
        lines.append(joined(spans))
    for label in range(max((len(column.labels) for column in values), default=0)):
        text = "".join(column.labels[label][:body].center(body).ljust(pitch) for column in values)
        lines.append((Span(text.rstrip(), "dim"),))
    return [line for line in lines if any(span.text.strip() for span in line)]


def _cell(value: int, filled: int, row: int, steps: int, body: int, ascii: bool) -> tuple[str, str]:
    """What stands in one row of one column, and its style: a piece of the bar, the number on it, or nothing."""
    full, part = divmod(filled, steps)
    if not value:
        return (("." if ascii else "·").center(body), "rest") if row == 0 else ("", "")
    if row < full:
        return ("#" if ascii else "█") * body, "bar"
    if row == full and part:
        return _STANDING[part - 1] * body, "bar"
    if row == full + (1 if part else 0):
        return str(value).center(body), "strong"
    return "", ""
