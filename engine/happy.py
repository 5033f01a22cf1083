"""Two small networks for pictures of faces and of hand signs, made of layers (course 4, week 1)."""

from __future__ import annotations

import numpy as np

from engine.conv_shapes import conv_output_size
from engine.layers.base import Sequential
from engine.layers.convolution import Conv2D, MaxPooling2D, ZeroPadding2D
from engine.layers.dense import Dense, Flatten, Relu
from engine.layers.normalization import BatchNormalization


def happyModel(
    input_shape: tuple[int, int, int] = (64, 64, 3),
    *,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Sequential:
    """Is the face smiling? Padding - convolution - batch normalization - ReLU - pooling - one logit.

        pad 3 - conv 32 of 7x7 - bn - relu - max-pool 2x2 - flatten - dense 1

    The sigmoid of the course is in the loss, `engine.layers.losses.binary_cross_entropy`, where it cannot overflow.

    - input_shape: (n_H, n_W, n_C) of one image
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: a layer, (m, n_H, n_W, n_C) -> (m, 1)

    Raises EngineError when the image is too small. Source: course 4, weeks 1 and 2.

    >>> happyModel((8, 8, 3), rng=0)(np.zeros((2, 8, 8, 3))).shape
    (2, 1)
    """
    n_H, n_W, n_C = input_shape
    # Padding and filter leave the size as it is.
    pixels = conv_output_size(n_H, 2, 0, 2) * conv_output_size(n_W, 2, 0, 2)
    rng = np.random.default_rng(rng)
    return Sequential(
        [
            ZeroPadding2D(3),
            Conv2D(n_C, 32, 7, init="glorot", rng=rng, dtype=dtype),
            BatchNormalization(32, dtype=dtype),
            Relu(),
            MaxPooling2D(2),
            Flatten(),
            Dense(pixels * 32, 1, rng=rng, dtype=dtype),
        ]
    )


def convolutional_model(
    input_shape: tuple[int, int, int] = (64, 64, 3),
    *,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Sequential:
    """Which of six numbers does the hand show? Two convolutions with poolings, and six logits.

        conv 8 of 4x4 - relu - max-pool 8x8 - conv 16 of 2x2 - relu - max-pool 4x4 - flatten - dense 6

    Convolutions and poolings have "same" padding. The softmax of the course is in the loss,
    `engine.layers.losses.softmax_cross_entropy`.

    - input_shape: (n_H, n_W, n_C) of one image
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: a layer, (m, n_H, n_W, n_C) -> (m, 6)

    Raises EngineError when a size is below 1. Source: course 4, week 1.

    >>> convolutional_model((16, 16, 3), rng=0)(np.zeros((2, 16, 16, 3))).shape
    (2, 6)
    """
    n_H, n_W, n_C = input_shape
    # "same" poolings of stride 8 and 4: as many steps as go into the size, the last one perhaps over the edge.
    pixels = -(-n_H // 32) * -(-n_W // 32)
    rng = np.random.default_rng(rng)
    return Sequential(
        [
            Conv2D(n_C, 8, 4, pad="same", init="glorot", rng=rng, dtype=dtype),
            Relu(),
            MaxPooling2D(8, pad="same"),
            Conv2D(8, 16, 2, pad="same", init="glorot", rng=rng, dtype=dtype),
            Relu(),
            MaxPooling2D(4, pad="same"),
            Flatten(),
            Dense(pixels * 16, 6, rng=rng, dtype=dtype),
        ]
    )
