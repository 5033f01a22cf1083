"""Training with 16-bit numbers: what they lose, and the scaling that saves it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, Parameters, as_count, as_floats, as_number, entry


def to_bfloat16(x: ArrayLike) -> Array:
    """Round to bfloat16: the range of float32 with 8 bits of precision instead of 24.

        sign 1 bit, exponent 8 bits, fraction 7 bits; float16 has 1, 5 and 10

    Gradients that vanish in float16 survive here, so bfloat16 needs no loss scaling; but 1 + 1/256 is 1.

    - x: any shape
    - returns: float32 of the same shape, whose numbers are all bfloat16; ties go to the even one

    Raises EngineError when x does not hold real numbers. Source: Kalamkar et al. (2019).

    >>> to_bfloat16([1e-30, 1 + 1 / 256, 1 + 3 / 256]), np.float16(1e-30)
    (array([9.984021e-31, 1.000000e+00, 1.015625e+00], dtype=float32), np.float16(0.0))
    """
    values = as_floats("x", x).astype(np.float32)
    bits = np.atleast_1d(values).view(np.uint32)
    # bfloat16 is the upper half of a float32. Half a unit is added before the cut, a hair less when that is even.
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) & np.uint32(0xFFFF0000)
    numbers = rounded.view(np.float32).reshape(values.shape)
    # The addition would run a NaN into another number.
    return np.where(np.isnan(values), values, numbers)


def underflow_counts(g: ArrayLike, scale: float) -> tuple[int, int, int]:
    """How many gradients float16 turns into 0, without and with loss scaling.

        lost: float16(g) = 0 but g != 0        float16 ends at 6e-8 below and at 65504 above

    A loss that is scaled by k has gradients that are, each of them; in float32 they are divided by k again.

    - g: (n,), the true gradients; scale: k, above 0
    - returns lost, lost_scaled, overflowed: how many vanish in float16(g), how many in float16(k g), and how many
      of those become infinite

    Raises EngineError when g is not of rank 1 or the scale is not positive. Source: Micikevicius et al. (2018).

    >>> underflow_counts([0.0, 1e-9, 1e-4, 100.0], scale=1024.0)
    (1, 0, 1)
    """
    g = as_floats("g", g, ("n",)).astype(np.float32)
    scale = as_number("scale", scale, "(0, inf)")
    with np.errstate(over="ignore"):
        plain, scaled = g.astype(np.float16), (g * scale).astype(np.float16)
    there = g != 0
    return int(np.sum(there & (plain == 0))), int(np.sum(there & (scaled == 0))), int(np.sum(np.isinf(scaled)))


def loss_scaler_step(
    grads16: Mapping[str, ArrayLike],
    scale: float,
    state: Mapping[str, int],
    growth: float = 2.0,
    backoff: float = 0.5,
    growth_interval: int = 2000,
) -> tuple[Parameters | None, float, dict[str, int]]:
    """One step of a loss scaler that finds its own scale.

        all finite:   grads = float32(grads16) / k, and k := growth k after growth_interval good steps in a row
        else:         no update, and k := backoff k

    The division is done in float32: in float16 the gradients would vanish again.

    - grads16: the gradients of k times the loss, by name, float16; scale: k, above 0
    - state: {"good_steps": the number of finite steps since the scale last changed}; {"good_steps": 0} at first
    - growth: above 1; backoff: in (0, 1); growth_interval: a count
    - returns grads: float32, by name, or None: leave this update out; scale: for the next step; state

    Raises EngineError when the gradients are not float16, a number is outside, or the state lacks its key.
    Source: Micikevicius et al. (2018), the "dynamic" scale; the constants are those of `torch.amp.GradScaler`.

    >>> grads16 = {"dW1": np.array([2.0], np.float16)}
    >>> loss_scaler_step(grads16, 1024.0, {"good_steps": 1999})
    ({'dW1': array([0.00195312], dtype=float32)}, 2048.0, {'good_steps': 0})
    >>> loss_scaler_step({"dW1": np.array([np.inf], np.float16)}, 1024.0, {"good_steps": 7})
    (None, 512.0, {'good_steps': 0})
    """
    scale = as_number("scale", scale, "(0, inf)")
    growth = as_number("growth", growth, "(1, inf)")
    backoff = as_number("backoff", backoff, "(0, 1)")
    growth_interval = as_count("growth_interval", growth_interval)
    good_steps = as_count("state['good_steps']", entry("state", state, "good_steps"), least=0)
    halves = {name: as_floats(name, gradient) for name, gradient in grads16.items()}
    for name, gradient in halves.items():
        if gradient.dtype != np.float16:
            raise EngineError(name, "of dtype float16", f"of dtype {gradient.dtype}")
    if not all(np.isfinite(gradient).all() for gradient in halves.values()):
        return None, scale * backoff, {"good_steps": 0}
    grads = {name: gradient.astype(np.float32) / scale for name, gradient in halves.items()}
    good_steps += 1
    if good_steps == growth_interval:
        return grads, scale * growth, {"good_steps": 0}
    return grads, scale, {"good_steps": good_steps}


def update_master_weights(
    masters: Mapping[str, ArrayLike], grads: Mapping[str, ArrayLike], learning_rate: float
) -> tuple[Parameters, Parameters]:
    """Gradient descent on float32 weights, of which the network uses float16 copies.

        W := W - alpha dW in float32        W16 = float16(W)

    Between 1 and 2 the float16 numbers are 0.001 apart: a smaller step on W16 itself would be lost every time,
    while in the masters small steps add up.

    - masters: by name, float32; grads: under "d" and that name; learning_rate: alpha, from 0 up
    - returns masters: new float32 arrays; copies: the same in float16

    Raises EngineError when a gradient is missing or a shape differs. Source: Micikevicius et al. (2018).

    >>> masters, direct = {"W": np.ones(1, np.float32)}, np.ones(1, np.float16)
    >>> for _ in range(100):
    ...     masters, copies = update_master_weights(masters, {"dW": [1.0]}, 1e-4)
    ...     direct -= np.float16(1e-4)
    >>> copies["W"], direct
    (array([0.99], dtype=float16), array([1.], dtype=float16))
    """
    alpha = as_number("learning_rate", learning_rate, "[0, inf)")
    updated = {}
    for name, value in masters.items():
        W = as_floats(name, value).astype(np.float32, copy=False)
        dW = as_floats(f"d{name}", entry("grads", grads, f"d{name}"), W.shape).astype(np.float32, copy=False)
        updated[name] = W - alpha * dW
    return updated, {name: W.astype(np.float16) for name, W in updated.items()}
