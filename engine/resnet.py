"""Residual networks: what a block adds to its input is learned, not its output (course 4, week 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.conv import ConvCache, conv_backward, conv_forward
from engine.errors import Array, EngineError, Parameters, as_count, as_floats, entry
from engine.layers.base import Layer, Sequential
from engine.layers.branches import Identity, Sum
from engine.layers.convolution import Conv2D, GlobalAveragePooling2D, MaxPooling2D, ZeroPadding2D
from engine.layers.dense import Dense, Relu
from engine.layers.normalization import BatchNormalization

#: (A1, A_out, caches), with the caches of the convolutions under "1", "2" and "s".
ResidualCache = tuple[Array, Array, dict[str, ConvCache]]


def residual_block_forward(
    A: ArrayLike, params: Mapping[str, ArrayLike], stride: int = 1
) -> tuple[Array, ResidualCache]:
    """Two convolutions and a way around them.

        Z1 = conv(A, W1) + b1        A1 = relu(Z1)        Z2 = conv(A1, W2) + b2
        A_out = relu(Z2 + A),  or  relu(Z2 + conv1x1(A, Ws) + bs)  where the shape changes

    The sum is taken BEFORE the last ReLU. With W2 = 0 and b2 = 0 the block gives on A, if A came from a ReLU: to do
    nothing is easy to learn.

    - A: (m, n_H, n_W, n_C_prev)
    - params: W1 (f, f, n_C_prev, n_C), b1 (1, 1, 1, n_C), W2 (f, f, n_C, n_C), b2 (1, 1, 1, n_C); f odd, "same"
      padding; and Ws (1, 1, n_C_prev, n_C), bs (1, 1, 1, n_C) when n_C is not n_C_prev or the stride is above 1
    - stride: of the first convolution and of the 1x1 one
    - returns A_out: (m, ceil(n_H / stride), ceil(n_W / stride), n_C); cache: (A1, A_out, caches), the last
      one the caches of the convolutions under "1", "2" and "s"

    Raises EngineError when a shape differs or a parameter is missing. Source: course 4, week 2; He et al., 2015.

    >>> A, nothing = np.arange(4.0).reshape(1, 2, 2, 1), np.zeros((1, 1, 1, 1))
    >>> params = {"W1": np.ones((3, 3, 1, 1)), "b1": nothing, "W2": np.zeros((3, 3, 1, 1)), "b2": nothing}
    >>> A_out, _ = residual_block_forward(A, params)
    >>> bool(np.all(A_out == A))
    True
    """
    A = as_floats("A", A, ("m", "n_H", "n_W", "n_C_prev"))
    as_count("stride", stride)
    caches: dict[str, ConvCache] = {}

    def convolve(X: Array, number: str, stride: int) -> Array:
        W, b = entry("params", params, f"W{number}"), entry("params", params, f"b{number}")
        Z, caches[number] = conv_forward(X, W, b, {"stride": stride, "pad": "same"})
        return Z

    A1 = np.maximum(convolve(A, "1", stride), 0)
    Z2 = convolve(A1, "2", 1)
    shortcut = convolve(A, "s", stride) if "Ws" in params else A
    if shortcut.shape != Z2.shape:
        expected = "such that both ways lead to one shape, by Ws where it changes"
        raise EngineError("params", expected, f"leading to {Z2.shape} and {shortcut.shape}")
    A_out = np.maximum(Z2 + shortcut, 0)
    return A_out, (A1, A_out, caches)


def residual_block_backward(dA: ArrayLike, cache: ResidualCache) -> tuple[Array, Parameters]:
    """The gradients of a residual block: the gradient splits in two, and the parts meet again at the input.

        dZ = dA where A_out > 0, else 0                  goes into BOTH ways
        dA_prev = (backward of the convolutions)(dZ) + dZ,  or  + (backward of conv1x1)(dZ)

    There is no 1/m here.

    - dA: the gradient of A_out, of its shape; cache: of `residual_block_forward`
    - returns dA_prev: the shape of A; grads: "dW1", "db1", "dW2", "db2", and "dWs", "dbs" where there is Ws

    Raises EngineError when the shape of dA is not that of A_out. Source: course 4, week 2.

    >>> A, nothing = np.ones((1, 1, 1, 1)), np.zeros((1, 1, 1, 1))
    >>> _, cache = residual_block_forward(A, {"W1": nothing, "b1": nothing, "W2": nothing, "b2": nothing})
    >>> dA_prev, grads = residual_block_backward(A, cache)
    >>> dA_prev.ravel(), grads["dW1"].ravel()  # nothing comes through the convolutions, all of it around them
    (array([1.]), array([0.]))
    """
    A1, A_out, caches = cache
    dA = as_floats("dA", dA, A_out.shape)
    grads: Parameters = {}
    dZ = dA * (A_out > 0)
    dA1, grads["dW2"], grads["db2"] = conv_backward(dZ, caches["2"])
    dA_main, grads["dW1"], grads["db1"] = conv_backward(dA1 * (A1 > 0), caches["1"])
    if "s" not in caches:
        return dA_main + dZ, grads
    dA_shortcut, grads["dWs"], grads["dbs"] = conv_backward(dZ, caches["s"])
    return dA_main + dA_shortcut, grads


def identity_block(
    n_C_prev: int,
    f: int,
    filters: Sequence[int],
    *,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Layer:
    """The block of ResNet-50 that keeps the shape: 1x1 - f x f - 1x1, each with batch normalization, and x added.

        out = relu(bn(conv1x1(relu(bn(conv(relu(bn(conv1x1(x)))))))) + x)

    - n_C_prev: channels of x, equal to filters[2]; f: size of the middle filter
    - filters: the channels after the three convolutions
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: a layer

    Raises EngineError when filters are not three or the last differs from n_C_prev. Source: course 4, week 2.

    >>> identity_block(8, 3, (2, 2, 8), rng=0)(np.ones((1, 5, 5, 8))).shape
    (1, 5, 5, 8)
    """
    if len(filters) != 3 or filters[2] != n_C_prev:
        raise EngineError("filters", f"three numbers, the last of them {n_C_prev}", f"{tuple(filters)}")
    main = _bottleneck(n_C_prev, f, filters, 1, np.random.default_rng(rng), dtype)
    return Sequential([Sum([main, Identity()]), Relu()])


def convolutional_block(
    n_C_prev: int,
    f: int,
    filters: Sequence[int],
    s: int = 2,
    *,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Layer:
    """The block of ResNet-50 that changes the shape: a 1x1 convolution on the way around takes x to the new one.

        out = relu(bn(conv1x1(relu(bn(conv(relu(bn(conv1x1(x)))))))) + bn(conv1x1(x)))

    The first convolution and the one on the way around have stride s.

    - n_C_prev: channels of x; f: size of the middle filter; filters: the channels after the three convolutions
    - s: the stride; rng: a Generator or a seed; dtype: of the parameters
    - returns: a layer

    Raises EngineError when filters are not three. Source: course 4, week 2.

    >>> convolutional_block(4, 3, (2, 2, 8), rng=0)(np.ones((1, 5, 5, 4))).shape
    (1, 3, 3, 8)
    """
    if len(filters) != 3:
        raise EngineError("filters", "three numbers", f"{tuple(filters)}")
    rng = np.random.default_rng(rng)
    main = _bottleneck(n_C_prev, f, filters, s, rng, dtype)
    shortcut = _normalized(n_C_prev, filters[2], 1, s, rng, dtype)
    return Sequential([Sum([main, Sequential(shortcut)]), Relu()])


def ResNet50(
    input_shape: tuple[int, int, int] = (64, 64, 3),
    classes: int = 6,
    *,
    blocks: Sequence[int] = (3, 4, 6, 3),
    width: int = 64,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Sequential:
    """The residual network of 50 layers: a stem, four stages of blocks, a mean over the image, a dense layer.

        stem: pad 3 - conv 7x7, stride 2 - bn - relu - max-pool 3x3, stride 2
        stage i = 0 ... 3: a convolutional block, then identity blocks, filters 2^i (64, 64, 256), stride 1, 2, 2, 2

    1 + 3 (3 + 4 + 6 + 3) + 1 = 50 layers with weights on the main way. It gives LOGITS: the softmax is in the loss. The
    course ends in a 2x2 average pooling, which for its 64x64 images is the mean over the image.

    - input_shape: (n_H, n_W, n_C) of one image; classes: number of logits
    - blocks: how many in each stage; width: channels after the stem; smaller ones make a network to try things on
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: a layer, (m, n_H, n_W, n_C) -> (m, classes)

    Raises EngineError when a size is below 1. Source: course 4, week 2; He et al., 2015.

    >>> model = ResNet50((16, 16, 3), classes=6, blocks=(2, 1), width=4, rng=0, dtype=np.float32)
    >>> model(np.zeros((2, 16, 16, 3), np.float32)).shape
    (2, 6)
    """
    _, _, n_C = input_shape
    as_count("width", width)
    as_count("classes", classes)
    rng = np.random.default_rng(rng)
    layers: list[Layer] = [ZeroPadding2D(3), *_normalized(n_C, width, 7, 2, rng, dtype), Relu(), MaxPooling2D(3, 2)]
    channels = width
    for stage, count in enumerate(blocks):
        few, many = width * 2**stage, 4 * width * 2**stage
        # The pooling of the stem has just halved the size.
        stride = 1 if stage == 0 else 2
        layers.append(convolutional_block(channels, 3, (few, few, many), stride, rng=rng, dtype=dtype))
        channels = many
        layers += [
            identity_block(channels, 3, (few, few, many), rng=rng, dtype=dtype)
            for _ in range(as_count("blocks", count) - 1)
        ]
    return Sequential([*layers, GlobalAveragePooling2D(), Dense(channels, classes, rng=rng, dtype=dtype)])


def _normalized(
    n_C_prev: int, n_C: int, f: int, s: int, rng: np.random.Generator, dtype: type, pad: str = "valid"
) -> list[Layer]:
    # The course's convolutions keep their bias, though the batch normalization after them takes it away.
    return [Conv2D(n_C_prev, n_C, f, s, pad, rng=rng, dtype=dtype), BatchNormalization(n_C, dtype=dtype)]


def _bottleneck(
    n_C_prev: int, f: int, filters: Sequence[int], s: int, rng: np.random.Generator, dtype: type
) -> Sequential:
    F1, F2, F3 = filters
    return Sequential(
        [
            *_normalized(n_C_prev, F1, 1, s, rng, dtype),
            Relu(),
            *_normalized(F1, F2, f, 1, rng, dtype, pad="same"),
            Relu(),
            *_normalized(F2, F3, 1, 1, rng, dtype),
        ]
    )
