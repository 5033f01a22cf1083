"""Windows to rows and back, window by window (course 4, week 1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.conv import zero_pad
from engine.conv_shapes import conv_output_size
from engine.errors import Array, as_array, as_floats


def im2col_loops(A_prev: ArrayLike, f: int, stride: int, pad: int) -> Array:
    """Cut out every window and lay it down as a row.

        cols[number of the window, :] = window, unrolled

    - A_prev: (m, n_H_prev, n_W_prev, n_C_prev); f: size of the window; stride: s; pad: p, a number
    - returns cols: (m * n_H * n_W, f * f * n_C_prev), same dtype

    Raises EngineError when A_prev is not of rank 4, a number is out of range or the window does not fit.
    Source: Chellapilla, Puri and Simard, 2006.

    >>> im2col_loops(np.arange(9).reshape(1, 3, 3, 1), f=2, stride=1, pad=0)
    array([[0, 1, 3, 4],
           [1, 2, 4, 5],
           [3, 4, 6, 7],
           [4, 5, 7, 8]])
    """
    A_prev = as_array("A_prev", A_prev, ("m", "n_H_prev", "n_W_prev", "n_C_prev"))
    m, n_H_prev, n_W_prev, n_C_prev = A_prev.shape
    n_H = conv_output_size(n_H_prev, f, pad, stride)
    n_W = conv_output_size(n_W_prev, f, pad, stride)
    A_prev_pad = zero_pad(A_prev, pad)
    cols = np.zeros((m * n_H * n_W, f * f * n_C_prev), dtype=A_prev.dtype)
    row = 0
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                window = A_prev_pad[i, h * stride : h * stride + f, w * stride : w * stride + f, :]
                cols[row] = window.reshape(-1)
                row += 1
    return cols


def col2im_loops(cols: ArrayLike, shape: tuple[int, int, int, int], f: int, stride: int, pad: int) -> Array:
    """Take every row as a window again and add it where it was cut out.

        images[window] += row

    - cols: (m * n_H * n_W, f * f * n_C_prev); shape: (m, n_H_prev, n_W_prev, n_C_prev)
    - f, stride, pad: as in `im2col_loops`
    - returns images: of that shape

    Raises EngineError when the shape of cols differs or a number is out of range. Source: Chellapilla, Puri and
    Simard, 2006.

    >>> col2im_loops(np.ones((4, 4)), (1, 3, 3, 1), f=2, stride=1, pad=0)[0, :, :, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    m, n_H_prev, n_W_prev, n_C_prev = shape
    n_H = conv_output_size(n_H_prev, f, pad, stride)
    n_W = conv_output_size(n_W_prev, f, pad, stride)
    cols = as_floats("cols", cols, (m * n_H * n_W, f * f * n_C_prev))
    padded = np.zeros((m, n_H_prev + 2 * pad, n_W_prev + 2 * pad, n_C_prev), dtype=cols.dtype)
    row = 0
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                window = cols[row].reshape(f, f, n_C_prev)
                padded[i, h * stride : h * stride + f, w * stride : w * stride + f, :] += window
                row += 1
    return padded[:, pad : pad + n_H_prev, pad : pad + n_W_prev, :]
