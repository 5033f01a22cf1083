"""Bounding boxes: their corners, their centres, and how much two of them overlap (course 4, week 3).

A box is (x1, y1, x2, y2): its left upper and right lower corner, x to the right and y down. Its width is x2 - x1,
without a pixel added. TensorFlow orders corners (y1, x1, y2, x2): where the course hands boxes to TensorFlow, the
functions here take `order="yxyx"`. An overlap does not depend on the order, as long as it is the same for all boxes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_choice, as_floats

#: The two orders of a box's corners: that of the engine, and that of TensorFlow.
ORDERS = ("xyxy", "yxyx")

# Numbers that an operation of `iou_matrix` works on at a time: few enough for all of them to stay in the cache.
_BLOCK = 2**15


def as_boxes(argument: str, value: ArrayLike) -> Array:
    """`value` as an array of boxes; there may be none of them, as when a detector finds nothing.

    - argument: the name that the error uses
    - value: (N, 4), corners (x1, y1, x2, y2) with x1 <= x2 and y1 <= y2; N from 0 up
    - returns: (N, 4); integers become float64

    Raises EngineError when the shape differs or a corner is on the wrong side. Source: course 4, week 3.

    >>> as_boxes("boxes", []).shape
    (0, 4)
    >>> as_boxes("boxes", [[3, 0, 1, 2]])
    Traceback (most recent call last):
    engine.errors.EngineError: boxes should be corners (x1, y1, x2, y2) with x1 <= x2 and y1 <= y2, but it is \
[3. 0. 1. 2.] in row 0.
    """
    boxes = as_floats(argument, value)
    if boxes.shape == (0,):
        boxes = boxes.reshape(0, 4)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise EngineError(argument, "an array of shape (N, 4)", f"an array of shape {boxes.shape}")
    # Written so that a NaN, which no comparison holds for, is refused too.
    right = np.all(boxes[:, :2] <= boxes[:, 2:], axis=1)
    if not np.all(right):
        row = int(np.argmin(right))
        raise EngineError(argument, "corners (x1, y1, x2, y2) with x1 <= x2 and y1 <= y2", f"{boxes[row]} in row {row}")
    return boxes


def iou(box1: ArrayLike, box2: ArrayLike) -> float:
    """Intersection over union: the share of two boxes' common ground in all the ground they cover.

        IoU = |A and B| / |A or B|        |A or B| = |A| + |B| - |A and B|

    Boxes that only touch have nothing in common: 0. So have two boxes without any area.

    - box1, box2: (4,), corners (x1, y1, x2, y2)
    - returns: a float in [0, 1]; a localization counts as right from 0.5 up

    Raises EngineError when a shape differs or a corner is on the wrong side. Source: course 4, week 3.

    >>> iou([0, 0, 2, 2], [1, 0, 3, 2])  # 2 in common, 4 + 4 - 2 covered
    0.3333333333333333
    >>> iou([0, 0, 2, 2], [2, 0, 3, 2])
    0.0
    """
    left1, top1, right1, bottom1 = _corners("box1", box1)
    left2, top2, right2, bottom2 = _corners("box2", box2)
    # Of boxes apart, the inner right side lies left of the inner left side: the width is 0, not negative.
    width = max(min(right1, right2) - max(left1, left2), 0)
    height = max(min(bottom1, bottom2) - max(top1, top2), 0)
    intersection = width * height
    area1 = (right1 - left1) * (bottom1 - top1)
    area2 = (right2 - left2) * (bottom2 - top2)
    union = area1 + area2 - intersection
    return float(intersection / union) if union > 0 else 0.0


def iou_matrix(B1: ArrayLike, B2: ArrayLike) -> Array:
    """The IoU of every box of one set with every box of another.

        out[i, j] = iou(B1[i], B2[j])

    - B1: (N, 4); B2: (M, 4); corners (x1, y1, x2, y2); N and M may be 0
    - returns: (N, M), in [0, 1]

    Raises EngineError when a shape differs or a corner is on the wrong side. Source: course 4, week 3.

    >>> iou_matrix([[0, 0, 2, 2], [5, 5, 6, 6]], [[0, 0, 2, 1], [0, 0, 2, 2], [1, 0, 3, 2]]).round(2)
    array([[0.5 , 1.  , 0.33],
           [0.  , 0.  , 0.  ]])
    """
    B1 = as_boxes("B1", B1)
    B2 = as_boxes("B2", B2)
    area1, area2 = _areas(B1), _areas(B2)
    # One row for each coordinate, without gaps between its numbers, is read much faster than a column.
    left2, top2, right2, bottom2 = np.ascontiguousarray(B2.T)
    N, M = len(B1), len(B2)
    ious = np.empty((N, M), np.result_type(B1, B2))
    rows = max(1, _BLOCK // max(M, 1))
    for start in range(0, N, rows):
        block = slice(start, start + rows)
        left1, top1, right1, bottom1 = B1[block].T[:, :, np.newaxis]
        intersection = _overlap(left1, right1, left2, right2)
        intersection *= _overlap(top1, bottom1, top2, bottom2)
        union = area1[block, np.newaxis] + area2
        union -= intersection
        # Two boxes without area would be 0 / 0; their intersection is 0 whatever it is divided by.
        if not (area1[block].all() or area2.all()):
            union[union == 0] = 1
        np.divide(intersection, union, out=ious[block])
    return ious


def yolo_boxes_to_corners(box_xy: ArrayLike, box_wh: ArrayLike, order: str = "xyxy") -> Array:
    """The corners of boxes that are given by their centre and size.

        (x1, y1) = (x, y) - (w, h) / 2        (x2, y2) = (x, y) + (w, h) / 2

    - box_xy, box_wh: (..., 2), centre (x, y) and size (w, h)
    - order: "xyxy", or "yxyx" for the course's (y1, x1, y2, x2)
    - returns: (..., 4), in the unit of the arguments

    Raises EngineError when the shapes differ, a size is negative or the order is unknown. Source: course 4, week 3.

    >>> yolo_boxes_to_corners([[4, 3]], [[2, 6]])
    array([[3., 0., 5., 6.]])
    >>> yolo_boxes_to_corners([[4, 3]], [[2, 6]], order="yxyx")
    array([[0., 3., 6., 5.]])
    """
    as_choice("order", order, ORDERS)
    box_xy = as_floats("box_xy", box_xy)
    if box_xy.ndim == 0 or box_xy.shape[-1] != 2:
        raise EngineError("box_xy", "an array of shape (..., 2)", f"an array of shape {box_xy.shape}")
    box_wh = as_floats("box_wh", box_wh, box_xy.shape)
    if not np.all(box_wh >= 0):
        raise EngineError("box_wh", "sizes from 0 up", f"an array that holds {box_wh[~(box_wh >= 0)][0]}")
    half = box_wh / 2
    first, last = box_xy - half, box_xy + half
    if order == "yxyx":
        first, last = first[..., ::-1], last[..., ::-1]
    return np.concatenate([first, last], axis=-1)


def corners_to_centres(boxes: ArrayLike, order: str = "xyxy") -> tuple[Array, Array]:
    """The centres and sizes of boxes that are given by their corners: `yolo_boxes_to_corners` undone.

        (x, y) = ((x1, y1) + (x2, y2)) / 2        (w, h) = (x2, y2) - (x1, y1)

    - boxes: (N, 4)
    - order: "xyxy", or "yxyx" for corners (y1, x1, y2, x2)
    - returns box_xy: (N, 2), centres (x, y); box_wh: (N, 2), sizes (w, h)

    Raises EngineError when the shape differs, a corner is on the wrong side or the order is unknown.
    Source: course 4, week 3.

    >>> corners_to_centres([[3, 0, 5, 6]])
    (array([[4., 3.]]), array([[2., 6.]]))
    """
    as_choice("order", order, ORDERS)
    boxes = as_boxes("boxes", boxes)
    first, last = boxes[:, :2], boxes[:, 2:]
    if order == "yxyx":
        first, last = first[:, ::-1], last[:, ::-1]
    return (first + last) / 2, last - first


def scale_boxes(boxes: ArrayLike, image_shape: tuple[float, float], order: str = "xyxy") -> Array:
    """Turn corners in fractions of an image into pixels.

        (x1, y1, x2, y2) * (width, height, width, height)

    An image's shape names the height first, a corner its x: the two orders are the usual mistake here.

    - boxes: (N, 4), in fractions of the image
    - image_shape: (height, width) in pixels
    - order: "xyxy", or "yxyx" for the course's corners (y1, x1, y2, x2)
    - returns: (N, 4), in pixels and in the same order

    Raises EngineError when a shape differs, a size is not positive or the order is unknown.
    Source: course 4, week 3.

    >>> scale_boxes([[0.1, 0.5, 0.2, 1.0]], (720, 1280))
    array([[128., 360., 256., 720.]])
    """
    as_choice("order", order, ORDERS)
    boxes = as_boxes("boxes", boxes)
    height, width = as_floats("image_shape", image_shape, (2,)).tolist()
    if not (height > 0 and width > 0):
        raise EngineError("image_shape", "a positive height and width", str(tuple(image_shape)))
    unit = [width, height, width, height] if order == "xyxy" else [height, width, height, width]
    scaled: Array = boxes * np.array(unit, boxes.dtype)
    return scaled


def _corners(argument: str, box: ArrayLike) -> Array:
    corners: Array = as_boxes(argument, as_floats(argument, box, (4,))[np.newaxis])[0]
    return corners


def _areas(boxes: Array) -> Array:
    areas: Array = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return areas


def _overlap(first1: Array, last1: Array, first2: Array, last2: Array) -> Array:
    """The length that intervals have in common: a column of n with a row of M gives (n, M)."""
    first = np.maximum(first1, first2)
    length = np.minimum(last1, last2)
    # Apart means last < first. Lifting last to first gives 0 there, faster than a comparison with the number 0.
    np.maximum(length, first, out=length)
    length -= first
    return length
