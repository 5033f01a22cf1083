"""Lines that are drawn for the width there is: plots, tables and lists, without Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tutor.content.render.spans import Line, Span, cells, joined, line_width, plain

#: The style names that the lines may use.
STYLES = (
    *("heading", "label", "strong", "dim", "good", "bad", "chosen"),
    *("bar", "rest", "level0", "level1", "level2", "level3", "level4"),
)

#: Draws the lines for a width in terminal cells.
Draw = Callable[[int], Sequence[Line]]


def fitted(line: Line, width: int) -> Line:
    """The line, cut to `width` cells where it is longer; three dots stand for what was cut."""
    if line_width(line) <= width:
        return line
    room = max(0, width - 3)
    kept: list[Span] = []
    for span in line:
        text = span.text
        while cells(text) > room:
            text = text[:-1]
        kept.append(Span(text, span.style))
        room -= cells(text)
        if text != span.text:
            kept.append(Span("..."[:width], span.style))
            break
    return joined(kept)


def spread(left: Line, right: Line, width: int) -> Line:
    """One line of exactly `width` cells: `left` cut to the room that `right` leaves at the edge."""
    room = max(0, width - line_width(right) - (1 if right else 0))
    left = fitted(left, room)
    gap = " " * max(0, width - line_width(left) - line_width(right))
    return joined((*left, Span(gap), *right))


class Lines(ScrollView, can_focus=True):
    """Shows what `draw` yields for the width there is, and draws it anew when the width changes."""

    DEFAULT_CSS = """
    Lines {
        height: 1fr;
        padding: 0 1;
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        & > .lines--heading { color: $primary; text-style: bold; }
        & > .lines--label { color: $secondary; }
        & > .lines--strong { text-style: bold; }
        & > .lines--dim { text-style: dim; }
        & > .lines--good { color: $success; text-style: bold; }
        & > .lines--bad { color: $error; text-style: bold; }
        & > .lines--chosen { color: $primary; text-style: bold; }
        & > .lines--bar { color: $primary; }
        & > .lines--rest { text-style: dim; }
        & > .lines--level0 { text-style: dim; }
        & > .lines--level1 { color: $success-darken-2; }
        & > .lines--level2 { color: $success-darken-1; }
        & > .lines--level3 { color: $success; }
        & > .lines--level4 { color: $success-lighten-1; }
        &:light > .lines--level1 { color: $success-lighten-2; }
        &:light > .lines--level2 { color: $success-lighten-1; }
        &:light > .lines--level4 { color: $success-darken-1; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"lines--{name}" for name in STYLES}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Down", show=False, id="lines.down"),
        Binding("k", "scroll_up", "Up", show=False, id="lines.up"),
        Binding("g", "scroll_home", "Go to the top", show=False, id="lines.top"),
        Binding("G", "scroll_end", "Go to the end", show=False, id="lines.bottom"),
    ]

    def __init__(self, draw: Draw = lambda width: (), *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._draw = draw
        self._lines: list[Line] = []

    def show(self, draw: Draw) -> None:
        """Replaces what is shown; the place on the page stays."""
        self._draw = draw
        self.redraw()

    def redraw(self) -> None:
        # One cell is left free, so that numbers at the edge do not touch the scrollbar.
        width = max(1, (self.scrollable_content_region.width or 78) - 1)
        self._lines = list(self._draw(width))
        self.virtual_size = Size(width, len(self._lines))
        self.refresh()

    @property
    def text(self) -> str:
        """What is shown, as plain text."""
        return plain(self._lines)

    def on_resize(self, event: events.Resize) -> None:
        self.redraw()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        width = self.scrollable_content_region.width
        index = self.scroll_offset.y + y
        if index >= len(self._lines):
            return Strip.blank(width, base)
        segments = [Segment(span.text, base + self._style(span.style)) for span in self._lines[index]]
        return Strip(segments).crop_extend(0, width, base)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"lines--{name}", partial=True) if name in STYLES else Style.null()
