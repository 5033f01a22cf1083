"""Same person or not, as a binary classification of two encodings (course 4, week 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import sigmoid
from engine.errors import Array, EngineError, as_choice, as_floats, as_number

Cache = tuple[Array, Array, Array, Array, Array, str, float]


def siamese_head(
    E1: ArrayLike, E2: ArrayLike, w: ArrayLike, b: float, kind: str = "absolute", *, epsilon: float = 1e-8
) -> tuple[Array, Cache]:
    """The probability that two encodings show one person: logistic regression on how much they differ.

        yhat = sigma(sum_k w_k s_k + b)
        s_k = |f_k - g_k|                                "absolute"
        s_k = (f_k - g_k)^2 / (f_k + g_k + epsilon)      "chi2", for encodings from 0 up, as after ReLU

    Both features are symmetric, and both encodings come from one network: the order of the pictures does not matter.

    - E1, E2: (m, d), the encodings f and g; w: (d,); b: a number; kind: "absolute" or "chi2"
    - epsilon: positive; keeps two zeros from being divided
    - returns y_hat: (m,); cache: (E1, E2, w, s, y_hat, kind, epsilon)

    Raises EngineError when a shape differs, the kind is unknown, or encodings are negative for "chi2".
    Source: course 4, week 4.

    >>> y_hat, cache = siamese_head([[1, 2], [1, 2]], [[1, 2], [3, 2]], w=[-1, -1], b=1)
    >>> y_hat.round(3)  # sigma(1) for the same vector twice, sigma(-1) for a distance of 2
    array([0.731, 0.269])
    """
    as_choice("kind", kind, ("absolute", "chi2"))
    E1 = as_floats("E1", E1, ("m", "d"))
    E2 = as_floats("E2", E2, E1.shape)
    w = as_floats("w", w, E1.shape[1:])
    b = float(as_floats("b", b, ()))
    epsilon = as_number("epsilon", epsilon, "(0, inf)")
    difference = E1 - E2
    if kind == "chi2":
        if np.any(E1 < 0) or np.any(E2 < 0):
            raise EngineError("E1 and E2", "from 0 up for the kind 'chi2'", "arrays with a negative entry")
        s = difference**2 / (E1 + E2 + epsilon)
    else:
        s = np.abs(difference)
    y_hat = sigmoid(s @ w + b)
    return y_hat, (E1, E2, w, s, y_hat, kind, epsilon)


def siamese_head_backward(dy_hat: ArrayLike, cache: Cache) -> dict[str, Array]:
    """The gradients of the Siamese head: those of the encodings go back through the one network that made both.

        dz = dyhat yhat (1 - yhat)        dw = sum_i dz_i s_i        db = sum_i dz_i        ds = dz w

        "absolute":  df = ds sign(f - g)                  dg = -df
        "chi2":      df = ds (2 q - q^2)                  dg = ds (-2 q - q^2)      with q = (f - g) / (f + g + epsilon)

    Where f = g the absolute value has no slope, and 0 is taken.

    - dy_hat: (m,); cache: as `siamese_head` returned it
    - returns grads: {"dE1": (m, d), "dE2": (m, d), "dw": (d,), "db": ()}

    Raises EngineError when the shape differs. Source: course 4, week 4.

    >>> y_hat, cache = siamese_head([[3.0]], [[1.0]], w=[1.0], b=-2.0)
    >>> grads = siamese_head_backward([1.0], cache)  # at yhat = 1/2, where the sigmoid has slope 1/4
    >>> grads["dE1"], grads["dE2"], grads["dw"], grads["db"]
    (array([[0.25]]), array([[-0.25]]), array([0.5]), array(0.25))
    """
    E1, E2, w, s, y_hat, kind, epsilon = cache
    dy_hat = as_floats("dy_hat", dy_hat, y_hat.shape)
    dz = dy_hat * y_hat * (1 - y_hat)
    ds = dz[:, np.newaxis] * w
    difference = E1 - E2
    if kind == "chi2":
        q = difference / (E1 + E2 + epsilon)
        dE1, dE2 = ds * (2 * q - q**2), ds * (-2 * q - q**2)
    else:
        dE1 = ds * np.sign(difference)
        dE2 = -dE1
    return {"dE1": dE1, "dE2": dE2, "dw": dz @ s, "db": np.array(dz.sum())}
