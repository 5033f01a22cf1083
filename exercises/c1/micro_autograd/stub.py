import math


class Value:
    """A number that remembers how it was computed, and so can find derivatives.

    - data: the number; grad: dJ/d(this), 0 until J.backward() runs
    - _children: the Values that it was computed from; _op: the operation, for display
    """

    def __init__(self, data, _children=(), _op=""):
        self.data = float(data)
        self.grad = 0.0
        self._children = _children
        self._op = _op
        # Whatever else your way of going back needs, such as the local derivatives, goes here.

    def __repr__(self):
        return f"Value(data={self.data:g}, grad={self.grad:g})"

    def __add__(self, other):
        """self + other; other is a Value or a number."""
        raise NotImplementedError("write __add__")

    def __mul__(self, other):
        """self * other; other is a Value or a number."""
        raise NotImplementedError("write __mul__")

    # number + Value and number * Value: Python asks __radd__ and __rmul__. They are yours to add.

    def tanh(self):
        """The hyperbolic tangent of this value, a Value."""
        raise NotImplementedError("write tanh")

    def backward(self):
        """Set grad of this Value, J, and of every Value that it was computed from, to dJ/d(that Value)."""
        raise NotImplementedError("write backward")
