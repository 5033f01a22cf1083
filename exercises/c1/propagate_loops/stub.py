import numpy as np


def propagate_loops(w, b, X, Y):
    """The cost of logistic regression and its gradients, added up example by example.

    - w: (n_x, 1); b: a number; X: (n_x, m), examples in columns; Y: (1, m), labels 0 or 1
    - returns grads: {"dw": (n_x, 1), "db": a number}; cost: a number

    sigmoid(z) is there for you.
    """
    raise NotImplementedError("write propagate_loops")
