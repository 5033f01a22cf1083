"""An autoencoder whose code is a distribution, so that new codes can be drawn and decoded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import sigmoid
from engine.errors import Array, Parameters, as_count, as_floats, as_number, entry


def vae_kl(mu: ArrayLike, logvar: ArrayLike, eps: ArrayLike) -> tuple[float, Array]:
    """The price of a code, and a sample of it through which gradients can pass.

        KL = -1/2 1/m sum (1 + log sigma^2 - mu^2 - sigma^2)        z = mu + sigma * eps,  sigma = e^(logvar / 2)

    KL is that of N(mu, sigma^2) from N(0, 1): 0 for mu = 0 and sigma = 1, above 0 for all else. With eps drawn
    beforehand z is a plain function of mu and logvar: the reparameterization.

    - mu, logvar: (m, n_z); eps: (m, n_z), standard normal numbers
    - returns kl: the sum over the code's entries, the mean over the m examples, a float; z: (m, n_z)

    Raises EngineError when the shapes differ. Source: Kingma and Welling (2014).

    >>> vae_kl([[0.0, 0.0]], [[0.0, 0.0]], [[1.0, -2.0]])
    (0.0, array([[ 1., -2.]]))
    >>> vae_kl([[2.0]], [[np.log(9.0)]], [[1.0]])[1]  # sigma is 3
    array([[5.]])
    """
    mu = as_floats("mu", mu, ("m", "n_z"))
    logvar = as_floats("logvar", logvar, mu.shape)
    eps = as_floats("eps", eps, mu.shape).astype(mu.dtype, copy=False)
    kl = -float(np.sum(1 + logvar - mu * mu - np.exp(logvar))) / (2 * len(mu))
    # -0.0 would look like a mistake.
    return kl + 0.0, mu + np.exp(logvar / 2) * eps


def initialize_vae(
    n_x: int, n_h: int, n_z: int, rng: np.random.Generator | int | None = None, dtype: type = np.float64
) -> Parameters:
    """The parameters of an encoder and a decoder with one hidden layer each.

    - n_x: entries of an example; n_h: of the hidden layers; n_z: of the code; rng: a Generator or a seed; dtype
    - returns: "We" (n_x, n_h), "be", "Wmu" (n_h, n_z), "bmu", "Wlogvar" (n_h, n_z), "blogvar", "Wd" (n_z, n_h), "bd",
      "Wo" (n_h, n_x), "bo"; weights Gaussian of variance 1 / n_in, biases 0

    Raises EngineError when a size is below 1. Source: Kingma and Welling (2014), appendix C.

    >>> {name: value.shape for name, value in initialize_vae(64, 16, 2, rng=0).items() if name.startswith("W")}
    {'We': (64, 16), 'Wmu': (16, 2), 'Wlogvar': (16, 2), 'Wd': (2, 16), 'Wo': (16, 64)}
    """
    for name, size in (("n_x", n_x), ("n_h", n_h), ("n_z", n_z)):
        as_count(name, size)
    rng = np.random.default_rng(rng)
    sizes = {"e": (n_x, n_h), "mu": (n_h, n_z), "logvar": (n_h, n_z), "d": (n_z, n_h), "o": (n_h, n_x)}
    params: Parameters = {}
    for name, (n_in, n_out) in sizes.items():
        params[f"W{name}"] = rng.normal(scale=1 / np.sqrt(n_in), size=(n_in, n_out)).astype(dtype)
        params[f"b{name}"] = np.zeros(n_out, dtype)
    return params


def vae_encode(x: ArrayLike, params: Mapping[str, Any]) -> tuple[Array, Array]:
    """The distribution of the code of each example.

        h = tanh(x We + be)        mu = h Wmu + bmu        logvar = h Wlogvar + blogvar

    - x: (m, n_x); params: as of `initialize_vae`
    - returns mu, logvar: (m, n_z)

    Raises EngineError when a parameter is missing or a shape differs. Source: Kingma and Welling (2014).

    >>> mu, logvar = vae_encode(np.zeros((3, 64)), initialize_vae(64, 16, 2, rng=0))
    >>> mu.shape, logvar.shape
    ((3, 2), (3, 2))
    """
    W = _weights(params)
    x = as_floats("x", x, ("m", len(W["We"])))
    h = np.tanh(x @ W["We"] + W["be"])
    return h @ W["Wmu"] + W["bmu"], h @ W["Wlogvar"] + W["blogvar"]


def vae_decode(z: ArrayLike, params: Mapping[str, Any]) -> Array:
    """Codes to examples: with z drawn from a standard normal distribution, new examples.

        probabilities = sigma(tanh(z Wd + bd) Wo + bo)

    - z: (m, n_z); params: as of `initialize_vae`
    - returns probabilities: (m, n_x), each that an entry is 1

    Raises EngineError when a parameter is missing or a shape differs. Source: Kingma and Welling (2014).

    >>> vae_decode(np.zeros((1, 2)), initialize_vae(4, 16, 2, rng=0))
    array([[0.5, 0.5, 0.5, 0.5]])
    """
    W = _weights(params)
    z = as_floats("z", z, ("m", len(W["Wd"])))
    return sigmoid(np.tanh(z @ W["Wd"] + W["bd"]) @ W["Wo"] + W["bo"])


def vae_loss_and_grads(
    x: ArrayLike, params: Mapping[str, Any], eps: ArrayLike, beta: float = 1.0
) -> tuple[float, Parameters]:
    """The negative ELBO and its gradients: examples should come back, from codes that look like noise.

        L = 1/m sum_i (cross-entropy of x_i and its reconstruction, over all entries) + beta KL
        dmu = dz + beta mu / m        dlogvar = dz * eps * sigma / 2 + beta (sigma^2 - 1) / (2 m)

    -L (beta = 1) is a lower bound of log p(x). With beta = 0 and eps = 0 this is a plain autoencoder, whose codes
    lie anywhere, so that decoding a random one gives nothing.

    - x: (m, n_x), from 0 to 1; params: as of `initialize_vae`; eps: (m, n_z), standard normal, new for each step
    - beta: the weight of KL, from 0 up
    - returns loss: a float; grads: by the names of the parameters

    Raises EngineError when a parameter is missing or a shape differs. Source: Kingma and Welling (2014); Higgins
    et al. (2017) for beta.

    >>> params = initialize_vae(4, 8, 2, rng=0)
    >>> loss, grads = vae_loss_and_grads([[1.0, 0.0, 1.0, 0.0]], params, eps=[[0.5, -0.5]])
    >>> smaller = {name: value - 0.1 * grads[name] for name, value in params.items()}
    >>> vae_loss_and_grads([[1.0, 0.0, 1.0, 0.0]], smaller, eps=[[0.5, -0.5]])[0] < loss
    True
    """
    W = _weights(params)
    x = as_floats("x", x, ("m", len(W["We"])))
    m = len(x)
    beta = as_number("beta", beta, "[0, inf)")
    eps = as_floats("eps", eps, (m, len(W["Wd"]))).astype(x.dtype, copy=False)

    h = np.tanh(x @ W["We"] + W["be"])
    mu, logvar = h @ W["Wmu"] + W["bmu"], h @ W["Wlogvar"] + W["blogvar"]
    kl, z = vae_kl(mu, logvar, eps)
    g = np.tanh(z @ W["Wd"] + W["bd"])
    logits = g @ W["Wo"] + W["bo"]
    reconstruction = np.sum(np.maximum(logits, 0) - logits * x + np.log1p(np.exp(-np.abs(logits)))) / m
    loss = float(reconstruction) + beta * kl

    dlogits = (sigmoid(logits) - x) / m
    dg = dlogits @ W["Wo"].T * (1 - g * g)
    dz = dg @ W["Wd"].T
    dmu = dz + beta * mu / m
    dlogvar = dz * eps * np.exp(logvar / 2) / 2 + beta * (np.exp(logvar) - 1) / (2 * m)
    dh = (dmu @ W["Wmu"].T + dlogvar @ W["Wlogvar"].T) * (1 - h * h)
    steps = {"e": (x, dh), "mu": (h, dmu), "logvar": (h, dlogvar), "d": (z, dg), "o": (g, dlogits)}
    grads: Parameters = {}
    for name, (before, dafter) in steps.items():
        grads[f"W{name}"] = before.T @ dafter
        grads[f"b{name}"] = dafter.sum(axis=0)
    return loss, grads


def _weights(params: Mapping[str, Any]) -> Parameters:
    """All parameters, after a check that each fits the one before."""
    W: Parameters = {"We": as_floats("We", entry("params", params, "We"), ("n_x", "n_h"))}
    n_x, n_h = W["We"].shape
    W["Wmu"] = as_floats("Wmu", entry("params", params, "Wmu"), (n_h, "n_z"))
    n_z = W["Wmu"].shape[1]
    W["Wlogvar"] = as_floats("Wlogvar", entry("params", params, "Wlogvar"), (n_h, n_z))
    W["Wd"] = as_floats("Wd", entry("params", params, "Wd"), (n_z, "n_h"))
    W["Wo"] = as_floats("Wo", entry("params", params, "Wo"), (W["Wd"].shape[1], n_x))
    for name in ("e", "mu", "logvar", "d", "o"):
        W[f"b{name}"] = as_floats(f"b{name}", entry("params", params, f"b{name}"), (W[f"W{name}"].shape[1],))
    return W
