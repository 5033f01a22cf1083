from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cnn import (
    DIGITS,
    SIGNS,
    backward_propagation,
    cnn_model,
    compute_cost,
    forward_propagation,
    initialize_parameters,
    predict,
)
from engine.errors import EngineError
from engine.optimizers import Adam

GradientError = Callable[..., float]

#: What the numbers of a clock radio look like, in 5 rows of 3 pixels.
SEGMENTS = ("111 101 101 101 111", "010 010 010 010 010", "111 001 111 100 111", "111 001 111 001 111")


def draw_digits(m: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (m, 8, 8, 1) of the digits 0 to 3 somewhere in the noise, and which they are."""
    rng = np.random.default_rng(seed)
    glyphs = [np.array([[pixel != "0" for pixel in row] for row in digit.split()]) for digit in SEGMENTS]
    X, Y = rng.normal(scale=0.2, size=(m, 8, 8, 1)), rng.integers(0, len(glyphs), size=m)
    for image, y in zip(X, Y, strict=True):
        top, left = rng.integers(0, 3), rng.integers(1, 4)
        image[top : top + 5, left : left + 3, 0] += glyphs[y]
    return X.astype(np.float32), Y


@given(
    st.integers(4, 7), st.integers(4, 7), st.integers(1, 2), st.sampled_from(["same", "valid", 1]), st.integers(0, 99)
)
@settings(max_examples=10, deadline=None)
def test_backward_propagation_gives_the_gradients_of_the_cost(
    gradient_error: GradientError, n_H, n_W, n_C, pad, seed
) -> None:
    rng = np.random.default_rng(seed)
    arch = [("conv", 3, 2, 1, pad), ("relu",), ("pool", 2, 1), ("conv", 2, 2, 2, 1), ("flatten",), ("dense", 4)]
    arch += [("relu",), ("dense", 3)]
    parameters = initialize_parameters(arch, (n_H, n_W, n_C), rng=rng)
    X, Y = rng.normal(size=(2, n_H, n_W, n_C)), rng.integers(0, 3, size=2)

    def J(**parameters):
        return compute_cost(forward_propagation(X, parameters, arch)[0], Y)[0]

    Z, caches = forward_propagation(X, parameters, arch)
    grads = backward_propagation(compute_cost(Z, Y)[1], caches)
    assert gradient_error(J, parameters, {name: grads[f"d{name}"] for name in parameters}) <= 1e-6


def test_the_network_of_the_course_has_the_shapes_of_the_course() -> None:
    parameters = initialize_parameters(rng=0)
    assert {name: value.shape for name, value in parameters.items()} == {
        "W1": (4, 4, 3, 8),
        "b1": (1, 1, 1, 8),
        "W2": (2, 2, 8, 16),
        "b2": (1, 1, 1, 16),
        "W3": (64, 6),
        "b3": (1, 6),
    }
    Z3, caches = forward_propagation(np.zeros((1, 64, 64, 3)), parameters, SIGNS)
    assert (Z3.shape, [kind for kind, _ in caches]) == ((1, 6), [layer[0] for layer in SIGNS])


def test_it_learns_to_read_drawn_digits() -> None:
    X, Y = draw_digits(400, seed=0)
    X_test, Y_test = draw_digits(100, seed=1)
    parameters, costs = cnn_model(X, Y, DIGITS, Adam(0.02), num_epochs=10, minibatch_size=16, rng=0)
    assert costs[-1] < 0.2 < costs[0]
    assert np.mean(predict(X_test, parameters, DIGITS) == Y_test) >= 0.95
    assert {value.dtype for value in parameters.values()} == {np.dtype(np.float32)}


def test_the_labels_may_be_rows_with_a_single_one() -> None:
    Z = np.random.default_rng(0).normal(size=(3, 4))
    cost, dZ = compute_cost(Z, [2, 0, 3])
    cost_rows, dZ_rows = compute_cost(Z, np.eye(4)[[2, 0, 3]])
    assert cost == cost_rows
    np.testing.assert_array_equal(dZ, dZ_rows)


def test_bad_input_is_named() -> None:
    X = np.zeros((2, 8, 8, 1))
    with pytest.raises(EngineError, match="arch should be one of 'conv', 'relu', 'pool', 'flatten', 'dense'"):
        initialize_parameters([("sigmoid",)], (8, 8, 1))
    with pytest.raises(EngineError, match="arch should be layers 'pool' with 2 numbers"):
        initialize_parameters([("pool", 2)], (8, 8, 1))
    with pytest.raises(EngineError, match="arch should be layers that fit, for 'dense' takes another rank"):
        initialize_parameters([("dense", 2)], (8, 8, 1))
    with pytest.raises(EngineError, match="parameters should be a dictionary with the key 'W1'"):
        forward_propagation(X, {}, DIGITS)
    with pytest.raises(EngineError, match="the input of a dense layer should be an array of shape"):
        forward_propagation(X, {}, [("dense", 2)])
    arch = [("flatten",), ("dense", 2)]
    _, caches = forward_propagation(X, initialize_parameters(arch, (8, 8, 1)), arch)
    with pytest.raises(EngineError, match=r"dZ should be an array of shape \(2, 2\)"):
        backward_propagation(np.ones((2, 3)), caches)
    with pytest.raises(EngineError, match=r"Y should be an array of shape \(2,\)"):
        cnn_model(X, [0], DIGITS, Adam())
    with pytest.raises(EngineError, match="Y should be integers from 0 to 9"):
        cnn_model(X, [0, 10], DIGITS, Adam())
