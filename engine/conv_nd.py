"""Convolutions of sequences and of volumes (course 4, week 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.conv_shapes import conv_output_size, output_places, padding_sides
from engine.correlation import channel_sums, correlate, filter_gradient, input_gradient
from engine.errors import Array, as_count, as_floats

#: (X, W, b, stride, pad)
ConvNdCache = tuple[Array, Array, Array, int, int | str]


def conv1d_forward(
    X: ArrayLike, W: ArrayLike, b: ArrayLike, stride: int = 1, pad: int | str = 0
) -> tuple[Array, ConvNdCache]:
    """Slide filters along time: each sees f steps and all channels.

        Z[i, t, k] = sum_(u, c) X[i, t s + u - p, c] W[u, c, k] + b[k]
        T' = floor((T + 2 p - f) / s) + 1

    - X: (m, T, n_C_prev); W: (f, n_C_prev, n_C); b: (n_C,)
    - stride: s; pad: p, a number, "same" (odd filters) or "valid"
    - returns Z: (m, T', n_C); cache: (X, W, b, stride, pad)

    Raises EngineError when a shape differs, a number is out of range or the filter does not fit.
    Source: course 4, week 4; course 5, week 3 (in front of a recurrent network).

    >>> Z, _ = conv1d_forward([[[1], [2], [4], [7]]], [[[-1]], [[1]]], [0])  # what the steps differ by
    >>> Z.ravel()
    array([1., 2., 3.])
    """
    X, W, b, s, (p,) = _checked(X, W, b, stride, pad, axes=("T",))
    # A sequence is an image of one row.
    Z = correlate(X[:, np.newaxis], W[np.newaxis], b, s, ((0, 0), p))
    return Z[:, 0], (X, W, b, stride, pad)


def conv1d_backward(dZ: ArrayLike, cache: ConvNdCache) -> tuple[Array, Array, Array]:
    """The gradients of `conv1d_forward`.

        dX[i, t s + u - p, c] += sum_k dZ[i, t, k] W[u, c, k]
        dW[u, c, k] = sum_(i, t) X[i, t s + u - p, c] dZ[i, t, k]        db[k] = sum_(i, t) dZ[i, t, k]

    - dZ: (m, T', n_C); cache: (X, W, b, stride, pad)
    - returns dX: (m, T, n_C_prev); dW: (f, n_C_prev, n_C); db: (n_C,)

    Raises EngineError when the shape of dZ is not that of the output. Source: course 4, week 4.

    >>> Z, cache = conv1d_forward([[[1], [2], [4], [7]]], [[[-1]], [[1]]], [0])
    >>> dX, dW, db = conv1d_backward(np.ones_like(Z), cache)
    >>> dX.ravel(), dW.ravel(), db
    (array([-1.,  0.,  0.,  1.]), array([ 7., 13.]), array([3.]))
    """
    X, W, _, s, (p,) = _checked(*cache, axes=("T",))
    m, T, _ = X.shape
    f, _, n_C = W.shape
    dZ = as_floats("dZ", dZ, (m, conv_output_size(T, f, p, s), n_C)).astype(X.dtype, copy=False)
    row, sides = dZ[:, np.newaxis], ((0, 0), p)
    dX = input_gradient(row, W[np.newaxis], s, sides, 1, T)
    dW = filter_gradient(row, X[:, np.newaxis], 1, f, s, sides)
    return dX[:, 0], dW[0], channel_sums(row)


def conv3d_forward(
    X: ArrayLike, W: ArrayLike, b: ArrayLike, stride: int = 1, pad: int | str = 0
) -> tuple[Array, ConvNdCache]:
    """Slide filters through volumes, such as scans of a body or films: each sees a cube and all channels.

        Z[i, d, h, w, k] = sum_(a, u, v, c) X[i, d s + a - p, h s + u - p, w s + v - p, c] W[a, u, v, c, k] + b[k]

    - X: (m, n_D_prev, n_H_prev, n_W_prev, n_C_prev); W: (f, f, f, n_C_prev, n_C); b: (n_C,)
    - stride: s; pad: p, a number, "same" (odd filters) or "valid"; both hold for all three axes
    - returns Z: (m, n_D, n_H, n_W, n_C); cache: (X, W, b, stride, pad)

    Raises EngineError when a shape differs, a number is out of range or the filter does not fit.
    Source: course 4, week 4.

    >>> X, W = np.ones((1, 14, 14, 14, 1)), np.ones((5, 5, 5, 1, 16))
    >>> conv3d_forward(X, W, np.zeros(16))[0].shape
    (1, 10, 10, 10, 16)
    """
    X, W, b, s, (depth, *sides) = _checked(X, W, b, stride, pad, axes=("n_D_prev", "n_H_prev", "n_W_prev"))
    m, _, n_H_prev, n_W_prev, n_C_prev = X.shape
    f = W.shape[0]
    n_D = conv_output_size(X.shape[1], f, depth, s)
    padded = np.pad(X, ((0, 0), depth, (0, 0), (0, 0), (0, 0)))
    Z = b
    # One depth of the filter at a time is a convolution of images, and the sum over the depths does the rest.
    for a in range(f):
        slices = padded[:, a : a + s * (n_D - 1) + 1 : s].reshape(m * n_D, n_H_prev, n_W_prev, n_C_prev)
        Z = Z + correlate(slices, W[a], None, s, (sides[0], sides[1]))
    return Z.reshape(m, n_D, *Z.shape[1:]), (X, W, b, stride, pad)


def conv3d_backward(dZ: ArrayLike, cache: ConvNdCache) -> tuple[Array, Array, Array]:
    """The gradients of `conv3d_forward`.

        dX[i, d s + a - p, h s + u - p, w s + v - p, c] += sum_k dZ[i, d, h, w, k] W[a, u, v, c, k]
        dW[a, u, v, c, k] = sum_(i, d, h, w) X[i, d s + a - p, h s + u - p, w s + v - p, c] dZ[i, d, h, w, k]
        db[k] = sum_(i, d, h, w) dZ[i, d, h, w, k]

    - dZ: (m, n_D, n_H, n_W, n_C); cache: (X, W, b, stride, pad)
    - returns dX: (m, n_D_prev, n_H_prev, n_W_prev, n_C_prev); dW: (f, f, f, n_C_prev, n_C); db: (n_C,)

    Raises EngineError when the shape of dZ is not that of the output. Source: course 4, week 4.

    >>> X, W = np.ones((1, 3, 3, 3, 1)), np.ones((2, 2, 2, 1, 1))
    >>> Z, cache = conv3d_forward(X, W, np.zeros(1))
    >>> dX, dW, db = conv3d_backward(np.ones_like(Z), cache)
    >>> dX[0, 1, 1, 1], dX[0, 0, 0, 0]  # the middle is in all eight cubes, a corner in one
    (array([8.]), array([1.]))
    """
    X, W, _, s, (depth, *axes) = _checked(*cache, axes=("n_D_prev", "n_H_prev", "n_W_prev"))
    sides = (axes[0], axes[1])
    m, n_D_prev, n_H_prev, n_W_prev, n_C_prev = X.shape
    f, f_H, f_W, _, n_C = W.shape
    n_D = conv_output_size(n_D_prev, f, depth, s)
    n_H, n_W = output_places(n_H_prev, n_W_prev, f_H, f_W, s, sides)
    dZ = as_floats("dZ", dZ, (m, n_D, n_H, n_W, n_C)).astype(X.dtype, copy=False)

    errors = dZ.reshape(m * n_D, n_H, n_W, n_C)
    padded = np.pad(X, ((0, 0), depth, (0, 0), (0, 0), (0, 0)))
    d_padded, dW = np.zeros_like(padded), np.empty_like(W)
    for a in range(f):
        reached = (slice(None), slice(a, a + s * (n_D - 1) + 1, s))
        slices = padded[reached].reshape(m * n_D, n_H_prev, n_W_prev, n_C_prev)
        dW[a] = filter_gradient(errors, slices, f_H, f_W, s, sides)
        d_slices = input_gradient(errors, W[a], s, sides, n_H_prev, n_W_prev)
        d_padded[reached] += d_slices.reshape(m, n_D, n_H_prev, n_W_prev, n_C_prev)
    return d_padded[:, depth[0] : depth[0] + n_D_prev], dW, channel_sums(errors)


def _checked(
    X: ArrayLike, W: ArrayLike, b: ArrayLike, stride: int, pad: int | str, axes: tuple[str, ...]
) -> tuple[Array, Array, Array, int, list[tuple[int, int]]]:
    X = as_floats("X", X, ("m", *axes, "n_C_prev"))
    W = as_floats("W", W, (*("f" for _ in axes), X.shape[-1], "n_C"))
    b = as_floats("b", b, (W.shape[-1],))
    as_count("stride", stride)
    # The zeros before and after, axis by axis: for "same" they depend on the size of the filter along it.
    sides = [padding_sides(pad, f, f)[0] for f in W.shape[: len(axes)]]
    dtype = np.result_type(X, W)
    X, W, b = (array.astype(dtype, copy=False) for array in (X, W, b))
    return X, W, b, stride, sides
