"""The content index: rebuilt for what changed, shadowed by the learner's own content."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tutor.domain.errors import UsageError
from tutor.services import library as library_module
from tutor.services.library import Library
from tutor.services.scaffold import new_item
from tutor.services.tutor import Tutor

CARD = "# C\n\n## S\n<!-- topic: sigmoid-model -->\n\n### {slug}\n<!-- card: basic -->\n\n{front}\n\n---\n\nBack.\n"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A small content folder of its own."""
    root = tmp_path / "content"
    (root / "cheatsheets" / "cards" / "dlCS1").mkdir(parents=True)
    for name, slug in (("w1.md", "one"), ("w2.md", "two")):
        (root / "cheatsheets" / "cards" / "dlCS1" / name).write_text(CARD.format(slug=slug, front=f"{slug}?"))
    return root


@pytest.fixture
def library(tutor: Tutor, content: Path) -> Library:
    found = Library(tutor.store, content, tutor.home / "content")
    found.sync()
    return found


def fronts(library: Library) -> dict[str, str]:
    return {card.id: card.front for card in library.cards()}


def rewrite(path: Path, text: str) -> None:
    path.write_text(text)
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1_000_000))


def test_only_the_file_that_changed_is_read_again(
    library: Library, content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert library.sync() == 0
    read: list[str] = []
    load = library_module.load_file
    monkeypatch.setattr(library_module, "load_file", lambda file: read.append(file.path) or load(file))
    rewrite(content / "cheatsheets/cards/dlCS1/w1.md", CARD.format(slug="one", front="new?"))
    assert library.sync() == 1
    assert read == ["cheatsheets/cards/dlCS1/w1.md"]
    assert fronts(library) == {"card:one": "new?", "card:two": "two?"}


def test_a_removed_file_takes_its_items_along(library: Library, content: Path) -> None:
    (content / "cheatsheets/cards/dlCS1/w1.md").unlink()
    library.sync()
    assert fronts(library) == {"card:two": "two?"}


def test_an_item_may_move_to_another_file(library: Library, content: Path) -> None:
    one = content / "cheatsheets/cards/dlCS1/w1.md"
    rewrite(content / "cheatsheets/cards/dlCS1/w2.md", one.read_text())
    one.unlink()
    library.sync()
    assert fronts(library) == {"card:one": "one?"}


def test_a_malformed_file_keeps_what_was_known_of_it_and_is_named(library: Library, content: Path) -> None:
    rewrite(content / "cheatsheets/cards/dlCS1/w1.md", "### lost\n")
    library.sync()
    assert fronts(library)["card:one"] == "one?"
    (problem,) = library.problems
    assert str(problem).startswith("cheatsheets/cards/dlCS1/w1.md:1: ")


def test_a_slug_used_twice_names_both_places(library: Library, content: Path) -> None:
    rewrite(content / "cheatsheets/cards/dlCS1/w2.md", CARD.format(slug="one", front="again?"))
    library.sync()
    assert "already used at cheatsheets/cards/dlCS1/w1.md" in str(library.problems[0])


def test_the_learners_own_card_shadows_the_shipped_one_until_it_is_removed(library: Library) -> None:
    own = library.own / "cheatsheets" / "cards" / "dlCS1" / "w1.md"
    own.parent.mkdir(parents=True)
    own.write_text(CARD.format(slug="one", front="mine?"))
    library.sync()
    assert fronts(library) == {"card:one": "mine?", "card:two": "two?"}
    shutil.rmtree(library.own)
    library.sync()
    assert fronts(library) == {"card:one": "one?", "card:two": "two?"}


def test_own_questions_never_run_a_generator(library: Library) -> None:
    folder = library.own / "cheatsheets" / "quizzes"
    folder.mkdir(parents=True)
    (folder / "q.py").write_text("raise SystemExit('it ran')\n")
    (folder / "q.md").write_text(
        "## S\n<!-- topic: sigmoid-model -->\n\n### q\n<!-- question: numeric, generated -->\n\n"
        "Q?\n\n---\n\n- answer: {{n}}\n\nSo.\n"
    )
    library.sync()
    assert "there is no generator file" in str(library.problems[0])


@pytest.mark.parametrize("kind", ["card", "question", "exercise"])
def test_what_is_scaffolded_is_content_at_once(tutor: Tutor, kind: str) -> None:
    slug = "my_own" if kind == "exercise" else "my-own"
    path = new_item(tutor, kind, slug, "sigmoid-model")
    assert path.is_relative_to(tutor.home / "content")
    tutor.library.sync()
    assert tutor.library.problems == []
    assert tutor.library.entry(f"{kind}:{slug}").topic == "sigmoid-model"
    with pytest.raises(UsageError, match="exists already"):
        new_item(tutor, kind, slug, "sigmoid-model")


def test_a_scaffold_needs_a_slug_and_a_topic_that_exists(tutor: Tutor) -> None:
    with pytest.raises(UsageError, match="lower-case words"):
        new_item(tutor, "card", "My Card", "sigmoid-model")
    with pytest.raises(UsageError, match="Did you mean 'sigmoid-model'"):
        new_item(tutor, "card", "mine", "sigmoid-modell")
