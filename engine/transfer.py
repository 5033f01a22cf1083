"""A trained network for a new task: keep its first layers, put a new head on (course 3, week 2)."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from engine.errors import Array, EngineError, Parameters, as_count, as_floats, as_number, entry


def transfer_model(
    base_params: Parameters, n_new: int, trainable_from: int, rng: np.random.Generator | int | None = None
) -> tuple[Parameters, dict[str, bool]]:
    """Copies of a network's parameters with a new last layer, and which of them are to be trained.

        layers 1 ... trainable_from - 1 stay as they are        the others are trained, the new head always

    With few examples of the new task train the head alone; with more of them, more layers.

    - base_params: {"W1": (n1, n0), "b1": (n1, 1), ..., "WL", "bL"}, perhaps with "gamma1", "beta1", ...
    - n_new: number of outputs of the new head, drawn as He proposes; trainable_from: from 1 (all) to L (the head)
    - returns params: new arrays under the same names; mask: name -> whether it is trained

    Raises EngineError when the layers are not numbered from 1, a name has no number, or trainable_from is outside.
    Source: course 3, week 2.

    >>> base = {"W1": np.ones((3, 2)), "b1": np.zeros((3, 1)), "W2": np.ones((1, 3)), "b2": np.zeros((1, 1))}
    >>> params, mask = transfer_model(base, n_new=5, trainable_from=2, rng=0)
    >>> params["W2"].shape, mask
    ((5, 3), {'W1': False, 'b1': False, 'W2': True, 'b2': True})
    """
    as_count("n_new", n_new)
    L = sum(name.startswith("W") for name in base_params)
    for layer in range(1, L + 1):
        entry("base_params", base_params, f"W{layer}")
    if as_count("trainable_from", trainable_from) > L or L == 0:
        raise EngineError("trainable_from", f"the number of a layer, 1 to {L}", str(trainable_from))
    layer_of = {name: _layer(name) for name in base_params}
    params = {name: as_floats(name, value).copy() for name, value in base_params.items()}
    W = as_floats(f"W{L}", params[f"W{L}"], ("n", "n_prev"))
    scale = np.sqrt(2 / W.shape[1])
    params[f"W{L}"] = (scale * np.random.default_rng(rng).normal(size=(n_new, W.shape[1]))).astype(W.dtype)
    params[f"b{L}"] = np.zeros((n_new, 1), W.dtype)
    mask = {name: layer_of.get(name, L) >= trainable_from for name in params}
    return params, mask


def train_masked(
    params: Parameters,
    mask: dict[str, bool],
    gradients: Callable[[Parameters], Parameters],
    learning_rate: float,
    steps: int,
    beta: float = 0.9,
    weight_decay: float = 0.0,
) -> Parameters:
    """Gradient descent with momentum and weight decay on the parameters of the mask, the others untouched.

        v := beta v + (1 - beta) dW        W := W - alpha (v + weight_decay W)        for trained W only

    A frozen parameter must be left out of the decay and the velocity too, or it would move without a gradient.

    - params: by name; mask: name -> whether it is trained; gradients: params -> {"d" + name: gradient}
    - learning_rate, weight_decay: 0 or positive; beta: in [0, 1); biases are not decayed
    - returns: new parameters, all of them new arrays

    Raises EngineError when a name is missing, a shape differs or a number is outside. Source: course 3, week 2.

    >>> params = {"W1": np.array([[1.0]]), "W2": np.array([[1.0]])}
    >>> train_masked(params, {"W1": False, "W2": True}, lambda p: {"dW1": p["W1"], "dW2": p["W2"]}, 0.5, 1, beta=0)
    {'W1': array([[1.]]), 'W2': array([[0.5]])}
    """
    learning_rate = as_number("learning_rate", learning_rate, "[0, inf)")
    beta = as_number("beta", beta, "[0, 1)")
    weight_decay = as_number("weight_decay", weight_decay, "[0, inf)")
    params = {name: as_floats(name, value).copy() for name, value in params.items()}
    trained = [name for name in params if entry("mask", mask, name)]
    velocity: dict[str, Array] = {name: np.zeros_like(params[name]) for name in trained}
    for _ in range(as_count("steps", steps)):
        grads = gradients(params)
        for name in trained:
            gradient = as_floats(f"d{name}", entry("gradients", grads, f"d{name}"), params[name].shape)
            velocity[name] = beta * velocity[name] + (1 - beta) * gradient
            decay = weight_decay if name.startswith("W") else 0.0
            params[name] = params[name] - learning_rate * (velocity[name] + decay * params[name])
    return params


def _layer(name: str) -> int:
    number = re.fullmatch(r"[A-Za-z]+([0-9]+)", name)
    if number is None:
        raise EngineError("base_params", "a dictionary whose names end in the number of a layer", f"one with {name!r}")
    return int(number[1])
