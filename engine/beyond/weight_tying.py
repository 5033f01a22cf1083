"""One matrix that reads words and writes them, and the loss on the next token."""

from __future__ import annotations

from numpy.typing import ArrayLike

from engine.embeddings import sum_by_id
from engine.errors import Array, EngineError, as_array, as_floats, as_ids
from engine.transformer import masked_cross_entropy

#: Stands for "no padding": no token has this number.
_NO_PAD = -1


def next_token_loss(logits: ArrayLike, ids: ArrayLike, pad_id: int | None = None) -> float:
    """The mean loss of guessing each token from those before it.

        L = -1/n sum over i, t < T - 1 with ids[i, t + 1] != pad_id of log softmax(logits[i, t])[ids[i, t + 1]]

    The logits at position t belong to token t + 1; those at the last position have no target. n is the number of
    targets that are not padding, not m T.

    - logits: (m, T, V), T from 2 up; ids: (m, T), integers in 0 ... V - 1; pad_id: the padding token, or None
    - returns: a float

    Raises EngineError when a shape differs, an id lies outside, T is 1, or all targets are padding.
    Source: Radford et al. (2018).

    >>> round(next_token_loss([[[0.0] * 8] * 4], [[5, 3, 1, 0]], pad_id=0), 4)  # log 8
    2.0794
    """
    logits = as_floats("logits", logits, ("m", "T", "V"))
    ids = as_ids("ids", ids, logits.shape[-1], logits.shape[:2])
    inputs, targets = split_next(ids)
    return masked_cross_entropy(logits[:, : inputs.shape[1]], targets, _NO_PAD if pad_id is None else pad_id)[0]


def split_next(ids: ArrayLike) -> tuple[Array, Array]:
    """What a language model reads, and what it should say: the same tokens, shifted by one.

        inputs[i, t] = ids[i, t]        targets[i, t] = ids[i, t + 1]        t = 0 ... T - 2

    - ids: (m, T), T from 2 up
    - returns inputs, targets: (m, T - 1)

    Raises EngineError when ids is not of rank 2 or T is 1. Source: Radford et al. (2018).

    >>> split_next([[5, 3, 1]])
    (array([[5, 3]]), array([[3, 1]]))
    """
    ids = as_array("ids", ids, ("m", "T"))
    if ids.shape[1] < 2:
        raise EngineError("ids", "rows of at least 2 tokens", f"of shape {ids.shape}")
    return ids[:, :-1], ids[:, 1:]


def tied_loss_and_grad(ids: ArrayLike, E: ArrayLike) -> tuple[float, Array]:
    """The smallest language model with tied weights: a row of E for the token read, all rows for the next.

        h = E[ids]        logits = h E^T
        dE = dlogits^T h + the sum of dh = dlogits E at the place of each token

    E is used twice and gets both gradients; leaving one out gives a model that still learns, but worse. With the
    E (n_e, V) of course 5 the logits are h E.

    - ids: (m, T), integers in 0 ... V - 1, T from 2 up; E: (V, d)
    - returns loss: the mean over the m (T - 1) targets; dE: (V, d)

    Raises EngineError when a shape differs or an id lies outside. Source: Press and Wolf (2017).

    >>> loss, dE = tied_loss_and_grad([[0, 1]], [[1.0], [2.0]])
    >>> round(loss, 4), dE.round(4)  # logits 1 and 2, target 1
    (0.3133, array([[ 0.    ],
           [-0.2689]]))
    """
    E = as_floats("E", E, ("V", "d"))
    V, d = E.shape
    inputs, targets = split_next(as_ids("ids", ids, V))
    h = E[inputs]
    loss, dlogits = masked_cross_entropy(h @ E.T, targets, _NO_PAD)
    dE_output = dlogits.reshape(-1, V).T @ h.reshape(-1, d)
    dE_input = sum_by_id((dlogits @ E).reshape(-1, d), inputs.reshape(-1), V)
    return loss, dE_output + dE_input
