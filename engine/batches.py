"""Mini-batches: many steps in one pass over the data (course 2, week 2)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_array, as_count, as_floats


def random_mini_batches(
    X: ArrayLike, Y: ArrayLike, mini_batch_size: int = 64, seed: np.random.Generator | int = 0
) -> list[tuple[Array, Array]]:
    """Shuffle the examples by one permutation and cut them into batches; the last one holds what is left over.

        ceil(m / mini_batch_size) batches

    Every epoch wants another seed, or one Generator for all of them: the same seed gives the same batches.

    - X: (n_x, m); Y: (n_y, m); an example is a column
    - mini_batch_size: from 1 up; seed: an integer or a Generator
    - returns: a list of (X_t, Y_t), with X_t (n_x, mini_batch_size), views of one shuffled copy

    Raises EngineError when the columns differ in number or the size is below 1. Source: course 2, week 2.

    >>> X = np.arange(5).reshape(1, 5)
    >>> for X_t, Y_t in random_mini_batches(X, 10 * X, mini_batch_size=2):
    ...     print(X_t, Y_t)
    [[2 4]] [[20 40]]
    [[3 0]] [[30  0]]
    [[1]] [[10]]
    """
    X = as_array("X", X, ("n_x", "m"))
    m = X.shape[1]
    Y = as_array("Y", Y, ("n_y", m))
    as_count("mini_batch_size", mini_batch_size)
    permutation = np.random.default_rng(seed).permutation(m)
    shuffled_X, shuffled_Y = X[:, permutation], Y[:, permutation]
    return [
        (shuffled_X[:, start : start + mini_batch_size], shuffled_Y[:, start : start + mini_batch_size])
        for start in range(0, m, mini_batch_size)
    ]


def gradient_noise(
    gradients: ArrayLike,
    batch_sizes: Sequence[int],
    trials: int = 1000,
    replace: bool = False,
    rng: np.random.Generator | int | None = None,
) -> Array:
    """How much the gradient of a random batch scatters around that of all examples.

        variance over the trials of 1/B sum_(i in batch) g_i

    It is s^2 / B with replacement, s^2 the variance of the g_i; without, s^2 / B (m - B) / (m - 1), which is 0
    for B = m.

    - gradients: (m,), one number for each example; batch_sizes: B, from 1 up, at most m without replacement
    - trials: batches drawn for each size; replace: whether an example can be drawn twice into a batch
    - rng: a Generator or a seed
    - returns: (len(batch_sizes),), the variances

    Raises EngineError when a size is outside. Source: course 2, week 2 (the noise of small batches).

    >>> gradient_noise([1.0, 2.0, 3.0, 4.0], [1, 4], rng=0).round(1)
    array([1.3, 0. ])
    """
    g = as_floats("gradients", gradients, ("m",))
    as_count("trials", trials)
    rng = np.random.default_rng(rng)
    variances = []
    for size in batch_sizes:
        as_count("batch_sizes", size)
        if replace:
            chosen = rng.integers(g.size, size=(trials, size))
        else:
            if size > g.size:
                raise EngineError("batch_sizes", f"at most {g.size} without replacement", str(size))
            # The ranks of random numbers are a random order, for all trials at once.
            chosen = np.argsort(rng.random((trials, g.size)), axis=1)[:, :size]
        variances.append(g[chosen].mean(axis=1).var())
    return np.array(variances)
