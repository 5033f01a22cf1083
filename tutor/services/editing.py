"""Where a card or a question is written, to be edited there; what is shipped is edited in a copy of the learner's own.

A copy lies in the learner's content folder, one file an item, and takes the shipped item's place. Deleting the
file brings the shipped one back.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tutor.content.library import read_text
from tutor.content.source import heading, lines_of, markdown
from tutor.domain.errors import StoreError, UsageError
from tutor.domain.items import Card, Question
from tutor.services.tutor import Tutor

Item = TypeVar("Item", Card, Question)

_PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Manuscript:
    """The file and the line (from 1) at which an item is edited. `name` is what content errors call the file."""

    path: Path
    line: int
    name: str
    copied: str = ""  #: the text as it was copied; empty where the source itself is edited


def manuscript(tutor: Tutor, item: Card | Question) -> Manuscript:
    """Where to edit an item; makes the copy if it lies in the installed program, which an update replaces.

    Raises UsageError for a shipped question whose values a program draws, StoreError when no copy can be written.
    """
    source = item.source
    if source.path.startswith("own:"):
        return Manuscript(tutor.library.own / source.path.removeprefix("own:"), source.line, source.path)
    path = tutor.root / source.path
    if not path.resolve().is_relative_to(_PACKAGE):
        return Manuscript(path, source.line, source.path)
    slug = item.note if isinstance(item, Card) else item.slug
    if isinstance(item, Question) and item.generated:
        raise UsageError(
            f"'{slug}' is a program that draws new values, which your own content cannot hold; "
            "change it in a clone of the repository."
        )
    name = f"cheatsheets/{'cards' if isinstance(item, Card) else 'quizzes'}/{slug}.md"
    copy = tutor.library.own / name
    title = tutor.curriculum.topic(item.topic).title
    text = f"## {title}\n<!-- topic: {item.topic} -->\n\n{_written(path, source.path, source.line)}\n"
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        # A copy that is there already is malformed, or it would be in the shipped one's place: it is to be mended.
        if not copy.exists():
            copy.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{copy} cannot be written ({error.strerror}); make the folder writable.") from None
    return Manuscript(copy, 4, f"own:{name}", text)


def reread(tutor: Tutor, edited: Manuscript, item: Item) -> Item | None:
    """The item as it is written now, or None when it is no longer there; a copy that was not changed is removed.

    Raises ContentError for a mistake in the file; what was indexed of it before stays.
    """
    if edited.copied and edited.path.is_file() and edited.path.read_bytes() == edited.copied.encode():
        edited.path.unlink()
    tutor.library.sync()
    for problem in tutor.library.problems:
        if problem.path == edited.name:
            raise problem
    try:
        found = tutor.library.entry(item.id)
    except UsageError:
        return None
    assert isinstance(found, type(item))
    return found


def _written(path: Path, name: str, line: int) -> str:
    """The item that begins at `line`, as it is written."""
    lines = lines_of(read_text(path, name), name)[line - 1 :]
    starts = [index for index, each in enumerate(lines) if (found := heading(each)) and found[0] <= 3]
    return markdown(lines[: starts[1] if len(starts) > 1 else len(lines)])
