"""The costs of neural style transfer and their gradients in the activations (course 4, week 4).

An activation is the output of a layer for one image: (n_H, n_W, n_C), or (1, n_H, n_W, n_C) as the course has it. The
gradients are with respect to the activation of the generated image and have its shape.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_choice, as_floats

#: The layers of VGG-19 that the course takes the style from, and their weights.
STYLE_LAYERS: tuple[tuple[str, float], ...] = (
    ("block1_conv1", 0.2),
    ("block2_conv1", 0.2),
    ("block3_conv1", 0.2),
    ("block4_conv1", 0.2),
    ("block5_conv1", 0.2),
)


def compute_content_cost(
    content_output: ArrayLike | Sequence[Array],
    generated_output: ArrayLike | Sequence[Array],
    *,
    factor: str = "assignment",
) -> float:
    """How far the generated image is from the content image, in the activations of one layer.

        J_content = factor * sum (a_C - a_G)^2
        factor = 1 / (4 n_H n_W n_C)   "assignment"        1/2   "lecture"

    The factors differ by a constant of the layer, which alpha can make up for.

    - content_output, generated_output: two activations of one shape; or lists of activations, of which the last is
      that of the content layer, as in the course since 2021
    - returns: the cost, a float

    Raises EngineError when a shape differs or the factor is unknown. Source: course 4, week 4.

    >>> compute_content_cost([[[1, 2]]], [[[1, 4]]]), compute_content_cost([[[1, 2]]], [[[1, 4]]], factor="lecture")
    (0.5, 2.0)
    """
    a_C, a_G = _two_activations("content_output", _last(content_output), "generated_output", _last(generated_output))
    return _content_factor(factor, a_G) * float(np.sum((a_C - a_G) ** 2))


def content_gradient(a_C: ArrayLike, a_G: ArrayLike, *, factor: str = "assignment") -> tuple[float, Array]:
    """The content cost and its gradient.

        dJ_content / da_G = 2 factor (a_G - a_C)

    - a_C, a_G: activations of one shape; factor: as in `compute_content_cost`
    - returns the cost, a float; the gradient: the shape of a_G

    Raises EngineError when a shape differs or the factor is unknown. Source: course 4, week 4.

    >>> content_gradient([[[1, 2]]], [[[1, 4]]])  # 2 (4 - 2) / 8
    (0.5, array([[[0. , 0.5]]]))
    """
    a_C, a_G = _two_activations("a_C", a_C, "a_G", a_G)
    k = _content_factor(factor, a_G)
    difference = a_G - a_C
    return k * float(np.sum(difference**2)), 2 * k * difference


def gram_matrix(A: ArrayLike) -> Array:
    """How often the channels of a layer are active at the same places: the style, without where.

        G = A A^T        G_kk' = sum_(i, j) a_ijk a_ijk'

    - A: (n_C, n_H * n_W), a row for each channel. From an activation: a.reshape(-1, n_C).T; reshaping straight to
      (n_C, n_H * n_W) has the same shape and mixes pixels and channels
    - returns G: (n_C, n_C), symmetric, none of its eigenvalues negative

    Raises EngineError when A is not of rank 2. Source: course 4, week 4.

    >>> gram_matrix([[1, 0, 2], [0, 3, 1]])
    array([[ 5.,  2.],
           [ 2., 10.]])
    """
    A = as_floats("A", A, ("n_C", "n_H * n_W"))
    return A @ A.T


def compute_layer_style_cost(a_S: ArrayLike, a_G: ArrayLike) -> float:
    """How far the Gram matrices of style image and generated image are apart, in one layer.

        J = 1 / (2 n_H n_W n_C)^2 sum_(k, k') (G_kk'(S) - G_kk'(G))^2

    - a_S, a_G: activations of one shape
    - returns: the cost, a float

    Raises EngineError when a shape differs. Source: course 4, week 4.

    >>> compute_layer_style_cost([[[2, 0], [0, 0]]], [[[0, 0], [2, 0]]])  # the same, elsewhere
    0.0
    """
    a_S, a_G = _two_activations("a_S", a_S, "a_G", a_G)
    n_H, n_W, n_C = a_G.shape[-3:]
    GS = gram_matrix(a_S.reshape(-1, n_C).T)
    GG = gram_matrix(a_G.reshape(-1, n_C).T)
    return float(np.sum((GS - GG) ** 2) / (2 * n_H * n_W * n_C) ** 2)


def layer_style_gradient(a_S: ArrayLike, a_G: ArrayLike) -> tuple[float, Array]:
    """The style cost of a layer and its gradient.

        dJ / dA = 1 / (n_C^2 (n_H n_W)^2) (G(G) - G(S)) A        A: (n_C, n_H n_W), the unrolled a_G

    The 4 below the cost is gone: a square gives one 2, and A stands twice in A A^T.

    - a_S, a_G: activations of one shape
    - returns the cost, a float; the gradient: the shape of a_G

    Raises EngineError when a shape differs. Source: course 4, week 4; Gatys et al., 2015.

    >>> cost, gradient = layer_style_gradient([[[2, 0]]], [[[1, 0]]])  # Gram matrices with 4 and 1
    >>> cost, gradient  # 9 / 16 and -3 / 4
    (0.5625, array([[[-0.75,  0.  ]]]))
    """
    a_S, a_G = _two_activations("a_S", a_S, "a_G", a_G)
    n_C = a_G.shape[-1]
    # Rows of pixels, (n_H n_W, n_C): the transpose of A is how activations lie in memory.
    rows = a_G.reshape(-1, n_C)
    difference = gram_matrix(rows.T) - gram_matrix(a_S.reshape(-1, n_C).T)
    cost = float(np.sum(difference**2)) / (4 * a_G.size**2)
    # ((G - G_S) A)^T = A^T (G - G_S), since the difference is symmetric.
    gradient = rows @ difference
    gradient /= a_G.size**2
    return cost, gradient.reshape(a_G.shape)


def compute_style_cost(
    style_image_output: Sequence[ArrayLike],
    generated_image_output: Sequence[ArrayLike],
    STYLE_LAYERS: Sequence[tuple[str, float]] = STYLE_LAYERS,
) -> float:
    """The weighted sum of the style costs of several layers.

        J_style = sum_l lambda_l J_l

    - style_image_output, generated_image_output: an activation for each layer of STYLE_LAYERS, in its order. One more
      at the end, that of the content layer, is left out, as in the course
    - STYLE_LAYERS: pairs (name, lambda); the names are for the reader
    - returns: the cost, a float

    Raises EngineError when a number of layers or a shape differs. Source: course 4, week 4.

    >>> a_S, a_G = [[[[2, 0]]], [[[1, 1]]]], [[[[1, 0]]], [[[1, 1]]]]
    >>> compute_style_cost(a_S, a_G, [("first", 0.2), ("second", 0.8)])  # 0.2 * 9 / 16 and nothing
    0.1125
    """
    layers = len(STYLE_LAYERS)
    for name, outputs in (
        ("style_image_output", style_image_output),
        ("generated_image_output", generated_image_output),
    ):
        if layers == 0 or len(outputs) not in (layers, layers + 1):
            raise EngineError(name, f"a list of {layers} activations, or one more", f"a list of {len(outputs)}")
    J_style = 0.0
    for a_S, a_G, (_, weight) in zip(style_image_output, generated_image_output, STYLE_LAYERS, strict=False):
        J_style += weight * compute_layer_style_cost(a_S, a_G)
    return J_style


def total_cost(J_content: float, J_style: float, alpha: float = 10, beta: float = 40) -> float:
    """What style transfer makes small.

        J = alpha J_content + beta J_style

    - J_content, J_style: the two costs; alpha, beta: how much each of them weighs
    - returns: a float

    Raises EngineError when a cost is no single number. Source: course 4, week 4.

    >>> total_cost(0.5, 0.25)
    15.0
    """
    J_content = float(as_floats("J_content", J_content, ()))
    J_style = float(as_floats("J_style", J_style, ()))
    return float(alpha * J_content + beta * J_style)


def nst_gradients(
    a_C: ArrayLike, a_S: ArrayLike, a_G: ArrayLike, alpha: float = 10, beta: float = 40, *, factor: str = "assignment"
) -> tuple[float, Array]:
    """The total cost when one layer serves for content and style, and its gradient.

        dJ / da_G = alpha dJ_content / da_G + beta dJ_style / da_G

    - a_C, a_S, a_G: activations of one shape; alpha, beta: the weights; factor: as in `compute_content_cost`
    - returns J: a float; the gradient: the shape of a_G

    Raises EngineError when a shape differs or the factor is unknown. Source: course 4, week 4.

    >>> nst_gradients([[[1, 4]]], [[[2, 0]]], [[[1, 0]]], alpha=1, beta=1)
    (2.5625, array([[[-0.75, -1.  ]]]))
    """
    J_content, content = content_gradient(a_C, a_G, factor=factor)
    J_style, style = layer_style_gradient(a_S, a_G)
    gradient: Array = float(alpha) * content + float(beta) * style
    return total_cost(J_content, J_style, alpha, beta), gradient


def _two_activations(name1: str, a1: ArrayLike, name2: str, a2: ArrayLike) -> tuple[Array, Array]:
    a2 = as_floats(name2, a2)
    # The size of a batch would enter all factors: one image only.
    if a2.size == 0 or a2.ndim not in (3, 4) or (a2.ndim == 4 and len(a2) != 1):
        expected = "an array of shape (n_H, n_W, n_C) or (1, n_H, n_W, n_C)"
        raise EngineError(name2, expected, f"an array of shape {a2.shape}")
    return as_floats(name1, a1, a2.shape), a2


def _content_factor(factor: str, a_G: Array) -> float:
    as_choice("factor", factor, ("assignment", "lecture"))
    return 1 / (4 * a_G.size) if factor == "assignment" else 1 / 2


def _last(output: ArrayLike | Sequence[Array]) -> ArrayLike:
    """The last of a list of arrays; what is one array, or nested numbers, as it is."""
    if isinstance(output, list | tuple) and output and isinstance(output[-1], np.ndarray):
        return output[-1]
    return output
