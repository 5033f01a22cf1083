"""U-Net: a class for every pixel, seen both from afar and from near (course 4, week 3)."""

from __future__ import annotations

import numpy as np

from engine.errors import EngineError, as_count, as_number
from engine.layers.base import Layer, Sequential
from engine.layers.branches import Concatenate, Identity
from engine.layers.convolution import Conv2D, Conv2DTranspose, MaxPooling2D
from engine.layers.dense import Dropout, Relu


def conv_block(
    n_C_prev: int,
    n_filters: int = 32,
    dropout_prob: float = 0,
    *,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Sequential:
    """Two 3x3 convolutions that keep the size, each with a ReLU; then dropout, if asked for.

    What comes out is the skip connection of the course. The max-pooling that leads further down takes that same output;
    it is a layer of its own, in `upsampling_block`.

    - n_C_prev: channels of the input; n_filters: channels of both convolutions
    - dropout_prob: the share of numbers that training drops, in [0, 1)
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: a layer, (m, n_H, n_W, n_C_prev) -> (m, n_H, n_W, n_filters)

    Raises EngineError when a size is below 1 or the probability is outside. Source: course 4, week 3.

    >>> conv_block(3, 8, rng=0)(np.ones((1, 6, 4, 3))).shape
    (1, 6, 4, 8)
    """
    as_number("dropout_prob", dropout_prob, "[0, 1)")
    rng = np.random.default_rng(rng)
    layers: list[Layer] = []
    for channels in (n_C_prev, n_filters):
        layers += [Conv2D(channels, n_filters, 3, pad="same", rng=rng, dtype=dtype), Relu()]
    return Sequential([*layers, Dropout(dropout_prob, rng)] if dropout_prob else layers)


def upsampling_block(
    lower: Layer,
    n_C_lower: int,
    n_C: int,
    n_filters: int = 32,
    *,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Sequential:
    """One level of the U: down and up again on one way, straight across on the other, and two convolutions.

        out = conv_block([up(lower(pool(x))), x])

    pool halves the size, up doubles it (a 3x3 transpose convolution, stride 2, "same"), and x, NOT pooled, is put
    behind it along the channels. All that lies deeper is in `lower`: a U-Net is a U-Net inside a level.

    - lower: the layer between the pooling and the transpose convolution; n_C_lower: channels it puts out
    - n_C: channels of x; n_filters: channels after the block
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: a layer, (m, n_H, n_W, n_C) -> (m, n_H, n_W, n_filters); n_H and n_W must be even

    Raises EngineError when a size is below 1 and, in use, when the size cannot be halved. Source: course 4, week 3.

    >>> lower = conv_block(4, 8, rng=0)
    >>> upsampling_block(lower, 8, n_C=4, n_filters=4, rng=1)(np.ones((1, 6, 4, 4))).shape
    (1, 6, 4, 4)
    """
    rng = np.random.default_rng(rng)
    up = Conv2DTranspose(n_C_lower, n_filters, 3, stride=2, pad="same", rng=rng, dtype=dtype)
    down_and_up = Sequential([MaxPooling2D(2), lower, up])
    convolutions = conv_block(n_filters + n_C, n_filters, rng=rng, dtype=dtype)
    return Sequential([Concatenate([down_and_up, Identity()]), convolutions])


def unet_model(
    input_size: tuple[int, int, int] = (96, 128, 3),
    n_filters: int = 32,
    n_classes: int = 23,
    *,
    depth: int = 4,
    dropout_prob: float = 0.3,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Sequential:
    """A U-Net: `depth` levels above a bottom, with n_filters 2^level channels, and a 1x1 convolution to the classes.

        level l:  x -> conv_block -> pool -> level l + 1 -> up -> [., x] -> conv_block
        level `depth`, the bottom:  x -> conv_block

    Without the skip connections the way up would have to guess, from a small map, where the edges were. It gives a
    LOGIT for each pixel and class: `engine.layers.losses.softmax_cross_entropy` takes them with a mask of labels.

    - input_size: (n_H, n_W, n_C) of one image, n_H and n_W multiples of 2^depth; n_classes: of a pixel
    - n_filters: channels of the first level
    - dropout_prob: in the two deepest blocks of the way down
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: a layer, (m, n_H, n_W, n_C) -> (m, n_H, n_W, n_classes)

    Raises EngineError when a size is below 1 or cannot be halved so often. Source: course 4, week 3; Ronneberger et
    al., 2015.

    >>> model = unet_model((8, 12, 1), n_filters=2, n_classes=3, depth=2, rng=0)
    >>> model(np.zeros((1, 8, 12, 1))).shape
    (1, 8, 12, 3)
    """
    n_H, n_W, n_C = input_size
    as_count("n_classes", n_classes)
    as_count("depth", depth)
    if n_H % 2**depth or n_W % 2**depth:
        raise EngineError("input_size", f"a height and a width that are multiples of {2**depth}", f"{(n_H, n_W)}")
    rng = np.random.default_rng(rng)

    def level(number: int, channels: int) -> Sequential:
        filters = n_filters * 2**number
        down = conv_block(channels, filters, dropout_prob if number >= depth - 1 else 0, rng=rng, dtype=dtype)
        if number == depth:
            return down
        lower = level(number + 1, filters)
        return Sequential([down, upsampling_block(lower, 2 * filters, filters, filters, rng=rng, dtype=dtype)])

    return Sequential(
        [
            level(0, n_C),
            Conv2D(n_filters, n_filters, 3, pad="same", rng=rng, dtype=dtype),
            Relu(),
            Conv2D(n_filters, n_classes, 1, rng=rng, dtype=dtype),
        ]
    )
