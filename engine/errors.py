"""The engine's one error, and the check of shapes that raises it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]


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


def _fits(shape: tuple[int, ...], wanted: tuple[int | str, ...]) -> bool:
    return len(shape) == len(wanted) and all(
        have >= 1 if isinstance(want, str) else have == want for have, want in zip(shape, wanted, strict=True)
    )


def _describe(shape: tuple[int | str, ...]) -> str:
    if not shape:
        return "a single number"
    inside = ", ".join(str(size) for size in shape)
    return f"an array of shape ({inside},)" if len(shape) == 1 else f"an array of shape ({inside})"
