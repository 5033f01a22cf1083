"""Where an answer is typed: one line, or several for what a program prints. Escape leaves it for the other keys."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input, TextArea


class AnswerInput(Input):
    """One line. Enter submits; the frame says what the keys do, also while something stands in it."""

    DEFAULT_CSS = """
    AnswerInput, AnswerInput:focus { border: round $primary; background: $background; padding: 0 1; }
    AnswerInput:blur { border: round $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", "Answer", id="answer.submit")]

    def __init__(self, keys: str, *, id: str | None = None) -> None:
        super().__init__(id=id, select_on_focus=False)
        self.cursor_blink = False
        self.border_title = "Your answer"
        self.border_subtitle = keys

    def open(self) -> None:
        """Shows the field, empty and with the focus."""
        self.value = ""
        self.display = True
        self.focus()


class AnswerArea(TextArea):
    """Several lines. Enter is a new line; Ctrl+D or F5 submits (Ctrl+Enter too, where the terminal sends it)."""

    DEFAULT_CSS = """
    AnswerArea, AnswerArea:focus {
        height: 7; border: round $primary; background: $background; padding: 0 1;
        scrollbar-size-vertical: 1;
    }
    AnswerArea:blur { border: round $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+d,f5,ctrl+enter", "submit", "Answer", id="answer.submit-lines")
    ]

    class Submitted(Message):
        """The text is the answer."""

        def __init__(self, area: AnswerArea, value: str) -> None:
            super().__init__()
            self.area, self.value = area, value

        @property
        def control(self) -> AnswerArea:
            return self.area

    def __init__(self, keys: str, *, id: str | None = None) -> None:
        super().__init__(id=id, show_line_numbers=False, soft_wrap=False, highlight_cursor_line=False)
        self.cursor_blink = False
        self.placeholder = "What it prints, line by line"
        self.border_title = "Your answer"
        self.border_subtitle = keys

    def open(self) -> None:
        """Shows the field, empty and with the focus."""
        self.text = ""
        self.display = True
        self.focus()

    def action_submit(self) -> None:
        self.post_message(self.Submitted(self, self.text))
