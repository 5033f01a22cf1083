"""A formula as a tree: its value at a point, its names, and how it is shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Constant:
    """`e` or `pi`."""

    name: str


@dataclass(frozen=True)
class Name:
    """One of the question's own names, as it was declared."""

    name: str


@dataclass(frozen=True)
class Negative:
    operand: Formula


@dataclass(frozen=True)
class Operation:
    """`sign` is one of + - * / ^."""

    sign: str
    left: Formula
    right: Formula


@dataclass(frozen=True)
class Call:
    """`function` is a key of FUNCTIONS."""

    function: str
    arguments: tuple[Formula, ...]


Formula = Number | Constant | Name | Negative | Operation | Call

CONSTANTS = {"e": math.e, "pi": math.pi}


def _exp(z: float) -> float:
    return math.exp(z) if z < 709.0 else math.inf


def _sigmoid(z: float) -> float:
    return 1.0 / (1.0 + _exp(-z))


def _sign(z: float) -> float:
    return float((z > 0) - (z < 0))


FUNCTIONS: dict[str, Callable[..., float]] = {
    "exp": _exp,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "sqrt": math.sqrt,
    "sigmoid": _sigmoid,
    "tanh": math.tanh,
    "relu": lambda z: max(0.0, z),
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "abs": abs,
    "floor": math.floor,
    "ceil": math.ceil,
    "sign": _sign,
    "max": max,
    "min": min,
}
SEVERAL_ARGUMENTS = ("max", "min")


def evaluate(formula: Formula, point: Mapping[str, float]) -> tuple[float, float]:
    """The value at `point`, NaN where there is none, and the largest magnitude added or subtracted for it.

    That magnitude times the machine precision is the rounding error to expect where terms cancel.
    """
    largest = 0.0

    def value(node: Formula) -> float:
        nonlocal largest
        match node:
            case Number(number):
                return number
            case Constant(name):
                return CONSTANTS[name]
            case Name(name):
                return point[name]
            case Negative(operand):
                return -value(operand)
            case Call(function, arguments):
                values = [value(argument) for argument in arguments]
                return float(FUNCTIONS[function](*values)) if not any(map(math.isnan, values)) else math.nan
            case Operation(sign, left, right):
                a, b = value(left), value(right)
                if sign == "*":
                    return a * b
                if sign == "/":
                    return a / b
                if sign == "^":
                    return _power(a, b)
                largest = max(largest, abs(a), abs(b))
                return a + b if sign == "+" else a - b

    try:
        return value(formula), largest
    except (ValueError, OverflowError, ZeroDivisionError):
        return math.nan, largest


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf if base > 0 else math.nan


def names_in(formula: Formula) -> set[str]:
    """The question's names that occur in the formula."""
    return {node.name for node in walk(formula) if isinstance(node, Name)}


def walk(formula: Formula) -> Iterator[Formula]:
    """Every node of the tree, a parent before its children."""
    pending = [formula]
    while pending:
        node = pending.pop()
        yield node
        match node:
            case Negative(operand):
                pending.append(operand)
            case Operation(_, left, right):
                pending += (right, left)
            case Call(_, arguments):
                pending += reversed(arguments)


_SUM, _PRODUCT, _UNARY, _POWER, _ATOM = range(5)
_LEVELS = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "^": _POWER}


def show(formula: Formula) -> str:
    """One line with every `*` written and parentheses wherever a reader could hesitate."""
    match formula:
        case Number(number):
            return f"{number:.15g}"
        case Constant(name) | Name(name):
            return name
        case Negative(operand):
            return "-" + _shown(operand, _POWER)
        case Call(function, arguments):
            return f"{function}({', '.join(map(show, arguments))})"
        case Operation("^", base, exponent):
            return f"{_shown(base, _ATOM)}^{_shown(exponent, _ATOM)}"
        case Operation("+" | "-" as sign, left, right):
            return f"{_shown(left, _SUM)} {sign} {_shown(right, _PRODUCT, last=True)}"
        case Operation("*", left, right):
            divided = isinstance(left, Operation) and left.sign == "/"
            return f"{_shown(left, _POWER if divided else _PRODUCT)}*{_shown(right, _POWER, last=True)}"
        case Operation(sign, left, right):
            multiplied = isinstance(left, Operation)
            return f"{_shown(left, _POWER if multiplied else _PRODUCT)}{sign}{_shown(right, _POWER, last=True)}"


def _shown(formula: Formula, lowest: int, *, last: bool = False) -> str:
    """The formula, in parentheses where it binds less than `lowest` or is a negative `last` operand."""
    level = _ATOM
    if isinstance(formula, Negative):
        level = _SUM - 1 if last else _UNARY
    elif isinstance(formula, Operation):
        level = _LEVELS[formula.sign]
    return show(formula) if level >= lowest else f"({show(formula)})"
