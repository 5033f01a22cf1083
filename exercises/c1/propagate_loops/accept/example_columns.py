import numpy as np


def propagate_loops(w, b, X, Y):
    m = X.shape[1]
    J, dw, db = 0, np.zeros(w.shape), 0
    for i in range(m):
        x = X[:, i].reshape(-1, 1)
        a = sigmoid(np.dot(w.T, x) + b)
        y = Y[0, i]
        J = J - (y * np.log(a) + (1 - y) * np.log(1 - a)) / m
        dz = a - y
        dw = dw + x * dz / m
        db = db + dz / m
    return {"dw": dw, "db": db.item()}, np.squeeze(J)
