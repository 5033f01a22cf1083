"""Every formula in golden.txt looks as it was last looked at.

golden.txt is for reading: the source, the formula on one row, then in two dimensions with `>` at the baseline.
After a change of the layouts, run this file to write it anew and read what has changed:

    python tests/maths/test_golden.py
"""

from __future__ import annotations

from pathlib import Path

from tutor.maths import layout_or_source

HERE = Path(__file__).parent
GOLDEN = HERE / "golden.txt"


def shown(latex: str) -> str:
    flat = layout_or_source(latex, flat=True).lines[0]
    box = layout_or_source(latex)
    rows = [f"    {'>' if index == box.baseline else ' '} {line}".rstrip() for index, line in enumerate(box.lines)]
    return "\n".join([f"$ {latex}", "", f"      {flat}", "", *rows, "", ""])


def rendering() -> str:
    parts = []
    for line in (HERE / "formulas.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            parts.append(f"{line}\n{'=' * len(line)}\n\n")
        elif line:
            parts.append(shown(line))
    return "\n".join(parts)


def test_formulas_look_as_they_did() -> None:
    assert rendering() == GOLDEN.read_text(encoding="utf-8"), "run this file, then read what changed"


if __name__ == "__main__":
    GOLDEN.write_text(rendering(), encoding="utf-8")
