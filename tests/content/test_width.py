"""What is shipped fits a terminal of 80 columns: nothing has to be scrolled sideways to be read."""

from __future__ import annotations

from collections.abc import Iterator

from tutor.content.library import ContentFile, discover, load_file, read_text
from tutor.content.places import content_root
from tutor.content.render import line_width, plain, render
from tutor.domain.items import Card, Question, Section

ROOM = 77  # cells: 80 without a margin on both sides and the scrollbar


def texts(file: ContentFile) -> Iterator[str]:
    """The Markdown of a content file as it is shown; the numbers of a generated question are not drawn."""
    if file.kind == "exercise":
        yield from (read_text(file.absolute.with_name(name), file.path) for name in ("prompt.md", "hints.md"))
        return
    for entry in load_file(file):
        if isinstance(entry, Section):
            yield entry.body
        elif isinstance(entry, Card):
            yield from (entry.front, entry.back)
        elif isinstance(entry, Question):
            yield from (entry.prompt, entry.explanation)


def test_no_line_of_the_shipped_content_is_wider_than_the_room_at_80_columns() -> None:
    wide = [
        f"{file.path}: {plain([line])}"
        for file in discover(content_root())
        for text in texts(file)
        for line in render(text, ROOM)
        if line_width(line) > ROOM
    ]
    assert wide == []
