"""CTC with loops over frames and states (course 5, week 3)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_floats


def ctc_collapse_loops(path: Sequence[int], blank: int = 0) -> list[int]:
    """Merge repeats, then drop blanks: two passes.

    - path: one id a frame; blank: the id of the blank
    - returns text: a list of ids

    Source: course 5, week 3.

    >>> ctc_collapse_loops([0, 8, 8, 0, 8, 5])
    [8, 8, 5]
    """
    merged: list[int] = []
    for symbol in path:
        if not merged or symbol != merged[-1]:
            merged.append(symbol)
    return [symbol for symbol in merged if symbol != blank]


def ctc_loss_loops(log_probs: ArrayLike, target: Sequence[int], blank: int = 0) -> tuple[float, Array]:
    """Loss and gradient by the forward and the backward sums, in plain probabilities: for short utterances.

        a_t(s) = (a_(t-1)(s) + a_(t-1)(s-1) + [skip into s] a_(t-1)(s-2)) p_t(l'_s)      all beginnings that are in s
        b_t(s) = b_(t+1)(s) p(l'_s) + b_(t+1)(s+1) p(l'_(s+1)) + [skip into s+2] b_(t+1)(s+2) p(l'_(s+2))    all ends
        L = -log P, P = a_T(S) + a_T(S-1)        dlogits_t(v) = p_t(v) - 1/P sum over s with l'_s = v of a_t(s) b_t(s)

    - log_probs: (T, V), a log-softmax; target: ids without the blank; blank: its id
    - returns loss: a float; dlogits: (T, V), with respect to the logits before the softmax

    Raises EngineError when the shape differs. Source: course 5, week 3; Graves et al. (2006).

    >>> loss, dlogits = ctc_loss_loops(np.log([[0.5, 0.5], [0.5, 0.5]]), [1])
    >>> round(math.exp(-loss), 6)
    0.75
    """
    p = np.exp(as_floats("log_probs", log_probs, ("T", "V")))
    T, V = p.shape
    states = [blank]
    for letter in target:
        states += [letter, blank]
    S = len(states)

    def may_skip_into(s: int) -> bool:
        return s >= 2 and states[s] != blank and states[s] != states[s - 2]

    a = np.zeros((T, S))
    for t in range(T):
        for s in range(S):
            if t == 0:
                entered = 1.0 if s <= 1 else 0.0
            else:
                entered = a[t - 1, s]
                if s >= 1:
                    entered += a[t - 1, s - 1]
                if may_skip_into(s):
                    entered += a[t - 1, s - 2]
            a[t, s] = entered * p[t, states[s]]
    P = a[T - 1, S - 1]
    if S >= 2:
        P += a[T - 1, S - 2]
    if P == 0:
        return math.inf, np.zeros((T, V))

    b = np.zeros((T, S))
    for t in reversed(range(T)):
        for s in range(S):
            if t == T - 1:
                b[t, s] = 1.0 if s >= S - 2 else 0.0
                continue
            b[t, s] = b[t + 1, s] * p[t + 1, states[s]]
            if s + 1 < S:
                b[t, s] += b[t + 1, s + 1] * p[t + 1, states[s + 1]]
            if s + 2 < S and may_skip_into(s + 2):
                b[t, s] += b[t + 1, s + 2] * p[t + 1, states[s + 2]]

    dlogits = p.copy()
    for t in range(T):
        for s in range(S):
            dlogits[t, states[s]] -= a[t, s] * b[t, s] / P
    return -math.log(P), dlogits
