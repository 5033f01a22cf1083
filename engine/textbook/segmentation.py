"""The loss and the measures of segmentation, pixel by pixel (course 4, week 3)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_floats, as_ids


def segmentation_loss_loops(logits: ArrayLike, mask: ArrayLike) -> tuple[float, Array]:
    """The cross-entropy of softmax, averaged over all pixels, and its gradient.

        J = mean of -log p_class        dJ/dlogits_c = (p_c - 1 when c is the class, else p_c) / number of pixels

    - logits: (m, h, w, C); mask: (m, h, w), the class of each pixel
    - returns the cost J; the gradient: (m, h, w, C)

    Raises EngineError when a shape differs or a class is out of range. Source: course 4, week 3.

    >>> segmentation_loss_loops(np.zeros((1, 1, 1, 2)), [[[1]]])[1].ravel()
    array([ 0.5, -0.5])
    """
    logits = as_floats("logits", logits, ("m", "h", "w", "C"))
    m, h, w, C = logits.shape
    mask = as_ids("mask", mask, C, (m, h, w))
    pixels = m * h * w
    J = 0.0
    gradient = np.zeros_like(logits)
    for i in range(m):
        for row in range(h):
            for column in range(w):
                scores = logits[i, row, column]
                e = np.exp(scores - np.max(scores))
                p = e / np.sum(e)
                true = mask[i, row, column]
                J += -math.log(p[true]) / pixels
                for c in range(C):
                    gradient[i, row, column, c] = (p[c] - (1 if c == true else 0)) / pixels
    return J, gradient


def mean_iou_loops(pred: ArrayLike, mask: ArrayLike, C: int) -> float:
    """The overlap of predicted and true regions, class by class; a class that is in neither is left out.

    - pred, mask: (m, h, w), classes 0 ... C - 1; C: number of classes
    - returns: a float in [0, 1]

    Raises EngineError when the shapes differ or a class is out of range. Source: course 4, week 3.

    >>> mean_iou_loops([[[0, 0, 0, 1]]], [[[0, 0, 1, 1]]], C=3)
    0.5833333333333333
    """
    mask = as_ids("mask", mask, C, ("m", "h", "w"))
    pred = as_ids("pred", pred, C, mask.shape)
    total = 0.0
    classes = 0
    for c in range(C):
        both = 0
        either = 0
        for place in np.ndindex(mask.shape):
            in_pred = pred[place] == c
            in_mask = mask[place] == c
            if in_pred and in_mask:
                both += 1
            if in_pred or in_mask:
                either += 1
        if either > 0:
            total += both / either
            classes += 1
    return total / classes
