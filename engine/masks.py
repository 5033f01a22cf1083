"""Which positions attention may look at: 1 = keep, 0 = ignore, everywhere (course 5, week 4)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_array, as_count


def create_padding_mask(decoder_token_ids: ArrayLike, pad: int = 0) -> Array:
    """Keep the tokens, ignore the padding that fills short sentences up.

        mask[i, 0, t] = 1 where the token t of sentence i is not `pad`, else 0

    The axis in the middle is that of the queries: all of them may look at the same keys.

    - decoder_token_ids: (m, T), of integers; pad: the number of the padding token
    - returns mask: (m, 1, T) of 1. and 0.

    Raises EngineError when the shape differs or they are not integers. Source: course 5, week 4.

    >>> create_padding_mask([[7, 3, 0], [5, 0, 0]])
    array([[[1., 1., 0.]],
    <BLANKLINE>
           [[1., 0., 0.]]])
    """
    ids = as_array("decoder_token_ids", decoder_token_ids, ("m", "T"))
    if ids.dtype.kind not in "iu":
        raise EngineError("decoder_token_ids", "integers", f"of dtype {ids.dtype}")
    mask: Array = (ids != pad).astype(np.float64)
    return mask[:, np.newaxis]


def create_look_ahead_mask(sequence_length: int) -> Array:
    """Let each position look at itself and at what came before, never ahead.

        mask[0, t, s] = 1 where s <= t, else 0

    With it a decoder learns all positions of a sentence in one pass: none can see the token it has to predict.

    - sequence_length: T
    - returns mask: (1, T, T) of 1. and 0., lower triangular with ones on the diagonal

    Raises EngineError when T is below 1. Source: course 5, week 4.

    >>> create_look_ahead_mask(3)
    array([[[1., 0., 0.],
            [1., 1., 0.],
            [1., 1., 1.]]])
    """
    T = as_count("sequence_length", sequence_length)
    return np.tri(T)[np.newaxis]


def create_decoder_mask(decoder_token_ids: ArrayLike, pad: int = 0) -> Array:
    """Both at once, for the self-attention of a decoder: neither ahead nor at padding.

        mask[i, t, s] = 1 where s <= t and the token s of sentence i is not `pad`, else 0

    - decoder_token_ids: (m, T), of integers; pad: the number of the padding token
    - returns mask: (m, T, T) of 1. and 0.

    Raises EngineError when the shape differs or they are not integers. Source: course 5, week 4.

    >>> create_decoder_mask([[7, 3, 0]])
    array([[[1., 0., 0.],
            [1., 1., 0.],
            [1., 1., 0.]]])
    """
    padding = create_padding_mask(decoder_token_ids, pad)
    return padding * create_look_ahead_mask(padding.shape[-1])


def as_mask(mask: ArrayLike, shape: tuple[int, ...]) -> Array:
    """A mask as booleans, after a check that it is one: True where attention may look.

    - mask: of 0 and 1, or booleans, in a shape that broadcasts to `shape`
    - shape: of the scores, (..., T_q, T_k)
    - returns keep: booleans, of the shape that came

    Raises EngineError when the shapes do not fit, or a number is neither 0 nor 1, such as the -1e9 that some
    programs ADD to the scores. Source: course 5, week 4.

    >>> as_mask([1, 0], (3, 2))
    array([ True, False])
    >>> as_mask([0.0, -9.0], (3, 2))
    Traceback (most recent call last):
    engine.errors.EngineError: mask should be of ones (keep) and zeros (ignore), but it is an array that holds -9.0.
    """
    mask = as_array("mask", mask)
    try:
        fits = np.broadcast_shapes(mask.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise EngineError("mask", f"an array whose shape broadcasts to {shape}", f"of shape {mask.shape}")
    keep = mask.astype(bool)
    wrong = mask[mask != keep]
    if wrong.size:
        raise EngineError("mask", "of ones (keep) and zeros (ignore)", f"an array that holds {wrong[0]}")
    return keep


def is_causal(f: Callable[[Array], ArrayLike], ids: ArrayLike, t: int, change: int = 1, atol: float = 1e-10) -> bool:
    """Whether the outputs before position t stay the same when token t changes: a decoder must pass this.

    - f: takes ids (1, T) and returns outputs (1, T, ...); it must not draw random numbers, so dropout is off
    - ids: (1, T), of integers; t: in 0 ... T - 1
    - change: what is added to token t; the new token must be one that f knows
    - atol: how far two outputs may be apart and still count as the same

    Raises EngineError when t lies outside. Source: course 5, week 4.

    >>> is_causal(lambda ids: np.cumsum(ids, axis=1), [[1, 2, 3]], t=1)
    True
    >>> is_causal(lambda ids: ids - np.mean(ids), [[1, 2, 3]], t=1)
    False
    """
    ids = as_array("ids", ids, (1, "T"))
    if not 0 <= t < ids.shape[1]:
        raise EngineError("t", f"a position from 0 to {ids.shape[1] - 1}", str(t))
    changed = ids.copy()
    changed[0, t] += change
    before, after = np.asarray(f(ids))[:, :t], np.asarray(f(changed))[:, :t]
    return bool(np.allclose(before, after, rtol=0, atol=atol))
