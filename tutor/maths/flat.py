"""A formula on one row, for running text.

Scripts use Unicode's small characters where all of them exist, otherwise `_` and `^`; parentheses are added
wherever leaving the second dimension would change what is read.
"""

from __future__ import annotations

import re
import unicodedata

from rich.cells import cell_len

from tutor.maths import symbols
from tutor.maths.ascii import ascii_text
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
    Root,
    Row,
    Scripts,
    Space,
    Symbol,
    Table,
    descendants,
    is_empty,
    items_of,
)
from tutor.maths.spacing import OPERATORS, edges, gaps

# Ends what must not touch a letter or digit after it (`a_j x`, `√2 x`) until a row is put together.
_SEAM = "\ue200"
PRIMES = "′″‴⁗'"
_WIDE = 2  # cells: a quad
_DIFFERENTIALS = ("d", "∂", "Δ", "δ")
_FUNCTION_LETTERS = frozenset("fghpqCEJLPσφψΦΨ")
_GROUP = re.compile(r"\[[^\[\]]*\]|\([^()]*\)|\{[^{}]*\}|⟨[^⟨⟩]*⟩|<[^<>]*>|[^\[\](){}⟨⟩<>]+")
_NAME_CATEGORIES = ("Lu", "Ll", "Lo", "Nd", "Mn")  # no superscript or subscript characters
_ROOT_SIGNS = {"": "√", "2": "√", "3": "∛", "4": "∜"}


def root_sign(degree: str) -> str:
    """The root sign with its degree before it (none for a square root)."""
    return _ROOT_SIGNS.get(degree) or (symbols.superscript(degree) or f"[{degree}]") + "√"


def flat_text(node: Node, ascii: bool) -> str:
    """The formula on one row."""
    return Flat(node, ascii).line(node)


class Flat:
    """Writes the nodes of one formula on a row; one style of subscript is kept throughout the formula."""

    def __init__(self, formula: Node, ascii: bool) -> None:
        self.ascii = ascii
        self._small_subscripts = False
        self._small_subscripts = not ascii and all(
            symbols.subscript(self.line(sub, script=True)) for sub in _subscripts(formula)
        )

    def line(self, node: Node, script: bool = False) -> str:
        """One node, and all in it, as text."""
        return self._text(node, script).replace(_SEAM, "").strip()

    def _text(self, node: Node, script: bool) -> str:
        match node:
            case Symbol(text):
                return text
            case Row(items):
                return self._row(items, script)
            case Fraction(top, bottom, True):
                return f"{self._operand(top, script)}/{self._operand(bottom, script, below=True)}"
            case Fraction(top, bottom):
                return f"{self.line(top, script)} choose {self.line(bottom, script)}"
            case Root(body, index):
                return self._root(body, index, script)
            case Scripts(base, sub, sup):
                return self._scripted(self._base(base, script), sub, sup)
            case Limits(base, under, over):
                return self._limits(base, under, over, script)
            case Accent(body, mark):
                return self._accent(body, mark, script)
            case Brace(body, over, label):
                sign = self._sign("⏞" if over else "⏟")
                named = "" if label is None else _marked("^" if over else "_", self.line(label))
                return f"{sign}({self.line(body, script)}){named}"
            case Fenced(opening, body, closing):
                return self._fenced(opening, body, closing, script)
            case Middle(text):
                return self._sign(text)
            case Table():
                return self._table(node)
            case _:
                return ""

    def _sign(self, text: str) -> str:
        return ascii_text(text) if self.ascii else text

    def _row(self, items: tuple[Node, ...], script: bool) -> str:
        shown = [item for item in items if not isinstance(item, Space)]
        text = ""
        spaces = _visible_gaps(items, script)
        for place, (gap, item) in enumerate(zip(spaces, shown, strict=True)):
            # What a wide space keeps away is no neighbour.
            before = shown[place - 1] if place and gap < _WIDE else None
            after = shown[place + 1] if place + 1 < len(shown) and spaces[place + 1] < _WIDE else None
            piece = self._factor(item, before, after, script)
            if not piece:
                continue
            if text.endswith(_SEAM):
                text = text.rstrip(_SEAM)
                gap = max(gap, int(piece[0].isalnum() or piece[0] in "√∛∜"))
            if isinstance(item, Accent | Root) and piece[0].isalpha() and text[-1:].isalnum():
                gap = max(gap, int(piece.endswith(")")))  # x bar(yz), B sqrt(x)
            if isinstance(before, Root) and edges(item)[0] is Kind.OPEN:
                gap = 1  # √2 (x): the root ends before the bracket
            if isinstance(item, Fraction) and piece[0] == "(" and _is_function(before):
                gap = 0  # log(a/b): the parentheses are the function's
            text += (" " * gap if text else "") + piece
        return text

    def _factor(self, item: Node, before: Node | None, after: Node | None, script: bool) -> str:
        """An item of a row, in parentheses when it is a fraction whose neighbours would be read into it."""
        text = self._text(item, script)
        if not isinstance(item, Fraction) or not item.bar:
            return text
        if _is_factor(after) or _binds(before) or (_is_factor(before) and text[0].isdigit()):
            return f"({text.replace(_SEAM, '')})"
        return text

    def _operand(self, node: Node, script: bool, below: bool = False) -> str:
        """A numerator or (below) a denominator, in parentheses unless it is read as one thing."""
        text = self.line(node, script)
        return text if _is_tight(node, below) else f"({text})"

    def _base(self, node: Node, script: bool) -> str:
        text = self._text(node, script)
        if isinstance(node, Symbol | Fenced | Accent | Brace) or len(text.replace(_SEAM, "")) <= 1:
            return text
        return text if isinstance(node, Limits) else f"({text.replace(_SEAM, '')})"

    def _root(self, body: Node, index: Node | None, script: bool) -> str:
        text = self.line(body, script)
        degree = "" if index is None else self.line(index, script=True)
        if self.ascii:
            return f"{'sqrt' if degree in ('', '2') else f'root[{degree}]'}({text})"
        sign = root_sign(degree)
        indexed = isinstance(body, Scripts) and body.sup is None and self._small_subscripts
        short = cell_len(text) == 1 or (indexed and not text.startswith("("))
        return f"{sign}{text}{_SEAM}" if short else f"{sign}({text})"

    def scripted(self, sub: Node | None, sup: Node | None) -> str:
        """Scripts on one row with what marks them."""
        return self._scripted("", sub, sup).replace(_SEAM, "")

    def _scripted(self, base: str, sub: Node | None, sup: Node | None) -> str:
        base = base.replace(_SEAM, "")
        below = "" if sub is None or is_empty(sub) else self._subscript(self.line(sub, script=True))
        if sup is None or is_empty(sup):
            return base + below
        text = self.line(sup, script=True)
        if not text.strip(PRIMES):
            return base + text + below  # b′_j, never b_j′
        return base + below.replace(_SEAM, "") + self._superscript(text) + _SEAM * below.endswith(_SEAM)

    def _subscript(self, text: str) -> str:
        small = symbols.subscript(text) if self._small_subscripts else None
        return small or _marked("_", text)

    def _superscript(self, text: str) -> str:
        """Small characters if they exist; brackets side by side, as in `a^[l](i)`, are raised one by one."""
        groups = [text] if self._raised(text) else _GROUP.findall(text)
        pieces = [self._raised(group) or _group("^", group) for group in groups]
        bracketed = any(group[0] in "[({⟨<" for group in groups)
        if "".join(groups) != text or not all(pieces) or not (bracketed or len(groups) == 1):
            return _marked("^", text)
        written = "".join(pieces)
        return written.replace(_SEAM, "") + _SEAM * (_SEAM in written)

    def _raised(self, text: str) -> str | None:
        return None if self.ascii else symbols.superscript(text)

    def _limits(self, base: Node, under: Node | None, over: Node | None, script: bool) -> str:
        text = self._text(base, script)
        if edges(base)[0] in OPERATORS and under is not None and over is not None:
            below = self._subscript(self.line(under, script=True))
            above = self.line(over, script=True)
            small = not below.startswith("_") and self._raised(above)  # one style for both limits
            return text + below.replace(_SEAM, "") + (small or _marked("^", above))
        if edges(base)[0] in OPERATORS:
            return self._scripted(text, under, over)
        below = "" if under is None or is_empty(under) else _marked("_", self.line(under, script=True))
        above = "" if over is None or is_empty(over) else _marked("^", self.line(over, script=True))
        return text.replace(_SEAM, "") + below.replace(_SEAM, "") + above

    def _accent(self, body: Node, mark: str, script: bool) -> str:
        text = self.line(body, script)
        word = symbols.ACCENTS[mark].word
        if self.ascii:
            return f"{text}_{word}{_SEAM}" if text.isalnum() else f"{word}({text})"
        return symbols.accented(text, mark) if cell_len(text) == 1 else f"{word}({text})"

    def _fenced(self, opening: str, body: Node, closing: str, script: bool) -> str:
        if opening == "{" and not closing:
            closing = "}"  # cases: on one row the end must be seen
        return f"{self._sign(opening)}{self.line(body, script)}{self._sign(closing)}"

    def _table(self, table: Table) -> str:
        text = ""
        for row in table.rows:
            line = self._aligned(row) if table.aligned else self._cells(row)
            if text and line:
                continues = table.aligned and is_empty(row[0])
                text = text.rstrip(",;") + (" " if continues else "; ")  # a = b = c
            text += line
        return text

    def _aligned(self, row: tuple[Node, ...]) -> str:
        """The cells of aligned equations: two make one equation, and equations are set apart."""
        items: list[Node] = []
        for index, cell in enumerate(row):
            if items and index % 2 == 0:
                items.append(Space(2 * _WIDE))
            items.extend(items_of(cell))
        return self.line(Row(tuple(items)))

    def _cells(self, row: tuple[Node, ...]) -> str:
        text = ""
        for cell in row:
            if is_empty(cell):
                continue
            first = items_of(cell)[0]
            comma = not text.endswith((",", ":")) and not (isinstance(first, Symbol) and first.kind is Kind.WORD)
            text += (", " if comma else " ") * bool(text) + self.line(cell)
        return text


def _subscripts(formula: Node) -> list[Node]:
    found: list[Node] = []
    for node in descendants(formula):
        below = node.sub if isinstance(node, Scripts) else node.under if isinstance(node, Limits) else None
        if below is not None and not is_empty(below):
            found.append(below)
    return found


def _visible_gaps(items: tuple[Node, ...], script: bool) -> list[int]:
    return [gap for gap, item in zip(gaps(items, script), items, strict=True) if not isinstance(item, Space)]


def _marked(sign: str, text: str) -> str:
    """`_x` or `^x` when the text is one name or number, else with parentheses."""
    if not text:
        return ""
    return _group(sign, text) or f"{sign}({text}){_SEAM}"


def _group(sign: str, text: str) -> str:
    """A bracketed group or a single name after its sign; nothing when the text is more than that."""
    if _GROUP.fullmatch(text) and text[0] in "[({⟨<":
        return f"{sign}{text}{_SEAM}"
    if not text.strip(PRIMES):
        return text
    is_name = len(text) == 1 or all(unicodedata.category(c) in _NAME_CATEGORIES for c in text)
    return f"{sign}{text}{_SEAM}" if is_name else ""


def _is_factor(node: Node | None) -> bool:
    """Whether a node beside a fraction would be read as multiplied with a part of it."""
    if node is None or is_empty(node):
        return False
    if isinstance(node, Symbol) and node.text == "/":
        return True
    return edges(node)[0] in (Kind.ORD, Kind.WORD, Kind.OP, Kind.SUM, Kind.OPEN, Kind.INNER)


def _binds(node: Node | None) -> bool:
    """Whether what stands before a fraction would take its numerator alone: a function, a sum, a slash."""
    if node is None:
        return False
    if isinstance(node, Fraction) or (isinstance(node, Symbol) and node.text == "/"):
        return True
    return edges(node)[1] in (Kind.OP, Kind.SUM, Kind.WORD)


def _is_function(node: Node | None) -> bool:
    return isinstance(node, Symbol | Scripts) and edges(node)[1] is Kind.OP


def _is_tight(node: Node, below: bool) -> bool:
    """Whether the text of a node holds together beside a slash."""
    items = [item for item in items_of(node) if not is_empty(item)]
    if len(items) < 2:
        return all(map(_is_single, items))
    if any(_visible_gaps(tuple(items), script=False)) or not all(_joins(item) for item in items):
        return False
    first = items[0]
    differential = isinstance(first, Symbol) and first.text in _DIFFERENTIALS and len(items) == 2
    call = len(items) == 2 and isinstance(items[1], Fenced) and _names_function(first)
    return not below or differential or call or _is_spelled_word(items)


def _names_function(node: Node) -> bool:
    """Whether a bracket after it holds its arguments: f(x), but a(1 - a) is a product."""
    base = node.base if isinstance(node, Scripts) else node
    return isinstance(base, Symbol) and (len(base.text) > 1 or base.text in _FUNCTION_LETTERS)


def _is_spelled_word(items: list[Node]) -> bool:
    """Three letters or more side by side, as in `cost`: a name rather than a product."""
    last = items[-1].base if isinstance(items[-1], Scripts) else items[-1]
    return len(items) > 2 and all(
        isinstance(item, Symbol) and item.text.isalpha() and item.text.isascii() for item in [*items[:-1], last]
    )


def _joins(item: Node) -> bool:
    if isinstance(item, Symbol) and (item.kind in (Kind.REL, Kind.PUNCT) or item.text == "/"):
        return False
    return _is_single(item)


def _is_single(node: Node) -> bool:
    if isinstance(node, Symbol):
        return " " not in node.text
    if isinstance(node, Fenced):
        return bool(node.opening and node.closing)
    if isinstance(node, Scripts):
        return isinstance(node.base, Symbol | Fenced | Accent | Root | Scripts) and _is_single(node.base)
    return isinstance(node, Root | Accent | Phantom | Brace)
