"""The engine's one error, and the checks of arguments that raise it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]

#: The parameters of a network by name, such as {"W1": (n1, n0), "b1": (n1, 1)}; gradients are {"dW1", "db1"}.
Parameters = dict[str, Array]


class EngineError(ValueError):
    """An argument cannot be used: names it, what was expected, and what came.

    >>> raise EngineError("keep_prob", "in (0, 1]", "1.5")
    Traceback (most recent call last):
    engine.errors.EngineError: keep_prob should be in (0, 1], but it is 1.5.
    """

    def __init__(self, argument: str, expected: str, came: str) -> None:
        self.argument, self.expected, self.came = argument, expected, came
        super().__init__(f"{argument} should be {expected}, but it is {came}.")


def as_array(argument: str, value: ArrayLike, shape: tuple[int | str, ...] | None = None) -> Array:
    """`value` as a numeric array of the given shape, its dtype kept.

    A wrong shape often broadcasts in silence and gives a wrong number; this turns it into an error.

    - argument: the name that the error uses
    - shape: a number asks for that very size, a word for any size from 1 up; None allows every shape

    Raises EngineError when the shape differs or the values are not real numbers.

    >>> as_array("X", [[1, 2], [3, 4]], ("n_x", "m")).shape
    (2, 2)
    >>> as_array("Y", [1, 0], (1, "m"))
    Traceback (most recent call last):
    engine.errors.EngineError: Y should be an array of shape (1, m), but it is an array of shape (2,).
    """
    try:
        array = np.asarray(value)
    except ValueError:
        raise EngineError(argument, "an array of numbers", "a ragged nested sequence") from None
    if array.dtype.kind not in "biuf":
        raise EngineError(argument, "an array of real numbers", f"of dtype {array.dtype}")
    if shape is not None and not _fits(array.shape, shape):
        raise EngineError(argument, _describe(shape), _describe(array.shape))
    return array


def as_floats(argument: str, value: ArrayLike, shape: tuple[int | str, ...] | None = None) -> Array:
    """Like `as_array`, with integers and booleans turned into float64; float32 and float64 are kept.

    >>> as_floats("z", [0, 1]).dtype, as_floats("z", np.float32(0.5)).dtype
    (dtype('float64'), dtype('float32'))
    """
    array = as_array(argument, value, shape)
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def as_ids(argument: str, value: ArrayLike, size: int, shape: tuple[int | str, ...] | None = None) -> Array:
    """`value` as an array of integers in 0 ... size - 1: labels, tokens, rows to look up.

    A negative index would count from the end in silence; this turns it into an error. The integers come back in
    the size of an index (intp): in small ones, such as uint8, arithmetic like `id * size + id` would overflow.
    Of two classes, booleans are labels too: False is 0 and True is 1.

    - argument: the name that the error uses; shape: as in `as_array`

    Raises EngineError when the values are not integers, lie outside, or the shape differs.

    >>> as_ids("labels", [0, 2], 3), as_ids("labels", [True, False], 2)
    (array([0, 2]), array([1, 0]))
    >>> as_ids("labels", [0, 3], 3)
    Traceback (most recent call last):
    engine.errors.EngineError: labels should be integers from 0 to 2, but it is an array that holds 3.
    """
    array = as_array(argument, value, shape)
    # With more classes, booleans are a mask that was taken for ids.
    if array.dtype.kind not in ("biu" if size == 2 else "iu"):
        raise EngineError(argument, f"integers from 0 to {size - 1}", f"of dtype {array.dtype}")
    outside = array[(array < 0) | (array >= size)]
    if outside.size:
        raise EngineError(argument, f"integers from 0 to {size - 1}", f"an array that holds {outside[0]}")
    return array.astype(np.intp, copy=False)


def as_count(argument: str, value: int, least: int = 1) -> int:
    """`value` as a whole number of at least `least`: a size, a number of steps.

    Raises EngineError when it is smaller or no whole number.

    >>> as_count("n_h", 4)
    4
    >>> as_count("stride", 0)
    Traceback (most recent call last):
    engine.errors.EngineError: stride should be a whole number from 1 up, but it is 0.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise EngineError(argument, f"a whole number from {least} up", repr(value))
    return int(value)


def as_number(argument: str, value: ArrayLike, interval: str) -> float:
    """`value` as a Python float within an interval such as "[0, 1)": a rate, a share, a threshold.

    A NumPy number of float64 would turn a float32 array into float64; a Python float does not.

    - interval: two ends, "inf" among them, between brackets; a round one leaves its end out

    Raises EngineError when the value is outside or is no single number.

    >>> as_number("beta", 0.9, "[0, 1)")
    0.9
    >>> as_number("learning_rate", 0, "(0, inf)")
    Traceback (most recent call last):
    engine.errors.EngineError: learning_rate should be a number in (0, inf), but it is 0.
    """
    number = float(as_floats(argument, value, ()))
    low, high = (float(end) for end in interval[1:-1].split(","))
    above = number >= low if interval[0] == "[" else number > low
    below = number <= high if interval[-1] == "]" else number < high
    if not (above and below):
        raise EngineError(argument, f"a number in {interval}", str(value))
    return number


def as_choice(argument: str, value: str, choices: Iterable[str]) -> str:
    """`value`, when it is one of the choices.

    Raises EngineError, naming the choices, when it is not.

    >>> as_choice("mode", "mean", ("max", "average"))
    Traceback (most recent call last):
    engine.errors.EngineError: mode should be one of 'max', 'average', but it is 'mean'.
    """
    known = list(choices)
    if value not in known:
        raise EngineError(argument, f"one of {', '.join(map(repr, known))}", repr(value))
    return value


def entry(argument: str, mapping: Mapping[str, Any], key: str) -> Any:
    """`mapping[key]`, for dictionaries that callers write by hand: parameters, hparameters, gradients.

    Raises EngineError, naming the keys there are, when the key is missing.

    >>> entry("hparameters", {"pad": 1}, "stride")
    Traceback (most recent call last):
    engine.errors.EngineError: hparameters should be a dictionary with the key 'stride', but it is one with 'pad'.
    """
    if key not in mapping:
        there = ", ".join(repr(name) for name in mapping) or "no key"
        raise EngineError(argument, f"a dictionary with the key {key!r}", f"one with {there}")
    return mapping[key]


def _fits(shape: tuple[int, ...], wanted: tuple[int | str, ...]) -> bool:
    return len(shape) == len(wanted) and all(
        have >= 1 if isinstance(want, str) else have == want for have, want in zip(shape, wanted, strict=True)
    )


def _describe(shape: tuple[int | str, ...]) -> str:
    if not shape:
        return "a single number"
    inside = ", ".join(str(size) for size in shape)
    return f"an array of shape ({inside},)" if len(shape) == 1 else f"an array of shape ({inside})"
