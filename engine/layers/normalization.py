"""Batch normalization as a layer, for rows of features and for images."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.errors import Array, EngineError, as_count, as_floats, as_number
from engine.layers.base import Layer

#: Numbers worked on at a time: few enough to stay in the processor's cache between two passes over them.
_BLOCK = 1 << 17
#: Numbers in a row of `_wide`: from this size of its buffers on, NumPy works on the arrays themselves.
_WIDTH = np.getbufsize()


class BatchNormalization(Layer):
    """Every feature or channel gets mean beta and spread gamma over the mini-batch; in use, by running averages.

        training:   mu, var over all axes but the last        running := momentum running + (1 - momentum) batch
        out = gamma (x - mu) / sqrt(var + eps) + beta
        dx = gamma / (M sigma) (M dout - sum dout - x_norm sum dout x_norm)        with M = numbers a feature has

    - n: the size of the last axis: features of (m, n), channels of (m, h, w, n)
    - momentum, eps: 0.99 and 0.001 are the defaults of Keras; PyTorch has 1 - 0.1 and 1e-5
    - dtype: of the parameters and of the state; what is computed has the dtype of x
    - parameters: gamma, beta (n,); state: mean, var (n,), the biased variance as in Keras

    Raises EngineError when x is empty or its last axis not n, or momentum or eps is outside. Source: the role of
    `keras.layers.BatchNormalization`, course 2, week 3.

    >>> layer = BatchNormalization(1)
    >>> layer(np.array([[1.0], [3.0]]), training=True).round(3).ravel()
    array([-1.,  1.])
    >>> layer.state["mean"]
    array([0.02])
    """

    def __init__(self, n: int, momentum: float = 0.99, eps: float = 1e-3, dtype: type = np.float64) -> None:
        super().__init__()
        as_count("n", n)
        self.momentum = as_number("momentum", momentum, "[0, 1)")
        self.eps = as_number("eps", eps, "[0, inf)")
        self.parameters = {"gamma": np.ones(n, dtype), "beta": np.zeros(n, dtype)}
        self.state = {"mean": np.zeros(n, dtype), "var": np.ones(n, dtype)}

    def forward(self, x: Array, training: bool = False) -> Array:
        gamma, beta = self.parameters["gamma"], self.parameters["beta"]
        x = as_floats("x", x)
        if x.shape[-1:] != (gamma.size,):
            raise EngineError("x", f"an array whose last axis is {gamma.size}", f"of shape {x.shape}")
        if x.size == 0:
            raise EngineError("x", "an array of at least one example", f"of shape {x.shape}")
        rows, times = _wide(x)
        # A frozen layer keeps to its averages, also while others are trained.
        if training and self.trainable:
            count = x.size // gamma.size
            mean = _sums(rows, times) / count
            wide_mean, squares = np.tile(mean, times), np.zeros(gamma.size, x.dtype)
            for block in _blocks(rows):
                centred = rows[block] - wide_mean
                np.multiply(centred, centred, out=centred)
                squares += _sums(centred, times)
            var = squares / count
            for name, value in (("mean", mean), ("var", var)):
                before = self.state[name]
                self.state[name] = (self.momentum * before + (1 - self.momentum) * value).astype(before.dtype)
        else:
            mean, var = (self.state[name].astype(x.dtype, copy=False) for name in ("mean", "var"))
        gamma, beta = gamma.astype(x.dtype, copy=False), beta.astype(x.dtype, copy=False)
        inverse = 1 / np.sqrt(var + x.dtype.type(self.eps))
        self.keep((x, mean, inverse, self.trainable), training)
        scale = gamma * inverse
        wide_scale, wide_shift = np.tile(scale, times), np.tile(beta - mean * scale, times)
        out = np.empty(rows.shape, x.dtype)
        for block in _blocks(rows):
            np.multiply(rows[block], wide_scale, out=out[block])
            out[block] += wide_shift
        return out.reshape(x.shape)

    def backward(self, dout: Array) -> Array:
        x, mean, inverse, with_statistics = self.kept()
        gamma = self.parameters["gamma"].astype(x.dtype, copy=False)
        rows, times = _wide(x)
        drows = dout.reshape(rows.shape)
        wide_mean, products = np.tile(mean, times), np.zeros(gamma.size, x.dtype)
        for block in _blocks(rows):
            centred = rows[block] - wide_mean
            centred *= drows[block]
            products += _sums(centred, times)
        dbeta = _sums(drows, times)
        dgamma = inverse * products
        self.add_gradient("gamma", dgamma)
        self.add_gradient("beta", dbeta)
        scale = gamma * inverse
        if not with_statistics:
            return dout * scale  # type: ignore[no-any-return]
        # dx is dout times one number a channel, plus x times another, plus a third.
        count = x.size // gamma.size
        slope = -scale * inverse * dgamma / count
        wide_scale, wide_slope = np.tile(scale, times), np.tile(slope, times)
        wide_constant = np.tile(-scale * dbeta / count - mean * slope, times)
        dx = np.empty(rows.shape, dout.dtype)
        for block in _blocks(rows):
            np.multiply(drows[block], wide_scale, out=dx[block])
            term = rows[block] * wide_slope
            term += wide_constant
            dx[block] += term
        return dx.reshape(x.shape)


def _wide(x: Array) -> tuple[Array, int]:
    """The rows of x, several in one: a row of few channels costs more to begin than to work on.

    Returns a view (rows, times * channels) and how many times a number of each channel must be repeated.
    """
    channels = x.shape[-1]
    count = x.size // channels
    times = next(times for times in range(max(1, _WIDTH // channels), 0, -1) if count % times == 0)
    return x.reshape(count // times, times * channels), times


def _sums(rows: Array, times: int) -> Array:
    """The sum over all numbers of each channel."""
    flat = rows.reshape(-1, rows.shape[1] // times)
    # As a matrix product this is several times faster than flat.sum(axis=0).
    total: Array = np.ones(len(flat), rows.dtype) @ flat
    return total


def _blocks(rows: Array) -> Iterator[slice]:
    step = max(1, _BLOCK // rows.shape[1])
    return (slice(start, start + step) for start in range(0, len(rows), step))
