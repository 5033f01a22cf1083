"""Brackets and bars that belong together become one node, so that they can grow and keep their scripts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tutor.maths.nodes import Fenced, Kind, Limits, Node, Row, Scripts, Symbol

_BARS = ("|", "‖")


def fenced(items: Iterable[Node]) -> tuple[Node, ...]:
    """The items of one row with every pair of brackets or bars, and what is between them, made a `Fenced`.

    Half-open intervals pair too. A bracket without a partner, and bars in odd number, stay symbols.
    """
    items = list(items)
    if len(items) < 2:
        return tuple(items)
    open_symbols: list[Symbol] = []
    levels: list[list[Node]] = [[]]
    for item in items:
        base = _bare(item)
        if base is not None and base.kind is Kind.CLOSE and open_symbols:
            opening = open_symbols.pop().text
            content = levels.pop()
            if opening == "[":
                content = [_close_colon(inner) for inner in content]
            body = Row(_bars_paired(content))
            levels[-1].append(_on_base(item, Fenced(opening, body, base.text)))
        elif isinstance(item, Symbol) and item.kind is Kind.OPEN:
            open_symbols.append(item)
            levels.append([])
        else:
            levels[-1].append(item)
    row = levels[0]
    for symbol, level in zip(open_symbols, levels[1:], strict=True):
        row = [*row, symbol, *level]
    return _bars_paired(row)


def _close_colon(node: Node) -> Node:
    """The colon of a slice such as `[:, i:j]` is set close, unlike the relation."""
    is_colon = isinstance(node, Symbol) and node.text == ":"
    return Symbol(":", Kind.ORD) if is_colon else node


def _bare(node: Node) -> Symbol | None:
    """The symbol itself, also when it carries scripts."""
    if isinstance(node, Scripts | Limits):
        node = node.base
    return node if isinstance(node, Symbol) else None


def _on_base(node: Node, base: Node) -> Node:
    """`base` with the scripts that `node` carries."""
    return replace(node, base=base) if isinstance(node, Scripts | Limits) else base


def _bars_paired(items: list[Node]) -> tuple[Node, ...]:
    for bar in _BARS:
        places = [index for index, item in enumerate(items) if _is_bar(item, bar)]
        if not places or len(places) % 2:
            continue
        paired: list[Node] = []
        position = 0
        for opening, closing in zip(places[::2], places[1::2], strict=True):
            body = Row(_bars_paired(items[opening + 1 : closing]))
            paired += items[position:opening]
            paired.append(_on_base(items[closing], Fenced(bar, body, bar)))
            position = closing + 1
        items = paired + items[position:]
    return tuple(items)


def _is_bar(node: Node, bar: str) -> bool:
    symbol = _bare(node)
    return symbol is not None and symbol.text == bar and symbol.kind is Kind.ORD
