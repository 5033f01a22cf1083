"""Pairs of neighbours and negative sampling, one pair at a time (course 5, week 2)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import sigmoid
from engine.errors import Array, as_count, as_ids


def skipgram_pairs_loops(ids: Sequence[Sequence[int]], window: int) -> Array:
    """All pairs of a word and one of its neighbours, sentence by sentence, word by word.

        (sentence[i], sentence[j])    for 0 < |i - j| <= window

    - ids: a list of sentences, each a sequence of ids; window: how far a neighbour may be
    - returns: (P, 2), integers

    Raises EngineError when window is below 1. Source: course 5, week 2.

    >>> skipgram_pairs_loops([[7, 8, 9], [5]], window=1)
    array([[7, 8],
           [8, 7],
           [8, 9],
           [9, 8]])
    """
    as_count("window", window)
    pairs = []
    for sentence in ids:
        for i in range(len(sentence)):
            first = max(0, i - window)
            last = min(len(sentence) - 1, i + window)
            for j in range(first, last + 1):
                if j != i:
                    pairs.append((sentence[i], sentence[j]))  # noqa: PERF401
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def sgns_block_step_loops(
    c: Sequence[int], t: Sequence[int], negs: ArrayLike, E: Array, Theta: Array, lr: float, k: float
) -> float:
    """One step of descent on a block of pairs that share their negative words; E and Theta are changed IN PLACE.

    The gradients of all pairs are taken at the same E and Theta, then applied together.

        g_t = sigma(theta_t . e_c) - 1        g_n = k/M sigma(theta_n . e_c)

    - c, t: B ids each; negs: (M,), ids; E, Theta: (V, d), changed; lr: the learning rate; k: negatives a pair
    - returns loss: before the step, a float

    Raises EngineError when an id lies outside. Source: course 5, week 2.

    >>> E, Theta = np.ones((3, 1)), np.zeros((3, 1))
    >>> round(sgns_block_step_loops([0], [1], [2, 2], E, Theta, lr=1.0, k=2), 4), Theta.ravel()
    (2.0794, array([ 0. ,  0.5, -1. ]))
    """
    negs = as_ids("negs", negs, len(E), ("M",))
    weight = k / len(negs)
    dE = np.zeros_like(E)
    dTheta = np.zeros_like(Theta)
    loss = 0.0
    for context, target in zip(c, t, strict=True):
        e_c = E[context]
        p = float(sigmoid(Theta[target] @ e_c))
        loss -= np.log(p)
        dE[context] += (p - 1) * Theta[target]
        dTheta[target] += (p - 1) * e_c
        for n in negs:
            p = float(sigmoid(Theta[n] @ e_c))
            loss -= weight * np.log(1 - p)
            dE[context] += weight * p * Theta[n]
            dTheta[n] += weight * p * e_c
    E -= lr * dE
    Theta -= lr * dTheta
    return float(loss)
