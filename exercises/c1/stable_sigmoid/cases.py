from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tutor.grading import Case


def cases(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("a row of scores", args=(rng.normal(0, 3, (1, 7)),))
    yield Case("a matrix of scores", args=(rng.normal(0, 3, (5, 3)),))
    yield Case("scores of rank 3", args=(rng.normal(0, 8, (2, 11, 4)),))
    yield Case("a vector of rank 1", args=(rng.normal(0, 3, 13),))
    yield Case("one number", args=(float(rng.normal()),))
    yield Case("zero", args=(0.0,))
    yield Case("whole numbers", args=(np.array([[-2, 0, 1, 3]]),))
    yield Case("far above zero", args=(np.array([0.5, 30.0, 400.0, 1000.0]),))
    yield Case("far below zero", args=(np.array([0.5, -30.0, -400.0, -1000.0]),))


def scale(rng: np.random.Generator, m: int) -> Case:
    return Case("scale", args=(rng.normal(0, 3, (1, m)),))
