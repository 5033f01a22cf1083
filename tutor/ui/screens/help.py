"""The keys that work here, in one list."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from tutor.ui.widgets.prose import Block, Prose


class HelpScreen(ModalScreen[None]):
    """Lists the bindings of the screen below it, those of the focused widget first."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > Vertical {
        width: 64; max-width: 90%; height: auto; max-height: 80%;
        background: $surface; border: round $primary; padding: 1 2;
    }
    HelpScreen .head { text-style: bold; color: $primary; margin-bottom: 1; }
    HelpScreen Prose { height: auto; max-height: 100%; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q,enter", "dismiss", "Close")]

    def __init__(self, below: Screen[bool]) -> None:
        super().__init__()
        self.below = below

    def compose(self) -> ComposeResult:
        rows = ["| Key | What it does |", "|---|---|"]
        seen: set[str] = set()
        for active in self.below.active_bindings.values():
            binding = active.binding
            if binding.system or not binding.description or binding.action in seen:
                continue
            seen.add(binding.action)
            key = self.app.get_key_display(binding).replace("|", "\\|")
            rows.append(f"| {key} | {binding.tooltip or binding.description} |")
        with Vertical():
            yield Static("Keys on this screen", classes="head", markup=False)
            yield Prose(Block("\n".join(rows)))

    def on_mount(self) -> None:
        self.query_one(Prose).focus()
