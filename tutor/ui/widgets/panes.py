"""The row above an exercise: its panes, which of them is on, and where the learner's file is."""

from __future__ import annotations

from collections.abc import Mapping

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

#: From this width on panes stand side by side.
WIDE = 110
#: The classes of a screen that has panes, by its width.
BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]


class PaneTab(Static):
    """The name of a pane; a click shows it."""

    def __init__(self, pane: str, label: str) -> None:
        super().__init__(f" {label} ", markup=False, id=f"tab-{pane}")
        self.pane, self.label = pane, label

    def mark(self, on: bool) -> None:
        self.set_class(on, "-on")
        self.update(f"[{self.label}]" if on else f" {self.label} ")

    def on_click(self) -> None:
        self.post_message(PaneBar.Chosen(self.pane))


class PathLine(Static):
    """A path at the right edge, cut at its beginning where there is too little room."""

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self.path = ""

    def tell(self, path: str) -> None:
        self.path = path
        self._fit()

    def on_resize(self, event: events.Resize) -> None:
        self._fit()

    def _fit(self) -> None:
        room = self.size.width
        self.update(self.path if len(self.path) <= room else f"...{self.path[3 - room :]}" if room > 3 else "")


class PaneBar(Horizontal):
    """The panes by name and label, such as `{"code": "2 Code"}`; the one that is on stands in brackets."""

    DEFAULT_CSS = """
    PaneBar {
        height: 1; padding: 0 1; background: $surface;
        & > PaneTab { width: auto; margin-right: 1; color: $text-muted; }
        & > PaneTab.-on { color: $primary; text-style: bold; }
        & > PathLine { width: 1fr; text-align: right; color: $text-muted; }
    }
    """

    class Chosen(Message):
        """A pane's name was clicked."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, labels: Mapping[str, str]) -> None:
        super().__init__()
        self._labels = labels

    def compose(self) -> ComposeResult:
        for pane, label in self._labels.items():
            yield PaneTab(pane, label)
        yield PathLine()

    def mark(self, pane: str) -> None:
        for tab in self.query(PaneTab):
            tab.mark(tab.pane == pane)

    def tell(self, path: str) -> None:
        self.query_one(PathLine).tell(path)
