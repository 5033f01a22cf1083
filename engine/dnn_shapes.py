"""The shapes of a dense network of L layers: in order, counted, checked (course 1, week 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_count, as_floats, entry

Shape = tuple[int, ...]


def layers_of(parameters: Mapping[str, ArrayLike], n_x: int | None = None) -> list[tuple[Array, Array]]:
    """The weights and biases from the first layer to the last, each checked to take what the one before gives.

    - parameters: {"W1": (n1, n_x), "b1": (n1, 1), ..., "WL": (nL, n_prev), "bL": (nL, 1)} and nothing else
    - n_x: the size of the input; None takes what W1 says
    - returns: L pairs (W, b)

    Raises EngineError when one is missing, too many, or of another shape. Source: course 1, week 4.

    >>> parameters = {"W1": np.zeros((3, 2)), "b1": np.zeros((3, 1)), "W2": np.zeros((1, 3)), "b2": np.zeros((1, 1))}
    >>> [(W.shape, b.shape) for W, b in layers_of(parameters)]
    [((3, 2), (3, 1)), ((1, 3), (1, 1))]
    """
    L, rest = divmod(len(parameters), 2)
    if L == 0 or rest:
        raise EngineError("parameters", "a dictionary with W1, b1, ..., WL, bL", f"one with {len(parameters)} entries")
    layers = []
    before: int | str = "n_x" if n_x is None else n_x
    for layer in range(1, L + 1):
        W = as_floats(f"W{layer}", entry("parameters", parameters, f"W{layer}"), (f"n{layer}", before))
        b = as_floats(f"b{layer}", entry("parameters", parameters, f"b{layer}"), (W.shape[0], 1))
        layers.append((W, b))
        before = W.shape[0]
    return layers


def checked_dims(layer_dims: Sequence[int], argument: str = "layer_dims") -> list[int]:
    """The layer sizes as a list, when they are whole numbers from 1 up and at least two.

    - layer_dims: [n_x, n1, ..., nL]; argument: the name that the error uses

    Raises EngineError when one is below 1 or there are too few. Source: course 1, week 4.

    >>> checked_dims((5, 4, 1))
    [5, 4, 1]
    >>> checked_dims([5])
    Traceback (most recent call last):
    engine.errors.EngineError: layer_dims should be a list of at least 2 sizes, but it is [5].
    """
    dims = [as_count(argument, size) for size in layer_dims]
    if len(dims) < 2:
        raise EngineError(argument, "a list of at least 2 sizes", str(dims))
    return dims


def count_parameters(layer_dims: Sequence[int]) -> int:
    """How many numbers a dense network learns.

        sum_l n^[l] n^[l-1] + n^[l]

    - layer_dims: [n_x, n1, ..., nL]
    - returns: an integer

    Raises EngineError when a size is below 1 or there are fewer than two. Source: course 1, week 4.

    >>> count_parameters([12288, 20, 7, 5, 1])  # nearly all of them in the first layer, 12289 * 20
    245973
    """
    dims = checked_dims(layer_dims)
    return sum(n * (n_prev + 1) for n_prev, n in pairwise(dims))


def check_shapes(
    layer_dims: Sequence[int],
    m: int,
    parameters: Mapping[str, ArrayLike],
    cache: Mapping[str, ArrayLike] | None = None,
    grads: Mapping[str, ArrayLike] | None = None,
) -> list[tuple[str, Shape | None, Shape | None]]:
    """Every array of a dense network whose shape is wrong.

        W, dW: (n^[l], n^[l-1])    b, db: (n^[l], 1)    Z, A, dZ, dA: (n^[l], m)

    A bias of shape (n,) has the right size and the wrong shape: added to an (n, m) array it fails, or, when
    n = m, adds to the columns what belongs to the rows.

    - layer_dims: [n_x, n1, ..., nL]; m: number of examples
    - parameters: all of W1, b1, ..., WL, bL
    - cache: any of A0 (the input), Z1, A1, ..., ZL, AL
    - grads: all of dW1, db1, ..., dWL, dbL, and any of dA0, dZ1, dA1, ..., dZL, dAL
    - returns mismatches: (name, expected, got) in the order of the layers, then names that no layer has;
      None stands for an array that is missing or that the network does not have

    Raises EngineError when a size is below 1. Source: course 1, week 4, its shape rules.

    >>> check_shapes([2, 3, 1], 5, {"W1": np.zeros((2, 3)), "b1": np.zeros(3), "W2": np.zeros((1, 3))})
    [('W1', (3, 2), (2, 3)), ('b1', (3, 1), (3,)), ('b2', (1, 1), None)]
    """
    dims = checked_dims(layer_dims)
    as_count("m", m)
    weights: dict[str, Shape] = {}
    outputs: dict[str, Shape] = {"A0": (dims[0], m)}
    for layer in range(1, len(dims)):
        n_prev, n = dims[layer - 1], dims[layer]
        weights |= {f"W{layer}": (n, n_prev), f"b{layer}": (n, 1)}
        outputs |= {f"Z{layer}": (n, m), f"A{layer}": (n, m)}

    mismatches = _compare(parameters, required=weights, optional={})
    if cache is not None:
        mismatches += _compare(cache, required={}, optional=outputs)
    if grads is not None:
        slopes = {f"d{name}": shape for name, shape in outputs.items()}
        mismatches += _compare(grads, {f"d{name}": shape for name, shape in weights.items()}, slopes)
    return mismatches


def _compare(
    arrays: Mapping[str, Any], required: dict[str, Shape], optional: dict[str, Shape]
) -> list[tuple[str, Shape | None, Shape | None]]:
    mismatches: list[tuple[str, Shape | None, Shape | None]] = []
    for name, expected in {**required, **optional}.items():
        got = np.shape(arrays[name]) if name in arrays else None
        if got != expected and (name in arrays or name in required):
            mismatches.append((name, expected, got))
    unknown = [name for name in arrays if name not in required and name not in optional]
    return mismatches + [(name, None, np.shape(arrays[name])) for name in unknown]
