"""The update rules of course 2, week 2, as pure functions: they take dictionaries and give new ones.

The gradient of the parameter "W1" is under "dW1", and so is what an optimizer remembers about it. Gradients of
other things, such as "dA1", are not used. `engine.optimizers` holds the same rules for training, in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, Parameters, as_count, as_floats, as_number, entry


def update_parameters_with_gd(
    parameters: Mapping[str, ArrayLike], grads: Mapping[str, ArrayLike], learning_rate: float
) -> Parameters:
    """Gradient descent.

        W := W - alpha dW

    - parameters: by name; grads: under "d" and that name; learning_rate: alpha, from 0 up
    - returns parameters: new arrays

    Raises EngineError when a gradient is missing or a shape differs. Source: course 2, week 2.

    >>> update_parameters_with_gd({"W1": [[1.0]]}, {"dW1": [[5.0]]}, 0.1)
    {'W1': array([[0.5]])}
    """
    alpha = as_number("learning_rate", learning_rate, "[0, inf)")
    return {name: W - alpha * dW for name, W, dW in _pairs(parameters, grads)}


def initialize_velocity(parameters: Parameters) -> Parameters:
    """What momentum starts from: an array of zeros for each parameter, each its own.

    - parameters: by name
    - returns v: {"dW1": zeros of the shape of W1, ...}

    Raises EngineError when a parameter holds no numbers. Source: course 2, week 2.

    >>> initialize_velocity({"W1": [[1.0, 2.0]], "b1": [[3.0]]})
    {'dW1': array([[0., 0.]]), 'db1': array([[0.]])}
    """
    return {f"d{name}": np.zeros_like(as_floats(name, W)) for name, W in parameters.items()}


def update_parameters_with_momentum(
    parameters: Parameters, grads: Parameters, v: Parameters, beta: float, learning_rate: float
) -> tuple[Parameters, Parameters]:
    """Descent along an average of the past gradients: what swings to and fro cancels, what persists adds up.

        v := beta v + (1 - beta) dW        W := W - alpha v

    - parameters, grads: as in `update_parameters_with_gd`; v: as from `initialize_velocity` or the last update
    - beta: in [0, 1), 0.9 as a rule; learning_rate: alpha, from 0 up
    - returns parameters, v: new arrays

    Raises EngineError when an entry is missing, a shape differs, or a number is outside. Source: course 2, week 2.

    >>> update_parameters_with_momentum({"W1": [[1.0]]}, {"dW1": [[2.0]]}, {"dW1": [[4.0]]}, 0.5, 0.1)
    ({'W1': array([[0.7]])}, {'dW1': array([[3.]])})
    """
    alpha = as_number("learning_rate", learning_rate, "[0, inf)")
    beta = as_number("beta", beta, "[0, 1)")
    updated, velocity = {}, {}
    for name, W, dW in _pairs(parameters, grads):
        average = beta * _remembered("v", v, name, W) + (1 - beta) * dW
        velocity[f"d{name}"] = average
        updated[name] = W - alpha * average
    return updated, velocity


def update_parameters_with_nesterov(
    parameters: Parameters,
    grads_fn: Callable[[Parameters], Parameters],
    v: Parameters,
    beta: float,
    learning_rate: float,
) -> tuple[Parameters, Parameters]:
    """Momentum that looks where it is going: the gradient is taken one step of the old velocity ahead.

        dW := gradient at W - alpha beta v        v := beta v + (1 - beta) dW        W := W - alpha v

    - parameters: by name; grads_fn: takes parameters and returns grads, {"dW1": ...}
    - v, beta, learning_rate: as in `update_parameters_with_momentum`
    - returns parameters, v: new arrays

    Raises EngineError when an entry is missing, a shape differs, or a number is outside. Source: Nesterov (1983);
    Sutskever and others (2013).

    >>> slope = lambda parameters: {"dW1": 2 * parameters["W1"]}
    >>> update_parameters_with_nesterov({"W1": [[1.0]]}, slope, {"dW1": [[4.0]]}, 0.5, 0.25)  # the slope at 0.5
    ({'W1': array([[0.375]])}, {'dW1': array([[2.5]])})
    """
    alpha = as_number("learning_rate", learning_rate, "[0, inf)")
    beta = as_number("beta", beta, "[0, 1)")
    floats = {name: as_floats(name, W) for name, W in parameters.items()}
    ahead = {name: W - alpha * beta * _remembered("v", v, name, W) for name, W in floats.items()}
    return update_parameters_with_momentum(floats, grads_fn(ahead), v, beta, learning_rate)


def update_parameters_with_rmsprop(
    parameters: Parameters,
    grads: Parameters,
    s: Parameters,
    beta2: float,
    learning_rate: float,
    epsilon: float = 1e-8,
) -> tuple[Parameters, Parameters]:
    """Each entry has its own step: the gradient over the root of its average square.

        s := beta2 s + (1 - beta2) dW^2        W := W - alpha dW / (sqrt(s) + epsilon)

    - parameters, grads: as in `update_parameters_with_gd`; s: zeros as from `initialize_velocity`, or the last
    - beta2: in [0, 1); learning_rate: alpha, from 0 up; epsilon: above 0, OUTSIDE the root
    - returns parameters, s: new arrays

    Raises EngineError when an entry is missing, a shape differs, or a number is outside. Source: course 2, week 2.

    >>> update_parameters_with_rmsprop({"W1": [[1.0]]}, {"dW1": [[3.0]]}, {"dW1": [[23.0]]}, 0.5, 0.1, epsilon=2.0)
    ({'W1': array([[0.95]])}, {'dW1': array([[16.]])})
    """
    alpha = as_number("learning_rate", learning_rate, "[0, inf)")
    beta2 = as_number("beta2", beta2, "[0, 1)")
    epsilon = as_number("epsilon", epsilon, "(0, inf)")
    updated, squares = {}, {}
    for name, W, dW in _pairs(parameters, grads):
        average = beta2 * _remembered("s", s, name, W) + (1 - beta2) * dW**2
        squares[f"d{name}"] = average
        updated[name] = W - alpha * dW / (np.sqrt(average) + epsilon)
    return updated, squares


def update_parameters_with_adagrad(
    parameters: Parameters, grads: Parameters, s: Parameters, learning_rate: float, epsilon: float = 1e-8
) -> tuple[Parameters, Parameters]:
    """The squared gradients are ADDED UP, not averaged, so that the steps shrink for ever.

        s := s + dW^2        W := W - alpha dW / (sqrt(s) + epsilon)

    With a constant gradient the t-th step is alpha / sqrt(t), where RMSprop's stays alpha.

    - parameters, grads: as in `update_parameters_with_gd`; s: zeros as from `initialize_velocity`, or the last
    - learning_rate: alpha, from 0 up; epsilon: above 0
    - returns parameters, s: new arrays

    Raises EngineError when an entry is missing, a shape differs, or a number is outside. Source: Duchi, Hazan
    and Singer (2011).

    >>> update_parameters_with_adagrad({"W1": [[1.0]]}, {"dW1": [[3.0]]}, {"dW1": [[7.0]]}, 0.2, epsilon=2.0)
    ({'W1': array([[0.9]])}, {'dW1': array([[16.]])})
    """
    alpha = as_number("learning_rate", learning_rate, "[0, inf)")
    epsilon = as_number("epsilon", epsilon, "(0, inf)")
    updated, squares = {}, {}
    for name, W, dW in _pairs(parameters, grads):
        total = _remembered("s", s, name, W) + dW**2
        squares[f"d{name}"] = total
        updated[name] = W - alpha * dW / (np.sqrt(total) + epsilon)
    return updated, squares


def update_parameters_with_adadelta(
    parameters: Parameters,
    grads: Parameters,
    s: Parameters,
    delta: Parameters,
    rho: float = 0.9,
    learning_rate: float = 1.0,
    epsilon: float = 1e-6,
) -> tuple[Parameters, Parameters, Parameters]:
    """RMSprop whose learning rate is the size of its own past steps, so that units cancel.

        s := rho s + (1 - rho) dW^2        step = sqrt(delta + epsilon) / sqrt(s + epsilon) dW
        delta := rho delta + (1 - rho) step^2        W := W - alpha step

    - parameters, grads: as in `update_parameters_with_gd`
    - s, delta: zeros as from `initialize_velocity`, or the last; rho: in [0, 1)
    - learning_rate: alpha, from 0 up, 1 in the paper; epsilon: above 0, here INSIDE the root
    - returns parameters, s, delta: new arrays

    Raises EngineError when an entry is missing, a shape differs, or a number is outside. Source: Zeiler (2012).

    >>> W, s, delta = {"W1": [[1.0]]}, {"dW1": [[0.0]]}, {"dW1": [[0.0]]}
    >>> update_parameters_with_adadelta(W, {"dW1": [[4.0]]}, s, delta, rho=0.5, epsilon=1.0)[0]["W1"].round(3)
    array([[-0.333]])
    """
    alpha = as_number("learning_rate", learning_rate, "[0, inf)")
    rho = as_number("rho", rho, "[0, 1)")
    epsilon = as_number("epsilon", epsilon, "(0, inf)")
    updated, squares, steps = {}, {}, {}
    for name, W, dW in _pairs(parameters, grads):
        past = _remembered("delta", delta, name, W)
        average = rho * _remembered("s", s, name, W) + (1 - rho) * dW**2
        step = np.sqrt(past + epsilon) / np.sqrt(average + epsilon) * dW
        squares[f"d{name}"] = average
        steps[f"d{name}"] = rho * past + (1 - rho) * step**2
        updated[name] = W - alpha * step
    return updated, squares, steps


def initialize_adam(parameters: Parameters) -> tuple[Parameters, Parameters]:
    """What Adam starts from: zeros for both averages.

    - parameters: by name
    - returns v, s: {"dW1": zeros of the shape of W1, ...}, twice

    Raises EngineError when a parameter holds no numbers. Source: course 2, week 2.

    >>> initialize_adam({"W1": [[1.0, 2.0]]})
    ({'dW1': array([[0., 0.]])}, {'dW1': array([[0., 0.]])})
    """
    return initialize_velocity(parameters), initialize_velocity(parameters)


def update_parameters_with_adam(
    parameters: Parameters,
    grads: Parameters,
    v: Parameters,
    s: Parameters,
    t: int,
    learning_rate: float = 0.01,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> tuple[Parameters, Parameters, Parameters, Parameters, Parameters]:
    """Momentum over the root of RMSprop's average, each corrected for having started at zero.

        v := beta1 v + (1 - beta1) dW          v^c = v / (1 - beta1^t)
        s := beta2 s + (1 - beta2) dW^2        s^c = s / (1 - beta2^t)
        W := W - alpha v^c / (sqrt(s^c) + epsilon)

    The corrected values are used in the step; the next v and s come from the uncorrected ones.

    - parameters, grads: as in `update_parameters_with_gd`; v, s: as from `initialize_adam` or the last update
    - t: the number of this UPDATE, from 1 up, not of the epoch
    - learning_rate: alpha, from 0 up; beta1, beta2: in [0, 1); epsilon: above 0
    - returns parameters, v, s, v_corrected, s_corrected: new arrays

    Raises EngineError when an entry is missing, a shape differs, or a number is outside. Source: course 2,
    week 2; Kingma and Ba (2015).

    >>> v, s = initialize_adam({"W1": [[1.0]]})
    >>> W, v, s, v_c, s_c = update_parameters_with_adam({"W1": [[1.0]]}, {"dW1": [[50.0]]}, v, s, t=1)
    >>> W["W1"].round(6), v["dW1"], v_c["dW1"]  # the first step is alpha, however steep
    (array([[0.99]]), array([[5.]]), array([[50.]]))
    """
    as_count("t", t)
    alpha = as_number("learning_rate", learning_rate, "[0, inf)")
    epsilon = as_number("epsilon", epsilon, "(0, inf)")
    beta1 = as_number("beta1", beta1, "[0, 1)")
    beta2 = as_number("beta2", beta2, "[0, 1)")
    updated, first, second, v_corrected, s_corrected = {}, {}, {}, {}, {}
    for name, W, dW in _pairs(parameters, grads):
        key = f"d{name}"
        first[key] = beta1 * _remembered("v", v, name, W) + (1 - beta1) * dW
        second[key] = beta2 * _remembered("s", s, name, W) + (1 - beta2) * dW**2
        v_corrected[key] = first[key] / (1 - beta1**t)
        s_corrected[key] = second[key] / (1 - beta2**t)
        updated[name] = W - alpha * v_corrected[key] / (np.sqrt(s_corrected[key]) + epsilon)
    return updated, first, second, v_corrected, s_corrected


def _pairs(parameters: Mapping[str, ArrayLike], grads: Mapping[str, ArrayLike]) -> Iterator[tuple[str, Array, Array]]:
    for name, value in parameters.items():
        W = as_floats(name, value)
        yield name, W, as_floats(f"d{name}", entry("grads", grads, f"d{name}"), W.shape)


def _remembered(argument: str, state: Mapping[str, Array], name: str, W: Array) -> Array:
    return as_floats(f"{argument}['d{name}']", entry(argument, state, f"d{name}"), W.shape)
