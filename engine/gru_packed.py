"""The GRU of the course in its fast form: both gates stacked into one matrix, time first."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, Parameters, as_floats, entry
from engine.rnn_packed import packed_weights, stack_inputs

#: The blocks of rows of packed weights: update gate, relevance gate, and the candidate last.
GRU_GATES = ("u", "r", "c")


def pack_gru(parameters: Mapping[str, ArrayLike]) -> tuple[Array, Array]:
    """Stack the weights of both gates and of the candidate into one matrix.

        W = [Wu; Wr; Wc]        b = [bu; br; bc]

    - parameters: {"Wu", "Wr", "Wc"}, each (n_c, n_c + n_x), and {"bu", "br", "bc"}, each (n_c, 1)
    - returns W: (3 n_c, n_c + n_x); b: (3 n_c, 1)

    Raises EngineError when one is missing or a shape differs. Source: course 5, week 1.

    >>> parameters = {name + gate: [[k]] if name == "b" else [[k, k]] for name in "Wb" for k, gate in enumerate("urc")}
    >>> pack_gru(parameters)[1].ravel()
    array([0., 1., 2.])
    """
    Wu = as_floats("Wu", entry("parameters", parameters, "Wu"), ("n_c", "n_c + n_x"))
    W = [as_floats(f"W{g}", entry("parameters", parameters, f"W{g}"), Wu.shape) for g in GRU_GATES]
    b = [as_floats(f"b{g}", entry("parameters", parameters, f"b{g}"), (len(Wu), 1)) for g in GRU_GATES]
    return np.concatenate(W), np.concatenate(b)


def unpack_gru(dW: ArrayLike, db: ArrayLike) -> Parameters:
    """The gradients of packed weights by name; the inverse of `pack_gru` for gradients.

    - dW: (3 n_c, n_c + n_x); db: (3 n_c, 1)
    - returns {"dWu", "dbu", "dWr", "dbr", "dWc", "dbc"}

    Raises EngineError when a shape differs. Source: course 5, week 1.

    >>> unpack_gru(np.zeros((3, 3)), [[0], [1], [2]])["dbr"]
    array([[1.]])
    """
    dW = as_floats("dW", dW, ("3 n_c", "n_c + n_x"))
    db = as_floats("db", db, (len(dW), 1))
    gradients: Parameters = {}
    for gate, dWg, dbg in zip(GRU_GATES, np.split(dW, 3), np.split(db, 3), strict=True):
        gradients[f"dW{gate}"] = dWg
        gradients[f"db{gate}"] = dbg
    return gradients


def gru_packed_forward(x: ArrayLike, c0: ArrayLike, W: ArrayLike, b: ArrayLike) -> tuple[Array, tuple[Array, ...]]:
    """The memories of a GRU over all steps.

        [u; r] = sigma(W[:2 n_c] [c_(t-1); x_t] + b)      h = tanh(W[2 n_c:] [r * c_(t-1); x_t] + b)
        c_t = c_(t-1) + u * (h - c_(t-1))

    The relevance gate acts BEFORE the product, so the candidate h needs a product of its own.

    - x: (T, n_x, m), time first; c0: (n_c, m)
    - W: (3 n_c, n_c + n_x); b: (3 n_c, 1), in the order of `GRU_GATES`
    - returns c: (T, n_c, m), a view of the cache, not to be changed in place; cache: (S, R, G, H, W) with S of
      `stack_inputs`, R the same with r * c_(t-1) for the memory, G the gates (T, 2 n_c, m), H the candidates

    Raises EngineError when a shape differs. Source: course 5, week 1.

    >>> W, b = np.zeros((3, 2)), np.array([[-9.0], [0.0], [0.0]])  # a shut update gate keeps
    >>> c, _ = gru_packed_forward(np.ones((100, 1, 1)), [[1.0]], W, b)
    >>> c[-1].round(2)
    array([[0.99]])
    """
    x = as_floats("x", x, ("T", "n_x", "m"))
    T, n_x, m = x.shape
    W, b, n_c = packed_weights(W, b, 3, n_x)
    S = stack_inputs(x, as_floats("c0", c0, (n_c, m)), np.result_type(x, W))
    R = S[:T].copy()
    Wb = np.concatenate([W, b], axis=1).astype(S.dtype, copy=False)
    # sigma(z) = (1 + tanh(z / 2)) / 2: the halves go into the weights of the gates.
    W_gates, W_candidate = Wb[: 2 * n_c] * S.dtype.type(0.5), Wb[2 * n_c :]

    G = np.empty((T, 2 * n_c, m), S.dtype)
    H = np.empty((T, n_c, m), S.dtype)
    # Everything below writes into arrays made before: fresh ones would cost more than the arithmetic.
    for t in range(T):
        gates, h, c_prev, c = G[t], H[t], S[t, :n_c], S[t + 1, :n_c]
        np.matmul(W_gates, S[t], out=gates)
        np.tanh(gates, out=gates)
        gates *= 0.5
        gates += 0.5
        u, r = gates[:n_c], gates[n_c:]
        np.multiply(r, c_prev, out=R[t, :n_c])
        np.matmul(W_candidate, R[t], out=h)
        np.tanh(h, out=h)
        np.subtract(h, c_prev, out=c)
        c *= u
        c += c_prev
    return S[1:, :n_c], (S, R, G, H, W)


def gru_packed_backward(dc: ArrayLike, cache: tuple[Array, ...]) -> tuple[Array, Array, Array, Array]:
    """Backpropagation through time of a GRU.

        dz_c = dc_t * u * (1 - h^2)                     with dc_t including what came from step t + 1
        [k; dx_t] = W_c^T dz_c                          k reaches c_(t-1) through r, and r through c_(t-1)
        dz_u = dc_t * (h - c_(t-1)) * u (1 - u)         dz_r = k * c_(t-1) * r (1 - r)
        dc_(t-1) = dc_t * (1 - u) + k * r + the upper rows of W_u^T dz_u + W_r^T dz_r

    - dc: (T, n_c, m), what each memory receives from the outputs of its own step alone
    - cache: of `gru_packed_forward`
    - returns dx: (T, n_x, m); dc0: (n_c, m); dW: (3 n_c, n_c + n_x); db: (3 n_c, 1)

    Raises EngineError when a shape differs. Source: course 5, week 1.

    >>> W, b = np.zeros((3, 2)), np.array([[-9.0], [0.0], [0.0]])
    >>> c, cache = gru_packed_forward(np.ones((100, 1, 1)), [[0.0]], W, b)
    >>> dc = np.zeros_like(c)
    >>> dc[-1] = 1
    >>> gru_packed_backward(dc, cache)[1].round(2)  # the gradient survives 100 steps
    array([[0.99]])
    """
    S, R, G, H, W = cache
    T, n_c, m = H.shape
    K = S.shape[1]
    dc = as_floats("dc", dc, (T, n_c, m))
    W_gates_T, W_candidate_T = (np.ascontiguousarray(part.T, S.dtype) for part in (W[: 2 * n_c], W[2 * n_c :]))
    dWb = np.zeros((3 * n_c, K), S.dtype)
    dWb_gates, dWb_candidate = dWb[: 2 * n_c], dWb[2 * n_c :]
    dx = np.empty((T, K - 1 - n_c, m), S.dtype)
    dc_t = np.zeros((n_c, m), S.dtype)
    dz_gates = np.empty((2 * n_c, m), S.dtype)
    dz_u, dz_r = dz_gates[:n_c], dz_gates[n_c:]
    dz_c = np.empty((n_c, m), S.dtype)
    slope, slope_c = np.empty_like(dz_gates), np.empty_like(dz_c)
    dS, dR = np.empty((K - 1, m), S.dtype), np.empty((K - 1, m), S.dtype)
    for t in reversed(range(T)):
        h, c_prev, gates = H[t], S[t, :n_c], G[t]
        u, r = gates[:n_c], gates[n_c:]
        dc_t += dc[t]
        np.subtract(h, c_prev, out=dz_u)
        dz_u *= dc_t
        np.multiply(dc_t, u, out=dz_c)
        dc_t -= dz_c  # dc_t * (1 - u), the way past the candidate
        np.multiply(h, h, out=slope_c)
        np.subtract(1, slope_c, out=slope_c)
        dz_c *= slope_c

        np.matmul(W_candidate_T, dz_c, out=dR)
        dWb_candidate += dz_c @ R[t].T
        k = dR[:n_c]
        np.multiply(k, c_prev, out=dz_r)
        k *= r
        dc_t += k

        np.multiply(gates, gates, out=slope)
        np.subtract(gates, slope, out=slope)
        dz_gates *= slope
        np.matmul(W_gates_T, dz_gates, out=dS)
        dWb_gates += dz_gates @ S[t].T
        dc_t += dS[:n_c]
        np.add(dS[n_c:], dR[n_c:], out=dx[t])
    return dx, dc_t, dWb[:, :-1], dWb[:, -1:]
