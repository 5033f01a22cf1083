"""The quiet line above the keys: what was just saved or went wrong, and which item this is."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static


class FootLine(Horizontal):
    """A message at the left, which stays until the next one, and the item's slug at the right."""

    DEFAULT_CSS = """
    FootLine {
        height: auto;
        max-height: 3;
        padding: 0 1;
        & > .message { width: 1fr; height: auto; color: $success; }
        & > .message.-wrong { color: $error; text-style: bold; }
        & > .slug { width: auto; color: $text-muted; padding: 0 0 0 2; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Static("", markup=False, classes="message")
        yield Static("", markup=False, classes="slug")

    def say(self, text: str) -> None:
        """Shows a message; an empty text clears it."""
        self._show(text, wrong=False)

    def complain(self, text: str) -> None:
        """Shows what is wrong, with a `!` before it."""
        self._show(f"! {text}", wrong=True)

    def name_item(self, slug: str) -> None:
        """Sets the slug at the right."""
        self.query_one(".slug", Static).update(slug)

    @property
    def text(self) -> str:
        """The message."""
        return str(self.query_one(".message", Static).content)

    @property
    def slug(self) -> str:
        return str(self.query_one(".slug", Static).content)

    def _show(self, text: str, *, wrong: bool) -> None:
        message = self.query_one(".message", Static)
        message.set_class(wrong, "-wrong")
        message.update(text)
