"""Attention told one query, one key and one head at a time (course 5, weeks 3 and 4)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_count, as_floats, entry


def scaled_dot_product_attention_loops(
    q: ArrayLike, k: ArrayLike, v: ArrayLike, mask: ArrayLike | None = None
) -> tuple[Array, Array]:
    """The attention of one sentence, query by query.

        s_j = q_i . k_j / sqrt(d)        p_ij = e^s_j / sum over kept j of e^s_j        output_i = sum_j p_ij v_j

    - q: (T_q, d); k: (T_k, d); v: (T_k, d_v); mask: (T_q, T_k), 1 = keep
    - returns output: (T_q, d_v); attention_weights: (T_q, T_k), rows of 0 where nothing is kept

    Raises EngineError when a shape differs. Source: course 5, week 4.

    >>> scaled_dot_product_attention_loops([[1.0]], [[2.0], [2.0], [5.0]], [[10.0], [20.0], [90.0]], [[1, 1, 0]])[0]
    array([[15.]])
    """
    q = as_floats("q", q, ("T_q", "d"))
    T_q, d = q.shape
    k = as_floats("k", k, ("T_k", d))
    T_k = len(k)
    v = as_floats("v", v, (T_k, "d_v"))
    kept = np.ones((T_q, T_k)) if mask is None else as_floats("mask", mask, (T_q, T_k))

    output = np.zeros((T_q, v.shape[1]), dtype=v.dtype)
    attention_weights = np.zeros((T_q, T_k), dtype=v.dtype)
    for i in range(T_q):
        scores = {}
        for j in range(T_k):
            if kept[i, j]:
                scores[j] = np.dot(q[i], k[j]) / math.sqrt(d)
        if not scores:
            continue
        highest = max(scores.values())
        total = 0.0
        for score in scores.values():
            total += math.exp(score - highest)
        for j, score in scores.items():
            p = math.exp(score - highest) / total
            attention_weights[i, j] = p
            output[i] += p * v[j]
    return output, attention_weights


def multi_head_attention_loops(
    x_q: ArrayLike, x_kv: ArrayLike, params: Mapping[str, Any], num_heads: int, mask: ArrayLike | None = None
) -> tuple[Array, Array]:
    """Several heads without biases, sentence by sentence and head by head.

        head_i = Attention(x_q Wq_i, x_kv Wk_i, x_kv Wv_i)        out = [head_1, ..., head_h] Wo

    - x_q: (m, T_q, d); x_kv: (m, T_k, d_kv); params: Wq, Wk (., h d_k), Wv (., h d_v), Wo (h d_v, d_out)
    - num_heads: h; mask: (m, T_q, T_k), 1 = keep
    - returns out: (m, T_q, d_out); weights: (m, h, T_q, T_k)

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 4.

    >>> x, I = np.ones((1, 3, 4)), np.eye(4)
    >>> out, weights = multi_head_attention_loops(x, x, {"Wq": I, "Wk": I, "Wv": I, "Wo": I}, num_heads=2)
    >>> out.shape, weights.shape
    ((1, 3, 4), (1, 2, 3, 3))
    """
    x_q = as_floats("x_q", x_q, ("m", "T_q", "d"))
    m, T_q, _ = x_q.shape
    x_kv = as_floats("x_kv", x_kv, (m, "T_k", "d_kv"))
    T_k = x_kv.shape[1]
    Wq, Wk, Wv, Wo = (as_floats(name, entry("params", params, name)) for name in ("Wq", "Wk", "Wv", "Wo"))
    h = as_count("num_heads", num_heads)
    d_k = Wq.shape[1] // h
    d_v = Wv.shape[1] // h
    kept = np.ones((m, T_q, T_k)) if mask is None else as_floats("mask", mask, (m, T_q, T_k))

    out = np.zeros((m, T_q, Wo.shape[1]), dtype=x_q.dtype)
    weights = np.zeros((m, h, T_q, T_k), dtype=x_q.dtype)
    for i in range(m):
        heads = []
        for head in range(h):
            columns = slice(head * d_k, (head + 1) * d_k)
            value_columns = slice(head * d_v, (head + 1) * d_v)
            q = np.dot(x_q[i], Wq[:, columns])
            k = np.dot(x_kv[i], Wk[:, columns])
            v = np.dot(x_kv[i], Wv[:, value_columns])
            output, weights[i, head] = scaled_dot_product_attention_loops(q, k, v, kept[i])
            heads.append(output)
        out[i] = np.dot(np.concatenate(heads, axis=1), Wo)
    return out, weights


def attention_step_loops(
    a: ArrayLike, s_prev: ArrayLike, params: Mapping[str, Any], mask: ArrayLike | None = None
) -> tuple[Array, Array]:
    """One step of additive attention, input position by input position.

        e_t' = v . tanh([a_t'; s_prev] W + b)    alpha_t' = e^e_t' / sum of e^e_t'    context = sum alpha_t' a_t'

    - a: (m, T_x, 2 n_a); s_prev: (m, n_s); mask: (m, T_x), 1 = keep, with a 1 in each row
    - params: W (2 n_a + n_s, n_e), b (n_e,), v (n_e,)
    - returns context: (m, 1, 2 n_a); alphas: (m, T_x, 1)

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 3.

    >>> params = {"W": [[9.0], [0.0]], "b": [0.0], "v": [9.0]}
    >>> context, alphas = attention_step_loops([[[-1.0], [1.0]]], [[5.0]], params)
    >>> context.round(4)  # the energy is highest where a is positive
    array([[[1.]]])
    """
    a = as_floats("a", a, ("m", "T_x", "2 n_a"))
    m, T_x, n_2a = a.shape
    s_prev = as_floats("s_prev", s_prev, (m, "n_s"))
    W = as_floats("W", entry("params", params, "W"), (n_2a + s_prev.shape[1], "n_e"))
    b = as_floats("b", entry("params", params, "b"), (W.shape[1],))
    v = as_floats("v", entry("params", params, "v"), (W.shape[1],))
    kept = np.ones((m, T_x)) if mask is None else as_floats("mask", mask, (m, T_x))

    context = np.zeros((m, 1, n_2a), dtype=a.dtype)
    alphas = np.zeros((m, T_x, 1), dtype=a.dtype)
    for i in range(m):
        total = 0.0
        for t in range(T_x):
            if kept[i, t]:
                concat = np.concatenate([a[i, t], s_prev[i]])
                energy = np.dot(v, np.tanh(np.dot(concat, W) + b))
                alphas[i, t, 0] = math.exp(energy)
                total += alphas[i, t, 0]
        alphas[i] /= total
        for t in range(T_x):
            context[i, 0] += alphas[i, t, 0] * a[i, t]
    return context, alphas
