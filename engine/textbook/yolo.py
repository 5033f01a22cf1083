"""The YOLO grid, object by object and cell by cell (course 4, week 3)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from engine.boxes import as_boxes, iou
from engine.errors import Array, as_array, as_floats, as_ids


def encode_yolo_loops(boxes: ArrayLike, classes: ArrayLike, G: int, anchors: ArrayLike, C: int) -> Array:
    """The target of an image: for each object its cell, its anchor, and what is written there.

        [1, b_x, b_y, b_h, b_w, one_hot(class)]

    - boxes: (N, 4), corners (x1, y1, x2, y2) in fractions of the image; classes: (N,), 0 ... C - 1
    - G: cells a side; anchors: (A, 2), width and height in cells; C: number of classes
    - returns T: (G, G, A, 5 + C)

    Raises EngineError when a shape differs. Source: course 4, week 3.

    >>> encode_yolo_loops([[0.5, 0.0, 1.0, 0.5]], [1], G=2, anchors=[[1, 1]], C=2)[0, 1, 0]
    array([1. , 0.5, 0.5, 1. , 1. , 0. , 1. ])
    """
    boxes = as_boxes("boxes", boxes)
    classes = as_ids("classes", classes, C, (len(boxes),))
    anchors = as_floats("anchors", anchors, ("A", 2))
    T = np.zeros((G, G, len(anchors), 5 + C), dtype=boxes.dtype)
    for n in range(len(boxes)):
        x1, y1, x2, y2 = boxes[n]
        # Everything in units of a cell.
        x = (x1 + x2) / 2 * G
        y = (y1 + y2) / 2 * G
        w = (x2 - x1) * G
        h = (y2 - y1) * G
        # A midpoint on the right or lower border belongs to the last cell.
        column = min(int(x), G - 1)
        row = min(int(y), G - 1)
        best = 0
        best_iou = 0.0
        for a in range(len(anchors)):
            anchor_w, anchor_h = anchors[a]
            # Shapes are compared with their left upper corners laid on each other.
            overlap = iou([0, 0, w, h], [0, 0, anchor_w, anchor_h])
            if overlap > best_iou:
                best = a
                best_iou = overlap
        T[row, column, best, 0] = 1
        T[row, column, best, 1] = x - column
        T[row, column, best, 2] = y - row
        T[row, column, best, 3] = h
        T[row, column, best, 4] = w
        T[row, column, best, 5 + classes[n]] = 1
    return T


def yolo_filter_boxes_loops(
    boxes: ArrayLike, box_confidence: ArrayLike, box_class_probs: ArrayLike, threshold: float = 0.6
) -> tuple[Array, Array, Array]:
    """The boxes whose best class has a score of at least the threshold, cell by cell.

        score of class c = confidence * P(c)

    - boxes: (G_H, G_W, A, 4); box_confidence: (G_H, G_W, A, 1); box_class_probs: (G_H, G_W, A, C)
    - returns scores: (K,); boxes: (K, 4); classes: (K,)

    Raises EngineError when a shape differs. Source: course 4, week 3.

    >>> boxes = [[[[0, 0, 1, 1], [0, 0, 2, 2]]]]
    >>> yolo_filter_boxes_loops(boxes, [[[[0.9], [0.8]]]], [[[[0.5, 0.5], [0.1, 0.9]]]])
    (array([0.72]), array([[0., 0., 2., 2.]]), array([1]))
    """
    boxes = as_floats("boxes", boxes, ("G_H", "G_W", "A", 4))
    G_H, G_W, A, _ = boxes.shape
    box_confidence = as_floats("box_confidence", box_confidence, (G_H, G_W, A, 1))
    box_class_probs = as_floats("box_class_probs", box_class_probs, (G_H, G_W, A, "C"))
    kept_scores = []
    kept_boxes = []
    kept_classes = []
    for row in range(G_H):
        for column in range(G_W):
            for a in range(A):
                scores = box_confidence[row, column, a, 0] * box_class_probs[row, column, a]
                best = int(np.argmax(scores))
                if scores[best] >= threshold:
                    kept_scores.append(scores[best])
                    kept_boxes.append(boxes[row, column, a])
                    kept_classes.append(best)
    return np.array(kept_scores), np.array(kept_boxes).reshape(-1, 4), np.array(kept_classes, dtype=np.intp)


def yolo_loss_loops(pred: ArrayLike, target: ArrayLike, lambda_coord: float = 5, lambda_noobj: float = 0.5) -> float:
    """The loss of a grid of predictions: what each place adds depends on whether there is an object.

    - pred, target: (G, G, A, 5 + C), entries [p_c, b_x, b_y, b_h, b_w, c_1, ..., c_C]; p_c of the target is 0 or 1
    - returns the loss, a float

    Raises EngineError when a shape differs. Source: course 4, week 3; Redmon et al., "You Only Look Once", 2015.

    >>> target = np.array([1, 0.5, 0.5, 1, 1, 1]).reshape(1, 1, 1, 6)
    >>> pred = np.array([1, 0.5, 0.5, 4, 1, 1]).reshape(1, 1, 1, 6)
    >>> yolo_loss_loops(pred, target)  # 5 (2 - 1)^2
    5.0
    """
    pred = as_floats("pred", pred, ("G_H", "G_W", "A", "5 + C"))
    target = as_array("target", target, pred.shape)
    G_H, G_W, A, entries = pred.shape
    loss = 0.0
    for row in range(G_H):
        for column in range(G_W):
            for a in range(A):
                p = pred[row, column, a]
                t = target[row, column, a]
                if t[0] == 1:
                    loss += (p[0] - t[0]) ** 2
                    loss += lambda_coord * (p[1] - t[1]) ** 2
                    loss += lambda_coord * (p[2] - t[2]) ** 2
                    loss += lambda_coord * (math.sqrt(p[3]) - math.sqrt(t[3])) ** 2
                    loss += lambda_coord * (math.sqrt(p[4]) - math.sqrt(t[4])) ** 2
                    for c in range(5, entries):
                        loss += (p[c] - t[c]) ** 2
                else:
                    loss += lambda_noobj * (p[0] - t[0]) ** 2
    return float(loss)
