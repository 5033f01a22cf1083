"""`dlcs new`: a card, question or exercise to start from, that parses as it stands."""

from __future__ import annotations

from pathlib import Path

from tutor.content.source import check_slug
from tutor.domain.errors import ContentError, StoreError, UsageError
from tutor.domain.topics import Topic
from tutor.services.tutor import Tutor

_CARD = """
### {slug}
<!-- card: basic -->

What is asked?

---

What is answered.
"""

_QUESTION = """
### {slug}
<!-- question: single, difficulty 1 -->

What is asked?

- [x] The right answer
- [ ] A wrong answer
  Why it is wrong.

---

Why the right answer is right.
"""

_EXERCISE = {
    "exercise.toml": """\
title = "{slug}"
topic = "{topic}"
kind = "function"
entries = ["{entry}"]
signature = "{entry}(x) -> y"
reference = "reference.py"
minutes = 10
version = 1
""",
    "prompt.md": """\
Say the idea first, then the equation, then the exact contract.

`{entry}(x)` takes an array of any shape and returns twice its values.

Example: `{entry}(np.array([1.0, 2.0]))` gives `[2.0, 4.0]`.
""",
    "hints.md": """\
## Hint 1

A nudge.

## Hint 2

What to write, in words.

## Hint 3

Nearly the line itself.
""",
    "stub.py": '''\
import numpy as np


def {entry}(x):
    """Twice x. x: array of any shape; returns the same shape."""
    raise NotImplementedError("write {entry}")
''',
    "reference.py": '''\
"""The solution that learners are compared with."""


def {entry}(x):
    """Twice x."""
    return 2 * x
''',
    "cases.py": """\
from tutor.grading import Case


def cases(rng):
    for size in (3, 5, 7):
        yield Case(f"random, {{size}} values", args=(rng.standard_normal(size),))
    yield Case("a matrix", args=(rng.standard_normal((2, 11)),))
""",
    "bugs.py": """\
from tutor.grading import Bug

BUGS = [
    Bug("squared", old="2 * x", new="x * x", why="The values are squared, not doubled.", section="{topic}"),
]
""",
}


def new_item(tutor: Tutor, kind: str, slug: str, topic_slug: str, into: Path | None = None) -> Path:
    """Writes a scaffold of a `card`, `question` or `exercise` and returns the file to edit.

    `into` is a content folder; by default the learner's own. Raises UsageError for a bad slug or one in use.
    """
    topic = tutor.curriculum.topic(topic_slug)
    root = into if into is not None else tutor.home / "content"
    try:
        check_slug(slug.replace("_", "-"), slug, 1)
    except ContentError as error:
        raise UsageError(error.problem) from None
    name = slug.replace("-", "_") if kind == "exercise" else slug.replace("_", "-")
    if tutor.store.item(f"{kind}:{name}") is not None:
        raise UsageError(f"The {kind} '{name}' exists already; choose another slug.")
    try:
        if kind == "exercise":
            return _exercise(root, name, topic)
        return _item(
            root,
            "cards" if kind == "card" else "quizzes",
            _CARD if kind == "card" else _QUESTION,
            name,
            topic,
        )
    except OSError as error:
        raise StoreError(f"{root} cannot be written ({error.strerror}); name another folder with --into.") from None


def _sheet_of(topic: Topic) -> str:
    return "beyond" if topic.course == 6 else f"dlCS{topic.course}"


def _item(root: Path, folder: str, template: str, slug: str, topic: Topic) -> Path:
    path = root / "cheatsheets" / folder / _sheet_of(topic) / f"w{topic.week}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    heading = f"<!-- topic: {topic.slug} -->"
    text = path.read_text(encoding="utf-8") if path.exists() else f"# {_sheet_of(topic)}, week {topic.week}\n"
    last = text.rfind("<!-- topic:")
    if last < 0 or not text[last:].startswith(heading):
        # A topic may have several headings in a file: the new item always goes to the end.
        text = f"{text.rstrip()}\n\n## {topic.title}\n{heading}\n"
    path.write_text(f"{text.rstrip()}\n{template.format(slug=slug)}", encoding="utf-8")
    return path


def _exercise(root: Path, name: str, topic: Topic) -> Path:
    folder = root / "exercises" / ("beyond" if topic.course == 6 else f"c{topic.course}") / name
    if folder.exists():
        raise UsageError(f"The folder {folder} exists already; choose another slug.")
    folder.mkdir(parents=True)
    for file, template in _EXERCISE.items():
        (folder / file).write_text(template.format(slug=name, topic=topic.slug, entry=name), encoding="utf-8")
    return folder / "exercise.toml"
