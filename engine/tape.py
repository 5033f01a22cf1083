"""Reverse-mode differentiation of arrays by a tape, in the role of `tf.GradientTape` (course 2, week 3).

While a tape records, every operation on a `Variable` is written down with its way back. The tape holds what was
computed, and nothing that was computed holds the tape: there is no cycle of references, so memory is freed as
soon as the last name is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, overload

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_floats, as_ids, as_number

#: From the gradient of the result to the gradient of each input, of the shape it had when used.
Backward = Callable[[Array], Sequence[Array]]

_recording: list[Tape] = []


class Variable:
    """An array whose use is recorded.

    - value: any shape of numbers; integers become float64

    It takes part in +, -, *, /, @, ** (a plain number), unary minus and indexing, with variables, arrays and numbers;
    the functions of this module do the rest.

    Raises EngineError when an exponent is no plain number. Source: the role of `tf.Variable`.

    >>> x = Variable([1.0, 2.0])
    >>> with Tape() as tape:
    ...     y = sum_of(x * x + 3 * x)
    >>> tape.gradient(y, x)  # 2 x + 3
    array([5., 7.])
    """

    # NumPy must leave `array * variable` to __rmul__.
    __array_ufunc__ = None
    # Indexing alone would make it iterable, and one variable would be taken for a list of numbers.
    __iter__ = None
    __slots__ = ("__weakref__", "value")

    def __init__(self, value: ArrayLike) -> None:
        self.value = as_floats("value", value)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    def __repr__(self) -> str:
        return f"Variable({self.value!r})"

    def __add__(self, other: Operand) -> Variable:
        return _binary(np.add, self, other, lambda dy, a, b: (dy, dy))

    def __sub__(self, other: Operand) -> Variable:
        return _binary(np.subtract, self, other, lambda dy, a, b: (dy, -dy))

    def __mul__(self, other: Operand) -> Variable:
        return _binary(np.multiply, self, other, lambda dy, a, b: (dy * b, dy * a))

    def __truediv__(self, other: Operand) -> Variable:
        return _binary(np.divide, self, other, lambda dy, a, b: (dy / b, -dy * a / (b * b)))

    def __matmul__(self, other: Operand) -> Variable:
        return matmul(self, other)

    def __radd__(self, other: Operand) -> Variable:
        return _variable(other) + self

    def __rsub__(self, other: Operand) -> Variable:
        return _variable(other) - self

    def __rmul__(self, other: Operand) -> Variable:
        return _variable(other) * self

    def __rtruediv__(self, other: Operand) -> Variable:
        return _variable(other) / self

    def __rmatmul__(self, other: Operand) -> Variable:
        return matmul(other, self)

    def __neg__(self) -> Variable:
        return _recorded(-self.value, [self], lambda dy: [-dy])

    def __pow__(self, exponent: Operand) -> Variable:
        if isinstance(exponent, Variable):
            exponent.__rpow__(self)
        n, x = as_number("the exponent", exponent, "(-inf, inf)"), self.value
        # x ** 0 is 1 everywhere, also at 0, where 0 * x ** -1 would be no number.
        return _recorded(x**n, [self], lambda dy: [dy * n * x ** (n - 1) if n else np.zeros_like(dy)])

    def __rpow__(self, base: Operand) -> NoReturn:
        raise EngineError("the exponent", "a plain number, since x ** y is exp(y * log(x))", "a Variable")

    def __getitem__(self, index: Any) -> Variable:
        x = self.value

        def backward(dy: Array) -> Sequence[Array]:
            dx = np.zeros_like(x)
            # An entry that was taken twice gets both gradients.
            np.add.at(dx, index, dy)
            return [dx]

        return _recorded(x[index], [self], backward)


Operand = Variable | ArrayLike


@dataclass(frozen=True, slots=True)
class _Step:
    result: int
    inputs: tuple[int, ...]
    backward: Backward


class Tape:
    """Records what happens to variables inside its `with` block, and runs it backward.

    - persistent: allow `gradient` more than once; otherwise the record is dropped after the first time

    Raises EngineError when a spent tape is asked again. Source: the role of `tf.GradientTape`, course 2, week 3.

    >>> w = Variable(5.0)
    >>> with Tape() as tape:
    ...     J = w**2 - 10 * w + 25
    >>> tape.gradient(J, w)  # the minimum of (w - 5)^2
    array(0.)
    """

    def __init__(self, persistent: bool = False) -> None:
        self.persistent = persistent
        self._steps: list[_Step] | None = []
        # The variables are held, so that no other can get the same id while the tape lives.
        self._held: dict[int, Variable] = {}

    def __enter__(self) -> Tape:
        _recording.append(self)
        return self

    def __exit__(self, *exception: object) -> None:
        _recording.remove(self)

    def watch(self, x: Operand) -> Variable:
        """A variable for a plain array whose gradient is wanted: `x = tape.watch(x)`; a variable comes back as it is.

        The array itself is not watched: what is computed from it leaves no record.

        >>> with Tape() as tape:
        ...     x = tape.watch([3.0])
        ...     y = x * x
        >>> tape.gradient(y, x)
        array([6.])
        """
        return _variable(x)

    def record(self, result: Variable, inputs: Sequence[Variable], backward: Backward) -> None:
        """Write one operation down."""
        if self._steps is None:
            raise EngineError("the tape", "new, or made with persistent=True", "spent by an earlier gradient")
        for variable in (result, *inputs):
            self._held[id(variable)] = variable
        self._steps.append(_Step(id(result), tuple(map(id, inputs)), backward))

    @overload
    def gradient(self, target: Variable, sources: Variable) -> Array: ...
    @overload
    def gradient(self, target: Variable, sources: Iterable[Variable]) -> list[Array]: ...
    def gradient(self, target: Variable, sources: Variable | Iterable[Variable]) -> Array | list[Array]:
        """The gradient of the sum of the entries of `target` with respect to each source.

        - target: a variable, usually a single number; sources: one variable that it may depend on, or several
        - returns: for one source an array of its shape, for several a list of such arrays; zeros when the target does
          not depend on it. They are the caller's own, to be changed at will

        Raises EngineError when the tape is spent, or something other than a variable is given.

        >>> a, b = Variable([1.0]), Variable([2.0])
        >>> with Tape(persistent=True) as tape:
        ...     y = 3 * a
        >>> tape.gradient(y, a), tape.gradient(y, [a, b])
        (array([3.]), [array([3.]), array([0.])])
        """
        # A plain array or number is taken for one source, and refused as what it is.
        given: Any = sources
        single = not isinstance(given, Iterable) or isinstance(given, np.ndarray)
        several = [_as_variable("sources", source) for source in ([given] if single else given)]
        target = _as_variable("target", target)
        if self._steps is None:
            raise EngineError("the tape", "new, or made with persistent=True", "spent by an earlier gradient")
        gradients = {id(target): np.ones_like(target.value)}
        wanted = {id(source) for source in several}
        for step in reversed(self._steps):
            # Inner results are needed once; the sources are kept for the end.
            dy = gradients.get(step.result) if step.result in wanted else gradients.pop(step.result, None)
            if dy is None:
                continue
            for key, dx in zip(step.inputs, step.backward(dy), strict=True):
                gradients[key] = gradients[key] + dx if key in gradients else dx
        if not self.persistent:
            self._steps = None
            self._held.clear()
        # Copies: one array may serve several variables inside, or be a view of one number.
        found = [
            np.array(gradients[id(source)]) if id(source) in gradients else np.zeros_like(source.value)
            for source in several
        ]
        return found[0] if single else found


def matmul(a: Operand, b: Operand) -> Variable:
    """The product of matrices, of the last two axes where there are more.

        dA = dY B^T        dB = A^T dY

    - a: (..., n, k); b: (..., k, p)
    - returns: (..., n, p)

    Raises EngineError when the shapes do not fit.

    >>> A, B = Variable([[1.0, 2.0]]), Variable([[3.0], [4.0]])
    >>> with Tape() as tape:
    ...     Y = A @ B
    >>> [gradient.tolist() for gradient in tape.gradient(Y, [A, B])]
    [[[3.0, 4.0]], [[1.0], [2.0]]]
    """
    A, B = _variable(a).value, _variable(b).value
    if A.ndim < 2 or B.ndim < 2 or A.shape[-1] != B.shape[-2]:
        raise EngineError("b", f"an array of shape (..., {A.shape[-1] if A.ndim else 'k'}, p)", f"of shape {B.shape}")
    ways: list[tuple[Variable, Callable[[Array], Array]]] = []
    if isinstance(a, Variable):
        ways.append((a, lambda dy: _unbroadcast(dy @ B.swapaxes(-1, -2), A.shape)))
    if isinstance(b, Variable):
        ways.append((b, lambda dy: _unbroadcast(A.swapaxes(-1, -2) @ dy, B.shape)))
    # Nothing asks for the gradient of a plain array, such as the data, whose product would cost as much as the rest.
    return _recorded(A @ B, [variable for variable, _ in ways], lambda dy: [way(dy) for _, way in ways])


def sum_of(x: Operand, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Variable:
    """The sum over the axes, or over all: its gradient flows back to every entry alike.

    >>> x = Variable([[1.0, 2.0], [3.0, 4.0]])
    >>> with Tape() as tape:
    ...     y = sum_of(x, axis=0)
    >>> y.value, tape.gradient(y, [x])[0].tolist()
    (array([4., 6.]), [[1.0, 1.0], [1.0, 1.0]])
    """
    x = _variable(x)
    shape = x.shape

    def backward(dy: Array) -> Sequence[Array]:
        if axis is not None and not keepdims:
            dy = np.expand_dims(dy, axis)
        return [np.broadcast_to(dy, shape)]

    return _recorded(np.sum(x.value, axis=axis, keepdims=keepdims), [x], backward)


def mean_of(x: Operand, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Variable:
    """The mean over the axes, or over all.

    >>> x = Variable([1.0, 3.0])
    >>> with Tape() as tape:
    ...     y = mean_of(x)
    >>> y.value, tape.gradient(y, [x])[0]
    (array(2.), array([0.5, 0.5]))
    """
    total = sum_of(x, axis, keepdims)
    return total * (total.value.size / _variable(x).value.size)


def reshape(x: Operand, shape: tuple[int, ...]) -> Variable:
    """The same entries in another shape.

    >>> x = Variable([[1.0, 2.0]])
    >>> with Tape() as tape:
    ...     y = reshape(x, (2,))
    >>> tape.gradient(y, [x])[0].shape
    (1, 2)
    """
    x = _variable(x)
    before = x.shape
    return _recorded(x.value.reshape(shape), [x], lambda dy: [dy.reshape(before)])


def transpose(x: Operand, axes: tuple[int, ...] | None = None) -> Variable:
    """The axes in another order; reversed, when none is given.

    >>> transpose(np.zeros((2, 3, 5)), (1, 2, 0)).shape
    (3, 5, 2)
    """
    x = _variable(x)
    back = None if axes is None else tuple(np.argsort(axes))
    return _recorded(x.value.transpose(axes), [x], lambda dy: [dy.transpose(back)])


def relu(x: Operand) -> Variable:
    """max(x, 0); the slope at 0 is taken as 0.

    >>> relu([-1.0, 2.0]).value
    array([0., 2.])
    """
    return _elementwise(x, lambda x: np.maximum(x, 0), lambda x, y: (x > 0).astype(x.dtype))


def sigmoid(x: Operand) -> Variable:
    """1 / (1 + e^-x), without overflow; the slope is y (1 - y).

    >>> sigmoid([-1000.0, 0.0]).value
    array([0. , 0.5])
    """
    # tanh does not overflow, and sigma(x) = (1 + tanh(x / 2)) / 2.
    return _elementwise(x, lambda x: 0.5 * (1 + np.tanh(0.5 * x)), lambda x, y: y * (1 - y))


def tanh(x: Operand) -> Variable:
    """The hyperbolic tangent; the slope is 1 - y^2.

    >>> tanh([0.0]).value
    array([0.])
    """
    return _elementwise(x, np.tanh, lambda x, y: 1 - y * y)


def exp(x: Operand) -> Variable:
    """e^x; the slope is y itself.

    >>> exp([0.0]).value
    array([1.])
    """
    return _elementwise(x, np.exp, lambda x, y: y)


def log(x: Operand) -> Variable:
    """The natural logarithm; the slope is 1 / x.

    >>> log([1.0]).value
    array([0.])
    """
    return _elementwise(x, np.log, lambda x, y: 1 / x)


def softmax_cross_entropy(logits: Operand, labels: ArrayLike) -> Variable:
    """The mean cross-entropy of the softmax over the last axis; dlogits = 1/m (softmax - onehot).

    - logits: (m, C); labels: (m,), integers 0 ... C - 1

    Raises EngineError when a label is outside.

    >>> logits = Variable([[0.0, 0.0]])
    >>> with Tape() as tape:
    ...     J = softmax_cross_entropy(logits, [1])
    >>> tape.gradient(J, [logits])[0]
    array([[ 0.5, -0.5]])
    """
    logits = _variable(logits)
    m, C = as_floats("logits", logits.value, ("m", "C")).shape
    ids = as_ids("labels", labels, C, (m,))
    shifted = logits.value - logits.value.max(axis=1, keepdims=True)
    A = np.exp(shifted)
    total = A.sum(axis=1, keepdims=True)
    cost = np.mean(np.log(total[:, 0]) - shifted[np.arange(m), ids])
    A /= total
    A[np.arange(m), ids] -= 1
    return _recorded(cost, [logits], lambda dy: [dy * A / m])


def _as_variable(argument: str, value: Any) -> Variable:
    if not isinstance(value, Variable):
        expected = "a Variable, or computed from one; for a plain array write `x = tape.watch(x)` and go on with that x"
        raise EngineError(argument, expected, f"of type {type(value).__name__}")
    return value


def _variable(x: Operand) -> Variable:
    return x if isinstance(x, Variable) else Variable(x)


def _recorded(value: Array, inputs: Sequence[Variable], backward: Backward) -> Variable:
    result = Variable(value)
    for tape in _recording:
        tape.record(result, inputs, backward)
    return result


def _binary(
    ufunc: np.ufunc, a: Operand, b: Operand, slopes: Callable[[Array, Array, Array], tuple[Array, Array]]
) -> Variable:
    a, b = _variable(a), _variable(b)
    A, B = a.value, b.value
    # A plain number must not turn float32 into float64.
    if A.ndim == 0 and B.dtype == np.float32:
        A = A.astype(B.dtype)
    if B.ndim == 0 and A.dtype == np.float32:
        B = B.astype(A.dtype)
    try:
        value = ufunc(A, B)
    except ValueError:
        raise EngineError("b", f"of a shape that broadcasts with {A.shape}", f"of shape {B.shape}") from None

    def backward(dy: Array) -> Sequence[Array]:
        da, db = slopes(dy, A, B)
        return [_unbroadcast(da, A.shape), _unbroadcast(db, B.shape)]

    return _recorded(value, [a, b], backward)


def _elementwise(x: Operand, function: Callable[[Array], Array], slope: Callable[[Array, Array], Array]) -> Variable:
    x = _variable(x)
    X = x.value
    Y = function(X)
    return _recorded(Y, [x], lambda dy: [dy * slope(X, Y)])


def _unbroadcast(gradient: Array, shape: tuple[int, ...]) -> Array:
    """What broadcasting repeated gets the sum of the gradients of its copies."""
    extra = gradient.ndim - len(shape)
    gradient = gradient.sum(axis=tuple(range(extra))) if extra else gradient
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1 and gradient.shape[axis] != 1)
    return gradient.sum(axis=stretched, keepdims=True) if stretched else gradient
