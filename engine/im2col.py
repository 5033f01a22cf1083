"""A convolution as one matrix product, the plain way: all windows laid out as rows (course 4, week 1).

`engine.correlation` does the same block by block. Here the whole matrix exists: f * f times as large as the images, and
easy to look at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from engine.conv import ConvCache
from engine.conv_shapes import Pad, Sides, output_places, padding_sides, stride_and_sides
from engine.correlation import add_windows
from engine.errors import Array, as_array, as_count, as_floats


def im2col(A_prev: ArrayLike, f: int, stride: int, pad: Pad) -> Array:
    """Lay out every window as a row, in the order in which `W.reshape(-1, n_C)` lays out the filters.

        cols[(i n_H + h) n_W + w, (u f + v) n_C_prev + c] = A_prev[i, h s + u - p, w s + v - p, c]

    - A_prev: (m, n_H_prev, n_W_prev, n_C_prev); f: size of the window; stride: s; pad: p, as in `conv_forward`
    - returns cols: (m * n_H * n_W, f * f * n_C_prev), same dtype

    Raises EngineError when A_prev is not of rank 4, a number is out of range or the window does not fit.
    Source: Chellapilla, Puri and Simard, 2006.

    >>> im2col(np.arange(9).reshape(1, 3, 3, 1), f=2, stride=1, pad=0)
    array([[0, 1, 3, 4],
           [1, 2, 4, 5],
           [3, 4, 6, 7],
           [4, 5, 7, 8]])
    """
    A_prev = as_array("A_prev", A_prev, ("m", "n_H_prev", "n_W_prev", "n_C_prev"))
    sides = padding_sides(pad, as_count("f", f), f)
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    n_H, n_W = output_places(n_H_prev, n_W_prev, f, f, as_count("stride", stride), sides)
    padded = np.pad(A_prev, ((0, 0), *sides, (0, 0)))
    # (m, n_H, n_W, n_C_prev, f, f), without a copy: only the strides are new.
    windows = sliding_window_view(padded, (f, f), axis=(1, 2))[:, ::stride, ::stride]
    return windows.transpose(0, 1, 2, 4, 5, 3).reshape(m * n_H * n_W, -1)


def col2im(cols: ArrayLike, shape: tuple[int, int, int, int], f: int, stride: int, pad: Pad) -> Array:
    """Add the rows back into the images they came from: a pixel sums up what all its windows say.

        dA_prev[i, h s + u - p, w s + v - p, c] += dcols[(i n_H + h) n_W + w, (u f + v) n_C_prev + c]

    It is the gradient of `im2col`, not its inverse.

    - cols: (m * n_H * n_W, f * f * n_C_prev); shape: that of the images, (m, n_H_prev, n_W_prev, n_C_prev)
    - f, stride, pad: as in `im2col`
    - returns images: of that shape; integers become float64

    Raises EngineError when the shape of cols differs or a number is out of range. Source: Chellapilla, Puri and
    Simard, 2006.

    >>> col2im(np.ones((4, 4)), (1, 3, 3, 1), f=2, stride=1, pad=0)[0, :, :, 0]  # how many windows each pixel is in
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    m, n_H_prev, n_W_prev, n_C_prev = (as_count("shape", size) for size in shape)
    sides = padding_sides(pad, as_count("f", f), f)
    s = as_count("stride", stride)
    n_H, n_W = output_places(n_H_prev, n_W_prev, f, f, s, sides)
    cols = as_floats("cols", cols, (m * n_H * n_W, f * f * n_C_prev))
    return add_windows(cols.reshape(m, n_H, n_W, f, f, n_C_prev), s, sides, n_H_prev, n_W_prev)


def conv_forward_fast(
    A_prev: ArrayLike, W: ArrayLike, b: ArrayLike, hparameters: Mapping[str, Any]
) -> tuple[Array, ConvCache]:
    """`conv_forward` with square filters in three lines: lay out, multiply, add.

        Z = im2col(A_prev) W.reshape(f * f * n_C_prev, n_C) + b

    - A_prev: (m, n_H_prev, n_W_prev, n_C_prev); W: (f, f, n_C_prev, n_C); b: (1, 1, 1, n_C)
    - hparameters: {"stride": s, "pad": p}, as in `conv_forward`
    - returns Z: (m, n_H, n_W, n_C); cache: (A_prev, W, b, hparameters), without the columns, which are large

    Raises EngineError when a shape differs, a hyperparameter is missing or the filter does not fit.
    Source: Chellapilla, Puri and Simard, 2006.

    >>> A_prev = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> Z, _ = conv_forward_fast(A_prev, np.ones((2, 2, 1, 1)), np.zeros((1, 1, 1, 1)), {"stride": 2, "pad": 0})
    >>> Z[0, :, :, 0]
    array([[10., 18.],
           [42., 50.]])
    """
    A_prev, W, b, f, stride, sides = _checked(A_prev, W, b, hparameters)
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    n_C = W.shape[3]
    n_H, n_W = output_places(n_H_prev, n_W_prev, f, f, stride, sides)
    cols = im2col(A_prev, f, stride, sides)
    Z = cols @ W.reshape(-1, n_C)
    return Z.reshape(m, n_H, n_W, n_C) + b, (A_prev, W, b, hparameters)


def conv_backward_fast(dZ: ArrayLike, cache: ConvCache) -> tuple[Array, Array, Array]:
    """`conv_backward` of `conv_forward_fast`: the two products of a dense layer, and the columns added back.

        dW = cols^T dZ        dcols = dZ W^T        dA_prev = col2im(dcols)        db = sum of dZ over its rows

    - dZ: (m, n_H, n_W, n_C); cache: (A_prev, W, b, hparameters)
    - returns dA_prev: (m, n_H_prev, n_W_prev, n_C_prev); dW: (f, f, n_C_prev, n_C); db: (1, 1, 1, n_C)

    Raises EngineError when the shape of dZ is not that of the output. Source: Chellapilla, Puri and Simard, 2006.

    >>> A_prev, W = np.arange(9.0).reshape(1, 3, 3, 1), np.ones((2, 2, 1, 1))
    >>> Z, cache = conv_forward_fast(A_prev, W, np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": 0})
    >>> dA_prev, dW, db = conv_backward_fast(np.ones_like(Z), cache)
    >>> dW[:, :, 0, 0], db.ravel()
    (array([[ 8., 12.],
           [20., 24.]]), array([4.]))
    """
    A_prev, W, b, f, stride, sides = _checked(*cache)
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    n_C = W.shape[3]
    n_H, n_W = output_places(n_H_prev, n_W_prev, f, f, stride, sides)
    dZ = as_floats("dZ", dZ, (m, n_H, n_W, n_C)).astype(A_prev.dtype, copy=False)
    rows = dZ.reshape(-1, n_C)
    cols = im2col(A_prev, f, stride, sides)
    dW = (cols.T @ rows).reshape(W.shape)
    dcols = rows @ W.reshape(-1, n_C).T
    dA_prev = col2im(dcols, A_prev.shape, f, stride, sides)
    return dA_prev, dW, rows.sum(axis=0).reshape(b.shape)


def _checked(
    A_prev: ArrayLike, W: ArrayLike, b: ArrayLike, hparameters: Mapping[str, Any]
) -> tuple[Array, Array, Array, int, int, Sides]:
    A_prev = as_floats("A_prev", A_prev, ("m", "n_H_prev", "n_W_prev", "n_C_prev"))
    W = as_floats("W", W, ("f", "f", A_prev.shape[3], "n_C"))
    f, _, n_C_prev, n_C = W.shape
    W = as_floats("W", W, (f, f, n_C_prev, n_C))  # square
    b = as_floats("b", b, (1, 1, 1, n_C))
    stride, sides = stride_and_sides(hparameters, f, f)
    dtype = np.result_type(A_prev, W)
    A_prev, W, b = (array.astype(dtype, copy=False) for array in (A_prev, W, b))
    return A_prev, W, b, f, stride, sides
