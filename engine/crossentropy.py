"""Softmax and cross-entropy over many classes, one example a column (course 2, week 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_count, as_floats, as_ids


def softmax(Z: ArrayLike) -> Array:
    """Scores to probabilities, column by column.

        a_i = e^(z_i - max z) / sum_j e^(z_j - max z)

    With C = 2 classes it is logistic regression on the difference of the two scores.

    - Z: (C, m), scores
    - returns A: (C, m), each column summing to 1

    Raises EngineError when Z is not of rank 2. Source: course 2, week 3. `engine.basics.softmax` has an axis.

    >>> softmax([[0, 1000], [0, 0]])
    array([[0.5, 1. ],
           [0.5, 0. ]])
    """
    Z = as_floats("Z", Z, ("C", "m"))
    A: Array = np.exp(Z - Z.max(axis=0))
    A /= A.sum(axis=0)
    return A


def log_softmax(Z: ArrayLike, axis: int = 0) -> Array:
    """The logarithm of the softmax, exact where the softmax itself has rounded to 0.

        log a_i = z_i - max z - log sum_j e^(z_j - max z)

    - Z: (C, m), scores; or any shape that has the axis
    - axis: that of the classes: 0 for examples in columns
    - returns: the same shape, each entry at most 0

    Raises EngineError when Z lacks the axis or has no score along it. Source: course 2, week 3.

    >>> log_softmax([[0.0], [1000.0]])
    array([[-1000.],
           [    0.]])
    """
    Z = as_floats("Z", Z)
    if not -Z.ndim <= axis < Z.ndim:
        raise EngineError("axis", f"an axis of Z, which has shape {Z.shape}", str(axis))
    if Z.shape[axis] == 0:
        raise EngineError("Z", "an array with at least one score", f"of shape {Z.shape}")
    shifted: Array = Z - Z.max(axis=axis, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
    return shifted


def softmax_cross_entropy(Z: ArrayLike, Y: ArrayLike) -> tuple[float, Array]:
    """The cost of a softmax output, and what flows back into the scores.

        J = -1/m sum_i sum_j y_j log a_j        dZ = A - Y

    dZ carries no 1/m: as everywhere in courses 1 and 2, that stands in the gradients of the parameters. A score of
    -inf is a class that cannot be: it costs nothing where y is 0, and infinitely much elsewhere.

    - Z: (C, m), scores; Y: (C, m), one-hot, or any probabilities that sum to 1
    - returns cost: a float; dZ: (C, m), same dtype as Z

    Raises EngineError when the shapes differ. Source: course 2, week 3.

    >>> cost, dZ = softmax_cross_entropy([[0.0], [0.0]], [[1], [0]])
    >>> round(cost, 4), dZ  # log 2
    (0.6931, array([[-0.5],
           [ 0.5]]))
    """
    Z = as_floats("Z", Z, ("C", "m"))
    Y = as_floats("Y", Y, Z.shape).astype(Z.dtype, copy=False)
    m = Z.shape[1]
    shifted = Z - Z.max(axis=0)
    A = np.exp(shifted)
    total = A.sum(axis=0)
    chosen = np.vdot(Y, shifted)
    if np.isnan(chosen):
        # 0 times -inf, but a class with y = 0 costs nothing. Only now, as the mask may cost more than all the rest.
        chosen = np.sum(np.multiply(Y, shifted, out=np.zeros_like(A), where=Y != 0))
    # -log a_j = log(sum of e) - shifted_j, and the y of a column sum to 1.
    cost = float(np.sum(np.log(total) * Y.sum(axis=0)) - chosen) / m
    A /= total
    A -= Y
    return cost, A


def softmax_backward(dA: ArrayLike, A: ArrayLike) -> Array:
    """The gradient through a softmax for any cost, without forming the Jacobian.

        d a_i / d z_j = a_i (1[i = j] - a_j)        dZ = A * (dA - sum_j dA_j A_j)

    - dA, A: (C, m), the gradient with respect to the softmax and the softmax itself
    - returns dZ: (C, m)

    Raises EngineError when the shapes differ. Source: course 2, week 3.

    >>> A = softmax([[0.0], [0.0]])
    >>> softmax_backward([[1.0], [1.0]], A).ravel()  # all a raised alike: impossible, since they sum to 1
    array([0., 0.])
    """
    dA = as_floats("dA", dA, ("C", "m"))
    A = as_floats("A", A, dA.shape)
    dZ: Array = A * (dA - np.sum(dA * A, axis=0))
    return dZ


def softmax_jacobian(a: ArrayLike) -> Array:
    """All derivatives of one softmax with respect to its scores.

        J[i, j] = d a_i / d z_j = a_i (1[i = j] - a_j)

    - a: (C,), probabilities
    - returns: (C, C), symmetric; rows and columns sum to 0

    Raises EngineError when a is not of rank 1. Source: course 2, week 3.

    >>> softmax_jacobian([0.5, 0.5])
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """
    a = as_floats("a", a, ("C",))
    jacobian: Array = np.diag(a) - np.outer(a, a)
    return jacobian


def one_hot_matrix(label: ArrayLike, depth: int = 6) -> Array:
    """Labels as columns with a single 1.

        Y[label[i], i] = 1

    - label: (m,) or (1, m), integers 0 ... depth - 1; or one integer
    - depth: the number of classes C
    - returns: (depth, m) of float64; (depth,) for one integer

    Raises EngineError when a label is outside or there is none. Source: course 2, week 3.

    >>> one_hot_matrix([1, 0, 2], depth=3)
    array([[0., 1., 0.],
           [1., 0., 0.],
           [0., 0., 1.]])
    >>> one_hot_matrix(2, depth=3)
    array([0., 0., 1.])
    """
    as_count("depth", depth)
    ids = as_ids("label", label, depth)
    if ids.size == 0 or ids.ndim > 2 or (ids.ndim == 2 and ids.shape[0] != 1):
        raise EngineError("label", "one integer, or an array of shape (m,) or (1, m)", f"of shape {ids.shape}")
    Y: Array = np.eye(depth)[:, ids.reshape(-1)]
    if ids.ndim == 0:
        Y = Y[:, 0]
    return Y


def convert_to_one_hot(Y: ArrayLike, C: int) -> Array:
    """The same under the name of the course's utilities: Y (1, m) to (C, m).

    - Y: (1, m) or (m,), integers 0 ... C - 1
    - returns: (C, m) of float64

    Raises EngineError as `one_hot_matrix` does. Source: course 2, week 3 (tf_utils).

    >>> convert_to_one_hot([[1, 0]], 2)
    array([[0., 1.],
           [1., 0.]])
    """
    return one_hot_matrix(np.atleast_1d(Y), C)
