"""Examples out of noise: a network learns to undo one small step of noising, then all of them in a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_count, as_floats, as_ids, as_number
from engine.layers.base import Layer, Sequential, gradients_of, parameters_of, zero_gradients
from engine.layers.dense import Dense, Relu
from engine.optimizers import Adam
from engine.positional import positional_encoding

#: Guesses the noise in x_t (m, ...) at the steps t (m,): the result has the shape of x_t.
NoiseModel = Callable[[Array, Array], Array]


def linear_betas(T: int, beta_first: float = 1e-4, beta_last: float = 0.02) -> Array:
    """How much noise each step adds: little at first, where details are lost, more at the end.

        beta_t = beta_first + t / (T - 1) (beta_last - beta_first)        t = 0 ... T - 1

    - T: the number of steps; beta_first, beta_last: in (0, 1); the defaults are for T = 1000, fewer steps need more
    - returns betas: (T,)

    Raises EngineError when T is below 1 or a number is outside. Source: Ho, Jain and Abbeel (2020).

    >>> linear_betas(3, 0.1, 0.3)
    array([0.1, 0.2, 0.3])
    """
    beta_first = as_number("beta_first", beta_first, "(0, 1)")
    return np.linspace(beta_first, as_number("beta_last", beta_last, "(0, 1)"), as_count("T", T))


def alpha_bars(betas: ArrayLike) -> Array:
    """The share of the original's variance that is left after each step.

        alpha_t = 1 - beta_t        abar_t = alpha_0 alpha_1 ... alpha_t

    - betas: (T,), in (0, 1)
    - returns abar: (T,), falling; the last should be near 0

    Raises EngineError when betas is not of rank 1 or a number is outside. Source: Ho, Jain and Abbeel (2020).

    >>> alpha_bars([0.5, 0.5, 0.2])
    array([0.5 , 0.25, 0.2 ])
    """
    return np.cumprod(1 - _as_betas(betas))


def q_sample(x0: ArrayLike, t: ArrayLike, eps: ArrayLike, abar: ArrayLike) -> Array:
    """Noise of t + 1 steps at once, without doing the steps.

        x_t = sqrt(abar_t) x_0 + sqrt(1 - abar_t) eps

    When x_0 has variance 1, so has every x_t: the two factors' squares sum to 1.

    - x0: (m, ...); t: (m,), steps 0 ... T - 1, each example its own; eps: the shape of x0, standard normal
    - abar: (T,), as of `alpha_bars`
    - returns x_t: the shape of x0

    Raises EngineError when a shape differs or a step lies outside. Source: Ho, Jain and Abbeel (2020).

    >>> q_sample([[10.0], [10.0]], [0, 1], [[1.0], [1.0]], abar=[0.64, 0.36])
    array([[8.6],
           [6.8]])
    """
    x0 = as_floats("x0", x0)
    if x0.ndim < 1 or x0.size == 0:
        raise EngineError("x0", "an array of shape (m, ...)", f"of shape {x0.shape}")
    abar = as_floats("abar", abar, ("T",))
    t = as_ids("t", t, len(abar), (len(x0),))
    eps = as_floats("eps", eps, x0.shape).astype(x0.dtype, copy=False)
    kept = abar[t].reshape(-1, *[1] * (x0.ndim - 1))
    x_t: Array = np.sqrt(kept).astype(x0.dtype) * x0 + np.sqrt(1 - kept).astype(x0.dtype) * eps
    return x_t


def ddpm_loss(model: NoiseModel, x0: ArrayLike, t: ArrayLike, eps: ArrayLike, abar: ArrayLike) -> tuple[float, Array]:
    """How well a model guesses the noise that was mixed in.

        eps_hat = model(x_t, t)        L = mean of (eps - eps_hat)^2 over all n entries
        deps_hat = 2 (eps_hat - eps) / n

    - model: takes x_t and t, returns eps_hat; x0, t, eps, abar: as in `q_sample`; t drawn evenly from 0 ... T - 1
    - returns loss: a float; deps_hat: the shape of x0, for the model's own backward pass

    Raises EngineError as `q_sample`, and when the model's answer has another shape. Source: Ho, Jain and Abbeel
    (2020), the simple loss.

    >>> ddpm_loss(lambda x_t, t: np.zeros_like(x_t), [[5.0, 5.0]], [0], [[1.0, -3.0]], abar=[0.5])
    (5.0, array([[-1.,  3.]]))
    """
    x_t = q_sample(x0, t, eps, abar)
    eps = as_floats("eps", eps).astype(x_t.dtype, copy=False)
    eps_hat = as_floats("the model's guess", model(x_t, np.asarray(t)), x_t.shape)
    difference = eps_hat - eps
    return float(np.mean(difference * difference)), difference * (2 / difference.size)


def ddpm_sample(
    model: NoiseModel,
    shape: Sequence[int],
    betas: ArrayLike,
    rng: np.random.Generator | int | None = None,
) -> Array:
    """Start from pure noise and take the steps back, the last without new noise.

        x := (x - beta_t / sqrt(1 - abar_t) eps_hat) / sqrt(alpha_t) + sigma_t z        t = T - 1, ..., 0
        sigma_t = sqrt(beta_t), z standard normal; z = 0 at t = 0

    - model: takes x_t (m, ...) and t (m,), returns its guess of the noise; shape: (m, ...) of the samples
    - betas: (T,), those of the training; rng: a Generator or a seed
    - returns x: float64, of that shape

    Raises EngineError when a shape differs or a beta is outside (0, 1). Source: Ho, Jain and Abbeel (2020),
    algorithm 2.

    >>> betas = linear_betas(100, 0.01, 0.2)
    >>> abar = alpha_bars(betas)
    >>> point_at_3 = lambda x_t, t: (x_t - np.sqrt(abar[t])[:, np.newaxis] * 3) / np.sqrt(1 - abar[t])[:, np.newaxis]
    >>> ddpm_sample(point_at_3, (2, 1), betas, rng=0).round(6)  # all data are 3, and the model knows it
    array([[3.],
           [3.]])
    """
    betas = _as_betas(betas)
    abar = alpha_bars(betas)
    if not shape or any(size < 1 for size in shape):
        raise EngineError("shape", "(m, ...), of sizes from 1 up", str(tuple(shape)))
    rng = np.random.default_rng(rng)
    x = rng.normal(size=tuple(shape))
    for t in reversed(range(len(betas))):
        eps_hat = as_floats("the model's guess", model(x, np.full(len(x), t)), x.shape)
        x = (x - betas[t] / np.sqrt(1 - abar[t]) * eps_hat) / np.sqrt(1 - betas[t])
        if t > 0:
            x = x + np.sqrt(betas[t]) * rng.normal(size=x.shape)
    return x


class Denoiser:
    """A small network that guesses noise; it is told the step, since the same point means different noise.

        eps_hat = net([x_t, sines and cosines of t])

    - d: entries of an example; T: the number of steps; n_h: of the two hidden layers; n_t: features of the step
    - rng: a Generator or a seed
    - net: a Sequential, whose parameters are the model's

    Raises EngineError when a size is below 1. Source: Ho, Jain and Abbeel (2020) for the features of the step.

    >>> denoiser = Denoiser(2, T=50, n_h=16, rng=0)
    >>> denoiser(np.zeros((3, 2)), np.array([0, 10, 49])).shape
    (3, 2)
    """

    def __init__(
        self, d: int, T: int, n_h: int = 64, n_t: int = 16, rng: np.random.Generator | int | None = None
    ) -> None:
        self.d = as_count("d", d)
        rng = np.random.default_rng(rng)
        # The table of a Transformer's positions tells steps apart, too.
        self.times = positional_encoding(T, n_t)[0]
        layers: list[Layer] = [
            Dense(d + n_t, n_h, "he", rng),
            Relu(),
            Dense(n_h, n_h, "he", rng),
            Relu(),
            Dense(n_h, d, rng=rng),
        ]
        self.net = Sequential(layers)

    def __call__(self, x_t: Array, t: Array, training: bool = False) -> Array:
        """The guess (m, d) for x_t: (m, d), t: (m,)."""
        x_t = as_floats("x_t", x_t, ("m", self.d))
        t = as_ids("t", t, len(self.times), (len(x_t),))
        return self.net(np.concatenate([x_t, self.times[t]], axis=1), training)

    def backward(self, deps_hat: Array) -> Array:
        """The gradient (m, d) for x_t, from that for the guess; adds to the gradients of `net`."""
        return self.net.backward(deps_hat)[:, : self.d]


def train_ddpm(
    model: Denoiser,
    x: ArrayLike,
    betas: ArrayLike,
    steps: int = 1000,
    batch_size: int = 128,
    learning_rate: float = 0.002,
    rng: np.random.Generator | int | None = None,
) -> list[float]:
    """Teach a denoiser with Adam. It is changed IN PLACE.

        each step: a batch of x_0, a t and an eps for each, one step down the gradient of `ddpm_loss`

    - model: a `Denoiser`; x: (N, d), the examples, best of variance near 1; betas: (T,)
    - steps, batch_size: counts; learning_rate: of Adam; rng: a Generator or a seed
    - returns losses: one a step

    Raises EngineError when a shape differs or a number is outside. Source: Ho, Jain and Abbeel (2020), algorithm 1.

    >>> x = np.full((32, 1), 2.0)
    >>> losses = train_ddpm(Denoiser(1, T=20, n_h=16, rng=0), x, linear_betas(20, 0.01, 0.3), steps=100, rng=0)
    >>> np.mean(losses[-20:]) < np.mean(losses[:20]) / 2
    np.True_
    """
    x = as_floats("x", x, ("N", model.d))
    abar = alpha_bars(betas)
    as_count("batch_size", batch_size)
    rng = np.random.default_rng(rng)
    optimizer = Adam(learning_rate)
    losses = []
    for _ in range(as_count("steps", steps)):
        x0 = x[rng.integers(len(x), size=batch_size)]
        t, eps = rng.integers(len(abar), size=batch_size), rng.normal(size=x0.shape)
        loss, deps_hat = ddpm_loss(partial(model, training=True), x0, t, eps, abar)
        zero_gradients(model.net)
        model.backward(deps_hat)
        optimizer.step(parameters_of(model.net), gradients_of(model.net))
        losses.append(loss)
    return losses


def _as_betas(betas: ArrayLike) -> Array:
    betas = as_floats("betas", betas, ("T",))
    if not (betas.min() > 0 and betas.max() < 1):
        raise EngineError("betas", "numbers in (0, 1)", f"an array from {betas.min()} to {betas.max()}")
    return betas
