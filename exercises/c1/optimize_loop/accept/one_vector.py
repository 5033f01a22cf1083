import numpy as np


def optimize(w, b, X, Y, num_iterations=100, learning_rate=0.009, print_cost=False):
    m = X.shape[1]
    rows = np.vstack([X, np.ones((1, m))])
    theta = np.append(w, b)
    costs = []
    for step in range(num_iterations):
        scores = theta @ rows
        if not step % 100:
            costs += [float(np.mean(np.logaddexp(0, scores) - Y[0] * scores))]
        slope = rows @ (1 / (1 + np.exp(-scores)) - Y[0]) / m
        theta = theta - learning_rate * slope
    params = {"w": theta[:-1].reshape(-1, 1), "b": theta[-1]}
    grads = {"dw": slope[:-1, None], "db": slope[-1]}
    return params, grads, np.array(costs)
