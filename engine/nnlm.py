"""The neural language model with a fixed window, from which embeddings fall out (course 5, week 2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.embeddings import sum_by_id
from engine.errors import Array, Parameters, as_floats, as_ids


def nnlm_forward(
    ids: ArrayLike, E: ArrayLike, W1: ArrayLike, b1: ArrayLike, W2: ArrayLike, b2: ArrayLike
) -> tuple[Array, tuple[Array, ...]]:
    """The distribution of the next word, given the k words before it.

        e = [e_(w_1); ...; e_(w_k)]      a = tanh(W1 e + b1)      yhat = softmax(W2 a + b2)

    - ids: (m, k), the words before, the oldest first; E: (n_e, V)
    - W1: (n_h, k n_e); b1: (n_h, 1); W2: (V, n_h); b2: (V, 1)
    - returns probs: (V, m), each column summing to 1; cache: (ids, e, a, log of probs, E, W1, W2)

    Raises EngineError when a shape differs or an id lies outside. Source: course 5, week 2; Y. Bengio et al. (2003).

    >>> probs, _ = nnlm_forward([[0, 1, 2, 0]], np.ones((2, 3)), np.ones((5, 8)), np.zeros((5, 1)),
    ...                         np.zeros((3, 5)), [[0.0], [0.0], [np.log(2)]])
    >>> probs.ravel()
    array([0.25, 0.25, 0.5 ])
    """
    E = as_floats("E", E, ("n_e", "V"))
    n_e, V = E.shape
    ids = as_ids("ids", ids, V, ("m", "k"))
    m, k = ids.shape
    W1 = as_floats("W1", W1, ("n_h", k * n_e))
    b1 = as_floats("b1", b1, (len(W1), 1))
    W2 = as_floats("W2", W2, (V, len(W1)))
    b2 = as_floats("b2", b2, (V, 1))

    # (m, k, n_e) in this order makes the vectors of one example follow one another.
    e = E.T[ids].reshape(m, k * n_e).T
    a = np.tanh(W1 @ e + b1)
    z = W2 @ a + b2
    z -= z.max(axis=0, keepdims=True)
    log_probs = z - np.log(np.sum(np.exp(z), axis=0, keepdims=True))
    return np.exp(log_probs), (ids, e, a, log_probs, E, W1, W2)


def nnlm_backward(targets: ArrayLike, cache: tuple[Array, ...]) -> tuple[float, Parameters]:
    """The loss of the words that came, and its gradients.

        loss = - sum_i log yhat[target_i, i]              a sum over the examples
        dz2 = yhat - y      dz1 = W2^T dz2 * (1 - a^2)    de = W1^T dz1, added up for each word

    - targets: (m,), the next words; cache: of `nnlm_forward`
    - returns loss: a float; grads: {"dE": (n_e, V), "dW1", "db1", "dW2", "db2"}

    Raises EngineError when a shape differs or a target lies outside. Source: course 5, week 2.

    >>> W2, b2 = np.eye(3)[:, :1], np.zeros((3, 1))
    >>> _, cache = nnlm_forward([[1, 1]], np.zeros((1, 3)), np.ones((1, 2)), [[0.0]], W2, b2)
    >>> loss, grads = nnlm_backward([0], cache)
    >>> round(loss, 4), grads["dE"].round(3)  # log 3; word 1 receives the gradients of both its places
    (1.0986, array([[ 0.   , -1.333,  0.   ]]))
    """
    ids, e, a, log_probs, E, W1, W2 = cache
    n_e, V = E.shape
    m, k = ids.shape
    targets = as_ids("targets", targets, V, (m,))
    examples = np.arange(m)
    loss = -float(np.sum(log_probs[targets, examples]))
    dz2 = np.exp(log_probs)
    dz2[targets, examples] -= 1
    dz1 = (W2.T @ dz2) * (1 - a * a)
    de = (W1.T @ dz1).T.reshape(m * k, n_e)
    grads = {
        "dE": np.ascontiguousarray(sum_by_id(de, ids.ravel(), V).T),
        "dW1": dz1 @ e.T,
        "db1": dz1.sum(axis=1, keepdims=True),
        "dW2": dz2 @ a.T,
        "db2": dz2.sum(axis=1, keepdims=True),
    }
    return loss, grads
