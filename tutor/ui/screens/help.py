"""The keys that work here, in one list."""

from __future__ import annotations

from collections import defaultdict
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from tutor.ui.keymap import key_name
from tutor.ui.widgets.prose import Block, Prose, literal


class HelpScreen(ModalScreen[None]):
    """Lists the bindings of the screen below it, those of the focused widget first."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > Vertical {
        width: 72; max-width: 90%; height: auto; max-height: 80%;
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
        texts: dict[str, str] = {}
        keys: defaultdict[str, list[str]] = defaultdict(list)
        others: set[str] = set()
        for active in self.below.active_bindings.values():
            binding = active.binding
            # Few keyboards have the super key, which Textual knows beside Ctrl.
            if not binding.system and binding.description and not binding.key.startswith("super+"):
                text = binding.tooltip or binding.description.capitalize()
                # Where a key of ours does what a key of every scrolling widget does, ours says it better.
                texts[binding.action] = text if binding.id else texts.get(binding.action, text)
                keys[binding.action].append(key_name(binding.key))
                if not binding.id or binding.id.startswith(("prose", "lines", "app")):
                    others.add(binding.action)
        # What this screen can do comes before what every screen can: scrolling, leaving.
        ordered = sorted(texts, key=others.__contains__)
        width = max(12, *(len("  ".join(names)) for names in keys.values())) + 2
        with Vertical():
            yield Static("Keys on this screen", classes="head", markup=False)
            yield Prose(
                *(
                    Block(literal(texts[action]), "", "  ".join(keys[action]).ljust(width), "chosen", gap=0)
                    for action in ordered
                )
            )

    def on_mount(self) -> None:
        self.query_one(Prose).focus()
