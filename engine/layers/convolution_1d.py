"""The convolution of sequences as a layer."""

from __future__ import annotations

import numpy as np

from engine.conv_nd import conv1d_backward, conv1d_forward
from engine.errors import Array, as_count
from engine.layers.base import Layer


class Conv1D(Layer):
    """Slide filters along time.

        out[i, t, k] = sum_(u, c) x[i, t stride + u, c] W[u, c, k] + b[k]        T' = floor((T - f) / stride) + 1

    With the padding "valid" a step of the output has seen f steps of the input and none after them.

    - n_in: features of a step; n_out: number of filters; f: steps that a filter sees; stride; pad: "valid", "same" or
      a number
    - rng: a Generator or a seed; dtype: of the parameters
    - parameters: W (f, n_in, n_out), b (n_out,)

    Raises EngineError when a size is below 1 or a shape differs. Source: the role of `keras.layers.Conv1D`,
    course 5, week 3.

    >>> Conv1D(101, 196, 15, stride=4, rng=0)(np.zeros((1, 5511, 101))).shape  # trigger word detection
    (1, 1375, 196)
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        f: int,
        stride: int = 1,
        pad: int | str = "valid",
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        for name, size in {"n_in": n_in, "n_out": n_out, "f": f, "stride": stride}.items():
            as_count(name, size)
        self.stride, self.pad = stride, pad
        scale = np.sqrt(2 / (f * (n_in + n_out)))
        W = np.random.default_rng(rng).normal(scale=scale, size=(f, n_in, n_out))
        self.parameters = {"W": W.astype(dtype), "b": np.zeros(n_out, dtype)}

    def forward(self, x: Array, training: bool = False) -> Array:
        Z, cache = conv1d_forward(x, self.parameters["W"], self.parameters["b"], self.stride, self.pad)
        self.keep(cache, training)
        return Z

    def backward(self, dout: Array) -> Array:
        dX, dW, db = conv1d_backward(dout, self.kept())
        self.add_gradient("W", dW)
        self.add_gradient("b", db)
        return dX
