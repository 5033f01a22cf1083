from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tutor.grading import Case


def cases(rng: np.random.Generator) -> Iterator[Case]:
    for m, h, w in ((2, 5, 7), (5, 4, 2), (7, 2, 11)):
        yield Case(f"{m} images of {h} x {w} pixels", args=(_images(rng, m, h, w),))
    yield Case("square images", args=(_images(rng, 3, 4, 4),))
    yield Case("as many images as rows of pixels", args=(_images(rng, 5, 5, 2),))
    yield Case("a single image", args=(_images(rng, 1, 3, 5),))
    yield Case("images of one pixel", args=(_images(rng, 4, 1, 1),))
    yield Case("bytes, as images come", args=(rng.integers(0, 256, (6, 3, 2, 3)).astype(np.uint8),))


def scale(rng: np.random.Generator, m: int) -> Case:
    return Case("scale", args=(_images(rng, m, 2, 2),))


def _images(rng: np.random.Generator, m: int, h: int, w: int) -> np.ndarray:
    """No number occurs twice, so that none in a wrong place goes unseen."""
    return rng.permutation(m * h * w * 3).reshape(m, h, w, 3).astype(float)
