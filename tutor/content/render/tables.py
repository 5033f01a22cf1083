"""Tables fitted to a width: columns shrink and cells wrap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tutor.content.render.formula import Look
from tutor.content.render.inline import Item, extent, fill
from tutor.content.render.spans import Line, Span, joined, line_width


@dataclass(frozen=True)
class Table:
    """Cells as words, header first; every row has as many cells as `alignments`: left, center or right."""

    rows: Sequence[Sequence[Sequence[Item]]]
    alignments: Sequence[str]


def draw(table: Table, width: int, look: Look) -> list[Line]:
    """The table's lines. It is wider than `width` only where its longest words do not fit side by side."""
    widths = _column_widths(table, width)
    bar, line, cross = (" | ", "-", "-+-") if look.ascii else (" │ ", "─", "─┼─")
    rule: Line = (Span(cross.join(line * width for width in widths), "table-border"),)
    rows = [[fill(cell, width) for cell, width in zip(row, widths, strict=True)] for row in table.rows]
    airy = any(len(cell) > 1 for row in rows[1:] for cell in row)
    lines: list[Line] = []
    for index, row in enumerate(rows):
        if index == 1 or (airy and index > 1):
            lines.append(rule)
        lines.extend(_row(row, widths, table.alignments, Span(bar, "table-border")))
    if len(rows) == 1:
        lines.append(rule)
    return lines


def _column_widths(table: Table, width: int) -> list[int]:
    """Natural widths if they fit, else the widest words plus a share of what is left."""
    columns = [[extent(row[column]) for row in table.rows] for column in range(len(table.alignments))]
    least = [max(1, *(widest for widest, _ in column)) for column in columns]
    natural = [max(1, *(longest for _, longest in column)) for column in columns]
    room = width - 3 * (len(columns) - 1)
    if sum(natural) <= room:
        return natural
    share = max(room // len(columns), 1)
    if sum(least) > room:
        return [max(small, min(large, share)) for small, large in zip(least, natural, strict=True)]
    return _grown(least, natural, room)


def _grown(least: Sequence[int], natural: Sequence[int], room: int) -> list[int]:
    """Widths between `least` and `natural` that sum to `room`, the narrowest columns served first."""
    widths = list(least)
    spare = room - sum(widths)
    waiting = sorted(range(len(widths)), key=lambda column: natural[column] - least[column])
    for served, column in enumerate(waiting):
        extra = min(natural[column] - least[column], spare // (len(waiting) - served))
        widths[column] += extra
        spare -= extra
    return widths


def _row(row: Sequence[list[Line]], widths: Sequence[int], alignments: Sequence[str], bar: Span) -> list[Line]:
    height = max(len(cell) for cell in row) or 1
    lines = []
    for level in range(height):
        spans: list[Span] = []
        for column, (cell, width, alignment) in enumerate(zip(row, widths, alignments, strict=True)):
            content: Line = cell[level] if level < len(cell) else ()
            free = max(width - line_width(content), 0)
            left = {"right": free, "center": free // 2}.get(alignment, 0)
            if column:
                spans.append(bar)
            spans.extend((Span(" " * left), *content, Span(" " * (free - left))))
        lines.append(joined(spans))
    return lines
