"""Word2vec: pairs of a word and a neighbour, softmax skip-gram, CBOW and subsampling (course 5, week 2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.embeddings import sum_by_id
from engine.errors import Array, EngineError, as_array, as_count, as_floats, as_ids, as_number


def skipgram_pairs(
    ids: ArrayLike | Sequence[ArrayLike], window: int, rng: np.random.Generator | int | None = None
) -> Array:
    """All pairs of a word and one of its neighbours in the same sentence.

        (ids[i], ids[j])    for 0 < |i - j| <= reach_i, in the order of i, then of j

    - ids: a list of sentences, each a sequence of ids; or one sentence
    - window: how far a neighbour may be
    - rng: None takes the whole window around every word, reach_i = window; a Generator or a seed draws reach_i from
      1 ... window for each word, as word2vec does: near neighbours are then met more often
    - returns: (P, 2), integers: context word c and target word t

    Raises EngineError when window is below 1 or the ids are not integers. Source: course 5, week 2; T. Mikolov
    et al. (2013).

    >>> skipgram_pairs([[7, 8, 9], [5]], window=1)
    array([[7, 8],
           [8, 7],
           [8, 9],
           [9, 8]])
    """
    as_count("window", window)
    words, sentence = flatten_sentences(ids)
    position = np.arange(len(words))
    reach = (
        np.full(len(words), window) if rng is None else np.random.default_rng(rng).integers(1, window + 1, len(words))
    )
    furthest = min(window, len(words) - 1)
    centres, neighbours = [position[:0]], [position[:0]]
    for offset in (*range(-furthest, 0), *range(1, furthest + 1)):
        i = position[max(0, -offset) : len(words) - max(0, offset)]
        i = i[(sentence[i] == sentence[i + offset]) & (reach[i] >= abs(offset))]
        centres.append(i)
        neighbours.append(i + offset)
    i, j = np.concatenate(centres), np.concatenate(neighbours)
    order = np.argsort(i, kind="stable")
    return np.stack([words[i[order]], words[j[order]]], axis=1)


def subsample_words(
    ids: ArrayLike, freq: ArrayLike, threshold: float, rng: np.random.Generator | int | None = None
) -> Array:
    """Which words of a text to keep, so that "the" and "of" do not fill most of the pairs.

        P(keep w) = min(1, sqrt(threshold / f(w)))        f: the share of w in the text

    - ids: (T,), integers; freq: (V,), counts or shares; threshold: such as 1e-3 or 1e-5; rng: a Generator or a seed
    - returns keep: (T,), True for the words that stay

    Raises EngineError when an id lies outside, a frequency is negative or the threshold is not positive.
    Source: T. Mikolov et al. (2013); beyond course 5, week 2.

    >>> keep = subsample_words([0] * 900 + [1] * 100, freq=[900, 100], threshold=0.1, rng=0)
    >>> int(keep[:900].sum()), int(keep[900:].sum())  # about a third of the first, all of the second
    (276, 100)
    """
    share = frequencies(freq)
    ids = as_ids("ids", ids, len(share), ("T",))
    threshold = as_number("threshold", threshold, "(0, inf)")
    chance = np.sqrt(threshold / np.maximum(share, np.finfo(float).tiny))
    keep: Array = np.random.default_rng(rng).random(len(ids)) < chance[ids]
    return keep


def skipgram_softmax_step(c: int, t: int, E: ArrayLike, Theta: ArrayLike) -> tuple[float, Array, Array]:
    """The loss of one pair and its gradients: predict the target t from the context word c.

        p(j | c) = e^(theta_j . e_c) / sum_k e^(theta_k . e_c)        loss = - log p(t | c)
        dz = p - one_hot(t)        de_c = Theta^T dz        dTheta = dz e_c^T

    The sum runs over the whole vocabulary: this is what negative sampling avoids. Here, as in most programs, the
    words are ROWS of E and Theta, the transpose of the lectures' E.

    - c, t: ids; E, Theta: (V, d)
    - returns loss: a float; dE: (V, d), 0 but for row c; dTheta: (V, d)

    Raises EngineError when a shape differs or an id lies outside. Source: course 5, week 2.

    >>> loss, dE, dTheta = skipgram_softmax_step(0, 1, [[1.0], [0.0]], [[0.0], [0.0]])
    >>> round(loss, 4), dTheta.ravel()  # log 2; the target comes nearer, the other goes
    (0.6931, array([ 0.5, -0.5]))
    """
    E, Theta = _tables(E, Theta)
    c, t = (int(as_ids(name, word, len(E), ())) for name, word in (("c", c), ("t", t)))
    loss, dh, dTheta = _softmax_loss(E[c], t, Theta)
    dE = np.zeros_like(E)
    dE[c] = dh
    return loss, dE, dTheta


def cbow_step(context: ArrayLike, t: int, E: ArrayLike, Theta: ArrayLike) -> tuple[float, Array, Array]:
    """The loss of one target and its gradients: predict the word in the middle from the mean of its neighbours.

        h = 1/C sum_i e_(context_i)        p = softmax(Theta h)        loss = - log p_t
        every place of the context receives 1/C of dh, a word that stands there twice 2/C

    - context: (C,), ids; t: an id; E, Theta: (V, d), words are rows
    - returns loss: a float; dE: (V, d), 0 but for the rows of the context; dTheta: (V, d)

    Raises EngineError when a shape differs or an id lies outside. Source: T. Mikolov et al. (2013); course 5, week 2
    names it.

    >>> _, dE, _ = cbow_step([0, 0, 1], 2, np.zeros((3, 1)), [[0.0], [0.0], [1.0]])
    >>> dE.ravel().round(3)
    array([-0.444, -0.222,  0.   ])
    """
    E, Theta = _tables(E, Theta)
    context = as_ids("context", context, len(E), ("C",))
    t = int(as_ids("t", t, len(E), ()))
    C = len(context)
    loss, dh, dTheta = _softmax_loss(E[context].mean(axis=0), t, Theta)
    dE = sum_by_id(np.tile(dh / C, (C, 1)), context, len(E))
    return loss, dE, dTheta


def flatten_sentences(ids: ArrayLike | Sequence[ArrayLike]) -> tuple[Array, Array]:
    """The words of all sentences in one row, and the number of each word's sentence.

    - ids: a list of sentences, each a sequence of ids; or one sentence
    - returns words: (T,), integers; sentence: (T,), integers from 0

    Raises EngineError when there is no word or the ids are not integers. Source: course 5, week 2.

    >>> flatten_sentences([[7, 8, 9], [5]])
    (array([7, 8, 9, 5]), array([0, 0, 0, 1]))
    """
    sentences: list[Any] = list(ids)  # type: ignore[arg-type]
    if sentences and np.ndim(sentences[0]) == 0:
        sentences = [sentences]
    arrays = [as_array("ids", sentence) for sentence in sentences if np.size(sentence)]
    if not arrays:
        raise EngineError("ids", "sentences with words", "empty")
    words = np.concatenate(arrays)
    if words.ndim != 1 or words.dtype.kind not in "iu":
        raise EngineError("ids", "sequences of integers", f"of shape {words.shape} and dtype {words.dtype}")
    return words, np.repeat(np.arange(len(arrays)), [len(array) for array in arrays])


def frequencies(freq: ArrayLike, power: float = 1.0) -> Array:
    """Counts, raised to a power, as shares that sum to 1.

        f(w)^power / sum_j f(w_j)^power

    - freq: (V,), counts or shares; power: 3/4 for negative sampling
    - returns: (V,), float64

    Raises EngineError when one is negative or all are 0. Source: course 5, week 2.

    >>> frequencies([1, 16], power=0.75).round(3)  # 0.059 and 0.941 without the power
    array([0.111, 0.889])
    """
    freq = as_floats("freq", freq, ("V",)).astype(np.float64)
    if not np.all(freq >= 0) or not np.any(freq > 0):
        raise EngineError("freq", "counts from 0 up, not all 0", f"{freq.min()} to {freq.max()}")
    # 0^power would be 1 for a power of 0; a word that never occurs is never drawn.
    weights = np.where(freq > 0, freq**power, 0)
    shares: Array = weights / weights.sum()
    return shares


def _tables(E: ArrayLike, Theta: ArrayLike) -> tuple[Array, Array]:
    E = as_floats("E", E, ("V", "d"))
    return E, as_floats("Theta", Theta, E.shape)


def _softmax_loss(h: Array, t: int, Theta: Array) -> tuple[float, Array, Array]:
    """The loss of target t given the hidden vector h, and the gradients of h and Theta."""
    z = Theta @ h
    z -= z.max()
    log_p = z - np.log(np.sum(np.exp(z)))
    dz = np.exp(log_p)
    dz[t] -= 1
    return -float(log_p[t]), dz @ Theta, np.outer(dz, h)
