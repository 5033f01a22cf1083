"""Prose with a cursor of its screen's: the keys that scroll by a line move the cursor while there is one."""

from __future__ import annotations

from collections.abc import Callable

from tutor.ui.widgets.prose import Prose


class SteppedProse(Prose):
    """While there is a `step`, up and down (and k and j) call it with -1 and 1; else they scroll as in any prose.

    It is a call and no message: a key pressed right after must find the cursor where this one put it.
    """

    step: Callable[[int], None] | None = None

    def action_scroll_up(self) -> None:
        self._by_line(-1)

    def action_scroll_down(self) -> None:
        self._by_line(1)

    def _by_line(self, by: int) -> None:
        if self.step:
            self.step(by)
        else:
            self.scroll_relative(y=by, animate=False)
