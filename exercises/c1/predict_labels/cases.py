from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tutor.grading import Case


def cases(rng: np.random.Generator) -> Iterator[Case]:
    for n_x, m in ((3, 17), (5, 2), (2, 29)):
        yield Case(f"{n_x} features, {m} examples", args=_problem(rng, n_x, m))
    yield Case("one feature, 13 examples", args=_problem(rng, 1, 13))
    yield Case("7 features, one example", args=_problem(rng, 7, 1))
    yield Case("zero parameters: every probability is one half", args=(np.zeros((3, 1)), 0.0, rng.normal(0, 1, (3, 5))))
    w = np.array([[1.0], [-1.0]])
    yield Case("some scores are exactly 0", args=(w, 0.5, np.array([[2.5, 1.0, 1.5, 4.0], [3.0, 1.0, 2.0, 4.75]])))
    yield Case("scores far from 0", args=(w, 0.0, np.array([[50.0, -50.0, 300.0], [0.0, 0.0, 1200.0]])))


def scale(rng: np.random.Generator, m: int) -> Case:
    return Case("scale", args=_problem(rng, 3, m))


def _problem(rng: np.random.Generator, n_x: int, m: int) -> tuple[np.ndarray, float, np.ndarray]:
    """Scores on both sides of 0 and of 0.5; without the bias, another side for some."""
    w = rng.normal(0, 1, (n_x, 1))
    w += np.where(w < 0, -0.3, 0.3)
    b = float(rng.uniform(1.2, 1.4))
    Z = rng.permutation(np.resize([0.25, -0.6, 0.9, 2.0, -1.4, 3.2, -0.2], m)) + rng.uniform(-0.1, 0.1, m)
    X = rng.normal(0, 1, (n_x, m))
    # Each example is moved along w, to the score that it should have.
    X += w * ((Z - b - w.T @ X) / (w.T @ w))
    return w, b, X
