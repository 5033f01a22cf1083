from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tutor.grading import Case


def cases(rng: np.random.Generator) -> Iterator[Case]:
    for n, d in ((3, 5), (7, 2), (4, 11)):
        yield Case(f"{n} rows of {d}", args=(_matrix(rng, n, d),))
    yield Case("a square matrix", args=(_matrix(rng, 5, 5),))
    yield Case("one row", args=(_matrix(rng, 1, 6),))
    yield Case("one column", args=(_matrix(rng, 6, 1),))
    yield Case("long and short rows", args=(_matrix(rng, 3, 4) * np.array([[0.1], [1.0], [1000.0]]),))
    yield Case("whole numbers", args=(rng.permutation(np.arange(2, 10)).reshape(4, 2),))
    with_zeros = _matrix(rng, 5, 3)
    with_zeros[int(rng.integers(5))] = 0
    yield Case("a row of zeros", args=(with_zeros,))


def scale(rng: np.random.Generator, m: int) -> Case:
    return Case("scale", args=(_matrix(rng, m, 3),))


def _matrix(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    """Entries of both signs, none close to 0: a short row would punish a small number added to its length."""
    return rng.choice([-1, 1], (n, d)) * rng.uniform(0.3, 3, (n, d))
