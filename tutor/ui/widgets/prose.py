"""Markdown with maths in the app: one widget that draws the renderer's lines, scrolls and can be clicked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tutor.content.render import Line, Span, line_width, render

#: The renderer's style names that have a look of their own in the app.
STYLES = (
    *("strong", "em", "strong-em", "strike", "code", "link", "heading1", "heading2", "heading3", "heading4"),
    *("quote", "bullet", "rule", "note", "gap", "maths", "maths-error", "table-border", "table-head"),
    *("keyword", "string", "comment", "number", "function", "operator"),
    *("good", "bad", "chosen", "dim"),
)


@dataclass(frozen=True)
class Block:
    """One Markdown text. `name` is posted when it is clicked; `prefix` stands before its first line.

    `style` colours the prefix (and, for `dim`, the text); a block is followed by `gap` empty lines.
    """

    markdown: str
    name: str = ""
    prefix: str = ""
    style: str = ""
    gap: int = 1


class Prose(ScrollView, can_focus=True):
    """Draws blocks of Markdown at its own width; wide formulas and code scroll sideways."""

    DEFAULT_CSS = """
    Prose {
        height: 1fr;
        padding: 0 1;
        background: $background;
        color: $foreground;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;
        & > .prose--strong { text-style: bold; }
        & > .prose--em { text-style: italic; }
        & > .prose--strong-em { text-style: bold italic; }
        & > .prose--strike { text-style: strike; }
        & > .prose--code { color: $secondary; }
        & > .prose--link { color: $primary; text-style: underline; }
        & > .prose--heading1 { color: $primary; text-style: bold; }
        & > .prose--heading2 { color: $primary; text-style: bold; }
        & > .prose--heading3 { color: $secondary; text-style: bold; }
        & > .prose--heading4 { text-style: bold; }
        & > .prose--quote { color: $text-muted; }
        & > .prose--bullet { color: $primary; }
        & > .prose--rule { color: $text-muted; }
        & > .prose--note { color: $text-muted; }
        & > .prose--gap { color: $background; background: $accent; text-style: bold; }
        & > .prose--maths { color: $accent; }
        & > .prose--maths-error { color: $error; text-style: underline; }
        & > .prose--table-border { color: $text-muted; }
        & > .prose--table-head { text-style: bold; }
        & > .prose--keyword { color: $secondary; text-style: bold; }
        & > .prose--string { color: $success; }
        & > .prose--comment { color: $text-muted; text-style: italic; }
        & > .prose--number { color: $accent; }
        & > .prose--function { color: $primary; }
        & > .prose--operator { color: $foreground; }
        & > .prose--good { color: $success; text-style: bold; }
        & > .prose--bad { color: $error; text-style: bold; }
        & > .prose--chosen { color: $primary; text-style: bold; }
        & > .prose--dim { color: $text-muted; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"prose--{name}" for name in STYLES}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Down", show=False, id="prose.down"),
        Binding("k", "scroll_up", "Up", show=False, id="prose.up"),
        Binding("g", "scroll_home", "Go to the top", show=False, id="prose.top"),
        Binding("G", "scroll_end", "Go to the end", show=False, id="prose.bottom"),
    ]

    class Clicked(Message):
        """A named block was clicked."""

        def __init__(self, prose: Prose, name: str) -> None:
            super().__init__()
            self.prose, self.name = prose, name

        @property
        def control(self) -> Prose:
            return self.prose

    def __init__(
        self, *blocks: Block | str, ascii: bool = False, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.ascii = ascii
        self._blocks = _as_blocks(blocks)
        self._lines: list[tuple[Line, str]] = []
        self._width = 0

    def show(self, *blocks: Block | str, home: bool = True) -> None:
        """Replaces what is shown; `home` scrolls back to the top."""
        self._blocks = _as_blocks(blocks)
        self._width = 0
        self._lay(self._text_width)
        self.refresh(layout=True)
        if home:
            self.scroll_home(animate=False)

    def line_of(self, name: str) -> int:
        """The first line of the block called `name`, 0 if there is none."""
        return next((index for index, (_, owner) in enumerate(self._lines) if owner == name), 0)

    def scroll_to_block(self, name: str) -> None:
        self.scroll_to(y=self.line_of(name), animate=False, force=True)

    @property
    def text(self) -> str:
        """What is shown, as plain text."""
        return "\n".join("".join(span.text for span in line).rstrip() for line, _ in self._lines)

    @property
    def _text_width(self) -> int:
        return _line_length((self.size.width or 80) - 2)

    def _lay(self, width: int) -> None:
        if width == self._width:
            return
        self._width = width
        lines: list[tuple[Line, str]] = []
        for block in self._blocks:
            indent = len(block.prefix)
            for number, line in enumerate(render(block.markdown, width - indent, ascii=self.ascii)):
                head = (Span(block.prefix if not number else " " * indent, block.style),) if indent else ()
                body = tuple(Span(span.text, span.style or "dim") for span in line) if block.style == "dim" else line
                lines.append(((*head, *body), block.name))
            lines += [((), "")] * block.gap
        while lines and not lines[-1][0]:
            lines.pop()
        self._lines = lines
        self.virtual_size = Size(max((line_width(line) for line, _ in lines), default=0), len(lines))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        self._lay(_line_length(width))
        return len(self._lines)

    def on_resize(self, event: events.Resize) -> None:
        self._lay(self._text_width)
        self.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        left, top = self.scroll_offset
        base = self.rich_style
        width = self.scrollable_content_region.width
        index = top + y
        if index >= len(self._lines):
            return Strip.blank(width, base)
        segments = [Segment(span.text, base + self._style(span.style)) for span in self._lines[index][0]]
        return Strip(segments).crop_extend(left, left + width, base)

    def _style(self, name: str) -> Style:
        # Not a partial style: muted text is a share of the foreground, which needs the background it stands on.
        return self.get_component_rich_style(f"prose--{name}") if name in STYLES else Style.null()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        index = self.scroll_offset.y + offset.y
        if 0 <= index < len(self._lines) and self._lines[index][1]:
            self.post_message(self.Clicked(self, self._lines[index][1]))

    def scroll_into_view(self, name: str) -> None:
        """Scrolls no more than needed for a block to be seen, or its first lines where it is higher than the view."""
        first = self.line_of(name)
        last = max((index for index, (_, owner) in enumerate(self._lines) if owner == name), default=first)
        height = max(1, min(last - first + 1, self.scrollable_content_region.height))
        # Forced: the bar that allows scrolling may not be there yet.
        self.scroll_to_region(Region(0, first, 1, height), animate=False, x_axis=False, force=True)


def _line_length(width: int) -> int:
    """How long the lines are made where there is room for `width` cells: longer ones are hard to read."""
    return max(20, min(width, 100))


def literal(text: str) -> str:
    """Markdown that shows `text` as it stands, without meaning to any of its signs."""
    # Entities, because a backslash before a bracket would begin a formula.
    return re.sub(r"[^\w\s,;:']|_", lambda sign: f"&#{ord(sign[0])};", text)


def typed(text: str) -> str:
    """Markdown that shows what was typed as code: in the line, or as a block where it has several lines."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    if "\n" in text.strip("\n"):
        fence = "`" * max(3, longest + 1)
        return f"\n\n{fence}text\n{text.strip(chr(10))}\n{fence}"
    fence = "`" * (longest + 1)
    space = " " if "`" in text else ""
    return f"{fence}{space}{text.strip()}{space}{fence}"


def _as_blocks(blocks: Iterable[Block | str]) -> tuple[Block, ...]:
    return tuple(Block(block) if isinstance(block, str) else block for block in blocks)
