"""Transpose convolution, which makes images larger (course 4, week 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.conv_shapes import Sides, padding_sides
from engine.correlation import channel_sums, correlate, filter_gradient, input_gradient
from engine.errors import Array, EngineError, as_count, as_floats, entry

#: (A_prev, W, b, hparameters)
TransposeCache = tuple[Array, Array, Array, Mapping[str, Any]]


def conv_transpose_output_size(n: int, f: int, s: int, p: int | tuple[int, int] = 0, output_padding: int = 0) -> int:
    """The size after a transpose convolution, along one axis.

        n_out = s (n - 1) + f - 2 p + output_padding

    A convolution rounds its size down, so several sizes come from: output_padding says which of them is meant.

    - n: size of the input; f: size of the filter; s: stride; p: how much is cut off on either side, or (before, after)
    - output_padding: places more at the end, below s

    Raises EngineError when a number is out of range or nothing is left. Source: course 4, week 3.

    >>> conv_transpose_output_size(2, 3, 2, 1), conv_transpose_output_size(2, 3, 2, 1, output_padding=1)
    (3, 4)
    """
    for name, size in (("n", n), ("f", f), ("s", s)):
        as_count(name, size)
    before, after = (p, p) if isinstance(p, int | np.integer) else p
    cut = as_count("p", before, 0) + as_count("p", after, 0)
    if as_count("output_padding", output_padding, 0) >= s:
        raise EngineError("output_padding", f"below the stride, {s}", str(output_padding))
    n_out = s * (n - 1) + f - cut + output_padding
    if n_out < 1:
        raise EngineError("p", f"small enough to leave something of {n_out + cut} places", f"{cut} in all")
    return n_out


def conv_transpose_forward(
    A_prev: ArrayLike, W: ArrayLike, b: ArrayLike, hparameters: Mapping[str, Any]
) -> tuple[Array, TransposeCache]:
    """Each pixel paints its filter into the output, s places from the filter of its neighbour; overlaps add up.

        Z[i, h s + u - p, w s + v - p, k] += sum_c A_prev[i, h, w, c] W[u, v, k, c]   for all h, w, u, v;   then + b[k]
        n_H = s (n_H_prev - 1) + f - 2 p + output_padding,  and likewise n_W

    It is the backward pass of a convolution with filters W, to its input: hence the order of W's channels.

    - A_prev: (m, n_H_prev, n_W_prev, n_C_prev); W: (f, f, n_C, n_C_prev); b: (1, 1, 1, n_C)
    - hparameters: {"stride": s, "pad": p, "output_padding": 0 if left out}; p is a number, "valid", ((top, bottom),
      (left, right)), or "same", which makes n_H = s n_H_prev as Keras does: f - s places are cut off, an odd one behind
    - returns Z: (m, n_H, n_W, n_C); cache: (A_prev, W, b, hparameters)

    Raises EngineError when a shape differs, a hyperparameter is missing or out of range, or nothing is left.
    Source: course 4, week 3.

    >>> A_prev, W = np.array([1.0, 10]).reshape(1, 1, 2, 1), np.ones((1, 3, 1, 1))
    >>> Z, _ = conv_transpose_forward(A_prev, W, np.zeros((1, 1, 1, 1)), {"stride": 2, "pad": 0})
    >>> Z.ravel()  # the two filters meet in the middle
    array([ 1.,  1., 11., 10., 10.])
    """
    A_prev, W, b, stride, sides, n_H, n_W = _checked(A_prev, W, b, hparameters)
    Z = input_gradient(A_prev, W, stride, sides, n_H, n_W)
    Z += b
    return Z, (A_prev, W, b, hparameters)


def conv_transpose_backward(dZ: ArrayLike, cache: TransposeCache) -> tuple[Array, Array, Array]:
    """The gradients of a transpose convolution: to its input it is the convolution that was turned round.

        dA_prev[i, h, w, c] = sum_(u, v, k) dZ[i, h s + u - p, w s + v - p, k] W[u, v, k, c]
        dW[u, v, k, c] = sum_(i, h, w) dZ[i, h s + u - p, w s + v - p, k] A_prev[i, h, w, c]
        db[k] = sum_(i, h, w) dZ[i, h, w, k]

    - dZ: (m, n_H, n_W, n_C); cache: (A_prev, W, b, hparameters)
    - returns dA_prev: (m, n_H_prev, n_W_prev, n_C_prev); dW: (f, f, n_C, n_C_prev); db: (1, 1, 1, n_C)

    Raises EngineError when the shape of dZ is not that of the output. Source: course 4, week 3.

    >>> A_prev, W = np.array([1.0, 10]).reshape(1, 1, 2, 1), np.ones((1, 3, 1, 1))
    >>> Z, cache = conv_transpose_forward(A_prev, W, np.zeros((1, 1, 1, 1)), {"stride": 2, "pad": 0})
    >>> dA_prev, dW, db = conv_transpose_backward(np.arange(5.0).reshape(Z.shape), cache)
    >>> dA_prev.ravel()  # 0 + 1 + 2 and 2 + 3 + 4
    array([3., 9.])
    """
    A_prev, W, b, stride, sides, n_H, n_W = _checked(*cache)
    f_H, f_W, n_C, _ = W.shape
    dZ = as_floats("dZ", dZ, (len(A_prev), n_H, n_W, n_C)).astype(A_prev.dtype, copy=False)
    dA_prev = correlate(dZ, W, None, stride, sides)
    dW = filter_gradient(A_prev, dZ, f_H, f_W, stride, sides)
    return dA_prev, dW, channel_sums(dZ).reshape(b.shape)


def _checked(
    A_prev: ArrayLike, W: ArrayLike, b: ArrayLike, hparameters: Mapping[str, Any]
) -> tuple[Array, Array, Array, int, Sides, int, int]:
    A_prev = as_floats("A_prev", A_prev, ("m", "n_H_prev", "n_W_prev", "n_C_prev"))
    W = as_floats("W", W, ("f", "f", "n_C", A_prev.shape[3]))
    b = as_floats("b", b, (1, 1, 1, W.shape[2]))
    stride = as_count("stride", entry("hparameters", hparameters, "stride"))
    pad, more = entry("hparameters", hparameters, "pad"), hparameters.get("output_padding", 0)
    f_H, f_W = W.shape[:2]
    if pad == "same":
        if more != 0:
            raise EngineError("output_padding", "0 when pad is 'same', which settles the size", str(more))
        (rows, more_H), (columns, more_W) = _same(f_H, stride), _same(f_W, stride)
    else:
        (rows, columns), more_H, more_W = padding_sides(pad, f_H, f_W), more, more
    n_H = conv_transpose_output_size(A_prev.shape[1], f_H, stride, rows, more_H)
    n_W = conv_transpose_output_size(A_prev.shape[2], f_W, stride, columns, more_W)
    dtype = np.result_type(A_prev, W)
    A_prev, W, b = (array.astype(dtype, copy=False) for array in (A_prev, W, b))
    return A_prev, W, b, stride, (rows, columns), n_H, n_W


def _same(f: int, s: int) -> tuple[tuple[int, int], int]:
    """What to cut off before and after, and the output padding, so that n_out = s n."""
    cut = max(0, f - s)
    return (cut // 2, cut - cut // 2), max(0, s - f)
