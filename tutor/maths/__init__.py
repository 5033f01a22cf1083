r"""LaTeX in the terminal: a formula becomes a `Box` of cells, on one row (flat) or in two dimensions.

>>> print(layout(r"J = \frac{1}{m}\sum_i x_i", flat=True).lines[0])
J = (1/m) ∑ᵢ xᵢ
"""

from __future__ import annotations

from functools import lru_cache

from tutor.domain.errors import DlcsError
from tutor.maths.boxes import Box, text_box

__all__ = ["Box", "MathsError", "layout", "layout_or_source", "rendered"]


class MathsError(DlcsError):
    """A formula cannot be laid out; `latex` is its source, `problem` says why."""

    def __init__(self, latex: str, problem: str) -> None:
        self.latex, self.problem = latex, problem
        source = _one_line(latex)
        shortened = source if len(source) <= 80 else source[:77] + "..."
        super().__init__(f"The formula ${shortened}$ cannot be laid out: {problem}.")


def layout(latex: str, *, flat: bool = False, ascii: bool = False) -> Box:
    """Lay out a formula (without its dollar signs).

    `flat` puts it on one row, for running text; otherwise it takes the rows that it has in print.
    `ascii` uses ASCII characters only. Raises MathsError, which names the formula, when it cannot be shown.
    """
    box = _layout(latex, flat, ascii)
    if isinstance(box, str):
        raise MathsError(latex, box)
    return box


def rendered(latex: str) -> bool:
    """Whether a formula can be laid out."""
    return isinstance(_layout(latex, False, False), Box)


def layout_or_source(latex: str, *, flat: bool = False, ascii: bool = False) -> Box:
    """Lay out a formula, or show its source between dollar signs when that is not possible; never raises."""
    box = _layout(latex, flat, ascii)
    if isinstance(box, Box):
        return box
    source = f"${_one_line(latex)}$"
    return text_box(source.encode("ascii", "backslashreplace").decode("ascii") if ascii else source)


def _one_line(latex: str) -> str:
    """The source without line breaks, and without characters that a terminal would act on."""
    return " ".join("".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in latex).split())


@lru_cache(maxsize=4096)
def _layout(latex: str, flat: bool, ascii: bool) -> Box | str:
    """The box, or the reason why there is none."""
    # Deferred: the parser takes 0.1 s to import, and most commands show no formula.
    from tutor.maths.render import render

    return render(latex, flat, ascii)
