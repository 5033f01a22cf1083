"""Vocabularies: from tokens to numbers to one-hot sequences (course 5, week 1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_array, as_count, as_ids


def build_vocab(tokens: Iterable[str], max_size: int, specials: Iterable[str] = ("<UNK>",)) -> dict[str, int]:
    """Number the most frequent tokens.

    - tokens: all tokens of a text; max_size: how many entries the vocabulary has at most, `specials` included
    - specials: entries that come first whether they occur or not: "<UNK>" for words outside, "<EOS>", "<PAD>"
    - returns: {token: id}: the specials, then by falling count; tokens of one count in the order they come in

    Raises EngineError when max_size has no room for the specials. Source: course 5, week 1.

    >>> build_vocab("the cat and the dog and the bird".split(), max_size=4)
    {'<UNK>': 0, 'the': 1, 'and': 2, 'cat': 3}
    """
    first = list(dict.fromkeys(specials))
    as_count("max_size", max_size, max(1, len(first)))
    # `most_common` keeps tokens of equal counts in the order they were met.
    by_count = (token for token, _ in Counter(tokens).most_common() if token not in first)
    entries = [*first, *by_count][:max_size]
    return {token: number for number, token in enumerate(entries)}


def tokens_to_ids(tokens: Iterable[str], vocab: Mapping[str, int], unknown: str | None = "<UNK>") -> Array:
    """Look every token up.

    - tokens: a sequence of T tokens; vocab: {token: id}
    - unknown: the entry that stands for every token outside the vocabulary; None allows none
    - returns ids: (T,), integers

    Raises EngineError for a token outside when there is no entry for it. Source: course 5, week 1.

    >>> tokens_to_ids("the dog".split(), {"<UNK>": 0, "the": 1})
    array([1, 0])
    """
    other = None if unknown is None else vocab.get(unknown)
    ids = []
    for token in tokens:
        number = vocab.get(token, other)
        if number is None:
            raise EngineError("tokens", "tokens of the vocabulary, which has no entry for others", repr(token))
        ids.append(number)
    return np.array(ids, dtype=np.int64)


def tokens_to_one_hot(ids: ArrayLike, V: int) -> Array:
    """One-hot columns for every step of every sequence: the x of a recurrent network.

        x[j, i, t] = 1 where j = ids[i, t], else 0

    - ids: (m, T), integers; V: size of the vocabulary
    - returns x: (V, m, T), float64

    Raises EngineError when an id lies outside 0 ... V - 1. A -1 would mark the last row in silence.
    Source: course 5, week 1.

    >>> tokens_to_one_hot([[2, 0]], V=3)[:, 0, :]
    array([[0., 1.],
           [0., 0.],
           [1., 0.]])
    """
    as_count("V", V)
    ids = as_ids("ids", ids, V, ("m", "T"))
    m, T = ids.shape
    x = np.zeros((V, m, T))
    x[ids, np.arange(m)[:, None], np.arange(T)] = 1
    return x


def one_hot_to_ids(x: ArrayLike) -> Array:
    """The most likely entry of each column: the inverse of `tokens_to_one_hot`, for predictions too.

    - x: (V, m, T)
    - returns ids: (m, T), integers; of equal entries the first

    Raises EngineError when x is not of rank 3. Source: course 5, week 1.

    >>> one_hot_to_ids(tokens_to_one_hot([[2, 0]], V=3))
    array([[2, 0]])
    """
    x = as_array("x", x, ("V", "m", "T"))
    ids: Array = np.argmax(x, axis=0)
    return ids
