"""A formula in two dimensions, as it would be printed."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import replace

from rich.cells import cell_len

from tutor.maths import symbols
from tutor.maths.boxes import Box, beside, blank, column, overlaid, stacked, text_box, whole, widened
from tutor.maths.delimiters import delimiter
from tutor.maths.flat import PRIMES, Flat, root_sign
from tutor.maths.nodes import (
    Accent,
    Brace,
    Fenced,
    Fraction,
    Kind,
    Limits,
    Middle,
    Node,
    Phantom,
    Root,
    Row,
    Scripts,
    Space,
    Symbol,
    Table,
    descendants,
    is_empty,
    items_of,
)
from tutor.maths.spacing import OPERATORS, edges, first_character, gaps

_NUMBER = re.compile(r"[-−+]?\d+(\.\d+)?")
_LEFT_ARROWS, _RIGHT_ARROWS = "←⟵⇐⟸", "→⟶⇒⟹↦"
_COLUMN_GAP = 2
_PAIR_GAP = 4


def display_box(node: Node, ascii: bool) -> Box:
    """The formula as a box of as many rows as it needs."""
    return Display(node, ascii).box(node)


class Level(enum.Enum):
    """Where a node stands: on the line, or in a script above or below it, where it is set closer."""

    LINE = enum.auto()
    RAISED = enum.auto()
    LOWERED = enum.auto()


class Display:
    """Lays out the nodes of one formula.

    All subscripts of a formula are written in Unicode's small characters if they can all be, else all are set
    on the row below; the same holds for superscripts and the row above.
    """

    def __init__(self, formula: Node, ascii: bool) -> None:
        self.ascii = ascii
        self._flat = Flat(formula, ascii)
        scripts = [node for node in descendants(formula) if isinstance(node, Scripts)]
        self._small_subs = not ascii and all(
            symbols.subscript(self._flat.line(node.sub, script=True))
            for node in scripts
            if node.sub is not None and not is_empty(node.sub)
        )
        self._small_sups = not ascii and all(
            symbols.superscript(self._flat.line(node.sup, script=True))
            for node in scripts
            if node.sup is not None and not is_empty(node.sup)
        )

    def box(self, node: Node, level: Level = Level.LINE) -> Box:
        """One node, and all in it, as a box."""
        match node:
            case Symbol(text):
                return text_box(text)
            case Row(items):
                return self._row(items, level)
            case Fraction(top, bottom, bar):
                return self._fraction(self.box(top, level), self.box(bottom, level), bar)
            case Root(body, index):
                return self._root(body, index, level)
            case Scripts(base, sub, sup):
                return self._scripts(self._base(base, level), sub, sup, level)
            case Limits(base, under, over):
                return self._limits(base, under, over, level)
            case Accent(body, mark):
                return self._accent(body, mark, level)
            case Brace(body, over, label):
                return self._brace(self.box(body, level), over, label)
            case Fenced(opening, body, closing):
                return self._fenced(opening, body, closing, level)
            case Middle(text):
                return delimiter(text, 0, 0, self.ascii)
            case Phantom(body):
                hidden = self.box(body, level)
                return blank(hidden.width)
            case Table():
                return self._table(node, spread=False)
            case _:
                return blank(0)

    def _row(self, items: tuple[Node, ...], level: Level) -> Box:
        spaced = [
            (gap, item)
            for gap, item in zip(gaps(items, level is not Level.LINE), items, strict=True)
            if not isinstance(item, Space)
        ]
        boxes = [self.box(item, level) for _, item in spaced]
        if any(isinstance(item, Middle) for _, item in spaced):
            body = beside(boxes)
            boxes = [
                delimiter(item.text, body.rise, body.drop, self.ascii) if isinstance(item, Middle) else box
                for (_, item), box in zip(spaced, boxes, strict=True)
            ]
        row: list[Box] = []
        before: Node | None = None
        for (gap, item), box in zip(spaced, boxes, strict=True):
            if before is not None and not gap:
                gap = int(self._must_part(before, item, level))
            row += [blank(gap), box] if gap else [box]
            before = item
        return beside(row)

    def _must_part(self, before: Node, after: Node, level: Level) -> bool:
        """Whether two nodes would look like one: a fraction bar and a dash, a root and the next letter."""
        if isinstance(before, Scripts) and first_character(after).isalnum():
            in_row = not self._small_subs and before.sub if level is Level.RAISED else None
            in_row = not self._small_sups and before.sup if level is Level.LOWERED else in_row
            return bool(in_row)
        if isinstance(after, Fraction):
            return edges(before)[1] is not Kind.OPEN
        if isinstance(before, Fraction):
            return edges(after)[0] not in (Kind.CLOSE, Kind.PUNCT)
        return isinstance(before, Root) and edges(after)[0] in (Kind.ORD, Kind.OPEN)

    def _has_short_root(self, body: Node) -> bool:
        return not self.ascii and isinstance(body, Symbol) and cell_len(body.text) == 1

    def _fraction(self, top: Box, bottom: Box, bar: bool) -> Box:
        width = max(top.width, bottom.width)
        if not bar:
            return stacked([top, blank(width), bottom], main=1)
        line = ("-" if self.ascii else "─") * (width + 2)
        return stacked([top, text_box(line), bottom], main=1)

    def _root(self, body: Node, index: Node | None, level: Level) -> Box:
        inner = self.box(body, level)
        degree = "" if index is None else self._flat.line(index, script=True)
        if self.ascii:
            name = "sqrt" if degree in ("", "2") else f"root[{degree}]"
            return beside([text_box(name), self._enclosed("(", inner, ")")])
        sign = root_sign(degree)
        if self._has_short_root(body):
            return beside([text_box(sign), inner])
        if inner.above == 0 and inner.body == 1:
            indent = " " * cell_len(sign)
            lines = [
                indent + "_" * inner.width,
                sign + inner.lines[0],
                *(indent + line for line in inner.lines[1:]),
            ]
            return replace(column(lines, 1), rise=0, drop=0)
        return self._tall_root(inner, symbols.superscript(degree) or degree)

    @staticmethod
    def _tall_root(inner: Box, degree: str) -> Box:
        """A root drawn with lines; its degree stands over the hook."""
        left = max(1, cell_len(degree))
        lines = [" " * left + "┌" + "─" * (inner.width + 1)]
        for row, line in enumerate(inner.lines, start=1):
            start = {inner.height: "╲", inner.height - 1: degree}.get(row, "")
            lines.append(f"{start.rjust(left)}│ {line}")
        return column(lines, inner.baseline + 1)

    def _base(self, node: Node, level: Level) -> Box:
        """What scripts are set on: in parentheses where they would be read as scripts of its last part."""
        box = self.box(node, level)
        compound = isinstance(node, Fraction) or (isinstance(node, Scripts) and not is_empty(node.sup))
        return self._enclosed("(", box, ")") if compound else box

    def _scripts(self, base: Box, sub: Node | None, sup: Node | None, level: Level) -> Box:
        """A base with its scripts: small ones on its own row, the others above and below.

        A script that would come between a script and what that belongs to (a subscript in a superscript, a
        superscript in a subscript) stays on its row.
        """
        primes = small_sub = small_sup = ""
        placed: list[tuple[Box, int]] = []
        if sub is not None and not is_empty(sub):
            written = self._small_subscript(sub)
            if level is Level.RAISED or (written and base.body == 1):
                small_sub = written or self._flat.scripted(sub, None)
            else:
                placed.append(self._lowered(base, text_box(written) if written else self.box(sub, Level.LOWERED)))
        if sup is not None and not is_empty(sup):
            text = self._flat.line(sup, script=True)
            written = symbols.superscript(text) if self._small_sups else None
            if not text.strip(PRIMES) and base.body == 1:
                primes = text
            elif level is Level.LOWERED or (written and base.body == 1):
                small_sup = written or self._flat.scripted(None, sup)
            else:
                placed.append(self._raised(base, text_box(written) if written else self.box(sup, Level.RAISED)))
        if primes or small_sub or small_sup:
            placed.append((text_box(primes + small_sub + small_sup), 0))
        return beside([base, overlaid(placed)]) if placed else base

    def _small_subscript(self, node: Node) -> str | None:
        return symbols.subscript(self._flat.line(node, script=True)) if self._small_subs else None

    @staticmethod
    def _raised(base: Box, sup: Box) -> tuple[Box, int]:
        """A superscript beside the top row of a tall base, above a row of its own."""
        bottom = -base.rise if base.body >= 2 else -base.rise - 1
        return sup, bottom - sup.below

    @staticmethod
    def _lowered(base: Box, sub: Box) -> tuple[Box, int]:
        top = base.drop if base.body >= 2 else base.drop + 1
        return sub, top + sub.above

    def _limits(self, base: Node, under: Node | None, over: Node | None, level: Level) -> Box:
        main = self.box(base, level)
        if level is not Level.LINE and edges(base)[0] in OPERATORS:
            return self._scripts(main, under, over, level)
        top = None if over is None or is_empty(over) else self.box(over, Level.RAISED)
        bottom = None if under is None or is_empty(under) else self.box(under, Level.LOWERED)
        labels = [box for box in (top, bottom) if box is not None]
        if labels and isinstance(base, Symbol):
            main = self._stretched(base.text, main, max(label.width for label in labels) + 2)
        parts = [box for box in (top, main, bottom) if box is not None]
        box = stacked(parts, main=parts.index(main))
        # Parentheses around a sum embrace its sign, not its limits.
        return replace(box, rise=main.rise, drop=main.drop)

    def _stretched(self, text: str, box: Box, width: int) -> Box:
        """An arrow drawn as long as its label; anything else as it is."""
        line = "=" if text[:1] in "⇐⟸⇒⟹" else "-" if self.ascii else "─"
        if self.ascii or not text:
            return box
        if text in _RIGHT_ARROWS:
            return text_box(line * (width - 1) + text)
        return text_box(text + line * (width - 1)) if text in _LEFT_ARROWS else box

    def _accent(self, body: Node, mark: str, level: Level) -> Box:
        accent = symbols.ACCENTS[mark]
        text = self._flat.line(body)
        inner = self.box(body, level)
        single = inner.height == 1 and (text.isalnum() if self.ascii else inner.width == 1)
        if single or mark == "cancel":
            return text_box(self._flat.line(Accent(body, mark)))
        line = accent.wide
        if accent.stretches:
            shaft = "─" * (inner.width - 1)
            line = {"→": shaft + "→", "←": "←" + shaft, "↔": "←" + shaft[1:] + "→"}.get(line, shaft + "─")
        if self.ascii:
            line = line.replace("─", "-").replace("→", ">").replace("←", "<")
            line = line if line.isascii() else accent.word
        over = text_box(line)
        return stacked([inner, over], main=0) if accent.under else stacked([over, inner], main=1)

    def _brace(self, inner: Box, over: bool, label: Node | None) -> Box:
        width = max(3, inner.width)
        left = (width - 3) // 2
        right = width - 3 - left
        if self.ascii:
            line = "|" + "_" * (width - 2) + "|" if not over else "|" + "-" * (width - 2) + "|"
        elif over:
            line = "╭" + "─" * left + "┴" + "─" * right + "╮"
        else:
            line = "╰" + "─" * left + "┬" + "─" * right + "╯"
        brace = text_box(line)
        named = [] if label is None or is_empty(label) else [self.box(label)]
        if over:
            return stacked([*named, brace, inner], main=len(named) + 1)
        return stacked([inner, brace, *named], main=0)

    def _fenced(self, opening: str, body: Node, closing: str, level: Level) -> Box:
        inner = items_of(body)[0] if len(items_of(body)) == 1 else body
        if isinstance(inner, Table):
            box = self._table(inner, spread="{" in opening or "}" in closing)
        else:
            box = self.box(body, level)
        return self._enclosed(opening, box, closing)

    def _enclosed(self, opening: str, box: Box, closing: str) -> Box:
        left = delimiter(opening, box.rise, box.drop, self.ascii)
        right = delimiter(closing, box.rise, box.drop, self.ascii)
        return beside([left, box, right])

    def _table(self, table: Table, spread: bool) -> Box:
        rows = [[self.box(cell) for cell in row] for row in table.rows]
        columns = list(zip(*rows, strict=True))
        widths = [max(box.width for box in boxes) for boxes in columns]
        aligns = [self._alignment(table, index) for index in range(len(columns))]
        lines = [
            self._table_row(row, cells, widths, aligns, table) for row, cells in zip(rows, table.rows, strict=True)
        ]
        airy = any(box.height > 1 for box in lines) or (spread and len(lines) == 2)
        parts: list[str] = []
        for index, line in enumerate(lines):
            if index and airy:
                parts.append("")
            parts.extend(line.lines)
        if len(lines) == 1:
            return whole(lines[0])
        return column(parts, (len(parts) - 1) // 2)

    def _alignment(self, table: Table, index: int) -> str:
        cells = [self._flat.line(row[index]) for row in table.rows]
        numbers = all(_NUMBER.fullmatch(cell) for cell in cells if cell)
        return "right" if table.aligns[index] == "center" and numbers else table.aligns[index]

    def _table_row(
        self, row: list[Box], cells: Iterable[Node], widths: list[int], aligns: list[str], table: Table
    ) -> Box:
        boxes: list[Box] = []
        for index, (box, cell) in enumerate(zip(row, cells, strict=True)):
            if index:
                boxes.append(self._between(index, boxes, table))
            if table.aligned and index % 2 == 0 and edges(cell)[1] in (Kind.REL, Kind.BIN):
                box = beside([box, blank(1)])
            boxes.append(widened(box, widths[index], aligns[index]))
        return beside(boxes)

    def _between(self, index: int, boxes: list[Box], table: Table) -> Box:
        if table.aligned:
            return blank(0 if index % 2 else _PAIR_GAP)
        if index - 1 in table.lines_after:
            return text_box(" | " if self.ascii else " │ ")
        return blank(_COLUMN_GAP)
