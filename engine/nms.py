"""Non-max suppression: of many detections of one object, keep the surest (course 4, week 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.boxes import as_boxes, iou_matrix
from engine.errors import Array, EngineError, as_array, as_choice, as_count, as_floats, as_number

# Candidates that are decided together. Fewer means more calls of NumPy, more means overlaps computed in vain.
_BLOCK = 128


def nms(
    scores: ArrayLike,
    boxes: ArrayLike,
    classes: ArrayLike | None = None,
    iou_threshold: float = 0.5,
    max_boxes: int | None = None,
) -> Array:
    """The detections that stay: none of them overlaps a surer one of its class that stays.

        go through the boxes by falling score; keep one when IoU < threshold with every box kept so far

    The boxes are sorted once. Then a block of the surest is decided, and all that it removes from the rest is
    found with one matrix of overlaps.

    - scores: (N,); boxes: (N, 4), corners (x1, y1, x2, y2); N may be 0
    - classes: (N,), integers: suppress within a class only, as the lecture does; None: across all boxes
    - iou_threshold: in [0, 1]; an overlap of exactly this much suppresses
    - max_boxes: keep at most so many, the surest; None: all
    - returns keep: (K,), positions by falling score; of equal scores the earlier position comes first

    Raises EngineError when a shape differs or an option is out of range. Source: course 4, week 3.

    >>> scores, boxes = [0.7, 0.9, 0.8], [[0, 0, 2, 1], [0, 0, 2, 2], [5, 5, 6, 6]]
    >>> nms(scores, boxes)
    array([1, 2])
    >>> nms(scores, boxes, classes=[0, 1, 1])
    array([1, 2, 0])
    """
    scores, boxes = _scores_and_boxes(scores, boxes)
    iou_threshold = as_number("iou_threshold", iou_threshold, "[0, 1]")
    most = len(scores) if max_boxes is None else as_count("max_boxes", max_boxes)
    # Stable, so that the earlier of two equal scores wins.
    order = np.argsort(-scores, kind="stable")
    if classes is not None:
        classes = _classes(classes, len(scores))[order]
    return order[_survivors(boxes[order], classes, iou_threshold, most)]


def yolo_non_max_suppression(
    scores: ArrayLike,
    boxes: ArrayLike,
    classes: ArrayLike,
    max_boxes: int = 10,
    iou_threshold: float = 0.5,
    *,
    per_class: bool = True,
) -> tuple[Array, Array, Array]:
    """The surest of the detections, without those that overlap a surer one.

    The lecture suppresses within each class. The assignments of 2017 and early 2021 suppressed across classes, so
    that a pedestrian in front of a car could hide it; that is `per_class=False`. TensorFlow suppresses above the
    threshold, the lecture and this function from the threshold up.

    - scores: (N,); boxes: (N, 4), all with corners in one order; classes: (N,), integers; N may be 0
    - max_boxes: keep at most so many in all; iou_threshold: as in `nms`
    - returns scores: (K,), falling; boxes: (K, 4); classes: (K,)

    Raises EngineError when a shape differs or an option is out of range. Source: course 4, week 3.

    >>> scores, boxes, classes = [0.7, 0.9], [[0, 0, 2, 2], [0, 0, 2, 2]], [0, 1]
    >>> yolo_non_max_suppression(scores, boxes, classes)[2]
    array([1, 0])
    >>> yolo_non_max_suppression(scores, boxes, classes, per_class=False)[2]
    array([1])
    """
    scores, boxes = _scores_and_boxes(scores, boxes)
    classes = _classes(classes, len(scores))
    keep = nms(scores, boxes, classes if per_class else None, iou_threshold, max_boxes)
    return scores[keep], boxes[keep], classes[keep]


def soft_nms(
    scores: ArrayLike,
    boxes: ArrayLike,
    classes: ArrayLike | None = None,
    iou_threshold: float = 0.5,
    *,
    method: str = "gaussian",
    sigma: float = 0.5,
    score_threshold: float = 0.001,
) -> tuple[Array, Array]:
    """Lower the scores of overlapping detections where `nms` would remove them.

        take the box M with the highest score; for each remaining box of its class
            gaussian:  s := s e^(-IoU(M, b)^2 / sigma)
            linear:    s := s (1 - IoU(M, b))   where IoU(M, b) >= threshold

    Two objects that stand close together are then both found, the second with less certainty.

    - scores: (N,), from 0 up; boxes: (N, 4), corners (x1, y1, x2, y2); N may be 0
    - classes: (N,), integers: lower within a class only; None: across all boxes
    - iou_threshold: in [0, 1], for "linear"; sigma: positive, for "gaussian"
    - score_threshold: boxes whose score falls below it are dropped
    - returns scores: (K,), lowered and falling; keep: (K,), their positions

    Raises EngineError when a shape differs or an option is out of range. Source: beyond the course; Bodla et al.,
    "Soft-NMS", 2017.

    >>> scores, keep = soft_nms([0.9, 0.8], [[0, 0, 2, 2], [0, 0, 2, 1]], method="linear")
    >>> scores, keep
    (array([0.9, 0.4]), array([0, 1]))
    """
    as_choice("method", method, ("gaussian", "linear"))
    iou_threshold = as_number("iou_threshold", iou_threshold, "[0, 1]")
    sigma = as_number("sigma", sigma, "(0, inf)")
    scores, boxes = _scores_and_boxes(scores, boxes)
    if classes is not None:
        classes = _classes(classes, len(scores))
    left = np.flatnonzero(scores >= score_threshold)
    s = scores.copy()
    keep = []
    while left.size:
        best = int(left[np.argmax(s[left])])
        keep.append(best)
        left = left[left != best]
        overlap = iou_matrix(boxes[best : best + 1], boxes[left])[0]
        if classes is not None:
            overlap[classes[left] != classes[best]] = 0
        if method == "gaussian":
            s[left] *= np.exp(-(overlap**2) / sigma)
        else:
            s[left] *= np.where(overlap >= iou_threshold, 1 - overlap, 1)
        left = left[s[left] >= score_threshold]
    kept = np.array(keep, np.intp)
    return s[kept], kept


def _survivors(boxes: Array, classes: Array | None, iou_threshold: float, most: int) -> Array:
    """The positions that stay, at most `most`, of boxes that come by falling score."""

    def compatible(some: Array, others: Array) -> Array:
        apart: Array = iou_matrix(boxes[some], boxes[others]) < iou_threshold
        if classes is not None:
            apart |= classes[some, np.newaxis] != classes[others]
        return apart

    waiting = np.arange(len(boxes))
    kept: list[int] = []
    while waiting.size and len(kept) < most:
        block, waiting = waiting[:_BLOCK], waiting[_BLOCK:]
        together = compatible(block, block)
        stays = np.ones(len(block), bool)
        for i in range(len(block)):
            if stays[i]:
                stays[i + 1 :] &= together[i, i + 1 :]
        winners = block[stays]
        kept.extend(winners.tolist())
        waiting = waiting[compatible(winners, waiting).all(axis=0)]
    return np.array(kept[:most], np.intp)


def _scores_and_boxes(scores: ArrayLike, boxes: ArrayLike) -> tuple[Array, Array]:
    boxes = as_boxes("boxes", boxes)
    scores = as_floats("scores", scores, (len(boxes),))
    if np.isnan(scores).any():
        raise EngineError("scores", "numbers that can be ordered", "an array that holds NaN")
    return scores, boxes


def _classes(classes: ArrayLike, N: int) -> Array:
    classes = as_array("classes", classes, (N,))
    # An empty list is an array of floats to NumPy.
    if classes.dtype.kind not in "iu" and N > 0:
        raise EngineError("classes", "integers", f"of dtype {classes.dtype}")
    return classes
