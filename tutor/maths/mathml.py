"""The parser's MathML read into the tree of `nodes`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from xml.etree.ElementTree import Element

from tutor.maths import symbols
from tutor.maths.fences import fenced
from tutor.maths.nodes import (
    EMPTY,
    Accent,
    Brace,
    Fenced,
    Fraction,
    Kind,
    Limits,
    Middle,
    Newline,
    Node,
    Phantom,
    Root,
    Row,
    Scripts,
    Space,
    Symbol,
    Table,
    items_of,
)
from tutor.maths.normalise import (
    BAR_CLOSE,
    BAR_OPEN,
    NORM_CLOSE,
    NORM_OPEN,
    OPERATOR,
    OPERATOR_LIMITS,
    Unreadable,
    shown,
)

MAX_TREE_DEPTH = 100
MAX_CELLS = 400

_ENTITY = re.compile(r"&#x([0-9A-Fa-f]+);")
_MARKED_BARS = {
    BAR_OPEN: Symbol("|", Kind.OPEN),
    BAR_CLOSE: Symbol("|", Kind.CLOSE),
    NORM_OPEN: Symbol("‖", Kind.OPEN),
    NORM_CLOSE: Symbol("‖", Kind.CLOSE),
}
_WORD_ALPHABETS = frozenset({"normal", "italic", "sans-serif", "sans-serif-italic", "monospace"})
_BRACES_OVER, _BRACES_UNDER = frozenset("⏞⏜⎴"), frozenset("⏟⏝⎵")
_NEGATION = "⧸"
_SPACES = {"thinmathspace": 1, "mediummathspace": 1, "thickmathspace": 1}


def read(element: Element) -> Node:
    """The tree of a `math` element; raises `Unreadable` if a command is unknown or it is too large."""
    return _row([element], 0)


def _row(elements: Iterable[Element], depth: int) -> Node:
    if depth > MAX_TREE_DEPTH:
        raise Unreadable("it is nested too deeply")
    items = _lines(list(_items(elements, depth)))
    return items[0] if len(items) == 1 else Row(tuple(items))


def _lines(items: list[Node]) -> list[Node]:
    """Line breaks outside an environment become a table of one column."""
    if Newline() not in items:
        return list(fenced(items))
    rows: list[list[Node]] = [[]]
    for item in items:
        if isinstance(item, Newline):
            rows.append([])
        else:
            rows[-1].append(item)
    rows = [row for row in rows if row]
    return [Table(tuple((Row(fenced(row)),) for row in rows), ("left",))] if rows else []


def _items(elements: Iterable[Element], depth: int) -> Iterable[Node]:
    word = ""
    negated = False
    for element in elements:
        letters = _letters_of_word(element)
        if word and not letters:
            yield Symbol(word, Kind.WORD if len(word) > 1 else Kind.ORD)
            word = ""
        if letters:
            word += letters
            continue
        if _is_negation(element):
            negated = True
            continue
        for node in _nodes(element, depth):
            if negated and isinstance(node, Symbol) and node.text:
                node = replace(node, text=unicodedata.normalize("NFC", node.text + "\u0338"))
                negated = False
            yield node
    if word:
        yield Symbol(word, Kind.WORD if len(word) > 1 else Kind.ORD)


def _letters_of_word(element: Element) -> str:
    """Upright letters, which follow one another as one word."""
    if element.tag in ("mi", "mn") and element.get("mathvariant") in _WORD_ALPHABETS:
        text = _text(element)
        return text if text.isalnum() and text.isascii() else ""
    return ""


def _is_negation(element: Element) -> bool:
    return element.tag == "mpadded" and len(element) == 1 and _text(element[0]) == _NEGATION


def _nodes(element: Element, depth: int) -> Iterable[Node]:
    """What one element stands for; a group gives the nodes inside it."""
    tag = element.tag
    children = list(element)
    if tag in ("math", "mrow", "mstyle", "mpadded", "semantics"):
        yield from _group(children, depth)
    elif tag in ("mi", "mn", "mo"):
        yield from _token(element, depth)
    elif tag == "mtext":
        yield from _words(shown(_text(element)))
    elif tag == "mspace":
        yield from _space(element)
    elif tag == "mfrac":
        top, bottom = (_row([child], depth + 1) for child in children)
        yield Fraction(top, bottom, bar=element.get("linethickness") != "0")
    elif tag == "msqrt":
        yield Root(_row(children, depth + 1))
    elif tag == "mroot":
        yield Root(_row(children[:1], depth + 1), _row(children[1:], depth + 1))
    elif tag in ("msub", "msup", "msubsup"):
        yield _scripts(tag, children, depth)
    elif tag in ("munder", "mover", "munderover"):
        yield _under_over(tag, children, depth)
    elif tag == "mtable":
        yield _table(element, depth)
    elif tag == "mphantom":
        yield Phantom(_row(children, depth + 1))
    elif tag == "menclose":
        body = _row(children, depth + 1)
        yield Accent(body, "cancel") if "strike" in element.get("notation", "") else body
    else:
        raise Unreadable(f"the parser answered with an unknown element <{tag}>")


def _group(children: list[Element], depth: int) -> Iterable[Node]:
    if len(children) == 1 and children[0].tag == "mo":
        # {,} or {=}: braces make any symbol an ordinary one
        for node in _token(children[0], depth):
            loses_kind = isinstance(node, Symbol) and node.text in (",", ";", ":", "=")
            yield Symbol(_text(children[0])) if loses_kind else node
        return
    opening = children[0] if children and children[0].get("form") == "prefix" else None
    if opening is None:
        yield from items_of(_row(children, depth + 1))
        return
    closing = children[-1] if children[-1].get("form") == "postfix" else None
    body = _row(children[1 : len(children) - (closing is not None)], depth + 1)
    yield Fenced(_delimiter(opening), body, "" if closing is None else _delimiter(closing))


def _delimiter(element: Element) -> str:
    text = _text(element)
    return _MARKED_BARS[text].text if text in _MARKED_BARS else "" if text == "." else text


def _text(element: Element) -> str:
    text = _ENTITY.sub(lambda match: chr(int(match[1], 16)), element.text or "")
    if text.startswith("\\") and len(text) > 1:
        raise Unreadable(f"the command {text} is not known")
    if text in ("&", "\\"):
        raise Unreadable(f"{text!r} has no meaning where it stands")
    return text


def _token(element: Element, depth: int) -> Iterable[Node]:
    if len(element):  # \mathrel{+}, \mathbin{*}: symbols that are given another kind
        kind = Kind.BIN if element.get("lspace") == "0.22em" else Kind.REL
        kind = Kind.PUNCT if element.get("separator") else kind
        for node in items_of(_row(list(element), depth + 1)):
            yield replace(node, kind=kind) if isinstance(node, Symbol) else node
        return
    text = _text(element)
    if text in _MARKED_BARS:
        yield _MARKED_BARS[text]
    elif element.get("fence") == "true" and element.get("stretchy") == "true":
        yield Middle(text)
    elif text == "mod":
        yield Symbol(text, Kind.BIN)
    else:
        yield Symbol(symbols.in_alphabet(text, element.get("mathvariant") or ""), symbols.kind_of(text))


def _words(text: str) -> Iterable[Node]:
    if text[:1] in (OPERATOR, OPERATOR_LIMITS):
        yield Symbol(text[1:], Kind.OP, limits=text[0] == OPERATOR_LIMITS)
        return
    text = text.replace("\u00a0", " ")
    if text.startswith(" "):
        yield Space(1)
    if text.strip():
        yield Symbol(" ".join(text.split()), Kind.WORD)
        if text.endswith(" "):
            yield Space(1)


def _space(element: Element) -> Iterable[Node]:
    if element.get("linebreak") == "newline":
        yield Newline()
        return
    width = element.get("width", "")
    ems = re.match(r"(\d*\.?\d+)\s*em", width)
    if ems:
        yield Space(max(1, min(8, round(2 * float(ems[1])))))
    elif width in _SPACES:
        yield Space(_SPACES[width])


def _scripts(tag: str, children: list[Element], depth: int) -> Node:
    base, *scripts = (_row([child], depth + 1) for child in children)
    sub = scripts[0] if tag != "msup" else None
    sup = scripts[-1] if tag != "msub" else None
    if isinstance(base, Symbol) and (base.limits or base.text in symbols.SUMS):
        return Limits(base, sub, sup)
    return Scripts(base, sub, sup)


def _under_over(tag: str, children: list[Element], depth: int) -> Node:
    base = _row(_unwrapped(children[0]), depth + 1)
    under = _row(children[1:2], depth + 1) if tag != "mover" else None
    over = _row(children[-1:], depth + 1) if tag != "munder" else None
    label = under if over is None else over
    if tag != "munderover" and isinstance(base, Brace) and not base.label and base.over == (tag == "mover"):
        return replace(base, label=label)
    if tag != "munderover" and children[1].tag == "mo" and len(children[1]) == 0:
        mark = _text(children[1])
        if mark in _BRACES_OVER | _BRACES_UNDER:
            return Brace(base, over=mark in _BRACES_OVER)
        if tag == "mover" and mark in symbols.MARKS:
            return Accent(base, symbols.MARKS[mark])
        if tag == "munder" and mark == "―":
            return Accent(base, "underline")
    return Limits(base, under, over)


def _unwrapped(element: Element) -> list[Element]:
    """A symbol without the braces around it, which would make it ordinary; anything else as it is."""
    return list(element) if element.tag == "mrow" and len(element) == 1 else [element]


def _table(element: Element, depth: int) -> Node:
    rows = [[_row(list(cell), depth + 1) for cell in row] for row in element]
    rows = [row for row in rows if row]
    columns = max(map(len, rows), default=0)
    if not columns:
        return EMPTY
    if columns * len(rows) > MAX_CELLS:
        raise Unreadable(f"a table of it has more than {MAX_CELLS} cells")
    lines = element.get("columnlines", "").split()
    return Table(
        tuple(tuple(row + [EMPTY] * (columns - len(row))) for row in rows),
        _alignments(element, columns),
        aligned=element.get("columnspacing", "").startswith("0em"),
        lines_after=frozenset(index for index, line in enumerate(lines) if line != "none"),
    )


def _alignments(table: Element, columns: int) -> tuple[str, ...]:
    cells = max((list(row) for row in table), key=len)
    return tuple(cells[index].get("columnalign", "center") for index in range(columns))
