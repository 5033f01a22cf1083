"""Batch normalization of the values Z of one layer, one example a column (course 2, week 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, Parameters, as_floats, as_number, entry

BatchNormCache = tuple[Array, Array, Array]


def batchnorm_forward(
    Z: ArrayLike, gamma: ArrayLike, beta: ArrayLike, eps: float = 1e-8
) -> tuple[Array, BatchNormCache]:
    """Give every unit mean beta and spread gamma over the mini-batch.

        mu = 1/B sum_i z_i        var = 1/B sum_i (z_i - mu)^2
        z_norm = (z - mu) / sqrt(var + eps)        Z_tilde = gamma z_norm + beta

    Whatever constant b a layer adds to Z cancels in z - mu: such a layer needs no b.

    - Z: (n, B); gamma, beta: (n, 1); eps: keeps the root from 0
    - returns Z_tilde: (n, B); cache: (Z_norm (n, B), sigma (n, 1), gamma (n, 1)) with sigma = sqrt(var + eps)

    Raises EngineError when a shape differs or eps is negative. Source: course 2, week 3; Ioffe and Szegedy (2015).

    >>> Z_tilde, cache = batchnorm_forward([[1.0, 3.0], [10.0, 30.0]], [[1.0], [2.0]], [[0.0], [5.0]])
    >>> Z_tilde.round(6)
    array([[-1.,  1.],
           [ 3.,  7.]])
    """
    Z = as_floats("Z", Z, ("n", "B"))
    gamma, beta = _per_unit("gamma", gamma, Z), _per_unit("beta", beta, Z)
    eps = as_number("eps", eps, "[0, inf)")
    mu = Z.mean(axis=1, keepdims=True)
    Z_norm = Z - mu
    var = np.mean(Z_norm * Z_norm, axis=1, keepdims=True)
    sigma = np.sqrt(var + eps)
    Z_norm /= sigma
    Z_tilde: Array = gamma * Z_norm + beta
    return Z_tilde, (Z_norm, sigma, gamma)


def batchnorm_backward(dZ_tilde: ArrayLike, cache: BatchNormCache) -> tuple[Array, Array, Array]:
    """The gradients through a batch normalization: mu and var depend on every example, too.

        dgamma = sum_i dz_tilde_i z_norm_i        dbeta = sum_i dz_tilde_i        dz_norm = dz_tilde gamma
        dz_i = 1 / (B sigma) (B dz_norm_i - sum_j dz_norm_j - z_norm_i sum_j dz_norm_j z_norm_j)

    dgamma and dbeta are plain sums. Where dZ_tilde carries no 1/m, as in the networks of courses 1 and 2, the
    caller divides them by B, like dW and db; the line of dz is the same for both.

    - dZ_tilde: (n, B); cache: of `batchnorm_forward`
    - returns dZ: (n, B); dgamma, dbeta: (n, 1)

    Raises EngineError when the shape of dZ_tilde differs. Source: course 2, week 3; Ioffe and Szegedy (2015).

    >>> _, cache = batchnorm_forward([[1.0, 2.0, 4.0]], [[3.0]], [[0.0]])
    >>> dZ, dgamma, dbeta = batchnorm_backward([[1.0, 1.0, 1.0]], cache)
    >>> dZ.round(12) + 0.0, dbeta  # raising all outputs alike is what no input can do
    (array([[0., 0., 0.]]), array([[3.]]))
    """
    Z_norm, sigma, gamma = cache
    dZ_tilde = as_floats("dZ_tilde", dZ_tilde, Z_norm.shape)
    B = Z_norm.shape[1]
    dbeta = np.sum(dZ_tilde, axis=1, keepdims=True)
    dgamma = np.sum(dZ_tilde * Z_norm, axis=1, keepdims=True)
    # sum_j dz_norm_j = gamma dbeta, and sum_j dz_norm_j z_norm_j = gamma dgamma.
    dZ: Array = gamma / (B * sigma) * (B * dZ_tilde - dbeta - Z_norm * dgamma)
    return dZ, dgamma, dbeta


def batchnorm_update_running(mu: ArrayLike, var: ArrayLike, running: Parameters, momentum: float = 0.9) -> Parameters:
    """The averages over mini-batches that stand in for mu and var when examples come one at a time.

        mu_run := momentum mu_run + (1 - momentum) mu        the same for var

    - mu, var: (n, 1), of the present mini-batch; running: {"mu": (n, 1), "var": (n, 1)}
    - momentum: the share that is kept, in [0, 1): 0.99 in Keras, 0.9 in PyTorch, which calls the other share
      momentum and uses the unbiased variance
    - returns: a new {"mu", "var"}

    Raises EngineError when a key is missing, a shape differs or momentum is outside. Source: course 2, week 3.

    >>> batchnorm_update_running([[10.0]], [[2.0]], {"mu": np.zeros((1, 1)), "var": np.ones((1, 1))})
    {'mu': array([[1.]]), 'var': array([[1.1]])}
    """
    momentum = as_number("momentum", momentum, "[0, 1)")
    updated = {}
    for name, value in (("mu", mu), ("var", var)):
        before = as_floats(f"running[{name!r}]", entry("running", running, name), ("n", 1))
        updated[name] = momentum * before + (1 - momentum) * as_floats(name, value, before.shape)
    return updated


def batchnorm_inference(
    Z: ArrayLike, gamma: ArrayLike, beta: ArrayLike, running: Parameters, eps: float = 1e-8
) -> Array:
    """Normalize with the running averages: an example's result does not depend on its neighbours.

        Z_tilde = gamma (z - mu_run) / sqrt(var_run + eps) + beta

    With the statistics of its own batch, a single example would always give beta.

    - Z: (n, m); gamma, beta: (n, 1); running: {"mu": (n, 1), "var": (n, 1)}
    - returns: (n, m)

    Raises EngineError when a key is missing or a shape differs. Source: course 2, week 3.

    >>> batchnorm_inference([[3.0]], [[1.0]], [[0.0]], {"mu": [[1.0]], "var": [[4.0]]}, eps=0)
    array([[1.]])
    """
    Z = as_floats("Z", Z, ("n", "m"))
    gamma, beta = _per_unit("gamma", gamma, Z), _per_unit("beta", beta, Z)
    eps = as_number("eps", eps, "[0, inf)")
    mu = _per_unit("running['mu']", entry("running", running, "mu"), Z)
    var = _per_unit("running['var']", entry("running", running, "var"), Z)
    Z_tilde: Array = gamma * (Z - mu) / np.sqrt(var + eps) + beta
    return Z_tilde


def fold_batchnorm(
    W: ArrayLike, b: ArrayLike, gamma: ArrayLike, beta: ArrayLike, mu: ArrayLike, var: ArrayLike, eps: float = 1e-8
) -> tuple[Array, Array]:
    """One linear layer that does what a linear layer and its batch normalization do at test time.

        W' = gamma / sigma W        b' = gamma / sigma (b - mu) + beta

    - W: (n, k); b, gamma, beta, mu, var: (n, 1)
    - returns W': (n, k); b': (n, 1)

    Raises EngineError when a shape differs. Source: course 2, week 3.

    >>> fold_batchnorm([[2.0]], [[1.0]], [[3.0]], [[0.5]], [[1.0]], [[4.0]], eps=0)
    (array([[3.]]), array([[0.5]]))
    """
    W = as_floats("W", W, ("n", "k"))
    b, gamma, beta = (_per_unit(name, value, W) for name, value in (("b", b), ("gamma", gamma), ("beta", beta)))
    mu, var = _per_unit("mu", mu, W), _per_unit("var", var, W)
    eps = as_number("eps", eps, "[0, inf)")
    scale = gamma / np.sqrt(var + eps)
    return scale * W, scale * (b - mu) + beta


def _per_unit(name: str, value: ArrayLike, Z: Array) -> Array:
    return as_floats(name, value, (Z.shape[0], 1)).astype(Z.dtype, copy=False)
