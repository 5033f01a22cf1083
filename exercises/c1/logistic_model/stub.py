import numpy as np


def model(X_train, Y_train, X_test, Y_test, num_iterations=2000, learning_rate=0.5, print_cost=False):
    """Logistic regression from data to labels: initialize, optimize, predict.

    - X_train: (n_x, m_train); Y_train: (1, m_train); X_test: (n_x, m_test); Y_test: (1, m_test)
    - num_iterations: number of updates; learning_rate: a number; print_cost: whether to print on the way
    - returns d: {"costs", "Y_prediction_train", "Y_prediction_test", "w", "b", "learning_rate", "num_iterations"}

    There for you: sigmoid(z), initialize_with_zeros(dim) -> w, b, propagate(w, b, X, Y) -> grads, cost,
    optimize(w, b, X, Y, num_iterations, learning_rate, print_cost) -> params, grads, costs, predict(w, b, X).
    """
    raise NotImplementedError("write model")
