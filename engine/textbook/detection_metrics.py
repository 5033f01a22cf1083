"""Average precision, detection by detection (course 4, week 3)."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from engine.boxes import as_boxes, iou
from engine.detection_metrics import Detections, Truth
from engine.errors import as_array, as_floats


def average_precision_loops(precision: ArrayLike, recall: ArrayLike) -> float:
    """The area under the filled precision-recall curve, step by step.

        AP = sum_k (recall_k - recall_(k-1)) * max of precision_j over j >= k

    - precision, recall: (K,), recall never falling
    - returns: a float in [0, 1]

    Raises EngineError when a shape differs. Source: course 4, week 3.

    >>> average_precision_loops([1, 0.5, 0.75], [0.25, 0.25, 0.5])
    0.4375
    """
    precision = as_floats("precision", precision)
    recall = as_floats("recall", recall, precision.shape)
    area = 0.0
    last_recall = 0.0
    for k in range(len(precision)):
        best = 0.0
        for j in range(k, len(precision)):
            best = max(best, float(precision[j]))
        area += (float(recall[k]) - last_recall) * best
        last_recall = float(recall[k])
    return area


def mean_average_precision_loops(dets: Sequence[Detections], gts: Sequence[Truth], iou_thr: float = 0.5) -> float:
    """The mean average precision: class by class, and in each class by falling score.

    - dets: for each image (scores (K,), boxes (K, 4), classes (K,)); gts: for each image (boxes (N, 4), classes (N,))
    - iou_thr: the overlap that a right detection needs
    - returns: a float in [0, 1]

    Raises EngineError when a shape differs. Source: beyond the course; Everingham et al., "The Pascal Visual Object
    Classes Challenge", 2010.

    >>> dets = [([0.9, 0.8], [[0, 0, 2, 2], [5, 5, 6, 6]], [0, 1])]
    >>> mean_average_precision_loops(dets, [([[0, 0, 2, 2], [0, 0, 1, 1]], [0, 1])])
    0.5
    """
    all_classes = set()
    for _, true_classes in gts:
        for c in as_array("classes of gts", true_classes):
            all_classes.add(int(c))
    total = 0.0
    for c in all_classes:
        total += _average_precision_of(c, dets, gts, iou_thr)
    return total / len(all_classes)


def _average_precision_of(c: int, dets: Sequence[Detections], gts: Sequence[Truth], iou_thr: float) -> float:
    detections = []
    truth = []
    for image in range(len(dets)):
        image_scores, image_boxes, image_classes = dets[image]
        scores = as_floats("scores", image_scores)
        boxes = as_boxes("boxes", image_boxes)
        classes = as_array("classes", image_classes, scores.shape)
        found = [i for i in range(len(boxes)) if classes[i] == c]
        detections += [(float(scores[i]), image, boxes[i]) for i in found]
        image_boxes, image_classes = gts[image]
        true_boxes = as_boxes("boxes", image_boxes)
        true_classes = as_array("classes", image_classes, (len(true_boxes),))
        there = [i for i in range(len(true_boxes)) if true_classes[i] == c]
        truth += [(image, true_boxes[i]) for i in there]
    detections.sort(key=lambda detection: -detection[0])
    taken = set()
    right = 0
    precision = []
    recall = []
    for k in range(len(detections)):
        _, image, box = detections[k]
        best = -1
        best_iou = 0.0
        for i in range(len(truth)):
            true_image, true_box = truth[i]
            if true_image == image and iou(box, true_box) > best_iou:
                best = i
                best_iou = iou(box, true_box)
        # One object can be found once: a second box on it is wrong.
        if best_iou >= iou_thr and best not in taken:
            taken.add(best)
            right += 1
        precision.append(right / (k + 1))
        recall.append(right / len(truth))
    return average_precision_loops(precision, recall)
