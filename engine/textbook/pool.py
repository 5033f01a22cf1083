"""Pooling with four loops: over examples, rows, columns and channels (course 4, week 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.conv_shapes import conv_output_size
from engine.errors import Array, as_choice, as_count, as_floats, entry
from engine.pool import create_mask_from_window, distribute_value

_Cache = tuple[Array, Mapping[str, Any]]


def pool_forward_loops(A_prev: ArrayLike, hparameters: Mapping[str, Any], mode: str = "max") -> tuple[Array, _Cache]:
    """The largest number or the mean of one window of one channel at a time.

        A[i, h, w, c] = max or mean of (window of A_prev[i, :, :, c] that begins at (h s, w s))
        n_H = floor((n_H_prev - f) / s) + 1,  and likewise n_W

    - A_prev: (m, n_H_prev, n_W_prev, n_C)
    - hparameters: {"f": size of the window, "stride": s}; mode: "max" or "average"
    - returns A: (m, n_H, n_W, n_C); cache: (A_prev, hparameters)

    Raises EngineError when A_prev is not of rank 4, a hyperparameter is missing, the window does not fit or the mode is
    another. Source: course 4, week 1.

    >>> A_prev = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> pool_forward_loops(A_prev, {"f": 2, "stride": 2}, mode="average")[0][0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    A_prev = as_floats("A_prev", A_prev, ("m", "n_H_prev", "n_W_prev", "n_C"))
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    f = as_count("f", entry("hparameters", hparameters, "f"))
    stride = as_count("stride", entry("hparameters", hparameters, "stride"))
    as_choice("mode", mode, ("max", "average"))

    n_H = conv_output_size(n_H_prev, f, 0, stride)
    n_W = conv_output_size(n_W_prev, f, 0, stride)
    A = np.zeros((m, n_H, n_W, n_C), dtype=A_prev.dtype)
    for i in range(m):
        for h in range(n_H):
            vert_start = h * stride
            vert_end = vert_start + f
            for w in range(n_W):
                horiz_start = w * stride
                horiz_end = horiz_start + f
                for c in range(n_C):
                    window = A_prev[i, vert_start:vert_end, horiz_start:horiz_end, c]
                    if mode == "max":
                        A[i, h, w, c] = np.max(window)
                    else:
                        A[i, h, w, c] = np.mean(window)
    return A, (A_prev, hparameters)


def pool_backward_loops(dA: ArrayLike, cache: _Cache, mode: str = "max") -> Array:
    """The gradient of pooling as the course writes it: through a mask, or spread over the window.

        max:      dA_prev[window] += (window == max window) dA[i, h, w, c]
        average:  dA_prev[window] += dA[i, h, w, c] / f^2

    Where several numbers of a window are the largest, EACH of them gets the whole gradient. `engine.pool.pool_backward`
    gives it to the first one; without ties the two agree.

    - dA: (m, n_H, n_W, n_C); cache: (A_prev, hparameters); mode: "max" or "average"
    - returns dA_prev: (m, n_H_prev, n_W_prev, n_C)

    Raises EngineError when the shape of dA is not that of the output or the mode is another. Source: course 4, week 1.

    >>> A, cache = pool_forward_loops(np.array([[1.0, 7], [7, 2]]).reshape(1, 2, 2, 1), {"f": 2, "stride": 2})
    >>> pool_backward_loops(np.full_like(A, 5), cache)[0, :, :, 0]  # 10 in all, from a gradient of 5
    array([[0., 5.],
           [5., 0.]])
    """
    A_prev, hparameters = cache
    f = hparameters["f"]
    stride = hparameters["stride"]
    as_choice("mode", mode, ("max", "average"))
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    n_H = conv_output_size(n_H_prev, f, 0, stride)
    n_W = conv_output_size(n_W_prev, f, 0, stride)
    dA = as_floats("dA", dA, (m, n_H, n_W, n_C))

    dA_prev = np.zeros_like(A_prev)
    for i in range(m):
        for h in range(n_H):
            vert_start = h * stride
            vert_end = vert_start + f
            for w in range(n_W):
                horiz_start = w * stride
                horiz_end = horiz_start + f
                for c in range(n_C):
                    da = dA[i, h, w, c]
                    if mode == "max":
                        window = A_prev[i, vert_start:vert_end, horiz_start:horiz_end, c]
                        mask = create_mask_from_window(window)
                        dA_prev[i, vert_start:vert_end, horiz_start:horiz_end, c] += mask * da
                    else:
                        share = distribute_value(da, (f, f))
                        dA_prev[i, vert_start:vert_end, horiz_start:horiz_end, c] += share
    return dA_prev
