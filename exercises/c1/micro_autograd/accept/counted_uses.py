import numpy as np


class Value:
    """Passes a value on as soon as everything that uses it has sent its share."""

    def __init__(self, data, _children=(), _op="", slopes=()):
        self.data, self.grad = data, 0.0
        self._children, self._op, self._slopes = tuple(_children), _op, slopes

    def __add__(self, other):
        if not isinstance(other, Value):
            other = Value(other)
        return Value(self.data + other.data, (self, other), "+", (1, 1))

    def __radd__(self, other):
        return Value(other) + self

    def __mul__(self, other):
        if not isinstance(other, Value):
            other = Value(other)
        return Value(self.data * other.data, (self, other), "*", (other.data, self.data))

    def __rmul__(self, other):
        return Value(other) * self

    def tanh(self):
        y = np.tanh(self.data)
        return Value(y, (self,), "tanh", (1 - y * y,))

    def backward(self):
        uses, found = {}, [self]
        for value in found:
            for child in value._children:
                if child not in uses:
                    uses[child] = 0
                    found.append(child)
                uses[child] += 1
        self.grad = 1.0
        complete = [self]
        while complete:
            value = complete.pop()
            for child, slope in zip(value._children, value._slopes):
                child.grad += slope * value.grad
                uses[child] -= 1
                if uses[child] == 0:
                    complete.append(child)
