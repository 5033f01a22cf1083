from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.localization import localization_log_loss, localization_loss
from engine.textbook.localization import localization_loss_loops

seeds = st.integers(0, 2**32 - 1)


def draw(seed: int, C: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.random((5 + C, m))
    y[0] = rng.integers(0, 2, size=m)
    y[5:] = np.eye(C)[rng.integers(0, C, size=m)].T
    return rng.normal(size=(5 + C, m)), y


@given(seeds, st.integers(1, 4), st.integers(1, 5))
@settings(max_examples=10, deadline=None)
def test_both_losses_have_the_gradient_of_their_value(
    gradient_error: Callable[..., float], seed: int, C: int, m: int
) -> None:
    y_hat, y = draw(seed, C, m)
    for loss in (localization_loss, localization_log_loss):
        _, gradient = loss(y_hat, y)
        assert gradient_error(lambda z, loss=loss: loss(z, y)[0], {"z": y_hat}, {"z": gradient}) <= 1e-6
    cost, gradient = localization_loss(y_hat, y)
    looped_cost, looped_gradient = localization_loss_loops(y_hat, y)
    assert cost == pytest.approx(looped_cost, rel=1e-12)
    np.testing.assert_allclose(gradient, looped_gradient, rtol=1e-12)


@pytest.mark.parametrize("loss", [localization_loss, localization_log_loss])
def test_what_stands_below_a_missing_object_does_not_matter(loss: Callable[..., tuple[float, np.ndarray]]) -> None:
    y_hat, y = draw(0, 3, 4)
    y[0] = [0, 1, 0, 1]
    cost, gradient = loss(y_hat, y)
    y[1:, 0], y_hat[1:5, 2] = np.nan, 1e9
    again, same = loss(y_hat, y)
    assert again == pytest.approx(cost)
    np.testing.assert_allclose(same, gradient)
    np.testing.assert_array_equal(gradient[1:, [0, 2]], 0)


def test_the_coordinates_of_landmarks_use_the_same_loss() -> None:
    y = np.array([[1, 0], [0.2, 0.9], [0.4, 0.9]])
    cost, gradient = localization_loss(y + 1, y)
    assert cost == (3 + 1) / 2
    assert gradient.shape == (3, 2)


def test_a_sure_and_right_network_costs_nothing_and_a_sure_and_wrong_one_a_finite_sum() -> None:
    y = np.array([[1, 0.5, 0.5, 0.2, 0.2, 1, 0], [0, 0, 0, 0, 0, 0, 0]]).T
    z = np.array([[1000, 0.5, 0.5, 0.2, 0.2, 1000, -1000], [-1000, 1, 1, 1, 1, 1, 1]]).T
    assert localization_log_loss(z, y)[0] == 0.0
    wrong = localization_log_loss(np.where(np.abs(z) == 1000, -z, z), y)[0]
    assert wrong == (1000 + 2000 + 1000) / 2


@pytest.mark.parametrize("loss", [localization_loss, localization_log_loss])
def test_float32_stays_float32_and_arguments_stay_as_they_are(loss: Callable[..., tuple[float, np.ndarray]]) -> None:
    y_hat, y = draw(1, 2, 3)
    y_hat = y_hat.astype(np.float32)
    before = y_hat.copy(), y.copy()
    cost, gradient = loss(y_hat, y)
    assert (type(cost), gradient.dtype) == (float, np.float32)
    np.testing.assert_array_equal(y_hat, before[0])
    np.testing.assert_array_equal(y, before[1])


def test_bad_input_is_refused_by_name() -> None:
    y_hat, y = draw(0, 1, 2)
    with pytest.raises(EngineError, match=r"^y should be an array of shape \(6, 2\)"):
        localization_loss(y_hat, y[:5])
    with pytest.raises(EngineError, match=r"^y_hat should be an array of shape"):
        localization_loss(y_hat[0], y[0])
    with pytest.raises(EngineError, match=r"^y should be a target whose first row, p_c, is 0 or 1"):
        localization_loss(y_hat, y + 0.5)
    with pytest.raises(EngineError, match=r"^z should be an array of 5 rows and one for each class"):
        localization_log_loss(y_hat[:5], y[:5])
