"""Beam search: the B best beginnings are kept at every step, not the best one alone (course 5, week 3)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_count, as_floats, as_number

#: (tokens without bos, score)
Hypothesis = tuple[list[int], float]

#: Entries in one block, of which `top_k` takes the maximum.
_BLOCK = 256


def top_k(values: ArrayLike, k: int) -> tuple[Array, Array]:
    """The k largest of many values, the largest first; of equal ones the earlier first.

    The values are cut into blocks. The maxima of the k best blocks are k values already, so what belongs to the
    k largest can only lie in a block whose maximum reaches the smallest of these: few blocks are left to sort.

    - values: (n,), without NaN; k: from 1 to n
    - returns indices: (k,); largest: (k,), values[indices]

    Raises EngineError when k lies outside, the shape differs or there is a NaN. Source: course 5, week 3 (the
    choice of the B best).

    >>> top_k([3.0, 9.0, 1.0, 9.0, 5.0], 3)
    (array([1, 3, 4]), array([9., 9., 5.]))
    """
    values = as_floats("values", values, ("n",))
    n = len(values)
    if not 1 <= as_count("k", k) <= n:
        raise EngineError("k", f"at most {n}, the number of values", str(k))
    whole = n - n % _BLOCK
    maxima = values[:whole].reshape(-1, _BLOCK).max(axis=1)
    if whole < n:
        maxima = np.append(maxima, values[whole:].max())
    if np.isnan(maxima).any():
        raise EngineError("values", "free of NaN", f"NaN in place {int(np.argmax(np.isnan(values)))}")
    if k < len(maxima):
        least = np.partition(maxima, len(maxima) - k)[len(maxima) - k]
        blocks = np.flatnonzero(maxima >= least)
        candidates = (blocks[:, np.newaxis] * _BLOCK + np.arange(_BLOCK)).ravel()
        if blocks[-1] * _BLOCK == whole:
            candidates = candidates[: len(candidates) - (whole + _BLOCK - n)]
        candidates = candidates[values[candidates] >= least]
    else:
        candidates = np.arange(n)
    order = np.argsort(-values[candidates], kind="stable")[:k]
    indices = candidates[order]
    return indices, values[indices]


def beam_search(
    step_fn: Callable[[Any, int], tuple[ArrayLike, Any]],
    state0: Any,
    bos: int,
    eos: int,
    B: int,
    max_len: int,
    alpha: float = 0.7,
) -> list[Hypothesis]:
    """The best sentences that a search with B beginnings finds, scored by their mean log-probability.

        score(y) = 1 / T^alpha sum_t log P(y_t | x, y_1, ..., y_(t-1))        T: the number of words with eos

    Each step extends all beginnings by all words and keeps the B best of the results; one that ends with eos is
    finished and leaves its place empty. The beginnings of one step are of one length, so they compete by their
    plain log-probability; the division comes at the end, since each word costs something and long sentences would
    never win. alpha 0 does not divide, alpha 1 takes the mean. With B = 1 it is greedy search.

    - step_fn: step_fn(state, token) -> (log_probs (V,), state); it may change the state it gets, which is a copy
    - state0: before the first step, which is given bos; bos, eos: tokens that begin and end a sentence
    - B: the width; max_len: the most tokens of a sentence: what has no eos by then is returned without
    - returns hypotheses: at most B pairs (tokens, score), the best first; tokens without bos, with eos if reached

    Raises EngineError when B or max_len is below 1, alpha is negative or log_probs is no vector of log-probabilities.
    Source: course 5, week 3.

    >>> table = np.log([[0.01, 0.55, 0.44], [0.34, 0.33, 0.33], [0.98, 0.01, 0.01]])  # rows: this word; 0 ends
    >>> step = lambda state, token: (table[token], state)
    >>> beam_search(step, None, bos=0, eos=0, B=1, max_len=5, alpha=0)[0][0]  # greedy
    [1, 0]
    >>> beam_search(step, None, bos=0, eos=0, B=2, max_len=5, alpha=0)[0][0]  # 0.44 * 0.98 > 0.55 * 0.34
    [2, 0]
    """

    def step(states: list[Any], tokens: Array) -> tuple[Array, list[Any]]:
        # Two beginnings may have grown from one state; each must get its own, should step_fn change it.
        results = [step_fn(copy.deepcopy(s), int(t)) for s, t in zip(states, tokens, strict=True)]
        log_probs = [as_floats("log_probs", logs, ("V",)) for logs, _ in results]
        return np.stack(log_probs), [state for _, state in results]

    def pick(states: list[Any], parents: Array) -> list[Any]:
        return [states[parent] for parent in parents]

    return _search(step, pick, [state0], bos, eos, B, max_len, alpha)


def beam_search_batched(
    step_fn: Callable[[Any, Array], tuple[ArrayLike, Any]],
    state0: Any,
    bos: int,
    eos: int,
    B: int,
    max_len: int,
    alpha: float = 0.7,
) -> list[Hypothesis]:
    """The same search with one call of the network a step, for all beginnings together.

    - step_fn: step_fn(states, tokens (n,)) -> (log_probs (n, V), states), n up to B; states are an array (n, ...) or a
      tuple of such arrays, which it must not change
    - state0: the same with n = 1; bos, eos, B, max_len, alpha: as in `beam_search`
    - returns hypotheses: as in `beam_search`

    Raises EngineError as `beam_search`. Source: course 5, week 3.

    >>> table = np.log([[0.01, 0.55, 0.44], [0.34, 0.33, 0.33], [0.98, 0.01, 0.01]])
    >>> beam_search_batched(lambda states, tokens: (table[tokens], states), np.zeros((1, 1)), 0, 0, 2, 5, alpha=0)[0][0]
    [2, 0]
    """

    def step(states: Any, tokens: Array) -> tuple[Array, Any]:
        log_probs, states = step_fn(states, tokens)
        return as_floats("log_probs", log_probs, (len(tokens), "V")), states

    def pick(states: Any, parents: Array) -> Any:
        if isinstance(states, tuple):
            return tuple(part[parents] for part in states)
        return states[parents]

    return _search(step, pick, state0, bos, eos, B, max_len, alpha)


def _search(
    step: Callable[[Any, Array], tuple[Array, Any]],
    pick: Callable[[Any, Array], Any],
    states: Any,
    bos: int,
    eos: int,
    B: int,
    max_len: int,
    alpha: float,
) -> list[Hypothesis]:
    as_count("B", B)
    as_count("max_len", max_len)
    alpha = as_number("alpha", alpha, "[0, inf)")
    finished: list[Hypothesis] = []
    tokens, log_p = np.array([bos]), np.zeros(1)
    # For each step the word of every beginning, and which beginning of the step before it extends.
    words: list[Array] = []
    parents: list[Array] = []
    for length in range(1, max_len + 1):
        log_probs, states = step(states, tokens)
        V = log_probs.shape[1]
        scores = (log_probs + log_p[:, np.newaxis].astype(log_probs.dtype)).ravel()
        # Written so that NaN is told, too; a log-softmax may round to a little above 0.
        if not np.max(scores) <= 1e-5:
            raise EngineError("log_probs", "logarithms of probabilities, 0 or below", f"up to {np.max(log_probs)}")
        best, log_p = top_k(scores, min(B, len(scores)))
        possible = log_p > -np.inf
        parent, tokens = np.divmod(best[possible], V)
        log_p = log_p[possible]
        words.append(tokens)
        parents.append(parent)

        ends = (tokens == eos) | (length == max_len)
        finished += [
            (_trace_back(words, parents, int(i)), float(log_p[i]) / length**alpha) for i in np.flatnonzero(ends)
        ]
        live = np.flatnonzero(~ends)
        if not len(live) or _nothing_better_can_come(finished, B, log_p[live].max(), max_len, alpha):
            break
        tokens, log_p = tokens[live], log_p[live]
        words[-1], parents[-1] = tokens, parent[live]
        states = pick(states, parents[-1])
    finished.sort(key=_score, reverse=True)
    return finished[:B]


def _trace_back(words: Sequence[Array], parents: Sequence[Array], i: int) -> list[int]:
    """The words of beginning i of the latest step, found from its end."""
    tokens = []
    for step_words, step_parents in zip(reversed(words), reversed(parents), strict=True):
        tokens.append(int(step_words[i]))
        i = int(step_parents[i])
    return tokens[::-1]


def _nothing_better_can_come(finished: list[Hypothesis], B: int, log_p: float, max_len: int, alpha: float) -> bool:
    """Whether B finished sentences beat all that may still grow: at best no further word costs anything."""
    if len(finished) < B:
        return False
    worst_kept = sorted(map(_score, finished), reverse=True)[B - 1]
    return bool(log_p / max_len**alpha <= worst_kept)


def _score(hypothesis: Hypothesis) -> float:
    return hypothesis[1]
