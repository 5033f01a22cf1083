"""A small window for a note on an item: what is wrong with it, or what to come back to."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class FlagScreen(ModalScreen[str | None]):
    """Dismissed with the note, which may be empty, or with None when it was left."""

    DEFAULT_CSS = """
    FlagScreen { align: center middle; }
    FlagScreen > Vertical {
        width: 64; max-width: 90%; height: auto;
        background: $surface; border: round $primary; padding: 1 2;
    }
    FlagScreen .head { text-style: bold; color: $primary; }
    FlagScreen .foot { color: $text-muted; }
    FlagScreen Input, FlagScreen Input:focus { border: round $primary; background: $surface; margin: 1 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Close", id="flag.close")]

    def __init__(self, slug: str) -> None:
        super().__init__()
        self._slug = slug

    def compose(self) -> ComposeResult:
        note = Input(placeholder="What is wrong with it? (may be empty)")
        note.cursor_blink = False
        with Vertical():
            yield Static(f"Flag {self._slug}", classes="head", markup=False)
            yield note
            yield Static("Enter saves the flag; Esc leaves without one.", classes="foot", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip())
