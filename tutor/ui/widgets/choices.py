"""Choosing and ordering with the keys: what is marked, where the cursor stands, and the prose that shows it."""

from __future__ import annotations

from textual.message import Message

from tutor.domain.items import Posed, QuestionForm
from tutor.services.judging import labels
from tutor.ui.widgets.prose import Block, Prose


class Picks:
    """What the learner marked so far. Positions count from 0, in the order shown.

    `changed` is True once a mark was taken back or replaced: such an answer counts as a change of mind.
    """

    def __init__(self, posed: Posed) -> None:
        self.posed, self.form = posed, posed.question.form
        self.cursor = 0
        self.marked: set[int] = set()
        self.order = list(range(len(posed.options)))
        self.changed = False

    @property
    def ordering(self) -> bool:
        return self.form is QuestionForm.ORDERING

    @property
    def given(self) -> list[int]:
        """The answer as it stands."""
        return list(self.order) if self.ordering else sorted(self.marked)

    def step(self, by: int) -> bool:
        """Moves the cursor; False when it stands at the end already."""
        wanted = self.cursor + by
        if not 0 <= wanted < len(self.order):
            return False
        self.cursor = wanted
        return True

    def carry(self, by: int) -> None:
        """Moves the step under the cursor up (-1) or down (1), the cursor with it."""
        here = self.cursor
        if self.ordering and self.step(by):
            self.order[here], self.order[self.cursor] = self.order[self.cursor], self.order[here]

    def pick(self, option: int) -> None:
        """Marks an option, or of several right ones takes the mark back; in an ordering goes to the step."""
        if option >= len(self.order):
            return
        self.cursor = self.order.index(option)
        if self.form is QuestionForm.MULTIPLE:
            self.changed = self.changed or option in self.marked
            self.marked ^= {option}
        elif not self.ordering:
            self.changed = self.changed or not self.marked <= {option}
            self.marked = {option}

    def blocks(self, *, judged: bool = False) -> list[Block]:
        """The options as blocks named `option:POSITION`; once judged, what is right and wrong is marked."""
        known = labels(self.posed)
        blocks: list[Block] = []
        for place, option in enumerate(self.order):
            here = place == self.cursor and not judged
            sign, style = (">", "chosen") if here else ("", "")
            if judged:
                sign, style = self._judged(place, option)
            box = f"{place + 1} " if self.ordering else self._box(option)
            text = self.posed.options[option].text
            gap = 1 if place == len(self.order) - 1 else 0
            blocks.append(Block(text, f"option:{option}", f"{sign:3}{box} {known[option]}  ", style, gap))
        return blocks

    def _box(self, option: int) -> str:
        mark = "x" if option in self.marked else " "
        return f"[{mark}]" if self.form is QuestionForm.MULTIPLE else f"({mark})"

    def _judged(self, place: int, option: int) -> tuple[str, str]:
        if self.ordering:
            written = self.posed.question.options[place].text
            return ("ok", "good") if self.posed.options[option].text == written else ("x", "bad")
        if self.posed.options[option].right:
            return "ok", "good"
        return ("x", "bad") if option in self.marked else ("", "")


class Choices(Prose):
    """Prose in which the keys that scroll a line are steps of a cursor, as long as `stepping` is on."""

    class Stepped(Message):
        """The cursor is to move up (-1) or down (1)."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    stepping = False

    def action_scroll_up(self) -> None:
        self._step(-1)

    def action_scroll_down(self) -> None:
        self._step(1)

    def _step(self, by: int) -> None:
        if self.stepping:
            self.post_message(self.Stepped(by))
        else:
            self.scroll_relative(y=by, animate=False)
