"""A generator that never comes to an end is told; it hangs neither the content check nor the app."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tutor.content import generators
from tutor.content.check import check_content
from tutor.content.generators import pose
from tutor.content.library import discover, load_file
from tutor.domain.errors import ContentError
from tutor.domain.items import Question

CONTENT = Path(__file__).parents[1] / "ui" / "content"
LOOPS = {
    "empty": "while True:\n        pass",
    "drawing": "while rng.integers(2) < 2:\n        value = rng.integers(2)",
    "catching": "while True:\n        try:\n            rng.nothing()\n        except Exception:\n            continue",
    "lazy": "[x for x in iter(int, 1) if x]",
}


@pytest.fixture
def write_generator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Makes a content folder whose one generator runs some lines first, and whose generator file ends in some."""
    monkeypatch.setattr(generators, "LIMIT", 0.2)

    def write(inside: str, outside: str = "") -> Path:
        root = tmp_path / "content"
        shutil.copytree(CONTENT, root)
        (file,) = root.glob("cheatsheets/quizzes/*/*.py")
        text = file.read_text("utf-8")
        head, signature, body = text.partition("-> dict[str, object]:\n")
        file.write_text(f"{head}{signature}    {inside}\n{body}\n{outside}\n", "utf-8")
        return root

    return write


def generated(root: Path) -> Question:
    entries = (entry for file in discover(root) if file.kind == "quizzes" for entry in load_file(file))
    (question,) = (entry for entry in entries if isinstance(entry, Question) and entry.generated)
    return question


def running() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "dlcs-generator"]


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_a_generator_without_an_end_is_told_and_stopped(write_generator: Callable[..., Path], loop: str) -> None:
    root = write_generator(loop)
    question = generated(root)
    with pytest.raises(ContentError, match=r"does not come to an end within 0\.2 s with seed 3") as caught:
        pose(question, 3, root)
    assert (caught.value.path, caught.value.line) == (question.source.path, question.source.line)
    for thread in running():
        thread.join(5)
    assert running() == []


def test_a_generator_file_without_an_end_is_told(write_generator: Callable[..., Path]) -> None:
    root = write_generator("pass", "while True:\n    pass")
    with pytest.raises(ContentError, match=r"w2\.py:1: loading this generator file does not come to an end"):
        pose(generated(root), 3, root)


def test_the_content_check_names_it_and_goes_on(write_generator: Callable[..., Path]) -> None:
    root = write_generator("while True:\n        pass")
    before = [str(problem) for problem in check_content(CONTENT)]
    found = [str(problem) for problem in check_content(root)]
    added = [problem for problem in found if problem not in before]
    assert len(added) == 1
    assert "does not come to an end within 0.2 s with seed 0" in added[0]
