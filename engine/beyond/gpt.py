"""A decoder-only Transformer that guesses the next token, with everything it needs to learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.beyond.block import StackCache, initialize_stack, stack_backward, stack_forward
from engine.beyond.weight_tying import split_next
from engine.embeddings import sum_by_id
from engine.errors import Array, EngineError, Parameters, as_count, as_floats, as_ids, entry
from engine.masks import create_look_ahead_mask
from engine.transformer import masked_cross_entropy

#: (ids, E, cache of the blocks, h: their output, T_max)
GPTCache = tuple[Array, Array, StackCache, Array, int]


def initialize_gpt(
    V: int,
    T_max: int,
    d: int,
    n_layers: int,
    d_ff: int | None = None,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Parameters:
    """The parameters of a GPT, small enough at first that all tokens are about equally likely.

    - V: size of the vocabulary; T_max: the longest text; d: the size of a vector; n_layers: the number of blocks
    - d_ff: of the hidden layers, None for 4 d; rng: a Generator or a seed; dtype: of the parameters
    - returns: "E" (V, d), "P" (T_max, d), and those of `initialize_stack`: "0.ln1.gamma", ...

    Raises EngineError when a size is below 1. Source: Radford et al. (2019).

    >>> params = initialize_gpt(V=10, T_max=8, d=4, n_layers=2, rng=0)
    >>> params["E"].shape, params["1.ffn.W1"].shape
    ((10, 4), (4, 16))
    """
    as_count("V", V)
    as_count("T_max", T_max)
    as_count("d", d)
    rng = np.random.default_rng(rng)
    # E also turns the output into logits: with rows of length about 0.02 sqrt(d) these start near 0.
    E: Array = rng.normal(scale=0.02, size=(V, d)).astype(dtype)
    P: Array = rng.normal(scale=0.02, size=(T_max, d)).astype(dtype)
    return {"E": E, "P": P, **initialize_stack(d, n_layers, d_ff, rng, dtype)}


def gpt_forward(ids: ArrayLike, params: Mapping[str, Any], n_heads: int = 1) -> tuple[Array, GPTCache]:
    """The scores of the next token at every position, all at once; no position looks ahead.

        x = E[ids] + P[0 ... T - 1]        h = blocks and norm of x        logits = h E^T

    The embedding E is also the output layer: weight tying.

    - ids: (m, T), integers in 0 ... V - 1, T at most T_max; params: as of `initialize_gpt`; n_heads: divides d
    - returns logits: (m, T, V); cache: (ids, E, the blocks' cache, h, T_max)

    Raises EngineError when a parameter is missing, a shape differs, an id lies outside or the text is too long.
    Source: Radford et al. (2018, 2019); Press and Wolf (2017) for the tying.

    >>> params = initialize_gpt(V=10, T_max=8, d=4, n_layers=2, rng=0)
    >>> logits, _ = gpt_forward([[3, 1, 4]], params, n_heads=2)
    >>> other, _ = gpt_forward([[3, 1, 9]], params, n_heads=2)
    >>> np.allclose(logits[:, :2], other[:, :2])  # the third token cannot change what was said before it
    True
    """
    E = as_floats("E", entry("params", params, "E"), ("V", "d"))
    V, d = E.shape
    P = as_floats("P", entry("params", params, "P"), ("T_max", d))
    ids = as_ids("ids", ids, V, ("m", "T"))
    T = ids.shape[1]
    if len(P) < T:
        raise EngineError("ids", f"rows of at most {len(P)} tokens", f"of shape {ids.shape}")
    h, stack = stack_forward(E[ids] + P[:T], params, n_heads, create_look_ahead_mask(T))
    logits = h.reshape(-1, d) @ E.T
    return logits.reshape(*ids.shape, V), (ids, E, stack, h, len(P))


def gpt_backward(dlogits: ArrayLike, cache: GPTCache) -> Parameters:
    """The gradients of all parameters; E gets one for each of its two uses.

        dh = dlogits E        dx back through the blocks        dP[t] = sum over examples of dx[:, t]
        dE = dlogits^T h  +  the sum of dx at the places of each token

    - dlogits: (m, T, V); cache: of `gpt_forward`
    - returns grads: by the names of the parameters; dP is 0 at positions that were not reached

    Raises EngineError when dlogits has another shape than the logits. Source: Press and Wolf (2017).

    >>> params = initialize_gpt(V=10, T_max=8, d=4, n_layers=2, rng=0)
    >>> logits, cache = gpt_forward([[3, 1, 4]], params, n_heads=2)
    >>> gpt_backward(np.ones_like(logits), cache).keys() == params.keys()
    True
    """
    ids, E, stack, h, T_max = cache
    V, d = E.shape
    rows = as_floats("dlogits", dlogits, (*ids.shape, V)).reshape(-1, V)
    dx, grads = stack_backward((rows @ E).reshape(h.shape), stack)
    grads["E"] = rows.T @ h.reshape(-1, d)
    grads["E"] += sum_by_id(dx.reshape(-1, d), ids.reshape(-1), V)
    grads["P"] = np.zeros((T_max, d), dx.dtype)
    grads["P"][: ids.shape[1]] = dx.sum(axis=0)
    return grads


def gpt_loss_and_grads(
    ids: ArrayLike, params: Mapping[str, Any], n_heads: int = 1, pad_id: int | None = None
) -> tuple[float, Parameters]:
    """One training step's loss and gradients: every token but the first is a target.

        L = `next_token_loss` of the logits for ids[:, :-1], whose targets are ids[:, 1:]

    - ids: (m, T), integers in 0 ... V - 1, T from 2 up to T_max + 1: the last token is only a target
    - params: as of `initialize_gpt`; n_heads: divides d; pad_id: the token that fills short texts up at their END
    - returns loss: a float; grads: by the names of the parameters

    Raises EngineError as `gpt_forward`, when T is 1, or when all targets are padding. Source: Radford et al. (2018).

    >>> params = initialize_gpt(V=10, T_max=8, d=4, n_layers=1, rng=0)
    >>> loss, grads = gpt_loss_and_grads([[3, 1, 4, 1, 5]], params, n_heads=2)
    >>> smaller = {name: value - 0.1 * grads[name] for name, value in params.items()}
    >>> gpt_loss_and_grads([[3, 1, 4, 1, 5]], smaller, n_heads=2)[0] < loss
    True
    """
    V = len(as_floats("E", entry("params", params, "E"), ("V", "d")))
    # No position looks ahead, so the last token need not be read at all: its logits have no target.
    inputs, targets = split_next(as_ids("ids", ids, V))
    logits, cache = gpt_forward(inputs, params, n_heads)
    loss, dlogits = masked_cross_entropy(logits, targets, -1 if pad_id is None else pad_id)
    return loss, gpt_backward(dlogits, cache)
