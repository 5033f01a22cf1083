from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

LogisticProblem = tuple[NDArray[np.float64], float, NDArray[np.float64], NDArray[np.float64]]


@pytest.fixture(scope="session")
def logistic_problem() -> Callable[[int, int, int], LogisticProblem]:
    """Draws (w, b, X, Y) of n_x features and m examples."""

    def draw(seed: int, n_x: int, m: int) -> LogisticProblem:
        rng = np.random.default_rng(seed)
        w = rng.normal(size=(n_x, 1)) / np.sqrt(n_x)
        X = rng.normal(size=(n_x, m))
        Y = rng.integers(0, 2, size=(1, m)).astype(np.float64)
        return w, float(rng.normal()), X, Y

    return draw
