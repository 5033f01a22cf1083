"""The keys that work here, in one list."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from tutor.ui.widgets.prose import Block, Prose, literal


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
        rows: dict[str, tuple[str, str]] = {}
        others: set[str] = set()
        for active in self.below.active_bindings.values():
            binding = active.binding
            if not binding.system and binding.description:
                text = binding.tooltip or binding.description
                rows.setdefault(binding.action, (self.app.get_key_display(binding), text))
                if not binding.id or binding.id.startswith(("prose", "app")):
                    others.add(binding.action)
        # What this screen can do comes before what every screen can: scrolling, leaving.
        ordered = sorted(rows, key=others.__contains__)
        with Vertical():
            yield Static("Keys on this screen", classes="head", markup=False)
            yield Prose(
                *(Block(literal(rows[action][1]), "", f"{rows[action][0]:10} ", "chosen", gap=0) for action in ordered)
            )

    def on_mount(self) -> None:
        self.query_one(Prose).focus()
