"""Smooth activations: GELU, SiLU, and the gated layer that is made of the latter."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import sigmoid
from engine.errors import Array, as_floats

#: (x, a, s, v, W, V, W2) with a = x W, s = sigma(a), v = x V
SwiGLUCache = tuple[Array, Array, Array, Array, Array, Array, Array]

# NumPy has no error function, and `math.erf` takes one number at a time, which is several times slower. So: two
# polynomials, cut from the Chebyshev series of erf(x) / x in x^2 for |x| < 1, and of e^(x^2) erfc(x) (x + 3) in
# (x - 3) / (x + 3) for x >= 1, where the range up to infinity becomes an interval.
_NEAR = (
    1.1283791670955126, -0.37612638903183754, 0.1128379167095512, -0.026866170645129854, 0.005223977625423455,
    -0.0008548327021945428, 0.00012055332903350668, -1.4925647581008593e-05, 1.6462045711013026e-06,
    -1.6364645854816389e-07, 1.479243542696247e-08, -1.2164764337224506e-09, 8.709755232851789e-11,
    -4.2320376764874594e-12,
)  # fmt: skip
_TAIL = (
    1.0740069070883398, -0.8833944531698836, 0.5902283571041016, -0.3104672619005618, 0.11952776128731045,
    -0.02682723462471295, -0.0012124166278261164, 0.003034062005539266, -0.0005483096824000367,
    -0.00027677789056648804, 0.00010756140521433998, 3.0398442203006637e-05, -1.7470121262270194e-05,
    -4.750415771737796e-06, 2.7638098249805073e-06, 1.0025855443343711e-06, -4.045084149468006e-07,
    -2.4192908606190875e-07, 4.264139077984045e-08, 6.311185351130002e-08, -2.8420311976251987e-09,
    -1.6851098601371414e-08, 4.629994637979238e-09,
)  # fmt: skip


def erf(x: ArrayLike) -> Array:
    """The error function.

        erf(x) = 2 / sqrt(pi) * integral from 0 to x of e^(-t^2) dt

    In float64 the relative error stays below 4.5e-16, two units in the last place.

    - x: any shape
    - returns: same shape, in [-1, 1]; integers become float64

    Raises EngineError when x does not hold real numbers.
    Source: Chebyshev expansions as in Schonfelder (1978), cut for this engine.

    >>> x = [0.0, 0.5, -2.0]
    >>> np.allclose(erf(x), [math.erf(one) for one in x], rtol=1e-15, atol=0)
    True
    """
    x = as_floats("x", x)
    near = np.abs(x) < 1
    out = np.empty_like(x)
    out[near] = _erf_near(x[near])
    far = x[~near]
    out[~near] = np.copysign(1 - _erfc_far(np.abs(far)), far)
    return out


def gelu(x: ArrayLike, approximate: bool = False) -> Array:
    """Each number times the probability that a standard normal one lies below it.

        GELU(x) = x Phi(x)        Phi(x) = (1 + erf(x / sqrt(2))) / 2
        approximate:              x/2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))

    A ReLU with a soft bend: it dips to -0.17 at -0.75. The two forms differ by less than 5e-4 everywhere.

    - x: any shape; approximate: the form with the tanh, as in GPT-2
    - returns: same shape; integers become float64

    Raises EngineError when x does not hold real numbers. Source: Hendrycks and Gimpel (2016).

    >>> gelu([-100.0, -1.0, 0.0, 1.0, 100.0]).round(4)
    array([ -0.    ,  -0.1587,   0.    ,   0.8413, 100.    ])
    """
    x = as_floats("x", x)
    if approximate:
        out: Array = x / 2 * (1 + np.tanh(_bent(x)))
    else:
        out = x * _normal_cdf(x)
    return out


def gelu_backward(dout: ArrayLike, x: ArrayLike, approximate: bool = False) -> Array:
    """The gradient of a GELU.

        GELU'(x) = Phi(x) + x phi(x)        phi(x) = e^(-x^2 / 2) / sqrt(2 pi)
        approximate: (1 + u)/2 + x/2 (1 - u^2) sqrt(2 / pi) (1 + 3 * 0.044715 x^2), u the tanh

    - dout, x: any one shape; x is the input of `gelu`; approximate: as there
    - returns dx: same shape

    Raises EngineError when the shapes differ. Source: Hendrycks and Gimpel (2016).

    >>> gelu_backward(np.ones(3), [-100.0, 0.0, 100.0])
    array([0. , 0.5, 1. ])
    """
    x = as_floats("x", x)
    dout = as_floats("dout", dout, x.shape)
    if approximate:
        u = np.tanh(_bent(x))
        slope = (1 + u) / 2 + x / 2 * (1 - u * u) * (math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x))
    else:
        slope = _normal_cdf(x) + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    dx: Array = dout * slope
    return dx


def silu(x: ArrayLike) -> Array:
    """Each number times its own sigmoid; also called swish.

        SiLU(x) = x sigma(x)

    - x: any shape
    - returns: same shape; integers become float64

    Raises EngineError when x does not hold real numbers. Source: Elfwing, Uchibe and Doya (2018).

    >>> silu([-1000.0, 0.0, 1000.0])
    array([  -0.,    0., 1000.])
    """
    x = as_floats("x", x)
    out: Array = x * sigmoid(x)
    return out


def silu_backward(dout: ArrayLike, x: ArrayLike) -> Array:
    """The gradient of a SiLU.

        SiLU'(x) = s + x s (1 - s)        s = sigma(x)

    - dout, x: any one shape; x is the input of `silu`
    - returns dx: same shape

    Raises EngineError when the shapes differ. Source: Elfwing, Uchibe and Doya (2018).

    >>> silu_backward(np.ones(3), [0.0, 40.0, 1000.0])
    array([0.5, 1. , 1. ])
    """
    x = as_floats("x", x)
    dout = as_floats("dout", dout, x.shape)
    return _silu_backward(dout, x, sigmoid(x))


def swiglu_forward(x: ArrayLike, W: ArrayLike, V: ArrayLike, W2: ArrayLike) -> tuple[Array, SwiGLUCache]:
    """A feed-forward layer with a gate: one projection decides how much of the other passes.

        a = x W        v = x V        out = (SiLU(a) * v) W2

    The SiLU stands on the branch of W alone. With three matrices instead of two, h is taken as 2/3 of the usual
    width to keep the number of parameters.

    - x: (..., d); W, V: (d, h); W2: (h, d_out), d_out = d as a rule
    - returns out: (..., d_out); cache: (x, a, sigma(a), v, W, V, W2)

    Raises EngineError when a shape differs. Source: Shazeer (2020).

    >>> out, _ = swiglu_forward([[100.0]], W=[[1.0, -1.0]], V=[[2.0, 2.0]], W2=[[1.0], [1.0]])
    >>> out  # the first gate is open, 100 * 200, the second is shut
    array([[20000.]])
    """
    W = as_floats("W", W, ("d", "h"))
    V = as_floats("V", V, W.shape)
    W2 = as_floats("W2", W2, (W.shape[1], "d_out"))
    x = as_floats("x", x)
    x = as_floats("x", x, (*x.shape[:-1], W.shape[0]))
    a = x @ W
    s = sigmoid(a)
    v = x @ V
    out: Array = (a * s * v) @ W2
    return out, (x, a, s, v, W, V, W2)


def swiglu_backward(dout: ArrayLike, cache: SwiGLUCache) -> tuple[Array, Array, Array, Array]:
    """The gradients of a gated layer: each branch gets the other as its factor.

        h = SiLU(a) * v        dh = dout W2^T       dW2 = h^T dout
        dv = dh * SiLU(a)      da = dh * v * SiLU'(a)
        dx = da W^T + dv V^T   dW = x^T da          dV = x^T dv

    - dout: (..., d_out); cache: of `swiglu_forward`
    - returns dx: (..., d); dW, dV: (d, h); dW2: (h, d_out); sums over all rows

    Raises EngineError when dout has another shape than out. Source: Shazeer (2020).

    >>> _, cache = swiglu_forward([[0.0]], W=[[1.0]], V=[[1.0]], W2=[[1.0]])
    >>> swiglu_backward([[1.0]], cache)[0]  # x sigma(x) x is flat at 0
    array([[0.]])
    """
    x, a, s, v, W, V, W2 = cache
    dout = as_floats("dout", dout, (*x.shape[:-1], W2.shape[1]))
    gate = a * s
    dh = dout @ W2.T
    dv = dh * gate
    da = _silu_backward(dh * v, a, s)
    dx: Array = da @ W.T
    dx += dv @ V.T
    return dx, _outer(x, da), _outer(x, dv), _outer(gate * v, dout)


def _outer(x: Array, dout: Array) -> Array:
    dW: Array = x.reshape(-1, x.shape[-1]).T @ dout.reshape(-1, dout.shape[-1])
    return dW


def _silu_backward(dout: Array, x: Array, s: Array) -> Array:
    dx: Array = dout * s * (1 + x * (1 - s))
    return dx


def _bent(x: Array) -> Array:
    bent: Array = math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)
    return bent


def _normal_cdf(x: Array) -> Array:
    """Phi, whose left tail is taken from erfc: 1 + erf would leave nothing of it but rounding."""
    z = x * math.sqrt(0.5)
    near = np.abs(z) < 1
    out = np.empty_like(x)
    out[near] = (1 + _erf_near(z[near])) / 2
    far = z[~near]
    tail = _erfc_far(np.abs(far)) / 2
    out[~near] = np.where(far > 0, 1 - tail, tail)
    return out


def _erf_near(x: Array) -> Array:
    near: Array = x * _polynomial(_NEAR, x * x)
    return near


def _erfc_far(x: Array) -> Array:
    # Past 28 the result is 0 in float64, and infinity over infinity is avoided.
    x = np.minimum(x, 28)
    tail: Array = np.exp(-x * x) * _polynomial(_TAIL, (x - 3) / (x + 3)) / (x + 3)
    return tail


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    """Horner's rule, in place: the lowest power comes first."""
    total = np.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total *= x
        total += coefficient
    return total
