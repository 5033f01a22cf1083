"""Scaled dot-product attention and its many heads, forward and backward (course 5, week 4)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, Parameters, as_count, as_floats, entry
from engine.masks import as_mask

#: (q, k, v, attention_weights)
AttentionCache = tuple[Array, Array, Array, Array]

#: (x_q, x_kv, heads, merged, params): the inputs, the cache of all heads' attention, their outputs side by side.
MultiHeadCache = tuple[Array, Array, AttentionCache, Array, Mapping[str, Any]]

#: Scores up to this size can go into e^s as they are: nothing overflows or vanishes, in float32 either. Then the
#: maximum of each row, which costs as much as the exponentials, need not be found and taken off.
_TAME = 50.0


def masked_softmax(scores: ArrayLike, mask: ArrayLike | None = None, out: Array | None = None) -> Array:
    """Weights that sum to 1 over the last axis, with none where the mask is 0.

        w_j = e^(s_j - max) / sum_k e^(s_k - max)        over the j, k that are kept

    A row that may look nowhere gets weights of 0, which sum to 0.

    - scores: (..., n); mask: of 1 (keep) and 0 (ignore), broadcastable to that; None keeps all
    - out: where to write the result, which may be `scores` itself; None for a new array
    - returns weights: (..., n)

    Raises EngineError when a shape differs or the mask is none. Source: course 5, weeks 3 and 4.

    >>> masked_softmax([[1.0, 1.0, 9.0], [2.0, 3.0, 4.0]], [[1, 1, 0], [0, 0, 0]])
    array([[0.5, 0.5, 0. ],
           [0. , 0. , 0. ]])
    """
    scores = as_floats("scores", scores)
    if scores.ndim == 0 or scores.size == 0:
        raise EngineError("scores", "an array of shape (..., n)", f"of shape {scores.shape}")
    keep = None if mask is None else as_mask(mask, scores.shape)
    if max(-scores.min(), scores.max()) <= _TAME:
        weights: Array = np.exp(scores, out=out)
        if keep is not None:
            weights *= keep
    else:
        if keep is not None:
            scores = np.where(keep, scores, -np.inf)
        top = scores.max(axis=-1, keepdims=True)
        # In a row without a 1: -inf - (-inf) would be NaN, while e^(-inf - 0) is the 0 that is wanted.
        top[top == -np.inf] = 0
        weights = np.subtract(scores, top, out=out)
        np.exp(weights, out=weights)
    # A product with ones adds the rows up faster than `sum`, which starts anew for every short row.
    total = np.matmul(weights, np.ones((weights.shape[-1], 1), weights.dtype))
    if keep is not None:
        total[total == 0] = 1
    weights /= total
    return weights


def scaled_dot_product_attention(
    q: ArrayLike, k: ArrayLike, v: ArrayLike, mask: ArrayLike | None = None
) -> tuple[Array, Array]:
    """Each query takes the mean of the values, weighted by how well it matches their keys.

        attention_weights = softmax(q k^T / sqrt(d))        output = attention_weights v

    A dot product of d independent terms has a variance of d: the root keeps the softmax from saturating.

    - q: (..., T_q, d); k: (..., T_k, d); v: (..., T_k, d_v), with the same axes in front
    - mask: of 1 (keep) and 0 (ignore), broadcastable to (..., T_q, T_k); a row without a 1 gets weights of 0
    - returns output: (..., T_q, d_v); attention_weights: (..., T_q, T_k)

    The cache for the backward pass is (q, k, v, attention_weights): the weights know of the mask.
    Raises EngineError when a shape differs or the mask is none. Source: course 5, week 4.

    >>> keys, values = [[10.0, 0.0], [0.0, 10.0]], [[1.0], [2.0]]
    >>> output, attention_weights = scaled_dot_product_attention([[0.0, 9.0], [1.0, 1.0]], keys, values)
    >>> output.round(3)  # the first query matches the second key, the other both
    array([[2. ],
           [1.5]])
    """
    q, k, v = _queries_keys_values(q, k, v)
    attention_weights = _weights(q, k, mask)
    output: Array = np.matmul(attention_weights, v)
    return output, attention_weights


def scaled_dot_product_attention_backward(dO: ArrayLike, cache: AttentionCache) -> tuple[Array, Array, Array]:
    """The gradients for queries, keys and values.

        dv = P^T dO        dP = dO v^T        dS = P * (dP - rowsum(dP * P))
        dq = dS k / sqrt(d)                   dk = dS^T q / sqrt(d)

    P are the attention weights and S the scaled scores. Where the mask was 0, P is 0, and so is dS.

    - dO: (..., T_q, d_v); cache: (q, k, v, attention_weights) of `scaled_dot_product_attention`
    - returns dq, dk, dv: the shapes of q, k, v

    Raises EngineError when a shape differs. Source: course 5, week 4.

    >>> q, k, v = np.zeros((1, 2)), np.eye(2), np.array([[1.0], [3.0]])
    >>> output, attention_weights = scaled_dot_product_attention(q, k, v)
    >>> dq, dk, dv = scaled_dot_product_attention_backward([[1.0]], (q, k, v, attention_weights))
    >>> dv.ravel(), dq.round(3)  # the output grows when the query turns to the second key
    (array([0.5, 0.5]), array([[-0.354,  0.354]]))
    """
    q, k, v, _ = cache
    dO = as_floats("dO", dO, (*q.shape[:-1], v.shape[-1]))
    dtype = np.result_type(dO, q, k, v)
    dq, dk, dv = (np.empty(array.shape, dtype) for array in (q, k, v))
    _write_gradients(dO, cache, dq, dk, dv)
    return dq, dk, dv


def multi_head_attention(
    x_q: ArrayLike, x_kv: ArrayLike, params: Mapping[str, Any], num_heads: int, mask: ArrayLike | None = None
) -> tuple[Array, Array]:
    """Several attentions side by side, each with its own view of the words, then mixed.

        head_i = Attention(x_q Wq_i, x_kv Wk_i, x_kv Wv_i)        out = [head_1, ..., head_h] Wo

    Wq_i is the i-th block of d_k columns of Wq; a head sees the words through d_k = d / h numbers as a rule.

    - x_q: (m, T_q, d); x_kv: (m, T_k, d_kv), the same array for self-attention
    - params: Wq (d, h d_k), Wk (d_kv, h d_k), Wv (d_kv, h d_v), Wo (h d_v, d_out); and, all or none of them,
      bq, bk, bv, bo of the sizes of their columns, which are added
    - num_heads: h; mask: of 1 (keep) and 0 (ignore), (m, 1, T_k), (1, T_q, T_k), (m, T_q, T_k), the same for
      all heads; or (m, h, T_q, T_k)
    - returns out: (m, T_q, d_out); weights: (m, h, T_q, T_k)

    Raises EngineError when a parameter is missing, a shape differs, or the heads do not divide the columns.
    Source: course 5, week 4.

    >>> x, I = np.eye(4)[np.newaxis], np.eye(4)  # four words in one sentence
    >>> params = {"Wq": 50 * I, "Wk": 50 * I, "Wv": I, "Wo": I}
    >>> out, weights = multi_head_attention(x, x, params, num_heads=2)
    >>> weights[0].round(2)  # the first head sees the words 0 and 1, the second sees 2 and 3
    array([[[1.  , 0.  , 0.  , 0.  ],
            [0.  , 1.  , 0.  , 0.  ],
            [0.25, 0.25, 0.25, 0.25],
            [0.25, 0.25, 0.25, 0.25]],
    <BLANKLINE>
           [[0.25, 0.25, 0.25, 0.25],
            [0.25, 0.25, 0.25, 0.25],
            [0.  , 0.  , 1.  , 0.  ],
            [0.  , 0.  , 0.  , 1.  ]]])
    """
    out, (_, _, (_, _, _, weights), _, _) = multi_head_attention_forward(x_q, x_kv, params, num_heads, mask)
    return out, weights


def multi_head_attention_forward(
    x_q: ArrayLike, x_kv: ArrayLike, params: Mapping[str, Any], num_heads: int, mask: ArrayLike | None = None
) -> tuple[Array, MultiHeadCache]:
    """`multi_head_attention` with what its backward pass needs.

    All heads are one matrix product: their weights stand side by side in the columns. For self-attention
    queries, keys and values are one product, too.

    - x_q, x_kv, params, num_heads, mask: as in `multi_head_attention`
    - returns out: (m, T_q, d_out); cache: (x_q, x_kv, (q, k, v, weights) of all heads (m, h, T, ...), the
      heads' outputs side by side (m, T_q, h d_v), params)

    Raises EngineError as `multi_head_attention`. Source: course 5, week 4.

    >>> x, I = np.ones((1, 3, 4)), np.eye(4)
    >>> out, cache = multi_head_attention_forward(x, x, {"Wq": I, "Wk": I, "Wv": I, "Wo": I}, num_heads=2)
    >>> cache[2][0].shape  # q, of each head
    (1, 2, 3, 2)
    """
    x_q = as_floats("x_q", x_q, ("m", "T_q", "d"))
    x_kv = as_floats("x_kv", x_kv, (x_q.shape[0], "T_k", "d_kv"))
    W, b = _projections(params, x_q.shape[-1], x_kv.shape[-1], num_heads)
    if x_kv is x_q:
        q, k, v = _project([x_q], ["qkv"], W, b)
    else:
        q, k, v = _project([x_q, x_kv], ["q", "kv"], W, b)
    q, k, v = (_split_heads(part, num_heads) for part in (q, k, v))
    if mask is not None and np.ndim(mask) == 3:
        mask = np.expand_dims(np.asarray(mask), 1)
    weights = _weights(q, k, mask)
    merged = np.empty((*x_q.shape[:2], W["o"].shape[0]), weights.dtype)
    np.matmul(weights, v, out=_split_heads(merged, num_heads))
    out = _times(merged, W["o"])
    if b:
        out += b["o"]
    return out, (x_q, x_kv, (q, k, v, weights), merged, params)


def multi_head_attention_backward(dOut: ArrayLike, cache: MultiHeadCache) -> tuple[Array, Array, Parameters]:
    """The gradients for both inputs and all projections.

        dmerged = dOut Wo^T     dWo = merged^T dOut        dbo = sum of dOut over examples and positions
        [dq, dk, dv] from dmerged, head by head            dWq = x_q^T dq    dWk = x_kv^T dk    dWv = x_kv^T dv
        dx_q = dq Wq^T                                     dx_kv = dk Wk^T + dv Wv^T

    In self-attention x plays both roles, and its gradient is the SUM dx_q + dx_kv.

    - dOut: (m, T_q, d_out); cache: of `multi_head_attention_forward`
    - returns dx_q: (m, T_q, d); dx_kv: (m, T_k, d_kv); grads: {"dWq", "dWk", "dWv", "dWo"} and, when there are
      biases, {"dbq", "dbk", "dbv", "dbo"}

    Raises EngineError when a shape differs. Source: course 5, week 4.

    >>> x, I = np.array([[[1.0, 0.0], [0.0, 1.0]]]), np.eye(2)
    >>> _, cache = multi_head_attention_forward(x, x, {"Wq": I, "Wk": I, "Wv": I, "Wo": I}, num_heads=1)
    >>> dx_q, dx_kv, grads = multi_head_attention_backward(np.ones((1, 2, 2)), cache)
    >>> dx_q + dx_kv  # each word gets its 1 back, through the values
    array([[[1., 1.],
            [1., 1.]]])
    """
    x_q, x_kv, heads, merged, params = cache
    num_heads = heads[0].shape[1]
    W, b = _projections(params, x_q.shape[-1], x_kv.shape[-1], num_heads)
    dOut = as_floats("dOut", dOut, (*merged.shape[:-1], W["o"].shape[1]))
    grads = {"dWo": _outer(merged, dOut)}
    dmerged = _times(dOut, W["o"].T)
    columns_of_k = W["k"].shape[1]
    # The gradients of the heads are written where they belong, side by side.
    dq = np.empty((*x_q.shape[:2], columns_of_k), dmerged.dtype)
    dkv = np.empty((*x_kv.shape[:2], columns_of_k + W["v"].shape[1]), dmerged.dtype)
    dk, dv = np.split(dkv, [columns_of_k], axis=-1)
    dheads, *places = (_split_heads(part, num_heads) for part in (dmerged, dq, dk, dv))
    _write_gradients(dheads, heads, *places)

    dx_q = _times(dq, W["q"].T)
    dx_kv = _times(dkv, np.concatenate([W["k"], W["v"]], axis=1).T)
    grads["dWq"] = _outer(x_q, dq)
    grads["dWk"], grads["dWv"] = np.split(_outer(x_kv, dkv), [columns_of_k], axis=1)
    if b:
        grads["dbk"], grads["dbv"] = np.split(_sum_of_rows(dkv), [columns_of_k])
        grads["dbq"], grads["dbo"] = _sum_of_rows(dq), _sum_of_rows(dOut)
    return dx_q, dx_kv, grads


def _weights(q: Array, k: Array, mask: ArrayLike | None) -> Array:
    # Scaling q takes T_q d products, scaling the scores would take T_q T_k.
    scores = np.matmul(q * _scale(q), k.swapaxes(-1, -2))
    return masked_softmax(scores, mask, out=scores)


def _write_gradients(dO: Array, cache: AttentionCache, dq: Array, dk: Array, dv: Array) -> None:
    q, k, v, P = cache
    np.matmul(P.swapaxes(-1, -2), dO, out=dv)
    dS: Array = np.matmul(dO, v.swapaxes(-1, -2))  # dP for now: the T_q by T_k array is reused
    dS -= np.einsum("...ij,...ij->...i", dS, P)[..., np.newaxis]
    dS *= P
    np.matmul(dS, k, out=dq)
    np.matmul(dS.swapaxes(-1, -2), q, out=dk)
    dq *= _scale(q)
    dk *= _scale(q)


def _queries_keys_values(q: ArrayLike, k: ArrayLike, v: ArrayLike) -> tuple[Array, Array, Array]:
    q = as_floats("q", q)
    if q.ndim < 2 or q.size == 0:
        raise EngineError("q", "an array of shape (..., T_q, d)", f"of shape {q.shape}")
    *front, _, d = q.shape
    k = as_floats("k", k, (*front, "T_k", d))
    v = as_floats("v", v, (*front, k.shape[-2], "d_v"))
    return q, k, v


def _scale(q: Array) -> float:
    # A Python float: a scalar of NumPy would turn float32 into float64.
    return 1 / math.sqrt(q.shape[-1])


def _projections(params: Mapping[str, Any], d: int, d_kv: int, num_heads: int) -> tuple[Parameters, Parameters]:
    """The weights by "q", "k", "v", "o", and the biases, if there are any."""
    h = as_count("num_heads", num_heads)
    W = {"q": as_floats("Wq", entry("params", params, "Wq"), (d, "h d_k"))}
    W["k"] = as_floats("Wk", entry("params", params, "Wk"), (d_kv, W["q"].shape[1]))
    W["v"] = as_floats("Wv", entry("params", params, "Wv"), (d_kv, "h d_v"))
    W["o"] = as_floats("Wo", entry("params", params, "Wo"), (W["v"].shape[1], "d_out"))
    for name in "qv":
        if W[name].shape[1] % h:
            raise EngineError(f"W{name}", f"a matrix whose columns are a multiple of {h} heads", f"{W[name].shape[1]}")
    if not any(f"b{name}" in params for name in W):
        return W, {}
    return W, {n: as_floats(f"b{n}", entry("params", params, f"b{n}"), (W[n].shape[1],)) for n in W}


def _project(inputs: list[Array], names: list[str], W: Parameters, b: Parameters) -> list[Array]:
    """q, k and v, each (m, T, columns): one matrix product for all the names that share an input."""
    parts: list[Array] = []
    for x, together in zip(inputs, names, strict=True):
        out = _times(x, np.concatenate([W[name] for name in together], axis=1))
        if b:
            out += np.concatenate([b[name] for name in together])
        ends = np.cumsum([W[name].shape[1] for name in together])
        parts += np.split(out, ends[:-1], axis=-1)
    return parts


def _times(x: Array, W: Array) -> Array:
    # One product of m T rows is faster than m products of T rows.
    rows: Array = x.reshape(-1, x.shape[-1]) @ W
    return rows.reshape(*x.shape[:-1], W.shape[1])


def _outer(x: Array, dout: Array) -> Array:
    dW: Array = x.reshape(-1, x.shape[-1]).T @ dout.reshape(-1, dout.shape[-1])
    return dW


def _sum_of_rows(dout: Array) -> Array:
    # Over examples and positions, as a product with ones, in half the time of `sum`.
    rows = dout.reshape(-1, dout.shape[-1])
    total: Array = np.ones(len(rows), dout.dtype) @ rows
    return total


def _split_heads(x: Array, num_heads: int) -> Array:
    """(m, T, h d) -> (m, h, T, d): a reshape alone would mix heads with positions. A view: nothing is moved."""
    m, T, columns = x.shape
    return x.reshape(m, T, num_heads, columns // num_heads).swapaxes(1, 2)
