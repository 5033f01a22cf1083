"""Formulas as boxes of text: laid out by `tutor.maths`, or as their source where they are not understood."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # an entity in the source may stand for one
_TALLEST_INLINE = 7  # rows; anything taller tears running text apart


@dataclass(frozen=True, slots=True)
class Look:
    """How to draw: `flat` puts formulas on one row, `ascii` avoids characters of ambiguous width."""

    flat: bool = False
    ascii: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """A formula's rows, which of them lines up with the words around it, and whether it was understood."""

    rows: tuple[str, ...]
    baseline: int = 0
    rendered: bool = True

    @property
    def style(self) -> str:
        return "maths" if self.rendered else "maths-error"


def _draw(latex: str, look: Look) -> Drawing:
    from tutor.maths import MathsError, layout, layout_or_source

    try:
        box, rendered = layout(latex, flat=look.flat, ascii=look.ascii), True
    except MathsError:
        box, rendered = layout_or_source(latex, flat=look.flat, ascii=look.ascii), False
    rows = tuple(_CONTROL.sub(" ", row).rstrip() for row in box.lines)
    return Drawing(rows or ("",), box.baseline, rendered)


def one_row(latex: str) -> tuple[str, bool]:
    """The formula (or its source) on one row, and whether it was understood."""
    drawing = _draw(latex, Look(flat=True))
    return drawing.rows[0].strip(), drawing.rendered


def displayed(latex: str, look: Look) -> Drawing:
    """The formula as a block of its own: in two dimensions unless the look is flat."""
    return _draw(latex, look)


def inline(latex: str, look: Look) -> Drawing:
    """The formula within running text.

    One row, unless the layout had to add parentheses around parentheses to get it onto one: nested
    fractions and limits read better standing, on the baseline of the words.
    """
    flat = _draw(latex, replace(look, flat=True))
    if look.flat or not flat.rendered or not _tangled(flat.rows[0], latex):
        return flat
    standing = _draw(latex, look)
    return standing if 1 < len(standing.rows) <= _TALLEST_INLINE else flat


def _tangled(row: str, latex: str) -> bool:
    if row.count("(") <= latex.count("("):
        return False
    depth = deepest = 0
    for character in row:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return deepest > 1
