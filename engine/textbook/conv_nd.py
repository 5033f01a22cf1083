"""Convolutions of sequences and volumes, place by place (course 4, week 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.conv_shapes import conv_output_size
from engine.errors import Array, as_floats


def conv1d_forward_loops(X: ArrayLike, W: ArrayLike, b: ArrayLike, stride: int = 1, pad: int = 0) -> Array:
    """Slide filters along time: one window of f steps at a time.

        Z[i, t, k] = sum of (X_pad[i, t s : t s + f, :]) * W[:, :, k]  +  b[k]

    - X: (m, T, n_C_prev); W: (f, n_C_prev, n_C); b: (n_C,); stride: s; pad: p, a number
    - returns Z: (m, T', n_C)

    Raises EngineError when a shape differs, a number is out of range or the filter does not fit.
    Source: course 4, week 4.

    >>> conv1d_forward_loops([[[1], [2], [4], [7]]], [[[-1]], [[1]]], [0]).ravel()
    array([1., 2., 3.])
    """
    X = as_floats("X", X, ("m", "T", "n_C_prev"))
    m, T, n_C_prev = X.shape
    W = as_floats("W", W, ("f", n_C_prev, "n_C"))
    f, _, n_C = W.shape
    b = as_floats("b", b, (n_C,))
    T_out = conv_output_size(T, f, pad, stride)
    X_pad = np.pad(X, ((0, 0), (pad, pad), (0, 0)))
    Z = np.zeros((m, T_out, n_C), dtype=X.dtype)
    for i in range(m):
        for t in range(T_out):
            window = X_pad[i, t * stride : t * stride + f, :]
            for k in range(n_C):
                Z[i, t, k] = np.sum(window * W[:, :, k]) + b[k]
    return Z


def conv3d_forward_loops(X: ArrayLike, W: ArrayLike, b: ArrayLike, stride: int = 1, pad: int = 0) -> Array:
    """Slide filters through volumes: one cube at a time.

        Z[i, d, h, w, k] = sum of (X_pad[i, cube that begins at (d s, h s, w s), :]) * W[:, :, :, :, k]  +  b[k]

    - X: (m, n_D_prev, n_H_prev, n_W_prev, n_C_prev); W: (f, f, f, n_C_prev, n_C); b: (n_C,)
    - stride: s; pad: p, a number
    - returns Z: (m, n_D, n_H, n_W, n_C)

    Raises EngineError when a shape differs, a number is out of range or the filter does not fit.
    Source: course 4, week 4.

    >>> conv3d_forward_loops(np.ones((1, 2, 2, 3, 1)), np.ones((2, 2, 2, 1, 1)), [0.5]).ravel()
    array([8.5, 8.5])
    """
    X = as_floats("X", X, ("m", "n_D_prev", "n_H_prev", "n_W_prev", "n_C_prev"))
    m, n_D_prev, n_H_prev, n_W_prev, n_C_prev = X.shape
    W = as_floats("W", W, ("f", "f", "f", n_C_prev, "n_C"))
    f = W.shape[0]
    n_C = W.shape[4]
    W = as_floats("W", W, (f, f, f, n_C_prev, n_C))
    b = as_floats("b", b, (n_C,))
    n_D = conv_output_size(n_D_prev, f, pad, stride)
    n_H = conv_output_size(n_H_prev, f, pad, stride)
    n_W = conv_output_size(n_W_prev, f, pad, stride)
    X_pad = np.pad(X, ((0, 0), (pad, pad), (pad, pad), (pad, pad), (0, 0)))
    Z = np.zeros((m, n_D, n_H, n_W, n_C), dtype=X.dtype)
    for i in range(m):
        for d in range(n_D):
            deep = slice(d * stride, d * stride + f)
            for h in range(n_H):
                vert = slice(h * stride, h * stride + f)
                for w in range(n_W):
                    horiz = slice(w * stride, w * stride + f)
                    cube = X_pad[i, deep, vert, horiz, :]
                    for k in range(n_C):
                        Z[i, d, h, w, k] = np.sum(cube * W[:, :, :, :, k]) + b[k]
    return Z
