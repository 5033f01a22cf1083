"""The embedding layer: from ids (m, T) to vectors (m, T, n_e)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.embeddings import sum_by_id
from engine.errors import Array, as_count, as_floats, as_ids
from engine.layers.base import Layer


class Embedding(Layer):
    """A table of vectors, one row a word; the transpose of the lectures' E, whose columns are the words.

        out[i, t] = E[ids[i, t]]        dE[j] = the sum of dout over the places of word j

    - V: size of the vocabulary; n_e: size of the vectors
    - weights: (V, n_e) to start from, copied; None draws uniform numbers in [-0.05, 0.05), as Keras does
    - rng: a Generator or a seed; dtype: of the parameters
    - parameters: E (V, n_e). Set `trainable` to False to leave vectors as they are

    `backward` returns zeros, since ids have no gradient.

    Raises EngineError when a size is below 1, `weights` has another shape or an id lies outside.
    Source: the role of `keras.layers.Embedding`, course 5, week 2.

    >>> embedding = Embedding(10, 4, rng=0)
    >>> embedding(np.array([[3, 1, 3]])).shape
    (1, 3, 4)
    """

    def __init__(
        self,
        V: int,
        n_e: int,
        weights: ArrayLike | None = None,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        as_count("V", V)
        as_count("n_e", n_e)
        if weights is None:
            E = np.random.default_rng(rng).uniform(-0.05, 0.05, size=(V, n_e))
        else:
            E = as_floats("weights", weights, (V, n_e))
        self.parameters = {"E": np.array(E, dtype)}

    def forward(self, x: Array, training: bool = False) -> Array:
        E = self.parameters["E"]
        ids = as_ids("ids", x, len(E))
        self.keep(ids, training)
        out: Array = E[ids]
        return out

    def backward(self, dout: Array) -> Array:
        ids = self.kept()
        E = self.parameters["E"]
        if self.trainable:
            self.add_gradient("E", sum_by_id(dout.reshape(-1, E.shape[1]), ids.ravel(), len(E)))
        return np.zeros(ids.shape, dout.dtype)
