import math


class Value:
    """Sends one share down each way from J to a leaf, and never what was gathered before."""

    def __init__(self, data, _children=(), _op=""):
        self.data = float(data)
        self.grad = 0.0
        self._op = _op
        self.parents = list(_children)

    def __add__(self, other):
        other = Value.of(other)
        return Value(self.data + other.data, [(self, 1.0), (other, 1.0)], "+")

    def __mul__(self, other):
        other = Value.of(other)
        return Value(self.data * other.data, [(self, other.data), (other, self.data)], "*")

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    @staticmethod
    def of(number):
        return number if isinstance(number, Value) else Value(number)

    def tanh(self):
        out = Value(math.tanh(self.data), (), "tanh")
        out.parents = [(self, 1 / math.cosh(self.data) ** 2)]
        return out

    def backward(self, share=1.0):
        self.grad += share
        for parent, slope in self.parents:
            parent.backward(share * slope)
