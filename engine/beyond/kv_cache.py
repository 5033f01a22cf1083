"""Decoding one token at a time without doing the past over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.attention import scaled_dot_product_attention
from engine.beyond.grouped_query import (
    grouped_query_attention,
    grouped_weights,
    split_kv,
    stack_groups,
    unstack_groups,
)
from engine.errors import Array, Parameters, as_count, as_floats, entry
from engine.masks import create_look_ahead_mask


def attention_step_kv(
    x_t: ArrayLike,
    cache: Mapping[str, ArrayLike] | None,
    params: Mapping[str, Any],
    n_heads: int = 1,
    n_kv: int | None = None,
) -> tuple[Array, Parameters]:
    """One token attends to itself and to all before it, whose keys and values are kept.

        K := [K, x_t Wk]        V := [V, x_t Wv]        out_t = softmax(x_t Wq K^T / sqrt(d_h)) V Wo

    The step costs O(t) and not O(t^2), since old keys and values never change: nothing before t looks at t. So no
    mask is needed either.

    - x_t: (m, d); cache: {"K", "V"}, (m, n_kv, t, d_h) each, of the step before; None before the first token
    - params: Wq (d, n_heads d_h), Wk and Wv (d, n_kv d_h), Wo (n_heads d_h, d_out)
    - n_heads, n_kv: how many heads of queries and of keys; None for as many
    - returns out_t: (m, d_out); cache: new arrays (m, n_kv, t + 1, d_h); the one given is not changed

    Raises EngineError when an entry is missing, a shape differs, or n_kv does not divide n_heads.
    Source: Shazeer (2019) on decoding step by step.

    >>> I = np.eye(2)
    >>> params = {"Wq": I, "Wk": I, "Wv": I, "Wo": I}
    >>> out_0, cache = attention_step_kv([[3.0, 1.0]], None, params)
    >>> out_1, cache = attention_step_kv([[0.0, 0.0]], cache, params)
    >>> out_0, out_1, cache["K"].shape  # itself; then the mean of both, since 0 matches all keys alike
    (array([[3., 1.]]), array([[1.5, 0.5]]), (1, 1, 2, 2))
    """
    x_t = as_floats("x_t", x_t, ("m", "d"))
    m, d = x_t.shape
    n_kv = n_heads if n_kv is None else n_kv
    W = grouped_weights(params, d, n_heads, n_kv)
    token = x_t[:, np.newaxis]
    kept = {"K": split_kv(token @ W["Wk"], n_kv), "V": split_kv(token @ W["Wv"], n_kv)}
    if cache is not None:
        shape = (m, n_kv, "t", kept["K"].shape[-1])
        K_past = as_floats("cache['K']", entry("cache", cache, "K"), shape)
        V_past = as_floats("cache['V']", entry("cache", cache, "V"), K_past.shape)
        # Along the axis of time. The copy is O(t), like the attention itself.
        kept = {
            "K": np.concatenate([K_past, kept["K"]], axis=2),
            "V": np.concatenate([V_past, kept["V"]], axis=2),
        }
    q = stack_groups(token @ W["Wq"], n_heads, n_kv)
    output, _ = scaled_dot_product_attention(q, kept["K"], kept["V"])
    out_t: Array = unstack_groups(output, n_heads)[:, 0] @ W["Wo"]
    return out_t, kept


def decode_with_cache(x: ArrayLike, params: Mapping[str, Any], n_heads: int = 1, n_kv: int | None = None) -> Array:
    """Causal self-attention token by token, each with the cache of those before it.

        out[:, t] = `attention_step_kv`(x[:, t])

    - x: (m, T, d); params, n_heads, n_kv: as in `attention_step_kv`
    - returns out: (m, T, d_out), the same as `causal_attention` gives at once

    Raises EngineError as `attention_step_kv`. Source: Shazeer (2019).

    >>> rng = np.random.default_rng(0)
    >>> params = {name: rng.normal(size=(4, 4)) for name in ("Wq", "Wk", "Wv", "Wo")}
    >>> x = rng.normal(size=(2, 5, 4))
    >>> np.allclose(decode_with_cache(x, params, n_heads=2), causal_attention(x, params, n_heads=2))
    True
    """
    x = as_floats("x", x, ("m", "T", "d"))
    outputs, cache = [], None
    for t in range(x.shape[1]):
        out_t, cache = attention_step_kv(x[:, t], cache, params, n_heads, n_kv)
        outputs.append(out_t)
    return np.stack(outputs, axis=1)


def causal_attention(x: ArrayLike, params: Mapping[str, Any], n_heads: int = 1, n_kv: int | None = None) -> Array:
    """Self-attention of all tokens at once, none of which looks ahead: as in training.

        out = `grouped_query_attention` with a look-ahead mask

    - x: (m, T, d); params, n_heads, n_kv: as in `attention_step_kv`
    - returns out: (m, T, d_out)

    Raises EngineError as `attention_step_kv`. Source: course 5, week 4 (the mask); Ainslie et al. (2023).

    >>> I = np.eye(2)
    >>> causal_attention([[[3.0, 1.0], [0.0, 0.0]]], {"Wq": I, "Wk": I, "Wv": I, "Wo": I})
    array([[[3. , 1. ],
            [1.5, 0.5]]])
    """
    x = as_floats("x", x, ("m", "T", "d"))
    mask = create_look_ahead_mask(x.shape[1])
    return grouped_query_attention(x, params, n_heads, n_heads if n_kv is None else n_kv, mask)


def kv_cache_size(n_layers: int, n_kv: int, d_h: int, T: int, m: int = 1) -> int:
    """How many numbers the keys and values of all layers are.

        2 n_layers n_kv d_h T m

    - n_layers: of the model; n_kv: heads of keys; d_h: the size of a head; T: tokens so far; m: texts at a time
    - returns: a count; times 2 bytes in float16

    Raises EngineError when a size is below 1. Source: Ainslie et al. (2023).

    >>> kv_cache_size(32, 32, 128, 4096) // kv_cache_size(32, 8, 128, 4096)  # four query heads share a key head
    4
    """
    size = 2
    for name, count in (("n_layers", n_layers), ("n_kv", n_kv), ("d_h", d_h), ("T", T), ("m", m)):
        size *= as_count(name, count)
    return size
