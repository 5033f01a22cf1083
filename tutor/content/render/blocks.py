"""Blocks of a page - headings, lists, quotes, code, tables, maths - as lines of a given width."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutor.content.render import formula, tables
from tutor.content.render.code import highlighted
from tutor.content.render.formula import Drawing, Look
from tutor.content.render.inline import (
    Break,
    Display,
    Item,
    Word,
    fill,
    items_of,
    items_of_text,
    note_mark,
    with_gaps,
)
from tutor.content.render.parse import Node, language
from tutor.content.render.spans import Line, Span, cells, line_width, prefixed

if TYPE_CHECKING:
    from markdown_it.token import Token

_INDENT: Line = (Span("  "),)
_NARROWEST = 8  # cells that nesting must leave for text
_TEXT_KINDS = {"paragraph", "bullet_list", "ordered_list"}
_CELL_STYLES = {"th": "table-head", "td": ""}
_STROKES = ("═─┄─┄·", "=-~-~.")  # of headings, by level; the second for ASCII
_UNDERLINED = 3  # levels of headings
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


@dataclass(slots=True)
class Page:
    """Draws blocks in one look; keeps how many bullet lists are open, for the shape of the bullet."""

    look: Look
    bullets: int = 0

    def blocks(self, nodes: Sequence[Node], width: int, *, tight: bool = False) -> list[Line]:
        """The blocks one below the other, with an empty line between them where it helps the eye."""
        lines: list[Line] = []
        before: Node | None = None
        for node in nodes:
            drawn = self.block(node, width)
            if not drawn:
                continue
            if before is not None and not _close(before, node, tight):
                lines.append(())
            lines.extend(drawn)
            before = node
        return lines

    def block(self, node: Node, width: int) -> list[Line]:
        match node.kind:
            case "paragraph":
                return self.paragraph(_inline(node), width)
            case "heading":
                return self.heading(node, width)
            case "bullet_list" | "ordered_list":
                return self.listing(node, width)
            case "blockquote":
                bar: Line = (Span("| " if self.look.ascii else "│ ", "quote"),)
                return self.within(node, width, bar, bar)
            case "fence" | "code_block":
                return prefixed(highlighted(node.token.content, language(node.token)), _INDENT, _INDENT)
            case "math_block":
                return _set_apart(formula.displayed(node.token.content, self.look))
            case "table":
                return self.table(node, width)
            case "hr":
                return [self.rule(width, "rule")]
            case "html_block":
                return fill(items_of_text(_COMMENT.sub("", node.token.content), self.look), width)
            case "footnote_block":
                notes = [self.footnote(note, width) for note in node.children]
                return [self.rule(min(width, 20), "rule"), *(line for note in notes for line in note)]
            case _:
                return []

    def paragraph(self, tokens: Sequence[Token], width: int) -> list[Line]:
        """Text filled to the width; displayed formulas in it stand apart between empty lines."""
        parts: list[list[Line]] = []
        run: list[Item] = []
        for item in (*items_of(tokens, self.look, limit=width, displays=True), None):
            if isinstance(item, Word | Break):
                run.append(item)
                continue
            while run and isinstance(run[-1], Break):
                run.pop()
            if run:
                parts.append(fill(run, width))
            run = []
            if isinstance(item, Display):
                parts.append(_set_apart(item.drawing, item.after))
        lines: list[Line] = []
        for part in parts:
            lines.extend([(), *part] if lines else part)
        return lines

    def heading(self, node: Node, width: int) -> list[Line]:
        """The first three levels are underlined, the others begin with a short stroke; no two look the same."""
        level = int(node.token.tag[1:])
        style = f"heading{min(level, 4)}"
        stroke = _STROKES[self.look.ascii][level - 1]
        words = items_of(_inline(node), Look(flat=True, ascii=self.look.ascii), limit=width, base=style)
        if level > _UNDERLINED:
            sign = stroke * 2 + " "
            return prefixed(fill(words, width - len(sign)), (Span(sign, style),), (Span(" " * len(sign)),))
        lines = fill(words, width)
        if lines:
            length = max(1, *map(line_width, lines))
            lines.append((Span(stroke * min(length, width), style),))
        return lines

    def rule(self, width: int, style: str) -> Line:
        return (Span(("-" if self.look.ascii else "─") * width, style),)

    def within(self, node: Node, width: int, first: Line, rest: Line, *, tight: bool = False) -> list[Line]:
        """The children of `node` with `first` before their first line and `rest` before the others.

        Where that leaves too little room, `first` gets a line of its own and nothing is indented.
        """
        inner = width - line_width(first)
        if inner < _NARROWEST:
            return [first, *self.blocks(node.children, width, tight=tight)]
        return prefixed(self.blocks(node.children, inner, tight=tight), first, rest)

    def listing(self, node: Node, width: int) -> list[Line]:
        ordered = node.kind == "ordered_list"
        tight = _is_tight(node)
        start = int(node.token.attrs.get("start", 1))
        digits = len(str(start + len(node.children) - 1))
        bullet = ("*-+" if self.look.ascii else "•◦▪")[self.bullets % 3] + " "
        self.bullets += not ordered
        lines: list[Line] = []
        for number, item in enumerate(node.children, start):
            task = str(item.token.meta.get("task", ""))
            mark = f"{number:>{digits}}{node.token.markup} {task}" if ordered else task or bullet
            if lines and not tight:
                lines.append(())
            drawn = self.within(item, width, (Span(mark, "bullet"),), (Span(" " * cells(mark)),), tight=tight)
            lines.extend(drawn or [(Span(mark, "bullet"),)])
        self.bullets -= not ordered
        return lines

    def footnote(self, node: Node, width: int) -> list[Line]:
        mark = note_mark(node.token) + " "
        return self.within(node, width, (Span(mark, "note"),), (Span(" " * len(mark)),))

    def table(self, node: Node, width: int) -> list[Line]:
        rows = [row.children for part in node.children for row in part.children]
        limit = width // len(rows[0])
        words = [
            [items_of(_inline(cell), self.look, limit=limit, base=_CELL_STYLES[cell.kind]) for cell in row]
            for row in rows
        ]
        alignments = [str(cell.token.attrs.get("style", "")).removeprefix("text-align:") for cell in rows[0]]
        return tables.draw(tables.Table(words, alignments), width, self.look)


def _inline(node: Node) -> Sequence[Token]:
    return next((child.token.children or () for child in node.children if child.token.type == "inline"), ())


def _set_apart(drawing: Drawing, after: str = "") -> list[Line]:
    """A displayed formula, indented, with punctuation after its baseline."""
    rows = [(*_INDENT, *with_gaps(row, drawing.style)) for row in drawing.rows]
    if after:
        width = max(map(cells, drawing.rows))
        gap = Span(" " * (width - cells(drawing.rows[drawing.baseline])))
        rows[drawing.baseline] = (*rows[drawing.baseline], gap, Span(after))
    return prefixed(rows, (), ())


def _close(before: Node, node: Node, tight: bool) -> bool:
    """Whether two blocks follow each other without an empty line."""
    follows = node.kind in _TEXT_KINDS
    return follows and (before.kind == "heading" or (tight and before.kind in _TEXT_KINDS))


def _is_tight(node: Node) -> bool:
    return all(child.token.hidden for item in node.children for child in item.children if child.kind == "paragraph")
