"""The inception module: filters of all sizes at once, each made cheap by a 1x1 convolution (course 4, week 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.conv import conv_forward
from engine.errors import Array, EngineError, as_floats, entry
from engine.layers.base import Layer, Sequential
from engine.layers.branches import Concatenate
from engine.layers.convolution import Conv2D, GlobalAveragePooling2D, MaxPooling2D
from engine.layers.dense import Dense, Dropout, Relu

#: The modules of GoogLeNet, as `filters` of `inception_module`; None for a max-pooling between them.
GOOGLENET_MODULES: tuple[tuple[int, ...] | None, ...] = (
    (64, 96, 128, 16, 32, 32),
    (128, 128, 192, 32, 96, 64),
    None,
    (192, 96, 208, 16, 48, 64),
    (160, 112, 224, 24, 64, 64),
    (128, 128, 256, 24, 64, 64),
    (112, 144, 288, 32, 64, 64),
    (256, 160, 320, 32, 128, 128),
    None,
    (256, 160, 320, 32, 128, 128),
    (384, 192, 384, 48, 128, 128),
)


def inception_block(A: ArrayLike, params: Mapping[str, ArrayLike]) -> Array:
    """Four ways through the same input, all of stride 1 and "same" size, one behind the other along the channels.

        relu(conv1x1(A))        relu(conv3x3(relu(conv1x1(A))))
        relu(conv5x5(relu(conv1x1(A))))        relu(conv1x1(max-pool 3x3 (A)))

    The 1x1 convolutions before the large ones are bottlenecks: `engine.conv_shapes.bottleneck_flops` says what they
    save. The one after the pooling is there because pooling keeps all channels.

    - A: (m, n_H, n_W, n_C_prev)
    - params: W1, W3_reduce, W5_reduce, W_pool (1, 1, n_C_prev, .), W3 (3, 3, ., .), W5 (5, 5, ., .), and for each the
      bias b1, ..., (1, 1, 1, .)
    - returns A_concat: (m, n_H, n_W, the sum of the channels of W1, W3, W5 and W_pool)

    Raises EngineError when a shape differs or a parameter is missing. Source: course 4, week 2; Szegedy et al., 2014.

    >>> A, bias = np.ones((1, 3, 3, 1)), np.zeros((1, 1, 1, 1))
    >>> params = {f"W{name}": np.ones((1, 1, 1, 1)) for name in ("1", "3_reduce", "5_reduce", "_pool")}
    >>> params |= {"W3": np.ones((3, 3, 1, 1)), "W5": np.ones((5, 5, 1, 1))}
    >>> params |= {f"b{name[1:]}": bias for name in params}
    >>> inception_block(A, params)[0, 1, 1]  # in the middle of a picture of 3 x 3 ones
    array([1., 9., 9., 1.])
    """
    A = as_floats("A", A, ("m", "n_H", "n_W", "n_C_prev"))

    def convolve(X: Array, name: str) -> Array:
        W, b = entry("params", params, f"W{name}"), entry("params", params, f"b{name}")
        Z, _ = conv_forward(X, W, b, {"stride": 1, "pad": "same"})
        return np.maximum(Z, 0)

    pooled = MaxPooling2D(3, stride=1, pad="same").forward(A)
    branches = [
        convolve(A, "1"),
        convolve(convolve(A, "3_reduce"), "3"),
        convolve(convolve(A, "5_reduce"), "5"),
        convolve(pooled, "_pool"),
    ]
    return np.concatenate(branches, axis=3)


def inception_module(
    n_C_prev: int,
    filters: Sequence[int],
    *,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Concatenate:
    """The same as a layer, with its backward pass: the four gradients of the input add up.

    - n_C_prev: channels of the input
    - filters: channels after 1x1; before and after 3x3; before and after 5x5; after the pooling
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: a layer, (m, n_H, n_W, n_C_prev) -> (m, n_H, n_W, the 1st, 3rd, 5th and 6th filters added)

    Raises EngineError when there are not six filters. Source: course 4, week 2; Szegedy et al., 2014.

    >>> inception_module(192, (64, 96, 128, 16, 32, 32), rng=0, dtype=np.float32)(np.ones((1, 7, 7, 192))).shape
    (1, 7, 7, 256)
    """
    if len(filters) != 6:
        raise EngineError("filters", "six numbers", f"{tuple(filters)}")
    rng = np.random.default_rng(rng)
    one, three_reduce, three, five_reduce, five, pool = filters

    def convolution(before: int, after: int, f: int) -> list[Layer]:
        return [Conv2D(before, after, f, pad="same", rng=rng, dtype=dtype), Relu()]

    return Concatenate(
        [
            Sequential(convolution(n_C_prev, one, 1)),
            Sequential([*convolution(n_C_prev, three_reduce, 1), *convolution(three_reduce, three, 3)]),
            Sequential([*convolution(n_C_prev, five_reduce, 1), *convolution(five_reduce, five, 5)]),
            Sequential([MaxPooling2D(3, 1, "same"), *convolution(n_C_prev, pool, 1)]),
        ]
    )


def GoogLeNet(
    input_shape: tuple[int, int, int] = (224, 224, 3),
    classes: int = 1000,
    *,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Sequential:
    """The first inception network: a stem, nine modules in three groups, a mean over the image, a dense layer.

        stem: conv 7x7, 64, stride 2 - pool - conv 1x1, 64 - conv 3x3, 192 - pool        all pools 3x3, stride 2

    The classifiers at its sides, which helped to train it, and the normalization in its stem are left out. It gives
    LOGITS.

    - input_shape: (n_H, n_W, n_C) of one image; classes: number of logits
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: a layer, (m, n_H, n_W, n_C) -> (m, classes)

    Raises EngineError when a size is below 1. Source: course 4, week 2; Szegedy et al., 2014.

    >>> GoogLeNet((32, 32, 3), classes=5, rng=0)(np.zeros((1, 32, 32, 3), np.float32)).shape
    (1, 5)
    """
    rng = np.random.default_rng(rng)

    def convolution(before: int, after: int, f: int, stride: int = 1) -> list[Layer]:
        return [Conv2D(before, after, f, stride, "same", rng=rng, dtype=dtype), Relu()]

    layers: list[Layer] = [*convolution(input_shape[2], 64, 7, 2), MaxPooling2D(3, 2, "same")]
    layers += [*convolution(64, 64, 1), *convolution(64, 192, 3), MaxPooling2D(3, 2, "same")]
    channels = 192
    for filters in GOOGLENET_MODULES:
        if filters is None:
            layers.append(MaxPooling2D(3, 2, "same"))
            continue
        layers.append(inception_module(channels, filters, rng=rng, dtype=dtype))
        one, _, three, _, five, pool = filters
        channels = one + three + five + pool
    return Sequential(
        [*layers, GlobalAveragePooling2D(), Dropout(0.4, rng), Dense(channels, classes, rng=rng, dtype=dtype)]
    )
