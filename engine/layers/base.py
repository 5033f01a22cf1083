"""What every layer has: parameters, a forward and a backward pass; and the layers made of layers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from engine.errors import Array, EngineError, Parameters, as_array, entry


class Layer(ABC):
    """A step of a network that holds its parameters and, in training, what its backward pass needs.

    A subclass fills `parameters` and `children` in its constructor and writes `forward` and `backward`.

    - parameters: its own arrays by name; gradients: one of the same shape for each, which `backward` ADDS to
    - state: arrays that forward passes change and no gradient does, such as running means
    - children: the layers it is made of, by name
    - trainable: False freezes it, children included: what is trained leaves it out
    - input_gradient: False tells the first layer of a model to give an empty array for the gradient with respect to
      x, which nobody uses and which may cost a third of its backward pass; layers without parameters ignore it

    In training each forward pass lays its cache on a pile and each backward pass takes the top one, so a layer
    that is used several times is run backward in the opposite order. Source: the role of `keras.Layer`.

    >>> class Scale(Layer):
    ...     def __init__(self, factor):
    ...         super().__init__()
    ...         self.parameters["factor"] = np.array(float(factor))
    ...     def forward(self, x, training=False):
    ...         self.keep(x, training)
    ...         return self.parameters["factor"] * x
    ...     def backward(self, dout):
    ...         x = self.kept()
    ...         self.add_gradient("factor", np.sum(dout * x))
    ...         return self.parameters["factor"] * dout
    >>> scale = Scale(3)
    >>> scale(np.array([1.0, 2.0]), training=True)
    array([3., 6.])
    >>> scale.backward(np.array([1.0, 1.0])), scale.gradients["factor"]
    (array([3., 3.]), array(3.))
    """

    def __init__(self) -> None:
        self.parameters: Parameters = {}
        self.gradients: Parameters = {}
        self.state: Parameters = {}
        self.children: dict[str, Layer] = {}
        self.trainable = True
        self.input_gradient = True
        self._pile: list[Any] = []

    @abstractmethod
    def forward(self, x: Array, training: bool = False) -> Array:
        """The output for x: (m, ...). Only with `training` can `backward` follow."""

    @abstractmethod
    def backward(self, dout: Array) -> Array:
        """The gradient with respect to x, from the one with respect to the output; adds to `gradients`."""

    def __call__(self, x: Array, training: bool = False) -> Array:
        return self.forward(x, training)

    def keep(self, cache: Any, training: bool) -> None:
        """Lay the cache of a forward pass on the pile, in training."""
        if training:
            self._pile.append(cache)

    def kept(self) -> Any:
        """Take the cache of the latest forward pass that has not been run backward.

        Raises EngineError when there is none.
        """
        if not self._pile:
            name = type(self).__name__
            raise EngineError(f"the forward pass of {name}", "run with training=True before backward", "missing")
        return self._pile.pop()

    def add_gradient(self, name: str, gradient: Array) -> None:
        """Add to the gradient of one parameter: a parameter that is used twice gets both contributions."""
        before = self.gradients.get(name)
        # A new array, never in place: the one that was given may be in use elsewhere.
        self.gradients[name] = np.asarray(gradient if before is None else before + gradient)


class Sequential(Layer):
    """Layers one after the other: forward from first to last, backward from last to first.

    - layers: the first takes x; the names of the children are "0", "1", ...

    Source: the role of `keras.Sequential`.

    >>> from engine.layers.dense import Dense, Relu
    >>> model = Sequential([Dense(4, 3, rng=0), Relu(), Dense(3, 1, rng=1)])
    >>> model(np.zeros((5, 4))).shape
    (5, 1)
    >>> sorted(parameters_of(model))
    ['0.W', '0.b', '2.W', '2.b']
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        super().__init__()
        self.children = {str(position): layer for position, layer in enumerate(layers)}

    def forward(self, x: Array, training: bool = False) -> Array:
        for layer in self.children.values():
            x = layer.forward(x, training)
        return x

    def backward(self, dout: Array) -> Array:
        for layer in reversed(self.children.values()):
            dout = layer.backward(dout)
        return dout


def walk(layer: Layer, prefix: str = "", trainable: bool = False) -> Iterator[tuple[str, Layer]]:
    """The layer and all layers inside it, each with the prefix of its parameters' names.

    - trainable: leave out frozen layers and what is inside them

    A layer that is shared by two others is met once, under its first name.

    >>> from engine.layers.dense import Dense
    >>> shared = Dense(2, 2, rng=0)
    >>> [prefix for prefix, _ in walk(Sequential([shared, Sequential([shared, Dense(2, 1, rng=0)])]))]
    ['', '0.', '1.', '1.1.']
    """
    seen: set[int] = set()
    pending = [(prefix, layer)]
    while pending:
        name, one = pending.pop()
        if id(one) in seen or (trainable and not one.trainable):
            continue
        seen.add(id(one))
        yield name, one
        pending.extend((f"{name}{child}.", inner) for child, inner in reversed(one.children.items()))


def parameters_of(layer: Layer, trainable: bool = False) -> Parameters:
    """All parameters by their path, such as "0.W": the arrays themselves, so that a change in place is a change.

    - trainable: only those that are not frozen

    >>> from engine.layers.dense import Dense
    >>> {name: W.shape for name, W in parameters_of(Dense(4, 3, rng=0)).items()}
    {'W': (4, 3), 'b': (3,)}
    """
    return {
        prefix + name: value for prefix, one in walk(layer, "", trainable) for name, value in one.parameters.items()
    }


def gradients_of(layer: Layer, trainable: bool = False) -> Parameters:
    """The gradients by the path of their parameter; zeros for a parameter that no backward pass has reached.

    >>> from engine.layers.dense import Dense
    >>> gradients_of(Dense(2, 1, rng=0))["b"]
    array([0.])
    """
    return {
        prefix + name: one.gradients[name] if name in one.gradients else np.zeros_like(value)
        for prefix, one in walk(layer, "", trainable)
        for name, value in one.parameters.items()
    }


def zero_gradients(layer: Layer) -> None:
    """Forget the gradients of the step before: backward passes add to what is there.

    >>> from engine.layers.dense import Dense
    >>> dense = Dense(2, 1, rng=0)
    >>> _ = dense(np.ones((3, 2)), training=True), dense.backward(np.ones((3, 1)))
    >>> zero_gradients(dense)
    >>> dense.gradients
    {}
    """
    for _, one in walk(layer):
        one.gradients.clear()


def count_parameters(layer: Layer, trainable: bool = False) -> int:
    """How many numbers the layer learns.

    >>> from engine.layers.dense import Dense
    >>> count_parameters(Dense(4, 3, rng=0))  # 4 * 3 weights and 3 biases
    15
    """
    return sum(value.size for value in parameters_of(layer, trainable).values())


def snapshot(layer: Layer) -> Parameters:
    """Copies of all parameters and state by their path, for `restore`.

    >>> from engine.layers.dense import Dense
    >>> dense = Dense(1, 1, rng=0)
    >>> before = snapshot(dense)
    >>> dense.parameters["b"] += 5
    >>> restore(dense, before)
    >>> dense.parameters["b"]
    array([0.])
    """
    return {
        prefix + name: value.copy()
        for prefix, one in walk(layer)
        for name, value in (one.parameters | one.state).items()
    }


def restore(layer: Layer, arrays: Parameters) -> None:
    """Set all parameters and state, in place, to what `snapshot` gave.

    Raises EngineError when an array is missing or has another shape: it is of another model.

    >>> from engine.layers.dense import Dense
    >>> restore(Dense(2, 1, rng=0), snapshot(Dense(1, 1, rng=0)))
    Traceback (most recent call last):
    engine.errors.EngineError: W should be an array of shape (2, 1), but it is an array of shape (1, 1).
    """
    for prefix, one in walk(layer):
        for name, value in (one.parameters | one.state).items():
            value[...] = as_array(prefix + name, entry("arrays", arrays, prefix + name), value.shape)
