import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cost_of(A, Y):
    return np.squeeze(-(np.dot(Y, np.log(A).T) + np.dot(1 - Y, np.log(1 - A).T)) / Y.shape[1])


def propagate(w, b, X, Y):
    A = sigmoid(np.dot(w.T, X) + b)
    dZ = A - Y
    dw = np.sum(X * dZ, axis=1, keepdims=True) / X.shape[1]
    db = np.squeeze(np.sum(dZ, axis=1, keepdims=True)) / X.shape[1]
    return {"dw": dw, "db": db, "dZ": dZ}, cost_of(A, Y)
