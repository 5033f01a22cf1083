"""A list with a cursor: headings that are passed over, rows that can be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message

from tutor.content.render.spans import Line, Span
from tutor.ui.widgets.lines import Lines, spread


@dataclass(frozen=True)
class Row:
    """One row. `right` stands at the edge; a row without a `name` is a heading."""

    left: Line
    right: Line = ()
    name: str = ""


class Listing(Lines):
    """Rows with a cursor, which is a `>` before its row. Enter or a click chooses."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Open", id="listing.choose"),
        Binding("down,j", "move(1)", "Down", show=False, id="listing.down"),
        Binding("up,k", "move(-1)", "Up", show=False, id="listing.up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="listing.page-down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="listing.page-up"),
        Binding("home,g", "edge(0)", "Top", show=False, id="listing.top"),
        Binding("end,G", "edge(-1)", "Bottom", show=False, id="listing.bottom"),
    ]

    class Chosen(Message):
        """A row was chosen."""

        def __init__(self, listing: Listing, name: str) -> None:
            super().__init__()
            self.listing, self.name = listing, name

        @property
        def control(self) -> Listing:
            return self.listing

    def __init__(self, *rows: Row, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(self._rows_at, id=id, classes=classes)
        self.rows: Sequence[Row] = rows
        self._cursor = 0

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replaces the rows; the cursor stays on the row of the same name, else goes to the first."""
        name = self.cursor_name
        self.rows = rows
        names = [row.name for row in rows]
        self._cursor = names.index(name) if name in names else 0
        self.redraw()

    @property
    def names(self) -> list[str]:
        """The rows that can be chosen."""
        return [row.name for row in self.rows if row.name]

    @property
    def cursor_name(self) -> str:
        """The row under the cursor; empty when there is none."""
        names = self.names
        if not names:
            return ""
        return self.rows[self._cursor].name or names[0]

    def point_to(self, name: str) -> None:
        """Moves the cursor to the row called `name`, if there is one, and brings it into sight."""
        index = next((index for index, row in enumerate(self.rows) if row.name == name), None)
        if index is None:
            return
        self._cursor = index
        self.redraw()
        self._reveal()

    def action_choose(self) -> None:
        if self.cursor_name:
            self.post_message(self.Chosen(self, self.cursor_name))

    def action_move(self, by: int) -> None:
        names = self.names
        if names:
            index = names.index(self.cursor_name) + by
            self.point_to(names[max(0, min(index, len(names) - 1))])

    def action_page(self, by: int) -> None:
        """Moves by the rows that fit on the screen, headings among them."""
        height = max(1, self.scrollable_content_region.height - 1)
        choosable = [index for index, row in enumerate(self.rows) if row.name]
        target = self._cursor + by * height
        inside = [index for index in choosable if (index <= target if by > 0 else index >= target)]
        if inside:
            self.point_to(self.rows[inside[-1] if by > 0 else inside[0]].name)

    def action_edge(self, which: int) -> None:
        if self.names:
            self.point_to(self.names[which])

    def _reveal(self) -> None:
        """Keeps the cursor's row in sight, and the headings right above it."""
        top = self._cursor
        while top and not self.rows[top - 1].name:
            top -= 1
        height = max(1, self.scrollable_content_region.height)
        top = max(top, self._cursor - height + 1)
        self.scroll_to_region(Region(0, top, 1, self._cursor - top + 1), animate=False)

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        self._reveal()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        index = self.scroll_offset.y + offset.y if offset is not None else len(self.rows)
        if index < len(self.rows) and self.rows[index].name:
            self.point_to(self.rows[index].name)
            self.action_choose()

    def _rows_at(self, width: int) -> list[Line]:
        current = self.cursor_name
        lines = []
        for row in self.rows:
            here = bool(row.name) and row.name == current
            left = tuple(Span(span.text, "chosen") for span in row.left) if here else row.left
            lines.append((Span("> " if here else "  ", "chosen"), *spread(left, row.right, width - 2)))
        return lines
