from __future__ import annotations

import numpy as np
import pytest

from engine.beyond import mixed_precision as mixed
from engine.errors import EngineError


def test_bfloat16_rounds_to_the_nearest_number_of_eight_bits_and_keeps_the_range() -> None:
    rng = np.random.default_rng(0)
    x = (rng.normal(size=500) * 10.0 ** rng.integers(-35, 35, size=500)).astype(np.float32)
    rounded = mixed.to_bfloat16(x)
    assert np.all(np.abs(rounded - x) <= 2.0**-8 * np.abs(x))
    np.testing.assert_array_equal(mixed.to_bfloat16(rounded), rounded)
    np.testing.assert_array_equal(rounded.view(np.uint32) & 0xFFFF, 0)
    special = np.array([np.inf, -np.inf, 0.0], np.float32)
    np.testing.assert_array_equal(mixed.to_bfloat16(special), special)
    assert np.isnan(mixed.to_bfloat16(np.nan))


def test_small_gradients_vanish_in_float16_and_survive_when_scaled() -> None:
    g = np.array([1e-8, -1e-8, 2e-5, 0.0, 1.0], np.float32)
    assert mixed.underflow_counts(g, 1.0) == (2, 2, 0)
    assert mixed.underflow_counts(g, 2.0**10) == (2, 0, 0)
    assert mixed.underflow_counts(g, 2.0**17) == (2, 0, 1)


def test_gradients_are_unscaled_in_float32_and_a_good_step_is_counted() -> None:
    true = np.array([3e-8, 1.5e-7], np.float32)
    scaled = (true * 2.0**14).astype(np.float16)
    grads, scale, state = mixed.loss_scaler_step({"dW": scaled}, 2.0**14, {"good_steps": 0})
    assert grads is not None
    assert grads["dW"].dtype == np.float32
    np.testing.assert_allclose(grads["dW"], true, rtol=1e-3)
    assert (scale, state) == (2.0**14, {"good_steps": 1})


def test_the_scale_grows_after_good_steps_in_a_row_and_falls_at_an_overflow() -> None:
    good, bad = {"dW": np.ones(2, np.float16)}, {"dW": np.array([1, np.nan], np.float16)}
    scale, state, scales = 8.0, {"good_steps": 0}, []
    for grads16 in [good, good, bad, good, good, good]:
        before = dict(state)
        grads, scale, new = mixed.loss_scaler_step(grads16, scale, state, growth_interval=3)
        assert (grads is None) == (grads16 is bad)
        assert state == before
        state = new
        scales.append(scale)
    assert scales == [8, 8, 4, 4, 4, 8]


def test_master_weights_add_up_what_float16_would_lose() -> None:
    masters = {"W": np.ones((2, 1), np.float32)}
    before = masters["W"].copy()
    updated, copies = mixed.update_master_weights(masters, {"dW": np.full((2, 1), 1e-4)}, 1.0)
    assert (updated["W"].dtype, copies["W"].dtype) == (np.float32, np.float16)
    assert updated["W"][0, 0] == np.float32(1 - 1e-4)
    assert copies["W"][0, 0] == 1
    np.testing.assert_array_equal(masters["W"], before)


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(EngineError, match="dW should be of dtype float16, but it is of dtype float32"):
        mixed.loss_scaler_step({"dW": np.ones(1, np.float32)}, 1.0, {"good_steps": 0})
    with pytest.raises(EngineError, match="state should be a dictionary with the key 'good_steps'"):
        mixed.loss_scaler_step({}, 1.0, {})
    with pytest.raises(EngineError, match="scale should be"):
        mixed.underflow_counts([1.0], 0)
    with pytest.raises(EngineError, match=r"dW should be an array of shape \(2,\)"):
        mixed.update_master_weights({"W": np.ones(2)}, {"dW": np.ones(3)}, 0.1)
