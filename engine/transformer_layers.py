"""One layer of a Transformer's encoder and one of its decoder, as functions of their parameters (course 5, week 4).

Parameters go by the names that `parameters_of` gives those of `engine.layers.transformer`, such as "mha.Wq" and
"layernorm1.gamma"; a gradient goes by the name of its parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.attention import (
    MultiHeadCache,
    multi_head_attention_backward,
    multi_head_attention_forward,
)
from engine.errors import Array, EngineError, Parameters, as_floats, entry
from engine.layernorm import LayerNormCache, layer_norm_backward, layer_norm_forward

#: (x, hidden, params)
FeedForwardCache = tuple[Array, Array, Mapping[str, Any]]


def sub_parameters(params: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The parameters of one part of a network, by their names inside that part.

    - params: parameters by their path; prefix: the part's path, such as "mha"
    - returns: those under "mha.", without it

    Raises EngineError when there is none. Source: course 5, week 4 (the parts of a layer).

    >>> sub_parameters({"mha.Wq": 1, "mha.Wk": 2, "ffn.W1": 3}, "mha")
    {'Wq': 1, 'Wk': 2}
    """
    start = f"{prefix}."
    part = {name.removeprefix(start): value for name, value in params.items() if name.startswith(start)}
    if not part:
        raise EngineError("params", f"a dictionary with names that start with {start!r}", f"one with {sorted(params)}")
    return part


def feed_forward_forward(x: ArrayLike, params: Mapping[str, Any]) -> tuple[Array, FeedForwardCache]:
    """Two dense layers with a ReLU between them, the same for each position.

        hidden = max(0, x W1 + b1)        out = hidden W2 + b2

    - x: (..., d); params: W1 (d, n_ff), b1 (n_ff,), W2 (n_ff, d_out), b2 (d_out,)
    - returns out: (..., d_out); cache: (x, hidden (rows, n_ff), params)

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 4.

    >>> params = {"W1": [[1.0, -1.0]], "b1": [0.0, 0.0], "W2": [[1.0], [1.0]], "b2": [0.0]}
    >>> feed_forward_forward([[[-3.0], [2.0]]], params)[0]  # |x|, from two ReLUs
    array([[[3.],
            [2.]]])
    """
    x = as_floats("x", x)
    W1, b1, W2, b2 = _feed_forward_parameters(params)
    if x.ndim == 0 or x.shape[-1] != len(W1):
        raise EngineError("x", f"an array whose last axis is {len(W1)}", f"of shape {x.shape}")
    # All positions of all examples as rows: one product, not one for each example.
    hidden = x.reshape(-1, len(W1)) @ W1
    hidden += b1
    # NumPy compares with a row of zeros twice as fast as with a single one.
    np.maximum(hidden, np.zeros_like(b1), out=hidden)
    out = hidden @ W2
    out += b2
    return out.reshape(*x.shape[:-1], len(b2)), (x, hidden, params)


def feed_forward_backward(dout: ArrayLike, cache: FeedForwardCache) -> tuple[Array, Parameters]:
    """The gradients of the two dense layers.

        dhidden = dout W2^T where hidden > 0, else 0        dx = dhidden W1^T
        dW2 = hidden^T dout    dW1 = x^T dhidden            db = sums over examples and positions

    - dout: (..., d_out); cache: of `feed_forward_forward`
    - returns dx: (..., d); grads: by the names of the parameters

    Raises EngineError when dout has another shape than out. Source: course 5, week 4.

    >>> params = {"W1": [[1.0, -1.0]], "b1": [0.0, 0.0], "W2": [[1.0], [1.0]], "b2": [0.0]}
    >>> _, cache = feed_forward_forward([[[-3.0], [2.0]]], params)
    >>> feed_forward_backward(np.ones((1, 2, 1)), cache)[0].ravel()  # the slopes of |x|
    array([-1.,  1.])
    """
    x, hidden, params = cache
    W1, _, W2, b2 = _feed_forward_parameters(params)
    dout = as_floats("dout", dout, (*x.shape[:-1], len(b2)))
    drows = dout.reshape(-1, len(b2))
    dhidden = drows @ W2.T
    dhidden *= hidden > 0
    # A product with ones adds up the rows, in half the time of `sum`.
    ones = np.ones(len(drows), drows.dtype)
    grads = {
        "W1": x.reshape(-1, len(W1)).T @ dhidden,
        "b1": ones @ dhidden,
        "W2": hidden.T @ drows,
        "b2": ones @ drows,
    }
    dx = dhidden @ W1.T
    return dx.reshape(x.shape), grads


#: (self-attention, first norm, feed-forward, second norm)
EncoderLayerCache = tuple[MultiHeadCache, LayerNormCache, FeedForwardCache, LayerNormCache]


def encoder_layer_forward(
    x: ArrayLike, params: Mapping[str, Any], num_heads: int, mask: ArrayLike | None = None, eps: float = 1e-6
) -> tuple[Array, EncoderLayerCache]:
    """Self-attention, then a feed-forward network; each is added to its input, and the sum is normalized.

        y = LN(x + MHA(x, x))        out = LN(y + FFN(y))

    - x: (m, T, d)
    - params: "mha.Wq", ... as in `multi_head_attention`; "ffn.W1", ... as in `feed_forward_forward`;
      "layernorm1.gamma", "layernorm1.beta", "layernorm2.gamma", "layernorm2.beta", (d,)
    - num_heads: h; mask: of 1 (keep) and 0 (ignore), such as a padding mask (m, 1, T); eps: of the norms
    - returns out: (m, T, d); cache: the caches of (attention, first norm, feed-forward, second norm)

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 4.

    >>> from engine.layers.base import parameters_of
    >>> from engine.layers.transformer import EncoderLayer
    >>> params = parameters_of(EncoderLayer(4, 2, 8, rng=0))
    >>> out, _ = encoder_layer_forward(np.ones((1, 3, 4)), params, num_heads=2)
    >>> out.shape, bool(np.allclose(out.mean(axis=-1), 0))
    ((1, 3, 4), True)
    """
    x = as_floats("x", x, ("m", "T", "d"))
    attended, attention = multi_head_attention_forward(x, x, sub_parameters(params, "mha"), num_heads, mask)
    y, norm1 = _add_and_norm(x, attended, params, "layernorm1", eps)
    processed, feed_forward = feed_forward_forward(y, sub_parameters(params, "ffn"))
    out, norm2 = _add_and_norm(y, processed, params, "layernorm2", eps)
    return out, (attention, norm1, feed_forward, norm2)


def encoder_layer_backward(dout: ArrayLike, cache: EncoderLayerCache) -> tuple[Array, Parameters]:
    """The gradients of an encoder layer: at each addition the gradient goes both ways, and they meet again.

        dsum2 = LN'(dout)          dy = dsum2 + FFN'(dsum2)
        dsum1 = LN'(dy)            dx = dsum1 + MHA'(dsum1) for x as queries + MHA'(dsum1) for x as keys and values

    - dout: (m, T, d); cache: of `encoder_layer_forward`
    - returns dx: (m, T, d); grads: by the names of the parameters

    Raises EngineError when dout has another shape than out. Source: course 5, week 4.

    >>> from engine.layers.base import parameters_of
    >>> from engine.layers.transformer import EncoderLayer
    >>> params = parameters_of(EncoderLayer(4, 2, 8, rng=0))
    >>> out, cache = encoder_layer_forward(np.ones((1, 3, 4)), params, num_heads=2)
    >>> dx, grads = encoder_layer_backward(np.ones_like(out), cache)
    >>> bool(np.allclose(dx, 0)), grads.keys() == params.keys()  # the sum of normalized features is always 0
    (True, True)
    """
    attention, norm1, feed_forward, norm2 = cache
    grads: Parameters = {}
    dsum2 = _norm_backward(dout, norm2, grads, "layernorm2")
    dy, dffn = feed_forward_backward(dsum2, feed_forward)
    dy += dsum2
    dsum1 = _norm_backward(dy, norm1, grads, "layernorm1")
    dx_q, dx_kv, dmha = multi_head_attention_backward(dsum1, attention)
    grads |= _named("ffn", dffn) | _attention_gradients("mha", dmha)
    dx_q += dx_kv
    dx_q += dsum1
    return dx_q, grads


#: (masked self-attention, first norm, cross-attention, second norm, feed-forward, third norm)
DecoderLayerCache = tuple[
    MultiHeadCache, LayerNormCache, MultiHeadCache, LayerNormCache, FeedForwardCache, LayerNormCache
]


def decoder_layer_forward(
    x: ArrayLike,
    enc_output: ArrayLike,
    params: Mapping[str, Any],
    num_heads: int,
    look_ahead_mask: ArrayLike | None = None,
    padding_mask: ArrayLike | None = None,
    eps: float = 1e-6,
) -> tuple[Array, DecoderLayerCache]:
    """Self-attention that sees no future, attention to the encoder's output, a feed-forward network.

        y1 = LN(x + MHA1(x, x))        y2 = LN(y1 + MHA2(y1, enc_output))        out = LN(y2 + FFN(y2))

    In the second attention the decoder asks (queries) and the encoder answers (keys and values).

    - x: (m, T_y, d); enc_output: (m, T_x, d)
    - params: "mha1.Wq", ..., "mha2.Wq", ..., "ffn.W1", ..., "layernorm1.gamma", ... up to "layernorm3.beta"
    - num_heads: h; look_ahead_mask: for MHA1, (1, T_y, T_y) or (m, T_y, T_y); padding_mask: for MHA2, (m, 1, T_x);
      both 1 = keep; eps: of the norms
    - returns out: (m, T_y, d); cache: the caches of (MHA1, first norm, MHA2, second norm, feed-forward, third norm)

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 4.

    >>> from engine.layers.base import parameters_of
    >>> from engine.layers.transformer import DecoderLayer
    >>> params = parameters_of(DecoderLayer(4, 2, 8, rng=0))
    >>> decoder_layer_forward(np.ones((1, 3, 4)), np.ones((1, 5, 4)), params, num_heads=2)[0].shape
    (1, 3, 4)
    """
    x = as_floats("x", x, ("m", "T_y", "d"))
    enc_output = as_floats("enc_output", enc_output, (x.shape[0], "T_x", "d"))
    attended1, mha1 = multi_head_attention_forward(x, x, sub_parameters(params, "mha1"), num_heads, look_ahead_mask)
    y1, norm1 = _add_and_norm(x, attended1, params, "layernorm1", eps)
    mha2_params = sub_parameters(params, "mha2")
    attended2, mha2 = multi_head_attention_forward(y1, enc_output, mha2_params, num_heads, padding_mask)
    y2, norm2 = _add_and_norm(y1, attended2, params, "layernorm2", eps)
    processed, feed_forward = feed_forward_forward(y2, sub_parameters(params, "ffn"))
    out, norm3 = _add_and_norm(y2, processed, params, "layernorm3", eps)
    return out, (mha1, norm1, mha2, norm2, feed_forward, norm3)


def decoder_layer_backward(dout: ArrayLike, cache: DecoderLayerCache) -> tuple[Array, Array, Parameters]:
    """The gradients of a decoder layer; those for the encoder's output add up over all decoder layers.

        dsum3 = LN'(dout)      dy2 = dsum3 + FFN'(dsum3)
        dsum2 = LN'(dy2)       dy1 = dsum2 + MHA2'(dsum2) for the queries;  denc_output = for keys and values
        dsum1 = LN'(dy1)       dx = dsum1 + MHA1'(dsum1) for both roles of x

    - dout: (m, T_y, d); cache: of `decoder_layer_forward`
    - returns dx: (m, T_y, d); denc_output: (m, T_x, d); grads: by the names of the parameters

    Raises EngineError when dout has another shape than out. Source: course 5, week 4.

    >>> from engine.layers.base import parameters_of
    >>> from engine.layers.transformer import DecoderLayer
    >>> params = parameters_of(DecoderLayer(4, 2, 8, rng=0))
    >>> out, cache = decoder_layer_forward(np.ones((1, 3, 4)), np.ones((1, 5, 4)), params, num_heads=2)
    >>> dx, denc_output, grads = decoder_layer_backward(np.ones_like(out), cache)
    >>> dx.shape, denc_output.shape, grads.keys() == params.keys()
    ((1, 3, 4), (1, 5, 4), True)
    """
    mha1, norm1, mha2, norm2, feed_forward, norm3 = cache
    grads: Parameters = {}
    dsum3 = _norm_backward(dout, norm3, grads, "layernorm3")
    dy2, dffn = feed_forward_backward(dsum3, feed_forward)
    dy2 += dsum3
    dsum2 = _norm_backward(dy2, norm2, grads, "layernorm2")
    dy1, denc_output, dmha2 = multi_head_attention_backward(dsum2, mha2)
    dy1 += dsum2
    dsum1 = _norm_backward(dy1, norm1, grads, "layernorm1")
    dx_q, dx_kv, dmha1 = multi_head_attention_backward(dsum1, mha1)
    grads |= _named("ffn", dffn) | _attention_gradients("mha1", dmha1) | _attention_gradients("mha2", dmha2)
    dx_q += dx_kv
    dx_q += dsum1
    return dx_q, denc_output, grads


def _feed_forward_parameters(params: Mapping[str, Any]) -> tuple[Array, Array, Array, Array]:
    W1 = as_floats("W1", entry("params", params, "W1"), ("d", "n_ff"))
    b1 = as_floats("b1", entry("params", params, "b1"), (W1.shape[1],))
    W2 = as_floats("W2", entry("params", params, "W2"), (W1.shape[1], "d_out"))
    b2 = as_floats("b2", entry("params", params, "b2"), (W2.shape[1],))
    return W1, b1, W2, b2


def _add_and_norm(
    x: Array, change: Array, params: Mapping[str, Any], norm: str, eps: float
) -> tuple[Array, LayerNormCache]:
    if change.shape != x.shape:
        raise EngineError("params", f"those of parts that return {x.shape}", f"of one that returns {change.shape}")
    gamma, beta = (entry("params", params, f"{norm}.{name}") for name in ("gamma", "beta"))
    # Of the parts' outputs no cache knows: the sum may be written on them.
    change += x
    return layer_norm_forward(change, gamma, beta, eps)


def _norm_backward(dout: ArrayLike, cache: LayerNormCache, grads: Parameters, norm: str) -> Array:
    dx, grads[f"{norm}.gamma"], grads[f"{norm}.beta"] = layer_norm_backward(dout, cache)
    return dx


def _named(part: str, grads: Parameters) -> Parameters:
    return {f"{part}.{name}": gradient for name, gradient in grads.items()}


def _attention_gradients(part: str, grads: Parameters) -> Parameters:
    """The course's "dWq" becomes "mha.Wq", the name of the parameter."""
    return _named(part, {name[1:]: gradient for name, gradient in grads.items()})
