from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tutor.grading import Case


def cases(rng: np.random.Generator) -> Iterator[Case]:
    for n_x, m in ((3, 7), (5, 2), (2, 11)):
        yield Case(f"{n_x} features, {m} examples", args=_problem(rng, n_x, m))
    yield Case("as many features as examples", args=_problem(rng, 4, 4))
    yield Case("one feature, 13 examples", args=_problem(rng, 1, 13))
    yield Case("6 features, one example", args=_problem(rng, 6, 1))
    _, _, X, Y = _problem(rng, 3, 5)
    yield Case("zero parameters", args=(np.zeros((3, 1)), 0.0, X, Y))
    w, b, X, _ = _problem(rng, 2, 3)
    yield Case("all labels 1, and whole numbers", args=(w, b, X, np.ones((1, 3), dtype=int)))


def _problem(rng: np.random.Generator, n_x: int, m: int) -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
    """Both labels occur as soon as there are two examples."""
    w = rng.normal(0, 0.7, (n_x, 1))
    b = float(rng.uniform(0.3, 0.9))
    X = rng.normal(0.4, 1, (n_x, m))
    Y = rng.permutation(np.arange(m) % 2).reshape(1, m).astype(float)
    return w, b, X, Y
