"""Beam search with plain lists: extend, sort, cut (course 5, week 3)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import as_count


def beam_search_loops(
    step_fn: Callable[[Any, int], tuple[ArrayLike, Any]],
    state0: Any,
    bos: int,
    eos: int,
    B: int,
    max_len: int,
    alpha: float = 0.7,
) -> list[tuple[list[int], float]]:
    """The B best beginnings are kept at every step; finished sentences compete at the end.

        score(y) = 1 / T^alpha sum_t log P(y_t | x, y_1, ..., y_(t-1))

    - step_fn: step_fn(state, token) -> (log_probs (V,), state); state0: before the first step
    - bos, eos: tokens that begin and end a sentence; B: the width; max_len: the most tokens of a sentence
    - alpha: how strongly the length divides
    - returns hypotheses: at most B pairs (tokens, score), the best first; tokens without bos, with eos if reached

    Raises EngineError when B or max_len is below 1. Source: course 5, week 3.

    >>> table = np.log([[0.01, 0.55, 0.44], [0.34, 0.33, 0.33], [0.98, 0.01, 0.01]])
    >>> beam_search_loops(lambda state, token: (table[token], state), None, bos=0, eos=0, B=2, max_len=5)[0][0]
    [2, 0]
    """
    as_count("B", B)
    as_count("max_len", max_len)
    live: list[tuple[list[int], float, Any]] = [([], 0.0, state0)]
    finished = []
    for _ in range(max_len):
        candidates = []
        for tokens, log_p, state in live:
            last = tokens[-1] if tokens else bos
            log_probs, new_state = step_fn(copy.deepcopy(state), last)
            for word, log_prob in enumerate(np.asarray(log_probs)):
                if log_prob > -np.inf:
                    candidates.append(([*tokens, word], log_p + float(log_prob), new_state))
        candidates.sort(key=lambda candidate: -candidate[1])
        live = []
        for tokens, log_p, state in candidates[:B]:
            if tokens[-1] == eos:
                finished.append((tokens, log_p))
            else:
                live.append((tokens, log_p, state))
    for tokens, log_p, _ in live:
        finished.append((tokens, log_p))

    hypotheses = []
    for tokens, log_p in finished:
        hypotheses.append((tokens, log_p / len(tokens) ** alpha))
    hypotheses.sort(key=lambda hypothesis: -hypothesis[1])
    return hypotheses[:B]
