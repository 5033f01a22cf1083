"""Judging an answer that is not a formula: numbers, choices, orderings, printed output and values of code.

A judgement never rests on how something was written. What cannot be read at all is no answer: UsageError.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from tutor.domain.errors import UsageError


@dataclass(frozen=True)
class Judgement:
    """Whether an answer is right, and if not, in one sentence what is wrong with it."""

    correct: bool
    message: str = ""


_RIGHT = Judgement(True)


def rating(correct: bool, *, hinted: bool, changed: bool) -> int:
    """The rating of a question: wrong 1, right after a hint or a changed answer 2, right 3; never 4."""
    if not correct:
        return 1
    return 2 if hinted or changed else 3


# Numbers

_LONGEST_NUMBER = 200  # characters
_LEAST_TOLERANCE = 1e-9  # relative: 1/3 and 0.3333333333 are the same answer
_FLOOR = 1e-15  # absolute, for an answer of 0
_CLOSE = 0.02  # relative: right but for rounding
_POWERS_OF_TEN = (*range(1, 13), *range(-1, -13, -1))
_PLAIN = str.maketrans({"−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "≈": "", "=": "", "~": ""})
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERSCRIPT_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_MANTISSA = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?|[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_DECIMAL = rf"{_MANTISSA}(?:[eE][+-]?[0-9]{{1,3}})?"
_POWER = rf"{_DECIMAL}(?:\s*(?:\^|\*\*)\s*\(?[+-]?[0-9]{{1,3}}\)?)?"
_FACTOR = rf"\s*([*/]|x(?=\s*10\b))\s*([+-]?{_POWER})"
_NUMBER = re.compile(rf"\s*([+-]?)\s*({_POWER})(?:{_FACTOR})?\s*(.*?)\s*", re.S)


def judge_numeric(given: str, answer: float, tolerance: float, unit: str = "") -> Judgement:
    """Judge a typed number: `0.5`, `1/2`, `1e-3`, `2*10^-3`, `5,511`, `50 %`, with or without its unit.

    `tolerance` is relative. Raises UsageError when `given` is not a number or is in another unit.
    """
    value = _in_unit(given, unit)

    def near(number: float, within: float = tolerance) -> bool:
        return abs(number - answer) <= max(max(within, _LEAST_TOLERANCE) * abs(answer), _FLOOR)

    if near(value):
        return _RIGHT
    hint = ""
    if near(-value):
        hint = ": the sign is wrong"
    elif unit == "%" and near(100 * value):
        hint = ": that is the fraction, but the answer is asked in percent"
    elif not unit and 0 < abs(answer) <= 1 and near(value / 100):
        hint = ": that is the percentage, but the answer is asked as a fraction"
    elif answer and (power := next((k for k in _POWERS_OF_TEN if near(value / 10.0**k)), 0)):
        hint = f": too {'large' if power > 0 else 'small'} by a factor of {10 ** abs(power)}"
    elif near(value, _CLOSE):
        hint = f": close, but {'more digits are' if tolerance else 'the exact number is'} needed"
    return Judgement(False, f"Expected {_with_unit(answer, unit)}, got {_with_unit(value, unit)}{hint}.")


def _in_unit(given: str, unit: str) -> float:
    """The number that was typed, in `unit`."""
    text = _SUPERSCRIPT_RUN.sub(lambda run: "^" + run[0].translate(_SUPERSCRIPTS), given)
    match = _NUMBER.fullmatch(text.translate(_PLAIN)) if len(given) <= _LONGEST_NUMBER else None
    if match is None:
        raise UsageError(f"Expected a number such as 0.5, 1/2 or 1e-3, but got {_quoted(given)}.")
    sign, first, operator, second, typed_unit = match.groups()
    try:
        value = _power(first)
        if operator:
            value = value / _power(second) if operator == "/" else value * _power(second)
    except (OverflowError, ZeroDivisionError):
        value = math.inf
    if not math.isfinite(value):
        raise UsageError(f"Expected a finite number, but got {_quoted(given)}.")
    if sign == "-":
        value = -value
    if not typed_unit or _same_unit(typed_unit, unit):
        return value
    if typed_unit == "%" and not unit:
        return value / 100
    if typed_unit[0] in ",.0123456789":
        raise UsageError(f"Expected a number with a decimal point, but got {_quoted(given)}.")
    asked = f"in {unit}" if unit else "without a unit"
    raise UsageError(f"Expected a number {asked}, but got {_quoted(given)}.")


def _power(text: str) -> float:
    base, _, exponent = re.sub(r"[\s,()]", "", text).replace("**", "^").partition("^")
    # The sign stays outside the power: -2^2 is -4.
    sign = -1.0 if base.startswith("-") else 1.0
    return sign * float(base.lstrip("+-")) ** int(exponent or 1)


def _same_unit(typed: str, unit: str) -> bool:
    """Whether two units are the same; a word may be in the singular or plural, in any case."""
    if typed == unit or (unit == "%" and typed.casefold() == "percent"):
        return True
    return min(len(typed), len(unit)) > 3 and typed.casefold().rstrip("s") == unit.casefold().rstrip("s")


def _with_unit(value: float, unit: str) -> str:
    return f"{value:.10g} {unit}".strip()


# Choices and orderings


def judge_choice(chosen: Sequence[int], right: Sequence[int]) -> Judgement:
    """Judge the indices of the chosen options. Raises UsageError when nothing was chosen."""
    if not chosen:
        raise UsageError("Expected at least one option, but none was chosen.")
    missed, wrong = len(set(right) - set(chosen)), len(set(chosen) - set(right))
    if not missed and not wrong:
        return _RIGHT
    if len(right) == 1 and len(set(chosen)) == 1:
        return Judgement(False, "That is not the right option.")
    parts = [f"{wrong} chosen {'option is' if wrong == 1 else 'options are'} wrong"] if wrong else []
    parts += [f"{missed} right {'option is' if missed == 1 else 'options are'} missing"] if missed else []
    return Judgement(False, f"{' and '.join(parts)}.")


def judge_ordering(order: Sequence[int], size: int) -> Judgement:
    """Judge an ordering: `order[i]` is the place, from 0, that the step put at i has in the right order.

    Raises UsageError unless each of the `size` steps is placed once.
    """
    if sorted(order) != list(range(size)):
        raise UsageError(f"Expected each of the {size} steps once, but got the places {list(order)}.")
    misplaced = [place for place, step in enumerate(order) if place != step]
    if not misplaced:
        return _RIGHT
    if len(misplaced) == 2:
        first, second = misplaced
        return Judgement(False, f"Steps {first + 1} and {second + 1} have to change places.")
    return Judgement(False, f"Step {misplaced[0] + 1} is the first in the wrong place.")


# Printed output

_DIGITS = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_PIECE = re.compile(rf"{_DIGITS.pattern}|[^\W\d]\w*|\S")


def judge_output(given: str, expected: str) -> Judgement:
    """Judge predicted output line by line; white space does not count, numbers agree within 1e-9 (relative).

    Raises UsageError when nothing was typed although something is printed.
    """
    typed, printed = _lines(given), _lines(expected)
    if printed and not typed:
        raise UsageError("Expected what the program prints, but nothing was typed.")
    for number, (got, want) in enumerate(zip_longest(typed, printed), start=1):
        if got is None:
            return Judgement(False, f"Line {number} is missing: expected {_quoted(want)}.")
        if want is None:
            return Judgement(False, f"Line {number} is one too many: {_quoted(got)}.")
        if not _same_pieces(_PIECE.findall(got), _PIECE.findall(want)):
            return Judgement(False, f"Line {number} differs: expected {_quoted(want)}, got {_quoted(got)}.")
    return _RIGHT


def _lines(text: str) -> list[str]:
    """The lines with runs of white space made one blank, without blank lines before and after."""
    return [" ".join(line.split()) for line in text.strip().splitlines()]


def _same_pieces(got: Sequence[str], want: Sequence[str]) -> bool:
    return len(got) == len(want) and all(map(_same_piece, got, want))


def _same_piece(got: str, want: str) -> bool:
    if got == want:
        return True
    if not (_DIGITS.fullmatch(got) and _DIGITS.fullmatch(want)):
        return False
    whole = all(re.fullmatch(r"[+-]?[0-9]{1,100}", piece) for piece in (got, want))
    return int(got) == int(want) if whole else math.isclose(float(got), float(want), rel_tol=1e-9)


def _quoted(text: str) -> str:
    return f"'{_shortened(text)}'"


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


# Values and shapes of code cards

_LITERAL = re.compile(rf"'[^']*'|\"[^\"]*\"|{_PIECE.pattern}")
_ARRAY = re.compile(r"(?:(?:np|numpy)\.)?(?:array|(?:float|int)(?:32|64))\s*\((.*)\)", re.S)
_CLOSING = {"(": ")", "[": "]"}
_DEEPEST = 20


@dataclass(frozen=True)
class _Sequence:
    """A tuple `(` or a list or array `[`."""

    bracket: str
    items: tuple[_Value, ...]


_Value = str | _Sequence


def judge_value(given: str, expected: str) -> Judgement:
    """Judge what an expression gives: `(3, 1)`, `3,1` and `(3,1,)` are equal, and `[1 2]` is `[1, 2]`.

    Raises UsageError when nothing was typed or brackets do not match.
    """
    if not given.strip():
        raise UsageError("Expected a value or a shape such as (3, 1), but nothing was typed.")
    got, want = _value(_pieces(given)), _value(_pieces(expected))
    if got is None or want is None:
        same = _same_pieces(*(_PIECE.findall(re.sub("['\"]", "", text)) for text in (given, expected)))
    else:
        same = _same_value(got, want)
    if same:
        return _RIGHT
    shown = _shortened(" ".join(given.split()))
    return Judgement(False, f"Expected {expected.strip()}, got {shown}{_value_hint(got, want)}.")


def _pieces(text: str) -> list[str]:
    """The literals, words and signs of one value. Raises UsageError when its brackets do not match."""
    text = text.strip()
    match = _ARRAY.fullmatch(text)
    pieces: list[str] = _LITERAL.findall(match[1] if match else text)
    expected: list[str] = []
    for piece in pieces:
        if piece in _CLOSING:
            expected.append(_CLOSING[piece])
        elif piece in _CLOSING.values() and (not expected or piece != expected.pop()):
            raise UsageError(f"Expected every bracket to have its partner, but got {_quoted(text)}.")
        if len(expected) > _DEEPEST:
            raise UsageError(f"Expected at most {_DEEPEST} brackets in one another, but got {_quoted(text)}.")
    if expected:
        raise UsageError(f"Expected a '{expected[-1]}' at the end, but got {_quoted(text)}.")
    return pieces


def _value(pieces: Sequence[str]) -> _Value | None:
    """The value that the pieces write out, or None when they are something else, such as prose."""
    try:
        items, commas = _items(iter([*pieces, ""]), "")
    except ValueError:
        return None
    if commas:
        return _Sequence("(", items)
    return items[0] if len(items) == 1 else None


def _items(pieces: Iterator[str], closing: str) -> tuple[tuple[_Value, ...], int]:
    """The values up to `closing`, and the number of commas. Raises ValueError when they are no values."""
    items: list[_Value] = []
    commas = 0
    for piece in pieces:
        if piece == closing:
            break
        if piece == ",":
            commas += 1
            if commas > len(items):
                raise ValueError
            continue
        # Printed arrays have blanks between their items; elsewhere two values in a row are prose.
        if len(items) > commas and closing != "]":
            raise ValueError
        if piece in _CLOSING:
            inner, inner_commas = _items(pieces, _CLOSING[piece])
            plain = piece == "(" and len(inner) == 1 and not inner_commas
            items.append(inner[0] if plain else _Sequence(piece, inner))
        elif _DIGITS.fullmatch(piece) or piece[0] in "'\"" or piece.isidentifier():
            items.append(piece)
        else:
            raise ValueError
    return tuple(items), commas


def _same_value(got: _Value, want: _Value) -> bool:
    if isinstance(got, _Sequence) and isinstance(want, _Sequence):
        same_length = got.bracket == want.bracket and len(got.items) == len(want.items)
        return same_length and all(map(_same_value, got.items, want.items))
    return isinstance(got, str) and isinstance(want, str) and _same_piece(_bare(got), _bare(want))


def _bare(piece: str) -> str:
    """A literal without its quotes; True, False and None in any case."""
    if piece[0] in "'\"":
        return piece[1:-1]
    return piece.capitalize() if piece.casefold() in ("true", "false", "none") else piece


def _value_hint(got: _Value | None, want: _Value | None) -> str:
    if isinstance(got, _Sequence) and isinstance(want, _Sequence):
        if _same_value(_Sequence(want.bracket, got.items), want):
            return f": the brackets should be {want.bracket}{_CLOSING[want.bracket]}"
        if _same_value(_Sequence(got.bracket, got.items[::-1]), want):
            return ": the order is reversed"
        if len(got.items) != len(want.items):
            return f": it should have {len(want.items)} entries, not {len(got.items)}"
    elif isinstance(got, str) and isinstance(want, str) and _bare(got).casefold() == _bare(want).casefold():
        return ": upper and lower case matter"
    return ""
