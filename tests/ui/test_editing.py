"""`e`: the source of a card or a question in the learner's own editor, and back to it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot

from tests.ui.conftest import CONTENT, OpenApp
from tutor.domain.events import EventType
from tutor.services.tutor import Tutor
from tutor.ui.editor import command_at
from tutor.ui.screens.quiz import QuizScreen
from tutor.ui.screens.review import ReviewScreen

SIZE = (80, 24)
EDITOR = """\
import pathlib, sys
line, path = sys.argv[-2:]
text = pathlib.Path(path).read_text()
pathlib.Path(__file__).with_name("opened").write_text(f"{line} {path}")
pathlib.Path(path).write_text(text.replace(sys.argv[1], sys.argv[2]))
"""


@pytest.fixture
def tutor(surroundings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tutor]:
    monkeypatch.setenv("DLCS_CONTENT", str(shutil.copytree(CONTENT, tmp_path / "content")))
    (tmp_path / "editor.py").write_text(EDITOR)

    @contextmanager
    def suspended(_: object) -> Iterator[None]:
        yield

    monkeypatch.setattr(App, "suspend", suspended)
    with Tutor.open() as opened:
        yield opened


def set_editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    """An editor that replaces one text by another."""
    monkeypatch.setenv("EDITOR", f"{sys.executable} '{tmp_path / 'editor.py'}' '{old}' '{new}'")


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


def review_of(pilot: Pilot[None]) -> ReviewScreen:
    assert isinstance(pilot.app.screen, ReviewScreen)
    return pilot.app.screen


def quiz_of(pilot: Pilot[None]) -> QuizScreen:
    assert isinstance(pilot.app.screen, QuizScreen)
    return pilot.app.screen


async def test_a_card_is_edited_at_its_line_and_shown_as_it_is_then(
    open_app: OpenApp, tutor: Tutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app("review", "sigmoid-model").run_test(size=SIZE) as pilot:
        await pilot.pause()
        set_editor(tmp_path, monkeypatch, "Which values can", "What can")
        await press(pilot, "e")
        screen = review_of(pilot)
        source = tmp_path / "content" / "cheatsheets" / "cards" / "dlCS1" / "w2.md"
        line = source.read_text().splitlines().index("### sigmoid-range") + 1
        assert (tmp_path / "opened").read_text() == f"+{line} {source}"
        assert "What can" in screen.prose.text
        assert (screen.revealed, screen.foot.text) == (False, "read anew")
        set_editor(tmp_path, monkeypatch, "the ends left out", "not the ends")
        await press(pilot, "space", "e")
        assert "not the ends" in screen.prose.text
        assert screen.revealed
        assert tutor.store.events() == []
        await press(pilot, "3")
        (event,) = tutor.store.events()
        assert event.payload["shown"] == tutor.library.entry("card:sigmoid-range").hash


async def test_a_typed_answer_is_compared_with_what_the_card_says_then(
    open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app("review", "sigmoid-model").run_test(size=SIZE) as pilot:
        await pilot.pause()
        await press(pilot, "b", *"2*a", "escape")
        screen = review_of(pilot)
        set_editor(tmp_path, monkeypatch, "Write the slope", "Give the slope")
        await press(pilot, "e")
        assert "Give the slope" in screen.prose.text
        assert screen.field.value == "2*a"
        await press(pilot, "enter")
        assert "Not right." in screen.prose.text
        set_editor(tmp_path, monkeypatch, "answer: a*(1-a)", "answer: a+a")
        await press(pilot, "e")
        assert "Right." in screen.prose.text
        assert screen.suggested == 3


async def test_a_mistake_in_what_was_written_is_told_and_the_card_stays(
    open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app("review", "sigmoid-model").run_test(size=SIZE) as pilot:
        await pilot.pause()
        screen, card = review_of(pilot), review_of(pilot).card
        set_editor(tmp_path, monkeypatch, "<!-- card: basic -->", "<!-- card: basik -->")
        await press(pilot, "e")
        assert "w2.md:7: 'sigmoid-range' has the unknown form 'basik'." in screen.foot.text
        assert screen.card == card
        await press(pilot, "space")
        assert "0 < " in screen.prose.text


async def test_a_card_that_was_taken_out_gives_way_to_the_next(
    open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app("review", "sigmoid-model").run_test(size=SIZE) as pilot:
        await pilot.pause()
        set_editor(tmp_path, monkeypatch, "### sigmoid-range", "### sigmoid-values")
        await press(pilot, "e")
        assert review_of(pilot).foot.text == "sigmoid-range is no longer there"
        assert review_of(pilot).foot.slug == "sigmoid-slope"


async def test_an_answered_question_is_edited_and_its_answer_stays(
    open_app: OpenApp, tutor: Tutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app("quiz", "sigmoid-model").run_test(size=SIZE) as pilot:
        await pilot.pause()
        screen = quiz_of(pilot)
        set_editor(tmp_path, monkeypatch, "Multiply", "Here is how: multiply")
        await press(pilot, "e")
        assert not (tmp_path / "opened").exists(), "before the answer the source is not shown"
        await press(pilot, "b", "enter")
        logged = tutor.store.events(types=[EventType.ANSWER])
        await press(pilot, "e")
        assert "Here is how: multiply" in screen.prose.text
        assert "(x) b" in screen.prose.text
        assert screen.foot.text == "read anew"
        assert tutor.store.events(types=[EventType.ANSWER]) == logged
        await press(pilot, "enter")
        assert screen.outcome is None


async def test_what_is_shipped_stays_and_the_learner_is_told_of_the_copy(
    open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutor.services.editing._PACKAGE", (tmp_path / "content").resolve())
    async with open_app("review", "sigmoid-model").run_test(size=SIZE) as pilot:
        await pilot.pause()
        screen = review_of(pilot)
        set_editor(tmp_path, monkeypatch, "Which values can", "Which values can")
        await press(pilot, "e")
        assert screen.foot.text == "Nothing was changed."
        set_editor(tmp_path, monkeypatch, "Which values can", "What can")
        await press(pilot, "e")
        assert "What can" in screen.prose.text
        assert "your own version: content/cheatsheets/cards/sigmoid-range.md in your data folder" in screen.foot.text
        assert "Which values can" in (tmp_path / "content/cheatsheets/cards/dlCS1/w2.md").read_text()


async def test_without_an_editor_it_says_what_to_set(open_app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_app("review", "sigmoid-model").run_test(size=SIZE) as pilot:
        await pilot.pause()
        await press(pilot, "e")
        assert "No editor is set: set EDITOR" in review_of(pilot).foot.text
        monkeypatch.setenv("EDITOR", "/no/such/editor")
        await press(pilot, "e")
        assert "'/no/such/editor' could not be started" in review_of(pilot).foot.text


@pytest.mark.parametrize(
    ("editor", "words"),
    [
        ("vi", ["vi", "+7", "/a b.md"]),
        ("emacs -nw", ["emacs", "-nw", "+7", "/a b.md"]),
        ("/opt/bin/code", ["/opt/bin/code", "--wait", "--goto", "/a b.md:7"]),
        ("hx", ["hx", "/a b.md:7"]),
    ],
)
def test_each_editor_is_told_the_line_in_its_own_way(editor: str, words: list[str]) -> None:
    assert command_at(editor, Path("/a b.md"), 7) == words
