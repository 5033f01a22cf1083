"""The four grades of a card, each with its key and when the card would come back."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

NAMES = {1: "again", 2: "hard", 3: "good", 4: "easy"}


class GradeBar(Horizontal):
    """Before the answer is shown, what to press; then the grades. A `>` marks the one that Enter gives."""

    DEFAULT_CSS = """
    GradeBar {
        height: 1;
        background: $panel;
        padding: 0 1;
        & > .hint { width: 1fr; color: $text-muted; }
        & > .grade { width: 1fr; display: none; }
        & > .grade:hover { text-style: underline; }
        & > .-suggested { color: $primary; text-style: bold; }
        &.-open > .hint { display: none; }
        &.-open > .grade { display: block; }
    }
    """

    class Chosen(Message):
        """A grade was clicked."""

        def __init__(self, rating: int) -> None:
            super().__init__()
            self.rating = rating

    def compose(self) -> ComposeResult:
        yield Static("", markup=False, classes="hint")
        for rating in NAMES:
            yield Grade(rating)

    def ask(self, hint: str) -> None:
        """Shows what to press instead of grades."""
        self.set_class(False, "-open")
        self.query_one(".hint", Static).update(hint)

    def offer(self, intervals: Mapping[int, str], suggested: int) -> None:
        """Shows the grades."""
        self.set_class(True, "-open")
        for grade in self.query(Grade):
            here = grade.rating == suggested
            grade.set_class(here, "-suggested")
            grade.update(f"{'>' if here else ' '} {grade.rating} {NAMES[grade.rating]} {intervals[grade.rating]}")

    @property
    def text(self) -> str:
        """What is shown, as plain text."""
        shown = ".grade" if self.has_class("-open") else ".hint"
        return " ".join(str(part.content) for part in self.query(shown).results(Static))


class Grade(Static):
    """One grade that can be clicked."""

    def __init__(self, rating: int) -> None:
        super().__init__("", markup=False, classes="grade")
        self.rating = rating

    def on_click(self) -> None:
        self.post_message(GradeBar.Chosen(self.rating))
