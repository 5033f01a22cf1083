"""Finding a text in what is shown: where it stands, line by line, and the bar in which it is typed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static

from tutor.ui.widgets.prose import Prose

#: The first and the last line of a match.
Match = tuple[int, int]


def matches(lines: Sequence[str], wanted: str) -> list[Match]:
    """Where `wanted` stands in the lines, whatever its case and spaces; of matches that begin in one line, the first.

    A match may go over the end of a line, as running text does.
    """
    wanted = " ".join(wanted.casefold().split())
    if not wanted:
        return []
    text = ""
    starts: list[int] = []
    for line in lines:
        starts.append(len(text))
        text += "".join(f"{word} " for word in line.casefold().split())
    found: dict[int, Match] = {}
    at = text.find(wanted)
    while at >= 0:
        # Empty lines start where the next line does; the last of them is the one with the text.
        first, last = (bisect_right(starts, place) - 1 for place in (at, at + len(wanted) - 1))
        found.setdefault(first, (first, last))
        at = text.find(wanted, at + 1)
    return list(found.values())


class FindBar(Horizontal):
    """One row at the foot: what is looked for and how often it is there. Hidden until it is opened."""

    DEFAULT_CSS = """
    FindBar {
        height: 1;
        display: none;
        background: $panel;
        padding: 0 1;
        & > .slash { width: 2; color: $primary; text-style: bold; }
        & > Input, & > Input:focus { width: 1fr; height: 1; border: none; padding: 0; background: $panel; }
        & > .count { width: auto; max-width: 60%; color: $text-muted; padding: 0 0 0 2; }
    }
    """
    # The field takes Enter itself unless the bar comes first.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,down", "step(1)", "Next match", priority=True, id="find.next"),
        Binding("up", "step(-1)", "Previous match", show=False, priority=True, id="find.previous"),
        Binding("escape", "close", "Close", id="find.close"),
    ]

    class Changed(Message):
        """Another text is looked for."""

    class Stepped(Message):
        """The next (1) or the previous (-1) match is asked for."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    class Closed(Message):
        """The bar was closed."""

    def compose(self) -> Iterator[Widget]:
        yield Static("/", markup=False, classes="slash")
        yield Input(placeholder="find in this sheet", select_on_focus=True)
        yield Static("", markup=False, classes="count")

    @property
    def is_open(self) -> bool:
        return bool(self.display)

    @property
    def wanted(self) -> str:
        """What is looked for; empty while the bar is closed."""
        return self.query_one(Input).value.strip() if self.is_open else ""

    def open(self) -> None:
        """Shows the bar; an earlier text stays, selected, so that typing replaces it."""
        self.display = True
        self.query_one(Input).focus()
        self.post_message(self.Changed())

    def tell(self, text: str) -> None:
        """Says how often the text was found."""
        self.query_one(".count", Static).update(text)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed())

    def action_step(self, by: int) -> None:
        self.post_message(self.Stepped(by))

    def action_close(self) -> None:
        self.display = False
        self.post_message(self.Closed())


class MarkedProse(Prose):
    """Prose in which matches are marked: the current one in reverse, the others underlined."""

    #: The lines left above a match that is brought into sight.
    LEAD = 3

    def __init__(self, *, ascii: bool = False, id: str | None = None) -> None:
        super().__init__(ascii=ascii, id=id)
        self.found: list[Match] = []
        self.current: Match | None = None
        self._marked: Collection[int] = ()

    def look_for(self, wanted: str, until: str = "") -> None:
        """Marks where `wanted` stands above the block called `until`; an empty text clears the marks."""
        lines = self.text.split("\n")
        self.found = matches(lines[: self.line_of(until) or None], wanted)
        self.current = None
        self._marked = {line for first, last in self.found for line in range(first, last + 1)}
        self.refresh()

    def beyond(self, by: int) -> list[Match]:
        """The matches after (1) or before (-1) the current one, the nearest first; all when none is current."""
        if by > 0:
            return [match for match in self.found if self.current is None or match > self.current]
        return [match for match in reversed(self.found) if self.current is None or match < self.current]

    def go_to(self, match: Match) -> None:
        """Makes a match the current one and brings it into sight."""
        self.current = match
        self.scroll_to(x=0, y=max(0, match[0] - self.LEAD), animate=False)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        index = self.scroll_offset.y + y
        if self.current and self.current[0] <= index <= self.current[1]:
            return strip.apply_style(Style(reverse=True))
        if index in self._marked:
            end = cell_len(strip.text.rstrip())
            return Strip.join([strip.crop(0, end).apply_style(Style(underline=True)), strip.crop(end)])
        return strip
