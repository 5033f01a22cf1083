import numpy as np


def optimize(w, b, X, Y, num_iterations=100, learning_rate=0.009, print_cost=False):
    """Gradient descent on the weights and the bias of logistic regression.

    - w: (n_x, 1); b: a number; X: (n_x, m), examples in columns; Y: (1, m), labels 0 or 1
    - num_iterations: number of updates, 1 or more; learning_rate: a number
    - print_cost: whether to print each recorded cost
    - returns params: {"w": (n_x, 1), "b": a number} after the last update
    - returns grads: {"dw": (n_x, 1), "db": a number} that the last update used
    - returns costs: a list, the cost before the updates 0, 100, 200, ...

    propagate(w, b, X, Y) -> grads, cost is there for you.
    """
    raise NotImplementedError("write optimize")
