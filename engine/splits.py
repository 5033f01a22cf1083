"""Train, dev and test sets, and what the errors on them say (course 2, week 1)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_array, as_floats, as_number

#: What helps against each of the two, in the order in which to try it.
REMEDIES = {
    "bias": ("a bigger network", "longer training or a better optimizer", "another architecture"),
    "variance": ("more data", "regularization", "another architecture"),
}


def train_dev_test_split(
    X: ArrayLike,
    Y: ArrayLike,
    fractions: Sequence[float] = (0.98, 0.01, 0.01),
    seed: np.random.Generator | int = 0,
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Shuffle the examples once and cut them into three sets of one distribution.

    X and Y go by ONE permutation: two would tear the labels from their examples.

    - X: (n_x, m); Y: (n_y, m); an example is a column
    - fractions: of train, dev and test, adding up to 1; dev and test are rounded to whole examples and train
      takes the rest
    - seed: an integer or a Generator
    - returns X_train, Y_train, X_dev, Y_dev, X_test, Y_test; a set can be empty

    Raises EngineError when the columns differ in number or the fractions do not add up to 1.
    Source: course 2, week 1.

    >>> X = np.arange(10).reshape(1, 10)
    >>> X_train, Y_train, X_dev, Y_dev, X_test, Y_test = train_dev_test_split(X, 10 * X, (0.6, 0.2, 0.2))
    >>> X_train.shape, X_dev.shape, X_test.shape
    ((1, 6), (1, 2), (1, 2))
    >>> bool(np.all(Y_dev == 10 * X_dev))
    True
    """
    X = as_array("X", X, ("n_x", "m"))
    m = X.shape[1]
    Y = as_array("Y", Y, ("n_y", m))
    parts = as_floats("fractions", fractions, (3,))
    if np.any(parts < 0) or abs(parts.sum() - 1) > 1e-9:
        raise EngineError("fractions", "three shares that add up to 1", str(tuple(parts.tolist())))
    # Rounding both could ask for one example more than there are.
    m_dev = round(parts[1] * m)
    m_test = min(round(parts[2] * m), m - m_dev)
    m_train = m - m_dev - m_test
    permutation = np.random.default_rng(seed).permutation(m)
    train, dev, test = np.split(permutation, [m_train, m_train + m_dev])
    return X[:, train], Y[:, train], X[:, dev], Y[:, dev], X[:, test], Y[:, test]


def bias_variance(human_err: float, train_err: float, dev_err: float, tol: float = 0.02) -> str:
    """Read the two gaps: what the network cannot fit, and what it does not carry over.

        avoidable bias = train_err - human_err        variance = dev_err - train_err

    A gap counts when it is larger than tol. The human error stands for the best possible, Bayes error: 15 % on
    the training set is no bias where nobody does better than 14 %.

    - human_err, train_err, dev_err: shares of errors in [0, 1]; tol: the gap that is let pass
    - returns: "low bias, low variance", "high bias", "high variance" or "high bias, high variance"; `REMEDIES`
      holds what helps

    Raises EngineError when an error is outside [0, 1] or tol is. Source: course 2, week 1.

    >>> bias_variance(0.0, 0.15, 0.16), bias_variance(0.14, 0.15, 0.16), bias_variance(0.0, 0.15, 0.3)
    ('high bias', 'low bias, low variance', 'high bias, high variance')
    """
    for argument, error in (("human_err", human_err), ("train_err", train_err), ("dev_err", dev_err)):
        as_number(argument, error, "[0, 1]")
    # A gap of just tol, such as 0.08 - 0.06, comes out a little above or below it.
    least = as_number("tol", tol, "[0, 1]") + 1e-12
    bias = train_err - human_err > least
    variance = dev_err - train_err > least
    if bias and variance:
        return "high bias, high variance"
    if bias:
        return "high bias"
    return "high variance" if variance else "low bias, low variance"
