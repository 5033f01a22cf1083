from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.beyond.gan import gan_loss_gradients, gan_losses, gan_step
from engine.errors import EngineError
from engine.layers.base import Sequential, gradients_of, parameters_of, snapshot
from engine.layers.dense import Dense, Tanh
from engine.optimizers import SGD, Adam

Measure = Callable[..., float]


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_the_gradients_are_those_of_the_two_losses(gradient_error: Measure, m: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    real, fake = rng.normal(size=(m, 1)), rng.normal(size=(k, 1))
    dreal, dfake, gfake = gan_loss_gradients(real, fake)
    discriminator = lambda real, fake: gan_losses(real, fake)[0]  # noqa: E731
    generator = lambda fake: gan_losses(real, fake)[1]  # noqa: E731
    assert gradient_error(discriminator, {"real": real, "fake": fake}, {"real": dreal, "fake": dfake}) <= 1e-6
    assert gradient_error(generator, {"fake": fake}, {"fake": gfake}) <= 1e-6


def test_the_losses_are_cross_entropies_with_the_labels_of_either_side() -> None:
    real, fake = np.array([2.0, -1.0]), np.array([0.5, -3.0])
    p, q = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    loss_D, loss_G = gan_losses(real, fake)
    assert loss_D == pytest.approx(np.mean(-np.log(p)) + np.mean(-np.log(1 - q)))
    assert loss_G == pytest.approx(np.mean(-np.log(q)))
    assert gan_losses([1000.0], [-1000.0]) == (0.0, 1000.0)


def test_a_generator_that_is_found_out_still_has_a_slope() -> None:
    assert gan_loss_gradients([0.0], [-50.0])[2][0] == pytest.approx(-1)


def test_a_step_is_one_of_the_discriminator_then_one_of_the_generator_through_the_new_one() -> None:
    G, D = Dense(2, 3, rng=0), Dense(3, 1, rng=1)
    rng = np.random.default_rng(2)
    x, z = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
    before_G, before_D = snapshot(G), snapshot(D)
    fake = G(z)
    real_logits, fake_logits = D(x), D(fake)
    losses = gan_step(G, D, x, z, SGD(0.1), SGD(0.1))
    dreal, dfake, _ = gan_loss_gradients(real_logits, fake_logits)
    W = before_D["W"] - 0.1 * (x.T @ dreal + fake.T @ dfake)
    np.testing.assert_allclose(D.parameters["W"], W, rtol=1e-12)
    new_logits = fake @ W + D.parameters["b"]
    _, _, gfake = gan_loss_gradients(real_logits, new_logits)
    np.testing.assert_allclose(G.parameters["W"], before_G["W"] - 0.1 * z.T @ (gfake @ W.T), rtol=1e-10)
    assert losses == pytest.approx((gan_losses(real_logits, fake_logits)[0], gan_losses(real_logits, new_logits)[1]))
    assert all(not np.any(gradient) for gradient in gradients_of(D).values())


def test_the_examples_of_a_trained_generator_gather_where_the_true_ones_are() -> None:
    rng = np.random.default_rng(0)
    G = Sequential([Dense(2, 16, rng=rng), Tanh(), Dense(16, 1, rng=rng)])
    D = Sequential([Dense(1, 16, rng=rng), Tanh(), Dense(16, 1, rng=rng)])
    optimizers = Adam(0.01, beta1=0.5), Adam(0.01, beta1=0.5)
    z = rng.normal(size=(64, 2))
    assert abs(G(z).mean()) < 1
    means = []
    for _ in range(400):
        gan_step(G, D, rng.normal(3, 0.5, size=(64, 1)), rng.normal(size=(64, 2)), *optimizers)
        means.append(G(z).mean())
    # A mean over steps, for the two never stand still.
    assert np.mean(means[200:]) == pytest.approx(3, abs=0.3)


def test_what_does_not_fit_is_named_before_anything_is_changed() -> None:
    G, D = Dense(2, 3, rng=0), Dense(3, 1, rng=1)
    before = {name: value.copy() for name, value in parameters_of(D).items()}
    with pytest.raises(EngineError, match=r"x should be an array of shape \(4, 3\)"):
        gan_step(G, D, np.zeros((4, 2)), np.zeros((4, 2)))
    np.testing.assert_array_equal(D.parameters["W"], before["W"])
    with pytest.raises(EngineError, match=r"real_logits should be an array of shape \(m, 1\)"):
        gan_losses(np.zeros((2, 2)), [0.0])
    with pytest.raises(EngineError, match="fake_logits should be"):
        gan_losses([0.0], [])
