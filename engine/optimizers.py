"""Optimizers for training: they hold their own state and change the parameters in place.

`engine.optim` holds the same updates as pure functions, to read. Here each array is worked through as one flat
row in pieces that stay in the processor's cache, with results written into arrays that exist already.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, Parameters, as_count, as_floats, as_number

#: Entries in one piece: long enough that the calls cost little, short enough that the cache holds all arrays.
_PIECE = 1 << 17


class Optimizer(ABC):
    """What every optimizer has: a learning rate, a count of steps, and state for each parameter by its name.

    A subclass says how many `slots` of state it keeps and writes `update`.

    - learning_rate: alpha, from 0 up; set it between two steps to follow a schedule
    - steps: the number of steps taken
    - slots: arrays of state for each parameter, zero before the first step

    Raises EngineError when the learning rate is negative. Source: course 2, week 2; the role of
    `torch.optim.Optimizer`.

    >>> class SignDescent(Optimizer):
    ...     def update(self, name, theta, gradient, scratch, state):
    ...         np.sign(gradient, out=scratch)
    ...         scratch *= self.learning_rate
    ...         theta -= scratch
    >>> W = np.array([1.0, 1.0])
    >>> SignDescent(0.5).step({"W": W}, {"W": np.array([30.0, -0.1])})
    >>> W
    array([0.5, 1.5])
    """

    slots = 0

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = as_number("learning_rate", learning_rate, "[0, inf)")
        self.steps = 0
        self._state: dict[str, list[Array]] = {}
        self._scratch: dict[np.dtype[np.floating], Array] = {}

    @abstractmethod
    def update(self, name: str, theta: Array, gradient: Array, scratch: Array, state: list[Array]) -> None:
        """Change theta and the state in place; scratch is there to be written on. All are of one shape, (n,)."""

    def step(self, parameters: Parameters, gradients: Parameters) -> None:
        """One update of all parameters, IN PLACE.

        - parameters: arrays of float32 or float64 by name; gradients: under the SAME names, of the same shapes

        Raises EngineError when names or shapes differ, or a parameter holds no floats.
        """
        if wrong := parameters.keys() ^ gradients.keys():
            name = min(wrong)
            which = f"one without {name!r}" if name in parameters else f"one with {name!r} too"
            raise EngineError("gradients", "a dictionary with the names of the parameters", which)
        pairs = {name: (theta, _checked(name, theta, gradients[name])) for name, theta in parameters.items()}
        # All is checked before anything is changed: a refused step changes no parameter.
        states = {name: self._state_of(name, theta) for name, theta in parameters.items()}
        self.steps += 1
        for name, (theta, gradient) in pairs.items():
            self._step_one(name, theta, gradient, states[name])

    def _state_of(self, name: str, theta: Array) -> list[Array]:
        if name not in self._state:
            self._state[name] = [_aligned_zeros(theta.size, theta.dtype) for _ in range(self.slots)]
        state = self._state[name]
        if any(array.size != theta.size for array in state):
            raise EngineError(f"the parameter {name}", f"of {state[0].size} entries, as before", f"of {theta.size}")
        return state

    def _step_one(self, name: str, theta: Array, gradient: Array, state: list[Array]) -> None:
        size, dtype = theta.size, theta.dtype
        if dtype not in self._scratch:
            self._scratch[dtype] = _aligned_zeros(_PIECE, dtype)
        scratch = self._scratch[dtype]
        # A view, if theta lies in memory row by row; else a copy, which has to be written back.
        flat = theta.reshape(-1)
        slope = gradient.reshape(-1)
        for start in range(0, size, _PIECE):
            piece = slice(start, min(start + _PIECE, size))
            here = [array[piece] for array in state]
            self.update(name, flat[piece], slope[piece], scratch[: piece.stop - start], here)
        if not theta.flags.c_contiguous:
            theta[...] = flat.reshape(theta.shape)


class SGD(Optimizer):
    """Gradient descent, stochastic when the gradients are those of a mini-batch.

        W := W - alpha dW

    - learning_rate: alpha, from 0 up

    Raises EngineError when the learning rate is negative. Source: course 2, week 2.

    >>> W = np.array([1.0, 2.0])
    >>> SGD(0.1).step({"W": W}, {"W": np.array([10.0, 0.0])})
    >>> W
    array([0., 2.])
    """

    def __init__(self, learning_rate: float = 0.01) -> None:
        super().__init__(learning_rate)

    def update(self, name: str, theta: Array, gradient: Array, scratch: Array, state: list[Array]) -> None:
        np.multiply(gradient, self.learning_rate, out=scratch)
        theta -= scratch


class Momentum(Optimizer):
    """Gradient descent along an average of the past gradients.

        v := beta v + (1 - beta) dW        W := W - alpha v
        nesterov:                          W := W - alpha (beta v + (1 - beta) dW)

    PyTorch leaves the factor 1 - beta out: its learning rate is ours times 1 - beta. The Nesterov form takes
    the gradient where the parameters are, and the second beta looks one step ahead.

    - learning_rate: alpha, from 0 up; beta: in [0, 1); nesterov: look ahead

    Raises EngineError when a number is outside. Source: course 2, week 2.

    >>> W, momentum = np.array([1.0]), Momentum(1.0, beta=0.5)
    >>> for _ in range(2):
    ...     momentum.step({"W": W}, {"W": np.array([0.5])})
    ...     print(W)
    [0.75]
    [0.375]
    """

    slots = 1

    def __init__(self, learning_rate: float = 0.01, beta: float = 0.9, nesterov: bool = False) -> None:
        super().__init__(learning_rate)
        self.beta = as_number("beta", beta, "[0, 1)")
        self.nesterov = nesterov

    def update(self, name: str, theta: Array, gradient: Array, scratch: Array, state: list[Array]) -> None:
        (v,) = state
        np.multiply(gradient, 1 - self.beta, out=scratch)
        v *= self.beta
        v += scratch
        if self.nesterov:
            scratch *= self.learning_rate
            theta -= scratch
            np.multiply(v, self.learning_rate * self.beta, out=scratch)
        else:
            np.multiply(v, self.learning_rate, out=scratch)
        theta -= scratch


class RMSprop(Optimizer):
    """Each entry's step is divided by the root of its average squared gradient.

        s := beta2 s + (1 - beta2) dW^2        W := W - alpha dW / (sqrt(s) + epsilon)

    - learning_rate: alpha, from 0 up; beta2: in [0, 1); epsilon: above 0, against division by zero

    Raises EngineError when a number is outside. Source: course 2, week 2.

    >>> W = np.array([0.0, 0.0])
    >>> RMSprop(0.1, beta2=0.75).step({"W": W}, {"W": np.array([4.0, -0.01])})
    >>> W.round(6)  # the size of the gradient does not matter
    array([-0.2,  0.2])
    """

    slots = 1

    def __init__(self, learning_rate: float = 0.001, beta2: float = 0.99, epsilon: float = 1e-8) -> None:
        super().__init__(learning_rate)
        self.beta2 = as_number("beta2", beta2, "[0, 1)")
        self.epsilon = as_number("epsilon", epsilon, "(0, inf)")

    def update(self, name: str, theta: Array, gradient: Array, scratch: Array, state: list[Array]) -> None:
        (s,) = state
        np.multiply(gradient, gradient, out=scratch)
        scratch *= 1 - self.beta2
        s *= self.beta2
        s += scratch
        np.sqrt(s, out=scratch)
        scratch += self.epsilon
        np.divide(gradient, scratch, out=scratch)
        scratch *= self.learning_rate
        theta -= scratch


class Adam(Optimizer):
    """Momentum divided by the root of RMSprop's average, both corrected for their start at zero.

        v := beta1 v + (1 - beta1) dW          v^c = v / (1 - beta1^t)
        s := beta2 s + (1 - beta2) dW^2        s^c = s / (1 - beta2^t)
        W := W - alpha v^c / (sqrt(s^c) + epsilon)

    - learning_rate: alpha, from 0 up; beta1, beta2: in [0, 1); epsilon: above 0
    - t: the number of the step, from 1

    Raises EngineError when a number is outside. Source: course 2, week 2; Kingma and Ba (2015).

    >>> W = np.array([0.0, 0.0])
    >>> Adam(0.001).step({"W": W}, {"W": np.array([300.0, -0.02])})
    >>> W.round(6)  # the first step is alpha, against the sign of the gradient
    array([-0.001,  0.001])
    """

    slots = 2

    def __init__(
        self, learning_rate: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8
    ) -> None:
        super().__init__(learning_rate)
        self.beta1 = as_number("beta1", beta1, "[0, 1)")
        self.beta2 = as_number("beta2", beta2, "[0, 1)")
        self.epsilon = as_number("epsilon", epsilon, "(0, inf)")

    def update(self, name: str, theta: Array, gradient: Array, scratch: Array, state: list[Array]) -> None:
        # The state holds v / (1 - beta1) and s / (1 - beta2): two products fewer, and their factors join those
        # of the correction, which are numbers. With s^c = state / size^2 the step becomes
        #     alpha v^c / (sqrt(s^c) + epsilon) = rate * state_v / (sqrt(state_s) + epsilon * size).
        v, s = state
        v *= self.beta1
        v += gradient
        np.multiply(gradient, gradient, out=scratch)
        s *= self.beta2
        s += scratch
        size = ((1 - self.beta2**self.steps) / (1 - self.beta2)) ** 0.5
        rate = self.learning_rate * (1 - self.beta1) / (1 - self.beta1**self.steps) * size
        np.sqrt(s, out=scratch)
        scratch += self.epsilon * size
        np.divide(v, scratch, out=scratch)
        scratch *= rate
        theta -= scratch


class AdamW(Adam):
    """Adam with weight decay beside the adaptive step, not inside the gradient.

        W := W - alpha (v^c / (sqrt(s^c) + epsilon) + weight_decay W)

    An L2 term in the cost would be divided by sqrt(s^c) too, and so shrink weights with large gradients less.

    - learning_rate, beta1, beta2, epsilon: as in `Adam`; weight_decay: 0 or above
    - no_decay: the names of parameters that do not decay, such as biases and the gains of normalizations

    Raises EngineError when a number is outside. Source: Loshchilov and Hutter (2019).

    >>> W, b = np.array([1.0]), np.array([1.0])
    >>> zero = np.zeros(1)
    >>> AdamW(0.1, weight_decay=0.5, no_decay={"b"}).step({"W": W, "b": b}, {"W": zero, "b": zero})
    >>> W, b
    (array([0.95]), array([1.]))
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
        no_decay: Collection[str] = (),
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, epsilon)
        self.weight_decay = as_number("weight_decay", weight_decay, "[0, inf)")
        self.no_decay = frozenset(no_decay)

    def update(self, name: str, theta: Array, gradient: Array, scratch: Array, state: list[Array]) -> None:
        if name not in self.no_decay:
            theta *= 1 - self.learning_rate * self.weight_decay
        super().update(name, theta, gradient, scratch, state)


def flatten_parameters(parameters: Parameters) -> tuple[Array, Parameters]:
    """One vector that holds all parameters, and the parameters as views of it: a change of one changes the other.

    An optimizer that gets {"theta": theta} makes a few long calls in place of many short ones. Flatten the
    gradients too and let the backward pass write into their views.

    - parameters: arrays by name, all of one dtype
    - returns theta: (P,), a copy; views: the same names and shapes, in the memory of theta

    Raises EngineError when there is no parameter, or two dtypes. Source: course 2, week 1 (rolling parameters
    into a vector).

    >>> theta, views = flatten_parameters({"W": np.array([[1.0, 2.0]]), "b": np.array([3.0])})
    >>> theta
    array([1., 2., 3.])
    >>> theta -= 1
    >>> views["W"]
    array([[0., 1.]])
    """
    arrays = {name: as_floats(name, value) for name, value in parameters.items()}
    dtypes = {array.dtype for array in arrays.values()}
    if len(dtypes) != 1:
        came = " and ".join(sorted(map(str, dtypes))) or "no array"
        raise EngineError("parameters", "arrays of one dtype", came)
    theta = _aligned_zeros(sum(array.size for array in arrays.values()), dtypes.pop())
    views = {}
    start = 0
    for name, array in arrays.items():
        view = theta[start : start + array.size].reshape(array.shape)
        view[...] = array
        views[name] = view
        start += array.size
    return theta, views


def optimizer_path(optimizer: Optimizer, gradient: Callable[[Array], ArrayLike], x0: ArrayLike, steps: int) -> Array:
    """Every point that an optimizer visits on a function, given by its gradient.

    - gradient: takes a point (n,) and returns the slope there, (n,)
    - x0: (n,), the start; steps: the number of updates, 0 or more
    - returns path: (steps + 1, n), with path[0] = x0

    Raises EngineError when x0 is not a vector, or steps is negative. Source: course 2, week 2.

    In a ravine, a hundred times steeper across than along, the steepness across limits the rate of plain
    descent, and it creeps along; momentum runs:

    >>> slope = lambda x: np.array([1.0, 100.0]) * x
    >>> optimizer_path(SGD(0.018), slope, [1.0, 1.0], 50)[-1].round(3)
    array([0.403, 0.   ])
    >>> np.abs(optimizer_path(Momentum(0.1, beta=0.7), slope, [1.0, 1.0], 50)[-1]).round(3)
    array([0., 0.])
    """
    x = as_floats("x0", x0, ("n",)).copy()
    as_count("steps", steps, least=0)
    path = [x.copy()]
    for _ in range(steps):
        optimizer.step({"x": x}, {"x": np.asarray(gradient(x.copy()))})
        path.append(x.copy())
    return np.array(path)


def _aligned_zeros(size: int, dtype: np.dtype[np.floating]) -> Array:
    # NumPy starts arrays at any multiple of 16 bytes. At a multiple of 64 a vector register is filled from one
    # line of the cache; elsewhere from two, which costs up to a tenth of a step.
    nbytes = size * dtype.itemsize
    raw = np.zeros(nbytes + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + nbytes].view(dtype)


def _checked(name: str, theta: Array, gradient: ArrayLike) -> Array:
    if not isinstance(theta, np.ndarray) or theta.dtype.kind != "f":
        came = f"of dtype {theta.dtype}" if isinstance(theta, np.ndarray) else type(theta).__name__
        raise EngineError(f"the parameter {name}", "an array of float32 or float64, to be changed in place", came)
    if isinstance(gradient, np.ndarray) and gradient.shape == theta.shape and gradient.dtype == theta.dtype:
        # The usual case, and with many small parameters the checks below would take longer than the update.
        return gradient
    return as_floats(f"the gradient of {name}", gradient, theta.shape).astype(theta.dtype, copy=False)
