"""Rotary positions: queries and keys are turned by an angle that grows with their position."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_choice, as_floats, as_number


def rope(x: ArrayLike, positions: ArrayLike, base: float = 10000, layout: str = "interleaved") -> Array:
    """Turn each pair of features by the position times the speed of that pair.

        theta_i = base^(-2 i / d)        angle = position * theta_i        i = 0 ... d/2 - 1
        (a, b) := (a cos - b sin, a sin + b cos)

    A pair (a, b) is (x_2i, x_2i+1) when interleaved, as in the paper, and (x_i, x_(i + d/2)) in halves, as in
    many programs. Turned queries and keys have dot products that depend on the DIFFERENCE of their positions alone.
    Values are not turned.

    - x: (..., T, d), d even: queries or keys, of each head by itself; positions: (T,)
    - base: above 0; layout: "interleaved" or "half"
    - returns: same shape, each vector with its old length

    Raises EngineError when a shape differs, d is odd, or the layout is unknown. Source: Su et al. (2021).

    >>> rope([[1.0, 0.0], [1.0, 0.0]], positions=[0, np.pi / 2]).round(3)
    array([[1., 0.],
           [0., 1.]])
    """
    x = as_floats("x", x)
    if x.ndim < 2 or x.size == 0 or x.shape[-1] % 2:
        raise EngineError("x", "an array of shape (..., T, d) with an even d", f"of shape {x.shape}")
    T, d = x.shape[-2:]
    positions = as_floats("positions", positions, (T,))
    base = as_number("base", base, "(0, inf)")
    as_choice("layout", layout, ("interleaved", "half"))
    # In float64: in float32 an angle of some thousand has lost its digits.
    theta = base ** (-2 * np.arange(d // 2) / d)
    angles = positions.astype(np.float64)[:, np.newaxis] * theta
    cos, sin = np.cos(angles).astype(x.dtype), np.sin(angles).astype(x.dtype)
    if layout == "interleaved":
        first, second = slice(0, None, 2), slice(1, None, 2)
    else:
        first, second = slice(0, d // 2), slice(d // 2, None)
    a, b = x[..., first], x[..., second]
    out = np.empty_like(x)
    out[..., first] = a * cos - b * sin
    out[..., second] = a * sin + b * cos
    return out


def rope_backward(dout: ArrayLike, positions: ArrayLike, base: float = 10000, layout: str = "interleaved") -> Array:
    """The gradient of a rotation is the rotation back.

        dx = R^T dout = rope(dout, -positions)

    - dout: (..., T, d); positions, base, layout: as in `rope`
    - returns dx: same shape

    Raises EngineError as `rope`. Source: Su et al. (2021).

    >>> x, positions = np.ones((3, 4)), [5, 6, 7]
    >>> np.allclose(rope_backward(rope(x, positions), positions), x)
    True
    """
    dout = as_floats("dout", dout)
    return rope(dout, -as_floats("positions", positions), base, layout)


def rope_shift_deviation(
    x: ArrayLike, positions: ArrayLike, shift: float, base: float = 10000, layout: str = "interleaved"
) -> float:
    """How much the scores between turned vectors change when all positions shift: 0, but for rounding.

        max |S(positions) - S(positions + shift)|        S = rope(x) rope(x)^T

    - x: (T, d), d even; positions: (T,); shift: a number; base, layout: as in `rope`
    - returns: a float

    Raises EngineError as `rope`, and when x is not of rank 2. Source: Su et al. (2021).

    >>> x = np.random.default_rng(0).normal(size=(5, 8))
    >>> rope_shift_deviation(x, np.arange(5), shift=1000) < 1e-11
    True
    """
    x = as_floats("x", x, ("T", "d"))
    positions = as_floats("positions", positions, (len(x),))
    here, there = (rope(x, moved, base, layout) for moved in (positions, positions + float(shift)))
    return float(np.max(np.abs(here @ here.T - there @ there.T)))
