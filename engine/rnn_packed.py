"""The recurrent network in its fast form: one matrix product a step, time first, for all examples at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_floats, entry


def stack_inputs(x: ArrayLike, a0: ArrayLike, dtype: type | np.dtype | None = None) -> Array:
    """The columns [a_prev; x; 1] of all steps, where the states after the first are still to be filled in.

        S[t] = [a_(t-1); x_t; 1]        so that   [W | b] S[t] = W_a a_(t-1) + W_x x_t + b

    The row of ones turns the bias into one more column of the matrix, and its gradient into one more column
    of the gradient: a single product does all three.

    - x: (T, n_x, m), time first; a0: (n_a, m)
    - dtype: of the result; None for that of x
    - returns S: (T + 1, n_a + n_x + 1, m): S[0] is complete, S[t + 1, :n_a] waits for the state after step t

    Raises EngineError when a shape differs. Source: course 5, week 1 (the notation [a_prev, x]).

    >>> stack_inputs([[[7.0]], [[8.0]]], a0=[[3.0]])[0].ravel()
    array([3., 7., 1.])
    """
    x = as_floats("x", x, ("T", "n_x", "m"))
    T, n_x, m = x.shape
    a0 = as_floats("a0", a0, ("n_a", m))
    n_a = a0.shape[0]
    S = np.zeros((T + 1, n_a + n_x + 1, m), dtype or x.dtype)
    S[0, :n_a] = a0
    S[:T, n_a:-1] = x
    S[:, -1] = 1
    return S


def rnn_packed_forward(x: ArrayLike, a0: ArrayLike, W: ArrayLike, b: ArrayLike) -> tuple[Array, tuple[Array, ...]]:
    """The states of a recurrent network over all steps.

        a_t = tanh(W [a_(t-1); x_t] + b)        W = [Waa | Wax]

    - x: (T, n_x, m), time first: every step is one contiguous block; a0: (n_a, m)
    - W: (n_a, n_a + n_x); b: (n_a, 1)
    - returns a: (T, n_a, m), a view of the cache, not to be changed in place; cache: (S, W) with S of
      `stack_inputs`, its states filled in

    Raises EngineError when a shape differs. Source: course 5, week 1.

    >>> a, _ = rnn_packed_forward(np.zeros((3, 1, 2)), np.ones((1, 2)), [[0.5, 1.0]], [[0.0]])
    >>> a[:, 0, 0].round(3)  # without input, a := tanh(a / 2) forgets where it started
    array([0.462, 0.227, 0.113])
    """
    x = as_floats("x", x, ("T", "n_x", "m"))
    W, b, n_a = packed_weights(W, b, 1, x.shape[1])
    S = stack_inputs(x, as_floats("a0", a0, (n_a, x.shape[2])), np.result_type(x, W))
    Wb = np.concatenate([W, b], axis=1).astype(S.dtype, copy=False)
    for t in range(len(x)):
        z = Wb @ S[t]
        np.tanh(z, out=S[t + 1, :n_a])
    return S[1:, :n_a], (S, W)


def rnn_packed_backward(da: ArrayLike, cache: tuple[Array, ...]) -> tuple[Array, Array, Array, Array]:
    """Backpropagation through time.

        dz_t = (da_t + da_next) * (1 - a_t^2)      dW = sum_t dz_t [a_(t-1); x_t]^T      db = sum_t dz_t 1
        [da_next; dx_t] = W^T dz_t                 for t = T, ..., 1, from da_next = 0

    - da: (T, n_a, m), what each state receives from the outputs of its own step alone
    - cache: (S, W) of `rnn_packed_forward`
    - returns dx: (T, n_x, m); da0: (n_a, m); dW: (n_a, n_a + n_x); db: (n_a, 1)

    Raises EngineError when da has another shape than a. Source: course 5, week 1.

    >>> a, cache = rnn_packed_forward(np.zeros((3, 1, 1)), [[0.0]], [[0.5, 1.0]], [[0.0]])
    >>> dx, da0, _, _ = rnn_packed_backward([[[0.0]], [[0.0]], [[1.0]]], cache)
    >>> dx.ravel(), da0.ravel()  # each step back costs a factor 0.5
    (array([0.25, 0.5 , 1.  ]), array([0.125]))
    """
    S, W = cache
    n_a = len(W)
    T, K, m = len(S) - 1, S.shape[1], S.shape[2]
    da = as_floats("da", da, (T, n_a, m))
    WT = np.ascontiguousarray(W.T, S.dtype)
    dWb = np.zeros((n_a, K), S.dtype)
    dx = np.empty((T, K - 1 - n_a, m), S.dtype)
    da_next = np.zeros((n_a, m), S.dtype)
    for t in reversed(range(T)):
        a = S[t + 1, :n_a]
        dz = (da[t] + da_next) * (1 - a * a)
        dWb += dz @ S[t].T
        dS = WT @ dz
        da_next, dx[t] = dS[:n_a], dS[n_a:]
    return dx, da_next, dWb[:, :-1], dWb[:, -1:]


def packed_weights(W: ArrayLike, b: ArrayLike, gates: int, n_x: int) -> tuple[Array, Array, int]:
    """Check the weights of a packed cell: `gates` blocks of n_a rows, for the columns [a_prev; x].

    - W: (gates * n_a, n_a + n_x); b: (gates * n_a, 1)
    - returns W, b as arrays of floats; n_a

    Raises EngineError when a shape differs. Source: course 5, week 1.

    >>> packed_weights(np.ones((8, 5)), np.zeros((8, 1)), gates=4, n_x=3)[2]
    2
    """
    W = as_floats("W", W, ("gates * n_a", "n_a + n_x"))
    n_a = W.shape[1] - n_x
    if n_a < 1 or W.shape[0] != gates * n_a:
        raise EngineError("W", f"of shape ({gates} n_a, n_a + {n_x}) for inputs of {n_x} rows", f"of shape {W.shape}")
    return W, as_floats("b", b, (W.shape[0], 1)), n_a


def output_parameters(
    parameters: Mapping[str, Any], n: int, weights: str = "Wy", argument: str = "parameters"
) -> tuple[Array, Array]:
    """The weights and the bias of the outputs that a recurrent network computes from its states.

        yhat = softmax(Wy a + by)

    - parameters: {weights: (n_y, n), "by": (n_y, 1)} and others; n: size of the state
    - weights: their name, "Wy" or "Wya"; argument: the name that the error uses
    - returns Wy: (n_y, n); by: (n_y, 1)

    Raises EngineError when one is missing or a shape differs. Source: course 5, week 1.

    >>> output_parameters({"Wya": [[1.0, 2.0]], "by": [[3.0]]}, 2, "Wya")
    (array([[1., 2.]]), array([[3.]]))
    """
    Wy = as_floats(weights, entry(argument, parameters, weights), ("n_y", n))
    by = as_floats("by", entry(argument, parameters, "by"), (len(Wy), 1))
    return Wy, by


def time_first(x: Array) -> Array:
    """The course's (n, m, T) as (T, n, m), in memory too: each step becomes one contiguous block.

    - x: (n, m, T)
    - returns: (T, n, m), a copy

    Source: course 5, week 1 (the layout).

    >>> time_first(np.zeros((2, 3, 5))).shape
    (5, 2, 3)
    """
    return np.array(np.moveaxis(x, -1, 0), order="C")


def time_last(a: Array) -> Array:
    """(T, n, m) as the course's (n, m, T); the inverse of `time_first`.

    - a: (T, n, m)
    - returns: (n, m, T), a copy

    Source: course 5, week 1 (the layout).

    >>> time_last(np.zeros((5, 2, 3))).shape
    (2, 3, 5)
    """
    return np.array(np.moveaxis(a, 0, -1), order="C")
