"""No published slug disappears: a learner's memory hangs on it."""

from __future__ import annotations

from pathlib import Path

from tutor.content import places
from tutor.content.library import discover, load_file
from tutor.domain.items import Card, Exercise, Question

PUBLISHED = Path(__file__).parent / "published_slugs.txt"


def test_every_published_item_still_exists() -> None:
    entries = [entry for file in discover(places.content_root()) for entry in load_file(file)]
    assert set(PUBLISHED.read_text(encoding="utf-8").split()) <= {entry.id for entry in entries}


def test_the_week_is_as_full_as_promised() -> None:
    entries = [entry for file in discover(places.content_root()) for entry in load_file(file)]
    notes = {card.note for card in entries if isinstance(card, Card)}
    questions = [question for question in entries if isinstance(question, Question)]
    assert len(notes) >= 45
    assert len(questions) >= 24
    assert sum(question.generated for question in questions) * 3 >= len(questions)
    assert sum(isinstance(entry, Exercise) for entry in entries) >= 10
