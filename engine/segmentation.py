"""Semantic segmentation: a class for every pixel - its data, its loss and its measures (course 4, week 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_array, as_count, as_floats, as_ids


def segmentation_loss(logits: ArrayLike, mask: ArrayLike) -> tuple[float, Array]:
    """The cross-entropy of softmax, averaged over all pixels.

        L_pixel = -log softmax(logits)_class = log sum_c e^(logits_c) - logits_class
        J = mean of L_pixel        dJ/dlogits = (softmax(logits) - one_hot(mask)) / number of pixels

    - logits: (m, h, w, C), the scores before softmax; mask: (m, h, w), the class of each pixel, 0 ... C - 1
    - returns the cost J; the gradient dJ/dlogits: the shape of logits

    Raises EngineError when a shape differs or a class is out of range. Source: course 4, week 3.

    >>> cost, gradient = segmentation_loss(np.zeros((1, 1, 2, 4)), [[[0, 3]]])
    >>> float(np.exp(cost))  # no knowledge: as uncertain as between 4 classes
    4.0
    >>> gradient[0, 0, 0]
    array([-0.375,  0.125,  0.125,  0.125])
    """
    logits = as_floats("logits", logits, ("m", "h", "w", "C"))
    C = logits.shape[-1]
    mask = as_ids("mask", mask, C, logits.shape[:-1]).ravel()
    scores = logits.reshape(-1, C)
    pixel = np.arange(len(scores))
    scores = scores - scores.max(axis=1, keepdims=True)
    true_score = scores[pixel, mask]
    probabilities = np.exp(scores)
    total = probabilities.sum(axis=1, keepdims=True)
    cost = float(np.mean(np.log(total[:, 0]) - true_score))
    probabilities /= total
    gradient = probabilities
    gradient[pixel, mask] -= 1
    gradient /= len(scores)
    return cost, gradient.reshape(logits.shape)


def mean_iou(pred: ArrayLike, mask: ArrayLike, C: int) -> float:
    """The overlap of predicted and true regions, averaged over the classes.

        IoU_c = |pred = c and mask = c| / |pred = c or mask = c|

    The pixels of a whole set are counted together. A class that is in neither would be 0 / 0 and is left out.
    Averaging over classes, not pixels, keeps a large background from hiding the rest.

    - pred, mask: any one shape, such as (m, h, w), classes 0 ... C - 1; C: number of classes
    - returns: a float in [0, 1]

    Raises EngineError when the shapes differ or a class is out of range. Source: course 4, week 3.

    >>> mean_iou([0, 0, 0, 1], [0, 0, 1, 1], C=3)  # 2/3 and 1/2; class 2 does not occur
    0.5833333333333333
    """
    both, predicted, true = _count_pixels(pred, mask, C)
    either = predicted + true - both
    there = either > 0
    return float(np.mean(both[there] / either[there]))


def dice(pred: ArrayLike, mask: ArrayLike, C: int | None = None) -> float:
    """The Dice coefficient: the common pixels, relative to the mean size of the two regions.

        Dice = 2 |pred and mask| / (|pred| + |mask|) = 2 IoU / (1 + IoU)

    - pred, mask: any one shape, such as (m, h, w); without C of 0 and 1, where 1 is the region
    - C: number of classes, whose coefficients are averaged; a class that is in neither is left out
    - returns: a float in [0, 1]; 1 when both regions are empty

    Raises EngineError when the shapes differ or a class is out of range. Source: course 4, week 3.

    >>> dice([1, 1, 1, 0], [0, 1, 1, 0])  # 2 * 2 / (3 + 2)
    0.8
    """
    if C is None:
        both, predicted, true = (int(counts[1]) for counts in _count_pixels(pred, mask, 2))
        return 2 * both / (predicted + true) if predicted + true > 0 else 1.0
    pixels_both, pixels_predicted, pixels_true = _count_pixels(pred, mask, C)
    size = pixels_predicted + pixels_true
    there = size > 0
    return float(np.mean(2 * pixels_both[there] / size[there]))


def create_mask(pred_mask: ArrayLike) -> Array:
    """The most likely class of every pixel.

        mask = argmax over the last axis

    - pred_mask: (..., C), logits or probabilities
    - returns: (..., 1), integers, of equal scores the first; the course keeps the first example of a batch only

    Raises EngineError when there is no class. Source: course 4, week 3.

    >>> create_mask([[[[0.2, 0.8], [0.6, 0.4]]]]).tolist()
    [[[[1], [0]]]]
    """
    pred_mask = as_array("pred_mask", pred_mask)
    if pred_mask.ndim == 0 or pred_mask.shape[-1] == 0:
        raise EngineError("pred_mask", "an array of shape (..., C)", f"an array of shape {pred_mask.shape}")
    mask: Array = np.argmax(pred_mask, axis=-1)[..., np.newaxis]
    return mask


def resize_nearest(image: ArrayLike, size: tuple[int, int]) -> Array:
    """Resize by taking, for each new pixel, the old one under its middle: no new values arise.

        out[i, j] = image[floor((i + 1/2) H / h), floor((j + 1/2) W / w)]

    Averaging would invent classes in a mask: between 1 (road) and 3 (sky) there is no 2 (pedestrian).

    - image: (..., H, W, C); size: (h, w), in pixels
    - returns: (..., h, w, C), same dtype

    Raises EngineError when the rank is below 3 or a size is below 1. Source: course 4, week 3.

    >>> resize_nearest([[[1], [3]]], (2, 4))[..., 0]
    array([[1, 1, 3, 3],
           [1, 1, 3, 3]])
    """
    image = as_array("image", image)
    if image.ndim < 3 or image.size == 0:
        raise EngineError("image", "an array of shape (..., H, W, C)", f"an array of shape {image.shape}")
    h, w = (as_count("size", side) for side in size)
    H, W = image.shape[-3:-1]
    # In whole numbers, which do not round: floor((2 i + 1) H / (2 h)).
    rows = (2 * np.arange(h) + 1) * H // (2 * h)
    columns = (2 * np.arange(w) + 1) * W // (2 * w)
    return image[..., rows[:, np.newaxis], columns, :]


def preprocess(image: ArrayLike, mask: ArrayLike, size: tuple[int, int] = (96, 128)) -> tuple[Array, Array]:
    """An image and its mask of classes at the size of the network's input, both resized by `resize_nearest`.

    - image: (H, W, C); mask: (H, W, 1), classes; size: (h, w)
    - returns image: (h, w, C); mask: (h, w, 1); dtypes as they came

    Raises EngineError when a shape differs. Source: course 4, week 3.

    >>> image, mask = preprocess(np.zeros((4, 4, 3)), np.arange(16).reshape(4, 4, 1), size=(2, 2))
    >>> image.shape, mask[..., 0].tolist()
    ((2, 2, 3), [[5, 7], [13, 15]])
    """
    image = as_array("image", image, ("H", "W", "C"))
    mask = as_array("mask", mask, (*image.shape[:2], 1))
    return resize_nearest(image, size), resize_nearest(mask, size)


def _count_pixels(pred: ArrayLike, mask: ArrayLike, C: int) -> tuple[Array, Array, Array]:
    """For each class the pixels that are it in both, in pred and in mask: (C,) each."""
    as_count("C", C)
    mask = as_ids("mask", mask, C)
    pred = as_ids("pred", pred, C, mask.shape)
    if mask.size == 0:
        raise EngineError("mask", "an array of at least one pixel", f"an array of shape {mask.shape}")
    pred, mask = pred.ravel(), mask.ravel()
    both = np.bincount(mask[pred == mask], minlength=C)
    return both, np.bincount(pred, minlength=C), np.bincount(mask, minlength=C)
