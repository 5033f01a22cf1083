import numpy as np


def propagate(w, b, X, Y):
    m = X.shape[1]
    A = sigmoid(w.T @ X + b)
    cost = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    error = A - Y
    return {"dw": X @ error.T / m, "db": error.mean()}, cost
