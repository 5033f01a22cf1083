"""Tokens, rotations and shared heads of large language models, with loops."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import softmax
from engine.errors import Array, as_floats


def merge_pair_loops(ids: Sequence[int], pair: tuple[int, int], token: int) -> list[int]:
    """Replace a pair of tokens by one, from left to right.

    - ids: tokens; pair: two tokens; token: what takes their place
    - returns: a new list

    Source: Sennrich, Haddow and Birch (2016).

    >>> merge_pair_loops([97, 97, 97], (97, 97), 256)  # the second pair overlaps the first
    [256, 97]
    """
    merged = []
    place = 0
    while place < len(ids):
        if place + 1 < len(ids) and (ids[place], ids[place + 1]) == pair:
            merged.append(token)
            place += 2
        else:
            merged.append(ids[place])
            place += 1
    return merged


def bpe_train_loops(corpus: str, n_merges: int) -> list[tuple[int, int]]:
    """Count all pairs, merge the most frequent one, start again.

    - corpus: a text; n_merges: from 0 up
    - returns merges: pairs of tokens; the i-th makes token 256 + i. Of pairs with the same count the first seen wins

    Source: Sennrich, Haddow and Birch (2016), on bytes.

    >>> bpe_train_loops("low lower", 2)
    [(108, 111), (256, 119)]
    """
    ids = list(corpus.encode("utf-8"))
    merges: list[tuple[int, int]] = []
    while len(merges) < n_merges and len(ids) > 1:
        counts: dict[tuple[int, int], int] = {}
        for place in range(len(ids) - 1):
            pair = (ids[place], ids[place + 1])
            counts[pair] = counts.get(pair, 0) + 1
        # A dictionary keeps the order of the first places, and max takes the first of equals.
        best = max(counts, key=lambda pair: counts[pair])
        ids = merge_pair_loops(ids, best, 256 + len(merges))
        merges.append(best)
    return merges


def bpe_encode_loops(text: str, merges: Sequence[tuple[int, int]]) -> list[int]:
    """Of all pairs in the text merge the one that was learned first, until none is left.

    - text: any text; merges: of `bpe_train_loops`
    - returns ids: integers from 0 up

    Source: Sennrich, Haddow and Birch (2016).

    >>> bpe_encode_loops("slow", [(108, 111), (256, 119)])
    [115, 257]
    """
    ids = list(text.encode("utf-8"))
    rank = {pair: number for number, pair in enumerate(merges)}
    while True:
        known = [pair for pair in pairwise(ids) if pair in rank]
        if not known:
            return ids
        pair = min(known, key=lambda pair: rank[pair])
        ids = merge_pair_loops(ids, pair, 256 + rank[pair])


def rope_loops(x: ArrayLike, positions: ArrayLike, base: float = 10000, layout: str = "interleaved") -> Array:
    """Rotate pair by pair.

        (a, b) := (a cos - b sin, a sin + b cos)        angle = position * base^(-2 i / d)

    - x: (T, d), d even; positions: (T,); base: above 0
    - layout: "interleaved", pairs (x_2i, x_2i+1), or "half", pairs (x_i, x_(i + d/2))
    - returns: (T, d)

    Raises EngineError when a shape differs. Source: Su et al. (2021).

    >>> rope_loops([[1.0, 0.0]], [np.pi / 2]).round(3)
    array([[0., 1.]])
    """
    x = as_floats("x", x, ("T", "d"))
    T, d = x.shape
    positions = as_floats("positions", positions, (T,))
    rotated = np.zeros_like(x)
    for t in range(T):
        for i in range(d // 2):
            angle = positions[t] * base ** (-2 * i / d)
            first, second = (2 * i, 2 * i + 1) if layout == "interleaved" else (i, i + d // 2)
            a, b = x[t, first], x[t, second]
            rotated[t, first] = a * math.cos(angle) - b * math.sin(angle)
            rotated[t, second] = a * math.sin(angle) + b * math.cos(angle)
    return rotated


def grouped_query_attention_loops(
    x: ArrayLike, params: Mapping[str, Any], n_heads: int, n_kv: int, causal: bool = False
) -> Array:
    """Attention example by example, head by head, query by query.

        head i uses the keys and values of head i // (n_heads / n_kv)

    - x: (m, T, d); params: Wq (d, n_heads d_h), Wk and Wv (d, n_kv d_h), Wo (n_heads d_h, d_out)
    - n_heads: a multiple of n_kv; causal: a token looks at itself and before, not ahead
    - returns out: (m, T, d_out)

    Raises EngineError when a shape differs. Source: Ainslie et al. (2023).

    >>> I = np.eye(2)
    >>> params = {"Wq": I, "Wk": I, "Wv": I, "Wo": I}
    >>> grouped_query_attention_loops([[[3.0, 1.0], [0.0, 0.0]]], params, 1, 1, causal=True)
    array([[[3. , 1. ],
            [1.5, 0.5]]])
    """
    x = as_floats("x", x, ("m", "T", "d"))
    m, T, d = x.shape
    Wq = as_floats("Wq", params["Wq"], (d, "n_heads d_h"))
    d_h = Wq.shape[1] // n_heads
    Wk = as_floats("Wk", params["Wk"], (d, n_kv * d_h))
    Wv = as_floats("Wv", params["Wv"], (d, n_kv * d_h))
    Wo = as_floats("Wo", params["Wo"], (n_heads * d_h, "d_out"))
    out = np.zeros((m, T, Wo.shape[1]), x.dtype)
    for i in range(m):
        heads = []
        for head in range(n_heads):
            shared = head // (n_heads // n_kv)
            q = x[i] @ Wq[:, head * d_h : (head + 1) * d_h]
            k = x[i] @ Wk[:, shared * d_h : (shared + 1) * d_h]
            v = x[i] @ Wv[:, shared * d_h : (shared + 1) * d_h]
            rows = []
            for t in range(T):
                last = t + 1 if causal else T
                scores = [float(q[t] @ k[s]) / math.sqrt(d_h) for s in range(last)]
                weights = softmax([scores])[0]
                rows.append(sum(weights[s] * v[s] for s in range(last)))
            heads.append(np.array(rows))
        out[i] = np.concatenate(heads, axis=1) @ Wo
    return out
