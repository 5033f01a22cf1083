"""From text to tokens: numbers, signs and runs of letters, which are split into the names that are known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from tutor.domain.errors import suggest
from tutor.maths.typed.notation import FormulaError, canonical, plain
from tutor.maths.typed.tree import CONSTANTS, FUNCTIONS

_FUNCTIONS = {**{name: name for name in FUNCTIONS}, "ln": "log", "sigma": "sigmoid", "ReLU": "relu"}


class TokenKind(Enum):
    NUMBER = auto()
    NAME = auto()
    CONSTANT = auto()
    FUNCTION = auto()
    SIGN = auto()
    END = auto()


@dataclass(frozen=True)
class Token:
    """`text` is the number, the name as declared, the function or the sign; `spaced`: after white space."""

    kind: TokenKind
    text: str
    spaced: bool = False


class Vocabulary:
    """What a run of letters may mean: the question's own names first, then functions, e and pi."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = {canonical(name): name for name in names}
        self._longest = max(map(len, [*self.names, *_FUNCTIONS]))

    def meaning(self, piece: str) -> tuple[TokenKind, str] | None:
        """What `piece` stands for as a whole, or None."""
        bare = piece.replace("_", "")
        if bare in self.names and not piece.startswith("_") and not piece.endswith("_"):
            return TokenKind.NAME, self.names[bare]
        if piece in _FUNCTIONS:
            return TokenKind.FUNCTION, _FUNCTIONS[piece]
        if piece in CONSTANTS:
            return TokenKind.CONSTANT, piece
        return None

    def split(self, run: str) -> list[tuple[TokenKind, str]]:
        """The fewest known pieces that make up `run`: `ab` is a and b unless `ab` itself is known.

        Raises FormulaError when there are none.
        """
        best: list[list[tuple[TokenKind, str]] | None] = [[]] + [None] * len(run)
        for end in range(1, len(run) + 1):
            # Underscores are not part of the canonical spelling, so a piece may be twice as long.
            for start in range(max(0, end - 2 * self._longest), end):
                before, known = best[start], best[end]
                if before is None or (known is not None and len(known) <= len(before) + 1):
                    continue
                if meaning := self.meaning(run[start:end]):
                    best[end] = [*before, meaning]
        found = best[-1]
        if found is None:
            raise FormulaError(self._unknown(run))
        return found

    def _unknown(self, run: str) -> str:
        if not self.names:
            return f"There is no '{run}' here; the answer is a number."
        names = sorted(self.names.values())
        near = [*names, *_FUNCTIONS] if len(run) > 2 else names
        same = [name for name in near if name.casefold() == run.casefold()]
        hint = f" Did you mean '{same[0]}'?" if same else suggest(run, near)
        return f"There is no '{run}' here; the formula uses {listed(names)}.{hint}"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


_TOKEN = (
    r"(?P<space>\s*)(?:(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+){exponent})"
    r"|(?P<run>[A-Za-z][A-Za-z0-9_]*)|(?P<sign>\\frac|[-+*/^(){{}}|,])|(?P<end>\Z))"
)
_WITH_EXPONENT = re.compile(_TOKEN.format(exponent=r"(?:[eE][+-]?[0-9]+)?"))
_WITHOUT_EXPONENT = re.compile(_TOKEN.format(exponent=""))
_LONGEST_NUMBER = 25


def tokens(text: str, vocabulary: Vocabulary) -> Iterator[Token]:
    """The tokens of what was typed, closed by an END token. Raises FormulaError."""
    text = plain(text)
    if "=" in text:
        raise FormulaError("Write only the expression, without the '=' and what stands before it.")
    # Where e is a name of the question, 2e-3 is a difference.
    pattern = _WITHOUT_EXPONENT if "e" in vocabulary.names else _WITH_EXPONENT
    position = 0
    while match := pattern.match(text, position):
        position, spaced = match.end(), bool(match["space"])
        if match["number"]:
            yield Token(TokenKind.NUMBER, _number(match["number"]), spaced)
        elif match["sign"]:
            yield Token(TokenKind.SIGN, match["sign"], spaced)
        elif match["run"]:
            for index, (kind, name) in enumerate(vocabulary.split(match["run"])):
                yield Token(kind, name, spaced and index == 0)
        else:
            yield Token(TokenKind.END, "", spaced)
            return
    raise FormulaError(
        f"'{text[position:].lstrip()[0]}' cannot be part of a formula; use numbers, names, + - * / ^, "
        "parentheses, |z| and functions such as exp(z)."
    )


def _number(literal: str) -> str:
    if len(literal) > _LONGEST_NUMBER or float(literal) > 1e300:
        raise FormulaError(f"A number has at most {_LONGEST_NUMBER} characters and lies below 1e300; shorten it.")
    return literal
