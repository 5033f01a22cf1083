"""Adam with weight decay that Adam does not see."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from engine.errors import EngineError, Parameters, as_count, as_floats, as_number, entry


def update_parameters_with_adamw(
    parameters: Parameters,
    grads: Parameters,
    v: Parameters,
    s: Parameters,
    t: int,
    learning_rate: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    weight_decay: float = 0.01,
    no_decay_keys: Collection[str] = (),
) -> tuple[Parameters, Parameters, Parameters]:
    """Adam's step, and beside it the weights shrink by a fixed share.

        v := beta1 v + (1 - beta1) dW          v^c = v / (1 - beta1^t)
        s := beta2 s + (1 - beta2) dW^2        s^c = s / (1 - beta2^t)
        W := W - alpha (v^c / (sqrt(s^c) + epsilon) + lambda W)

    L2 regularization puts lambda W into dW; Adam then divides it by the root of s, so that a weight with large
    gradients hardly decays. Here the decay is decoupled: each weight loses the share alpha lambda.

    - parameters: by name; grads: under "d" and that name; v, s: zeros as from `engine.optim.initialize_adam`, or
      of the last update
    - t: the number of this update, from 1 up; learning_rate: alpha, from 0 up; beta1, beta2: in [0, 1)
    - epsilon: above 0; weight_decay: lambda, from 0 up
    - no_decay_keys: names of parameters that do not decay: biases and the gains of norms as a rule
    - returns parameters, v, s: new arrays

    Raises EngineError when an entry is missing, a shape differs, a number is outside, or no_decay_keys names
    what is no parameter. Source: Loshchilov and Hutter (2019).

    >>> parameters, zero = {"W1": [[1.0]], "b1": [[1.0]]}, {"dW1": [[0.0]], "db1": [[0.0]]}
    >>> updated, v, s = update_parameters_with_adamw(
    ...     parameters, zero, zero, zero, t=1, learning_rate=0.5, weight_decay=0.2, no_decay_keys=["b1"]
    ... )
    >>> updated["W1"], updated["b1"]  # no gradient: only the decay is left
    (array([[0.9]]), array([[1.]]))
    """
    as_count("t", t)
    alpha = as_number("learning_rate", learning_rate, "[0, inf)")
    beta1 = as_number("beta1", beta1, "[0, 1)")
    beta2 = as_number("beta2", beta2, "[0, 1)")
    epsilon = as_number("epsilon", epsilon, "(0, inf)")
    weight_decay = as_number("weight_decay", weight_decay, "[0, inf)")
    if unknown := sorted(set(no_decay_keys) - parameters.keys()):
        raise EngineError("no_decay_keys", f"among {sorted(parameters)}", f"with {unknown[0]!r}")
    updated, first, second = {}, {}, {}
    for name, value in parameters.items():
        key = f"d{name}"
        W = as_floats(name, value)
        dW = as_floats(key, entry("grads", grads, key), W.shape)
        first[key] = beta1 * as_floats(f"v['{key}']", entry("v", v, key), W.shape) + (1 - beta1) * dW
        second[key] = beta2 * as_floats(f"s['{key}']", entry("s", s, key), W.shape) + (1 - beta2) * dW**2
        v_corrected = first[key] / (1 - beta1**t)
        s_corrected = second[key] / (1 - beta2**t)
        decay = 0.0 if name in no_decay_keys else weight_decay
        updated[name] = W - alpha * (v_corrected / (np.sqrt(s_corrected) + epsilon) + decay * W)
    return updated, first, second
