"""The attempts at one exercise: when, with what outcome, and the code as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from textual.widget import Widget

from tutor.content.render import Span
from tutor.services.practice import Attempt
from tutor.ui.screens.base import StudyScreen
from tutor.ui.widgets.listing import Row
from tutor.ui.widgets.pointed import PointedListing
from tutor.ui.widgets.prose import Block, Prose
from tutor.ui.widgets.verdict import fenced, message_markdown


class AttemptsScreen(StudyScreen):
    """The newest attempt first; below the list what is known of the one that the cursor is on."""

    DEFAULT_CSS = """
    AttemptsScreen {
        & #list { height: auto; max-height: 40%; }
        & #attempt { border-top: solid $panel; }
    }
    """

    def __init__(self, title: str, attempts: Sequence[Attempt]) -> None:
        super().__init__()
        self._title = title
        self.attempts = {attempt.id: attempt for attempt in reversed(attempts)}

    def body(self) -> Iterator[Widget]:
        yield PointedListing(id="list")
        yield Prose(ascii=self.tutor.settings.ascii, id="attempt")

    def on_mount(self) -> None:
        listing = self.query_one(PointedListing)
        listing.styles.height = len(self.attempts)
        listing.set_rows([attempt_row(attempt, self.tutor.clock.zone) for attempt in self.attempts.values()])
        listing.focus()
        passed = sum(attempt.passed for attempt in self.attempts.values())
        count = len(self.attempts)
        self.tell(f"Attempts - {self._title}", f"{count} attempt{'' if count == 1 else 's'}, {passed} passed")

    def on_pointed_listing_pointed(self, event: PointedListing.Pointed) -> None:
        attempt = self.attempts.get(event.name)
        if attempt is not None:
            self.query_one("#attempt", Prose).show(*attempt_blocks(attempt))

    def on_listing_chosen(self) -> None:
        """Gives the keys to the code, to scroll in it."""
        self.query_one("#attempt", Prose).focus()

    def action_back(self) -> None:
        listing = self.query_one(PointedListing)
        if listing.has_focus:
            self.dismiss(False)
        else:
            listing.focus()


def attempt_row(attempt: Attempt, zone: tzinfo | None) -> Row:
    """One line: the mark, the time, and the mistake or the message's first line."""
    mark = Span("ok  ", "good") if attempt.passed else Span("x   ", "bad")
    told = "passed" if attempt.passed else attempt.bug or attempt.message.split("\n")[0]
    return Row((mark, Span(f"{attempt.time.astimezone(zone):%d %b %Y %H:%M}  ", "dim"), Span(told)), name=attempt.id)


def attempt_blocks(attempt: Attempt) -> list[Block]:
    """The whole message and the code."""
    blocks: list[Block] = []
    if not attempt.passed:
        blocks.append(Block(message_markdown(attempt.message), prefix="x  ", style="bad"))
    if attempt.source:
        blocks.append(Block(fenced(attempt.source.rstrip("\n"), "python")))
    else:
        blocks.append(Block("The code was too large to be kept with the attempt.", style="dim"))
    return blocks
