"""Comparing the learner's result with the reference's: shape, then type, then values."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from tutor.content.exercises import Tolerance
from tutor.domain.errors import suggest
from tutor.grading.wire import Unsendable

RTOL = 1e-6
ATOL = 1e-9  #: times the largest reference value
SMALL = 1e-3  #: a relative difference up to here is called small
FLOAT32 = (1e-7, 2e-5)  #: what float32 does to a result, relative to its largest value
_NUMERIC = (np.ndarray, np.generic, numbers.Number)


@dataclass(frozen=True)
class Difference:
    """The first place where two results differ. `expected` and `got` are the parts compared there."""

    path: str
    message: str
    expected: Any = None
    got: Any = None


@dataclass(frozen=True)
class Comparison:
    """How results are compared.

    - outputs: names of the parts of a returned tuple, or of the one result
    - tolerances: by output name or by key of a dict
    - strict: for comparing two wrong results: nothing extra, and not-a-number equals itself
    """

    outputs: tuple[str, ...] = ()
    tolerances: Mapping[str, Tolerance] | None = None
    strict: bool = False

    def difference(self, expected: Any, got: Any) -> Difference | None:
        """The first difference in reading order, or None when `got` can be accepted."""
        if got is None and expected is not None:
            return Difference("", "it returned None: is there a `return` missing?", expected, got)
        largest = cache(lambda: max((_largest(leaf) for leaf in leaves(expected)), default=0.0))
        for part in self._walk(expected, got, "", ()):
            path, names, left, right = part
            if (message := self._leaf(left, right, names, largest)) is not None:
                return Difference(path, f"{path or 'the result'}: {message}", left, right)
        return None

    def _walk(
        self, expected: Any, got: Any, path: str, names: tuple[str, ...]
    ) -> Iterator[tuple[str, tuple[str, ...], Any, Any]]:
        """Pairs of leaves, as (path, names on the way, expected, got); a pair that does not fit is a leaf."""
        if isinstance(expected, dict) and isinstance(got, dict):
            if self.strict and set(expected) != set(got):
                yield path, names, expected, got
            for key, value in expected.items():
                if key not in got:
                    yield path, names, _Missing(key, tuple(other for other in got if other not in expected)), got
                else:
                    yield from self._walk(
                        value, got[key], f"{path}[{key!r}]" if path else _top(key), (*names, str(key))
                    )
        elif isinstance(expected, list | tuple) and self._sequence(expected, got) is not None:
            items = self._sequence(expected, got) or []
            named = self.outputs if not path and len(self.outputs) == len(expected) > 1 else ()
            single = self.outputs[0] if not path and len(self.outputs) == 1 else (path or "result")
            if len(items) < len(expected) or (self.strict and len(items) != len(expected)):
                yield path, names, expected, items
                return
            for index, value in enumerate(expected):
                here = named[index] if named else f"{single}[{index}]"
                yield from self._walk(value, items[index], here, (*names, named[index] if named else single))
        else:
            if not path and len(self.outputs) == 1:
                path, names = self.outputs[0], (self.outputs[0],)
            yield path, names, expected, got

    @staticmethod
    def _sequence(expected: list[Any] | tuple[Any, ...], got: Any) -> list[Any] | None:
        if isinstance(got, list | tuple):
            return list(got)
        # A list of numbers may come as a vector.
        scalars = all(isinstance(part, numbers.Number | np.generic) for part in expected)
        return list(got) if scalars and isinstance(got, np.ndarray) and got.ndim == 1 else None

    def _leaf(self, expected: Any, got: Any, names: tuple[str, ...], largest: Callable[[], float]) -> str | None:
        if isinstance(expected, _Missing):
            meant = suggest(str(expected.key), map(str, expected.unexpected))
            return f"the key {expected.key!r} is missing; the keys are {_keys(got)}.{meant}"
        if isinstance(got, Unsendable):
            return f"expected {describe(expected)}, got an object of type {got.type_name}"
        if isinstance(expected, _NUMERIC) and isinstance(got, _NUMERIC):
            return self._numbers(expected, got, names, largest)
        if isinstance(expected, np.ndarray) and isinstance(got, list | tuple):
            return f"expected {describe(expected)}, got {describe(got)}; np.array(...) makes an array of it"
        if isinstance(expected, list | tuple):
            came = len(got) if isinstance(got, list | tuple) else describe(got)
            return f"expected {len(expected)} values{self._named(expected)}, got {came}"
        if type(expected) is not type(got):
            return f"expected {describe(expected)}, got {describe(got)}"
        return None if expected == got else f"expected {_short(expected)}, got {_short(got)}"

    def _named(self, expected: Any) -> str:
        return f" ({', '.join(self.outputs)})" if len(self.outputs) == len(expected) > 1 else ""

    def _numbers(self, expected: Any, got: Any, names: tuple[str, ...], largest: Callable[[], float]) -> str | None:
        left, right = np.asarray(expected), np.asarray(got)
        if left.shape != right.shape:
            hint = ""
            if left.ndim == 0 and right.size == 1:
                hint = "; np.squeeze(...) or .item() makes a number of it"
            return f"expected {describe(expected)}, got {describe(got)}{hint}"
        kinds = left.dtype.kind, right.dtype.kind
        if kinds.count("U") == 1 or (kinds[1] == "c" and kinds[0] != "c"):
            return f"expected {describe(expected)}, got {describe(got)}"
        if kinds == ("U", "U"):
            return _first(left, right, left != right) if (left != right).any() else None
        scale = _largest(left) or largest()
        rtol, atol = self._tolerance(names, scale)
        wrong = self._far(left, right, rtol, atol)
        if not wrong.any():
            return None
        return f"{_first(left, right, wrong)}{self._nearness(left, right, scale)}"

    def _nearness(self, left: np.ndarray[Any, Any], right: np.ndarray[Any, Any], scale: float) -> str:
        """What to say of a difference that is small: whether it looks like that of float32."""
        if left.dtype.kind not in "fc" or self._far(left, right, SMALL, SMALL * 1e-3 * scale).any():
            return ""
        with np.errstate(all="ignore"):
            furthest = _largest(np.where(np.isfinite(left), right - left, 0.0)) / scale
        if FLOAT32[0] <= furthest <= FLOAT32[1]:
            return "; it agrees to 3 digits, so precision was lost (float32?)"
        return "; it agrees to 3 digits: a small difference"

    def _far(
        self, left: np.ndarray[Any, Any], right: np.ndarray[Any, Any], rtol: float, atol: float
    ) -> np.ndarray[Any, Any]:
        with np.errstate(all="ignore"):
            if left.dtype.kind in "biu" and right.dtype.kind in "biu":
                return np.asarray(left != right)
            left = left.astype(complex if left.dtype.kind == "c" else float)
            right = right.astype(complex if right.dtype.kind == "c" else float)
            close = np.abs(right - left) <= atol + rtol * np.abs(left)
            same = (left == right) | (np.isnan(left) & np.isnan(right))
            return np.asarray(~((close & np.isfinite(left)) | same))

    def _tolerance(self, names: tuple[str, ...], scale: float) -> tuple[float, float]:
        rtol, atol = RTOL, ATOL * (scale or 1.0)
        for name in names:
            given = (self.tolerances or {}).get(name)
            if given is not None:
                rtol = rtol if given.rtol is None else given.rtol
                atol = atol if given.atol is None else given.atol
        return rtol, atol


@dataclass(frozen=True)
class _Missing:
    """A key that is not there; `unexpected` are the keys that are there instead."""

    key: Any
    unexpected: tuple[Any, ...]


def leaves(value: Any) -> Iterator[Any]:
    """The parts of a result that are no containers."""
    if isinstance(value, dict):
        for part in value.values():
            yield from leaves(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from leaves(part)
    else:
        yield value


def describe(value: Any) -> str:
    """A value's kind in words: `an array of shape (3, 1)`, `a float`, `None`."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        kind = "" if value.dtype.kind in "f" else f" and dtype {value.dtype}"
        return f"an array of shape {value.shape}{kind}"
    if isinstance(value, Unsendable):
        return f"an object of type {value.type_name}"
    if isinstance(value, np.generic):
        value = value.item()
    name = {"dict": "a dict", "int": "an int"}.get(type(value).__name__, f"a {type(value).__name__}")
    if isinstance(value, list | tuple | dict | set):
        return f"{name} of {len(value)}"
    return name


def _first(left: np.ndarray[Any, Any], right: np.ndarray[Any, Any], wrong: np.ndarray[Any, Any]) -> str:
    """`at [2, 0] expected 0.25, got 1.75 (3 of 6 values differ)`"""
    if left.ndim == 0:
        return f"expected {_short(left[()])}, got {_short(right[()])}"
    index = tuple(int(at) for at in np.argwhere(wrong)[0])
    where = ", ".join(map(str, index))
    count = int(np.count_nonzero(wrong))
    return (
        f"at [{where}] expected {_short(left[index])}, got {_short(right[index])} "
        f"({count} of {left.size} value{'s' if left.size != 1 else ''} differ{'s' if count == 1 else ''})"
    )


def _largest(value: Any) -> float:
    if not isinstance(value, np.ndarray | np.generic | numbers.Number):
        return 0.0
    array = np.asarray(value)
    if array.dtype.kind not in "biufc" or not array.size:
        return 0.0
    sizes = np.abs(array.astype(complex))
    finite = sizes[np.isfinite(sizes)]
    return float(finite.max()) if finite.size else 0.0


def _short(value: Any) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return f"{value:.10g}"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _top(key: Any) -> str:
    return key if isinstance(key, str) and key.isidentifier() else f"result[{key!r}]"


def _keys(got: Any) -> str:
    shown = [repr(key) for key in list(got)[:8]]
    return ", ".join(shown) + (" ..." if len(got) > 8 else "") if shown else "none"
