"""Judging a classifier by single numbers (course 3, week 1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_array, as_count, as_floats, as_ids


def precision_recall_f1(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[float, float, float]:
    """How many of the alarms are right, how many of the true cases raise one, and both in one number.

        P = TP / (TP + FP)        R = TP / (TP + FN)        F1 = 2 P R / (P + R)

    A quotient with nothing below the line counts as 0. F1 is the harmonic mean: it is near the smaller of the two.

    - y_true, y_pred: (m,), labels 0 or 1, or booleans
    - returns P, R, F1: floats

    Raises EngineError when the shapes differ or a label is neither 0 nor 1. Source: course 3, week 1.

    >>> precision_recall_f1([1, 1, 1, 0], [1, 0, 0, 0])
    (1.0, 0.3333333333333333, 0.5)
    """
    confusion = confusion_matrix(y_true, y_pred, 2)
    precision, recall, f1 = per_class(confusion)
    return float(precision[1]), float(recall[1]), float(f1[1])


def confusion_matrix(y_true: ArrayLike, y_pred: ArrayLike, C: int) -> Array:
    """How often each class is taken for each class.

        K[i, j] = number of examples of class i that are predicted as j        rows are the truth

    - y_true, y_pred: (m,), integers 0 ... C - 1; of two classes, booleans too
    - returns: (C, C), integers

    Raises EngineError when the shapes differ or a label is outside. Source: course 3, week 1.

    >>> confusion_matrix([0, 0, 1], [0, 1, 1], 2)
    array([[1, 1],
           [0, 1]])
    """
    as_count("C", C)
    true = as_ids("y_true", y_true, C, ("m",))
    pred = as_ids("y_pred", y_pred, C, true.shape)
    # Each pair of labels is one number; counting these counts the pairs.
    counts: Array = np.bincount(true * C + pred, minlength=C * C).reshape(C, C)
    return counts


def per_class(confusion: ArrayLike) -> tuple[Array, Array, Array]:
    """Precision, recall and F1 of each class, taken against all the others.

        P_c = K[c, c] / column sum        R_c = K[c, c] / row sum        F1_c = 2 K[c, c] / (row sum + column sum)

    - confusion: (C, C), rows are the truth
    - returns P, R, F1: (C,) each; 0 where nothing is below the line

    Raises EngineError when the matrix is not square. Source: course 3, week 1.

    >>> P, R, F1 = per_class([[1, 1], [0, 1]])
    >>> P, R
    (array([1. , 0.5]), array([0.5, 1. ]))
    """
    K = _square(confusion)
    right = np.diag(K)
    rows, columns = K.sum(axis=1), K.sum(axis=0)
    return _quotient(right, columns), _quotient(right, rows), _quotient(2 * right, rows + columns)


def macro_micro_f1(confusion: ArrayLike) -> tuple[float, float]:
    """Two means of F1 over the classes: each class counts alike, or each example does.

        macro = 1/C sum_c F1_c        micro = sum_c TP_c / sum_c (TP_c + (FP_c + FN_c) / 2)

    Where every example has exactly one label, micro-F1 is the accuracy.

    - confusion: (C, C), rows are the truth
    - returns macro, micro: floats

    Raises EngineError when the matrix is not square or empty of examples. Source: course 3, week 1.

    >>> macro, micro = macro_micro_f1([[98, 0], [2, 0]])
    >>> round(macro, 3), micro  # the rare class is never found
    (0.495, 0.98)
    """
    K = _square(confusion)
    if K.sum() == 0:
        raise EngineError("confusion", "a matrix with at least one example", "all zeros")
    _, _, f1 = per_class(K)
    return float(f1.mean()), float(np.trace(K) / K.sum())


def roc_curve(y: ArrayLike, score: ArrayLike) -> tuple[Array, Array, float]:
    """The true positive rate against the false positive rate at every threshold, and the area below.

        TPR = TP / P        FPR = FP / N        AUC = P(score of a positive > that of a negative) + half of the ties

    - y: (m,), labels 0 or 1, or booleans, both of them present; score: (m,), larger for positive
    - returns FPR, TPR: (k + 1,) for k different scores, from (0, 0) to (1, 1); AUC: a float

    Raises EngineError when the shapes differ or a class is missing. Source: beyond the courses; Fawcett (2006).

    >>> fpr, tpr, auc = roc_curve([0, 1, 1], [0.1, 0.8, 0.1])
    >>> fpr, tpr, auc
    (array([0., 0., 1.]), array([0. , 0.5, 1. ]), 0.75)
    """
    true_positives, false_positives = _counts_by_threshold(y, score)
    if true_positives[-1] == 0 or false_positives[-1] == 0:
        raise EngineError("y", "labels of both classes", "labels of one class")
    tpr = np.append(0, true_positives / true_positives[-1])
    fpr = np.append(0, false_positives / false_positives[-1])
    # Equal scores make one slanted step, whose trapezoid gives each tie one half.
    auc = float(np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2))
    return fpr, tpr, auc


def average_precision(y: ArrayLike, score: ArrayLike) -> float:
    """The area below the curve of precision against recall, as a sum of steps.

        AP = sum_k (R_k - R_(k-1)) P_k        over the thresholds, highest first

    - y: (m,), labels 0 or 1, or booleans, at least one 1; score: (m,)
    - returns: from 0 to 1; a random order gives about the share of positives

    Raises EngineError when the shapes differ or no label is 1. Source: beyond the courses.

    >>> average_precision([1, 0, 1], [0.9, 0.8, 0.7])  # 1/2 * 1 + 1/2 * 2/3
    0.8333333333333333
    """
    true_positives, false_positives = _counts_by_threshold(y, score)
    if true_positives[-1] == 0:
        raise EngineError("y", "labels of which at least one is 1", "zeros alone")
    precision = true_positives / (true_positives + false_positives)
    recall = true_positives / true_positives[-1]
    return float(np.sum(np.diff(np.append(0, recall)) * precision))


def _counts_by_threshold(y: ArrayLike, score: ArrayLike) -> tuple[Array, Array]:
    """True and false positives when everything from each different score up raises an alarm, highest first."""
    labels = as_ids("y", y, 2, ("m",))
    scores = as_floats("score", score, labels.shape)
    order = np.argsort(-scores, kind="stable")
    last_of_its_score = np.append(np.diff(scores[order]) != 0, True)
    positives = np.cumsum(labels[order])[last_of_its_score]
    everything = np.flatnonzero(last_of_its_score) + 1
    return positives, everything - positives


def _square(confusion: ArrayLike) -> Array:
    K = as_array("confusion", confusion, ("C", "C"))
    return as_array("confusion", K, (K.shape[0], K.shape[0]))


def _quotient(above: Array, below: Array) -> Array:
    result: Array = np.divide(above, below, out=np.zeros(len(above)), where=below > 0)
    return result
