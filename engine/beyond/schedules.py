"""The learning rate of most large models: up in a line, down along a cosine."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import EngineError, as_floats, as_number


def warmup_cosine(t: ArrayLike, T: float, t_warm: float, lr_max: float, lr_min: float = 0.0) -> Any:
    """Warm-up over the first t_warm steps, then half a cosine down to lr_min, which is held.

        alpha = lr_max t / t_warm                                                           t < t_warm
        alpha = lr_min + (lr_max - lr_min) / 2 (1 + cos(pi (t - t_warm) / (T - t_warm)))    t_warm <= t <= T
        alpha = lr_min                                                                      t > T

    Early gradients are large and Adam's averages are not settled: small steps come first. The two pieces meet at
    lr_max, without a jump.

    - t: the step, from 0 up, a number or any shape; T: the last step; t_warm: in [0, T)
    - lr_max, lr_min: from 0 up, lr_min at most lr_max
    - returns: a float, or an array of the shape of t

    Raises EngineError when a number is outside. Source: Loshchilov and Hutter (2017) for the cosine, Goyal et al.
    (2017) for the warm-up.

    >>> warmup_cosine([0, 5, 10, 60, 110, 500], T=110, t_warm=10, lr_max=1.0, lr_min=0.2)
    array([0. , 0.5, 1. , 0.6, 0.2, 0.2])
    """
    T = as_number("T", T, "(0, inf)")
    t_warm = as_number("t_warm", t_warm, f"[0, {T})")
    lr_max = as_number("lr_max", lr_max, "[0, inf)")
    lr_min = as_number("lr_min", lr_min, f"[0, {lr_max}]")
    steps = as_floats("t", t)
    if steps.size and steps.min() < 0:
        raise EngineError("t", "from 0 up", str(steps.min()))
    # Past T the cosine would rise again.
    progress = np.clip((steps - t_warm) / (T - t_warm), 0, 1)
    cosine = lr_min + (lr_max - lr_min) / 2 * (1 + np.cos(np.pi * progress))
    # With no warm-up at all no step is below t_warm; the 1 only keeps 0 / 0 away.
    alpha = np.where(steps < t_warm, lr_max * steps / (t_warm or 1.0), cosine)
    return float(alpha) if alpha.ndim == 0 else alpha
