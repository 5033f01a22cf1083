"""Anchor boxes: the shapes that a detector starts from, and how to choose them (course 4, week 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_array, as_count, as_floats


def shape_iou(wh1: ArrayLike, wh2: ArrayLike) -> Array:
    """The IoU of shapes: of boxes laid on one common centre.

        IoU = I / (w1 h1 + w2 h2 - I)        I = min(w1, w2) min(h1, h2)

    - wh1: (N, 2), wh2: (M, 2); widths and heights, positive
    - returns: (N, M), in (0, 1]

    Raises EngineError when a shape differs or a size is not positive. Source: course 4, week 3.

    >>> shape_iou([[2, 1]], [[1, 2], [2, 2], [4, 2]])  # a wide box, with a tall, a square and a large one
    array([[0.33333333, 0.5       , 0.25      ]])
    """
    wh1, wh2 = _sizes("wh1", wh1), _sizes("wh2", wh2)
    width = np.minimum(wh1[:, :1], wh2[:, 0])
    height = np.minimum(wh1[:, 1:], wh2[:, 1])
    intersection = width * height
    ious: Array = intersection / (wh1[:, :1] * wh1[:, 1:] + wh2[:, 0] * wh2[:, 1] - intersection)
    return ious


def assign_anchor(wh: ArrayLike, anchors: ArrayLike) -> Array:
    """The anchor whose shape is nearest to that of a box: the one with the highest IoU.

        a = argmax_k shape_iou(wh, anchors_k)

    - wh: (2,) or (N, 2), width and height of one box or of many; anchors: (A, 2), in the same unit
    - returns: the position of an anchor, () or (N,); of equal anchors the first

    Raises EngineError when a shape differs or a size is not positive. Source: course 4, week 3.

    >>> assign_anchor([[1, 3], [6, 2], [2, 2]], anchors=[[1, 2], [3, 1]])
    array([0, 1, 0])
    """
    wh = as_array("wh", wh)
    if wh.ndim == 0 or wh.shape[-1] != 2 or wh.ndim > 2:
        raise EngineError("wh", "an array of shape (2,) or (N, 2)", f"an array of shape {wh.shape}")
    best: Array = np.argmax(shape_iou(wh.reshape(-1, 2), _sizes("anchors", anchors)), axis=1)
    return best.reshape(wh.shape[:-1])


def mean_anchor_iou(whs: ArrayLike, anchors: ArrayLike) -> float:
    """How well anchors cover a set of shapes: the mean IoU of each shape with the best anchor for it.

        1/N sum_n max_k shape_iou(whs_n, anchors_k)

    - whs: (N, 2); anchors: (A, 2); widths and heights
    - returns: a float in (0, 1]

    Raises EngineError when a shape differs or a size is not positive. Source: course 4, week 3; the measure is that
    of Redmon and Farhadi, "YOLO9000", 2016.

    >>> mean_anchor_iou([[2, 2], [2, 1]], anchors=[[2, 2]])
    0.75
    """
    return float(np.mean(np.max(shape_iou(whs, anchors), axis=1)))


def kmeans_anchors(
    whs: ArrayLike, k: int, *, num_iterations: int = 100, rng: np.random.Generator | int | None = None
) -> Array:
    """k anchors by k-means on the shapes of boxes, with 1 - IoU in place of a squared distance.

        assign each shape to the anchor with the highest IoU; move each anchor to the mean of its shapes; repeat

    With a Euclidean distance an error of some pixels would count more for large boxes than a wrong shape for small
    ones. The start is drawn as in k-means++: each next anchor among the shapes, those far from all anchors more
    likely. An anchor that loses all its shapes is moved to the shape that is covered worst.

    - whs: (N, 2), widths and heights; k: at most the number of different shapes
    - num_iterations: at most so many rounds; it ends earlier when no shape changes its anchor
    - returns: (k, 2), by rising area

    Raises EngineError when a shape differs, a size is not positive or k is out of range. Source: course 4, week 3;
    Redmon and Farhadi, "YOLO9000", 2016.

    >>> kmeans_anchors([[1, 2], [1, 4], [8, 4], [9, 4]], k=2, rng=0)
    array([[1. , 3. ],
           [8.5, 4. ]])
    """
    whs = _sizes("whs", whs)
    as_count("k", k)
    as_count("num_iterations", num_iterations)
    different = len(np.unique(whs, axis=0))
    if k > different:
        raise EngineError("k", f"at most the number of different shapes, {different}", str(k))
    anchors = _first_anchors(whs, k, np.random.default_rng(rng))
    before = np.full(len(whs), -1)
    for _ in range(num_iterations):
        ious = shape_iou(whs, anchors)
        nearest = np.argmax(ious, axis=1)
        cover = np.max(ious, axis=1)
        counts = np.bincount(nearest, minlength=k)
        for empty in np.flatnonzero(counts == 0):
            # Only from an anchor that has others left, or that one would be empty next.
            worst = np.argmin(np.where(counts[nearest] > 1, cover, np.inf))
            counts[nearest[worst]] -= 1
            nearest[worst] = empty
            counts[empty] = 1
        if np.array_equal(nearest, before):
            break
        before = nearest
        for side in range(2):
            anchors[:, side] = np.bincount(nearest, weights=whs[:, side], minlength=k) / counts
    return anchors[np.argsort(anchors[:, 0] * anchors[:, 1], kind="stable")]


def _first_anchors(whs: Array, k: int, rng: np.random.Generator) -> Array:
    chosen = [int(rng.integers(len(whs)))]
    while len(chosen) < k:
        distance = 1 - np.max(shape_iou(whs, whs[chosen]), axis=1)
        # As in k-means++: by the squared distance, so that an outlier is likely and a near twin is not.
        weight = distance.astype(np.float64) ** 2
        # Shapes that differ by a rounding error have distance 0: never let all weights be 0.
        weight += np.finfo(np.float64).tiny
        chosen.append(int(rng.choice(len(whs), p=weight / weight.sum())))
    return whs[chosen]


def _sizes(argument: str, value: ArrayLike) -> Array:
    sizes = as_floats(argument, value, ("N", 2))
    if not np.all(sizes > 0):
        raise EngineError(argument, "positive widths and heights", f"an array that holds {sizes[~(sizes > 0)][0]}")
    return sizes
