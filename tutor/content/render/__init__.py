"""Markdown with maths as styled lines of a given width: the one renderer of pages, cards and prompts.

>>> print(plain(render("The *mean* of $x_1, x_2$.", 40)))
The mean of x₁, x₂.
"""

from __future__ import annotations

from tutor.content.render.parse import CodeBlock, Formula, code_blocks, formulas
from tutor.content.render.spans import SGR, Line, Span, ansi, cells, line_width, plain

__all__ = [
    "SGR",
    "CodeBlock",
    "Formula",
    "Line",
    "Span",
    "ansi",
    "cells",
    "code_blocks",
    "formulas",
    "line_width",
    "plain",
    "render",
]

NARROWEST = 20


def render(
    markdown: str,
    width: int,
    *,
    flat: bool = False,
    ascii: bool = False,
) -> list[Line]:
    """The lines of `markdown` at `width` terminal cells (20 at least); never raises.

    `flat` puts every formula on one row; otherwise displayed formulas have two dimensions. `ascii` keeps
    maths, rules and bullets to characters that no terminal draws two cells wide. Code, displayed formulas
    and words wider than `width` are kept whole: such a line is wider.
    """
    from tutor.content.render.blocks import Page
    from tutor.content.render.formula import Look
    from tutor.content.render.parse import tree

    return Page(Look(flat, ascii)).blocks(tree(markdown), max(width, NARROWEST))
