"""Non-max suppression, box by box (course 4, week 3)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from engine.boxes import as_boxes, iou
from engine.errors import Array, as_array, as_floats


def nms_loops(
    scores: ArrayLike,
    boxes: ArrayLike,
    classes: ArrayLike | None = None,
    iou_threshold: float = 0.5,
    max_boxes: int | None = None,
) -> Array:
    """Take the box with the highest score, drop the boxes that overlap it too much, and repeat with the rest.

    - scores: (N,); boxes: (N, 4), corners (x1, y1, x2, y2)
    - classes: (N,), integers: drop boxes of the same class only; None: of any class
    - iou_threshold: an overlap of exactly this much drops a box; max_boxes: stop after so many; None: never
    - returns keep: (K,), positions by falling score

    Raises EngineError when a shape differs. Source: course 4, week 3.

    >>> nms_loops([0.7, 0.9, 0.8], [[0, 0, 2, 1], [0, 0, 2, 2], [5, 5, 6, 6]])
    array([1, 2])
    """
    boxes = as_boxes("boxes", boxes)
    scores = as_floats("scores", scores, (len(boxes),))
    if classes is not None:
        classes = as_array("classes", classes, (len(boxes),))
    remaining = list(range(len(boxes)))
    keep: list[int] = []
    while remaining and (max_boxes is None or len(keep) < max_boxes):
        best = remaining[0]
        for i in remaining:
            if scores[i] > scores[best]:
                best = i
        keep.append(best)
        left = []
        for i in remaining:
            if i == best:
                continue
            same_class = classes is None or classes[i] == classes[best]
            if same_class and iou(boxes[best], boxes[i]) >= iou_threshold:
                continue
            left.append(i)
        remaining = left
    return np.array(keep, dtype=np.intp)


def soft_nms_loops(
    scores: ArrayLike, boxes: ArrayLike, sigma: float = 0.5, score_threshold: float = 0.001
) -> tuple[Array, Array]:
    """Take the box with the highest score, lower the scores of the others by their overlap with it, and repeat.

        s_i := s_i e^(-IoU(best, i)^2 / sigma)

    - scores: (N,), from 0 up; boxes: (N, 4), corners (x1, y1, x2, y2); sigma: positive
    - score_threshold: stop when no score reaches it
    - returns scores: (K,), lowered and falling; keep: (K,), their positions

    Raises EngineError when a shape differs. Source: beyond the course; Bodla et al., "Soft-NMS", 2017.

    >>> soft_nms_loops([0.5, 0.9], [[5, 5, 6, 6], [0, 0, 2, 2]])
    (array([0.9, 0.5]), array([1, 0]))
    """
    boxes = as_boxes("boxes", boxes)
    scores = as_floats("scores", scores, (len(boxes),))
    s = scores.copy()
    remaining = list(range(len(boxes)))
    keep: list[int] = []
    while remaining:
        best = remaining[0]
        for i in remaining:
            if s[i] > s[best]:
                best = i
        if s[best] < score_threshold:
            break
        keep.append(best)
        remaining.remove(best)
        for i in remaining:
            overlap = iou(boxes[best], boxes[i])
            s[i] = s[i] * math.exp(-(overlap**2) / sigma)
    return s[keep], np.array(keep, dtype=np.intp)
