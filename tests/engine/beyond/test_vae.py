from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.beyond import vae
from engine.datasets import digits
from engine.errors import EngineError
from engine.optimizers import Adam

Measure = Callable[..., float]
sizes = st.integers(2, 5)
seeds = st.integers(0, 1000)


@given(sizes, sizes, sizes, sizes, st.sampled_from([0.0, 1.0, 2.5]), seeds)
@settings(max_examples=10, deadline=None)
def test_an_autoencoder_has_the_gradients_of_its_loss(
    gradient_error: Measure, m: int, n_x: int, n_h: int, n_z: int, beta: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    start = vae.initialize_vae(n_x, n_h, n_z, rng)
    params = {name: value + 0.3 * rng.normal(size=value.shape) for name, value in start.items()}
    x, eps = rng.random((m, n_x)), rng.normal(size=(m, n_z))
    loss, grads = vae.vae_loss_and_grads(x, params, eps, beta)

    def J(**values: np.ndarray) -> float:
        return vae.vae_loss_and_grads(x, values, eps, beta)[0]

    assert gradient_error(J, params, grads) <= 1e-6
    mu, logvar = vae.vae_encode(x, params)
    kl, z = vae.vae_kl(mu, logvar, eps)
    p = vae.vae_decode(z, params)
    reconstruction = -np.sum(x * np.log(p) + (1 - x) * np.log(1 - p)) / m
    assert loss == pytest.approx(reconstruction + beta * kl)


@given(st.floats(-2, 2), st.floats(-2, 2))
@settings(max_examples=10, deadline=None)
def test_the_divergence_is_the_integral_of_the_definition(mu: float, logvar: float) -> None:
    kl, z = vae.vae_kl([[mu]], [[logvar]], [[0.5]])
    sigma = np.exp(logvar / 2)
    assert z[0, 0] == pytest.approx(mu + 0.5 * sigma)
    grid, step = np.linspace(mu - 12 * sigma, mu + 12 * sigma, 4001, retstep=True)
    log_q = -(((grid - mu) / sigma) ** 2) / 2 - np.log(sigma)
    log_p = -(grid**2) / 2
    q = np.exp(log_q) / np.sqrt(2 * np.pi)
    assert kl == pytest.approx(np.sum(q * (log_q - log_p)) * step, abs=1e-9)
    assert kl >= 0


def test_it_learns_digits_and_a_code_without_price_reconstructs_better() -> None:
    X, _, _, _ = digits()
    x = X[:256].reshape(256, 7, 4, 7, 4).mean(axis=(2, 4)).reshape(256, 49)
    reconstructions = {}
    for beta in (0.0, 1.0):
        params = vae.initialize_vae(49, 32, 4, rng=0, dtype=np.float32)
        optimizer, rng, losses = Adam(0.01), np.random.default_rng(1), []
        for _ in range(150):
            eps = beta * rng.normal(size=(256, 4))
            loss, grads = vae.vae_loss_and_grads(x, params, eps, beta)
            optimizer.step(params, grads)
            losses.append(loss)
        assert {grad.dtype for grad in grads.values()} == {np.dtype(np.float32)}
        assert losses[-1] < losses[0] - 10
        reconstructions[beta] = vae.vae_loss_and_grads(x, params, np.zeros((256, 4)), 0.0)[0]
    assert reconstructions[0.0] < reconstructions[1.0]
    new = vae.vae_decode(np.random.default_rng(2).normal(size=(3, 4)), params)
    assert new.shape == (3, 49)
    assert np.all((new >= 0) & (new <= 1))


def test_what_does_not_fit_is_named() -> None:
    params = vae.initialize_vae(3, 4, 2, rng=0)
    with pytest.raises(EngineError, match=r"eps should be an array of shape \(1, 2\)"):
        vae.vae_loss_and_grads(np.zeros((1, 3)), params, np.zeros((1, 3)))
    with pytest.raises(EngineError, match=r"x should be an array of shape \(m, 3\)"):
        vae.vae_encode(np.zeros((1, 4)), params)
    with pytest.raises(EngineError, match=r"Wo should be an array of shape \(4, 3\)"):
        vae.vae_decode(np.zeros((1, 2)), params | {"Wo": np.zeros((3, 4))})
    with pytest.raises(EngineError, match="params should be a dictionary with the key 'bmu'"):
        vae.vae_encode(np.zeros((1, 3)), {name: value for name, value in params.items() if name != "bmu"})
    with pytest.raises(EngineError, match=r"logvar should be an array of shape \(1, 2\)"):
        vae.vae_kl(np.zeros((1, 2)), np.zeros((1, 3)), np.zeros((1, 2)))
    with pytest.raises(EngineError, match="n_z should be a whole number from 1 up"):
        vae.initialize_vae(3, 4, 0)
