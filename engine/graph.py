"""Build first, run later: a graph of operations with placeholders, in the role of TensorFlow 1 (course 2, week 3).

Writing `y = a * x + b` computes nothing; it makes nodes. A `Session` walks through the nodes that a result needs,
each once, with the values that the feed dictionary gives to the placeholders.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_floats


class Node:
    """One operation of a graph: what it is, and the nodes that it takes its inputs from.

    Made by `placeholder`, `constant`, `apply`, by unary minus, and by +, -, *, /, @, ** between nodes and numbers.

    >>> w = placeholder("w")
    >>> J = w**2 - 10 * w + 25
    >>> Session().run(J, {w: 6.0})
    array(1.)
    """

    __array_ufunc__ = None

    def __init__(self, name: str, inputs: Sequence[Node], function: Callable[..., Array] | None) -> None:
        self.name, self.inputs, self.function = name, tuple(inputs), function

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def __add__(self, other: Operand) -> Node:
        return apply(np.add, self, other, name="add")

    def __sub__(self, other: Operand) -> Node:
        return apply(np.subtract, self, other, name="subtract")

    def __mul__(self, other: Operand) -> Node:
        return apply(np.multiply, self, other, name="multiply")

    def __truediv__(self, other: Operand) -> Node:
        return apply(np.divide, self, other, name="divide")

    def __matmul__(self, other: Operand) -> Node:
        return apply(np.matmul, self, other, name="matmul")

    def __neg__(self) -> Node:
        return apply(np.negative, self, name="negative")

    def __pow__(self, other: Operand) -> Node:
        return apply(np.power, self, other, name="power")

    def __rpow__(self, other: Operand) -> Node:
        return apply(np.power, other, self, name="power")

    def __radd__(self, other: Operand) -> Node:
        return apply(np.add, other, self, name="add")

    def __rsub__(self, other: Operand) -> Node:
        return apply(np.subtract, other, self, name="subtract")

    def __rmul__(self, other: Operand) -> Node:
        return apply(np.multiply, other, self, name="multiply")

    def __rtruediv__(self, other: Operand) -> Node:
        return apply(np.divide, other, self, name="divide")

    def __rmatmul__(self, other: Operand) -> Node:
        return apply(np.matmul, other, self, name="matmul")


Operand = Node | ArrayLike


def placeholder(name: str) -> Node:
    """A node without a value: each run must feed one.

    >>> placeholder("X")
    <placeholder X>
    """
    return Node(f"placeholder {name}", (), None)


def constant(value: ArrayLike) -> Node:
    """A node with a fixed value.

    >>> Session().run(constant([1, 2]))
    array([1., 2.])
    """
    fixed = as_floats("value", value)
    return Node("constant", (), lambda: fixed)


def apply(function: Callable[..., Array], *inputs: Operand, name: str = "") -> Node:
    """A node for a function of other nodes; nothing is computed yet.

    - function: takes as many arrays as there are inputs; inputs: nodes, arrays or numbers

    >>> x = placeholder("x")
    >>> Session().run(apply(np.tanh, x), {x: 0.0})
    array(0.)
    """
    nodes = [operand if isinstance(operand, Node) else constant(operand) for operand in inputs]
    return Node(name or getattr(function, "__name__", "function"), nodes, function)


class Session:
    """Runs graphs; `log` lists the operations of the latest run, in the order in which they were computed.

    Source: the role of `tf.Session` of TensorFlow 1, course 2, week 3.

    >>> x = placeholder("x")
    >>> square = x * x
    >>> session = Session()
    >>> session.run([square + square, square], {x: 3.0})
    [array(18.), array(9.)]
    >>> session.log  # the square was needed three times and computed once
    ['multiply', 'add']
    """

    def __init__(self) -> None:
        self.log: list[str] = []

    def run(self, fetches: Node | Sequence[Node], feed_dict: Mapping[Node, ArrayLike] | None = None) -> Any:
        """The value of one node, or a list with the values of several.

        - fetches: what is wanted; only what it depends on is computed
        - feed_dict: a value for each placeholder among that; a fed value also replaces any other node

        Raises EngineError when a placeholder gets no value, or a function cannot take the values of its inputs;
        an EngineError of a function passes as it is.
        """
        self.log = []
        values: dict[Node, Array] = {
            node: as_floats(f"the value fed to {node.name}", value) for node, value in (feed_dict or {}).items()
        }
        single = isinstance(fetches, Node)
        wanted: list[Node] = [fetches] if isinstance(fetches, Node) else list(fetches)
        results = [self._value(node, values) for node in wanted]
        return results[0] if single else results

    def _value(self, wanted: Node, values: dict[Node, Array]) -> Array:
        # A pile in place of recursion: a graph may be deeper than Python's recursion limit.
        pending = [wanted]
        while pending:
            node = pending[-1]
            missing = [] if node in values else [source for source in node.inputs if source not in values]
            if missing:
                pending.extend(missing)
                continue
            pending.pop()
            if node not in values:
                values[node] = self._compute(node, [values[source] for source in node.inputs])
        return values[wanted]

    def _compute(self, node: Node, arguments: list[Array]) -> Array:
        if node.function is None:
            raise EngineError("feed_dict", f"a dictionary with a value for {node.name}", "one without")
        if node.inputs:
            self.log.append(node.name)
        try:
            return np.asarray(node.function(*arguments))
        except EngineError:
            raise
        except ValueError as error:
            shapes = ", ".join(str(argument.shape) for argument in arguments)
            inputs, came = f"the inputs of {node.name}", f"of shapes {shapes}"
            if isinstance(node.function, np.ufunc):
                raise EngineError(inputs, "of shapes that fit", came) from error
            # Any other function may have another reason, and says it itself.
            raise EngineError(inputs, "what it can take", f"{came}: {str(error).rstrip('.')}") from error
