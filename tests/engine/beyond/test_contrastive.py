from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.basics import normalize_rows
from engine.beyond.contrastive import clip_loss, info_nce
from engine.errors import EngineError
from engine.textbook.beyond_vision import info_nce_loops

Measure = Callable[..., float]
sizes = st.integers(1, 5)
seeds = st.integers(0, 1000)


@given(sizes, sizes, seeds)
@settings(max_examples=10, deadline=None)
def test_info_nce_equals_its_loop_and_has_its_gradients(gradient_error: Measure, m: int, d: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    U, V = rng.normal(size=(m, d)), rng.normal(size=(m, d))
    loss, dU, dV = info_nce(U, V, 0.5)
    loop_loss, loop_dU, loop_dV = info_nce_loops(U, V, 0.5)
    assert loss == pytest.approx(loop_loss, rel=1e-10, abs=1e-13)
    np.testing.assert_allclose(dU, loop_dU, atol=1e-12)
    np.testing.assert_allclose(dV, loop_dV, atol=1e-12)
    J = lambda U, V: info_nce(U, V, 0.5)[0]  # noqa: E731
    assert gradient_error(J, {"U": U, "V": V}, {"U": dU, "V": dV}) <= 1e-6


@given(sizes, st.integers(2, 5), st.floats(-1, 2), seeds)
@settings(max_examples=10, deadline=None)
def test_the_clip_loss_has_its_gradients_through_the_normalization(
    gradient_error: Measure, m: int, d: int, log_scale: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    I, T = rng.normal(size=(m, d)), rng.normal(size=(m, d))  # noqa: E741
    loss, dI, dT, dlog_scale = clip_loss(I, T, log_scale)
    U, V, tau = normalize_rows(I), normalize_rows(T), np.exp(-log_scale)
    assert loss == pytest.approx((info_nce(U, V, tau)[0] + info_nce(V, U, tau)[0]) / 2, abs=1e-12)
    np.testing.assert_allclose(np.sum(dI * I, axis=1), 0, atol=1e-12)
    arrays = {"I": I, "T": T, "log_scale": np.array(log_scale)}
    J = lambda I, T, log_scale: clip_loss(I, T, float(log_scale))[0]  # noqa: E731, E741
    assert gradient_error(J, arrays, {"I": dI, "T": dT, "log_scale": np.array(dlog_scale)}) <= 1e-6


def test_only_directions_count_and_pairs_find_each_other() -> None:
    rng = np.random.default_rng(0)
    I, T, log_scale = rng.normal(size=(6, 4)), rng.normal(size=(6, 4)), 0.0  # noqa: E741
    first = clip_loss(I, T, log_scale)[0]
    assert clip_loss(7 * I, T / 3, log_scale)[0] == pytest.approx(first)
    for _ in range(200):
        _, dI, dT, dlog_scale = clip_loss(I, T, log_scale)
        I, T, log_scale = I - dI, T - dT, log_scale - 0.1 * dlog_scale  # noqa: E741
    U, V = normalize_rows(I), normalize_rows(T)
    np.testing.assert_array_equal(np.argmax(U @ V.T, axis=1), np.arange(6))
    assert clip_loss(I, T, log_scale)[0] < first / 4


def test_a_row_of_zeros_and_a_large_scale_stay_finite_and_float32_stays() -> None:
    I = np.array([[0.0, 0.0], [3.0, 4.0]], np.float32)  # noqa: E741
    before = I.copy()
    loss, dI, dT, dlog_scale = clip_loss(I, I, 8.0)
    assert np.all(np.isfinite([loss, dlog_scale, *dI.ravel(), *dT.ravel()]))
    assert (dI.dtype, dT.dtype) == (np.float32, np.float32)
    assert {part.dtype for part in info_nce(I, I)[1:]} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(I, before)


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(EngineError, match=r"V should be an array of shape \(2, 1\)"):
        info_nce([[1.0], [2.0]], [[1.0]])
    with pytest.raises(EngineError, match="tau should be a number in"):
        info_nce([[1.0]], [[1.0]], 0)
    with pytest.raises(EngineError, match=r"I should be an array of shape \(m, d\)"):
        clip_loss([1.0], [1.0], 0.0)
    with pytest.raises(EngineError, match="log_scale should be a single number"):
        clip_loss([[1.0]], [[1.0]], [0.0])
