"""How good a detector is: precision and recall along the scores, and their mean average (course 4, week 3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.boxes import as_boxes, iou_matrix
from engine.errors import Array, EngineError, as_array, as_count, as_floats, as_number

#: The detections in one image: scores (K,), boxes (K, 4), classes (K,), as `yolo_eval` returns them.
Detections = tuple[ArrayLike, ArrayLike, ArrayLike]
#: What there is in one image: boxes (N, 4), classes (N,).
Truth = tuple[ArrayLike, ArrayLike]


def precision_recall(scores: ArrayLike, correct: ArrayLike, n_truth: int) -> tuple[Array, Array]:
    """Precision and recall when the first 1, 2, ... of the detections are accepted, by falling score.

        precision_k = right ones among the first k / k        recall_k = right ones among the first k / n_truth

    - scores: (K,); correct: (K,), 1 or True for a right detection; K may be 0
    - n_truth: how many objects there are, at least 1
    - returns precision, recall: (K,); recall never falls

    Raises EngineError when a shape differs or there are more right detections than objects. Source: course 4, week 3.

    >>> precision_recall([0.7, 0.9, 0.8], [1, 1, 0], n_truth=4)
    (array([1.        , 0.5       , 0.66666667]), array([0.25, 0.25, 0.5 ]))
    """
    scores = as_floats("scores", scores)
    if scores.ndim != 1:
        raise EngineError("scores", "an array of shape (K,)", f"an array of shape {scores.shape}")
    correct = as_array("correct", correct, scores.shape).astype(bool)
    as_count("n_truth", n_truth)
    if correct.sum() > n_truth:
        raise EngineError("n_truth", f"at least the number of right detections, {correct.sum()}", str(n_truth))
    right = np.cumsum(correct[np.argsort(-scores, kind="stable")])
    return right / np.arange(1, len(right) + 1), right / n_truth


def interpolated_average_precision(precision: ArrayLike, recall: ArrayLike, points: int | None = None) -> float:
    """The area under the precision-recall curve, after each dip has been filled.

        p(r) = max of precision_k over all k with recall_k >= r, 0 where there is none
        AP = integral of p(r) from 0 to 1, or its mean at equally spaced r

    - precision, recall: (K,), recall never falling, as `precision_recall` gives them; K may be 0
    - points: None for the whole integral (Pascal VOC from 2010); 11 for the mean at r = 0, 0.1, ..., 1 (VOC 2007);
      101 as in COCO
    - returns: a float in [0, 1]

    Raises EngineError when a shape differs, recall falls or there is a single point. Source: course 4, week 3;
    Everingham et al., "The Pascal Visual Object Classes Challenge", 2010.

    >>> interpolated_average_precision([1, 0.5, 0.75], [0.25, 0.25, 0.5])  # 1 up to 1/4, 3/4 up to 1/2, then 0
    0.4375
    >>> eleven = interpolated_average_precision([1, 0.5, 0.75], [0.25, 0.25, 0.5], points=11)
    >>> round(eleven, 4)  # (3 * 1 + 3 * 3/4 + 5 * 0) / 11
    0.4773
    """
    precision = as_floats("precision", precision)
    if precision.ndim != 1:
        raise EngineError("precision", "an array of shape (K,)", f"an array of shape {precision.shape}")
    recall = as_floats("recall", recall, precision.shape)
    if np.any(np.diff(recall) < 0):
        raise EngineError("recall", "never falling", "an array that falls")
    # From the right: the best precision from here on; past the last recall it is 0.
    best = np.maximum.accumulate(precision[::-1])[::-1]
    if points is None:
        return float(np.sum(np.diff(recall, prepend=0) * best))
    as_count("points", points, 2)
    # Division, and not steps of 0.1: 3 * 0.1 is above 3 / 10, and a recall of 3 in 10 would miss its point.
    r = np.arange(points) / (points - 1)
    return float(np.mean(np.append(best, 0)[np.searchsorted(recall, r)]))


def match_detections(dets: Sequence[Detections], gts: Sequence[Truth], iou_thr: float = 0.5) -> tuple[Array, ...]:
    """Which detections are right, in a set of images.

    A detection looks at the object of its class, in its image, that it overlaps most. It is right when the overlap is
    at least the threshold and no surer detection has taken that object: the second box on one object is wrong.

    - dets: for each image (scores (K,), boxes (K, 4), classes (K,)); K may be 0
    - gts: for each image (boxes (N, 4), classes (N,)); N may be 0
    - iou_thr: in (0, 1]
    - returns scores, classes, correct: (all detections,), image after image; correct holds booleans

    Raises EngineError when a shape differs, the numbers of images differ or the threshold is out of range.
    Source: course 4, week 3; the rule is that of Pascal VOC (COCO looks for the best object not yet taken).

    >>> dets = [([0.6, 0.9], [[0, 0, 2, 2], [0, 0, 2, 1]], [0, 0])]
    >>> match_detections(dets, [([[0, 0, 2, 2]], [0])])[2]  # the better box comes second, by its score
    array([False,  True])
    """
    _check(dets, gts, iou_thr)
    # Each object of the set gets a number of its own, so that all images are decided together.
    scores, classes, overlap, target = [], [], [], []
    objects = 0
    for (image_scores, boxes, image_classes), (true_boxes, true_classes) in zip(dets, gts, strict=True):
        boxes, true_boxes = as_boxes("boxes of dets", boxes), as_boxes("boxes of gts", true_boxes)
        K, N = len(boxes), len(true_boxes)
        scores.append(as_floats("scores of dets", image_scores, (K,)))
        classes.append(as_array("classes of dets", image_classes, (K,)))
        # A column for "no object" on the left: argmax needs one, and it never reaches the threshold.
        ious = np.zeros((K, N + 1))
        ious[:, 1:] = iou_matrix(boxes, true_boxes)
        ious[:, 1:][classes[-1][:, np.newaxis] != as_array("classes of gts", true_classes, (N,))] = 0
        overlap.append(ious.max(axis=1))
        target.append(objects + ious.argmax(axis=1))
        objects += N + 1
    all_scores = np.concatenate(scores)
    order = np.argsort(-all_scores, kind="stable")
    hits = order[np.concatenate(overlap)[order] >= iou_thr]
    # `unique` gives the first place of each object among the hits: its surest detection.
    _, surest = np.unique(np.concatenate(target)[hits], return_index=True)
    correct = np.zeros(len(all_scores), bool)
    correct[hits[surest]] = True
    return all_scores, np.concatenate(classes), correct


def average_precisions(
    dets: Sequence[Detections], gts: Sequence[Truth], iou_thr: float = 0.5, *, points: int | None = None
) -> dict[int, float]:
    """The average precision of each class that has objects.

    - dets, gts, iou_thr: as in `match_detections`; points: as in `interpolated_average_precision`
    - returns: {class: AP}, by rising class

    Raises EngineError as they do, and when there is no object at all. Source: course 4, week 3.

    >>> dets = [([0.9, 0.8], [[0, 0, 2, 2], [5, 5, 6, 6]], [0, 1])]
    >>> average_precisions(dets, [([[0, 0, 2, 2], [0, 0, 1, 1]], [0, 1])])
    {0: 1.0, 1: 0.0}
    """
    scores, classes, correct = match_detections(dets, gts, iou_thr)
    truth = np.concatenate([as_array("classes of gts", true_classes) for _, true_classes in gts])
    if truth.size == 0:
        raise EngineError("gts", "images with at least one object in all", "images without any")
    result = {}
    for c, n_truth in zip(*np.unique(truth, return_counts=True), strict=True):
        one = classes == c
        precision, recall = precision_recall(scores[one], correct[one], int(n_truth))
        result[int(c)] = interpolated_average_precision(precision, recall, points)
    return result


def mean_average_precision(
    dets: Sequence[Detections], gts: Sequence[Truth], iou_thr: float = 0.5, *, points: int | None = None
) -> float:
    """The mean over the classes of their average precision: one number for a detector.

        mAP = 1/C sum_c AP_c

    A class without any object has no recall and is left out.

    - dets: for each image (scores (K,), boxes (K, 4), classes (K,)); gts: for each image (boxes (N, 4), classes (N,))
    - iou_thr: in (0, 1], the overlap that a right detection needs; points: as in `interpolated_average_precision`
    - returns: a float in [0, 1]

    Raises EngineError when a shape differs, the numbers of images differ, an option is out of range or there is no
    object at all. Source: beyond the course; Everingham et al., "The Pascal Visual Object Classes Challenge", 2010.

    >>> dets = [([0.9, 0.8], [[0, 0, 2, 2], [5, 5, 6, 6]], [0, 1])]
    >>> mean_average_precision(dets, [([[0, 0, 2, 2], [0, 0, 1, 1]], [0, 1])])
    0.5
    """
    return float(np.mean(list(average_precisions(dets, gts, iou_thr, points=points).values())))


def _check(dets: Sequence[Detections], gts: Sequence[Truth], iou_thr: float) -> None:
    if len(dets) != len(gts) or len(gts) == 0:
        raise EngineError("dets", "one entry for each of the images of gts", f"{len(dets)} for {len(gts)}")
    if any(len(one) != 3 for one in dets):
        raise EngineError("dets", "(scores, boxes, classes) for each image", "another number of arrays")
    if any(len(one) != 2 for one in gts):
        raise EngineError("gts", "(boxes, classes) for each image", "another number of arrays")
    as_number("iou_thr", iou_thr, "(0, 1]")
