"""Attention in which several heads of queries share one head of keys and values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.attention import AttentionCache, scaled_dot_product_attention, scaled_dot_product_attention_backward
from engine.errors import Array, EngineError, Parameters, as_count, as_floats, entry
from engine.masks import as_mask

#: (x, (q, k, v, weights) of the shared heads, the heads' outputs side by side, the four weights, n_heads)
GroupedCache = tuple[Array, AttentionCache, Array, Parameters, int]


def grouped_query_attention(
    x: ArrayLike, params: Mapping[str, Any], n_heads: int, n_kv: int, mask: ArrayLike | None = None
) -> Array:
    """Self-attention with n_heads heads of queries and only n_kv of keys and values.

        head_i = Attention(x Wq_i, x Wk_j, x Wv_j)  with  j = i // (n_heads / n_kv)        out = [heads] Wo

    Heads 0, 1, ... that stand side by side share: each key head is repeated, the row of key heads is not tiled.
    n_kv = n_heads is multi-head attention, n_kv = 1 multi-query attention. What a decoder must keep in memory for
    each token shrinks by n_heads / n_kv.

    - x: (m, T, d); params: Wq (d, n_heads d_h), Wk and Wv (d, n_kv d_h), Wo (n_heads d_h, d_out)
    - n_heads: a multiple of n_kv; mask: of 1 (keep) and 0 (ignore), broadcastable to (m, T, T)
    - returns out: (m, T, d_out)

    Raises EngineError when a parameter is missing, a shape differs, or n_kv does not divide n_heads.
    Source: Ainslie et al. (2023); Shazeer (2019) for n_kv = 1.

    >>> x, I = np.eye(4)[np.newaxis], np.eye(4)
    >>> out = grouped_query_attention(x, {"Wq": I, "Wk": I[:, :2], "Wv": I[:, :2], "Wo": I}, n_heads=2, n_kv=1)
    >>> out.shape, out[0, 3, :2]  # to its first head the fourth word matches no key: the mean of all values
    ((1, 4, 4), array([0.25, 0.25]))
    """
    return grouped_query_attention_forward(x, params, n_heads, n_kv, mask)[0]


def grouped_query_attention_forward(
    x: ArrayLike, params: Mapping[str, Any], n_heads: int, n_kv: int, mask: ArrayLike | None = None
) -> tuple[Array, GroupedCache]:
    """`grouped_query_attention` with what its backward pass needs.

    - x, params, n_heads, n_kv, mask: as in `grouped_query_attention`
    - returns out: (m, T, d_out); cache: (x, (q, k, v, weights), merged (m, T, n_heads d_h), weights by name, n_heads),
      where q is (m, n_kv, g T, d_h) with the g heads of a group one below the other, k and v are (m, n_kv, T, d_h)

    Raises EngineError as `grouped_query_attention`. Source: Ainslie et al. (2023).

    >>> x, I = np.ones((1, 3, 4)), np.eye(4)
    >>> params = {"Wq": I, "Wk": I[:, :2], "Wv": I[:, :2], "Wo": I}
    >>> grouped_query_attention_forward(x, params, n_heads=2, n_kv=1)[1][1][0].shape
    (1, 1, 6, 2)
    """
    x = as_floats("x", x, ("m", "T", "d"))
    m, T, d = x.shape
    W = grouped_weights(params, d, n_heads, n_kv)
    group = n_heads // n_kv
    q = stack_groups(x @ W["Wq"], n_heads, n_kv)
    k, v = (split_kv(x @ W[name], n_kv) for name in ("Wk", "Wv"))
    if mask is not None:
        keep = np.broadcast_to(as_mask(mask, (m, T, T)), (m, T, T))
        # The heads of a group stand one below the other in q, and so must their masks.
        mask = np.tile(keep, (1, group, 1))[:, np.newaxis]
    output, weights = scaled_dot_product_attention(q, k, v, mask)
    merged = unstack_groups(output, n_heads)
    out: Array = merged @ W["Wo"]
    return out, (x, (q, k, v, weights), merged, W, n_heads)


def grouped_query_attention_backward(dout: ArrayLike, cache: GroupedCache) -> tuple[Array, Parameters]:
    """The gradients of a grouped attention: a key head gets the sum over the heads that share it.

        dmerged = dout Wo^T        dq, dk, dv from attention, group by group        dx = dq Wq^T + dk Wk^T + dv Wv^T

    - dout: (m, T, d_out); cache: of `grouped_query_attention_forward`
    - returns dx: (m, T, d); grads: {"dWq", "dWk", "dWv", "dWo"}

    Raises EngineError when dout has another shape than out. Source: Ainslie et al. (2023).

    >>> x, I = np.eye(4)[np.newaxis], np.eye(4)
    >>> params = {"Wq": I, "Wk": I[:, :2], "Wv": I[:, :2], "Wo": I}
    >>> out, cache = grouped_query_attention_forward(x, params, n_heads=2, n_kv=1)
    >>> dx, grads = grouped_query_attention_backward(np.ones_like(out), cache)
    >>> grads["dWv"].sum(axis=0)  # four words, each weighed by two heads
    array([8., 8.])
    """
    x, attention, merged, W, n_heads = cache
    dout = as_floats("dout", dout, (*x.shape[:2], W["Wo"].shape[1]))
    n_kv = attention[1].shape[1]
    dq, dk, dv = scaled_dot_product_attention_backward(stack_groups(dout @ W["Wo"].T, n_heads, n_kv), attention)
    flat = {"Wq": unstack_groups(dq, n_heads), "Wk": unstack_groups(dk, n_kv), "Wv": unstack_groups(dv, n_kv)}
    rows = x.reshape(-1, x.shape[-1])
    grads = {f"d{name}": rows.T @ part.reshape(-1, part.shape[-1]) for name, part in flat.items()}
    grads["dWo"] = merged.reshape(-1, merged.shape[-1]).T @ dout.reshape(-1, dout.shape[-1])
    dx = np.zeros_like(x)
    for name, part in flat.items():
        dx += part @ W[name].T
    return dx, grads


def grouped_weights(params: Mapping[str, Any], d: int, n_heads: int, n_kv: int) -> Parameters:
    """The four matrices of a grouped attention, after a check that they fit together.

    - params: Wq (d, n_heads d_h), Wk and Wv (d, n_kv d_h), Wo (n_heads d_h, d_out); d, n_heads, n_kv: sizes
    - returns: by name

    Raises EngineError when one is missing, a shape differs, or n_kv does not divide n_heads.
    Source: Ainslie et al. (2023).

    >>> I = np.eye(4)
    >>> grouped_weights({"Wq": I, "Wk": I, "Wv": I, "Wo": I}, 4, n_heads=4, n_kv=2)
    Traceback (most recent call last):
    engine.errors.EngineError: Wk should be an array of shape (4, 2), but it is an array of shape (4, 4).
    """
    as_count("n_kv", n_kv)
    if as_count("n_heads", n_heads) % n_kv:
        raise EngineError("n_heads", f"a multiple of the {n_kv} heads of keys", str(n_heads))
    Wq = as_floats("Wq", entry("params", params, "Wq"), (d, "n_heads d_h"))
    if Wq.shape[1] % n_heads:
        raise EngineError("Wq", f"a matrix whose columns are a multiple of {n_heads} heads", f"{Wq.shape[1]}")
    columns = Wq.shape[1] // n_heads * n_kv
    return {
        "Wq": Wq,
        "Wk": as_floats("Wk", entry("params", params, "Wk"), (d, columns)),
        "Wv": as_floats("Wv", entry("params", params, "Wv"), (d, columns)),
        "Wo": as_floats("Wo", entry("params", params, "Wo"), (Wq.shape[1], "d_out")),
    }


def split_kv(x: Array, n_kv: int) -> Array:
    """The columns of keys or values as heads.

    - x: (m, T, n_kv d_h); n_kv: how many heads
    - returns: (m, n_kv, T, d_h), a view

    Source: Ainslie et al. (2023).

    >>> split_kv(np.zeros((2, 5, 6)), 3).shape
    (2, 3, 5, 2)
    """
    m, T, columns = x.shape
    return x.reshape(m, T, n_kv, columns // n_kv).swapaxes(1, 2)


def stack_groups(q: Array, n_heads: int, n_kv: int) -> Array:
    """The query heads that share a key head, one below the other: as if a sequence were g times as long.

    Each key head is then multiplied once with all that need it, and is never copied.

    - q: (m, T, n_heads d_h); n_heads, n_kv: how many heads of queries and of keys
    - returns: (m, n_kv, g T, d_h) with g = n_heads / n_kv

    Source: Ainslie et al. (2023).

    >>> stack_groups(np.array([[[0, 1, 2, 3], [10, 11, 12, 13]]]), n_heads=4, n_kv=2)[0, :, :, 0]
    array([[ 0, 10,  1, 11],
           [ 2, 12,  3, 13]])
    """
    m, T, columns = q.shape
    heads = q.reshape(m, T, n_heads, columns // n_heads).swapaxes(1, 2)
    return heads.reshape(m, n_kv, n_heads // n_kv * T, columns // n_heads)


def unstack_groups(output: Array, n_heads: int) -> Array:
    """All heads side by side again: the inverse of `stack_groups`, and with n_heads = n_kv of `split_kv`.

    - output: (m, n_kv, g T, d_h); n_heads: of the queries
    - returns: (m, T, n_heads d_h)

    Source: Ainslie et al. (2023).

    >>> q = np.arange(24).reshape(1, 2, 12)
    >>> np.array_equal(unstack_groups(stack_groups(q, 4, 2), 4), q)
    True
    """
    m, n_kv, stacked, d_h = output.shape
    T = stacked * n_kv // n_heads
    return output.reshape(m, n_heads, T, d_h).swapaxes(1, 2).reshape(m, T, n_heads * d_h)
