"""The content check: what it finds in cards that can be read but give their answer away."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.conftest import CONTENT
from tutor.content.check import check_content

HEAD = "## A topic\n<!-- topic: sigmoid-model -->\n\n### a-card\n<!-- card: cloze -->\n\n"  # the front begins at line 7


def problems_of(own: Path, body: str) -> list[str]:
    """What is wrong with the learner's own card of this body."""
    path = own / "cheatsheets" / "cards" / "mine.md"
    path.parent.mkdir(parents=True)
    path.write_text(f"{HEAD}{body}\n", encoding="utf-8")
    return [str(problem) for problem in check_content(CONTENT, own, seeds=1)]


@pytest.mark.parametrize(
    ("body", "line", "hidden"),
    [
        ("The {{c1::mean}} of all.\n\nTake the mean.", 7, "mean"),
        ("Convex: every\nvalley of a {{c1::convex}} cost is the lowest.", 8, "convex"),
        ("```python\nm = X.shape[1]\nA = np.zeros((1, {{c1::X.shape[1]}}))\n```", 9, "X.shape[1]"),
        ("{{c1::Rows}} first, {{c2::columns}} last, and no {{c3::rows}} again.", 7, "Rows"),
        ("It is {{c1::$h^2$::not $h^2$ but what?}}.", 7, "$h^2$"),
    ],
    ids=["below", "before", "code", "another-number", "hint"],
)
def test_a_hidden_text_that_stands_elsewhere_on_the_front_is_named(
    tmp_path: Path, body: str, line: int, hidden: str
) -> None:
    first = problems_of(tmp_path, body)[0]
    where = f"own:cheatsheets/cards/mine.md:{line}: "
    assert first.startswith(f"{where}the front of 'a-card' gives away the hidden '{hidden}' elsewhere. ")
    assert "move that text below a line ---" in first


@pytest.mark.parametrize(
    "body",
    [
        "The {{c1::mean}} of all.\n\n---\n\nTake the mean.",
        "A {{c1::row}} and one more {{c1::row}}.",
        "$dZ = {{c1::m}} x$ for $m$ examples.",
    ],
    ids=["on-the-back", "both-hidden", "one-letter"],
)
def test_a_hidden_text_may_stand_on_the_back_or_be_hidden_twice_or_be_very_short(tmp_path: Path, body: str) -> None:
    assert problems_of(tmp_path, body) == []
