from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tutor.grading import Case


def cases(rng: np.random.Generator) -> Iterator[Case]:
    # The long one comes last: most mistakes show, and are told apart, before it. It has more features than examples,
    # so that its cost still falls clearly at the end.
    yield _case("3 features, 7 examples, one update", _problem(rng, 3, 7), num_iterations=1, learning_rate=0.7)
    yield _case("5 features, 2 examples, 3 updates", _problem(rng, 5, 2), num_iterations=3, learning_rate=0.3)
    yield _case("one feature, 13 examples, 7 updates", _problem(rng, 1, 13), num_iterations=7, learning_rate=0.1)
    _, _, X, Y = _problem(rng, 3, 5)
    yield _case("from zero", (np.zeros((3, 1)), 0.0, X, Y), num_iterations=20, learning_rate=0.2)
    yield _case("4 features, one example, at the default rate", _problem(rng, 4, 1), num_iterations=5)
    yield _case("6 features, 4 examples, 102 updates", _problem(rng, 6, 4), num_iterations=102, learning_rate=0.2)


def scale(rng: np.random.Generator, m: int) -> Case:
    return _case("scale", _problem(rng, 3, m), num_iterations=3, learning_rate=0.1)


def _case(name: str, args: tuple[Any, ...], **settings: float) -> Case:
    return Case(name, args=args, kwargs=settings)


def _problem(rng: np.random.Generator, n_x: int, m: int) -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
    """Labels of both kinds whenever there is room for them, so that no gradient is zero."""
    w = rng.normal(0, 0.7, (n_x, 1))
    b = float(rng.uniform(0.3, 0.9))
    X = rng.normal(0.4, 1, (n_x, m))
    Y = rng.permutation(np.arange(m) % 3 == 0).reshape(1, m).astype(float)
    return w, b, X, Y
