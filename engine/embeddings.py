"""The embedding matrix: looking words up, similarity and analogies (course 5, week 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_count, as_floats, as_ids


def embedding_forward(E: ArrayLike, ids: ArrayLike) -> Array:
    """The columns of the embedding matrix that the ids name.

        e_j = E o_j        for the one-hot o_j: a lookup in place of a product, which costs |V| times as much

    - E: (n_e, V); ids: (m, T), or any shape
    - returns out: (n_e, m, T), or n_e before any shape

    Raises EngineError when an id lies outside. Source: course 5, week 2.

    >>> embedding_forward([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[2, 0]])
    array([[[3., 1.]],
    <BLANKLINE>
           [[6., 4.]]])
    """
    E = as_floats("E", E, ("n_e", "V"))
    ids = as_ids("ids", ids, E.shape[1])
    out: Array = E[:, ids]
    return out


def embedding_backward(dOut: ArrayLike, ids: ArrayLike, V: int) -> Array:
    """The gradient of the embedding matrix: a word that occurs twice receives both gradients.

        dE[:, j] = the sum of dOut[:, i, t] over all places with ids[i, t] = j

    `dE[:, ids] += dOut` would keep one of them only. `engine.textbook.embeddings` adds them one by one.

    - dOut: (n_e, m, T), or n_e before any shape; ids: (m, T), or that shape; V: size of the vocabulary
    - returns dE: (n_e, V)

    Raises EngineError when a shape differs or an id lies outside. Source: course 5, week 2.

    >>> embedding_backward([[[1.0, 10.0, 100.0]]], [[2, 0, 2]], V=4)
    array([[ 10.,   0., 101.,   0.]])
    """
    as_count("V", V)
    ids = as_ids("ids", ids, V)
    dOut = as_floats("dOut", dOut)
    if dOut.ndim != ids.ndim + 1:
        raise EngineError("dOut", f"an array of shape (n_e, *{ids.shape})", f"an array of shape {dOut.shape}")
    dOut = as_floats("dOut", dOut, ("n_e", *ids.shape))
    rows = dOut.reshape(len(dOut), -1).T
    return np.ascontiguousarray(sum_by_id(rows, ids.ravel(), V).T)


def sum_by_id(rows: ArrayLike, ids: ArrayLike, V: int) -> Array:
    """Add up the rows that carry the same id.

        total[j] = the sum of rows[p] over all p with ids[p] = j

    The rows are sorted by id, so that those of one id lie together and one pass adds each group up; `np.add.at`
    does the same and takes several times as long.

    - rows: (P, d); ids: (P,), integers; V: how many ids there are
    - returns total: (V, d), 0 for an id that does not occur

    Raises EngineError when a shape differs or an id lies outside. Source: course 5, week 2 (the gradient of a
    lookup).

    >>> sum_by_id([[1.0], [10.0], [100.0]], [2, 0, 2], V=4).ravel()
    array([ 10.,   0., 101.,   0.])
    """
    as_count("V", V)
    rows = as_floats("rows", rows, ("P", "d"))
    ids = as_ids("ids", ids, V, (len(rows),))
    order = np.argsort(ids, kind="stable")
    sorted_ids = ids[order]
    starts = np.flatnonzero(np.concatenate([[True], sorted_ids[1:] != sorted_ids[:-1]]))
    total = np.zeros((V, rows.shape[1]), rows.dtype)
    total[sorted_ids[starts]] = np.add.reduceat(rows[order], starts, axis=0)
    return total


def word_vector(word: str, word_to_vec_map: Mapping[str, Any]) -> Array:
    """The vector of one word.

    - word: a word of the map; word_to_vec_map: {word: (n,)}
    - returns: (n,)

    Raises EngineError when the word is missing. Source: course 5, week 2.

    >>> word_vector("tin", {"tin": [1.0, 2.0]})
    array([1., 2.])
    """
    if word not in word_to_vec_map:
        raise EngineError("word_to_vec_map", f"a map that has {word!r}", f"one of {len(word_to_vec_map)} other words")
    return as_floats(word, word_to_vec_map[word], ("n",))


def cosine_similarity(u: ArrayLike, v: ArrayLike) -> float:
    """The cosine of the angle between two vectors.

        sim(u, v) = u . v / (||u|| ||v||)

    - u, v: (n,)
    - returns: a float in [-1, 1]; 0 when one of them is a vector of zeros, which has no direction

    Raises EngineError when they are not two vectors of one length. Source: course 5, week 2.

    >>> cosine_similarity([3, 4], [6, 8]), cosine_similarity([1, 0], [0, 3]), cosine_similarity([1, 1], [0, 0])
    (1.0, 0.0, 0.0)
    """
    u = as_floats("u", u, ("n",))
    v = as_floats("v", v, u.shape)
    lengths = float(np.linalg.norm(u)) * float(np.linalg.norm(v))
    if lengths < 1e-32:
        return 0.0
    # Rounding can carry the quotient of parallel vectors beyond 1.
    return float(np.clip(np.dot(u, v) / lengths, -1, 1))


def complete_analogy(word_a: str, word_b: str, word_c: str, word_to_vec_map: Mapping[str, Any]) -> str:
    """ "a is to b as c is to ...": the word whose step from c points the way from a to b.

        argmax_w sim(e_b - e_a, e_w - e_c)        over all words but the three given

    - word_a, word_b, word_c: words of the map, upper or lower case; word_to_vec_map: {word: (n,)}
    - returns best_word

    Raises EngineError when a word is missing or no other is left. Source: course 5, week 2 (the assignment).

    >>> vectors = {"man": [0, 0], "woman": [1, 0], "king": [0, 5], "queen": [1, 5], "apple": [-3, 1]}
    >>> complete_analogy("man", "woman", "king", vectors)
    'queen'
    """
    given = [word.lower() for word in (word_a, word_b, word_c)]
    e_a, e_b, e_c = (word_vector(word, word_to_vec_map) for word in given)
    best_word, best_similarity = None, -np.inf
    for word in word_to_vec_map:
        if word in given:
            continue
        similarity = cosine_similarity(e_b - e_a, word_vector(word, word_to_vec_map) - e_c)
        if similarity > best_similarity:
            best_word, best_similarity = word, similarity
    if best_word is None:
        raise EngineError("word_to_vec_map", "a map of more words than the three given", f"{sorted(word_to_vec_map)}")
    return best_word


def analogy_vectorised(word_a: str, word_b: str, word_c: str, words: Sequence[str], E: ArrayLike) -> tuple[str, str]:
    """The analogy by the score of the lecture and by that of the assignment, which may disagree.

        lecture:     argmax_w sim(e_w, e_b - e_a + e_c)          near the target point in direction
        assignment:  argmax_w sim(e_w - e_c, e_b - e_a)          a parallel step

    - word_a, word_b, word_c: three of `words`; words: V words; E: (n_e, V), their vectors as columns
    - returns: the word by the score of the lecture, the word by that of the assignment; never one of the three

    Raises EngineError when a word is missing or a shape differs. Source: course 5, week 2.

    >>> words = ["man", "woman", "king", "queen", "far"]
    >>> E = [[0, 1, 0, 1, 9], [0, 0, 5, 4, 5]]
    >>> analogy_vectorised("man", "woman", "king", words, E)
    ('queen', 'far')
    """
    E = as_floats("E", E, ("n_e", len(words)))
    column = {word: j for j, word in enumerate(words)}
    for argument, word in (("word_a", word_a), ("word_b", word_b), ("word_c", word_c)):
        if word not in column:
            raise EngineError(argument, "one of the words", repr(word))
    given = [column[word] for word in (word_a, word_b, word_c)]
    if len(words) <= len(set(given)):
        raise EngineError("words", "more words than those given", f"{len(words)} words")
    e_a, e_b, e_c = (E[:, [j]] for j in given)
    best = []
    for candidates, target in ((E, e_b - e_a + e_c), (E - e_c, e_b - e_a)):
        lengths = np.linalg.norm(candidates, axis=0) * np.linalg.norm(target)
        similarity = np.sum(candidates * target, axis=0) / np.where(lengths < 1e-32, np.inf, lengths)
        similarity[given] = -np.inf
        best.append(words[int(np.argmax(similarity))])
    return best[0], best[1]
