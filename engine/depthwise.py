"""Depthwise convolution, one filter for each channel, and the separable convolution (course 4, week 2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.conv import ConvCache, conv_backward, conv_forward
from engine.conv_shapes import Sides, output_places, stride_and_sides
from engine.correlation import channel_sums
from engine.errors import Array, as_floats

#: (A_prev, K, b, hparameters)
DepthwiseCache = tuple[Array, Array, Array, Mapping[str, Any]]


def depthwise_conv_forward(
    A_prev: ArrayLike, K: ArrayLike, b: ArrayLike, hparameters: Mapping[str, Any]
) -> tuple[Array, DepthwiseCache]:
    """Filter every channel by itself; the channels are not added up.

        Z[i, h, w, c] = sum_(u, v) A_prev[i, h s + u - p, w s + v - p, c] K[u, v, c] + b[c]

    - A_prev: (m, n_H_prev, n_W_prev, n_C); K: (f, f, n_C); b: (1, 1, 1, n_C)
    - hparameters: {"stride": s, "pad": p}, as in `conv_forward`
    - returns Z: (m, n_H, n_W, n_C); cache: (A_prev, K, b, hparameters)

    Raises EngineError when a shape differs, a hyperparameter is missing or the filter does not fit.
    Source: course 4, week 2.

    >>> A_prev = np.array([[1.0, 10], [2, 20]]).reshape(1, 1, 2, 2)
    >>> b = np.zeros((1, 1, 1, 2))
    >>> depthwise_conv_forward(A_prev, [[[1, 1], [1, -1]]], b, {"stride": 1, "pad": 0})[0]
    array([[[[  3., -10.]]]])
    """
    A_prev, K, b, s, sides = _checked(A_prev, K, b, hparameters)
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    n_H, n_W = output_places(n_H_prev, n_W_prev, K.shape[0], K.shape[1], s, sides)
    Z = np.empty((m, n_H, n_W, n_C), A_prev.dtype)
    for i, padded in _padded_images(A_prev, sides):
        Z[i] = b[0]
        # Each weight meets one shifted copy of the image: a loop over the filter, none over the pixels.
        for weights, pixels in zip(K.reshape(-1, n_C), _shifted(padded, K, s, n_H, n_W), strict=True):
            Z[i] += pixels * weights
    return Z, (A_prev, K, b, hparameters)


def depthwise_conv_backward(dZ: ArrayLike, cache: DepthwiseCache) -> tuple[Array, Array, Array]:
    """The gradients of `depthwise_conv_forward`.

        dA_prev[i, h s + u - p, w s + v - p, c] += dZ[i, h, w, c] K[u, v, c]
        dK[u, v, c] = sum_(i, h, w) A_prev[i, h s + u - p, w s + v - p, c] dZ[i, h, w, c]
        db[c] = sum_(i, h, w) dZ[i, h, w, c]

    - dZ: (m, n_H, n_W, n_C); cache: (A_prev, K, b, hparameters)
    - returns dA_prev: (m, n_H_prev, n_W_prev, n_C); dK: (f, f, n_C); db: (1, 1, 1, n_C)

    Raises EngineError when the shape of dZ is not that of the output. Source: course 4, week 2.

    >>> A_prev = np.array([[1.0, 10], [2, 20]]).reshape(1, 1, 2, 2)
    >>> _, cache = depthwise_conv_forward(A_prev, [[[1, 1], [1, -1]]], np.zeros((1, 1, 1, 2)), {"stride": 1, "pad": 0})
    >>> dA_prev, dK, db = depthwise_conv_backward([[[[1.0, 1.0]]]], cache)
    >>> dK[0]  # what each weight was multiplied with
    array([[ 1., 10.],
           [ 2., 20.]])
    """
    A_prev, K, b, s, sides = _checked(*cache)
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    n_H, n_W = output_places(n_H_prev, n_W_prev, K.shape[0], K.shape[1], s, sides)
    dZ = as_floats("dZ", dZ, (m, n_H, n_W, n_C)).astype(A_prev.dtype, copy=False)
    (top, _), (left, _) = sides
    dA_prev = np.empty_like(A_prev)
    dK = np.zeros((K.shape[0] * K.shape[1], n_C), K.dtype)
    for i, padded in _padded_images(A_prev, sides):
        d_padded = np.zeros_like(padded)
        pixels = _shifted(padded, K, s, n_H, n_W)
        d_pixels = _shifted(d_padded, K, s, n_H, n_W)
        for k, weights in enumerate(K.reshape(-1, n_C)):
            dK[k] += np.einsum("hwc,hwc->c", pixels[k], dZ[i])
            d_pixels[k] += dZ[i] * weights
        dA_prev[i] = d_padded[top : top + n_H_prev, left : left + n_W_prev]
    return dA_prev, dK.reshape(K.shape), channel_sums(dZ).reshape(b.shape)


def separable_conv_forward(
    A_prev: ArrayLike, K: ArrayLike, W: ArrayLike, b: ArrayLike, hparameters: Mapping[str, Any] | None = None
) -> tuple[Array, tuple[DepthwiseCache, ConvCache]]:
    """A depthwise separable convolution: filter each channel by itself, then mix the channels at every pixel.

        D[i, h, w, c] = sum_(u, v) A_prev[i, h s + u - p, w s + v - p, c] K[u, v, c]
        Z[i, h, w, k] = sum_c D[i, h, w, c] W[c, k] + b[k]

    It costs 1 / n_C + 1 / f^2 of the multiplications of a full convolution (`separable_flops`).

    - A_prev: (m, n_H_prev, n_W_prev, n_C_prev)
    - K: (f, f, n_C_prev); W: (1, 1, n_C_prev, n_C); b: (1, 1, 1, n_C), added once, at the end
    - hparameters: {"stride": s, "pad": p} of the depthwise step, by default stride 1 and no padding
    - returns Z: (m, n_H, n_W, n_C); cache: (that of the depthwise step, that of the pointwise step)

    Raises EngineError when a shape differs, a hyperparameter is missing or the filter does not fit.
    Source: course 4, week 2.

    >>> A_prev, K = np.ones((1, 3, 3, 2)), np.ones((3, 3, 2))
    >>> separable_conv_forward(A_prev, K, [[[[1.0], [10.0]]]], np.zeros((1, 1, 1, 1)))[0]
    array([[[[99.]]]])
    """
    hparameters = {"stride": 1, "pad": 0} if hparameters is None else hparameters
    A_prev = as_floats("A_prev", A_prev, ("m", "n_H_prev", "n_W_prev", "n_C_prev"))
    n_C_prev = A_prev.shape[3]
    W = as_floats("W", W, (1, 1, n_C_prev, "n_C"))
    no_bias = np.zeros((1, 1, 1, n_C_prev), A_prev.dtype)
    D, depthwise_cache = depthwise_conv_forward(A_prev, K, no_bias, hparameters)
    Z, pointwise_cache = conv_forward(D, W, b, {"stride": 1, "pad": 0})
    return Z, (depthwise_cache, pointwise_cache)


def separable_conv_backward(
    dZ: ArrayLike, cache: tuple[DepthwiseCache, ConvCache]
) -> tuple[Array, Array, Array, Array]:
    """The gradients of `separable_conv_forward`: back through the pointwise step, then the depthwise one.

        dD, dW, db = conv_backward(dZ)        dA_prev, dK = depthwise_conv_backward(dD)

    - dZ: (m, n_H, n_W, n_C); cache: (that of the depthwise step, that of the pointwise step)
    - returns dA_prev: (m, n_H_prev, n_W_prev, n_C_prev); dK: (f, f, n_C_prev); dW: (1, 1, n_C_prev, n_C);
      db: (1, 1, 1, n_C)

    Raises EngineError when the shape of dZ is not that of the output. Source: course 4, week 2.

    >>> A_prev, K = np.ones((1, 3, 3, 2)), np.ones((3, 3, 2))
    >>> Z, cache = separable_conv_forward(A_prev, K, [[[[1.0], [10.0]]]], np.zeros((1, 1, 1, 1)))
    >>> dA_prev, dK, dW, db = separable_conv_backward(np.ones_like(Z), cache)
    >>> dW.ravel(), dK[0, 0]
    (array([9., 9.]), array([ 1., 10.]))
    """
    depthwise_cache, pointwise_cache = cache
    dD, dW, db = conv_backward(dZ, pointwise_cache)
    dA_prev, dK, _ = depthwise_conv_backward(dD, depthwise_cache)
    return dA_prev, dK, dW, db


def _checked(
    A_prev: ArrayLike, K: ArrayLike, b: ArrayLike, hparameters: Mapping[str, Any]
) -> tuple[Array, Array, Array, int, Sides]:
    A_prev = as_floats("A_prev", A_prev, ("m", "n_H_prev", "n_W_prev", "n_C"))
    n_C = A_prev.shape[3]
    K = as_floats("K", K, ("f", "f", n_C))
    b = as_floats("b", b, (1, 1, 1, n_C))
    stride, sides = stride_and_sides(hparameters, K.shape[0], K.shape[1])
    dtype = np.result_type(A_prev, K)
    A_prev, K, b = (array.astype(dtype, copy=False) for array in (A_prev, K, b))
    return A_prev, K, b, stride, sides


def _padded_images(A_prev: Array, sides: Sides) -> Iterator[tuple[int, Array]]:
    """One image after the other, padded, in one array that all of them share."""
    _, n_H_prev, n_W_prev, n_C = A_prev.shape
    (top, bottom), (left, right) = sides
    padded = np.zeros((top + n_H_prev + bottom, left + n_W_prev + right, n_C), A_prev.dtype)
    for i, image in enumerate(A_prev):
        padded[top : top + n_H_prev, left : left + n_W_prev] = image
        yield i, padded


def _shifted(padded: Array, K: Array, s: int, n_H: int, n_W: int) -> list[Array]:
    """For each weight (u, v) the pixels that it meets: f * f views of (n_H, n_W, n_C)."""
    height, width = s * (n_H - 1) + 1, s * (n_W - 1) + 1
    return [padded[u : u + height : s, v : v + width : s] for u in range(K.shape[0]) for v in range(K.shape[1])]
