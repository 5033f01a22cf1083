"""Depthwise convolution, one channel of one window at a time (course 4, week 2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.conv import zero_pad
from engine.conv_shapes import conv_output_size
from engine.errors import Array, as_count, as_floats, entry

_Cache = tuple[Array, Array, Array, Mapping[str, Any]]


def depthwise_conv_forward_loops(
    A_prev: ArrayLike, K: ArrayLike, b: ArrayLike, hparameters: Mapping[str, Any]
) -> tuple[Array, _Cache]:
    """Each channel has a filter of its own, and the channels are never added up.

        Z[i, h, w, c] = sum of (window of A_prev_pad[i, :, :, c] that begins at (h s, w s)) * K[:, :, c]  +  b[c]

    - A_prev: (m, n_H_prev, n_W_prev, n_C); K: (f, f, n_C); b: (1, 1, 1, n_C)
    - hparameters: {"stride": s, "pad": p}, two numbers
    - returns Z: (m, n_H, n_W, n_C); cache: (A_prev, K, b, hparameters)

    Raises EngineError when a shape differs, a hyperparameter is missing or the filter does not fit.
    Source: course 4, week 2.

    >>> A_prev = np.array([[1.0, 10], [2, 20]]).reshape(1, 1, 2, 2)
    >>> K, b = np.array([[[1.0, -1.0]]]), np.zeros((1, 1, 1, 2))
    >>> depthwise_conv_forward_loops(A_prev, K, b, {"stride": 1, "pad": 0})[0][0, 0]
    array([[  1., -10.],
           [  2., -20.]])
    """
    A_prev = as_floats("A_prev", A_prev, ("m", "n_H_prev", "n_W_prev", "n_C"))
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    K = as_floats("K", K, ("f", "f", n_C))
    f = K.shape[0]
    K = as_floats("K", K, (f, f, n_C))
    b = as_floats("b", b, (1, 1, 1, n_C))
    stride = as_count("stride", entry("hparameters", hparameters, "stride"))
    pad = as_count("pad", entry("hparameters", hparameters, "pad"), 0)

    n_H = conv_output_size(n_H_prev, f, pad, stride)
    n_W = conv_output_size(n_W_prev, f, pad, stride)
    Z = np.zeros((m, n_H, n_W, n_C), dtype=A_prev.dtype)
    A_prev_pad = zero_pad(A_prev, pad)
    for i in range(m):
        for h in range(n_H):
            vert_start = h * stride
            vert_end = vert_start + f
            for w in range(n_W):
                horiz_start = w * stride
                horiz_end = horiz_start + f
                for c in range(n_C):
                    window = A_prev_pad[i, vert_start:vert_end, horiz_start:horiz_end, c]
                    Z[i, h, w, c] = np.sum(window * K[:, :, c]) + b[0, 0, 0, c]
    return Z, (A_prev, K, b, hparameters)


def depthwise_conv_backward_loops(dZ: ArrayLike, cache: _Cache) -> tuple[Array, Array, Array]:
    """The gradients: each number of dZ says how its window and the filter of its channel should change.

        dA_prev_pad[window of (h, w), c] += K[:, :, c] dZ[i, h, w, c]
        dK[:, :, c] += (window of (h, w), c) dZ[i, h, w, c]        db[c] += dZ[i, h, w, c]

    - dZ: (m, n_H, n_W, n_C); cache: (A_prev, K, b, hparameters)
    - returns dA_prev: (m, n_H_prev, n_W_prev, n_C); dK: (f, f, n_C); db: (1, 1, 1, n_C)

    Raises EngineError when the shape of dZ is not that of the output. Source: course 4, week 2.

    >>> A_prev, K, b = np.array([[[[3.0]]]]), np.array([[[2.0]]]), np.zeros((1, 1, 1, 1))
    >>> _, cache = depthwise_conv_forward_loops(A_prev, K, b, {"stride": 1, "pad": 0})
    >>> dA_prev, dK, db = depthwise_conv_backward_loops([[[[1.0]]]], cache)
    >>> dA_prev.item(), dK.item(), db.item()
    (2.0, 3.0, 1.0)
    """
    A_prev, K, b, hparameters = cache
    stride = hparameters["stride"]
    pad = hparameters["pad"]
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    f = K.shape[0]
    n_H = conv_output_size(n_H_prev, f, pad, stride)
    n_W = conv_output_size(n_W_prev, f, pad, stride)
    dZ = as_floats("dZ", dZ, (m, n_H, n_W, n_C))

    dK = np.zeros_like(K)
    db = np.zeros_like(b)
    A_prev_pad = zero_pad(A_prev, pad)
    dA_prev_pad = np.zeros_like(A_prev_pad)
    for i in range(m):
        for h in range(n_H):
            vert_start = h * stride
            vert_end = vert_start + f
            for w in range(n_W):
                horiz_start = w * stride
                horiz_end = horiz_start + f
                for c in range(n_C):
                    dz = dZ[i, h, w, c]
                    window = A_prev_pad[i, vert_start:vert_end, horiz_start:horiz_end, c]
                    dA_prev_pad[i, vert_start:vert_end, horiz_start:horiz_end, c] += K[:, :, c] * dz
                    dK[:, :, c] += window * dz
                    db[:, :, :, c] += dz
    return dA_prev_pad[:, pad : pad + n_H_prev, pad : pad + n_W_prev, :], dK, db
