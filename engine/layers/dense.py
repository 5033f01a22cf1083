"""Dense layers, activations, dropout and flattening, for rows of examples."""

from __future__ import annotations

import numpy as np

from engine.errors import Array, EngineError, as_choice, as_count, as_floats, as_number
from engine.layers.base import Layer


class Dense(Layer):
    """The linear step of a network.

        out = x W + b        dx = dout W^T    dW = x^T dout    db = sum of dout over the rows

    In the courses' columns it is Z = W^T A + b. The axes before the last are all examples, so a (m, T, n_in)
    input is T times m rows.

    - n_in, n_out: the sizes of the last axis before and after
    - init: "glorot", variance 2 / (n_in + n_out), or "he", variance 2 / n_in; both Gaussian; b starts at 0
    - rng: a Generator or a seed; dtype: of the parameters
    - parameters: W (n_in, n_out), b (n_out,)

    Raises EngineError when a size is below 1 or the last axis of x is not n_in. Source: the role of
    `keras.layers.Dense`, course 2, week 3.

    >>> dense = Dense(2, 3, rng=0)
    >>> dense(np.ones((4, 2))).shape
    (4, 3)
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        init: str = "glorot",
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        as_count("n_in", n_in)
        as_count("n_out", n_out)
        as_choice("init", init, ("glorot", "he"))
        variance = 2 / n_in if init == "he" else 2 / (n_in + n_out)
        W = np.random.default_rng(rng).normal(scale=np.sqrt(variance), size=(n_in, n_out))
        self.parameters = {"W": W.astype(dtype), "b": np.zeros(n_out, dtype)}

    def forward(self, x: Array, training: bool = False) -> Array:
        W = self.parameters["W"]
        if x.shape[-1] != W.shape[0]:
            raise EngineError("x", f"an array whose last axis is {W.shape[0]}", f"of shape {x.shape}")
        self.keep(x, training)
        out: Array = x @ W
        out += self.parameters["b"]
        return out

    def backward(self, dout: Array) -> Array:
        x = self.kept()
        rows = dout.reshape(-1, dout.shape[-1])
        self.add_gradient("W", x.reshape(-1, x.shape[-1]).T @ rows)
        # As a matrix product this is several times faster than a sum over the rows.
        self.add_gradient("b", np.ones(len(rows), rows.dtype) @ rows)
        if not self.input_gradient:
            return np.empty(0, dout.dtype)
        dx: Array = dout @ self.parameters["W"].T
        return dx


class Relu(Layer):
    """Negative entries become 0.

        out = max(x, 0)        dx = dout where x > 0, else 0

    Source: the role of `keras.layers.ReLU`, course 1, week 3.

    >>> Relu()(np.array([[-1.0, 2.0]]))
    array([[0., 2.]])
    """

    def forward(self, x: Array, training: bool = False) -> Array:
        out: Array = np.maximum(x, 0)
        self.keep(out, training)
        return out

    def backward(self, dout: Array) -> Array:
        out = self.kept()
        dx: Array = dout * (out > 0)
        return dx


class Tanh(Layer):
    """Squash to (-1, 1).

        out = tanh(x)        dx = dout * (1 - out^2)

    Source: the role of `keras.activations.tanh`, course 1, week 3.

    >>> Tanh()(np.array([[0.0, 1000.0]]))
    array([[0., 1.]])
    """

    def forward(self, x: Array, training: bool = False) -> Array:
        out: Array = np.tanh(x)
        self.keep(out, training)
        return out

    def backward(self, dout: Array) -> Array:
        out = self.kept()
        dx: Array = dout * (1 - out * out)
        return dx


class Flatten(Layer):
    """All axes but that of the examples become one: (m, h, w, c) -> (m, h w c).

    Source: the role of `keras.layers.Flatten`, course 4, week 1.

    >>> Flatten()(np.zeros((5, 2, 3, 4))).shape
    (5, 24)
    """

    def forward(self, x: Array, training: bool = False) -> Array:
        self.keep(x.shape, training)
        return x.reshape(x.shape[0], -1)

    def backward(self, dout: Array) -> Array:
        shape = self.kept()
        return dout.reshape(shape)


class Dropout(Layer):
    """In training, drop each entry with probability `rate` and scale up the others; else do nothing.

        out = x * D / (1 - rate)    with D = 1 where a uniform number is >= rate, else 0

    - rate: the share that is DROPPED, in [0, 1): 1 - keep_prob of course 2
    - rng: a Generator or a seed; the masks are drawn from it

    Raises EngineError when the rate is outside. Source: the role of `keras.layers.Dropout`, course 2, week 1.

    >>> Dropout(0.5, rng=0)(np.ones((1, 6)), training=True)
    array([[2., 0., 0., 0., 2., 2.]])
    >>> Dropout(0.5, rng=0)(np.ones((1, 3)))
    array([[1., 1., 1.]])
    """

    def __init__(self, rate: float, rng: np.random.Generator | int | None = None) -> None:
        super().__init__()
        self.rate = as_number("rate", rate, "[0, 1)")
        self.rng = np.random.default_rng(rng)

    def forward(self, x: Array, training: bool = False) -> Array:
        if not training:
            return x
        x = as_floats("x", x)
        D = (self.rng.random(x.shape) >= self.rate).astype(x.dtype) / x.dtype.type(1 - self.rate)
        self.keep(D, training)
        out: Array = x * D
        return out

    def backward(self, dout: Array) -> Array:
        D = self.kept()
        dx: Array = dout * D
        return dx
