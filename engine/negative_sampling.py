"""Skip-gram with negative sampling: one pair at a time, and a block of pairs at once (course 5, week 2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import sigmoid
from engine.errors import Array, EngineError, as_count, as_floats, as_ids, as_number
from engine.word2vec import flatten_sentences, frequencies, skipgram_pairs, subsample_words

#: Draws word ids: (how many, a Generator or a seed) -> (n,) integers.
Sampler = Callable[[int, "np.random.Generator | int | None"], Array]


def negative_sampler(freq: ArrayLike, power: float = 0.75) -> Sampler:
    """A function that draws words which are (mostly) no neighbours.

        P(w) = f(w)^(3/4) / sum_j f(w_j)^(3/4)        between the text's own frequencies and equal chances

    - freq: (V,), counts or shares; power: 1 for the text's frequencies, 0 for equal chances
    - returns draw: draw(n, rng) -> (n,), ids; rng is a Generator or a seed

    Raises EngineError when a frequency is negative or all are 0. Source: course 5, week 2; T. Mikolov et al. (2013).

    >>> draw = negative_sampler([1, 16])
    >>> float(np.mean(draw(10000, 0) == 1).round(2))  # 8/9 in place of 16/17
    0.89
    """
    cumulative = np.cumsum(frequencies(freq, power))
    # Rounding must leave no gap above the last word that can be drawn.
    cumulative[cumulative == cumulative[-1]] = 1

    def draw(n: int, rng: np.random.Generator | int | None = None) -> Array:
        uniform = np.random.default_rng(rng).random(as_count("n", n))
        return np.searchsorted(cumulative, uniform, side="right")

    return draw


def sgns_step(c: int, t: int, negs: ArrayLike, E: Array, Theta: Array, lr: float) -> float:
    """One step of descent on one pair and its negative words; E and Theta are changed IN PLACE.

        loss = - log sigma(theta_t . e_c) - sum_n log sigma(- theta_n . e_c)
        g_t = sigma(theta_t . e_c) - 1        g_n = sigma(theta_n . e_c)
        e_c -= lr (g_t theta_t + sum_n g_n theta_n)        theta_t -= lr g_t e_c        theta_n -= lr g_n e_c

    Only k + 2 rows change, where softmax changes them all.

    - c, t: ids of the context and the target word; negs: (k,), ids; a word drawn twice counts twice
    - E, Theta: (V, d), arrays of floats, changed; words are rows; lr: the learning rate
    - returns loss: before the step, a float

    Raises EngineError when a shape differs or an id lies outside. Source: course 5, week 2.

    >>> E, Theta = np.ones((3, 1)), np.zeros((3, 1))
    >>> round(sgns_step(0, 1, [2, 2], E, Theta, lr=1.0), 4), Theta.ravel()  # 3 log 2
    (2.0794, array([ 0. ,  0.5, -1. ]))
    """
    _check_tables(E, Theta)
    lr = as_number("lr", lr, "[0, inf)")
    c, t = (int(as_ids(name, word, len(E), ())) for name, word in (("c", c), ("t", t)))
    words = np.concatenate([[t], as_ids("negs", negs, len(E), ("k",))])
    signs = np.ones(len(words), E.dtype)
    signs[1:] = -1

    e_c, thetas = E[c].copy(), Theta[words]
    agreement = signs * (thetas @ e_c)
    loss = float(np.sum(np.logaddexp(0, -agreement)))
    g = -signs * sigmoid(-agreement)
    E[c] -= lr * (g @ thetas)
    np.subtract.at(Theta, words, lr * np.outer(g, e_c))
    return loss


def sgns_block_step(
    c: ArrayLike, t: ArrayLike, negs: ArrayLike, E: Array, Theta: Array, lr: float, k: float | None = None
) -> float:
    """One step of descent on a block of pairs that share their negative words; E and Theta are changed IN PLACE.

        loss = - sum_p [ log sigma(theta_t . e_c) + k/M sum_n log sigma(- theta_n . e_c) ]
        S = E[words c] Theta[words t and n]^T        G = (P + N) * sigma(S) - P
        E[words c] -= lr G Theta[...]                Theta[...] -= lr G^T E[words c]

    P counts how often each pair occurs in the block and N how often a word c and a negative n meet, weighted by
    k/M: M shared words in the place of k words for each pair, the same in the mean. The pairs of a stretch of
    text have few different words, so three products of small matrices do what would be thousands of single
    rows, and no row is written twice. `engine.textbook.word2vec` goes pair by pair.

    - c, t: (B,), ids of context and target words, best of one stretch of text; negs: (M,), ids
    - E, Theta: (V, d), arrays of floats, changed; words are rows
    - lr: the learning rate of one pair; a block of several hundred pairs moves a frequent word far, so keep it small
    - k: negative words a pair stands for; None for M, the sum over all of them
    - returns loss: before the step, a float

    Raises EngineError when a shape differs, an id lies outside or k is negative. Source: course 5, week 2 (the loss);
    shared negatives: S. Ji et al. (2016).

    >>> E, Theta = np.ones((3, 1)), np.zeros((3, 1))
    >>> round(sgns_block_step([0], [1], [2, 2], E, Theta, lr=1.0), 4), Theta.ravel()  # as one `sgns_step`
    (2.0794, array([ 0. ,  0.5, -1. ]))
    """
    _check_tables(E, Theta)
    c = as_ids("c", c, len(E), ("B",))
    t = as_ids("t", t, len(E), c.shape)
    negs = as_ids("negs", negs, len(E), ("M",))
    k = as_number("k", len(negs) if k is None else k, "[0, inf)")
    lr = as_number("lr", lr, "[0, inf)")

    rows, row_of, row_counts = np.unique(c, return_inverse=True, return_counts=True)
    columns, column_of = np.unique(np.concatenate([t, negs]), return_inverse=True)
    shape = (len(rows), len(columns))
    pairs = np.bincount(row_of * shape[1] + column_of[: len(t)], minlength=shape[0] * shape[1])
    P = pairs.reshape(shape).astype(E.dtype)
    drawn = np.bincount(column_of[len(t) :], minlength=shape[1])
    N = np.outer(row_counts, drawn).astype(E.dtype)
    N *= k / len(negs)

    e, theta = E[rows], Theta[columns]
    S = e @ theta.T
    # sigma and its logarithm from one exponential that cannot overflow: e^-|s|.
    small = np.exp(-np.abs(S))
    total = 1 + small
    log_sigma = np.minimum(S, 0) - np.log(total)
    sigma = np.where(S >= 0, 1, small) / total
    # log sigma(-s) = log sigma(s) - s
    both = P + N
    loss = float(np.vdot(N, S) - np.vdot(both, log_sigma))
    G = both * sigma
    G -= P
    G *= lr
    E[rows] = e - G @ theta
    Theta[columns] = theta - G.T @ e
    return loss


def train_skipgram(
    ids: Sequence[ArrayLike],
    V: int,
    d: int,
    window: int = 5,
    k: int = 5,
    epochs: int = 5,
    lr: float = 0.025,
    threshold: float | None = None,
    rng: np.random.Generator | int | None = None,
    block: int | None = None,
) -> tuple[Array, Array, list[float]]:
    """Learn word vectors from text by skip-gram with negative sampling.

    The learning rate falls linearly to a ten-thousandth of itself, as in word2vec.

    - ids: a list of sentences, each a sequence of ids; V: size of the vocabulary; d: size of the vectors
    - window, k: as in `skipgram_pairs` (with a drawn reach) and `sgns_block_step`
    - epochs: how often the text is read; lr: the learning rate at the start
    - threshold: for `subsample_words`, None keeps all words; rng: a Generator or a seed
    - block: pairs in a step, which share 32 negative words; None for so many that the most frequent word is in about
      16 of them, 512 at most: the gradients of a block are added up, and many of one word would overshoot
    - returns E: (V, d), the vectors; Theta: (V, d), those of the words as targets; losses: mean loss of a pair for
      each epoch

    Raises EngineError when an id lies outside or a size is below 1. Source: course 5, week 2; T. Mikolov et al. (2013).

    >>> from engine.embeddings import cosine_similarity
    >>> text = [[0, 2], [1, 2], [3, 5], [4, 5]] * 100  # 0 and 1 keep the same company, and so do 3 and 4
    >>> E, _, losses = train_skipgram(text, V=6, d=4, window=1, epochs=10, rng=0)
    >>> bool(losses[-1] < losses[0]), bool(cosine_similarity(E[0], E[1]) > 0.9 > cosine_similarity(E[0], E[3]))
    (True, True)
    """
    for name, count in (("V", V), ("d", d), ("k", k), ("epochs", epochs)):
        as_count(name, count)
    rng = np.random.default_rng(rng)
    words, sentence = flatten_sentences(ids)
    as_ids("ids", words, V)
    freq = np.bincount(words, minlength=V)
    draw = negative_sampler(freq)
    block = max(1, min(512, int(16 * len(words) / freq.max()))) if block is None else as_count("block", block)
    E = (rng.random((V, d)) - 0.5) / d
    Theta = np.zeros((V, d))
    losses = []
    for epoch in range(epochs):
        keep = np.ones(len(words), bool) if threshold is None else subsample_words(words, freq, threshold, rng)
        starts = np.flatnonzero(np.diff(sentence[keep])) + 1
        pairs = skipgram_pairs(np.split(words[keep], starts), window, rng)
        total = 0.0
        for start in range(0, len(pairs), block):
            c, t = pairs[start : start + block].T
            done = (epoch + start / len(pairs)) / epochs
            total += sgns_block_step(c, t, draw(32, rng), E, Theta, lr * max(1 - done, 1e-4), k)
        losses.append(total / max(1, len(pairs)))
    return E, Theta, losses


def _check_tables(E: Array, Theta: Array) -> None:
    for name, table in (("E", E), ("Theta", Theta)):
        if not isinstance(table, np.ndarray) or table.dtype.kind != "f":
            raise EngineError(name, "an array of floats, since it is changed in place", f"{type(table).__name__}")
    as_floats("Theta", Theta, as_floats("E", E, ("V", "d")).shape)
