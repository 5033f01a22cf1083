"""The LSTM in its fast form: the four gates stacked into one matrix, time first, one tanh for all of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, Parameters, as_floats, entry
from engine.rnn_packed import packed_weights, stack_inputs

#: The blocks of rows of packed weights: the three sigmoid gates lie together, the candidate is last.
#: In the names of the course: forget, update (the code's "i"), output, candidate.
LSTM_GATES = ("f", "i", "o", "c")


def pack_lstm(parameters: Mapping[str, ArrayLike]) -> tuple[Array, Array]:
    """Stack the weights of the four gates into one matrix, since all are multiplied by the same [a_prev; x].

        W = [Wf; Wi; Wo; Wc]        b = [bf; bi; bo; bc]

    - parameters: {"Wf", "Wi", "Wo", "Wc"}, each (n_a, n_a + n_x), and {"bf", "bi", "bo", "bc"}, each (n_a, 1)
    - returns W: (4 n_a, n_a + n_x); b: (4 n_a, 1)

    Raises EngineError when one is missing or a shape differs. Source: course 5, week 1.

    >>> parameters = {name + gate: [[k]] if name == "b" else [[k, k]] for name in "Wb" for k, gate in enumerate("fioc")}
    >>> pack_lstm(parameters)[1].ravel()
    array([0., 1., 2., 3.])
    """
    Wf = as_floats("Wf", entry("parameters", parameters, "Wf"), ("n_a", "n_a + n_x"))
    W = [as_floats(f"W{g}", entry("parameters", parameters, f"W{g}"), Wf.shape) for g in LSTM_GATES]
    b = [as_floats(f"b{g}", entry("parameters", parameters, f"b{g}"), (len(Wf), 1)) for g in LSTM_GATES]
    return np.concatenate(W), np.concatenate(b)


def unpack_lstm(dW: ArrayLike, db: ArrayLike) -> Parameters:
    """The gradients of packed weights by the course's names; the inverse of `pack_lstm` for gradients.

    - dW: (4 n_a, n_a + n_x); db: (4 n_a, 1)
    - returns {"dWf", "dbf", "dWi", "dbi", "dWo", "dbo", "dWc", "dbc"}

    Raises EngineError when a shape differs. Source: course 5, week 1.

    >>> unpack_lstm(np.zeros((4, 3)), [[0], [1], [2], [3]])["dbo"]
    array([[2.]])
    """
    dW = as_floats("dW", dW, ("4 n_a", "n_a + n_x"))
    db = as_floats("db", db, (len(dW), 1))
    gradients: Parameters = {}
    for gate, dWg, dbg in zip(LSTM_GATES, np.split(dW, 4), np.split(db, 4), strict=True):
        gradients[f"dW{gate}"] = dWg
        gradients[f"db{gate}"] = dbg
    return gradients


def lstm_packed_forward(
    x: ArrayLike, a0: ArrayLike, c0: ArrayLike, W: ArrayLike, b: ArrayLike
) -> tuple[Array, Array, tuple[Array, ...]]:
    """The hidden states and memories of an LSTM over all steps.

        [f; i; o] = sigma(z[:3 n_a])     g = tanh(z[3 n_a:])     with z = W [a_(t-1); x_t] + b
        c_t = f * c_(t-1) + i * g        a_t = o * tanh(c_t)

    The sigmoid is a tanh in disguise, sigma(z) = (1 + tanh(z / 2)) / 2, so that one call of tanh serves all
    four gates; the halves are multiplied into the rows of W beforehand.

    - x: (T, n_x, m), time first; a0, c0: (n_a, m)
    - W: (4 n_a, n_a + n_x); b: (4 n_a, 1), in the order of `LSTM_GATES`
    - returns a: (T, n_a, m), a view of the cache, not to be changed in place; c: (T, n_a, m), the same;
      cache: (S, G, C, tanh_c, W) with S of `stack_inputs`, the gates G (T, 4 n_a, m), C = c0, c_1, ..., c_T

    Raises EngineError when a shape differs. Source: course 5, week 1.

    >>> W, b = np.zeros((4, 2)), np.array([[9.0], [-9.0], [9.0], [0.0]])  # keep, write nothing, show
    >>> a, c, _ = lstm_packed_forward(np.ones((100, 1, 1)), [[0.0]], [[1.0]], W, b)
    >>> c[-1].round(2)  # after 100 steps most of the memory is there
    array([[0.99]])
    """
    x = as_floats("x", x, ("T", "n_x", "m"))
    T, n_x, m = x.shape
    W, b, n_a = packed_weights(W, b, 4, n_x)
    S = stack_inputs(x, as_floats("a0", a0, (n_a, m)), np.result_type(x, W))
    halves = np.ones((4 * n_a, 1), S.dtype)
    halves[: 3 * n_a] = 0.5
    Wb = np.concatenate([W, b], axis=1).astype(S.dtype, copy=False) * halves

    G = np.empty((T, 4 * n_a, m), S.dtype)
    C = np.empty((T + 1, n_a, m), S.dtype)
    C[0] = as_floats("c0", c0, (n_a, m))
    tanh_c = np.empty((T, n_a, m), S.dtype)
    written = np.empty((n_a, m), S.dtype)
    # Everything below writes into arrays made before: fresh ones would cost more than the arithmetic.
    for t in range(T):
        z = G[t]
        np.matmul(Wb, S[t], out=z)
        np.tanh(z, out=z)
        sigmoids = z[: 3 * n_a]
        sigmoids *= 0.5
        sigmoids += 0.5
        f, i, o, g = z.reshape(4, n_a, m)
        np.multiply(i, g, out=written)
        np.multiply(f, C[t], out=C[t + 1])
        C[t + 1] += written
        np.tanh(C[t + 1], out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=S[t + 1, :n_a])
    return S[1:, :n_a], C[1:], (S, G, C, tanh_c, W)


def lstm_packed_backward(
    da: ArrayLike, cache: tuple[Array, ...], dc: ArrayLike | None = None
) -> tuple[Array, Array, Array, Array, Array]:
    """Backpropagation through time of an LSTM.

        q = dc_next + da_t * o * (1 - tanh(c_t)^2)       with da_t including what came from step t + 1
        df = q * c_(t-1)      di = q * g      do = da_t * tanh(c_t)      dg = q * i      dz = these * slopes
        dc_(t-1) = q * f       [da_(t-1); dx_t] = W^T dz        dW = sum_t dz [a_(t-1); x_t]^T

    - da: (T, n_a, m), what each state receives from the outputs of its own step alone
    - cache: of `lstm_packed_forward`
    - dc: (T, n_a, m), what each memory receives from outside; None for zeros
    - returns dx: (T, n_x, m); da0, dc0: (n_a, m); dW: (4 n_a, n_a + n_x); db: (4 n_a, 1)

    Raises EngineError when a shape differs. Source: course 5, week 1.

    >>> W, b = np.zeros((4, 2)), np.array([[9.0], [-9.0], [9.0], [0.0]])
    >>> a, c, cache = lstm_packed_forward(np.ones((100, 1, 1)), [[0.0]], [[0.0]], W, b)
    >>> dc = np.zeros_like(c)
    >>> dc[-1] = 1
    >>> lstm_packed_backward(np.zeros_like(a), cache, dc)[2].round(2)  # it survives 100 steps
    array([[0.99]])
    """
    S, G, C, tanh_c, W = cache
    T, n_a, m = tanh_c.shape
    K = S.shape[1]
    da = as_floats("da", da, (T, n_a, m))
    WT = np.ascontiguousarray(W.T, S.dtype)
    dWb = np.zeros((4 * n_a, K), S.dtype)
    step_dWb = np.empty_like(dWb)
    dx = np.empty((T, K - 1 - n_a, m), S.dtype)
    dS = np.zeros((K - 1, m), S.dtype)
    da_t = dS[:n_a]  # what step t + 1 passes back lies where its product has put it
    dc_t = np.zeros((n_a, m), S.dtype)
    if dc is not None:
        dc = as_floats("dc", dc, (T, n_a, m))
    dz = np.empty((4 * n_a, m), S.dtype)
    df, di, do, dg = dz.reshape(4, n_a, m)
    slope = np.empty_like(dz)
    through_tanh = np.empty((n_a, m), S.dtype)
    for t in reversed(range(T)):
        f, i, o, g = G[t].reshape(4, n_a, m)
        da_t += da[t]
        if dc is not None:
            dc_t += dc[t]
        np.multiply(tanh_c[t], tanh_c[t], out=through_tanh)
        np.subtract(1, through_tanh, out=through_tanh)
        through_tanh *= o
        through_tanh *= da_t
        dc_t += through_tanh  # now q of the docstring

        np.multiply(dc_t, C[t], out=df)
        np.multiply(dc_t, g, out=di)
        np.multiply(da_t, tanh_c[t], out=do)
        np.multiply(dc_t, i, out=dg)
        # The slopes: s - s^2 for a sigmoid s, 1 - g^2 for the tanh g.
        np.multiply(G[t], G[t], out=slope)
        np.subtract(G[t, : 3 * n_a], slope[: 3 * n_a], out=slope[: 3 * n_a])
        np.subtract(1, slope[3 * n_a :], out=slope[3 * n_a :])
        dz *= slope

        dc_t *= f
        np.matmul(dz, S[t].T, out=step_dWb)
        dWb += step_dWb
        np.matmul(WT, dz, out=dS)
        dx[t] = dS[n_a:]
    return dx, da_t.copy(), dc_t, dWb[:, :-1], dWb[:, -1:]
