"""The language model of letters, step by step (the assignment of course 5, week 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.charlm import CharCache, rnn_step_backward, rnn_step_forward
from engine.errors import Array, Parameters, as_floats, entry


def rnn_forward_loops(
    X: Sequence[int | None], Y: Sequence[int], a0: ArrayLike, parameters: Mapping[str, Any], vocab_size: int = 27
) -> tuple[float, CharCache]:
    """The loss of one name, letter by letter.

        loss -= log yhat_t[Y[t]]

    - X: T indices, None for a column of zeros (the first input); Y: T indices, X moved by one and the newline
    - a0: (n_a, 1); parameters: {"Waa", "Wax", "Wya", "b", "by"}; vocab_size: rows of x
    - returns loss: a float; cache: (y_hat, a, x), each {t: column}, and a[-1] = a0

    Raises EngineError when a shape differs. Source: course 5, week 1.

    >>> zero = {"Waa": [[0.0]], "Wax": [[0.0, 0.0]], "Wya": [[0.0], [0.0]], "b": [[0.0]], "by": [[0.0], [0.0]]}
    >>> loss, _ = rnn_forward_loops([None, 1], [1, 0], [[0.0]], zero, vocab_size=2)
    >>> round(loss / 2, 4)  # log 2
    0.6931
    """
    x: dict[int, Array] = {}
    a: dict[int, Array] = {-1: as_floats("a0", a0)}
    y_hat: dict[int, Array] = {}
    loss = 0.0
    for t in range(len(X)):
        x[t] = np.zeros((vocab_size, 1))
        letter = X[t]
        if letter is not None:
            x[t][letter] = 1
        a[t], y_hat[t] = rnn_step_forward(parameters, a[t - 1], x[t])
        loss -= float(np.log(y_hat[t][Y[t], 0]))
    return loss, (y_hat, a, x)


def rnn_backward_loops(
    X: Sequence[int | None], Y: Sequence[int], parameters: Mapping[str, Any], cache: CharCache
) -> tuple[Parameters, dict[int, Array]]:
    """Backpropagation through the letters of one name, from the last to the first.

        dy_t = yhat_t - y_t, and the gradients add up over the steps

    - X, Y: as in `rnn_forward_loops`; parameters: {"Waa", "Wax", "Wya", "b", "by"}; cache: of `rnn_forward_loops`
    - returns gradients: {"dWya", "dby", "db", "dWax", "dWaa", "da_next"}; a: {t: (n_a, 1)}

    Raises EngineError when a shape differs. Source: course 5, week 1.

    >>> zero = {"Waa": [[0.0]], "Wax": [[0.0, 0.0]], "Wya": [[0.0], [0.0]], "b": [[0.0]], "by": [[0.0], [0.0]]}
    >>> _, cache = rnn_forward_loops([None, 1], [1, 1], [[0.0]], zero, vocab_size=2)
    >>> rnn_backward_loops([None, 1], [1, 1], zero, cache)[0]["dby"].ravel()
    array([ 1., -1.])
    """
    y_hat, a, x = cache
    gradients = {}
    for name in ("Wya", "by", "b", "Wax", "Waa"):
        gradients["d" + name] = np.zeros_like(as_floats(name, entry("parameters", parameters, name)))
    gradients["da_next"] = np.zeros_like(a[0])
    for t in reversed(range(len(X))):
        dy = np.copy(y_hat[t])
        dy[Y[t]] -= 1
        gradients = rnn_step_backward(dy, gradients, parameters, x[t], a[t], a[t - 1])
    return gradients, a
