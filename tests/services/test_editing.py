"""Editing an item where it is written, or in a copy of the learner's own where it is shipped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tutor.content import places
from tutor.domain.errors import ContentError, UsageError
from tutor.domain.items import Card, Question
from tutor.services.editing import manuscript, reread
from tutor.services.quiz import Quiz
from tutor.services.review import Review
from tutor.services.tutor import Tutor

CARD, QUESTION = "card:sigmoid-range", "question:sigmoid-of-minus-z"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    shipped = Path(__file__).parent.parent / "ui" / "content"
    return Path(shutil.copytree(shipped, tmp_path / "content"))


@pytest.fixture
def tutor(content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tutor]:
    monkeypatch.setenv("DLCS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DLCS_CONTENT", str(content))
    monkeypatch.delenv("DLCS_DATABASE_URL", raising=False)
    with Tutor.open() as opened:
        yield opened


@pytest.fixture
def installed(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The content lies inside the program."""
    monkeypatch.setattr("tutor.services.editing._PACKAGE", content.resolve())


def card(tutor: Tutor, item: str = CARD) -> Card:
    found = tutor.library.entry(item)
    assert isinstance(found, Card)
    return found


def question(tutor: Tutor, item: str = QUESTION) -> Question:
    found = tutor.library.entry(item)
    assert isinstance(found, Question)
    return found


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_content_in_a_folder_of_its_own_is_edited_in_its_place(tutor: Tutor, content: Path) -> None:
    source = manuscript(tutor, card(tutor))
    assert source.path == content / "cheatsheets/cards/dlCS1/w2.md"
    assert source.path.read_text().splitlines()[source.line - 1] == "### sigmoid-range"
    replace(source.path, "Every number between 0 and 1", "All of (0, 1)")
    now = reread(tutor, source, card(tutor))
    assert now is not None
    assert now.back.startswith("All of (0, 1)")


@pytest.mark.usefixtures("installed")
def test_shipped_content_is_edited_in_a_copy_that_takes_its_place(tutor: Tutor, content: Path) -> None:
    shipped = content / "cheatsheets/cards/dlCS1/w2.md"
    before = shipped.read_bytes()
    source = manuscript(tutor, card(tutor))
    assert source.path.is_relative_to(places.own_content())
    assert source.path.read_text().splitlines()[source.line - 1] == "### sigmoid-range"
    replace(source.path, "Every number between 0 and 1", "All of (0, 1)")
    now = reread(tutor, source, card(tutor))
    assert now is not None
    assert now.back.startswith("All of (0, 1)")
    assert now.topic == "sigmoid-model"
    assert card(tutor, "card:sigmoid-slope").source.path == "cheatsheets/cards/dlCS1/w2.md", "nothing else is copied"
    assert shipped.read_bytes() == before
    assert manuscript(tutor, now).path == source.path
    source.path.unlink()
    tutor.library.sync()
    assert card(tutor).back.startswith("Every number"), "without the copy the shipped card is back"


@pytest.mark.usefixtures("installed")
def test_a_copy_that_was_not_changed_does_not_stay(tutor: Tutor) -> None:
    source = manuscript(tutor, question(tutor))
    assert reread(tutor, source, question(tutor)) == question(tutor)
    assert not source.path.exists()


@pytest.mark.usefixtures("installed")
def test_a_mistake_in_a_copy_is_told_and_found_again_to_be_mended(tutor: Tutor) -> None:
    before = card(tutor)
    source = manuscript(tutor, before)
    replace(source.path, "\n---\n", "\n")
    with pytest.raises(ContentError, match=r"own:cheatsheets/cards/sigmoid-range.md:4: .*no back"):
        reread(tutor, source, before)
    assert card(tutor) == before
    assert "\n---\n" not in manuscript(tutor, before).path.read_text()


@pytest.mark.usefixtures("installed")
def test_a_shipped_question_that_draws_its_values_is_no_content_of_ones_own(tutor: Tutor) -> None:
    with pytest.raises(UsageError, match=r"draws new values.*clone of the repository"):
        manuscript(tutor, question(tutor, "question:probability-of-a-score"))
    assert not places.own_content().exists()


def test_an_item_that_was_taken_out_is_gone_and_passed_over(tutor: Tutor) -> None:
    review, quiz = Review(tutor, ["sigmoid-model"]), Quiz(tutor, ["sigmoid-model"])
    first, posed = review.current, quiz.current
    assert first is not None
    assert posed is not None
    for item, old in ((first, f"### {first.note}\n"), (posed.question, f"### {posed.question.slug}\n")):
        source = manuscript(tutor, item)
        replace(source.path, old, old.replace("\n", "-anew\n"))
        assert reread(tutor, source, item) is None
    assert review.current is not None
    assert review.current.id != first.id
    quiz.answer(posed, None)
    quiz.undo()
    assert quiz.current is not None
    assert quiz.current.question.id != posed.question.id


@pytest.mark.parametrize(
    ("item", "old", "new"),
    [
        (QUESTION, "Multiply", "First multiply"),
        ("question:steps-of-an-iteration", "Compute", "Work out"),
        ("question:probability-of-a-score", "The score is", "Its score is"),
    ],
)
def test_what_was_answered_stays_under_the_new_words(tutor: Tutor, item: str, old: str, new: str) -> None:
    quiz = Quiz(tutor, [question(tutor, item).topic])
    while (posed := quiz.current) is not None and posed.question.id != item:
        quiz.answer(posed, None)
    assert posed is not None
    outcome = quiz.answer(posed, [3, 0, 1, 2] if old == "Compute" else [1] if posed.options else "0.5")
    source = manuscript(tutor, posed.question)
    replace(source.path, old, new)
    now = reread(tutor, source, posed.question)
    assert now is not None
    told = quiz.reworded(outcome, now)
    assert (told.id, told.given, told.judgement) == (outcome.id, outcome.given, outcome.judgement)
    assert told.posed != posed
    for words_now, words in (
        (told.posed.prompt, posed.prompt),
        (told.posed.explanation, posed.explanation),
        *((after.text, before.text) for after, before in zip(told.posed.options, posed.options, strict=True)),
    ):
        assert words_now.replace(new, old) == words
    assert quiz.outcomes[-1] is told


def test_with_another_number_of_options_the_outcome_stays_as_it_was(tutor: Tutor) -> None:
    quiz = Quiz(tutor, ["sigmoid-model"])
    while (posed := quiz.current) is not None and posed.question.id != QUESTION:
        quiz.answer(posed, None)
    assert posed is not None
    outcome = quiz.answer(posed, [0])
    source = manuscript(tutor, posed.question)
    replace(source.path, "- [x] $1 - \\sigma(z)$\n", "- [x] $1 - \\sigma(z)$\n- [ ] 7\n  No.\n")
    now = reread(tutor, source, posed.question)
    assert now is not None
    assert len(now.options) == 5
    assert quiz.reworded(outcome, now) is outcome
