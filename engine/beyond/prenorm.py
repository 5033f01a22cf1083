"""Where the norm stands in a residual block decides how far gradients travel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_choice, as_floats
from engine.layernorm import LayerNormCache, layer_norm_backward, layer_norm_forward

#: One pair of weights for each block: W1 (d, h), W2 (h, d).
Blocks = Sequence[tuple[ArrayLike, ArrayLike]]


def residual_stack_forward(x: ArrayLike, blocks: Blocks, order: str) -> tuple[Array, tuple[Any, ...]]:
    """Residual blocks of two dense layers, F(x) = max(0, x W1) W2, normalized before or after.

        "post":  x := LN(x + F(x))
        "pre":   x := x + F(LN(x)), and one more LN at the end

    The final norm of the pre-norm order is no ornament: without it the sum of all blocks would leave unscaled.
    The norms have gain 1 and shift 0.

    - x: (m, d); blocks: (W1 (d, h), W2 (h, d)) from first to last; order: "pre" or "post"
    - returns out: (m, d); cache: (order, for each block its (x_in, hidden, W1, W2, norm), the final norm or None)

    Raises EngineError when a shape differs, there is no block, or the order is unknown. Source: Xiong et al. (2020).

    >>> x, nothing = np.array([[1.0, 3.0]]), (np.zeros((2, 4)), np.zeros((4, 2)))
    >>> residual_stack_forward(x, [nothing], "pre")[0].round(3)  # the blocks add 0, and the norm remains
    array([[-1.,  1.]])
    """
    out: Array = as_floats("x", x, ("m", "d"))
    d = out.shape[1]
    as_choice("order", order, ("pre", "post"))
    if not blocks:
        raise EngineError("blocks", "a list of at least one (W1, W2)", "empty")
    caches = []
    for number, (first, second) in enumerate(blocks, start=1):
        W1 = as_floats(f"W1 of block {number}", first, (d, "h"))
        W2 = as_floats(f"W2 of block {number}", second, (W1.shape[1], d))
        if order == "pre":
            x_in, norm = _norm(out)
            hidden = np.maximum(x_in @ W1, 0)
            out = out + hidden @ W2
        else:
            x_in, hidden = out, np.maximum(out @ W1, 0)
            out, norm = _norm(out + hidden @ W2)
        caches.append((x_in, hidden, W1, W2, norm))
    final = None
    if order == "pre":
        out, final = _norm(out)
    return out, (order, caches, final)


def residual_stack_backward(dOut: ArrayLike, cache: tuple[Any, ...]) -> tuple[Array, list[tuple[Array, Array]]]:
    """The gradients of all blocks, and for the input.

        "post":  ds = LN'(dx)                 dx := ds + F'(ds)
        "pre":   the straight way keeps dx    dx := dx + LN'(F'(dx))

    Before a post-norm there is no way around: a gradient passes through every norm, and each takes away what lies
    along its vector. The pre-norm order has a way back to the first block that meets the final norm alone.

    - dOut: (m, d); cache: of `residual_stack_forward`
    - returns dx: (m, d); grads: (dW1, dW2) for each block, from first to last

    Raises EngineError when dOut has another shape than out. Source: Xiong et al. (2020).

    >>> x, nothing = np.array([[1.0, 3.0, 9.0]]), (np.zeros((3, 4)), np.zeros((4, 3)))
    >>> _, cache = residual_stack_forward(x, [nothing] * 5, "pre")
    >>> np.allclose(residual_stack_backward(np.ones((1, 3)), cache)[0], 0)  # the final norm takes a shift of all off
    True
    """
    order, caches, final = cache
    dx = as_floats("dOut", dOut, caches[0][0].shape)
    if final is not None:
        dx = _norm_backward(dx, final)
    grads = []
    for x_in, hidden, W1, W2, norm in reversed(caches):
        ds = dx if order == "pre" else _norm_backward(dx, norm)
        dhidden = (ds @ W2.T) * (hidden > 0)
        grads.append((x_in.T @ dhidden, hidden.T @ ds))
        through = dhidden @ W1.T
        dx = ds + (_norm_backward(through, norm) if order == "pre" else through)
    return dx, grads[::-1]


def pre_vs_post_norm(x: ArrayLike, blocks: Blocks, dOut: ArrayLike) -> tuple[float, float]:
    """How much gradient reaches the first block in either order.

        ||dW1||_2 and ||dW2||_2 of the first block, taken together

    Small weights make the orders alike. With many blocks, large weights and few features hardly anything passes
    all the norms of the post-norm order, while the pre-norm order still lets it through.

    - x: (m, d); blocks: (W1 (d, h), W2 (h, d)) from first to last; dOut: (m, d), the gradient at the end
    - returns pre, post: floats

    Raises EngineError when a shape differs. Source: Xiong et al. (2020), who find the gradients of the LAST blocks
    large in a post-norm stack at the start, which is why it needs a warm-up.

    >>> rng = np.random.default_rng(0)
    >>> blocks = [(rng.normal(size=(8, 16)), rng.normal(size=(16, 8))) for _ in range(48)]
    >>> pre, post = pre_vs_post_norm(rng.normal(size=(5, 8)), blocks, rng.normal(size=(5, 8)))
    >>> pre > 100 * post
    True
    """
    norms = []
    for order in ("pre", "post"):
        _, cache = residual_stack_forward(x, blocks, order)
        _, grads = residual_stack_backward(dOut, cache)
        norms.append(float(np.sqrt(sum(np.vdot(dW, dW) for dW in grads[0]))))
    return norms[0], norms[1]


def _norm(x: Array) -> tuple[Array, LayerNormCache]:
    d = x.shape[-1]
    return layer_norm_forward(x, np.ones(d, x.dtype), np.zeros(d, x.dtype))


def _norm_backward(dy: Array, cache: LayerNormCache) -> Array:
    return layer_norm_backward(dy, cache)[0]
