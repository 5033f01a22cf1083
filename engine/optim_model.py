"""Training in mini-batches with a choice of optimizers (course 2, week 2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.batches import random_mini_batches
from engine.dnn import L_model_backward, L_model_forward, compute_cost
from engine.dnn_shapes import checked_dims
from engine.errors import Parameters, as_choice, as_count, as_floats
from engine.init import initialize_parameters_he
from engine.optim import (
    initialize_adam,
    initialize_velocity,
    update_parameters_with_adam,
    update_parameters_with_gd,
    update_parameters_with_momentum,
    update_parameters_with_rmsprop,
)


def model(
    X: ArrayLike,
    Y: ArrayLike,
    layers_dims: Sequence[int],
    optimizer: str,
    learning_rate: float = 0.0007,
    mini_batch_size: int = 64,
    beta: float = 0.9,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    num_epochs: int = 5000,
    print_cost: bool = True,
    decay: Callable[[float, int, float], float] | None = None,
    decay_rate: float = 1,
    rng: np.random.Generator | int | None = None,
    record: Callable[[int, float], object] | None = None,
) -> Parameters:
    """Train a network of any depth: in each epoch new mini-batches, and for each of them one update.

        cost of an epoch = 1/m sum over the batches of (size of the batch * its cost)

    A mean of the batches' costs would count the examples of a small last batch too much.

    - X: (n_x, m); Y: (n_L, m), labels 0 or 1; layers_dims: [n_x, n1, ..., nL]
    - optimizer: "gd", "momentum", "rmsprop" or "adam"; learning_rate: alpha_0; mini_batch_size: from 1 up
    - beta: of momentum; beta1, beta2, epsilon: of Adam; the last two of RMSprop
    - num_epochs: from 1 up; print_cost: print every 1000th epoch's cost
    - decay: gives the rate of an epoch from (alpha_0, epoch, decay_rate), such as `engine.schedules.update_lr`
    - rng: a Generator or a seed, for the weights and the batches
    - record: called with each epoch and its cost
    - returns parameters: W1, b1, ..., WL, bL, in the dtype of X

    Raises EngineError when a shape differs, there is no epoch, or the optimizer is another.
    Source: course 2, week 2.

    >>> X = np.random.default_rng(0).normal(size=(2, 100))
    >>> Y = (X[:1] ** 2 + X[1:] ** 2 < 1) * 1
    >>> for optimizer in ("gd", "adam"):
    ...     costs = []
    ...     _ = model(X, Y, [2, 8, 1], optimizer, 0.02, 32, num_epochs=20, print_cost=False, rng=1,
    ...               record=lambda epoch, cost: costs.append(cost))
    ...     print(optimizer, round(costs[0], 2), round(costs[-1], 2))
    gd 0.71 0.62
    adam 0.69 0.37
    """
    dims = checked_dims(layers_dims, "layers_dims")
    X = as_floats("X", X, (dims[0], "m"))
    m = X.shape[1]
    Y = as_floats("Y", Y, (dims[-1], m)).astype(X.dtype)
    as_choice("optimizer", optimizer, ("gd", "momentum", "rmsprop", "adam"))
    as_count("num_epochs", num_epochs)
    rng = np.random.default_rng(rng)

    parameters = {name: value.astype(X.dtype) for name, value in initialize_parameters_he(dims, rng).items()}
    v = initialize_velocity(parameters)
    _, s = initialize_adam(parameters)
    alpha = learning_rate
    t = 0
    for epoch in range(num_epochs):
        if decay is not None:
            alpha = decay(learning_rate, epoch, decay_rate)
        total = 0.0
        # One Generator for all epochs: every epoch has batches of its own.
        for X_t, Y_t in random_mini_batches(X, Y, mini_batch_size, rng):
            AL, caches = L_model_forward(X_t, parameters)
            total += compute_cost(AL, Y_t) * X_t.shape[1]
            grads = L_model_backward(AL, Y_t, caches, input_gradient=False)
            t += 1
            if optimizer == "gd":
                parameters = update_parameters_with_gd(parameters, grads, alpha)
            elif optimizer == "momentum":
                parameters, v = update_parameters_with_momentum(parameters, grads, v, beta, alpha)
            elif optimizer == "rmsprop":
                parameters, s = update_parameters_with_rmsprop(parameters, grads, s, beta2, alpha, epsilon)
            else:
                parameters, v, s, _, _ = update_parameters_with_adam(
                    parameters, grads, v, s, t, alpha, beta1, beta2, epsilon
                )
        cost = total / m
        if record is not None:
            record(epoch, cost)
        if print_cost and epoch % 1000 == 0:
            print(f"Epoch {epoch}: cost {cost:f}")
    return parameters
