"""Layers side by side on one input: their outputs are added, or stacked along the channels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.errors import Array, EngineError
from engine.layers.base import Layer


class Identity(Layer):
    """Gives on what it gets: a way around other layers.

    >>> Identity()(np.array([1.0, 2.0]))
    array([1., 2.])
    """

    def forward(self, x: Array, training: bool = False) -> Array:
        return x

    def backward(self, dout: Array) -> Array:
        return dout


class Sum(Layer):
    """The sum of what several layers make of the same input; with `Identity` as one of them, a skip connection.

        out = sum_i f_i(x)        dx = sum_i (backward of f_i)(dout)

    So with x itself as a summand, the gradient reaches x undiminished, whatever the other layers do to it.

    - branches: the layers, one or more; the names of the children are "0", "1", ...

    Raises EngineError when there is no branch or two outputs differ in shape: NumPy would broadcast one of them.
    Source: the role of `keras.layers.Add`, course 4, week 2.

    >>> from engine.layers.dense import Relu
    >>> Sum([Identity(), Relu()])(np.array([-1.0, 2.0]))
    array([-1.,  4.])
    """

    def __init__(self, branches: Sequence[Layer]) -> None:
        super().__init__()
        self.children = _named(branches)

    def forward(self, x: Array, training: bool = False) -> Array:
        outputs = [layer.forward(x, training) for layer in self.children.values()]
        shapes = [out.shape for out in outputs]
        if len(set(shapes)) > 1:
            raise EngineError("branches", "layers with outputs of one shape", f"layers with outputs {shapes}")
        total = outputs[0]
        for out in outputs[1:]:
            total = total + out
        return total

    def backward(self, dout: Array) -> Array:
        return _total_backward([dout] * len(self.children), self.children)


class Concatenate(Layer):
    """What several layers make of the same input, one behind the other along the last axis.

        out = [f_1(x), f_2(x), ...]        n_C = n_C1 + n_C2 + ...

    - branches: the layers, one or more; the names of the children are "0", "1", ...

    Raises EngineError when there is no branch or two outputs differ in an axis before the last. Source: the role of
    `keras.layers.Concatenate`, course 4, weeks 2 and 3.

    >>> from engine.layers.dense import Relu
    >>> Concatenate([Identity(), Relu()])(np.array([[-1.0, 2.0]]))
    array([[-1.,  2.,  0.,  2.]])
    """

    def __init__(self, branches: Sequence[Layer]) -> None:
        super().__init__()
        self.children = _named(branches)

    def forward(self, x: Array, training: bool = False) -> Array:
        outputs = [layer.forward(x, training) for layer in self.children.values()]
        shapes = [out.shape for out in outputs]
        if len({shape[:-1] for shape in shapes}) > 1:
            expected = "layers with outputs that differ in the last axis alone"
            raise EngineError("branches", expected, f"layers with outputs {shapes}")
        self.keep([shape[-1] for shape in shapes], training)
        return np.concatenate(outputs, axis=-1)

    def backward(self, dout: Array) -> Array:
        ends = np.cumsum(self.kept())
        return _total_backward(np.split(dout, ends[:-1], axis=-1), self.children)


def _named(branches: Sequence[Layer]) -> dict[str, Layer]:
    if not branches:
        raise EngineError("branches", "one layer or more", "an empty list")
    return {str(position): layer for position, layer in enumerate(branches)}


def _total_backward(douts: Sequence[Array], branches: dict[str, Layer]) -> Array:
    """The input is used by every branch, so its gradient is the sum of what comes back from them."""
    pairs = list(zip(douts, branches.values(), strict=True))
    # From last to first: a layer that is shared by two branches takes its latest cache first.
    dx, *others = [layer.backward(dout) for dout, layer in reversed(pairs)]
    for other in others:
        dx = dx + other
    return dx
