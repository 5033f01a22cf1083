"""More images out of those there are: flips, crops and turns that keep the label (course 2, week 1)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_array, as_choice, as_count


def augment(image: ArrayLike, ops: Sequence[str], rng: np.random.Generator | int | None = None, pad: int = 4) -> Array:
    """Random changes of one image, in the order in which they are named.

        "flip":    left and right change places, with probability 1/2
        "crop":    zeros around the image, then a cut of the old size at a random place
        "rotate":  0, 1, 2 or 3 quarter turns against the clock, equally likely

    - image: (h, w, c); ops: names, such as ("flip", "crop"); pad: the width of the zeros for "crop"
    - rng: a Generator or a seed
    - returns: a new array, (h, w, c), or (w, h, c) after an odd number of quarter turns; same dtype

    Raises EngineError when the image is not of rank 3, a name is another, or pad is negative.
    Source: course 2, week 1.

    >>> image = np.arange(4).reshape(2, 2, 1)
    >>> [augment(image, ["flip"], rng=seed)[0, :, 0].tolist() for seed in range(3)]
    [[0, 1], [0, 1], [1, 0]]
    """
    image = as_array("image", image, ("h", "w", "c"))
    as_count("pad", pad, least=0)
    rng = np.random.default_rng(rng)
    for op in ops:
        as_choice("ops", op, ("flip", "crop", "rotate"))
        if op == "flip":
            image = flip_horizontal(image) if rng.random() < 0.5 else image
        elif op == "crop":
            image = random_crop(image, pad, rng)
        else:
            image = np.rot90(image, int(rng.integers(4)))
    # What NumPy flips and turns is a view; writing to it must not change the caller's image.
    return np.array(image)


def flip_horizontal(image: ArrayLike) -> Array:
    """The mirror image: the columns in reverse.

    - image: (h, w, c)
    - returns: (h, w, c), a new array

    Raises EngineError when the image is not of rank 3. Source: course 2, week 1.

    >>> flip_horizontal([[[1], [2], [3]]])[0, :, 0]
    array([3, 2, 1])
    """
    return np.array(as_array("image", image, ("h", "w", "c"))[:, ::-1])


def random_crop(image: ArrayLike, pad: int, rng: np.random.Generator | int | None = None) -> Array:
    """The image, shifted by up to `pad` pixels each way; what comes in from outside is 0.

    - image: (h, w, c); pad: 0 or above; rng: a Generator or a seed
    - returns: (h, w, c), a new array

    Raises EngineError when the image is not of rank 3 or pad is negative. Source: course 2, week 1.

    >>> random_crop([[[1], [2], [3]], [[4], [5], [6]]], 1, rng=9)[:, :, 0]
    array([[2, 3, 0],
           [5, 6, 0]])
    """
    image = as_array("image", image, ("h", "w", "c"))
    as_count("pad", pad, least=0)
    height, width = image.shape[:2]
    top, left = np.random.default_rng(rng).integers(0, 2 * pad + 1, size=2)
    wide = np.pad(image, ((pad, pad), (pad, pad), (0, 0)))
    return np.array(wide[top : top + height, left : left + width])
