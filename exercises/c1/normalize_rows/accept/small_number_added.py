import numpy as np


def normalize_rows(x):
    return x / (np.linalg.norm(x, ord=2, axis=1, keepdims=True) + 1e-8)
