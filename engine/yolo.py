"""The YOLO detector: boxes on a grid as targets, and from the network's outputs to detections (course 4, week 3).

The image is cut into G x G cells. An object belongs to the cell of its midpoint and there to the anchor of the nearest
shape. What is told of it is [p_c, b_x, b_y, b_h, b_w, c_1, ..., c_C]: the midpoint within the cell, from 0 to 1, and
height and width with the side of a cell as unit, so that they may exceed 1. Anchors are (w, h) in that unit too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.anchors import assign_anchor
from engine.basics import sigmoid, softmax
from engine.boxes import as_boxes, corners_to_centres, scale_boxes, yolo_boxes_to_corners
from engine.errors import Array, EngineError, as_array, as_choice, as_count, as_floats, as_ids
from engine.nms import yolo_non_max_suppression
from engine.yolo_loss import yolo_activation_forward


def encode_yolo(
    boxes: ArrayLike, classes: ArrayLike, G: int, anchors: ArrayLike, C: int, *, collision: str = "error"
) -> Array:
    """The target of an image: each box in the cell of its midpoint, at the anchor of its shape.

        column = floor(x G)    row = floor(y G)          (x, y) the midpoint of the box
        T[row, column, a] = [1, x G - column, y G - row, h G, w G, one_hot(class)]

    A midpoint on the right or lower border belongs to the last cell.

    - boxes: (N, 4), corners (x1, y1, x2, y2) in fractions of the image, N may be 0; classes: (N,), 0 ... C - 1
    - G: cells a side; anchors: (A, 2), width and height in cells; C: number of classes
    - collision: the target has room for one object at a cell and anchor; with a second one "error" raises and
      "first" keeps the one that comes first
    - returns T: (G, G, A, 5 + C), rows first; zeros where there is no object

    Raises EngineError when a shape differs, a box leaves the image or has no area, or two objects collide.
    Source: course 4, week 3.

    >>> T = encode_yolo([[0.5, 0.0, 1.0, 0.5]], [1], G=2, anchors=[[1, 1], [2, 1]], C=2)
    >>> T[0, 1, 0]  # the middle of the cell at the right above, as large as a cell
    array([1. , 0.5, 0.5, 1. , 1. , 0. , 1. ])
    >>> T.sum() == T[0, 1, 0].sum()
    np.True_
    """
    as_count("G", G)
    as_count("C", C)
    as_choice("collision", collision, ("error", "first"))
    anchors = as_floats("anchors", anchors, ("A", 2))
    boxes = as_boxes("boxes", boxes)
    if np.any((boxes < 0) | (boxes > 1)) or np.any(boxes[:, :2] >= boxes[:, 2:]):
        raise EngineError("boxes", "within the image, from 0 to 1, and with an area", "an array with other boxes")
    T = np.zeros((G, G, len(anchors), 5 + C), boxes.dtype)
    N = len(boxes)
    if N == 0:
        return T
    classes = as_ids("classes", classes, C, (N,))
    midpoint, size = corners_to_centres(boxes)
    midpoint, size = midpoint * G, size * G
    cell = np.minimum(midpoint.astype(np.intp), G - 1)
    a = assign_anchor(size, anchors)
    column, row = cell.T
    _, first = np.unique(np.ravel_multi_index((row, column, a), T.shape[:3]), return_index=True)
    if len(first) < N and collision == "error":
        raise EngineError("boxes", "at most one object at a cell and anchor", f"{N} objects at {len(first)} places")
    values = np.zeros((N, 5 + C), boxes.dtype)
    values[:, 0] = 1
    values[:, 1:3] = midpoint - cell
    # The size is (w, h), the target [..., b_h, b_w, ...].
    values[:, 3:5] = size[:, ::-1]
    values[np.arange(N), 5 + classes] = 1
    T[row[first], column[first], a[first]] = values[first]
    return T


def decode_yolo(
    T: ArrayLike, anchors: ArrayLike, img_size: tuple[float, float], *, threshold: float = 0.5, raw: bool = False
) -> tuple[Array, Array, Array]:
    """The boxes that a target or a prediction speaks of: `encode_yolo` undone.

        x = (column + b_x) / G    y = (row + b_y) / G    w = b_w / G    h = b_h / G       in fractions of the image
        score = p_c max_c c_c, and the class is the c of that maximum

    - T: (G, G, A, 5 + C); anchors: (A, 2), width and height in cells
    - img_size: (height, width) of the image in pixels; (1, 1) keeps fractions
    - threshold: boxes with a score from here up are given
    - raw: T is what the network's last linear step gives, so that `yolo_loss.yolo_activation_forward` comes first
    - returns scores: (K,); boxes: (K, 4), corners (x1, y1, x2, y2) in pixels; classes: (K,); cell after cell

    Raises EngineError when a shape differs. Source: course 4, week 3.

    >>> T = encode_yolo([[0.5, 0.0, 1.0, 0.5]], [1], G=2, anchors=[[1, 1]], C=2)
    >>> decode_yolo(T, [[1, 1]], img_size=(100, 200))
    (array([1.]), array([[100.,   0., 200.,  50.]]), array([1]))
    """
    A = len(as_floats("anchors", anchors, ("A", 2)))
    T = as_floats("T", T)
    if T.ndim != 4 or T.shape[0] != T.shape[1] or T.shape[2] != A or T.shape[3] < 6:
        raise EngineError("T", f"an array of shape (G, G, {A}, 5 + C)", f"an array of shape {T.shape}")
    if raw:
        T, _ = yolo_activation_forward(T, anchors)
    G = T.shape[0]
    scores = T[..., 0] * T[..., 5:].max(axis=-1)
    row, column, a = np.nonzero(scores >= threshold)
    found = T[row, column, a]
    box_xy = (np.stack([column, row], axis=-1).astype(T.dtype) + found[:, 1:3]) / G
    box_wh = found[:, 4:2:-1] / G
    boxes = scale_boxes(yolo_boxes_to_corners(box_xy, box_wh), img_size)
    return scores[row, column, a], boxes, np.argmax(found[:, 5:], axis=-1)


def yolo_head(feats: ArrayLike, anchors: ArrayLike, num_classes: int) -> tuple[Array, Array, Array, Array]:
    """The boxes, confidences and classes in the outputs of a YOLO network of the assignment.

        b_xy = (sigma(t_xy) + (column, row)) / (G_W, G_H)        b_wh = anchor_wh e^(t_wh) / (G_W, G_H)
        confidence = sigma(t_o)                                  class probabilities = softmax(t_c)

    For each anchor the network gives [t_x, t_y, t_w, t_h, t_o, t_c1, ...]: another order than that of the lecture's
    target, and the results are in fractions of the image.

    - feats: (..., G_H, G_W, A * (5 + num_classes)); anchors: (A, 2), width and height in cells
    - num_classes: C, at least 1
    - returns box_xy, box_wh: (..., G_H, G_W, A, 2); box_confidence: (..., G_H, G_W, A, 1);
      box_class_probs: (..., G_H, G_W, A, C)

    Raises EngineError when a shape differs. Source: course 4, week 3.

    >>> box_xy, box_wh, box_confidence, box_class_probs = yolo_head(np.zeros((2, 2, 7)), [[1, 2]], num_classes=2)
    >>> box_xy[:, :, 0].tolist()
    [[[0.25, 0.25], [0.75, 0.25]], [[0.25, 0.75], [0.75, 0.75]]]
    >>> box_wh[0, 0, 0], box_confidence[0, 0, 0], box_class_probs[0, 0, 0]
    (array([0.5, 1. ]), array([0.5]), array([0.5, 0.5]))
    """
    as_count("num_classes", num_classes)
    anchors = as_floats("anchors", anchors, ("A", 2))
    feats = as_floats("feats", feats)
    A = len(anchors)
    if feats.ndim < 3 or feats.shape[-1] != A * (5 + num_classes) or feats.size == 0:
        expected = f"an array of shape (..., G_H, G_W, {A * (5 + num_classes)})"
        raise EngineError("feats", expected, f"an array of shape {feats.shape}")
    G_H, G_W = feats.shape[-3:-1]
    feats = feats.reshape(*feats.shape[:-1], A, 5 + num_classes)
    # Plain numbers in the dtype of feats, so that float32 stays float32.
    grid = np.array([G_W, G_H], feats.dtype)
    row, column = np.meshgrid(np.arange(G_H), np.arange(G_W), indexing="ij")
    cell = np.stack([column, row], axis=-1)[:, :, np.newaxis].astype(feats.dtype)
    box_xy = (sigmoid(feats[..., :2]) + cell) / grid
    box_wh = anchors.astype(feats.dtype) * np.exp(feats[..., 2:4]) / grid
    box_confidence = sigmoid(feats[..., 4:5])
    box_class_probs = softmax(feats[..., 5:], axis=-1)
    return box_xy, box_wh, box_confidence, box_class_probs


def yolo_filter_boxes(
    boxes: ArrayLike, box_confidence: ArrayLike, box_class_probs: ArrayLike, threshold: float = 0.6
) -> tuple[Array, Array, Array]:
    """The boxes that probably show an object of some class.

        score of class c = confidence * P(c)        kept when max_c score_c >= threshold

    Until 2020 the assignment named the arguments in another order: box_confidence, boxes, box_class_probs.

    - boxes: (..., A, 4), e.g. (19, 19, 5, 4), corners in any order; box_confidence: (..., A, 1)
    - box_class_probs: (..., A, C); threshold: of the score, not of the confidence
    - returns scores: (K,); boxes: (K, 4); classes: (K,); in the order of the boxes

    Raises EngineError when a shape differs. Source: course 4, week 3.

    >>> boxes = [[[[0, 0, 1, 1], [0, 0, 2, 2]]]]
    >>> yolo_filter_boxes(boxes, [[[[0.9], [0.8]]]], [[[[0.5, 0.5], [0.1, 0.9]]]])  # 0.45 and 0.72
    (array([0.72]), array([[0., 0., 2., 2.]]), array([1]))
    """
    boxes = as_floats("boxes", boxes)
    if boxes.ndim < 2 or boxes.shape[-1] != 4:
        raise EngineError("boxes", "an array of shape (..., A, 4)", f"an array of shape {boxes.shape}")
    box_confidence = as_floats("box_confidence", box_confidence, (*boxes.shape[:-1], 1))
    box_class_probs = as_floats("box_class_probs", box_class_probs, (*boxes.shape[:-1], "C"))
    box_scores = box_confidence * box_class_probs
    classes = np.argmax(box_scores, axis=-1)
    scores = np.max(box_scores, axis=-1)
    mask = scores >= threshold
    return scores[mask], boxes[mask], classes[mask]


def yolo_eval(
    yolo_outputs: Sequence[ArrayLike],
    image_shape: tuple[float, float] = (720, 1280),
    max_boxes: int = 10,
    score_threshold: float = 0.6,
    iou_threshold: float = 0.5,
    *,
    per_class: bool = True,
    order: str = "xyxy",
) -> tuple[Array, Array, Array]:
    """From the outputs of the head to the detections in an image: corners, filter, scale, non-max suppression.

    - yolo_outputs: (box_xy, box_wh, box_confidence, box_class_probs), as `yolo_head` returns them for one image, with
      or without an axis of one example in front
    - image_shape: (height, width) in pixels
    - max_boxes, iou_threshold, per_class: as in `yolo_non_max_suppression`; score_threshold: as in `yolo_filter_boxes`
    - order: of the corners that are returned: "xyxy", or "yxyx" as in the course
    - returns scores: (K,), falling; boxes: (K, 4), in pixels; classes: (K,)

    Raises EngineError when a shape differs, there are several images or an option is out of range.
    Source: course 4, week 3.

    >>> feats = np.full((2, 2, 7), -9.0)
    >>> feats[1, 0] = [0, 0, 0, 0, 9, -9, 9]  # one cell is sure of class 1
    >>> scores, boxes, classes = yolo_eval(yolo_head(feats, [[1, 1]], 2), image_shape=(100, 200))
    >>> scores.round(3), boxes, classes
    (array([1.]), array([[  0.,  50., 100., 100.]]), array([1]))
    """
    if len(yolo_outputs) != 4:
        names = "(box_xy, box_wh, box_confidence, box_class_probs)"
        raise EngineError("yolo_outputs", f"four arrays, {names}", f"{len(yolo_outputs)} of them")
    box_xy, box_wh, box_confidence, box_class_probs = (as_array("yolo_outputs", output) for output in yolo_outputs)
    if box_xy.ndim not in (4, 5) or (box_xy.ndim == 5 and len(box_xy) != 1):
        # Boxes of several images would suppress each other.
        raise EngineError("yolo_outputs", "of one image, box_xy (G_H, G_W, A, 2)", f"box_xy of shape {box_xy.shape}")
    boxes = yolo_boxes_to_corners(box_xy, box_wh, order)
    scores, boxes, classes = yolo_filter_boxes(boxes, box_confidence, box_class_probs, score_threshold)
    boxes = scale_boxes(boxes, image_shape, order)
    return yolo_non_max_suppression(scores, boxes, classes, max_boxes, iou_threshold, per_class=per_class)
