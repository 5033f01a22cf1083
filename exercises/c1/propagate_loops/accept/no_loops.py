import numpy as np


def propagate_loops(w, b, X, Y):
    A = sigmoid(w.T @ X + b)
    cost = -np.mean(np.log(np.where(Y == 1, A, 1 - A)))
    return {"dw": X @ (A - Y).T / Y.size, "db": np.mean(A - Y)}, cost
