"""Normalizations beside batch and layer norm: RMS norm, group norm, instance norm."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_count, as_floats, as_number

#: (x, inverse root mean squares (..., 1), g)
RMSNormCache = tuple[Array, Array, Array]

#: (x_hat (m, H * W, G, C / G), inverse standard deviations (m, 1, G, 1), gamma, the shape of x)
GroupNormCache = tuple[Array, Array, Array, tuple[int, ...]]


def rms_norm_forward(x: ArrayLike, g: ArrayLike, eps: float = 1e-6) -> tuple[Array, RMSNormCache]:
    """Scale each vector to a mean square of 1, then by what is learned.

        y = g * x / sqrt(1/d sum_i x_i^2 + eps)

    Layer norm without its mean and without its beta: cheaper, and in large language models as good.

    - x: (..., d), such as (m, T, d); g: (d,), the gain; eps: above 0, INSIDE the root
    - returns y: (..., d); cache: (x, inv_rms (..., 1), g)

    Raises EngineError when a shape differs or eps is not positive. Source: Zhang and Sennrich (2019).

    >>> rms_norm_forward([[3.0, -3.0], [5.0, 5.0]], g=[1.0, 2.0])[0].round(3)  # no mean is taken off
    array([[ 1., -2.],
           [ 1.,  2.]])
    """
    x = as_floats("x", x)
    if x.ndim == 0 or x.size == 0:
        raise EngineError("x", "an array of shape (..., d)", f"of shape {x.shape}")
    d = x.shape[-1]
    g = as_floats("g", g, (d,)).astype(x.dtype, copy=False)
    eps = as_number("eps", eps, "(0, inf)")
    # einsum multiplies and adds up in one pass, without an array of squares.
    mean_square = np.einsum("...d,...d->...", x, x)[..., np.newaxis] / d
    inv_rms = 1 / np.sqrt(mean_square + eps)
    y = x * inv_rms
    y *= g
    return y, (x, inv_rms, g)


def rms_norm_backward(dy: ArrayLike, cache: RMSNormCache) -> tuple[Array, Array]:
    """The gradients of an RMS norm: each feature acts on its own output and on the scale of all.

        x_hat = x / rms        dg = sum dy * x_hat        (over all axes but the last)
        dx = (dy * g - x_hat mean(dy * g * x_hat)) / rms

    - dy: (..., d); cache: of `rms_norm_forward`
    - returns dx: (..., d); dg: (d,)

    Raises EngineError when dy has another shape than y. Source: Zhang and Sennrich (2019).

    >>> _, cache = rms_norm_forward([[3.0, 4.0]], g=[1.0, 1.0], eps=1e-12)
    >>> dx, dg = rms_norm_backward([[3.0, 4.0]], cache)
    >>> np.allclose(dx, 0)  # a longer x along itself changes nothing
    True
    """
    x, inv_rms, g = cache
    dy = as_floats("dy", dy, x.shape)
    d = x.shape[-1]
    x_hat = x * inv_rms
    dg = np.einsum("nd,nd->d", dy.reshape(-1, d), x_hat.reshape(-1, d))
    dx = dy * g
    mean_along = np.einsum("...d,...d->...", dx, x_hat)[..., np.newaxis] / d
    dx -= x_hat * mean_along
    dx *= inv_rms
    return dx, dg


def group_norm(x: ArrayLike, G: int, gamma: ArrayLike, beta: ArrayLike, eps: float = 1e-5) -> Array:
    """Shift and scale groups of channels to mean 0 and variance 1, each image by itself.

        y = gamma * (x - mu) / sqrt(sigma^2 + eps) + beta

    with mu and sigma^2 over all pixels and the C / G channels of a group, one pair for each group of each image.
    G = 1 is layer norm of the whole image, G = C instance norm. Unlike batch norm it does not mind small batches.

    - x: (m, H, W, C); G: the number of groups, which divides C; gamma, beta: (C,); eps: above 0
    - returns y: (m, H, W, C)

    Raises EngineError when a shape differs, G does not divide C, or eps is not positive. Source: Wu and He (2018).

    >>> x = [[[[1.0, 3.0, 10.0, 30.0]]]]  # one pixel of four channels
    >>> group_norm(x, 2, gamma=np.ones(4), beta=np.zeros(4)).round(2).ravel()
    array([-1.,  1., -1.,  1.])
    """
    return group_norm_forward(x, G, gamma, beta, eps)[0]


def group_norm_forward(
    x: ArrayLike, G: int, gamma: ArrayLike, beta: ArrayLike, eps: float = 1e-5
) -> tuple[Array, GroupNormCache]:
    """`group_norm` with what its backward pass needs.

    - x, G, gamma, beta, eps: as in `group_norm`
    - returns y: (m, H, W, C); cache: (x_hat (m, H W, G, C / G), inv_std (m, 1, G, 1), gamma, the shape of x)

    Raises EngineError as `group_norm`. Source: Wu and He (2018).

    >>> y, cache = group_norm_forward(np.zeros((5, 2, 3, 6)), 3, np.ones(6), np.zeros(6))
    >>> y.shape, cache[0].shape
    ((5, 2, 3, 6), (5, 6, 3, 2))
    """
    x = as_floats("x", x, ("m", "H", "W", "C"))
    m, H, W, C = x.shape
    if C % as_count("G", G):
        raise EngineError("G", f"a divisor of the {C} channels", str(G))
    gamma = as_floats("gamma", gamma, (C,)).astype(x.dtype, copy=False)
    beta = as_floats("beta", beta, (C,)).astype(x.dtype, copy=False)
    eps = as_number("eps", eps, "(0, inf)")

    # Neighbouring channels form a group: (m, H W, G, C / G) is the same memory, seen otherwise.
    groups = x.reshape(m, H * W, G, C // G)
    x_hat = groups - groups.mean(axis=(1, 3), keepdims=True)
    variance = np.einsum("mpgc,mpgc->mg", x_hat, x_hat)[:, np.newaxis, :, np.newaxis] / (H * W * C // G)
    inv_std = 1 / np.sqrt(variance + eps)
    x_hat *= inv_std
    y = x_hat.reshape(x.shape) * gamma
    y += beta
    return y, (x_hat, inv_std, gamma, x.shape)


def group_norm_backward(dy: ArrayLike, cache: GroupNormCache) -> tuple[Array, Array, Array]:
    """The gradients of a group norm; those of layer norm, with the means over a group.

        dgamma = sum dy * x_hat        dbeta = sum dy        (over images and pixels)
        g = dy * gamma                 dx = (g - mean(g) - x_hat mean(g * x_hat)) / sqrt(sigma^2 + eps)

    - dy: (m, H, W, C); cache: of `group_norm_forward`
    - returns dx: (m, H, W, C); dgamma, dbeta: (C,)

    Raises EngineError when dy has another shape than y. Source: Wu and He (2018).

    >>> x = np.arange(12.0).reshape(1, 1, 3, 4)
    >>> _, cache = group_norm_forward(x, 2, np.ones(4), np.zeros(4))
    >>> dx, dgamma, dbeta = group_norm_backward(np.ones((1, 1, 3, 4)), cache)
    >>> np.allclose(dx, 0), dbeta  # the same on all outputs: the mean takes it off
    (True, array([3., 3., 3., 3.]))
    """
    x_hat, inv_std, gamma, shape = cache
    dy = as_floats("dy", dy, shape)
    C = shape[-1]
    rows = dy.reshape(-1, C)
    dgamma = np.einsum("nc,nc->c", rows, x_hat.reshape(-1, C))
    dbeta = rows.sum(axis=0)

    g = (dy * gamma).reshape(x_hat.shape)
    entries = x_hat.shape[1] * x_hat.shape[3]
    mean_along = np.einsum("mpgc,mpgc->mg", g, x_hat)[:, np.newaxis, :, np.newaxis] / entries
    g -= g.mean(axis=(1, 3), keepdims=True)
    g -= x_hat * mean_along
    g *= inv_std
    return g.reshape(shape), dgamma, dbeta


def instance_norm(x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, eps: float = 1e-5) -> Array:
    """Each channel of each image gets mean 0 and variance 1: a group norm with one channel in a group.

        y = gamma * (x - mu) / sqrt(sigma^2 + eps) + beta        mu, sigma^2 over the pixels of one channel

    It takes the contrast of an image away, and so began as a part of style transfer.

    - x: (m, H, W, C); gamma, beta: (C,); eps: above 0
    - returns y: (m, H, W, C); for the backward pass use `group_norm_forward` with G = C

    Raises EngineError when a shape differs or eps is not positive. Source: Ulyanov, Vedaldi and Lempitsky (2016).

    >>> pale = np.array([[[[0.4], [0.6]]]])
    >>> np.allclose(instance_norm(pale, [1.0], [0.0]), instance_norm(10 * pale, [1.0], [0.0]), atol=1e-2)
    True
    """
    x = as_floats("x", x, ("m", "H", "W", "C"))
    return group_norm(x, x.shape[-1], gamma, beta, eps)
