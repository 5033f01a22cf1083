import numpy as np


def sigmoid(z):
    z = np.asarray(z, dtype=float)
    s = np.empty_like(z)
    positive = z >= 0
    s[positive] = 1 / (1 + np.exp(-z[positive]))
    power = np.exp(z[~positive])
    s[~positive] = power / (1 + power)
    return s
