"""From tokens to a tree by precedence climbing (V. Pratt, Top down operator precedence, 1973)."""

from __future__ import annotations

from collections.abc import Iterable

from tutor.maths.typed.notation import FormulaError
from tutor.maths.typed.tokens import Token, TokenKind, Vocabulary, tokens
from tutor.maths.typed.tree import (
    SEVERAL_ARGUMENTS,
    Call,
    Constant,
    Formula,
    Name,
    Negative,
    Number,
    Operation,
    evaluate,
    names_in,
)

MAX_DEPTH = 40
MAX_EXPONENT = 1000.0

_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}
_PRODUCT, _UNARY = 2, 3
_CLOSING = {"(": ")", "{": "}"}


def parse(text: str, names: Iterable[str]) -> Formula:
    """The tree of a typed formula over `names`. Nothing is evaluated but constant exponents, as floats.

    Raises FormulaError, in one sentence, when it cannot be read, or can be read in two ways.
    """
    return _Parser(tokens(text, Vocabulary(names))).whole()


class _Parser:
    def __init__(self, source: Iterable[Token]) -> None:
        self._tokens = list(source)
        self._position = 0
        self._depth = 0
        self._open_bars = 0  # of |...|, inside the innermost parentheses
        # Why a factor without a * may not follow what was just read; empty when it may.
        self._ambiguity = ""

    def whole(self) -> Formula:
        if self._peek().kind is TokenKind.END:
            raise FormulaError("Type a formula.")
        formula = self._expression(0)
        if self._peek().kind is not TokenKind.END:
            raise FormulaError(_unexpected(self._peek().text))
        return formula

    def _peek(self) -> Token:
        return self._tokens[self._position]

    def _advance(self) -> Token:
        token = self._peek()
        self._position += 1
        self._ambiguity = ""
        return token

    def _expression(self, floor: int) -> Formula:
        """The longest expression from here whose operators bind tighter than `floor`."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FormulaError(f"The formula is nested more than {MAX_DEPTH} levels deep; write it flatter.")
        left = self._operand()
        while True:
            token = self._peek()
            if token.kind is TokenKind.SIGN and token.text in _BINDING:
                if _BINDING[token.text] <= floor:
                    break
                left = self._operation(left, self._advance().text)
            elif self._begins_operand(token) and floor < _PRODUCT:
                left = Operation("*", left, self._factor())
            else:
                break
        self._depth -= 1
        return left

    def _operation(self, left: Formula, sign: str) -> Formula:
        # A power is the only operation that groups from the right: x^y^z is x^(y^z).
        right = self._expression(_UNARY if sign == "^" else _BINDING[sign])
        after = self._peek()
        if sign == "^":
            _check_exponent(right)
            if not after.spaced and after.kind in (TokenKind.NAME, TokenKind.CONSTANT, TokenKind.FUNCTION):
                grouped = self._tokens[self._position - 1].text in _CLOSING.values()
                self._ambiguity = "" if grouped else "the exponent"
        elif sign == "/":
            # `1/2 x` is a coefficient; `1/2x` and `a/b x` are read in both ways.
            top = left.operand if isinstance(left, Negative) else left
            fraction = isinstance(top, Number) and isinstance(right, Number) and after.spaced
            self._ambiguity = "" if fraction else "the denominator"
        return Operation(sign, left, right)

    def _begins_operand(self, token: Token) -> bool:
        if token.kind is TokenKind.SIGN:
            return token.text in ("(", "{", r"\frac") or (token.text == "|" and not self._open_bars)
        return token.kind is not TokenKind.END

    def _factor(self) -> Formula:
        """A factor that follows another without a sign between them."""
        if self._peek().kind is TokenKind.NUMBER:
            raise FormulaError(f"Write an operator such as * before the number {self._peek().text}.")
        if self._ambiguity:
            raise FormulaError(
                f"It is not clear whether {self._ambiguity} ends before '{self._peek().text}'; "
                "write the * or parentheses."
            )
        return self._expression(_PRODUCT)

    def _operand(self) -> Formula:
        token = self._advance()
        match token.kind, token.text:
            case TokenKind.NUMBER, text:
                return Number(float(text))
            case TokenKind.NAME, name:
                return Name(name)
            case TokenKind.CONSTANT, name:
                return Constant(name)
            case TokenKind.FUNCTION, name:
                return self._call(name)
            case TokenKind.SIGN, "-":
                return Negative(self._expression(_UNARY))
            case TokenKind.SIGN, "+":
                return self._expression(_UNARY)
            case TokenKind.SIGN, ("(" | "{") as opening:
                (formula,) = self._group(opening, "parentheses", several=False)
                return formula
            case TokenKind.SIGN, "|":
                return self._absolute()
            case TokenKind.SIGN, r"\frac":
                return Operation("/", self._braced(), self._braced())
            case TokenKind.END, _:
                raise FormulaError("The formula ends where a number, a name or parentheses should follow.")
        raise FormulaError(_unexpected(token.text))

    def _call(self, function: str) -> Formula:
        if self._peek().text in _CLOSING:
            several = function in SEVERAL_ARGUMENTS
            arguments = self._group(self._advance().text, function, several=several)
            if several and len(arguments) < 2:
                raise FormulaError(f"{function} takes two or more arguments, such as {function}(0, z).")
            return Call(function, arguments)
        if self._peek().kind is TokenKind.SIGN or self._peek().kind is TokenKind.END or function in SEVERAL_ARGUMENTS:
            raise FormulaError(f"{function} needs its argument in parentheses, such as {function}(z).")
        argument = self._expression(_UNARY)
        self._ambiguity = f"the argument of {function}"
        return Call(function, (argument,))

    def _group(self, opening: str, where: str, *, several: bool) -> tuple[Formula, ...]:
        """What stands between an opening sign, already read, and its closing one."""
        outer_bars, self._open_bars = self._open_bars, 0
        parts = [self._expression(0)]
        while self._peek().text == "," and several:
            self._advance()
            parts.append(self._expression(0))
        closing = self._advance().text
        if closing == ",":
            raise FormulaError(f"There is a ',' too many in {where}; write decimals with a point.")
        if closing != _CLOSING[opening]:
            raise FormulaError(f"A '{opening}' is not closed by '{_CLOSING[opening]}'.")
        self._open_bars = outer_bars
        return tuple(parts)

    def _absolute(self) -> Formula:
        self._open_bars += 1
        inner = self._expression(0)
        if self._advance().text != "|":
            raise FormulaError("A '|' is not closed by another.")
        self._open_bars -= 1
        return Call("abs", (inner,))

    def _braced(self) -> Formula:
        if self._advance().text != "{":
            raise FormulaError(r"A fraction is written \frac{numerator}{denominator}.")
        (formula,) = self._group("{", "the fraction", several=False)
        return formula


def _check_exponent(exponent: Formula) -> None:
    if not names_in(exponent):
        value, _ = evaluate(exponent, {})
        if not abs(value) <= MAX_EXPONENT:
            raise FormulaError(f"An exponent should lie between -{MAX_EXPONENT:g} and {MAX_EXPONENT:g}.")


def _unexpected(sign: str) -> str:
    if sign in _CLOSING.values():
        opening = next(key for key, value in _CLOSING.items() if value == sign)
        return f"A '{sign}' has no '{opening}' that it closes, or nothing stands before it."
    if sign == ",":
        return "There is a ',' outside the arguments of a function; write decimals with a point."
    return f"There is a '{sign}' where a number, a name or parentheses should stand."
