"""Layer normalization: each vector is standardized by itself, whatever the rest of the batch holds."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_floats, as_number

#: (x_hat, inverse standard deviations (..., 1), gamma)
LayerNormCache = tuple[Array, Array, Array]


def layer_norm_forward(
    x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, eps: float = 1e-6
) -> tuple[Array, LayerNormCache]:
    """Shift and scale each vector to mean 0 and variance 1, then by what is learned.

        x_hat = (x - mu) / sqrt(sigma^2 + eps)        y = gamma * x_hat + beta

    with the mean mu and the variance sigma^2 over the features, one pair for each position of each example.
    Batch norm takes them over the examples, and needs running averages at test time; this does not.

    - x: (..., d), such as (m, T, d); gamma, beta: (d,); eps: above 0
    - returns y: (..., d); cache: (x_hat, inv_std (..., 1), gamma)

    Raises EngineError when a shape differs or eps is not positive. Source: course 5, week 4; Ba et al. (2016).

    >>> layer_norm_forward([[1.0, 3.0], [10.0, 30.0]], gamma=[1.0, 1.0], beta=[0.0, 5.0])[0].round(3)
    array([[-1.,  6.],
           [-1.,  6.]])
    """
    x = as_floats("x", x)
    if x.ndim == 0 or x.size == 0:
        raise EngineError("x", "an array of shape (..., d)", f"of shape {x.shape}")
    d = x.shape[-1]
    gamma = as_floats("gamma", gamma, (d,))
    beta = as_floats("beta", beta, (d,))
    eps = as_number("eps", eps, "(0, inf)")

    x_hat = x - _mean(x)
    # einsum multiplies and adds up in one pass, without an array of squares.
    variance = np.einsum("...d,...d->...", x_hat, x_hat)[..., np.newaxis] / d
    inv_std = 1 / np.sqrt(variance + eps)
    x_hat *= inv_std
    y = x_hat * gamma
    y += beta
    return y, (x_hat, inv_std, gamma)


def layer_norm_backward(dy: ArrayLike, cache: LayerNormCache) -> tuple[Array, Array, Array]:
    """The gradients of a layer normalization: each feature acts on its own output, on the mean, on the variance.

        dgamma = sum dy * x_hat        dbeta = sum dy        (over all axes but the last)
        g = dy * gamma                 dx = (g - mean(g) - x_hat mean(g * x_hat)) / sqrt(sigma^2 + eps)

    with means over the features. There is no 1/m: dgamma and dbeta add up over examples and positions.

    - dy: (..., d); cache: of `layer_norm_forward`
    - returns dx: (..., d); dgamma, dbeta: (d,)

    Raises EngineError when dy has another shape than y. Source: course 5, week 4.

    >>> _, cache = layer_norm_forward([[1.0, 3.0, 5.0]], gamma=np.ones(3), beta=np.zeros(3))
    >>> dx, _, _ = layer_norm_backward([[1.0, 0.0, 0.0]], cache)
    >>> np.allclose(dx.sum(), 0)  # adding the same to all features changes nothing
    True
    """
    x_hat, inv_std, gamma = cache
    dy = as_floats("dy", dy, x_hat.shape)
    d = x_hat.shape[-1]
    rows, x_hat_rows = dy.reshape(-1, d), x_hat.reshape(-1, d)
    dgamma = np.einsum("nd,nd->d", rows, x_hat_rows)
    dbeta = rows.sum(axis=0)

    dx = dy * gamma
    mean_along = np.einsum("...d,...d->...", dx, x_hat)[..., np.newaxis] / d
    dx -= _mean(dx)
    dx -= x_hat * mean_along
    dx *= inv_std
    return dx, dgamma, dbeta


def _mean(x: Array) -> Array:
    """The means over the last axis, (..., 1): as a matrix product, which is faster than `mean` for many short rows."""
    d = x.shape[-1]
    mean: Array = np.matmul(x, np.full((d, 1), 1 / d, x.dtype))
    return mean
