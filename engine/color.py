"""More images out of those there are: other light, which changes colours and not the label (course 4, week 2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_array, as_floats


def color_shift(img: ArrayLike, delta: ArrayLike) -> Array:
    """Add a number to each colour, as if the light were redder or bluer.

        out[y, x, c] = img[y, x, c] + delta[c], cut off at black and white

    In integers of 8 bits 250 + 20 is 14: a bright pixel would turn dark. So the sum is taken in floats.

    - img: (h, w, c), integers from 0 to 255 or floats from 0 to 1
    - delta: (c,), in the same units
    - returns: (h, w, c), same dtype

    Raises EngineError when a shape differs. Source: course 4, week 2.

    >>> color_shift(np.array([[[250, 10, 100]]], np.uint8), [20, -20, 0])
    array([[[255,   0, 100]]], dtype=uint8)
    """
    img = as_array("img", img, ("h", "w", "c"))
    delta = as_floats("delta", delta, (img.shape[2],))
    return _cut_off(img, delta)


def color_components(images: ArrayLike) -> tuple[Array, Array]:
    """The directions in which the colours of a set of images vary, and how much: their principal components.

        covariance = 1/N sum over pixels of (p - mean) (p - mean)^T = eigvec diag(eigval) eigvec^T

    The first direction is mostly light and dark.

    - images: (m, h, w, c), integers from 0 to 255 or floats from 0 to 1
    - returns eigvec: (c, c), a direction in each column, of length 1; eigval: (c,), the variances, largest first; for
      integers in units of 255, so as for floats

    Raises EngineError when the shape differs. Source: course 4, week 2; Krizhevsky et al., 2012.

    >>> eigvec, eigval = color_components([[[[0.0, 0.5], [1.0, 0.5]]]])  # the second of two colours never changes
    >>> abs(eigvec[:, 0]), eigval
    (array([1., 0.]), array([0.25, 0.  ]))
    """
    images = as_array("images", images, ("m", "h", "w", "c"))
    pixels = images.reshape(-1, images.shape[3]).astype(np.float64) / _white(images)
    pixels -= pixels.mean(axis=0)
    eigval, eigvec = np.linalg.eigh(pixels.T @ pixels / len(pixels))
    return eigvec[:, ::-1].copy(), eigval[::-1].copy()


def pca_color(img: ArrayLike, eigvec: ArrayLike, eigval: ArrayLike, alphas: ArrayLike) -> Array:
    """Shift the colours the way the colours of the training set vary, as AlexNet did.

        delta = sum_k alpha_k lambda_k v_k = eigvec (alphas * eigval)        the same for all pixels of the image

    - img: (h, w, c), integers from 0 to 255 or floats from 0 to 1
    - eigvec: (c, c), v_k in column k; eigval: (c,), lambda_k: of `color_components`
    - alphas: (c,), drawn anew for each use of an image, Gaussian with a deviation of 0.1
    - returns: (h, w, c), same dtype

    Raises EngineError when a shape differs. Source: course 4, week 2; Krizhevsky et al., 2012.

    >>> pca_color([[[0.5, 0.5]]], eigvec=[[0.6, -0.8], [0.8, 0.6]], eigval=[1.0, 0.1], alphas=[0.5, 0.0])
    array([[[0.8, 0.9]]])
    """
    img = as_array("img", img, ("h", "w", "c"))
    c = img.shape[2]
    eigvec = as_floats("eigvec", eigvec, (c, c))
    eigval, alphas = as_floats("eigval", eigval, (c,)), as_floats("alphas", alphas, (c,))
    return _cut_off(img, eigvec @ (alphas * eigval) * _white(img))


def _white(img: Array) -> float:
    return 1.0 if img.dtype.kind == "f" else 255.0


def _cut_off(img: Array, delta: Array) -> Array:
    shifted: Array = np.clip(img + delta, 0, _white(img))
    if img.dtype.kind != "f":
        shifted = np.rint(shifted)
    return shifted.astype(img.dtype)
