"""Overlaps of boxes, one pair at a time (course 4, week 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.boxes import as_boxes
from engine.errors import Array


def iou_matrix_loops(B1: ArrayLike, B2: ArrayLike) -> Array:
    """The IoU of every box of one set with every box of another, pair by pair.

        inner left side = the greater x1        inner right side = the smaller x2        and so for y
        I = width times height of what lies between, 0 when there is nothing
        IoU = I / (area1 + area2 - I)

    - B1: (N, 4); B2: (M, 4); corners (x1, y1, x2, y2), with an area
    - returns: (N, M)

    Raises EngineError when a shape differs or a corner is on the wrong side. Source: course 4, week 3.

    >>> iou_matrix_loops([[0, 0, 2, 2]], [[0, 0, 2, 1], [2, 0, 3, 2]])
    array([[0.5, 0. ]])
    """
    B1 = as_boxes("B1", B1)
    B2 = as_boxes("B2", B2)
    N, M = len(B1), len(B2)
    ious = np.zeros((N, M), dtype=np.result_type(B1, B2))
    for i in range(N):
        x1, y1, x2, y2 = B1[i]
        area1 = (x2 - x1) * (y2 - y1)
        for j in range(M):
            u1, v1, u2, v2 = B2[j]
            area2 = (u2 - u1) * (v2 - v1)
            width = min(x2, u2) - max(x1, u1)
            height = min(y2, v2) - max(y1, v1)
            if width > 0 and height > 0:
                intersection = width * height
                union = area1 + area2 - intersection
                ious[i, j] = intersection / union
    return ious
