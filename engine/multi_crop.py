"""Several looks at one image, and several networks' opinions of it, averaged (course 4, week 2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_array, as_count, as_floats


def ten_crop(img: ArrayLike, size: int) -> Array:
    """The middle and the four corners of an image, and their mirror images.

    - img: (h, w, c); size: height and width of a crop, at most those of the image
    - returns: (10, size, size, c): middle, top left, top right, bottom left, bottom right, then the five mirrored

    Raises EngineError when the image is not of rank 3 or the crop does not fit. Source: course 4, week 2.

    >>> ten_crop(np.arange(9).reshape(3, 3, 1), 1).ravel()
    array([4, 0, 2, 6, 8, 4, 0, 2, 6, 8])
    """
    img = as_array("img", img, ("h", "w", "c"))
    h, w, _ = img.shape
    if as_count("size", size) > min(h, w):
        raise EngineError("size", f"at most {min(h, w)}, for the image is {h} x {w}", str(size))
    below, right = h - size, w - size
    corners = [(below // 2, right // 2), (0, 0), (0, right), (below, 0), (below, right)]
    crops = np.stack([img[top : top + size, left : left + size] for top, left in corners])
    return np.concatenate([crops, crops[:, :, ::-1]])


def ensemble_average(probs: ArrayLike) -> Array:
    """The mean of several predictions of the same thing: of several networks, or of one for several crops.

        p = 1/k sum_i p_i        the PROBABILITIES are averaged, not the logits

    The mean of probabilities is a probability distribution again. The mean of logits would let a single network that is
    very sure outvote the others.

    - probs: (k, ..., C), one distribution over C classes for each of k predictions
    - returns: (..., C)

    Raises EngineError when there is no prediction or its entries do not add up to 1. Source: course 4, week 2.

    >>> ensemble_average([[0.9, 0.1], [0.5, 0.5]])
    array([0.7, 0.3])
    """
    probs = as_floats("probs", probs)
    if probs.ndim < 2 or probs.size == 0:
        raise EngineError("probs", "an array of shape (k, ..., C)", f"of shape {probs.shape}")
    if np.any(probs < 0) or np.any(np.abs(probs.sum(axis=-1) - 1) > 1e-3):
        raise EngineError("probs", "distributions over the last axis, which add up to 1", "an array of other numbers")
    mean: Array = probs.mean(axis=0)
    return mean


def predict_ten_crops(models: Sequence[Callable[[Array], Array]], img: ArrayLike, size: int) -> Array:
    """The opinion of k networks, each of ten crops of an image.

        p = 1 / (10 k) sum over networks and crops

    - models: functions from images (10, size, size, c) to probabilities (10, C); img: (h, w, c); size: of a crop
    - returns: (C,)

    Raises EngineError when there is no model or the crop does not fit. Source: course 4, week 2.

    >>> bright = lambda crops: np.stack([crops.mean(axis=(1, 2, 3)), 1 - crops.mean(axis=(1, 2, 3))], axis=1)
    >>> predict_ten_crops([bright], np.eye(3)[:, :, np.newaxis], size=1)  # middle and two of the corners are bright
    array([0.6, 0.4])
    """
    if not models:
        raise EngineError("models", "one model or more", "an empty list")
    crops = ten_crop(img, size)
    return ensemble_average(np.concatenate([as_floats("the output of a model", model(crops)) for model in models]))
