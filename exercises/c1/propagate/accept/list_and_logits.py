import numpy as np


def propagate(w, b, X, Y):
    Z = w.T.dot(X) + b
    losses = np.logaddexp(0, Z) - Y * Z
    dZ = sigmoid(Z) - Y
    grads = {}
    grads["db"] = float(np.average(dZ))
    grads["dw"] = np.einsum("ji,ki->jk", X, dZ) / Y.size
    return [grads, float(losses.mean())]
