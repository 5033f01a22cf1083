import numpy as np


def softmax(x):
    columns = np.array(x.T, dtype=float)
    columns -= columns.max(axis=0)
    np.exp(columns, out=columns)
    columns /= columns.sum(axis=0)
    return columns.T
