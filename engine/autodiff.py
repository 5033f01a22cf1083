"""Reverse-mode differentiation of scalars: a graph given as a list, and `Value`, which records its own graph.

Forward, values flow from the inputs to the output J. Backward, each node passes on dJ/dnode times its local
derivatives; a value that feeds several nodes ADDS UP what comes back from each of them (course 1, week 2).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from engine.basics import basic_sigmoid
from engine.errors import EngineError

#: A node is (name, op, inputs), such as ("u", "*", ("b", "c")) for u = b c. Each input is the name of a graph
#: input, the name of an EARLIER node, or a number, which is a constant. The last node is the output J.
Node = tuple[str, str, tuple[str | float, ...]]


def _power_derivatives(a: float, b: float, y: float) -> tuple[float, float]:
    da = b * math.pow(a, b - 1) if b != 0 else 0.0
    if a > 0:
        db = y * math.log(a)
    elif a == 0 and b > 0:
        db = 0.0
    else:
        # A power of a negative base exists at isolated exponents only, so it has no slope along b.
        db = math.nan
    return da, db


#: For each op: how many inputs it has, its value y, and the derivatives of y with respect to each input.
OPS: dict[str, tuple[int, Callable[..., float], Callable[..., tuple[float, ...]]]] = {
    "+": (2, lambda a, b: a + b, lambda a, b, y: (1.0, 1.0)),
    "-": (2, lambda a, b: a - b, lambda a, b, y: (1.0, -1.0)),
    "*": (2, lambda a, b: a * b, lambda a, b, y: (b, a)),
    "/": (2, lambda a, b: a / b, lambda a, b, y: (1 / b, -y / b)),
    "**": (2, math.pow, _power_derivatives),
    "tanh": (1, math.tanh, lambda a, y: (1 - y * y,)),
    "exp": (1, math.exp, lambda a, y: (y,)),
    "log": (1, math.log, lambda a, y: (1 / a,)),
    "relu": (1, lambda a: max(0.0, a), lambda a, y: (1.0 if a > 0 else 0.0,)),
    "sigmoid": (1, basic_sigmoid, lambda a, y: (y * (1 - y),)),
}


def graph_forward(nodes: Sequence[Node], inputs: Mapping[str, float]) -> dict[str, float]:
    """The value of every node, from left to right.

    - nodes: (name, op, inputs) each, in an order where inputs come first; op is one of
      + - * / ** tanh exp log relu sigmoid
    - inputs: the value of each input of the graph, by name
    - returns values: every input and every node by name; `graph_backward` takes it as its cache

    Raises EngineError when there is no node, an op or a name is unknown, a name is taken, an op gets the
    wrong number of inputs, or a value does not exist (log of 0, division by 0, exp of 1000).
    Source: course 1, week 2.

    >>> nodes = [("u", "*", ("b", "c")), ("v", "+", ("a", "u")), ("J", "*", (3, "v"))]
    >>> graph_forward(nodes, {"a": 1, "b": 4, "c": 0.5})
    {'a': 1.0, 'b': 4.0, 'c': 0.5, 'u': 2.0, 'v': 3.0, 'J': 9.0}
    """
    if not nodes:
        raise EngineError("nodes", "a list of at least one node", "empty")
    values = {name: float(value) for name, value in inputs.items()}
    for name, op, sources in nodes:
        if op not in OPS:
            raise EngineError(f"the op of node {name!r}", f"one of {' '.join(OPS)}", repr(op))
        if name in values:
            raise EngineError(f"the name of node {name!r}", "new", "taken already")
        count, value_of, _ = OPS[op]
        if len(sources) != count:
            raise EngineError(f"the number of inputs of node {name!r}", str(count), str(len(sources)))
        arguments = [_value(source, values, name) for source in sources]
        try:
            values[name] = value_of(*arguments)
        except (ValueError, ArithmeticError) as error:
            raise EngineError(f"node {name!r}", f"a number, op {op!r} of {arguments}", str(error)) from None
    return values


def graph_backward(nodes: Sequence[Node], cache: Mapping[str, float]) -> dict[str, float]:
    """The derivative of the output with respect to every node and input, from right to left.

        dJ/da = sum over the nodes v that use a of  dJ/dv dv/da

    - nodes: as for `graph_forward`; the last one is the output J
    - cache: the values that `graph_forward` returned
    - returns grads: dJ/dname for every name in the cache; 0 where J does not depend on it

    Raises EngineError when there is no node, or a derivative does not exist (x ** 0.5 at 0).
    Source: course 1, week 2.

    >>> nodes = [("u", "*", ("b", "c")), ("v", "+", ("a", "u")), ("J", "*", (3, "v"))]
    >>> graph_backward(nodes, graph_forward(nodes, {"a": 1, "b": 4, "c": 0.5}))
    {'a': 3.0, 'b': 1.5, 'c': 12.0, 'u': 3.0, 'v': 3.0, 'J': 1.0}
    """
    if not nodes:
        raise EngineError("nodes", "a list of at least one node", "empty")
    grads = dict.fromkeys(cache, 0.0)
    output = nodes[-1][0]
    grads[output] = 1.0
    for name, op, sources in reversed(nodes):
        arguments = [_value(source, cache, name) for source in sources]
        derivatives_of = OPS[op][2]
        try:
            derivatives = derivatives_of(*arguments, cache[name])
        except (ValueError, ArithmeticError) as error:
            raise EngineError(f"node {name!r}", f"differentiable at {arguments}", f"not: {error}") from None
        for source, derivative in zip(sources, derivatives, strict=True):
            if isinstance(source, str):
                grads[source] += grads[name] * derivative
    return grads


def _value(source: str | float, values: Mapping[str, float], node: str) -> float:
    if not isinstance(source, str):
        return float(source)
    if source not in values:
        raise EngineError(f"an input of node {node!r}", "a graph input or an earlier node", repr(source))
    return values[source]


class Value:
    """A number that remembers how it was computed, and so can find derivatives.

        J.backward()    sets    x.grad = dJ/dx    for every Value x that J was computed from

    - data: the number; grad: dJ/d(this), 0 before `backward`
    - _children: the Values it was computed from; _op: how, for display

    Arithmetic (+ - * / and ** with a constant exponent), exp, tanh and relu give new Values; numbers mix in
    freely. Division by 0 and overflow raise what Python's floats raise. Source: beyond the course; its
    computation graph is that of course 1, week 2, and the idea of a small recording scalar is A. Karpathy's
    micrograd (2020).

    >>> a, b = Value(2.0), Value(-3.0)
    >>> J = (a * b + a**2).tanh()
    >>> J.backward()
    >>> J.data == math.tanh(-2), round(a.grad, 4), round(b.grad, 4)
    (True, 0.0707, 0.1413)
    """

    def __init__(self, data: float, _children: tuple[Value, ...] = (), _op: str = "") -> None:
        self.data = float(data)
        self.grad = 0.0
        self._children = _children
        self._op = _op
        #: The derivative of this value with respect to each child, in the order of the children.
        self._local: tuple[float, ...] = ()

    def __repr__(self) -> str:
        return f"Value(data={self.data:g}, grad={self.grad:g})"

    def __add__(self, other: Value | float) -> Value:
        other = _as_value(other)
        out = Value(self.data + other.data, (self, other), "+")
        out._local = (1.0, 1.0)
        return out

    def __mul__(self, other: Value | float) -> Value:
        other = _as_value(other)
        out = Value(self.data * other.data, (self, other), "*")
        out._local = (other.data, self.data)
        return out

    def __pow__(self, exponent: float) -> Value:
        """This value to a constant power. Raises TypeError when the exponent is a Value."""
        out = Value(math.pow(self.data, exponent), (self,), f"**{exponent}")
        slope = exponent * math.pow(self.data, exponent - 1) if exponent != 0 else 0.0
        out._local = (slope,)
        return out

    def exp(self) -> Value:
        """e to the power of this value."""
        out = Value(math.exp(self.data), (self,), "exp")
        out._local = (out.data,)
        return out

    def tanh(self) -> Value:
        """The hyperbolic tangent; its derivative is 1 - tanh^2."""
        out = Value(math.tanh(self.data), (self,), "tanh")
        out._local = (1 - out.data**2,)
        return out

    def relu(self) -> Value:
        """max(0, x); the derivative at 0 is taken as 0."""
        out = Value(max(0.0, self.data), (self,), "relu")
        out._local = (1.0 if self.data > 0 else 0.0,)
        return out

    def __neg__(self) -> Value:
        return self * -1

    def __sub__(self, other: Value | float) -> Value:
        return self + -_as_value(other)

    def __truediv__(self, other: Value | float) -> Value:
        return self * _as_value(other) ** -1

    def __radd__(self, other: float) -> Value:
        return self + other

    def __rmul__(self, other: float) -> Value:
        return self * other

    def __rsub__(self, other: float) -> Value:
        return _as_value(other) - self

    def __rtruediv__(self, other: float) -> Value:
        return _as_value(other) / self

    def backward(self) -> None:
        """Add dJ/dx to x.grad for every Value x behind this one, J.

        The chain rule runs from J back to the leaves, so that a value is complete before it is passed on.
        Leaves keep what earlier calls left (set `grad` to 0 to start afresh); values in between start at 0.

        >>> x = Value(3.0)
        >>> (x * x + x).backward()
        >>> x.grad
        7.0
        """
        order = self._topological_order()
        for value in order:
            if value._children:
                value.grad = 0.0
        self.grad += 1.0
        for value in reversed(order):
            for child, local in zip(value._children, value._local, strict=True):
                child.grad += value.grad * local

    def _topological_order(self) -> list[Value]:
        """This Value and every one behind it, children first. A stack, since long sums exhaust recursion."""
        order: list[Value] = []
        visited = {self}
        stack: list[tuple[Value, Iterator[Value]]] = [(self, iter(self._children))]
        while stack:
            value, children = stack[-1]
            child = next(children, None)
            if child is None:
                order.append(value)
                stack.pop()
            elif child not in visited:
                visited.add(child)
                stack.append((child, iter(child._children)))
        return order


def _as_value(number: Value | float) -> Value:
    return number if isinstance(number, Value) else Value(number)
