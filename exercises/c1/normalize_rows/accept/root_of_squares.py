import numpy as np


def normalize_rows(x):
    x_norm = np.sqrt(np.sum(x**2, axis=1, keepdims=True))
    return np.divide(x, x_norm, out=np.zeros(x.shape), where=x_norm > 0)
