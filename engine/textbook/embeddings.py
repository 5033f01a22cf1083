"""The gradient of an embedding matrix, place by place (course 5, week 2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_floats, as_ids


def embedding_backward_loops(dOut: ArrayLike, ids: ArrayLike, V: int) -> Array:
    """The gradient of the embedding matrix: every place adds its gradient to the column of its word.

        dE[:, ids[i, t]] += dOut[:, i, t]

    - dOut: (n_e, m, T); ids: (m, T); V: size of the vocabulary
    - returns dE: (n_e, V)

    Raises EngineError when a shape differs or an id lies outside. Source: course 5, week 2.

    >>> embedding_backward_loops([[[1.0, 10.0, 100.0]]], [[2, 0, 2]], V=4)
    array([[ 10.,   0., 101.,   0.]])
    """
    ids = as_ids("ids", ids, V, ("m", "T"))
    m, T = ids.shape
    dOut = as_floats("dOut", dOut, ("n_e", m, T))
    dE = np.zeros((len(dOut), V), dOut.dtype)
    for i in range(m):
        for t in range(T):
            dE[:, ids[i, t]] += dOut[:, i, t]
    return dE
