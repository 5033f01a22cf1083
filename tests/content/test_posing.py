"""A question is posed the same way again under the same seed, whatever its form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.content.generators import pose, right_order
from tutor.content.places import content_root
from tutor.content.questions import parse_questions
from tutor.domain.items import Question, QuestionForm

GENERATOR = """
def steps_in_order(rng):
    first = int(rng.integers(100))
    return {"a": first, "b": first + 1, "c": first + 2}
"""
TEXT = """
## Topic

<!-- topic: topic -->

### steps-in-order

<!-- question: ordering, generated -->

From small to large.

1. {{a}}
2. {{b}}
3. {{c}}

---

They grow.
"""


@pytest.fixture
def ordering(tmp_path: Path) -> Question:
    (tmp_path / "w.py").write_text(GENERATOR, "utf-8")
    (question,) = parse_questions(TEXT, "w.md", "w.py")
    return question


def test_a_generated_ordering_repeats_and_knows_its_right_order(ordering: Question, tmp_path: Path) -> None:
    for seed in range(30):
        posed = pose(ordering, seed, tmp_path)
        shown = [int(option.text) for option in posed.options]
        assert [shown[place] for place in right_order(posed)] == sorted(shown)
        assert shown != sorted(shown)
        assert posed.seed == seed
        assert pose(ordering, posed.seed, tmp_path) == posed


def test_every_shipped_form_repeats_under_the_seed_that_is_logged() -> None:
    root = content_root()
    path = "cheatsheets/quizzes/dlCS1/w2.md"
    questions = parse_questions((root / path).read_text("utf-8"), path, path.replace(".md", ".py"))
    assert {question.form for question in questions} == set(QuestionForm)
    for question in questions:
        posed = pose(question, 12345, root)
        assert pose(question, posed.seed, root) == posed
