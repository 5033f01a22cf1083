"""Transpose convolution: every pixel paints its filter into the output (course 4, week 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.conv_transpose import conv_transpose_output_size
from engine.errors import Array, as_count, as_floats, entry

_Cache = tuple[Array, Array, Array, Mapping[str, Any]]


def conv_transpose_forward_loops(
    A_prev: ArrayLike, W: ArrayLike, b: ArrayLike, hparameters: Mapping[str, Any]
) -> tuple[Array, _Cache]:
    """Add the filters of each pixel, times the pixel, to the output; cut the edge off; add b.

        Z_full[i, h s : h s + f, w s : w s + f, :] += sum_c A_prev[i, h, w, c] W[:, :, :, c]
        Z = Z_full without its outer p places  +  b        n_H = s (n_H_prev - 1) + f - 2 p

    - A_prev: (m, n_H_prev, n_W_prev, n_C_prev); W: (f, f, n_C, n_C_prev); b: (1, 1, 1, n_C)
    - hparameters: {"stride": s, "pad": p}, two numbers
    - returns Z: (m, n_H, n_W, n_C); cache: (A_prev, W, b, hparameters)

    Raises EngineError when a shape differs, a hyperparameter is missing or nothing is left. Source: course 4, week 3.

    >>> A_prev = np.array([[2.0, 1], [3, 2]]).reshape(1, 2, 2, 1)
    >>> W = np.ones((2, 2, 1, 1))
    >>> conv_transpose_forward_loops(A_prev, W, np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": 0})[0][0, :, :, 0]
    array([[2., 3., 1.],
           [5., 8., 3.],
           [3., 5., 2.]])
    """
    A_prev = as_floats("A_prev", A_prev, ("m", "n_H_prev", "n_W_prev", "n_C_prev"))
    m, n_H_prev, n_W_prev, n_C_prev = A_prev.shape
    W = as_floats("W", W, ("f", "f", "n_C", n_C_prev))
    f = W.shape[0]
    n_C = W.shape[2]
    W = as_floats("W", W, (f, f, n_C, n_C_prev))
    b = as_floats("b", b, (1, 1, 1, n_C))
    stride = as_count("stride", entry("hparameters", hparameters, "stride"))
    pad = as_count("pad", entry("hparameters", hparameters, "pad"), 0)

    n_H = conv_transpose_output_size(n_H_prev, f, stride, pad)
    n_W = conv_transpose_output_size(n_W_prev, f, stride, pad)
    Z_full = np.zeros((m, n_H + 2 * pad, n_W + 2 * pad, n_C), dtype=A_prev.dtype)
    for i in range(m):
        for h in range(n_H_prev):
            vert_start = h * stride
            vert_end = vert_start + f
            for w in range(n_W_prev):
                horiz_start = w * stride
                horiz_end = horiz_start + f
                for c in range(n_C_prev):
                    Z_full[i, vert_start:vert_end, horiz_start:horiz_end, :] += A_prev[i, h, w, c] * W[:, :, :, c]
    Z = Z_full[:, pad : pad + n_H, pad : pad + n_W, :] + b
    return Z, (A_prev, W, b, hparameters)


def conv_transpose_backward_loops(dZ: ArrayLike, cache: _Cache) -> tuple[Array, Array, Array]:
    """The gradients: what a pixel painted comes back to it.

        dA_prev[i, h, w, c] = sum of (window of dZ_full[i] that begins at (h s, w s)) * W[:, :, :, c]
        dW[:, :, :, c] += (that window) A_prev[i, h, w, c]        db = sum of dZ over examples and places

    - dZ: (m, n_H, n_W, n_C); cache: (A_prev, W, b, hparameters)
    - returns dA_prev: (m, n_H_prev, n_W_prev, n_C_prev); dW: (f, f, n_C, n_C_prev); db: (1, 1, 1, n_C)

    Raises EngineError when the shape of dZ is not that of the output. Source: course 4, week 3.

    >>> A_prev, W = np.array([[2.0, 1], [3, 2]]).reshape(1, 2, 2, 1), np.ones((2, 2, 1, 1))
    >>> Z, cache = conv_transpose_forward_loops(A_prev, W, np.zeros((1, 1, 1, 1)), {"stride": 2, "pad": 0})
    >>> dA_prev, dW, db = conv_transpose_backward_loops(np.ones_like(Z), cache)
    >>> dW[:, :, 0, 0]  # each weight met every pixel
    array([[8., 8.],
           [8., 8.]])
    """
    A_prev, W, b, hparameters = cache
    stride = hparameters["stride"]
    pad = hparameters["pad"]
    m, n_H_prev, n_W_prev, n_C_prev = A_prev.shape
    f = W.shape[0]
    n_H = conv_transpose_output_size(n_H_prev, f, stride, pad)
    n_W = conv_transpose_output_size(n_W_prev, f, stride, pad)
    dZ = as_floats("dZ", dZ, (m, n_H, n_W, W.shape[2]))

    dA_prev = np.zeros_like(A_prev)
    dW = np.zeros_like(W)
    db = np.sum(dZ, axis=(0, 1, 2)).reshape(b.shape)
    # What was cut off has no influence: its gradient is 0.
    dZ_full = np.pad(dZ, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    for i in range(m):
        for h in range(n_H_prev):
            vert_start = h * stride
            vert_end = vert_start + f
            for w in range(n_W_prev):
                horiz_start = w * stride
                horiz_end = horiz_start + f
                window = dZ_full[i, vert_start:vert_end, horiz_start:horiz_end, :]
                for c in range(n_C_prev):
                    dA_prev[i, h, w, c] = np.sum(window * W[:, :, :, c])
                    dW[:, :, :, c] += window * A_prev[i, h, w, c]
    return dA_prev, dW, db
