"""Markdown text to a tree of blocks, and lists of the formulas and code blocks in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# Control characters, odd line separators, halves of surrogate pairs: a terminal would obey or refuse them.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(slots=True)
class Node:
    """A block with its children; inline text is a leaf whose token holds the inline tokens."""

    token: Token
    children: list[Node] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.token.type.removesuffix("_open")


@dataclass(frozen=True)
class Formula:
    """A formula of the file: `line` (from 1) is where its opening delimiter stands, `text` its flat form."""

    latex: str
    text: str
    rendered: bool  #: False when the formula is not understood; `text` is then its source
    line: int
    display: bool


@dataclass(frozen=True)
class CodeBlock:
    """A fenced or indented block; `line` (from 1) is the file's line of the code's first line."""

    language: str
    code: str
    line: int


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.footnote import footnote_plugin

    from tutor.content.render import syntax

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.use(footnote_plugin, inline=False)
    syntax.install(parser)
    return parser


@lru_cache(maxsize=16)
def _tokens(markdown: str) -> tuple[Token, ...]:
    text = _UNPRINTABLE.sub("", markdown.replace("\r\n", "\n").replace("\r", "\n"))
    return tuple(_parser().parse(text))


def tree(markdown: str) -> list[Node]:
    """The top-level blocks of `markdown`; never raises."""
    root: list[Node] = []
    open_nodes: list[Node] = []
    for token in _tokens(markdown):
        if token.nesting < 0:
            # A footnote defined within a list of another leaves closing tokens without opening ones.
            kind = token.type.removesuffix("_close")
            if any(node.kind == kind for node in open_nodes):
                while open_nodes.pop().kind != kind:
                    pass
            continue
        node = Node(token)
        (open_nodes[-1].children if open_nodes else root).append(node)
        if token.nesting > 0:
            open_nodes.append(node)
    return root


def formulas(markdown: str) -> list[Formula]:
    """Every formula of `markdown` in the order of the file, in its one-row form; never raises."""
    from tutor.content.render.formula import one_row

    found = []
    for latex, line, display in sorted(_maths_tokens(markdown), key=lambda entry: entry[1]):
        text, rendered = one_row(latex)
        found.append(Formula(latex, text, rendered, line, display))
    return found


def _maths_tokens(markdown: str) -> Iterator[tuple[str, int, bool]]:
    for token in _tokens(markdown):
        first = token.map[0] + 1 if token.map else 1
        if token.type == "math_block":
            yield token.content, first, True
        for child in token.children or ():
            if child.type in ("math_inline", "math_inline_double"):
                yield child.content, first + child.meta["line"], child.type == "math_inline_double"


def code_blocks(markdown: str) -> list[CodeBlock]:
    """Every fenced and indented code block of `markdown` in the order of the file; never raises."""
    found = []
    for token in _tokens(markdown):
        if token.type in ("fence", "code_block"):
            first = token.map[0] + 1 if token.map else 1
            found.append(CodeBlock(language(token), token.content, first + (token.type == "fence")))
    return sorted(found, key=lambda block: block.line)


def language(token: Token) -> str:
    """The first word after the fence, in lower case; empty when there is none."""
    return token.info.split()[0].lower() if token.info.strip() else ""
