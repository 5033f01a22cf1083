"""Inverted dropout of one layer's activations (course 2, week 1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_floats, as_number


def dropout_forward(
    A: ArrayLike, keep_prob: float, rng: np.random.Generator | int | None = None
) -> tuple[Array, tuple[Array, float]]:
    """Drop each activation with probability 1 - keep_prob, in training, and scale the others up.

        D = 1 where a uniform number < keep_prob, else 0        A_dropped = A * D / keep_prob

    The division keeps the expected value, E[A D / keep_prob] = A, so that nothing changes at test time: there
    the layer is left out. Every example has its own mask.

    - A: any shape; keep_prob: in (0, 1]; rng: a Generator or a seed, for the mask
    - returns A_dropped: same shape; cache: (D, keep_prob), D of 0 and 1 in the dtype of A

    Raises EngineError when keep_prob is outside. Source: course 2, week 1; Srivastava and others (2014).

    >>> A_dropped, (D, _) = dropout_forward(np.ones((1, 6)), 0.5, rng=0)
    >>> A_dropped
    array([[0., 2., 2., 2., 0., 0.]])
    """
    A = as_floats("A", A)
    keep_prob = as_number("keep_prob", keep_prob, "(0, 1]")
    D = (np.random.default_rng(rng).random(A.shape) < keep_prob).astype(A.dtype)
    A_dropped: Array = A * D
    A_dropped /= keep_prob
    return A_dropped, (D, keep_prob)


def dropout_backward(dA_dropped: ArrayLike, cache: tuple[Array, float]) -> Array:
    """The gradient before dropout: dropped activations get none, by the SAME mask as forward.

        dA = dA_dropped * D / keep_prob

    - dA_dropped: any shape; cache: (D, keep_prob), with D of that shape
    - returns dA: same shape

    Raises EngineError when the shapes differ. Source: course 2, week 1.

    >>> dropout_backward([[3.0, 3.0]], (np.array([[0.0, 1.0]]), 0.75))
    array([[0., 4.]])
    """
    D, keep_prob = cache
    D = as_floats("D", D)
    dA_dropped = as_floats("dA_dropped", dA_dropped, D.shape)
    dA: Array = dA_dropped * D
    dA /= keep_prob
    return dA


def keep_probs_of(keep_prob: ArrayLike, hidden_layers: int) -> list[float]:
    """One keep_prob for each hidden layer: a single number holds for all of them.

    - keep_prob: a number, or a number for each hidden layer, the first layer's first
    - returns: hidden_layers floats

    Raises EngineError when one is outside (0, 1] or their number differs. Source: course 2, week 1: layers
    with many weights may drop more.

    >>> keep_probs_of(0.8, 2), keep_probs_of([0.5, 1.0], 2)
    ([0.8, 0.8], [0.5, 1.0])
    """
    given = as_floats("keep_prob", keep_prob)
    if given.ndim == 0:
        return [as_number("keep_prob", keep_prob, "(0, 1]")] * hidden_layers
    if given.shape != (hidden_layers,):
        raise EngineError("keep_prob", f"a number, or {hidden_layers} of them", f"of shape {given.shape}")
    return [as_number("keep_prob", one, "(0, 1]") for one in given.tolist()]
