from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tutor.grading import Case


def cases(rng: np.random.Generator) -> Iterator[Case]:
    for m in (7, 3, 13):
        yield Case(f"{m} examples", args=_predictions(rng, m))
    yield Case("one example of label 1", args=(rng.uniform(0.1, 0.9, (1, 1)), np.ones((1, 1))))
    yield Case("one example of label 0", args=(rng.uniform(0.1, 0.9, (1, 1)), np.zeros((1, 1))))
    A, Y = _predictions(rng, 5)
    yield Case("labels that are whole numbers", args=(A, Y.astype(int)))
    A, Y = _predictions(rng, 6)
    A[0, :2] = Y[0, :2] = 1
    yield Case("probability 1, rightly", args=(A, Y))
    A, Y = _predictions(rng, 8)
    A[0, -3:] = Y[0, -3:] = 0
    yield Case("probability 0, rightly", args=(A, Y))
    yield Case("certain and right throughout", args=(np.array([[1.0, 0.0, 0.0, 1.0]]),) * 2)


def scale(rng: np.random.Generator, m: int) -> Case:
    return Case("scale", args=_predictions(rng, m))


def _predictions(rng: np.random.Generator, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Both labels occur, in random places."""
    labels = np.arange(m) % 2
    return rng.uniform(0.02, 0.98, (1, m)), rng.permutation(labels).reshape(1, m).astype(float)
