"""Running text: Markdown's inline tokens become words, and words become lines of a given width."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tutor.content.render import formula
from tutor.content.render.formula import Drawing, Look
from tutor.content.render.spans import Line, Span, cells, joined

if TYPE_CHECKING:
    from markdown_it.token import Token

_PARTS = re.compile(r"[ \t\n\v\f\r]+|[^ \t\n\v\f\r]+")
_GAP = re.compile(r"((?<![^\W_])\[\.\.\.\])")
_GAP_IN_MATHS = re.compile(r"(\[\.\.\.\])")
_PUNCTUATION = re.compile(r"[.,;:!?)]+(?=\s|$)")
_CLOSERS = "、。，．：；！？」』】》）〉”’"  # wide punctuation that may not begin a line


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece of a word that is never broken: text, or a formula of several rows."""

    rows: tuple[str, ...]
    style: str
    width: int
    baseline: int = 0


@dataclass(slots=True)
class Word:
    """Atoms that stay on one line; `spaced` when a space parts it from the word before."""

    atoms: list[Atom]
    spaced: bool

    @property
    def width(self) -> int:
        return sum(atom.width for atom in self.atoms)


@dataclass(frozen=True, slots=True)
class Break:
    """A forced line break."""


@dataclass(frozen=True, slots=True)
class Display:
    """A displayed formula in the middle of a paragraph, and the punctuation that follows it."""

    drawing: Drawing
    after: str = ""


Item = Word | Break | Display


@dataclass(slots=True)
class _Reader:
    """Collects items from inline tokens; code and formulas wider than `limit` may be broken at spaces."""

    look: Look
    base: str
    limit: int
    items: list[Item] = field(default_factory=list)
    space: bool = False
    strong: int = 0
    em: int = 0
    strike: int = 0
    link: int = 0

    def style(self) -> str:
        if self.link:
            return "link"
        if self.strike:
            return "strike"
        if self.base:
            return self.base
        return "-".join(name for name, depth in (("strong", self.strong), ("em", self.em)) if depth)

    def text(self, text: str, style: str) -> None:
        for part in _PARTS.findall(text):
            if part[0] in " \t\n\v\f\r":
                self.space = True
                continue
            for span in with_gaps(part, style):
                self.characters(span.text, span.style)

    def characters(self, text: str, style: str) -> None:
        """Text without spaces: one piece of a word, or a word for each wide character (CJK) in it."""
        text = text.replace("\xa0", " ")
        width = cells(text)
        if width == len(text):
            self.atom(Atom((text,), style, width))
            return
        for index, part in enumerate(_between_wide(text)):
            if index:
                self.items.append(Word([Atom((part,), style, cells(part))], spaced=False))
            else:
                self.atom(Atom((part,), style, cells(part)))

    def atom(self, atom: Atom) -> None:
        last = self.items[-1] if self.items else None
        if isinstance(last, Word) and not self.space:
            last.atoms.append(atom)
        else:
            self.items.append(Word([atom], self.space))
        self.space = False

    def whole(self, text: str, style: str, limit: int) -> None:
        """Text that stays on one line if it is no wider than `limit`."""
        text = text.replace("\t", " ")
        width = cells(text)
        if width > limit:
            self.text(text, style)
            return
        for span in with_gaps(text, style):
            self.atom(Atom((span.text,), span.style, cells(span.text)))

    def maths(self, latex: str) -> None:
        drawing = formula.inline(latex, self.look)
        if len(drawing.rows) == 1:
            self.whole(drawing.rows[0].strip(), drawing.style, self.limit)
        else:
            width = max(map(cells, drawing.rows))
            self.atom(Atom(drawing.rows, drawing.style, width, drawing.baseline))

    def display(self, latex: str, following: str) -> str:
        """Add a displayed formula; returns the punctuation taken from the text that follows it."""
        match = _PUNCTUATION.match(following)
        after = match[0] if match else ""
        self.items.append(Display(formula.displayed(latex, self.look), after))
        self.space = False
        return after

    def read(self, tokens: Sequence[Token], displays: bool) -> None:
        taken = ""
        for index, token in enumerate(tokens):
            match token.type:
                case "text" | "text_special":
                    self.text(token.content.removeprefix(taken), self.style())
                case "softbreak":
                    self.space = True
                case "hardbreak":
                    self.items.append(Break())
                    self.space = False
                case "code_inline":
                    self.whole(token.content, "code", max(self.limit // 2, 16))
                case "math_inline_double" if displays:
                    following = tokens[index + 1] if index + 1 < len(tokens) else None
                    taken = self.display(
                        token.content, following.content if following and following.type == "text" else ""
                    )
                    continue
                case "math_inline" | "math_inline_double":
                    self.maths(token.content)
                case "image":
                    self.text(token.content or str(token.attrs.get("src", "")), "em")
                case "footnote_ref":
                    self.atom(Atom((note_mark(token),), "note", len(note_mark(token))))
                case "strong_open" | "strong_close":
                    self.strong += token.nesting
                case "em_open" | "em_close":
                    self.em += token.nesting
                case "s_open" | "s_close":
                    self.strike += token.nesting
                case "link_open":
                    self.link += 1
                    if tokens[index + 1].type == "link_close":
                        self.text(str(token.attrs.get("href", "")), "link")
                case "link_close":
                    self.link -= 1
            taken = ""


def with_gaps(text: str, style: str) -> Line:
    """The text in one style, save for the gaps `[...]` of a cloze; in text `a[...]` is an index, no gap."""
    pieces = (_GAP_IN_MATHS if style == "maths" else _GAP).split(text)
    return joined(Span(piece, "gap" if index % 2 else style) for index, piece in enumerate(pieces))


def note_mark(token: Token) -> str:
    """How a footnote is marked, where it is referred to and where it stands."""
    return f"[{token.meta['id'] + 1}]"


def _between_wide(text: str) -> list[str]:
    """The text cut between wide characters, where East Asian text may be broken."""
    parts: list[str] = []
    wide_before = True
    for character in text:
        width = cells(character)
        if parts and (width == 0 or character in _CLOSERS or not (width == 2 or wide_before)):
            parts[-1] += character
        else:
            parts.append(character)
        if width:
            wide_before = width == 2
    return parts


def items_of(
    tokens: Sequence[Token] | None, look: Look, *, limit: int, base: str = "", displays: bool = False
) -> list[Item]:
    """The words of inline `tokens`.

    `base` is the style of plain text. A formula or code wider than `limit` cells may be broken at its spaces.
    With `displays`, `$$..$$` stands apart as a `Display`; otherwise it is a word like any formula.
    """
    reader = _Reader(look, base, limit)
    reader.read(tokens or (), displays)
    return reader.items


def items_of_text(text: str, look: Look) -> list[Item]:
    """The words of text that holds no Markdown."""
    reader = _Reader(look, "", limit=0)
    reader.text(text, "")
    return reader.items


def fill(items: Sequence[Item], width: int) -> list[Line]:
    """Words and breaks as lines of at most `width` cells; a word wider than that has a line of its own."""
    lines: list[Line] = []
    row: list[Word] = []
    used = 0
    for item in items:
        if not isinstance(item, Word):
            lines.extend(_assemble(row))
            row, used = [], 0
            continue
        size = item.width
        if row and used + item.spaced + size > width:
            lines.extend(_assemble(row))
            row, used = [], 0
        used += size + (item.spaced if row else 0)
        row.append(item)
    if row:
        lines.extend(_assemble(row))
    return lines


def extent(items: Sequence[Item]) -> tuple[int, int]:
    """The widest word, and the width of the longest line if nothing is wrapped."""
    widest = longest = used = 0
    for item in items:
        if not isinstance(item, Word):
            used = 0
            continue
        widest = max(widest, item.width)
        used += item.width + (item.spaced if used else 0)
        longest = max(longest, used)
    return widest, longest


def _assemble(row: Sequence[Word]) -> list[Line]:
    """One line of words, as several rows when a formula among them has several."""
    atoms: list[Atom] = []
    for index, word in enumerate(row):
        if index and word.spaced:
            left, right = atoms[-1].style, word.atoms[0].style
            atoms.append(Atom((" ",), left if left == right else "", 1))
        atoms.extend(word.atoms)
    above = max((atom.baseline for atom in atoms), default=0)
    below = max((len(atom.rows) - atom.baseline - 1 for atom in atoms), default=0)
    lines = []
    for level in range(above + below + 1):
        spans: list[Span] = []
        column = written = 0
        for atom in atoms:
            position = level - above + atom.baseline
            if 0 <= position < len(atom.rows) and atom.rows[position]:
                text = atom.rows[position]
                spans.append(Span(" " * (column - written)))
                spans.append(Span(text, atom.style))
                written = column + cells(text)
            column += atom.width
        lines.append(joined(spans))
    return lines
