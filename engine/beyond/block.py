"""The blocks of a modern Transformer: each part reads a normalized copy and adds what it found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.attention import MultiHeadCache, multi_head_attention_backward, multi_head_attention_forward
from engine.beyond.activations import gelu, gelu_backward
from engine.errors import Array, Parameters, as_count, as_floats, entry
from engine.layernorm import LayerNormCache, layer_norm_backward, layer_norm_forward
from engine.transformer_layers import sub_parameters

#: (first norm, attention, second norm, (n2, z, a, W1, W2) of the feed-forward network)
BlockCache = tuple[LayerNormCache, MultiHeadCache, LayerNormCache, tuple[Array, Array, Array, Array, Array]]

#: (the caches of the blocks, final norm)
StackCache = tuple[list[BlockCache], LayerNormCache]

#: Of all norms, as in GPT-2.
_EPS = 1e-5


def initialize_block(
    d: int, d_ff: int, n_layers: int, rng: np.random.Generator | int | None = None, dtype: type = np.float64
) -> Parameters:
    """Small Gaussian weights; those that write into the residual stream are smaller the more blocks there are.

        standard deviation 1 / sqrt(n_in), and 1 / sqrt(2 n_layers n_in) for Wo and W2

    Each block adds two terms to the stream: with 2 n_layers terms of that size its variance stays near 1.

    - d: the size of a vector; d_ff: of the hidden layer, 4 d as a rule; n_layers: how many blocks there will be
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: "ln1.gamma", "ln1.beta" (d,), "mha.Wq", "mha.Wk", "mha.Wv", "mha.Wo" (d, d), "ln2.gamma", "ln2.beta",
      "ffn.W1" (d, d_ff), "ffn.b1" (d_ff,), "ffn.W2" (d_ff, d), "ffn.b2" (d,)

    Raises EngineError when a size is below 1. Source: Radford et al. (2019).

    >>> sum(value.size for value in initialize_block(8, 32, 1, rng=0).values())  # about 12 d^2
    840
    """
    as_count("d", d)
    as_count("d_ff", d_ff)
    as_count("n_layers", n_layers)
    rng = np.random.default_rng(rng)

    def gaussian(n_in: int, n_out: int, terms: int = 1) -> Array:
        return rng.normal(scale=1 / np.sqrt(terms * n_in), size=(n_in, n_out))

    params = {
        "ln1.gamma": np.ones(d),
        "ln1.beta": np.zeros(d),
        "mha.Wq": gaussian(d, d),
        "mha.Wk": gaussian(d, d),
        "mha.Wv": gaussian(d, d),
        "mha.Wo": gaussian(d, d, 2 * n_layers),
        "ln2.gamma": np.ones(d),
        "ln2.beta": np.zeros(d),
        "ffn.W1": gaussian(d, d_ff),
        "ffn.b1": np.zeros(d_ff),
        "ffn.W2": gaussian(d_ff, d, 2 * n_layers),
        "ffn.b2": np.zeros(d),
    }
    return {name: value.astype(dtype) for name, value in params.items()}


def block_forward(
    x: ArrayLike, params: Mapping[str, Any], n_heads: int, mask: ArrayLike | None = None, eps: float = _EPS
) -> tuple[Array, BlockCache]:
    """Pre-norm attention, then a pre-norm feed-forward network.

        y = x + MHA(LN(x))        out = y + GELU(LN(y) W1 + b1) W2 + b2

    The Transformer of course 5 normalizes the sum instead: LN(x + MHA(x)). Here x itself passes untouched.
    The GELU is the form with the tanh.

    - x: (m, T, d); params: as of `initialize_block`; n_heads: divides d
    - mask: of 1 (keep) and 0 (ignore), as in `engine.attention.multi_head_attention`; eps: of the norms
    - returns out: (m, T, d); cache: (norm, attention, norm, (n2, z, a, W1, W2) with n2 the second norm's output and
      a = GELU(z) as rows)

    Raises EngineError when a parameter is missing or a shape differs. Source: Radford et al. (2019); Xiong et al.
    (2020) on where the norm stands.

    >>> params = initialize_block(8, 32, 1, rng=0) | {"mha.Wo": np.zeros((8, 8)), "ffn.W2": np.zeros((32, 8))}
    >>> x = np.random.default_rng(1).normal(size=(2, 3, 8))
    >>> np.array_equal(block_forward(x, params, n_heads=2)[0], x)  # nothing is found, nothing is changed
    True
    """
    x = as_floats("x", x, ("m", "T", "d"))
    n1, norm1 = layer_norm_forward(x, entry("params", params, "ln1.gamma"), entry("params", params, "ln1.beta"), eps)
    found, attention = multi_head_attention_forward(n1, n1, sub_parameters(params, "mha"), n_heads, mask)
    y = x + found
    n2, norm2 = layer_norm_forward(y, entry("params", params, "ln2.gamma"), entry("params", params, "ln2.beta"), eps)
    d = x.shape[-1]
    W1 = as_floats("ffn.W1", entry("params", params, "ffn.W1"), (d, "d_ff"))
    b1 = as_floats("ffn.b1", entry("params", params, "ffn.b1"), (W1.shape[1],))
    W2 = as_floats("ffn.W2", entry("params", params, "ffn.W2"), (W1.shape[1], d))
    b2 = as_floats("ffn.b2", entry("params", params, "ffn.b2"), (d,))
    # All positions of all examples as rows: one product, not one for each example.
    n2 = n2.reshape(-1, d)
    z = n2 @ W1
    z += b1
    a = gelu(z, approximate=True)
    out = y + (a @ W2).reshape(x.shape)
    out += b2
    return out, (norm1, attention, norm2, (n2, z, a, W1, W2))


def block_backward(dout: ArrayLike, cache: BlockCache) -> tuple[Array, Parameters]:
    """The gradients of a block: at each sum the gradient goes both ways.

        dy = dout + LN'(FFN'(dout))        dx = dy + LN'(MHA'(dy))

    - dout: (m, T, d); cache: of `block_forward`
    - returns dx: (m, T, d); grads: by the names of the parameters

    Raises EngineError when dout has another shape than out. Source: Radford et al. (2019).

    >>> params = initialize_block(8, 32, 1, rng=0)
    >>> out, cache = block_forward(np.ones((2, 3, 8)), params, n_heads=2)
    >>> dx, grads = block_backward(np.ones_like(out), cache)
    >>> grads.keys() == params.keys(), grads["ffn.b2"][0]  # six rows
    (True, np.float64(6.0))
    """
    norm1, attention, norm2, (n2, z, a, W1, W2) = cache
    shape = norm1[0].shape
    d = shape[-1]
    dout = as_floats("dout", dout, shape)
    rows = dout.reshape(-1, d)
    dz = gelu_backward(rows @ W2.T, z, approximate=True)
    grads = {"ffn.W1": n2.T @ dz, "ffn.b1": dz.sum(axis=0), "ffn.W2": a.T @ rows, "ffn.b2": rows.sum(axis=0)}
    through, grads["ln2.gamma"], grads["ln2.beta"] = layer_norm_backward((dz @ W1.T).reshape(shape), norm2)
    dy = dout + through

    dx_q, dx_kv, found = multi_head_attention_backward(dy, attention)
    grads |= {f"mha.{name.removeprefix('d')}": gradient for name, gradient in found.items()}
    through, grads["ln1.gamma"], grads["ln1.beta"] = layer_norm_backward(dx_q + dx_kv, norm1)
    return dy + through, grads


def initialize_stack(
    d: int,
    n_layers: int,
    d_ff: int | None = None,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Parameters:
    """Several blocks and the norm after the last of them.

    - d: the size of a vector; n_layers: the number of blocks; d_ff: of the hidden layers, None for 4 d
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: "0.ln1.gamma", ... as of `initialize_block`, "ln_f.gamma", "ln_f.beta" (d,)

    Raises EngineError when a size is below 1. Source: Radford et al. (2019).

    >>> initialize_stack(d=4, n_layers=2, rng=0)["1.ffn.W1"].shape
    (4, 16)
    """
    as_count("d", d)
    rng = np.random.default_rng(rng)
    params: Parameters = {}
    for layer in range(as_count("n_layers", n_layers)):
        block = initialize_block(d, 4 * d if d_ff is None else d_ff, n_layers, rng, dtype)
        params |= {f"{layer}.{name}": value for name, value in block.items()}
    return params | {"ln_f.gamma": np.ones(d, dtype), "ln_f.beta": np.zeros(d, dtype)}


def stack_forward(
    x: ArrayLike, params: Mapping[str, Any], n_heads: int, mask: ArrayLike | None = None
) -> tuple[Array, StackCache]:
    """All blocks one after the other, and a norm for the sum of what they added.

        x := Block_l(x)  for l = 0, 1, ...        h = LN(x)

    - x: (m, T, d); params: as of `initialize_stack`, others are left alone; n_heads, mask: as in `block_forward`
    - returns h: (m, T, d); cache: (the blocks' caches, the final norm's)

    Raises EngineError as `block_forward`. Source: Radford et al. (2019).

    >>> h, _ = stack_forward(np.ones((2, 3, 4)), initialize_stack(d=4, n_layers=2, rng=0), n_heads=2)
    >>> np.allclose(h.mean(axis=-1), 0)
    True
    """
    x = as_floats("x", x, ("m", "T", "d"))
    block_caches: list[BlockCache] = []
    while f"{len(block_caches)}.ln1.gamma" in params:
        x, block_cache = block_forward(x, sub_parameters(params, str(len(block_caches))), n_heads, mask)
        block_caches.append(block_cache)
    gamma, beta = entry("params", params, "ln_f.gamma"), entry("params", params, "ln_f.beta")
    h, norm = layer_norm_forward(x, gamma, beta, _EPS)
    return h, (block_caches, norm)


def stack_backward(dh: ArrayLike, cache: StackCache) -> tuple[Array, Parameters]:
    """The gradients of all blocks, from the last to the first.

    - dh: (m, T, d); cache: of `stack_forward`
    - returns dx: (m, T, d); grads: by the names of the parameters

    Raises EngineError when dh has another shape than h. Source: Radford et al. (2019).

    >>> params = initialize_stack(d=4, n_layers=2, rng=0)
    >>> h, cache = stack_forward(np.ones((2, 3, 4)), params, n_heads=2)
    >>> stack_backward(np.ones_like(h), cache)[1].keys() == params.keys()
    True
    """
    block_caches, norm = cache
    dx, dgamma, dbeta = layer_norm_backward(dh, norm)
    grads = {"ln_f.gamma": dgamma, "ln_f.beta": dbeta}
    for layer, block_cache in reversed(list(enumerate(block_caches))):
        dx, block_grads = block_backward(dx, block_cache)
        grads |= {f"{layer}.{name}": gradient for name, gradient in block_grads.items()}
    return dx, grads
