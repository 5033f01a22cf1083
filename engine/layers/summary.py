"""What a model is made of: the shape after each layer and how many numbers it holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.errors import Array
from engine.layers.base import Layer, Sequential, walk


@dataclass(frozen=True)
class Row:
    """One layer of a model: its name and kind, the shape of its output for one example, and its numbers.

    - trainable: numbers that gradients change, were nothing frozen; fixed: numbers in its state

    >>> Row("0", "Dense", (3,), 15, 0).trainable
    15
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    trainable: int
    fixed: int


def count_numbers(layer: Layer) -> tuple[int, int]:
    """How many numbers a layer holds, all inside included.

    What frameworks print as "total parameters" is the sum of the two: the running averages of batch normalization are
    counted there, two for each channel.

    - returns trainable: in `parameters`; fixed: in `state`

    Source: the role of `keras.Model.count_params`.

    >>> from engine.layers.normalization import BatchNormalization
    >>> count_numbers(BatchNormalization(64))
    (128, 128)
    """
    layers = [one for _, one in walk(layer)]
    trainable = sum(value.size for one in layers for value in one.parameters.values())
    fixed = sum(value.size for one in layers for value in one.state.values())
    return trainable, fixed


def summary(model: Sequential, input_shape: tuple[int, ...], dtype: type = np.float32) -> list[Row]:
    """One row for each layer of a model, from the input to the output.

    - input_shape: of one example; an example of zeros is sent through the model
    - returns: the rows; a layer made of layers has one

    Raises EngineError when a layer cannot take what comes. Source: the role of `keras.Model.summary`.

    >>> from engine.layers.dense import Dense, Flatten
    >>> for row in summary(Sequential([Flatten(), Dense(12, 5, rng=0)]), (2, 2, 3)):
    ...     print(row)
    Row(name='0', kind='Flatten', shape=(12,), trainable=0, fixed=0)
    Row(name='1', kind='Dense', shape=(5,), trainable=65, fixed=0)
    """
    x: Array = np.zeros((1, *input_shape), dtype)
    rows = []
    for name, layer in model.children.items():
        x = layer.forward(x)
        rows.append(Row(name, type(layer).__name__, x.shape[1:], *count_numbers(layer)))
    return rows
