from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.beyond import diffusion
from engine.datasets.drawn_points import spirals
from engine.errors import EngineError
from engine.layers.base import gradients_of, parameters_of, zero_gradients
from engine.textbook.beyond_vision import noise_step_by_step

Measure = Callable[..., float]


def test_noising_at_once_has_the_moments_of_noising_step_by_step() -> None:
    betas = np.array([0.1, 0.3, 0.2])
    abar = diffusion.alpha_bars(betas)
    rng = np.random.default_rng(0)
    x0 = np.full((40000, 1), 2.0)
    for t in range(3):
        at_once = diffusion.q_sample(x0, np.full(40000, t), rng.normal(size=x0.shape), abar)
        slowly = noise_step_by_step(x0, betas[: t + 1], rng)
        for x_t in (at_once, slowly):
            assert x_t.mean() == pytest.approx(2 * np.sqrt(abar[t]), abs=0.02)
            assert x_t.var() == pytest.approx(1 - abar[t], abs=0.02)


@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 6), st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_each_example_is_noised_by_its_own_step(m: int, d: int, T: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    abar = diffusion.alpha_bars(rng.uniform(0.01, 0.5, size=T))
    x0, eps, t = rng.normal(size=(m, d, 2)), rng.normal(size=(m, d, 2)), rng.integers(T, size=m)
    x_t = diffusion.q_sample(x0, t, eps, abar)
    for i in range(m):
        np.testing.assert_allclose(x_t[i], abar[t[i]] ** 0.5 * x0[i] + (1 - abar[t[i]]) ** 0.5 * eps[i])


def test_the_schedule_leaves_next_to_nothing_of_the_original() -> None:
    betas = diffusion.linear_betas(1000)
    abar = diffusion.alpha_bars(betas)
    assert (betas[0], betas[-1]) == (1e-4, 0.02)
    np.testing.assert_allclose(abar, np.cumprod(1 - betas))
    assert np.all(np.diff(abar) < 0)
    assert abar[-1] < 1e-4


@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_a_denoiser_has_the_gradients_of_its_loss(gradient_error: Measure, m: int, d: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    model = diffusion.Denoiser(d, T=5, n_h=4, n_t=2, rng=rng)
    for name, value in parameters_of(model.net).items():
        # With biases of 0, units behind a row of silent ones would stand right at the bend of the ReLU.
        if name.endswith("b"):
            value[...] = rng.normal(size=value.shape)
    abar = diffusion.alpha_bars(diffusion.linear_betas(5, 0.1, 0.4))
    x0, eps, t = rng.normal(size=(m, d)), rng.normal(size=(m, d)), rng.integers(5, size=m)
    _, deps_hat = diffusion.ddpm_loss(partial(model, training=True), x0, t, eps, abar)
    zero_gradients(model.net)
    dx_t = model.backward(deps_hat)
    parameters = {name: value.copy() for name, value in parameters_of(model.net).items()}
    gradients = gradients_of(model.net)

    def J(x0: np.ndarray, **values: np.ndarray) -> float:
        for name, value in parameters_of(model.net).items():
            value[...] = values[name]
        return diffusion.ddpm_loss(model, x0, t, eps, abar)[0]

    dx0 = np.sqrt(abar[t])[:, np.newaxis] * dx_t
    assert gradient_error(J, {"x0": x0, **parameters}, {"x0": dx0, **gradients}) <= 1e-6


def test_with_the_best_guess_for_gaussian_data_samples_have_the_data_s_moments() -> None:
    betas = diffusion.linear_betas(60, 0.002, 0.2)
    abar = diffusion.alpha_bars(betas)
    mean, variance = 1.5, 0.25

    def best_guess(x_t: np.ndarray, t: np.ndarray) -> np.ndarray:
        kept = abar[t][:, np.newaxis]
        return np.sqrt(1 - kept) * (x_t - np.sqrt(kept) * mean) / (kept * variance + 1 - kept)

    samples = diffusion.ddpm_sample(best_guess, (4000, 1), betas, rng=0)
    assert samples.mean() == pytest.approx(mean, abs=0.03)
    assert samples.std() == pytest.approx(np.sqrt(variance), abs=0.03)


def test_no_noise_is_added_at_the_last_step() -> None:
    betas = [0.3]
    rng = np.random.default_rng(5)
    start = rng.normal(size=(4, 2))
    samples = diffusion.ddpm_sample(lambda x_t, t: np.zeros_like(x_t), (4, 2), betas, rng=5)
    np.testing.assert_allclose(samples, start / np.sqrt(0.7))


def test_a_denoiser_learns_a_spiral_and_samples_fall_on_it() -> None:
    X, _ = spirals(500, arms=1, noise=0.0, rng=0)
    x = 2 * X.T
    betas = diffusion.linear_betas(30, 0.005, 0.35)
    model = diffusion.Denoiser(2, T=30, n_h=32, rng=1)
    losses = diffusion.train_ddpm(model, x, betas, steps=1000, batch_size=128, learning_rate=0.005, rng=2)
    assert np.mean(losses[-50:]) < 0.3 * np.mean(losses[:5])

    def distance(points: np.ndarray, others: np.ndarray) -> float:
        squares = np.sum((points[:, np.newaxis] - others) ** 2, axis=2)
        return float(np.mean(np.sqrt(squares.min(axis=1))))

    samples = diffusion.ddpm_sample(model, (200, 2), betas, rng=3)
    noise = np.random.default_rng(4).normal(size=(200, 2))
    assert distance(samples, x) < distance(noise, x) / 3
    # All parts of the spiral have samples near them.
    assert distance(x, samples) < 0.1


def test_float32_stays_and_what_does_not_fit_is_named() -> None:
    x0 = np.ones((2, 3), np.float32)
    assert diffusion.q_sample(x0, [0, 1], np.ones((2, 3)), [0.9, 0.5]).dtype == np.float32
    assert diffusion.ddpm_loss(lambda x_t, t: x_t, x0, [0, 1], x0, [0.9, 0.5])[1].dtype == np.float32
    with pytest.raises(EngineError, match="t should be integers from 0 to 1, but it is an array that holds 2"):
        diffusion.q_sample(x0, [0, 2], x0, [0.9, 0.5])
    with pytest.raises(EngineError, match=r"eps should be an array of shape \(2, 3\)"):
        diffusion.q_sample(x0, [0, 1], x0[:1], [0.9, 0.5])
    with pytest.raises(EngineError, match=r"betas should be numbers in \(0, 1\)"):
        diffusion.alpha_bars([0.5, 1.0])
    with pytest.raises(EngineError, match=r"the model's guess should be an array of shape \(2, 3\)"):
        diffusion.ddpm_loss(lambda x_t, t: x_t[:1], x0, [0, 1], x0, [0.9, 0.5])
    with pytest.raises(EngineError, match="shape should be"):
        diffusion.ddpm_sample(lambda x_t, t: x_t, (0, 2), [0.5])
    with pytest.raises(EngineError, match=r"x should be an array of shape \(N, 2\)"):
        diffusion.train_ddpm(diffusion.Denoiser(2, T=3), np.ones((4, 3)), [0.1, 0.2, 0.3])
