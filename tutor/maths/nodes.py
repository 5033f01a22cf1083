"""A formula as a tree: what the two layouts (flat and two-dimensional) read.

Each symbol has one of TeX's eight kinds of atom (The TeXbook, chapter 17); spacing follows from them.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args


class Kind(enum.Enum):
    """What a symbol is on its line: it decides the space at either side."""

    ORD = enum.auto()
    WORD = enum.auto()  # several upright letters: ordinary, but kept apart from letters beside it
    OP = enum.auto()  # a function by name
    SUM = enum.auto()  # a big operator: an OP that keeps clear of an opening bracket
    BIN = enum.auto()
    REL = enum.auto()
    OPEN = enum.auto()
    CLOSE = enum.auto()
    PUNCT = enum.auto()
    INNER = enum.auto()


@dataclass(frozen=True)
class Symbol:
    """A letter, number, operator or word; `limits` puts scripts above and below it in a display."""

    text: str
    kind: Kind = Kind.ORD
    limits: bool = False


@dataclass(frozen=True)
class Space:
    """An explicit space of so many cells."""

    cells: int


@dataclass(frozen=True)
class Newline:
    """A line break outside an environment; it exists only while a tree is read."""


@dataclass(frozen=True)
class Row:
    """Nodes from left to right."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Fraction:
    """Top over bottom; without the bar it is a binomial coefficient."""

    top: Node
    bottom: Node
    bar: bool = True


@dataclass(frozen=True)
class Root:
    """A square root, or with an index another root."""

    body: Node
    index: Node | None = None


@dataclass(frozen=True)
class Scripts:
    """A subscript and a superscript at the right of a base."""

    base: Node
    sub: Node | None = None
    sup: Node | None = None


@dataclass(frozen=True)
class Limits:
    """Something under and something over a base."""

    base: Node
    under: Node | None = None
    over: Node | None = None


@dataclass(frozen=True)
class Accent:
    """A mark over (or under) its body; `mark` is a key of `symbols.ACCENTS`."""

    body: Node
    mark: str


@dataclass(frozen=True)
class Brace:
    """A horizontal brace over or under its body, with an optional label."""

    body: Node
    over: bool
    label: Node | None = None


@dataclass(frozen=True)
class Fenced:
    """A body between delimiters, either of which may be empty; they grow with the body."""

    opening: str
    body: Node
    closing: str


@dataclass(frozen=True)
class Middle:
    """A delimiter inside a fence that grows with it."""

    text: str


@dataclass(frozen=True)
class Phantom:
    """Room for a body that is not shown."""

    body: Node


@dataclass(frozen=True)
class Table:
    """Rows of cells: a matrix, cases or aligned equations.

    `aligns` names the alignment of each column (left, right, center). `aligned` sets the columns in pairs
    without a gap between the two, as equations are; a vertical line follows each of `lines_after`.
    """

    rows: tuple[tuple[Node, ...], ...]
    aligns: tuple[str, ...]
    aligned: bool = False
    lines_after: frozenset[int] = frozenset()


Node: TypeAlias = (
    Symbol
    | Space
    | Newline
    | Row
    | Fraction
    | Root
    | Scripts
    | Limits
    | Accent
    | Brace
    | Fenced
    | Middle
    | Phantom
    | Table
)
_NODE_TYPES = get_args(Node)
EMPTY = Row(())


def items_of(node: Node) -> tuple[Node, ...]:
    """The nodes of a row, or the node alone."""
    return node.items if isinstance(node, Row) else (node,)


def is_empty(node: Node | None) -> bool:
    """Whether nothing would be shown."""
    if node is None:
        return True
    if isinstance(node, Row):
        return all(map(is_empty, node.items))
    return isinstance(node, Space) or (isinstance(node, Symbol) and not node.text)


def children_of(node: Node) -> Iterator[Node]:
    """The nodes directly inside a node, in reading order."""
    for value in vars(node).values():
        if isinstance(value, tuple):
            for element in value:
                if isinstance(element, tuple):
                    yield from element
                elif not isinstance(element, str):
                    yield element
        elif isinstance(value, _NODE_TYPES):
            yield value


def descendants(node: Node) -> Iterator[Node]:
    """The node and everything inside it."""
    yield node
    for child in children_of(node):
        yield from descendants(child)


def with_symbols(node: Node, change: Callable[[Symbol], Symbol]) -> Node:
    """The same tree with every symbol replaced by what `change` makes of it."""
    if isinstance(node, Symbol):
        return change(node)

    def changed(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(changed(element) for element in value)
        return with_symbols(value, change) if isinstance(value, _NODE_TYPES) else value

    return type(node)(**{name: changed(value) for name, value in vars(node).items()})
