"""Exploding gradients and what helps against them; vanishing ones made visible (course 5, week 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, Parameters, as_floats, as_number, entry
from engine.rnn_packed import rnn_packed_forward, time_first


def clip(gradients: Mapping[str, ArrayLike], maxValue: float) -> Parameters:
    """Clip every entry of every gradient on its own.

        g := max(-N, min(N, g))

    The direction changes when some entries are cut and others are not. An infinite entry becomes N; NaN stays.

    - gradients: arrays by name; maxValue: N, at least 0
    - returns: new arrays by the same names

    Raises EngineError when maxValue is negative. Source: course 5, week 1.

    >>> clip({"dWaa": [[30.0, -0.5], [-11.0, 10.0]]}, 10)["dWaa"]
    array([[ 10. ,  -0.5],
           [-10. ,  10. ]])
    """
    maxValue = as_number("maxValue", maxValue, "[0, inf]")
    return {name: np.clip(as_floats(name, g), -maxValue, maxValue) for name, g in gradients.items()}


def clip_by_global_norm(gradients: Mapping[str, ArrayLike], max_norm: float) -> tuple[Parameters, float]:
    """Shorten all gradients together: one factor for all of them, so that the direction stays.

        norm = sqrt(sum over all arrays and entries of g^2)        g := g min(1, max_norm / norm)

    - gradients: arrays by name; max_norm: positive
    - returns: new arrays by the same names; the norm before, a float. When that is infinite or NaN no factor
      helps: the gradients are returned as they came, and the step should be left out

    Raises EngineError when max_norm is not positive. Source: R. Pascanu, T. Mikolov and Y. Bengio (2013); beyond
    course 5, week 1.

    >>> clip_by_global_norm({"dW": [[3.0]], "db": [[4.0]]}, max_norm=1)
    ({'dW': array([[0.6]]), 'db': array([[0.8]])}, 5.0)
    """
    max_norm = as_number("max_norm", max_norm, "(0, inf]")
    arrays = {name: as_floats(name, g) for name, g in gradients.items()}
    norm = float(np.sqrt(sum(float(np.sum(np.square(g, dtype=np.float64))) for g in arrays.values())))
    factor = max_norm / norm if max_norm < norm < np.inf else 1.0
    return {name: g * factor for name, g in arrays.items()}, norm


def gradient_decay(x: ArrayLike, a0: ArrayLike, parameters: Mapping[str, Any]) -> Array:
    """How much of a gradient at the last state reaches each earlier one, at most.

        norms[t] = || d a_T / d a_t ||_2       d a_T / d a_t = J_T J_(T-1) ... J_(t+1)
        J_j = diag(1 - a_j^2) Waa              the factors do not commute: J_T is leftmost

    - x: (n_x, 1, T), one sequence; a0: (n_a, 1); parameters: {"Waa", "Wax", "ba"}
    - returns norms: (T,), spectral norms, 1 for the last step; with x = 0, a0 = 0 and Waa = rho times an
      orthogonal matrix exactly rho^(T - t)

    Raises EngineError when a shape differs. Source: course 5, week 1; Y. Bengio, P. Simard and P. Frasconi (1994).

    >>> parameters = {"Waa": 0.5 * np.eye(2), "Wax": np.ones((2, 1)), "ba": np.zeros((2, 1))}
    >>> gradient_decay(np.zeros((1, 1, 5)), np.zeros((2, 1)), parameters)
    array([0.0625, 0.125 , 0.25  , 0.5   , 1.    ])
    """
    x = as_floats("x", x, ("n_x", 1, "T"))
    Wax = as_floats("Wax", entry("parameters", parameters, "Wax"), ("n_a", len(x)))
    n_a, T = len(Wax), x.shape[2]
    Waa = as_floats("Waa", entry("parameters", parameters, "Waa"), (n_a, n_a))
    ba = as_floats("ba", entry("parameters", parameters, "ba"), (n_a, 1))
    a, _ = rnn_packed_forward(time_first(x), a0, np.concatenate([Waa, Wax], axis=1), ba)
    norms = np.ones(T, a.dtype)
    product = np.eye(n_a, dtype=a.dtype)
    for t in reversed(range(T - 1)):
        product = product @ ((1 - a[t + 1] ** 2) * Waa)
        norms[t] = np.linalg.norm(product, ord=2)
    return norms
