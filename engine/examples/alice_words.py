"""The words of a novel for the two examples that learn word vectors, and what such vectors are measured by."""

from __future__ import annotations

import re
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike

from engine.datasets import alice, word_vectors
from engine.errors import Array, as_floats
from engine.vocabulary import build_vocab, tokens_to_ids


def sentences(size: int = 694) -> tuple[list[Array], list[str]]:
    """The sentences of "Alice" as numbers of words.

    - size: of the vocabulary; 694 leaves the words that occur five times or more
    - returns ids: 2,072 arrays; words: the vocabulary, frequent ones first after "<UNK>"

    >>> ids, words = sentences()
    >>> len(ids), words[:4], words[-1]
    (2072, ['<UNK>', 'the', 'and', 'to'], 'unimportant')
    """
    parts = re.split(r"[.!?;:]|\n\n", alice().lower())
    texts = [re.findall(r"[a-z]+(?:'[a-z]+)*", part) for part in parts]
    texts = [text for text in texts if len(text) > 1]
    vocabulary = build_vocab(chain.from_iterable(texts), size)
    return [tokens_to_ids(text, vocabulary) for text in texts], list(vocabulary)


def similarities(vectors: ArrayLike) -> Array:
    """The cosines between all pairs of rows, once their mean is taken off.

    What all words share, their frequency above all, points one way and makes all of them look alike.

    >>> similarities([[1.0, 0.0], [-1.0, 0.0]])
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    rows = as_floats("vectors", vectors, ("V", "d"))
    rows = rows - rows.mean(axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    cosines: Array = rows @ rows.T
    return cosines


def agreement(vectors: ArrayLike, words: list[str]) -> float:
    """Do the vectors of a novel find the same words alike as those learned from 6 billion words?

        the correlation of the RANKS of the cosines of 19,900 pairs (Spearman): 1 for the same order, 0 for chance

    - vectors: (V, d); words: V of them, frequent ones first
    - returns: a float; over 200 words that are neither among the 50 most frequent, which have little meaning, nor rare

    >>> _, words = sentences()
    >>> bool(abs(agreement(np.random.default_rng(0).normal(size=(694, 20)), words)) < 0.05)
    True
    """
    all_words, E = word_vectors()
    column = {word: j for j, word in enumerate(all_words)}
    chosen = [i for i, word in enumerate(words) if word in column][50:250]
    ours = similarities(as_floats("vectors", vectors, (len(words), "d"))[chosen])
    theirs = similarities(E[:, [column[words[i]] for i in chosen]].T)
    pairs = np.triu_indices(len(chosen), 1)
    # The rank of each number: where it lands in the sorted order.
    rank_of_ours, rank_of_theirs = (np.argsort(np.argsort(cosines[pairs])) for cosines in (ours, theirs))
    correlation: Array = np.corrcoef(rank_of_ours, rank_of_theirs)
    return float(correlation[0, 1])


def neighbours(vectors: ArrayLike, words: list[str], asked: str = "king rabbit turtle head said little") -> list[str]:
    """A line for each word that is asked for, with the five words whose vectors are most like its own.

    >>> neighbours([[1, 0], [1, 0.1], [-1, 0.3]], ["cat", "dog", "sky"], "cat")
    ['cat      dog, sky']
    """
    cosines = similarities(vectors)
    lines = []
    for word in asked.split():
        i = words.index(word)
        nearest = [words[j] for j in np.argsort(-cosines[i]) if j != i][:5]
        lines.append(f"{word:8} {', '.join(nearest)}")
    return lines
