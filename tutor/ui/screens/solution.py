"""The solution beside the learner's code, or above it where there is too little room."""

from __future__ import annotations

from collections.abc import Iterator

from textual.containers import Horizontal
from textual.widget import Widget

from tutor.ui.screens.base import StudyScreen
from tutor.ui.widgets.panes import BREAKPOINTS, WIDE
from tutor.ui.widgets.prose import Block, Prose
from tutor.ui.widgets.verdict import fenced


class SolutionScreen(StudyScreen):
    """Shows two programs; the one that has the keys scrolls."""

    DEFAULT_CSS = """
    SolutionScreen {
        & #programs { height: 1fr; }
        & Prose { width: 1fr; }
        &.-narrow #own { display: none; }
        &.-wide #own { border-left: vkey $panel; }
    }
    """
    HORIZONTAL_BREAKPOINTS = BREAKPOINTS

    def __init__(self, title: str, own: str, solution: str) -> None:
        super().__init__()
        self._title = title
        self._own = Block(f"## Yours\n\n{fenced(own.rstrip(), 'python')}")
        self._solution = Block(f"## The solution\n\n{fenced(solution.rstrip(), 'python')}")

    def body(self) -> Iterator[Widget]:
        with Horizontal(id="programs"):
            yield Prose(id="solution")
            yield Prose(self._own, id="own")

    def on_mount(self) -> None:
        self.tell(f"Solution - {self._title}")
        self.query_one("#solution").focus()

    def on_resize(self) -> None:
        blocks = [self._solution] if self.size.width >= WIDE else [self._solution, self._own]
        self.query_one("#solution", Prose).show(*blocks, home=False)
