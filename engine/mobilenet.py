"""MobileNet: convolutions taken apart into one filter a channel and a mix of the channels (course 4, week 2)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from engine.conv import conv_forward
from engine.depthwise import depthwise_conv_forward
from engine.errors import Array, as_count, as_floats, as_number, entry
from engine.layers.base import Layer, Sequential
from engine.layers.branches import Identity, Sum
from engine.layers.convolution import Conv2D, DepthwiseConv2D, GlobalAveragePooling2D, same_padding
from engine.layers.dense import Dense
from engine.layers.normalization import BatchNormalization

#: MobileNet v2, a row a group of blocks: expansion t, channels c, number of blocks n, stride s of the first of them.
V2_GROUPS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))

#: MobileNet v1, a pair a block: channels and stride.
V1_BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1))


def relu6(z: ArrayLike) -> Array:
    """The ReLU with a ceiling, which numbers of low precision can hold.

        relu6(z) = min(max(0, z), 6)

    - z: any shape
    - returns: the same shape

    Source: course 4, week 2.

    >>> relu6([-1.0, 3.0, 9.0])
    array([0., 3., 6.])
    """
    return np.clip(as_floats("z", z), 0, 6)


class Relu6(Layer):
    """The ReLU with a ceiling, as a layer.

        out = min(max(0, x), 6)        dx = dout where 0 < x < 6, else 0

    Source: the role of `keras.layers.ReLU(6)`, course 4, week 2.

    >>> Relu6()(np.array([[-1.0, 7.0]]))
    array([[0., 6.]])
    """

    def forward(self, x: Array, training: bool = False) -> Array:
        out = relu6(x)
        self.keep(out, training)
        return out

    def backward(self, dout: Array) -> Array:
        out = self.kept()
        dx: Array = dout * ((out > 0) & (out < 6))
        return dx


def inverted_residual(A: ArrayLike, params: Mapping[str, ArrayLike], t: int, s: int) -> Array:
    """The bottleneck block of MobileNet v2, without batch normalization, forward.

        E = relu6(conv1x1(A, W_expand) + b_expand)           n_C_prev -> t n_C_prev channels; not there when t = 1
        D = relu6(depthwise(E, K) + b_depthwise)             each channel by itself, stride s, "same"
        P = conv1x1(D, W_project) + b_project                to n_C channels; LINEAR: a ReLU would lose too much here
        out = A + P when s = 1 and n_C = n_C_prev, else P

    A residual block of ResNet is wide at its ends and narrow in the middle; this one is the other way round, so what is
    passed on between blocks is small.

    - A: (m, n_H, n_W, n_C_prev); t: the expansion; s: the stride
    - params: W_expand (1, 1, n_C_prev, t n_C_prev), b_expand (1, 1, 1, t n_C_prev), K (f, f, t n_C_prev),
      b_depthwise (1, 1, 1, t n_C_prev), W_project (1, 1, t n_C_prev, n_C), b_project (1, 1, 1, n_C)
    - returns: (m, ceil(n_H / s), ceil(n_W / s), n_C)

    Raises EngineError when a shape differs or a parameter is missing. Source: course 4, week 2; Sandler et al., 2018.

    >>> A, b = np.array([[[[1.0, 9.0]]]]), np.zeros((1, 1, 1, 2))
    >>> params = {"K": np.ones((1, 1, 2)), "b_depthwise": b, "W_project": -np.eye(2)[None, None], "b_project": b}
    >>> inverted_residual(A, params, t=1, s=1)  # 1 - relu6(1) and 9 - relu6(9)
    array([[[[0., 3.]]]])
    """
    A = as_floats("A", A, ("m", "n_H", "n_W", "n_C_prev"))
    wide = as_count("t", t) * A.shape[3]
    as_count("s", s)
    one_by_one = {"stride": 1, "pad": 0}
    E = A
    if t > 1:
        W_expand = as_floats("W_expand", entry("params", params, "W_expand"), (1, 1, A.shape[3], wide))
        E = relu6(conv_forward(A, W_expand, entry("params", params, "b_expand"), one_by_one)[0])
    K = as_floats("K", entry("params", params, "K"), ("f", "f", wide))
    hparameters = {"stride": s, "pad": same_padding(A.shape[1], A.shape[2], K.shape[0], s)}
    D = relu6(depthwise_conv_forward(E, K, entry("params", params, "b_depthwise"), hparameters)[0])
    W_project = as_floats("W_project", entry("params", params, "W_project"), (1, 1, wide, "n_C"))
    P, _ = conv_forward(D, W_project, entry("params", params, "b_project"), one_by_one)
    return A + P if s == 1 and P.shape == A.shape else P


def inverted_residual_block(
    n_C_prev: int,
    n_C: int,
    t: int = 6,
    s: int = 1,
    *,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Layer:
    """The bottleneck block of MobileNet v2 as a layer: as `inverted_residual`, with batch normalization for the biases.

    - n_C_prev, n_C: channels before and after; t: the expansion; s: the stride
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: a layer, (m, n_H, n_W, n_C_prev) -> (m, ceil(n_H / s), ceil(n_W / s), n_C)

    Raises EngineError when a size is below 1. Source: course 4, week 2; Sandler et al., 2018.

    >>> inverted_residual_block(4, 8, s=2, rng=0)(np.ones((1, 5, 6, 4))).shape
    (1, 3, 3, 8)
    """
    rng = np.random.default_rng(rng)
    wide = as_count("t", t) * as_count("n_C_prev", n_C_prev)
    layers: list[Layer] = []
    if t > 1:
        layers += [*_pointwise(n_C_prev, wide, rng, dtype), Relu6()]
    layers += [*_depthwise(wide, s, rng, dtype), Relu6(), *_pointwise(wide, n_C, rng, dtype)]
    main = Sequential(layers)
    return Sum([main, Identity()]) if s == 1 and n_C == n_C_prev else main


def separable_block(
    n_C_prev: int,
    n_C: int,
    s: int = 1,
    *,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Sequential:
    """The block of MobileNet v1: depthwise 3x3, then 1x1, each with batch normalization and ReLU6.

    - n_C_prev, n_C: channels before and after; s: stride of the depthwise convolution
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: a layer, (m, n_H, n_W, n_C_prev) -> (m, ceil(n_H / s), ceil(n_W / s), n_C)

    Raises EngineError when a size is below 1. Source: course 4, week 2; Howard et al., 2017.

    >>> separable_block(4, 8, s=2, rng=0)(np.ones((1, 5, 6, 4))).shape
    (1, 3, 3, 8)
    """
    rng = np.random.default_rng(rng)
    return Sequential([*_depthwise(n_C_prev, s, rng, dtype), Relu6(), *_pointwise(n_C_prev, n_C, rng, dtype), Relu6()])


def MobileNetV1(
    input_shape: tuple[int, int, int] = (224, 224, 3),
    classes: int = 1000,
    width: float = 1.0,
    *,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Sequential:
    """MobileNet v1: a 3x3 convolution of stride 2, 13 separable blocks, a mean over the image, a dense layer.

    It gives LOGITS.

    - input_shape: (n_H, n_W, n_C) of one image; classes: number of logits; width: a factor on all channels
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: a layer, (m, n_H, n_W, n_C) -> (m, classes)

    Raises EngineError when a size is below 1 or the width is not above 0. Source: course 4, week 2; Howard et al.,
    2017.

    >>> MobileNetV1((32, 32, 3), classes=5, width=0.1, rng=0)(np.zeros((1, 32, 32, 3))).shape
    (1, 5)
    """
    as_number("width", width, "(0, inf)")
    rng = np.random.default_rng(rng)
    channels = max(1, int(32 * width))
    layers = _stem(input_shape[2], channels, rng, dtype)
    for c, s in V1_BLOCKS:
        n_C = max(1, int(c * width))
        layers.append(separable_block(channels, n_C, s, rng=rng, dtype=dtype))
        channels = n_C
    return Sequential([*layers, GlobalAveragePooling2D(), Dense(channels, classes, rng=rng, dtype=dtype)])


def MobileNetV2(
    input_shape: tuple[int, int, int] = (224, 224, 3),
    classes: int = 1000,
    width: float = 1.0,
    *,
    include_top: bool = True,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Sequential:
    """MobileNet v2: a 3x3 convolution of stride 2, 17 bottleneck blocks, a 1x1 convolution, a mean, a dense layer.

    It gives LOGITS, or, without its top, the last feature maps: what transfer learning builds on.

    - input_shape: (n_H, n_W, n_C) of one image; classes: number of logits
    - width: a factor on the channels, which stay multiples of 8 and, after the last 1x1 convolution, 1280 or more
    - include_top: False leaves out the mean and the dense layer
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: a layer, (m, n_H, n_W, n_C) -> (m, classes), or -> (m, ceil(n_H / 32), ceil(n_W / 32), 1280)

    Raises EngineError when a size is below 1 or the width is not above 0. Source: course 4, week 2; Sandler et
    al., 2018.

    >>> model = MobileNetV2((32, 32, 3), classes=5, width=0.1, rng=0, dtype=np.float32)
    >>> model(np.zeros((1, 32, 32, 3), np.float32)).shape
    (1, 5)
    """
    as_number("width", width, "(0, inf)")
    rng = np.random.default_rng(rng)
    channels = _multiple_of_8(32 * width)
    layers = _stem(input_shape[2], channels, rng, dtype)
    for t, c, n, stride in V2_GROUPS:
        for position in range(n):
            n_C, s = _multiple_of_8(c * width), stride if position == 0 else 1
            layers.append(inverted_residual_block(channels, n_C, t, s, rng=rng, dtype=dtype))
            channels = n_C
    last = _multiple_of_8(1280 * max(width, 1))
    layers += [*_pointwise(channels, last, rng, dtype), Relu6()]
    if include_top:
        layers += [GlobalAveragePooling2D(), Dense(last, classes, rng=rng, dtype=dtype)]
    return Sequential(layers)


def _multiple_of_8(channels: float) -> int:
    """The nearest multiple of 8, at least 8, and not more than a tenth below: processors like such sizes."""
    near = max(8, int(channels + 4) // 8 * 8)
    return near + 8 if near < 0.9 * channels else near


def _stem(n_C_prev: int, n_C: int, rng: np.random.Generator, dtype: type) -> list[Layer]:
    convolution = Conv2D(n_C_prev, n_C, 3, 2, "same", use_bias=False, rng=rng, dtype=dtype)
    return [convolution, BatchNormalization(n_C, dtype=dtype), Relu6()]


def _depthwise(n_C: int, s: int, rng: np.random.Generator, dtype: type) -> list[Layer]:
    convolution = DepthwiseConv2D(n_C, 3, s, "same", use_bias=False, rng=rng, dtype=dtype)
    return [convolution, BatchNormalization(n_C, dtype=dtype)]


def _pointwise(n_C_prev: int, n_C: int, rng: np.random.Generator, dtype: type) -> list[Layer]:
    convolution = Conv2D(n_C_prev, n_C, 1, use_bias=False, rng=rng, dtype=dtype)
    return [convolution, BatchNormalization(n_C, dtype=dtype)]
