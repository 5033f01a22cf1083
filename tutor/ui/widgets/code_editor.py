"""The built-in editor for exercises: Python colours from the theme, indentation, no control characters."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import TextArea
from textual.widgets.text_area import Selection, TextAreaTheme

INDENT = 4

#: The editor's styles and the names that the Python grammar gives to what they colour.
_SYNTAX = {
    "keyword": (
        *("keyword", "keyword.function", "keyword.return", "keyword.operator", "conditional", "repeat"),
        *("exception", "include"),
    ),
    "string": ("string", "string.documentation"),
    "comment": ("comment",),
    "number": ("number", "float", "boolean", "constant.builtin"),
    "function": ("function", "function.call", "method", "method.call", "class", "type", "type.class"),
}
#: What of the editor's own keys is worth a line in the list of keys.
_LISTED = {
    "undo": "Undo",
    "redo": "Redo",
    "cut": "Cut the selection, or the line",
    "copy": "Copy the selection",
    "paste": "Paste",
    "delete_line": "Delete the line",
}
#: Characters that would move the terminal's cursor or turn its text around; drawn as a mark instead.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def _editing_keys() -> list[BindingType]:
    """The editor's keys without F6 and F7, which mean other things here."""
    keys: list[BindingType] = []
    for binding in TextArea.BINDINGS:
        assert isinstance(binding, Binding)
        if binding.key in ("f6", "f7"):
            continue
        listed = _LISTED.get(binding.action, "")
        keys.append(replace(binding, description=listed, id=f"code.{binding.action}" if listed else None))
    keys.append(Binding("shift+tab", "dedent", "Indent less", show=False, id="code.dedent"))
    keys.append(Binding("alt+a", "select_all", "Select all", show=False, id="code.select_all"))
    return keys


class CodeEditor(TextArea, inherit_bindings=False):
    """Edits one program. `edited` is its text when it differs from what was loaded or kept last."""

    DEFAULT_CSS = """
    CodeEditor {
        border: none; padding: 0; background: $background;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        &:focus { border: none; }
        & .text-area--gutter { color: $text-muted; }
        & .text-area--cursor-line { background: $panel; }
        & .text-area--cursor-gutter { color: $primary; background: $panel; text-style: bold; }
        & > .code-editor--keyword { color: $secondary; text-style: bold; }
        & > .code-editor--string { color: $success; }
        & > .code-editor--comment { color: $text-muted; text-style: italic; }
        & > .code-editor--number { color: $accent; }
        & > .code-editor--function { color: $primary; }
        & > .code-editor--mark { text-style: underline; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"code-editor--{name}" for name in (*_SYNTAX, "mark")}
    BINDINGS: ClassVar[list[BindingType]] = _editing_keys()

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(
            language="python", soft_wrap=False, tab_behavior="indent", show_line_numbers=True, read_only=True, id=id
        )
        self.indent_width = INDENT
        self._kept = ""
        self._marked: int | None = None  # the row of the line that is marked

    def on_mount(self) -> None:
        self._colour()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        if self.is_mounted:
            self._colour()

    def _colour(self) -> None:
        """Takes the colours of the syntax from the app's theme."""
        styles: dict[str, Style] = {}
        for name, tokens in _SYNTAX.items():
            style = self.get_component_rich_style(f"code-editor--{name}")
            # Without the background, which is another one in the cursor's line.
            bare = Style(color=style.color, bold=style.bold, italic=style.italic)
            styles |= dict.fromkeys(tokens, bare)
        self.register_theme(TextAreaTheme("app", syntax_styles=styles))
        self.theme = "app"

    @property
    def edited(self) -> str | None:
        text = self.text
        return None if self.read_only or text == self._kept else text

    def keep(self) -> None:
        """Takes the text as it is for kept."""
        self._kept = self.text

    def load(self, text: str) -> None:
        """Shows a text that can be edited; the cursor stays where it was, if there is such a place."""
        cursor, scroll = self.cursor_location, self.scroll_offset
        self.read_only = False
        self.load_text(text)
        self.keep()
        self.move_cursor(cursor)
        self.scroll_to(*scroll, animate=False)

    def close_with(self, reason: str) -> None:
        """Shows why there is nothing to edit."""
        self.load_text(f"# {reason}\n")
        self.read_only = True

    def go_to_line(self, number: int) -> None:
        """Moves the cursor to the first character of a line (from 1)."""
        row = min(max(number, 1), self.document.line_count) - 1
        line = self.document[row]
        self.move_cursor((row, len(line) - len(line.lstrip())), center=True)

    def mark_line(self, number: int) -> None:
        """Moves the cursor to a line (from 1), and underlines it until the text changes."""
        self.go_to_line(number)
        self._mark(self.cursor_location[0])

    def _mark(self, row: int | None) -> None:
        self._marked = row
        super().notify_style_update()  # draws every line anew

    def on_text_area_changed(self) -> None:
        if self._marked is not None:
            self._mark(None)

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        shown = Text(_UNSEEN.sub("\N{REPLACEMENT CHARACTER}", line.plain), end="", no_wrap=True)
        if line_index == self._marked:
            indent = len(shown) - len(shown.plain.lstrip())
            shown.stylize(self.get_component_rich_style("code-editor--mark", partial=True), indent)
        return shown

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.prevent_default()  # Textual's editor would take it to leave for the next widget.
            return
        if self.read_only:
            return
        handled = {
            "enter": self._break_line,
            "backspace": self._unindent_before_cursor,
            "tab": self._indent_lines,
        }.get(event.key)
        if handled is not None and handled():
            event.prevent_default()
            event.stop()

    def on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        if not self.read_only:
            text = event.text.replace("\r\n", "\n").replace("\r", "\n")
            self._insert(_UNSEEN.sub("", text.replace("\t", " " * INDENT)))

    def _insert(self, text: str) -> None:
        self.replace(text, *self.selection, maintain_selection_offset=False)

    def _break_line(self) -> bool:
        """A new line begins where the old one does, and deeper after a colon."""
        row, column = min(self.selection)
        before = self.document[row][:column]
        indent = before[: len(before) - len(before.lstrip())]
        deeper = before.partition("#")[0].rstrip().endswith(":")
        self._insert("\n" + indent + (" " * INDENT if deeper else ""))
        return True

    def _unindent_before_cursor(self) -> bool:
        """Within the indentation, deletes back to the step before."""
        start, end = self.selection
        row, column = end
        before = self.document[row][:column]
        if start != end or not before or before.strip(" "):
            return False
        self.delete((row, (column - 1) // INDENT * INDENT), end)
        return True

    def _indent_lines(self) -> bool:
        """Moves the selected lines a step to the right; with a selection within one line, Tab is a Tab."""
        top, bottom = sorted(self.selection)
        if top[0] == bottom[0]:
            return False
        self._change_lines(lambda line: " " * INDENT + line if line.strip() else line)
        return True

    def action_dedent(self) -> None:
        """Moves the line, or the selected lines, a step to the left."""
        if not self.read_only:
            self._change_lines(lambda line: re.sub(f"^ {{1,{INDENT}}}", "", line))

    def _change_lines(self, change: Callable[[str], str]) -> None:
        """Puts `change` of every selected line in its place, as one edit; the selection stays on its text."""
        selection = self.selection
        top, bottom = sorted(selection)
        last = bottom[0] - (1 if bottom[0] > top[0] and bottom[1] == 0 else 0)
        rows = range(top[0], last + 1)
        old = [self.document[row] for row in rows]
        new = [change(line) for line in old]
        if new == old:
            return
        self.replace("\n".join(new), (top[0], 0), (last, len(old[-1])))
        moved = {row: len(after) - len(before) for row, before, after in zip(rows, old, new, strict=True)}
        self.selection = Selection(
            *((row, max(0, column + moved.get(row, 0)) if column else 0) for row, column in selection)
        )
