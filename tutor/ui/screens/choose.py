"""A small window to choose one of several things."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tutor.ui.widgets.listing import Listing, Row


class ChooseScreen(ModalScreen[str]):
    """Dismissed with the name of the chosen row, or with an empty text when it was left."""

    DEFAULT_CSS = """
    ChooseScreen { align: center middle; }
    ChooseScreen > Vertical {
        width: 64; max-width: 90%; height: auto; max-height: 80%;
        background: $surface; border: round $primary; padding: 1 2;
    }
    ChooseScreen .head { text-style: bold; color: $primary; margin-bottom: 1; }
    ChooseScreen Listing { background: $surface; padding: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss('')", "Close", id="choose.close")]

    def __init__(self, title: str, rows: Sequence[Row]) -> None:
        super().__init__()
        self._title, self._rows = title, rows

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(self._title, classes="head", markup=False)
            yield Listing(*self._rows)

    def on_mount(self) -> None:
        listing = self.query_one(Listing)
        listing.styles.height = len(self._rows)
        listing.focus()

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        self.dismiss(event.name)
