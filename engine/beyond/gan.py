"""Two networks against each other: one makes examples, the other tells them from true ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import sigmoid
from engine.errors import Array, as_floats
from engine.layers.base import Layer, gradients_of, parameters_of, zero_gradients
from engine.optimizers import SGD, Optimizer


def gan_losses(real_logits: ArrayLike, fake_logits: ArrayLike) -> tuple[float, float]:
    """What the discriminator pays, and what the generator pays.

        L_D = mean -log sigma(D(x)) + mean -log(1 - sigma(D(G(z))))        L_G = mean -log sigma(D(G(z)))

    L_G is the form that does not saturate: the minimax game has log(1 - sigma(D(G(z)))), which is flat just
    when the generator is bad. From the logits, so that no logarithm of 0 is met.

    - real_logits, fake_logits: (m, 1) or (m,), the discriminator's outputs before the sigmoid
    - returns L_D, L_G: floats

    Raises EngineError when one is empty or holds no numbers. Source: Goodfellow et al. (2014).

    >>> losses = gan_losses([[0.0]], [[0.0]])  # no idea: 2 log 2 and log 2
    >>> [round(loss, 4) for loss in losses]
    [1.3863, 0.6931]
    """
    real, fake = _as_logits("real_logits", real_logits), _as_logits("fake_logits", fake_logits)
    return float(np.mean(_softplus(-real)) + np.mean(_softplus(fake))), float(np.mean(_softplus(-fake)))


def gan_loss_gradients(real_logits: ArrayLike, fake_logits: ArrayLike) -> tuple[Array, Array, Array]:
    """The gradients of both losses with respect to the logits.

        dL_D / dreal = (sigma(real) - 1) / m     dL_D / dfake = sigma(fake) / m     dL_G / dfake = (sigma(fake) - 1) / m

    - real_logits, fake_logits: as in `gan_losses`
    - returns: the gradients of L_D for the real and for the fake logits, and that of L_G for the fake ones

    Raises EngineError as `gan_losses`. Source: Goodfellow et al. (2014).

    >>> gan_loss_gradients([[0.0]], [[0.0]])  # the two want opposite things of the fake logits
    (array([[-0.5]]), array([[0.5]]), array([[-0.5]]))
    """
    real, fake = _as_logits("real_logits", real_logits), _as_logits("fake_logits", fake_logits)
    # sigma(-a) is 1 - sigma(a), with all its digits.
    return -sigmoid(-real) / real.size, sigmoid(fake) / fake.size, -sigmoid(-fake) / fake.size


def gan_step(
    G: Layer,
    D: Layer,
    x: ArrayLike,
    z: ArrayLike,
    optimizer_G: Optimizer | None = None,
    optimizer_D: Optimizer | None = None,
) -> tuple[float, float]:
    """One step of the discriminator, then one of the generator against it. Both are changed IN PLACE.

        D := D - alpha dL_D        G := G - alpha dL_G, through the new D, whose own gradients are thrown away

    - G: codes (m, n_z) to examples; D: examples to logits (m, 1); x: (m, ...), true examples; z: (m, n_z), noise
    - optimizer_G, optimizer_D: one each, kept over the steps; None for plain SGD(0.05)
    - returns L_D, L_G: floats, each before its own step

    Raises EngineError when the shapes of true and made examples differ. Source: Goodfellow et al. (2014).

    >>> from engine.layers.dense import Dense
    >>> G, D = Dense(1, 1, rng=0), Dense(1, 1, rng=1)
    >>> x, z, path = np.full((4, 1), 2.0), np.zeros((4, 1)), []
    >>> for _ in range(600):
    ...     losses = gan_step(G, D, x, z)
    ...     path.append(round(float(G(z)[0, 0])))
    >>> path[0], path[250], path[450]  # to the true examples, past them and back: there is no minimum to roll into
    (0, 3, 2)
    """
    optimizer_G = optimizer_G or SGD(0.05)
    optimizer_D = optimizer_D or SGD(0.05)
    z = as_floats("z", z)
    zero_gradients(G)
    fake = G(z, training=True)
    x = as_floats("x", x, fake.shape)

    zero_gradients(D)
    real_logits, fake_logits = D(x, training=True), D(fake, training=True)
    loss_D, _ = gan_losses(real_logits, fake_logits)
    dreal, dfake, _ = gan_loss_gradients(real_logits, fake_logits)
    # A layer runs backward through its latest forward pass first.
    D.backward(dfake)
    D.backward(dreal)
    optimizer_D.step(parameters_of(D), gradients_of(D))

    fake_logits = D(fake, training=True)
    _, loss_G = gan_losses(real_logits, fake_logits)
    _, _, dfake = gan_loss_gradients(real_logits, fake_logits)
    G.backward(D.backward(dfake))
    zero_gradients(D)
    optimizer_G.step(parameters_of(G), gradients_of(G))
    return loss_D, loss_G


def _as_logits(argument: str, value: ArrayLike) -> Array:
    logits = as_floats(argument, value)
    return as_floats(argument, logits, ("m",) if logits.ndim == 1 else ("m", 1))


def _softplus(a: Array) -> Array:
    """log(1 + e^a), without overflow."""
    softplus: Array = np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a)))
    return softplus
