"""The networks that came first, as tables: the shape after each layer and what it learns (course 4, week 2)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.conv_shapes import conv_output_shape, conv_output_size
from engine.errors import EngineError, as_choice, as_count, as_number
from engine.layers.base import Layer, Sequential
from engine.layers.convolution import AveragePooling2D, Conv2D, MaxPooling2D
from engine.layers.dense import Dense, Flatten, Relu, Tanh
from engine.layers.summary import Row


@dataclass(frozen=True)
class Architecture:
    """A network of convolutions, poolings and dense layers, one behind the other.

    - input_shape: (n_H, n_W, n_C) of one image; pooling: "max" or "average"
    - activation: "relu" or "tanh", after all layers but poolings and the last
    - layers: ("conv", n_C, f, stride, pad), ("grouped-conv", the same), ("pool", f, stride), ("dense", n)

    A grouped convolution was one in AlexNet: its two halves saw half of the channels each, on two graphics cards.

    >>> ARCHITECTURES["lenet5"].input_shape
    (32, 32, 1)
    """

    input_shape: tuple[int, int, int]
    activation: str
    pooling: str
    layers: tuple[tuple[Any, ...], ...]


def _vgg(*groups: tuple[int, int]) -> tuple[tuple[Any, ...], ...]:
    """n convolutions of 3x3 that keep the size, then a pooling that halves it."""
    return tuple(
        layer for n, n_C in groups for layer in (*(("conv", n_C, 3, 1, "same"),) * n, ("pool", 2, 2))
    )  # fmt: skip


ARCHITECTURES = {
    "lenet5": Architecture(
        (32, 32, 1),
        "tanh",
        "average",
        (
            ("conv", 6, 5, 1, 0),
            ("pool", 2, 2),
            ("conv", 16, 5, 1, 0),
            ("pool", 2, 2),
            ("dense", 120),
            ("dense", 84),
            ("dense", 10),
        ),
    ),
    "alexnet": Architecture(
        (227, 227, 3),
        "relu",
        "max",
        (
            ("conv", 96, 11, 4, 0),
            ("pool", 3, 2),
            ("grouped-conv", 256, 5, 1, "same"),
            ("pool", 3, 2),
            ("conv", 384, 3, 1, "same"),
            ("grouped-conv", 384, 3, 1, "same"),
            ("grouped-conv", 256, 3, 1, "same"),
            ("pool", 3, 2),
            ("dense", 4096),
            ("dense", 4096),
            ("dense", 1000),
        ),
    ),
    "vgg16": Architecture(
        (224, 224, 3),
        "relu",
        "max",
        (
            *_vgg((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)),
            ("dense", 4096),
            ("dense", 4096),
            ("dense", 1000),
        ),
    ),
}


def architecture(name: str, *, groups: int = 1) -> list[Row]:
    """The layers of a classic network with the shape after each and its number of parameters.

        convolution: (f f n_C_prev / groups + 1) n_C        pooling: 0        dense: (n_prev + 1) n

    - name: "lenet5", "alexnet" or "vgg16"
    - groups: 2 makes the grouped convolutions of AlexNet what they were; 1 takes them for usual ones
    - returns: a row a layer, the first one for the image; a dense layer's shape is (n,)

    Raises EngineError when the name is another or groups does not divide the channels. Source: course 4, week 2; LeCun
    et al., 1998; Krizhevsky et al., 2012; Simonyan and Zisserman, 2014.

    >>> for row in architecture("lenet5")[:4]:
    ...     print(row.kind, row.shape, row.trainable)
    input (32, 32, 1) 0
    conv (28, 28, 6) 156
    pool (14, 14, 6) 0
    conv (10, 10, 16) 2416
    >>> sum(row.trainable for row in architecture("vgg16"))
    138357544
    """
    as_count("groups", groups)
    chosen = ARCHITECTURES[as_choice("name", name, ARCHITECTURES)]
    shape: tuple[int, ...] = chosen.input_shape
    rows = [Row("0", "input", shape, 0, 0)]
    for position, (kind, *numbers) in enumerate(chosen.layers, start=1):
        if kind == "pool":
            f, stride = numbers
            after: tuple[int, ...] = (*(conv_output_size(n, f, 0, stride) for n in shape[:2]), shape[2])
            count = 0
        elif kind == "dense":
            after = (numbers[0],)
            count = (math.prod(shape) + 1) * numbers[0]
        else:
            n_C, f, stride, pad = numbers
            parts = groups if kind == "grouped-conv" else 1
            if shape[2] % parts or n_C % parts:
                raise EngineError("groups", f"a divisor of {shape[2]} and {n_C} channels", str(groups))
            after, count, _ = conv_output_shape(shape[0], shape[1], shape[2] // parts, f, pad, stride, n_C)
        rows.append(Row(str(position), kind, after, count, 0))
        shape = after
    return rows


def build_network(
    name: str,
    *,
    width: float = 1.0,
    classes: int | None = None,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float32,
) -> Sequential:
    """A classic network that can be run and trained, its convolutions without groups; it gives LOGITS.

    The 138 million parameters of VGG-16 take half a gigabyte; with a width of 1/16 it is a network to try things on.

    - name: as in `architecture`; width: a factor on all sizes between the image and the logits
    - classes: number of logits; that of the table when None
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: a layer, (m, n_H, n_W, n_C) -> (m, classes)

    Raises EngineError when the name is another or a number is outside. Source: course 4, week 2.

    >>> build_network("lenet5", rng=0)(np.zeros((1, 32, 32, 1), np.float32)).shape
    (1, 10)
    """
    chosen = ARCHITECTURES[as_choice("name", name, ARCHITECTURES)]
    as_number("width", width, "(0, inf)")
    rng = np.random.default_rng(rng)
    layers: list[Layer] = []
    n_H, n_W, n_prev = chosen.input_shape
    for position, (kind, *numbers) in enumerate(chosen.layers):
        last = position == len(chosen.layers) - 1
        if kind == "pool":
            f, stride = numbers
            layers.append(MaxPooling2D(f, stride) if chosen.pooling == "max" else AveragePooling2D(f, stride))
            n_H, n_W = (conv_output_size(n, f, 0, stride) for n in (n_H, n_W))
            continue
        n = (classes or numbers[0]) if last else max(1, round(width * numbers[0]))
        if kind == "dense":
            if (n_H, n_W) != (1, 1):
                layers.append(Flatten())
            layers.append(Dense(n_H * n_W * n_prev, n, "he", rng, dtype))
            n_H = n_W = 1
        else:
            _, f, stride, pad = numbers
            layers.append(Conv2D(n_prev, n, f, stride, pad, rng=rng, dtype=dtype))
            (n_H, n_W, _), _, _ = conv_output_shape(n_H, n_W, n_prev, f, pad, stride, n)
        if not last:
            layers.append(Relu() if chosen.activation == "relu" else Tanh())
        n_prev = n
    return Sequential(layers)
