"""Styled rows of text: what the renderer yields, how wide they are and how they are printed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style; `style` is a key of `SGR`, or empty for running text."""

    text: str
    style: str = ""


Line = tuple[Span, ...]

#: Every style name with its SGR parameters: of colours only the sixteen that follow the user's palette.
SGR = {
    "strong": "1",
    "em": "3",
    "strong-em": "1;3",
    "strike": "9",
    "code": "36",
    "link": "4;34",
    "heading1": "1;35",
    "heading2": "1;34",
    "heading3": "1;36",
    "heading4": "1",
    "quote": "2",
    "bullet": "36",
    "rule": "2",
    "note": "2",
    "gap": "1;7",
    "maths": "33",
    "maths-error": "31",
    "table-border": "2",
    "table-head": "1",
    "keyword": "35",
    "string": "32",
    "comment": "2;3",
    "number": "33",
    "function": "34",
    "operator": "1",
}


def cells(text: str) -> int:
    """How many terminal cells `text` takes: wide characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def line_width(line: Line) -> int:
    """The width of a line in terminal cells."""
    return sum(cells(span.text) for span in line)


def joined(spans: Iterable[Span]) -> Line:
    """A line of the spans, without empty ones and with neighbours of one style made into one."""
    merged: list[Span] = []
    for span in spans:
        if not span.text:
            continue
        if merged and merged[-1].style == span.style:
            merged[-1] = Span(merged[-1].text + span.text, span.style)
        else:
            merged.append(span)
    return tuple(merged)


def prefixed(lines: Iterable[Line], first: Line, rest: Line) -> list[Line]:
    """The lines with `first` put before the first of them and `rest` before the others."""
    return [joined((*(rest if index else first), *line)) for index, line in enumerate(lines)]


def plain(lines: Iterable[Line]) -> str:
    """The text alone, rows parted by newlines, without trailing spaces."""
    return "\n".join("".join(span.text for span in line).rstrip() for line in lines)


def ansi(lines: Iterable[Line], *, color: bool = True) -> str:
    """The text with SGR codes for a terminal; with `color=False` no escape sequence at all, as `plain`."""
    if not color:
        return plain(lines)
    rows = []
    for line in lines:
        row = "".join(f"\x1b[{SGR[span.style]}m{span.text}\x1b[0m" if span.style in SGR else span.text for span in line)
        rows.append(row.rstrip())
    return "\n".join(rows)
