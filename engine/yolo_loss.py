"""Training the YOLO detector: from the network's last linear step to a prediction, and its loss (course 4, week 3).

A prediction has the layout of the target in `engine.yolo`: [p_c, b_x, b_y, b_h, b_w, c_1, ..., c_C].
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import sigmoid, softmax
from engine.errors import Array, EngineError, as_floats, as_number


def yolo_activation_forward(Z: ArrayLike, anchors: ArrayLike) -> tuple[Array, tuple[Array]]:
    """Turn what the network's last linear step gives into a prediction in the layout of the target.

        p_c, b_x, b_y = sigma(z_1), sigma(z_2), sigma(z_3)
        b_h, b_w = anchor_h e^(z_4), anchor_w e^(z_5)
        c = softmax(z_6, z_7, ...)

    The midpoint cannot leave its cell, sizes are positive, and the zero output is the anchor itself.

    - Z: (..., A, 5 + C), C at least 1; anchors: (A, 2), width and height in cells
    - returns pred: the shape of Z; cache: (pred,)

    Raises EngineError when a shape differs. Source: course 4, week 3; Redmon and Farhadi, "YOLO9000", 2016.

    >>> yolo_activation_forward([[0, 0, 0, 0, 0, 7, 7]], anchors=[[3, 2]])[0]
    array([[0.5, 0.5, 0.5, 2. , 3. , 0.5, 0.5]])
    """
    anchors = as_floats("anchors", anchors, ("A", 2))
    Z = as_floats("Z", Z)
    if Z.ndim < 2 or Z.shape[-2] != len(anchors) or Z.shape[-1] < 6:
        raise EngineError("Z", f"an array of shape (..., {len(anchors)}, 5 + C)", f"an array of shape {Z.shape}")
    pred = np.empty_like(Z)
    pred[..., :3] = sigmoid(Z[..., :3])
    pred[..., 3:5] = anchors[:, ::-1] * np.exp(Z[..., 3:5])
    pred[..., 5:] = softmax(Z[..., 5:], axis=-1)
    return pred, (pred,)


def yolo_activation_backward(dpred: ArrayLike, cache: tuple[Array]) -> Array:
    """The gradient with respect to the network's outputs, from the one with respect to the prediction.

        dz = dpred p (1 - p)                              for p_c, b_x, b_y
        dz = dpred b                                      for b_h, b_w, since (e^z)' = e^z
        dz = c (dpred - sum_k dpred_k c_k)                for the classes

    - dpred: (..., A, 5 + C); cache: (pred,), as `yolo_activation_forward` returned it
    - returns dZ: the shape of dpred

    Raises EngineError when the shape differs. Source: course 4, week 3.

    >>> pred, cache = yolo_activation_forward([[0, 0, 0, 0, 0, 7, 7]], anchors=[[3, 2]])
    >>> yolo_activation_backward([[1, 0, 0, 1, 1, 1, 0]], cache)
    array([[ 0.25,  0.  ,  0.  ,  2.  ,  3.  ,  0.25, -0.25]])
    """
    (pred,) = cache
    dpred = as_floats("dpred", dpred, pred.shape)
    dZ: Array = dpred * pred
    dZ[..., :3] *= 1 - pred[..., :3]
    classes = pred[..., 5:]
    dZ[..., 5:] -= classes * dZ[..., 5:].sum(axis=-1, keepdims=True)
    return dZ


def yolo_loss(
    pred: ArrayLike, target: ArrayLike, lambda_coord: float = 5, lambda_noobj: float = 0.5, *, square_root: bool = True
) -> tuple[float, Array]:
    """The sum of squared errors of a grid of predictions: coordinates only where an object is, confidence everywhere.

        L = lambda_coord sum_obj [(Delta b_x)^2 + (Delta b_y)^2 + (Delta sqrt b_h)^2 + (Delta sqrt b_w)^2]
            + sum_obj [(Delta p_c)^2 + sum_c (Delta c_c)^2] + lambda_noobj sum_noobj (Delta p_c)^2

    The square roots make an error of some pixels weigh more in a small box. Most cells are empty; the factors keep
    them from drowning those with an object.

    - pred, target: (G, G, A, 5 + C), or with further axes in front, over which the loss is summed as well; p_c of the
      target is 0 or 1, and where it is 1 heights and widths are positive in both
    - lambda_coord, lambda_noobj: from 0 up
    - square_root: False compares heights and widths as they are
    - returns the loss; the gradient dL/dpred: the shape of pred

    Raises EngineError when a shape differs, p_c is neither 0 nor 1, or an object's size is not positive.
    Source: course 4, week 3; Redmon et al., "You Only Look Once", 2015.

    >>> from engine.yolo import encode_yolo
    >>> target = encode_yolo([[0, 0, 0.5, 0.5]], [0], G=2, anchors=[[1, 1]], C=1)
    >>> pred = target.copy()
    >>> pred[0, 0, 0, :5] = [1, 0.5, 0.5, 4, 1]  # four times too high
    >>> pred[1, 1, 0, 0] = 1  # and an object too many
    >>> yolo_loss(pred, target)[0]  # 5 (2 - 1)^2 + 0.5 (1 - 0)^2
    5.5
    """
    pred = as_floats("pred", pred)
    if pred.ndim < 4 or pred.shape[-1] < 6:
        raise EngineError("pred", "an array of shape (G, G, A, 5 + C)", f"an array of shape {pred.shape}")
    target = as_floats("target", target, pred.shape).astype(pred.dtype)
    lambda_coord = as_number("lambda_coord", lambda_coord, "[0, inf)")
    lambda_noobj = as_number("lambda_noobj", lambda_noobj, "[0, inf)")
    confidence = target[..., 0]
    there = confidence == 1
    if not np.all(there | (confidence == 0)):
        raise EngineError("target", "such that p_c is 0 or 1", "an array with other values")

    gradient = np.zeros_like(pred)
    wrong = pred[..., 0] - confidence
    weight = np.where(there, 1, np.array(lambda_noobj, pred.dtype))
    gradient[..., 0] = 2 * weight * wrong
    loss = float(np.sum(weight * wrong**2))

    # From here on only the places with an object: few, and the others may hold anything.
    found, truth = pred[there], target[there]
    rest = np.zeros_like(found)
    difference = found[:, 1:3] - truth[:, 1:3]
    rest[:, 1:3] = 2 * lambda_coord * difference
    loss += lambda_coord * float(np.sum(difference**2))

    size, true_size = found[:, 3:5], truth[:, 3:5]
    if not (np.all(size > 0) and np.all(true_size > 0)):
        raise EngineError("pred and target", "with positive b_h and b_w where an object is", "arrays with others")
    if square_root:
        root = np.sqrt(size)
        difference = root - np.sqrt(true_size)
        # (sqrt b)' = 1 / (2 sqrt b): the 2 of the square and that of the root cancel.
        rest[:, 3:5] = lambda_coord * difference / root
    else:
        difference = size - true_size
        rest[:, 3:5] = 2 * lambda_coord * difference
    loss += lambda_coord * float(np.sum(difference**2))

    difference = found[:, 5:] - truth[:, 5:]
    rest[:, 5:] = 2 * difference
    loss += float(np.sum(difference**2))
    rest[:, 0] = gradient[there, 0]
    gradient[there] = rest
    return loss, gradient
