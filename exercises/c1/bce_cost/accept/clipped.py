import numpy as np


def compute_cost(A, Y):
    A = np.clip(A, 1e-15, 1 - 1e-15)
    return -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
