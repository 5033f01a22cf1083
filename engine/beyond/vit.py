"""A Transformer that reads an image as a sentence of patches."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.beyond.block import StackCache, initialize_stack, stack_backward, stack_forward
from engine.errors import Array, EngineError, Parameters, as_array, as_count, as_floats, entry
from engine.layers.losses import softmax_cross_entropy

#: (patches, W of the patches, cache of the blocks, h: their output, W of the head)
ViTCache = tuple[Array, Array, StackCache, Array, Array]


def patchify(img: ArrayLike, P: int) -> Array:
    """Cut images into squares, from left to right and from top to bottom, each unrolled like an image.

        patches[i, r W/P + c] = img[i, r P : (r + 1) P, c P : (c + 1) P] as a vector        N = H W / P^2

    The axes have to be exchanged between two reshapes: a reshape alone would cut stripes.

    - img: (m, H, W, C); P: the side of a patch, which divides H and W
    - returns patches: (m, N, P P C), same dtype

    Raises EngineError when the rank differs or P does not divide both sides. Source: Dosovitskiy et al. (2021).

    >>> patchify(np.arange(16).reshape(1, 4, 4, 1), 2)[0]
    array([[ 0,  1,  4,  5],
           [ 2,  3,  6,  7],
           [ 8,  9, 12, 13],
           [10, 11, 14, 15]])
    """
    img = as_array("img", img, ("m", "H", "W", "C"))
    m, H, W, C = img.shape
    if H % as_count("P", P) or W % P:
        raise EngineError("P", f"a divisor of {H} and {W}", str(P))
    squares = img.reshape(m, H // P, P, W // P, P, C).swapaxes(2, 3)
    return squares.reshape(m, H // P * (W // P), P * P * C)


def unpatchify(patches: ArrayLike, P: int, H: int, W: int) -> Array:
    """Images from their patches: the inverse of `patchify`.

    - patches: (m, N, P P C); P: the side of a patch; H, W: of the image, N = H W / P^2
    - returns img: (m, H, W, C), same dtype

    Raises EngineError when the sizes do not fit together. Source: Dosovitskiy et al. (2021).

    >>> img = np.arange(24).reshape(1, 2, 4, 3)
    >>> np.array_equal(unpatchify(patchify(img, 2), 2, 2, 4), img)
    True
    """
    P, H, W = as_count("P", P), as_count("H", H), as_count("W", W)
    if H % P or W % P:
        raise EngineError("P", f"a divisor of {H} and {W}", str(P))
    patches = as_array("patches", patches, ("m", H // P * (W // P), "P P C"))
    m, _, entries = patches.shape
    if entries % (P * P):
        raise EngineError("patches", f"vectors of a multiple of {P * P} entries", f"of {entries}")
    squares = patches.reshape(m, H // P, W // P, P, P, entries // (P * P)).swapaxes(2, 3)
    return squares.reshape(m, H, W, -1)


def initialize_vit(
    H: int,
    W: int,
    C: int,
    P: int,
    d: int,
    n_layers: int,
    n_classes: int,
    d_ff: int | None = None,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Parameters:
    """The parameters of a vision transformer.

    - H, W, C: of the images; P: the side of a patch; d: the size of a vector; n_layers: the number of blocks
    - n_classes: of the head; d_ff: of the hidden layers, None for 4 d; rng: a Generator or a seed; dtype
    - returns: "patch.W" (P P C, d), "patch.b" (d,), "cls" (d,), "pos" (N + 1, d), those of
      `engine.beyond.block.initialize_stack`, "head.W" (d, n_classes), "head.b" (n_classes,); the head starts at 0,
      so that all classes are equally likely

    Raises EngineError when a size is below 1 or P does not divide H and W. Source: Dosovitskiy et al. (2021).

    >>> initialize_vit(8, 8, 1, P=4, d=16, n_layers=1, n_classes=10, rng=0)["pos"].shape  # 4 patches, 1 class token
    (5, 16)
    """
    for name, size in (("H", H), ("W", W), ("C", C), ("P", P), ("d", d), ("n_classes", n_classes)):
        as_count(name, size)
    if H % P or W % P:
        raise EngineError("P", f"a divisor of {H} and {W}", str(P))
    rng = np.random.default_rng(rng)
    N, entries = H // P * (W // P), P * P * C
    params = {
        "patch.W": rng.normal(scale=1 / math.sqrt(entries), size=(entries, d)),
        "patch.b": np.zeros(d),
        "cls": rng.normal(scale=0.02, size=d),
        "pos": rng.normal(scale=0.02, size=(N + 1, d)),
        **initialize_stack(d, n_layers, d_ff, rng),
        "head.W": np.zeros((d, n_classes)),
        "head.b": np.zeros(n_classes),
    }
    return {name: value.astype(dtype) for name, value in params.items()}


def vit_forward(X: ArrayLike, params: Mapping[str, Any], n_heads: int = 1) -> tuple[Array, ViTCache]:
    """The scores of the classes: patches become vectors, and a class token gathers what they hold.

        x = [cls, patch_1 W + b, ..., patch_N W + b] + pos        h = blocks and norm of x        logits = h_0 W' + b'

    Without pos a shuffled image would look the same; pos[0] belongs to the class token, which stands first, and
    only whose output is classified.

    - X: (m, H, W, C); params: as of `initialize_vit`, whose sizes give P and N; n_heads: divides d
    - returns logits: (m, n_classes); cache: (patches, W of the patches, the blocks' cache, h, W of the head)

    Raises EngineError when a parameter is missing or a shape differs. Source: Dosovitskiy et al. (2021).

    >>> params = initialize_vit(8, 8, 1, P=4, d=16, n_layers=1, n_classes=10, rng=0)
    >>> vit_forward(np.ones((3, 8, 8, 1)), params, n_heads=4)[0].shape
    (3, 10)
    """
    X = as_floats("X", X, ("m", "H", "W", "C"))
    W = as_floats("patch.W", entry("params", params, "patch.W"), ("P P C", "d"))
    entries, d = W.shape
    patches = patchify(X, math.isqrt(entries // X.shape[-1]) or 1)
    m, N, _ = patches.shape
    if patches.shape[2] != entries:
        raise EngineError("patch.W", f"a matrix of P P C rows with C = {X.shape[-1]}", f"of shape {W.shape}")
    b = as_floats("patch.b", entry("params", params, "patch.b"), (d,))
    cls = as_floats("cls", entry("params", params, "cls"), (d,))
    pos = as_floats("pos", entry("params", params, "pos"), (N + 1, d))
    x = np.empty((m, N + 1, d), np.result_type(patches, W))
    x[:, 0] = cls
    x[:, 1:] = patches @ W + b
    x += pos
    h, stack = stack_forward(x, params, n_heads)
    head = as_floats("head.W", entry("params", params, "head.W"), (d, "n_classes"))
    head_b = as_floats("head.b", entry("params", params, "head.b"), (head.shape[1],))
    return h[:, 0] @ head + head_b, (patches, W, stack, h, head)


def vit_backward(dlogits: ArrayLike, cache: ViTCache) -> Parameters:
    """The gradients of all parameters; only the class token hears from the loss, and tells the rest by attention.

        dh_0 = dlogits W'^T, dh_n = 0 for the patches        dpos = sum of dx over the images
        dcls = dpos_0        dW = patches^T dx_1...N         db = sum of dx_1...N

    - dlogits: (m, n_classes); cache: of `vit_forward`
    - returns grads: by the names of the parameters

    Raises EngineError when dlogits has another shape than the logits. Source: Dosovitskiy et al. (2021).

    >>> params = initialize_vit(8, 8, 1, P=4, d=16, n_layers=1, n_classes=10, rng=0)
    >>> logits, cache = vit_forward(np.ones((3, 8, 8, 1)), params, n_heads=4)
    >>> vit_backward(np.ones_like(logits), cache).keys() == params.keys()
    True
    """
    patches, W, stack, h, head = cache
    entries, d = W.shape
    dlogits = as_floats("dlogits", dlogits, (len(h), head.shape[1]))
    dh = np.zeros_like(h)
    dh[:, 0] = dlogits @ head.T
    dx, grads = stack_backward(dh, stack)
    dpos = dx.sum(axis=0)
    return grads | {
        "patch.W": patches.reshape(-1, entries).T @ dx[:, 1:].reshape(-1, d),
        "patch.b": dpos[1:].sum(axis=0),
        "cls": dpos[0].copy(),
        "pos": dpos,
        "head.W": h[:, 0].T @ dlogits,
        "head.b": dlogits.sum(axis=0),
    }


def vit_loss_and_grads(
    X: ArrayLike, y: ArrayLike, params: Mapping[str, Any], n_heads: int = 1
) -> tuple[float, Parameters]:
    """One training step's loss, the mean cross-entropy over the images, and its gradients.

    - X: (m, H, W, C); y: (m,), labels 0 ... n_classes - 1; params, n_heads: as in `vit_forward`
    - returns loss: a float; grads: by the names of the parameters

    Raises EngineError as `vit_forward`, and when a label lies outside. Source: Dosovitskiy et al. (2021).

    >>> params = initialize_vit(8, 8, 1, P=4, d=16, n_layers=1, n_classes=10, rng=0)
    >>> round(vit_loss_and_grads(np.ones((3, 8, 8, 1)), [0, 1, 2], params, n_heads=4)[0], 4)  # log 10
    2.3026
    """
    logits, cache = vit_forward(X, params, n_heads)
    loss, dlogits = softmax_cross_entropy(logits, y)
    return loss, vit_backward(dlogits, cache)
