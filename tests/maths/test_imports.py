"""Importing the package costs nothing that a command without formulas would have to pay for."""

from __future__ import annotations

import subprocess
import sys


def test_the_parser_is_imported_with_the_first_formula() -> None:
    program = (
        "import sys, tutor.maths as maths; early = 'latex2mathml' in sys.modules;"
        "maths.layout('x'); print(early, 'latex2mathml' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "True"]
