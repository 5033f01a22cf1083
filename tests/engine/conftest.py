from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.gradcheck import directional_derivative
from engine.layers.base import Layer, gradients_of, parameters_of, walk, zero_gradients

LogisticProblem = tuple[NDArray[np.float64], float, NDArray[np.float64], NDArray[np.float64]]


@pytest.fixture(scope="session")
def logistic_problem() -> Callable[[int, int, int], LogisticProblem]:
    """Draws (w, b, X, Y) of n_x features and m examples."""

    def draw(seed: int, n_x: int, m: int) -> LogisticProblem:
        rng = np.random.default_rng(seed)
        w = rng.normal(size=(n_x, 1)) / np.sqrt(n_x)
        X = rng.normal(size=(n_x, m))
        Y = rng.integers(0, 2, size=(1, m)).astype(np.float64)
        return w, float(rng.normal()), X, Y

    return draw


Arrays = Mapping[str, NDArray[np.float64]]


@pytest.fixture(scope="session")
def gradient_error() -> Callable[..., float]:
    """Compares gradients with central differences (float64, h = 1e-5) along two random directions for each array.

    Call it with J(**arrays) -> number, the arrays by name, and the gradient of J for each of them. It returns
    the worst difference, relative to what a random direction gives for a gradient of that length; a gradient below
    1e-4 of J counts as that long, since a difference of two numbers near J does not resolve it to six digits.
    """

    def measure(J: Callable[..., float], arrays: Arrays, gradients: Arrays, seed: int = 0) -> float:
        assert arrays.keys() == gradients.keys()
        rng = np.random.default_rng(seed)
        worst, resolved = 0.0, max(1e-6, 1e-4 * abs(J(**arrays)))
        for name, x in arrays.items():
            gradient = gradients[name]
            assert gradient.shape == x.shape, f"the gradient of {name} has shape {gradient.shape}, not {x.shape}"
            for _ in range(2):
                v = rng.normal(size=x.shape)
                slope = directional_derivative(lambda value, name=name: J(**{**arrays, name: value}), x, v)
                size = np.linalg.norm(gradient) * np.linalg.norm(v) / np.sqrt(x.size)
                worst = max(worst, abs(slope - float(np.sum(gradient * v))) / max(float(size), resolved))
        return worst

    return measure


@pytest.fixture(scope="session")
def layer_gradient_error(gradient_error: Callable[..., float]) -> Callable[..., float]:
    """The same for a layer: with respect to its input x and to all its parameters."""

    def measure(layer: Layer, x: NDArray[np.float64], seed: int = 0) -> float:
        parameters = parameters_of(layer)
        out = layer.forward(x, training=True)
        dout = np.random.default_rng(seed).normal(size=out.shape)
        zero_gradients(layer)
        dx = layer.backward(dout)
        gradients = {"x": dx, **gradients_of(layer)}

        def J(x: NDArray[np.float64], **values: NDArray[np.float64]) -> float:
            before = {name: value.copy() for name, value in parameters.items()}
            for name, value in values.items():
                parameters[name][...] = value
            cost = float(np.sum(layer.forward(x, training=True) * dout))
            for _, one in walk(layer):
                one._pile.clear()
            for name, value in before.items():
                parameters[name][...] = value
            return cost

        return gradient_error(J, {"x": x, **{name: value.copy() for name, value in parameters.items()}}, gradients)

    return measure
