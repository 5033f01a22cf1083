"""The GRU of the frameworks, whose relevance ("reset") gate acts after the matrix product, in its fast form."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_floats


def gru_reset_after_forward(
    x: ArrayLike, c0: ArrayLike, Wx: ArrayLike, Wc: ArrayLike, bx: ArrayLike, bc: ArrayLike
) -> tuple[Array, tuple[Array, ...]]:
    """The memories over all steps of the GRU that PyTorch and Keras (`reset_after=True`) compute.

        u = sigma(U_x + U_c)      r = sigma(R_x + R_c)      h = tanh(H_x + r * H_c)
        c_t = c_(t-1) + u * (h - c_(t-1))
        with [U_x; R_x; H_x] = Wx x_t + bx  and  [U_c; R_c; H_c] = Wc c_(t-1) + bc

    The course has tanh(W [r * c_(t-1); x_t] + b): no choice of weights makes the two equal. Here all products
    with x can be done before the loop and those with c are one. The frameworks call z = 1 - u their update
    gate, so a sign of the rows of u differs, see below.

    - x: (T, n_x, m), time first; c0: (n_c, m)
    - Wx: (3 n_c, n_x); Wc: (3 n_c, n_c); bx, bc: (3 n_c, 1), blocks of rows in the order u, r, candidate.
      Rows of PyTorch are r, z, n: take [-z, r, n]. Columns of Keras are z, r, h: take [-z, r, h] and transpose
    - returns c: (T, n_c, m), a view of the cache, not to be changed in place;
      cache: (S, Z, H_c, C, Wx, Wc) with the inputs and a row of ones S, the gates and candidates Z (T, 3 n_c, m),
      H_c (T, n_c, m), and C = c0, c_1, ..., c_T

    Raises EngineError when a shape differs. Source: course 5, week 1 (the GRU); K. Cho et al. (2014), version 1.

    >>> bx = np.array([[-9.0], [0.0], [0.0]])  # a shut update gate keeps
    >>> c, _ = gru_reset_after_forward(np.ones((100, 1, 1)), [[1.0]], np.zeros((3, 1)), np.zeros((3, 1)), bx, 0 * bx)
    >>> c[-1].round(2)
    array([[0.99]])
    """
    x = as_floats("x", x, ("T", "n_x", "m"))
    T, n_x, m = x.shape
    Wx = as_floats("Wx", Wx, ("3 n_c", n_x))
    if len(Wx) % 3:
        raise EngineError("Wx", "of 3 n_c rows", f"of {len(Wx)} rows")
    n_c = len(Wx) // 3
    Wc = as_floats("Wc", Wc, (3 * n_c, n_c))
    bx = as_floats("bx", bx, (3 * n_c, 1))
    bc = as_floats("bc", bc, (3 * n_c, 1))
    dtype = np.result_type(x, Wx)
    # sigma(z) = (1 + tanh(z / 2)) / 2: the halves go into the weights of the gates.
    halves = np.ones((3 * n_c, 1), dtype)
    halves[: 2 * n_c] = 0.5
    S = np.ones((T, n_x + 1, m), dtype)
    S[:, :n_x] = x
    Z = (np.concatenate([Wx, bx], axis=1).astype(dtype, copy=False) * halves) @ S
    Wc_halved, bc_halved = Wc.astype(dtype, copy=False) * halves, bc.astype(dtype, copy=False) * halves
    bc_candidate = bc_halved[2 * n_c :]
    Z[:, : 2 * n_c] += bc_halved[: 2 * n_c]

    C = np.empty((T + 1, n_c, m), dtype)
    C[0] = as_floats("c0", c0, (n_c, m))
    H_c = np.empty((T, n_c, m), dtype)
    from_c = np.empty((3 * n_c, m), dtype)
    # Everything below writes into arrays made before: fresh ones would cost more than the arithmetic.
    for t in range(T):
        c_prev, c = C[t], C[t + 1]
        np.matmul(Wc_halved, c_prev, out=from_c)
        gates, h = Z[t, : 2 * n_c], Z[t, 2 * n_c :]
        gates += from_c[: 2 * n_c]
        np.tanh(gates, out=gates)
        gates *= 0.5
        gates += 0.5
        u, r = gates[:n_c], gates[n_c:]
        np.add(from_c[2 * n_c :], bc_candidate, out=H_c[t])
        np.multiply(r, H_c[t], out=c)
        h += c
        np.tanh(h, out=h)
        np.subtract(h, c_prev, out=c)
        c *= u
        c += c_prev
    return C[1:], (S, Z, H_c, C, Wx, Wc)


def gru_reset_after_backward(
    dc: ArrayLike, cache: tuple[Array, ...]
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Backpropagation through time of `gru_reset_after_forward`.

        dH_x = dc_t * u * (1 - h^2)       dH_c = r * dH_x       dR = H_c * dH_x * r (1 - r)
        dU = dc_t * (h - c_(t-1)) * u (1 - u)
        dc_(t-1) = dc_t * (1 - u) + Wc^T [dU; dR; dH_c]         dx_t = Wx^T [dU; dR; dH_x]

    - dc: (T, n_c, m), what each memory receives from the outputs of its own step alone
    - cache: of `gru_reset_after_forward`
    - returns dx: (T, n_x, m); dc0: (n_c, m); dWx: (3 n_c, n_x); dWc: (3 n_c, n_c); dbx, dbc: (3 n_c, 1)

    Raises EngineError when a shape differs. Source: course 5, week 1 (the GRU); K. Cho et al. (2014), version 1.

    >>> bx = np.array([[-9.0], [0.0], [0.0]])
    >>> c, cache = gru_reset_after_forward(np.ones((9, 1, 1)), [[0.0]], np.zeros((3, 1)), np.zeros((3, 1)), bx, 0 * bx)
    >>> dc = np.zeros_like(c)
    >>> dc[-1] = 1
    >>> gru_reset_after_backward(dc, cache)[1].round(3)
    array([[0.999]])
    """
    S, Z, H_c, C, Wx, Wc = cache
    T, n_c, m = H_c.shape
    n_x = S.shape[1] - 1
    dc = as_floats("dc", dc, (T, n_c, m))
    WxT, WcT = (np.ascontiguousarray(W.T, S.dtype) for W in (Wx, Wc))
    dWbx = np.zeros((3 * n_c, n_x + 1), S.dtype)
    dWc = np.zeros((3 * n_c, n_c), S.dtype)
    dbc = np.zeros((3 * n_c, 1), S.dtype)
    dx = np.empty((T, n_x, m), S.dtype)
    dc_t = np.zeros((n_c, m), S.dtype)
    from_c = np.empty((n_c, m), S.dtype)
    dX, dC = np.empty((3 * n_c, m), S.dtype), np.empty((3 * n_c, m), S.dtype)
    dU, dR, dH = dX[:n_c], dX[n_c : 2 * n_c], dX[2 * n_c :]
    slope, slope_h = np.empty((2 * n_c, m), S.dtype), np.empty((n_c, m), S.dtype)
    for t in reversed(range(T)):
        gates, h = Z[t, : 2 * n_c], Z[t, 2 * n_c :]
        u, r = gates[:n_c], gates[n_c:]
        dc_t += dc[t]
        np.subtract(h, C[t], out=dU)
        dU *= dc_t
        np.multiply(dc_t, u, out=dH)
        dc_t -= dH  # dc_t * (1 - u), the way past the candidate
        np.multiply(h, h, out=slope_h)
        np.subtract(1, slope_h, out=slope_h)
        dH *= slope_h
        np.multiply(dH, H_c[t], out=dR)
        np.multiply(gates, gates, out=slope)
        np.subtract(gates, slope, out=slope)
        dX[: 2 * n_c] *= slope
        # The sums that feed the gates are the same for x and c; only the candidate's part of c passed r.
        dC[: 2 * n_c] = dX[: 2 * n_c]
        np.multiply(dH, r, out=dC[2 * n_c :])

        np.matmul(WcT, dC, out=from_c)
        dc_t += from_c
        np.matmul(WxT, dX, out=dx[t])
        dWbx += dX @ S[t].T
        dWc += dC @ C[t].T
        dbc += dC.sum(axis=1, keepdims=True)
    return dx, dc_t, dWbx[:, :-1], dWc, dWbx[:, -1:], dbc
