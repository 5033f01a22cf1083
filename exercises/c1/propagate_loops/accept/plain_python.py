import math

import numpy as np


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


def propagate_loops(w, b, X, Y):
    weights = [float(weight) for weight in w[:, 0]]
    gradient = [0.0 for _ in weights]
    db = cost = 0.0
    for x, y in zip(X.T.tolist(), Y[0].tolist()):
        z = sum(weight * feature for weight, feature in zip(weights, x)) + b
        a = sigmoid(z)
        cost += -math.log(a) if y == 1 else -math.log(1 - a)
        for j, feature in enumerate(x):
            gradient[j] += feature * (a - y)
        db += a - y
    m = X.shape[1]
    dw = np.array(gradient)[:, None] / m
    return {"dw": dw, "db": db / m, "m": m}, cost / m
