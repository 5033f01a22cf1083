"""The space between neighbours on a line: TeX's table, in whole cells."""

from __future__ import annotations

from collections.abc import Sequence

from tutor.maths.nodes import (
    Accent,
    Brace,
    Fenced,
    Fraction,
    Kind,
    Limits,
    Middle,
    Node,
    Phantom,
    Row,
    Scripts,
    Space,
    Symbol,
    Table,
)

OPERATORS = frozenset({Kind.OP, Kind.SUM})
_ALONE_BEFORE = OPERATORS | {Kind.BIN, Kind.REL, Kind.OPEN, Kind.PUNCT}
_ALONE_AFTER = frozenset({Kind.REL, Kind.CLOSE, Kind.PUNCT})


def edges(node: Node) -> tuple[Kind, Kind]:
    """The kinds a node shows to its left and to its right neighbour."""
    if isinstance(node, Symbol):
        return node.kind, node.kind
    if isinstance(node, Scripts):
        left, right = edges(node.base)
        return left, right
    if isinstance(node, Limits | Accent | Brace):
        inner = node.base if isinstance(node, Limits) else node.body
        kind = edges(inner)[0] if isinstance(inner, Symbol) else Kind.ORD
        return kind, kind
    if isinstance(node, Fenced):
        return Kind.OPEN if node.opening else Kind.INNER, Kind.CLOSE if node.closing else Kind.INNER
    if isinstance(node, Fraction | Table):
        return Kind.INNER, Kind.INNER
    if isinstance(node, Middle):
        return Kind.REL, Kind.REL
    if isinstance(node, Row) and node.items:
        return edges(node.items[0])[0], edges(node.items[-1])[1]
    return Kind.ORD, Kind.ORD


def gaps(items: Sequence[Node], script: bool) -> list[int]:
    """The cells to leave before each item of a row; items that are spaces widen the gap before the next one.

    A binary operator without a left operand is a sign and gets no space. Explicit and automatic spaces at the
    same place do not add up: the wider one counts. Scripts are set close.
    """
    result = [0] * len(items)
    previous: Node | None = None
    previous_kind: Kind | None = None
    visible = [index for index, item in enumerate(items) if not isinstance(item, Space)]
    for place, index in enumerate(visible):
        item = items[index]
        following = items[visible[place + 1]] if place + 1 < len(visible) else None
        left, right = edges(item)
        sign = left is Kind.BIN and _stands_alone(previous_kind, following)
        if sign:
            left, right = Kind.ORD, Kind.OPEN  # close to its operand
        start = visible[place - 1] + 1 if place else 0
        explicit = sum(space.cells for space in items[start:index] if isinstance(space, Space))
        if previous is not None and previous_kind is not None:
            automatic = _gap(previous_kind, left, script) or _word_gap(previous, item)
            if Kind.INNER in (previous_kind, left) and (_is_slash(previous) or _is_slash(item)):
                automatic = 0
            result[index] = max(automatic, explicit)
        previous, previous_kind = item, right
    return result


def _stands_alone(before: Kind | None, following: Node | None) -> bool:
    return before is None or before in _ALONE_BEFORE or following is None or edges(following)[0] in _ALONE_AFTER


def _is_slash(node: Node) -> bool:
    return isinstance(node, Symbol) and node.text == "/"


def _gap(left: Kind, right: Kind, script: bool) -> int:
    if left is Kind.OPEN or right in (Kind.CLOSE, Kind.PUNCT):
        return 0
    if right is Kind.OPEN and left in OPERATORS:
        return int(left is Kind.SUM)
    if left in OPERATORS or right in OPERATORS:
        return int(left not in (Kind.BIN, Kind.REL) or not script)
    if script:
        return 0
    if Kind.BIN in (left, right):
        return 1
    if left is Kind.REL or right is Kind.REL:
        return int(left is not right)
    return int(left in (Kind.PUNCT, Kind.INNER) or right is Kind.INNER)


def _word_gap(left: Node, right: Node) -> int:
    """One cell where two names, or a name and a letter, would run together."""
    before, after = last_character(left), first_character(right)
    joined = before.isalnum() and after.isalnum()
    return int(joined and (_is_word(left) or _is_word(right)))


def _is_word(node: Node) -> bool:
    if isinstance(node, Scripts | Limits):
        return _is_word(node.base)
    if isinstance(node, Accent):
        return _is_word(node.body)
    return isinstance(node, Symbol) and (
        node.kind is Kind.WORD or (node.kind in (Kind.BIN, Kind.REL, Kind.OP) and node.text.isalnum())
    )


def first_character(node: Node) -> str:
    """The character a node begins with, as far as spacing is concerned."""
    if isinstance(node, Symbol):
        return node.text[:1]
    if isinstance(node, Scripts | Limits):
        return first_character(node.base)
    if isinstance(node, Accent | Brace | Phantom):
        return first_character(node.body)
    if isinstance(node, Row) and node.items:
        return first_character(node.items[0])
    return ""


def last_character(node: Node) -> str:
    """The character a node ends with, as far as spacing is concerned."""
    if isinstance(node, Symbol):
        return node.text[-1:]
    if isinstance(node, Scripts | Limits):
        return last_character(node.base)
    if isinstance(node, Accent | Brace | Phantom):
        return last_character(node.body)
    if isinstance(node, Row) and node.items:
        return last_character(node.items[-1])
    return ""
