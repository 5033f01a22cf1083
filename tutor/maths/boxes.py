"""The algebra of boxes: rectangles of terminal cells that are set side by side or stacked.

A box has a baseline, the row that stands on the line of writing, so that boxes of different heights can share
a line. It also knows which rows are its body: a superscript sticks out of the body, and parentheses, which
embrace the body alone, need not grow to reach it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len


@dataclass(frozen=True)
class Box:
    """A rectangle of terminal cells.

    `lines` are the rows from top to bottom, each padded to `width` cells. `baseline` is the index of the row
    that stands on the line of writing. `rise` and `drop` count the rows of the body above and below the
    baseline; rows beyond them hold scripts.
    """

    lines: tuple[str, ...]
    baseline: int
    width: int
    rise: int = 0
    drop: int = 0

    @property
    def height(self) -> int:
        return len(self.lines)

    @property
    def above(self) -> int:
        """Rows over the baseline."""
        return self.baseline

    @property
    def below(self) -> int:
        """Rows under the baseline."""
        return len(self.lines) - 1 - self.baseline

    @property
    def body(self) -> int:
        """Rows of the body, the baseline included."""
        return self.rise + 1 + self.drop


def text_box(text: str) -> Box:
    """One row of text."""
    return Box((text,), 0, cell_len(text))


def blank(width: int, height: int = 1) -> Box:
    """Empty cells; the baseline is the first row."""
    return Box((" " * width,) * height, 0, width)


def column(lines: Sequence[str], baseline: int) -> Box:
    """Rows of equal or unequal length as one box, all of which is body."""
    width = max(map(cell_len, lines))
    padded = tuple(line + " " * (width - cell_len(line)) for line in lines)
    return Box(padded, baseline, width, rise=baseline, drop=len(lines) - 1 - baseline)


def whole(box: Box) -> Box:
    """The same box with every row counted as body."""
    return Box(box.lines, box.baseline, box.width, rise=box.above, drop=box.below)


def beside(boxes: Iterable[Box]) -> Box:
    """Boxes from left to right on one baseline; nothing at all gives an empty row."""
    row = list(boxes)
    if not row:
        return blank(0)
    if len(row) == 1:
        return row[0]
    above = max(box.above for box in row)
    below = max(box.below for box in row)
    columns = [_extended(box, above, below) for box in row]
    return Box(
        tuple(map("".join, zip(*columns, strict=True))),
        above,
        sum(box.width for box in row),
        rise=max(box.rise for box in row),
        drop=max(box.drop for box in row),
    )


def _extended(box: Box, above: int, below: int) -> list[str]:
    empty = " " * box.width
    return [empty] * (above - box.above) + list(box.lines) + [empty] * (below - box.below)


def widened(box: Box, width: int, align: str = "center") -> Box:
    """The box in a wider rectangle, set to the `left`, `right` or (the default) `center` of it."""
    missing = width - box.width
    if missing <= 0:
        return box
    left = {"left": 0, "right": missing}.get(align, missing // 2)
    lines = tuple(" " * left + line + " " * (missing - left) for line in box.lines)
    return Box(lines, box.baseline, width, box.rise, box.drop)


def stacked(boxes: Sequence[Box], main: int) -> Box:
    """Boxes from top to bottom, centred; the result stands on the baseline of `boxes[main]`."""
    width = max(box.width for box in boxes)
    lines: list[str] = []
    baseline = 0
    for index, box in enumerate(boxes):
        if index == main:
            baseline = len(lines) + box.baseline
        lines.extend(widened(box, width).lines)
    return Box(tuple(lines), baseline, width, rise=baseline, drop=len(lines) - 1 - baseline)


def overlaid(pieces: Sequence[tuple[Box, int]]) -> Box:
    """Boxes left-aligned in one column, each moved by its offset.

    An offset says how many rows the box's baseline lies under the common baseline (negative: over it). Rows
    must not overlap. The result has no body of its own beyond the baseline row.
    """
    top = min([0, *(offset - box.above for box, offset in pieces)])
    bottom = max([0, *(offset + box.below for box, offset in pieces)])
    width = max(box.width for box, _ in pieces)
    lines = [" " * width] * (bottom - top + 1)
    for box, offset in pieces:
        start = offset - box.above - top
        for index, line in enumerate(widened(box, width, "left").lines):
            lines[start + index] = line
    return Box(tuple(lines), -top, width)
