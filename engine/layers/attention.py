"""The parts of a Transformer as layers: multi-head attention, layer normalization, the feed-forward network."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.attention import multi_head_attention_backward, multi_head_attention_forward
from engine.errors import Array, EngineError, as_count
from engine.layernorm import layer_norm_backward, layer_norm_forward
from engine.layers.base import Layer
from engine.transformer_layers import feed_forward_backward, feed_forward_forward


class MultiHeadAttention(Layer):
    """Attention with several heads.

        head_i = Attention(x Wq_i + bq_i, x_kv Wk_i + bk_i, x_kv Wv_i + bv_i)       out = [head_1, ...] Wo + bo

    - num_heads: h; embedding_dim: d, the size of the vectors that go in and come out
    - key_dim: the numbers that a head sees, d / h by default; the course's notebook passes d to Keras
    - rng: a Generator or a seed; dtype: of the parameters
    - parameters: Wq, Wk, Wv (d, h key_dim), Wo (h key_dim, d), bq, bk, bv (h key_dim,), bo (d,)

    `forward(x, training, x_kv, mask)`: x (m, T_q, d) asks, x_kv (m, T_k, d) answers; None for x itself. The mask
    is of 1 (keep) and 0 (ignore), (m, 1, T_k), (1, T_q, T_k) or (m, T_q, T_k). Afterwards `attention_weights`
    are those of the heads, (m, h, T_q, T_k).
    `backward(dout)` returns the gradient of x, in all its roles. Where x_kv was given, `dx_kv` is its gradient
    afterwards.

    Raises EngineError when a size is below 1, the heads do not divide d, or a shape differs. Source: the role of
    `keras.layers.MultiHeadAttention`, course 5, week 4.

    >>> mha = MultiHeadAttention(num_heads=2, embedding_dim=4, rng=0)
    >>> mha(np.ones((1, 3, 4))).shape, mha.attention_weights.shape
    ((1, 3, 4), (1, 2, 3, 3))
    """

    def __init__(
        self,
        num_heads: int,
        embedding_dim: int,
        key_dim: int | None = None,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        h, d = as_count("num_heads", num_heads), as_count("embedding_dim", embedding_dim)
        if key_dim is None and d % h:
            raise EngineError("embedding_dim", f"a multiple of {h} heads", str(d))
        inside = h * as_count("key_dim", d // h if key_dim is None else key_dim)
        self.num_heads = h
        self.attention_weights: Array = np.zeros(0)
        self.dx_kv: Array = np.zeros(0)
        rng = np.random.default_rng(rng)
        for name, (n_in, n_out) in {"q": (d, inside), "k": (d, inside), "v": (d, inside), "o": (inside, d)}.items():
            W = rng.normal(scale=np.sqrt(2 / (n_in + n_out)), size=(n_in, n_out))
            self.parameters |= {f"W{name}": W.astype(dtype), f"b{name}": np.zeros(n_out, dtype)}

    def forward(
        self, x: Array, training: bool = False, x_kv: Array | None = None, mask: ArrayLike | None = None
    ) -> Array:
        source = x if x_kv is None else x_kv
        out, cache = multi_head_attention_forward(x, source, self.parameters, self.num_heads, mask)
        *_, self.attention_weights = cache[2]
        self.keep((cache, x_kv is None), training)
        return out

    def backward(self, dout: Array) -> Array:
        cache, one_input = self.kept()
        dx, dx_kv, grads = multi_head_attention_backward(dout, cache)
        for name, gradient in grads.items():
            self.add_gradient(name.removeprefix("d"), gradient)
        if one_input:
            dx += dx_kv
        else:
            self.dx_kv = dx_kv
        return dx


class LayerNormalization(Layer):
    """Each vector standardized by itself, then scaled and shifted by what is learned.

        out = gamma * (x - mu) / sqrt(sigma^2 + eps) + beta        with mu, sigma^2 over the last axis

    - d: the size of the last axis; eps: above 0, 1e-6 in the course's notebook (1e-3 in Keras, 1e-5 in PyTorch)
    - dtype: of the parameters
    - parameters: gamma (d,) of ones, beta (d,) of zeros

    Raises EngineError when d is below 1 or x has another last axis. Source: the role of
    `keras.layers.LayerNormalization`, course 5, week 4.

    >>> LayerNormalization(2)(np.array([[1.0, 3.0], [10.0, 30.0]])).round(3)
    array([[-1.,  1.],
           [-1.,  1.]])
    """

    def __init__(self, d: int, eps: float = 1e-6, dtype: type = np.float64) -> None:
        super().__init__()
        as_count("d", d)
        self.eps = eps
        self.parameters = {"gamma": np.ones(d, dtype), "beta": np.zeros(d, dtype)}

    def forward(self, x: Array, training: bool = False) -> Array:
        d = len(self.parameters["gamma"])
        if x.shape[-1] != d:
            raise EngineError("x", f"an array whose last axis is {d}", f"of shape {x.shape}")
        out, cache = layer_norm_forward(x, self.parameters["gamma"], self.parameters["beta"], self.eps)
        self.keep(cache, training)
        return out

    def backward(self, dout: Array) -> Array:
        dx, dgamma, dbeta = layer_norm_backward(dout, self.kept())
        self.add_gradient("gamma", dgamma)
        self.add_gradient("beta", dbeta)
        return dx


class FullyConnected(Layer):
    """The feed-forward network of a Transformer: two dense layers, the same at every position.

        out = max(0, x W1 + b1) W2 + b2

    - embedding_dim: d; fully_connected_dim: the size of the hidden layer, 4 d as a rule
    - rng: a Generator or a seed; dtype: of the parameters
    - parameters: W1 (d, n_ff), b1 (n_ff,), W2 (n_ff, d), b2 (d,)

    Raises EngineError when a size is below 1 or x has another last axis. Source: course 5, week 4.

    >>> FullyConnected(4, 16, rng=0)(np.ones((1, 3, 4))).shape
    (1, 3, 4)
    """

    def __init__(
        self,
        embedding_dim: int,
        fully_connected_dim: int,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        d, n_ff = as_count("embedding_dim", embedding_dim), as_count("fully_connected_dim", fully_connected_dim)
        rng = np.random.default_rng(rng)
        # He's variance before the ReLU, Glorot's after it.
        W1 = rng.normal(scale=np.sqrt(2 / d), size=(d, n_ff))
        W2 = rng.normal(scale=np.sqrt(2 / (d + n_ff)), size=(n_ff, d))
        self.parameters = {"W1": W1, "b1": np.zeros(n_ff), "W2": W2, "b2": np.zeros(d)}
        self.parameters = {name: value.astype(dtype) for name, value in self.parameters.items()}

    def forward(self, x: Array, training: bool = False) -> Array:
        out, cache = feed_forward_forward(x, self.parameters)
        self.keep(cache, training)
        return out

    def backward(self, dout: Array) -> Array:
        dx, grads = feed_forward_backward(dout, self.kept())
        for name, gradient in grads.items():
            self.add_gradient(name, gradient)
        return dx
