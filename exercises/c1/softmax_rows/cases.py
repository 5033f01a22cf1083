from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tutor.grading import Case


def cases(rng: np.random.Generator) -> Iterator[Case]:
    for m, n in ((3, 5), (7, 2), (4, 11)):
        yield Case(f"{m} rows of {n} scores", args=(rng.normal(0, 2, (m, n)),))
    yield Case("as many rows as scores", args=(rng.normal(0, 2, (5, 5)),))
    yield Case("a single row", args=(rng.normal(0, 2, (1, 6)),))
    yield Case("a single score in each row", args=(rng.normal(0, 2, (6, 1)),))
    yield Case("whole numbers", args=(rng.integers(-3, 4, (2, 7)),))
    yield Case("one row of huge scores", args=(np.array([[1000.0, 999.0, 0.0, -1000.0]]),))
    yield Case("rows far apart", args=(np.array([[1000.0, 1001.0], [-1000.0, -999.0], [0.0, 1.5]]),))
    yield Case("a row far below zero", args=(np.array([[-1000.0, -1002.0, -1000.0], [3.0, 1.0, 2.0]]),))


def scale(rng: np.random.Generator, m: int) -> Case:
    return Case("scale", args=(rng.normal(0, 2, (m, 3)),))
