"""`dlcs check`: every problem in the content, exercises included."""

from __future__ import annotations

from pathlib import Path

from tutor.content.check import check_content
from tutor.content.library import discover
from tutor.content.render import formulas
from tutor.domain.errors import ContentError


def check(root: Path, own: Path | None = None) -> list[str]:
    """Every problem as one sentence with file and line, in order; empty when all is well."""
    problems = [*check_content(root, own), *_exercises(root)]
    unique = {(problem.path, problem.line, str(problem)) for problem in problems}
    return [sentence for _, _, sentence in sorted(unique)]


def _exercises(root: Path) -> list[ContentError]:
    from tutor.grading import load_exercise

    problems: list[ContentError] = []
    for file in discover(root):
        if file.kind != "exercise":
            continue
        try:
            package = load_exercise(file.absolute.parent)
            package.check()
        except ContentError as error:
            problems.append(error)
            continue
        for name, text in (("prompt.md", package.prompt), ("hints.md", "\n\n".join(package.hints))):
            problems += [
                ContentError(
                    file.absolute.parent / name,
                    formula.line,
                    f"this formula cannot be shown: {formula.latex}.",
                )
                for formula in formulas(text)
                if not formula.rendered
            ]
    return problems
