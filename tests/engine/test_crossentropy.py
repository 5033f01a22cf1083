from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import basics, crossentropy, logistic
from engine.errors import EngineError
from engine.layers import losses

sizes = st.integers(1, 6)
seeds = st.integers(0, 2**32 - 1)


def drawn(C: int, m: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, C, size=m)
    return 3 * rng.normal(size=(C, m)), crossentropy.one_hot_matrix(labels, C), labels


@given(sizes, sizes, seeds)
@settings(max_examples=10, deadline=None)
def test_columns_are_probabilities_and_the_logarithm_agrees(C: int, m: int, seed: int) -> None:
    Z, _, _ = drawn(C, m, seed)
    A = crossentropy.softmax(Z)
    np.testing.assert_allclose(A.sum(axis=0), 1)
    np.testing.assert_allclose(A, basics.softmax(Z, axis=0))
    np.testing.assert_allclose(np.exp(crossentropy.log_softmax(Z)), A)


@given(sizes, sizes, seeds)
@settings(max_examples=10, deadline=None)
def test_dZ_over_m_is_the_gradient_of_the_cost(gradient_error: Callable[..., float], C: int, m: int, seed: int) -> None:
    Z, Y, _ = drawn(C, m, seed)
    cost, dZ = crossentropy.softmax_cross_entropy(Z, Y)
    A = crossentropy.softmax(Z)
    np.testing.assert_allclose(cost, -np.sum(Y * np.log(A)) / m)
    np.testing.assert_allclose(dZ, A - Y)
    J = lambda Z: crossentropy.softmax_cross_entropy(Z, Y)[0]  # noqa: E731
    assert gradient_error(J, {"Z": Z}, {"Z": dZ / m}) <= 1e-6


@given(sizes, sizes, seeds)
@settings(max_examples=10, deadline=None)
def test_the_short_backward_pass_is_the_product_with_the_jacobian(
    gradient_error: Callable[..., float], C: int, m: int, seed: int
) -> None:
    Z, dA, _ = drawn(C, m, seed)
    A = crossentropy.softmax(Z)
    dZ = crossentropy.softmax_backward(dA, A)
    for i in range(m):
        np.testing.assert_allclose(dZ[:, i], crossentropy.softmax_jacobian(A[:, i]) @ dA[:, i], atol=1e-12)
    assert gradient_error(lambda Z: float(np.sum(crossentropy.softmax(Z) * dA)), {"Z": Z}, {"Z": dZ}) <= 1e-6


def test_two_classes_are_logistic_regression_on_the_difference() -> None:
    rng = np.random.default_rng(0)
    Z, y = rng.normal(size=(2, 7)), rng.integers(0, 2, size=(1, 7))
    cost, dZ = crossentropy.softmax_cross_entropy(Z, np.vstack([1 - y, y]))
    A = basics.sigmoid(Z[1:] - Z[:1])
    np.testing.assert_allclose(cost, logistic.compute_cost(A, y))
    np.testing.assert_allclose(dZ[1:], A - y)


def test_the_cost_of_a_confident_mistake_is_finite_and_exact() -> None:
    cost, _ = crossentropy.softmax_cross_entropy([[0.0], [1000.0]], [[1], [0]])
    assert cost == 1000


@given(sizes, sizes, seeds)
@settings(max_examples=10, deadline=None)
def test_the_rows_of_the_layers_give_the_same_cost_as_the_columns(C: int, m: int, seed: int) -> None:
    Z, Y, labels = drawn(C, m, seed)
    cost, dZ = crossentropy.softmax_cross_entropy(Z, Y)
    row_cost, dlogits = losses.softmax_cross_entropy(Z.T, labels)
    np.testing.assert_allclose(row_cost, cost)
    np.testing.assert_allclose(dlogits.T, dZ / m, atol=1e-15)
    assert losses.softmax_cross_entropy(Z.T.astype(np.float32), labels)[1].dtype == np.float32


@pytest.mark.parametrize("loss", [losses.binary_cross_entropy, losses.mean_squared_error])
def test_the_other_losses_have_their_gradients(
    gradient_error: Callable[..., float], loss: Callable[..., tuple]
) -> None:
    rng = np.random.default_rng(1)
    out, y = rng.normal(size=(4, 3)), rng.integers(0, 2, size=(4, 3))
    assert gradient_error(lambda out: loss(out, y)[0], {"out": out}, {"out": loss(out, y)[1]}) <= 1e-6
    assert loss(out.astype(np.float32), y)[1].dtype == np.float32
    with pytest.raises(EngineError, match="y should be an array of shape"):
        loss(out, y[:, 0])


def test_one_hot_columns_and_what_is_no_label() -> None:
    np.testing.assert_array_equal(crossentropy.convert_to_one_hot([[2, 0]], 3), [[0, 1], [0, 0], [1, 0]])
    np.testing.assert_array_equal(crossentropy.one_hot_matrix(5), [0, 0, 0, 0, 0, 1])
    np.testing.assert_array_equal(crossentropy.one_hot_matrix(label=np.array(1), depth=2), [0, 1])
    with pytest.raises(EngineError, match="label should be integers from 0 to 2"):
        crossentropy.one_hot_matrix([3], depth=3)
    with pytest.raises(EngineError, match="label should be one integer, or an array"):
        crossentropy.one_hot_matrix(np.zeros((2, 2), int), depth=3)
    with pytest.raises(EngineError, match="Y should be an array of shape"):
        crossentropy.softmax_cross_entropy(np.zeros((3, 2)), np.zeros((2, 3)))


def test_an_impossible_class_that_is_not_the_label_costs_nothing() -> None:
    Z, Y = np.array([[0.0, -np.inf], [-np.inf, 0.0], [0.0, 0.0]]), np.array([[1, 0], [0, 0], [0, 1]])
    cost, dZ = crossentropy.softmax_cross_entropy(Z, Y)
    np.testing.assert_allclose([cost, losses.softmax_cross_entropy(Z.T, [0, 2])[0]], np.log(2))
    np.testing.assert_allclose(dZ, [[-0.5, 0], [0, 0.5], [0.5, -0.5]])
    assert crossentropy.softmax_cross_entropy(Z, Y[::-1])[0] == np.inf


def test_the_logarithm_takes_any_axis() -> None:
    Z = np.random.default_rng(0).normal(size=(2, 3, 4))
    for axis in (0, 1, -1):
        log_A = crossentropy.log_softmax(Z, axis=axis)
        np.testing.assert_allclose(log_A, np.log(basics.softmax(Z, axis=axis)))
    assert crossentropy.log_softmax(Z.astype(np.float32), axis=2).dtype == np.float32
    with pytest.raises(EngineError, match=r"axis should be an axis of Z, which has shape \(2, 3, 4\), but it is 3"):
        crossentropy.log_softmax(Z, axis=3)
    with pytest.raises(EngineError, match="Z should be an array with at least one score"):
        crossentropy.log_softmax(Z[:, :0], axis=1)
