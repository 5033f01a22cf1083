"""The convolutional layer with four loops: over examples, rows, columns and filters (course 4, week 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.conv import conv_single_step, zero_pad
from engine.conv_shapes import conv_output_size
from engine.errors import Array, as_count, as_floats, entry

_Cache = tuple[Array, Array, Array, Mapping[str, Any]]


def conv_forward_loops(
    A_prev: ArrayLike, W: ArrayLike, b: ArrayLike, hparameters: Mapping[str, Any]
) -> tuple[Array, _Cache]:
    """A convolutional layer: one filter at one place at a time.

        Z[i, h, w, c] = sum of (window of A_prev_pad[i] that begins at (h s, w s)) * W[:, :, :, c]  +  b[c]
        n_H = floor((n_H_prev - f + 2 p) / s) + 1,  and likewise n_W

    - A_prev: (m, n_H_prev, n_W_prev, n_C_prev); W: (f, f, n_C_prev, n_C); b: (1, 1, 1, n_C)
    - hparameters: {"stride": s, "pad": p}, two numbers
    - returns Z: (m, n_H, n_W, n_C); cache: (A_prev, W, b, hparameters)

    Raises EngineError when a shape differs, a hyperparameter is missing or the filter does not fit.
    Source: course 4, week 1.

    >>> A_prev = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> Z, _ = conv_forward_loops(A_prev, np.ones((2, 2, 1, 1)), np.zeros((1, 1, 1, 1)), {"stride": 2, "pad": 0})
    >>> Z[0, :, :, 0]  # the sums of four blocks
    array([[10., 18.],
           [42., 50.]])
    """
    A_prev = as_floats("A_prev", A_prev, ("m", "n_H_prev", "n_W_prev", "n_C_prev"))
    m, n_H_prev, n_W_prev, n_C_prev = A_prev.shape
    W = as_floats("W", W, ("f", "f", n_C_prev, "n_C"))
    f = W.shape[0]
    n_C = W.shape[3]
    W = as_floats("W", W, (f, f, n_C_prev, n_C))
    b = as_floats("b", b, (1, 1, 1, n_C))
    stride = as_count("stride", entry("hparameters", hparameters, "stride"))
    pad = as_count("pad", entry("hparameters", hparameters, "pad"), 0)

    n_H = conv_output_size(n_H_prev, f, pad, stride)
    n_W = conv_output_size(n_W_prev, f, pad, stride)
    Z = np.zeros((m, n_H, n_W, n_C), dtype=A_prev.dtype)
    A_prev_pad = zero_pad(A_prev, pad)
    for i in range(m):
        a_prev_pad = A_prev_pad[i]
        for h in range(n_H):
            vert_start = h * stride
            vert_end = vert_start + f
            for w in range(n_W):
                horiz_start = w * stride
                horiz_end = horiz_start + f
                a_slice_prev = a_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :]
                for c in range(n_C):
                    Z[i, h, w, c] = conv_single_step(a_slice_prev, W[:, :, :, c], b[:, :, :, c])
    return Z, (A_prev, W, b, hparameters)


def conv_backward_loops(dZ: ArrayLike, cache: _Cache) -> tuple[Array, Array, Array]:
    """The gradients of a convolutional layer: each number of dZ says how its window and its filter should change.

        dA_prev_pad[window of (h, w)] += W[:, :, :, c] dZ[i, h, w, c]
        dW[:, :, :, c] += (window of (h, w)) dZ[i, h, w, c]        db[c] += dZ[i, h, w, c]

    - dZ: (m, n_H, n_W, n_C); cache: (A_prev, W, b, hparameters)
    - returns dA_prev: (m, n_H_prev, n_W_prev, n_C_prev); dW: (f, f, n_C_prev, n_C); db: (1, 1, 1, n_C)

    Raises EngineError when the shape of dZ is not that of the output. Source: course 4, week 1.

    >>> A_prev, W = np.arange(9.0).reshape(1, 3, 3, 1), np.ones((2, 2, 1, 1))
    >>> Z, cache = conv_forward_loops(A_prev, W, np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": 0})
    >>> dA_prev, dW, db = conv_backward_loops(np.ones_like(Z), cache)
    >>> dA_prev[0, :, :, 0]  # how many windows each pixel is in
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    A_prev, W, b, hparameters = cache
    stride = hparameters["stride"]
    pad = hparameters["pad"]
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    f = W.shape[0]
    n_C = W.shape[3]
    n_H = conv_output_size(n_H_prev, f, pad, stride)
    n_W = conv_output_size(n_W_prev, f, pad, stride)
    dZ = as_floats("dZ", dZ, (m, n_H, n_W, n_C))

    dA_prev = np.zeros_like(A_prev)
    dW = np.zeros_like(W)
    db = np.zeros_like(b)
    A_prev_pad = zero_pad(A_prev, pad)
    dA_prev_pad = zero_pad(dA_prev, pad)
    for i in range(m):
        a_prev_pad = A_prev_pad[i]
        da_prev_pad = dA_prev_pad[i]
        for h in range(n_H):
            vert_start = h * stride
            vert_end = vert_start + f
            for w in range(n_W):
                horiz_start = w * stride
                horiz_end = horiz_start + f
                a_slice = a_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :]
                for c in range(n_C):
                    dz = dZ[i, h, w, c]
                    da_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :] += W[:, :, :, c] * dz
                    dW[:, :, :, c] += a_slice * dz
                    db[:, :, :, c] += dz
        # Not [pad:-pad]: without padding that is [0:0], which is empty.
        dA_prev[i] = da_prev_pad[pad : pad + n_H_prev, pad : pad + n_W_prev, :]
    return dA_prev, dW, db
