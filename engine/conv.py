"""The convolutional layer and its backward pass (course 4, weeks 1 and 2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.conv_shapes import Sides, output_places, stride_and_sides
from engine.correlation import channel_sums, correlate, filter_gradient, input_gradient
from engine.errors import Array, as_array, as_count, as_floats

#: (A_prev, W, b, hparameters), as in the course: no matrix of windows is kept, since making it again costs less.
ConvCache = tuple[Array, Array, Array, Mapping[str, Any]]


def zero_pad(X: ArrayLike, pad: int) -> Array:
    """Put a frame of zeros around every image, and nothing around the axes of examples and channels.

        X_pad[i, h + p, w + p, c] = X[i, h, w, c], and 0 elsewhere

    - X: (m, n_H, n_W, n_C); pad: p, at least 0
    - returns X_pad: (m, n_H + 2 p, n_W + 2 p, n_C), same dtype

    Raises EngineError when X is not of rank 4 or pad is negative. Source: course 4, week 1.

    >>> zero_pad([[[[5]]]], 1)[0, :, :, 0]
    array([[0, 0, 0],
           [0, 5, 0],
           [0, 0, 0]])
    """
    X = as_array("X", X, ("m", "n_H", "n_W", "n_C"))
    p = as_count("pad", pad, 0)
    return np.pad(X, ((0, 0), (p, p), (p, p), (0, 0)))


def conv_single_step(a_slice_prev: ArrayLike, W: ArrayLike, b: ArrayLike) -> float:
    """One filter at one place: one number of the output.

        z = sum_(u, v, c) a_slice_prev[u, v, c] W[u, v, c] + b

    - a_slice_prev: (f, f, n_C_prev), the window; W: the same shape; b: (1, 1, 1), added once
    - returns z: a float

    Raises EngineError when a shape differs. Source: course 4, week 1.

    >>> conv_single_step(np.ones((2, 2, 3)), np.ones((2, 2, 3)), [[[0.5]]])
    12.5
    """
    a_slice_prev = as_floats("a_slice_prev", a_slice_prev, ("f", "f", "n_C_prev"))
    W = as_floats("W", W, a_slice_prev.shape)
    b = as_floats("b", b, (1, 1, 1))
    return float(np.sum(a_slice_prev * W)) + float(b[0, 0, 0])


def conv_forward(
    A_prev: ArrayLike, W: ArrayLike, b: ArrayLike, hparameters: Mapping[str, Any]
) -> tuple[Array, ConvCache]:
    """A convolutional layer: every filter at every place. No activation is inside.

        Z[i, h, w, k] = sum_(u, v, c) A_prev[i, h s + u - p, w s + v - p, c] W[u, v, c, k] + b[k]
        n_H = floor((n_H_prev + 2 p - f) / s) + 1,  and likewise n_W

    - A_prev: (m, n_H_prev, n_W_prev, n_C_prev)
    - W: (f, f, n_C_prev, n_C); a filter need not be square
    - b: (1, 1, 1, n_C)
    - hparameters: {"stride": s, "pad": p}; p is a number, "same" (odd filters), "valid", or
      ((top, bottom), (left, right))
    - returns Z: (m, n_H, n_W, n_C); cache: (A_prev, W, b, hparameters)

    Raises EngineError when a shape differs, a hyperparameter is missing or the filter does not fit.
    Source: course 4, week 1.

    >>> A_prev = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> Z, _ = conv_forward(A_prev, np.ones((2, 2, 1, 1)), np.zeros((1, 1, 1, 1)), {"stride": 2, "pad": 0})
    >>> Z[0, :, :, 0]  # the sums of four blocks
    array([[10., 18.],
           [42., 50.]])
    """
    A_prev, W, b, stride, sides = _checked(A_prev, W, b, hparameters)
    Z = correlate(A_prev, W, b.ravel(), stride, sides)
    return Z, (A_prev, W, b, hparameters)


def conv_backward(dZ: ArrayLike, cache: ConvCache) -> tuple[Array, Array, Array]:
    """The gradients of a convolutional layer.

        dA_prev[i, h s + u - p, w s + v - p, c] += sum_k dZ[i, h, w, k] W[u, v, c, k]
        dW[u, v, c, k] = sum_(i, h, w) A_prev[i, h s + u - p, w s + v - p, c] dZ[i, h, w, k]
        db[k] = sum_(i, h, w) dZ[i, h, w, k]

    There is no 1/m here: the gradients are those of the sum that dZ comes from.

    - dZ: (m, n_H, n_W, n_C); cache: (A_prev, W, b, hparameters) of `conv_forward`
    - returns dA_prev: (m, n_H_prev, n_W_prev, n_C_prev); dW: (f, f, n_C_prev, n_C); db: (1, 1, 1, n_C)

    Raises EngineError when the shape of dZ is not that of the output. Source: course 4, week 1.

    >>> A_prev, W = np.arange(9.0).reshape(1, 3, 3, 1), np.ones((2, 2, 1, 1))
    >>> Z, cache = conv_forward(A_prev, W, np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": 0})
    >>> dA_prev, dW, db = conv_backward(np.ones_like(Z), cache)
    >>> dA_prev[0, :, :, 0]  # how many windows each pixel is in
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    A_prev, W, b, stride, sides = _checked(*cache)
    f_H, f_W, _, n_C = W.shape
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    n_H, n_W = output_places(n_H_prev, n_W_prev, f_H, f_W, stride, sides)
    dZ = as_floats("dZ", dZ, (m, n_H, n_W, n_C)).astype(A_prev.dtype, copy=False)

    dA_prev = input_gradient(dZ, W, stride, sides, n_H_prev, n_W_prev)
    dW = filter_gradient(dZ, A_prev, f_H, f_W, stride, sides)
    return dA_prev, dW, channel_sums(dZ).reshape(b.shape)


def conv1x1_forward(A: ArrayLike, W: ArrayLike, b: ArrayLike) -> Array:
    """A 1x1 convolution: the same dense layer at every pixel, from the channels in to the channels out.

        Z[i, h, w, k] = sum_c A[i, h, w, c] W[c, k] + b[k]

    It mixes channels, changes their number, and with an activation behind it adds non-linearity. Its gradients are
    those of `conv_backward` for f = 1.

    - A: (m, n_H, n_W, n_C_prev); W: (1, 1, n_C_prev, n_C); b: (1, 1, 1, n_C)
    - returns Z: (m, n_H, n_W, n_C)

    Raises EngineError when a shape differs. Source: course 4, week 2.

    >>> pixel = [[[[3.0, 4.0]]]]
    >>> conv1x1_forward(pixel, [[[[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]]], np.zeros((1, 1, 1, 3)))
    array([[[[3., 4., 7.]]]])
    """
    A = as_floats("A", A, ("m", "n_H", "n_W", "n_C_prev"))
    W = as_floats("W", W, (1, 1, A.shape[3], "n_C"))
    b = as_floats("b", b, (1, 1, 1, W.shape[3]))
    Z: Array = A @ W[0, 0]
    Z += b
    return Z


def _checked(
    A_prev: ArrayLike, W: ArrayLike, b: ArrayLike, hparameters: Mapping[str, Any]
) -> tuple[Array, Array, Array, int, Sides]:
    A_prev = as_floats("A_prev", A_prev, ("m", "n_H_prev", "n_W_prev", "n_C_prev"))
    W = as_floats("W", W, ("f", "f", A_prev.shape[3], "n_C"))
    b = as_floats("b", b, (1, 1, 1, W.shape[3]))
    stride, sides = stride_and_sides(hparameters, W.shape[0], W.shape[1])
    dtype = np.result_type(A_prev, W)
    A_prev, W, b = (array.astype(dtype, copy=False) for array in (A_prev, W, b))
    return A_prev, W, b, stride, sides
