"""Taking a bias out of word vectors: neutralise, equalise (course 5, week 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.embeddings import word_vector
from engine.errors import Array, EngineError, as_floats, as_ids


def neutralize(word: str, g: ArrayLike, word_to_vec_map: Mapping[str, Any]) -> Array:
    """Take the part along the bias direction away: for words that should not have it, such as "doctor".

        e_bias = (e . g / ||g||^2) g        e_debiased = e - e_bias

    - word: a word of the map; g: (n,), the bias direction, of any length but 0; word_to_vec_map: {word: (n,)}
    - returns e_debiased: (n,), at a right angle to g

    Raises EngineError when the word is missing, a shape differs or g is 0. Source: course 5, week 2.

    >>> neutralize("doctor", [2.0, 0.0], {"doctor": [0.5, 0.7]})
    array([0. , 0.7])
    """
    g = _direction("g", g)
    e = as_floats(word, word_vector(word, word_to_vec_map), g.shape)
    e_bias = np.dot(e, g) / np.dot(g, g) * g
    debiased: Array = e - e_bias
    return debiased


def equalize(
    pair: Sequence[str], bias_axis: ArrayLike, word_to_vec_map: Mapping[str, Any], unit: bool = True
) -> tuple[Array, Array]:
    """Make two words differ in the bias alone, by the same amount: for pairs such as "actor" and "actress".

        mu = (e1 + e2) / 2        mu_B = (mu . g / ||g||^2) g        mu_orth = mu - mu_B
        e_B = (e . g / ||g||^2) g
        corrected e_B = sqrt(|1 - ||mu_orth||^2|) (e_B - mu_B) / ||e_B - mu_B||        e := corrected e_B + mu_orth

    For vectors of length 1 the results have length 1, and are equally far from every vector that has no part
    along g.

    - pair: two words of the map; bias_axis: g, (n,), of any length but 0
    - word_to_vec_map: {word: (n,)}, meant for vectors of length 1
    - unit: False divides by ||e - mu_orth - mu_B||, as the assignment did up to the first release of 2021: the
      results then are shorter than 1, and still equally far
    - returns e1, e2: (n,)

    Raises EngineError when a word is missing, a shape differs, g is 0 or the two do not differ along g.
    Source: course 5, week 2; T. Bolukbasi et al. (2016).

    >>> vectors = {"he": [0.6, 0.8], "she": [-0.28, 0.96]}
    >>> e1, e2 = equalize(("he", "she"), [1.0, 0.0], vectors)
    >>> e1.round(3), e2.round(3)
    (array([0.475, 0.88 ]), array([-0.475,  0.88 ]))
    """
    if len(pair) != 2:
        raise EngineError("pair", "two words", f"{len(pair)}")
    g = _direction("bias_axis", bias_axis)
    e1, e2 = (as_floats(word, word_vector(word, word_to_vec_map), g.shape) for word in pair)
    mu = (e1 + e2) / 2
    mu_B = np.dot(mu, g) / np.dot(g, g) * g
    mu_orth = mu - mu_B
    length = np.sqrt(np.abs(1 - np.dot(mu_orth, mu_orth)))
    corrected = []
    for e in (e1, e2):
        e_B = np.dot(e, g) / np.dot(g, g) * g
        denominator = np.linalg.norm(e_B - mu_B if unit else e - mu_orth - mu_B)
        if denominator < 1e-12:
            raise EngineError("pair", "two words that differ along the bias axis", f"{tuple(pair)}")
        corrected.append(length * (e_B - mu_B) / denominator + mu_orth)
    return corrected[0], corrected[1]


def bias_axis(pairs: ArrayLike, E: ArrayLike) -> Array:
    """The direction in which pairs such as (she, he) differ most: the first right singular vector.

        rows of D: e_w1 - e_w2        D = U S V^T        g = v_1

    The mean of the differences is NOT taken off first: it is what is looked for. With one pair g is its difference.

    - pairs: (P, 2), ids of words; E: (V, d), words are rows
    - returns g: (d,), of length 1, turned so that the first words of the pairs lie on its positive side

    Raises EngineError when a shape differs, an id lies outside or no pair differs. Source: course 5, week 2;
    T. Bolukbasi et al. (2016).

    >>> bias_axis([[0, 1], [2, 3]], [[1.0, 1.0], [-1.0, 1.0], [2.0, 5.0], [0.0, 5.0]])
    array([1., 0.])
    """
    E = as_floats("E", E, ("V", "d"))
    pairs = as_ids("pairs", pairs, len(E), ("P", 2))
    D = E[pairs[:, 0]] - E[pairs[:, 1]]
    if not np.any(D):
        raise EngineError("pairs", "pairs of words with different vectors", "equal in all of them")
    g: Array = np.linalg.svd(D, full_matrices=False)[2][0]
    # A singular vector is one up to its sign.
    g = g if np.sum(D @ g) >= 0 else -g
    return g + 0.0


def _direction(argument: str, g: ArrayLike) -> Array:
    g = as_floats(argument, g, ("n",))
    if not np.any(g):
        raise EngineError(argument, "a direction", "a vector of zeros")
    return g
