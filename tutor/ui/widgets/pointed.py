"""A list beside which something is shown of the row that the cursor is on."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from tutor.ui.widgets.listing import Listing, Row


class PointedListing(Listing):
    """Says which row the cursor is on, whenever that may have changed."""

    class Pointed(Message):
        """The cursor is on the row called `name`; on none when that is empty."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def set_rows(self, rows: Sequence[Row]) -> None:
        super().set_rows(rows)
        self.post_message(self.Pointed(self.cursor_name))

    def point_to(self, name: str) -> None:
        super().point_to(name)
        self.post_message(self.Pointed(self.cursor_name))
