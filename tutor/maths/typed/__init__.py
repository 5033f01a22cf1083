"""Typed formulas: read without evaluating anything, then compared with the answer at random points.

Only the standard library is used: a formula becomes a tree of numbers, the question's own names, the five
operations and a fixed list of functions, so nothing that is typed can ever run.
"""

from __future__ import annotations

from tutor.maths.typed.comparison import Comparison, check_key, compare
from tutor.maths.typed.notation import FormulaError

__all__ = ["Comparison", "FormulaError", "check_key", "compare"]
