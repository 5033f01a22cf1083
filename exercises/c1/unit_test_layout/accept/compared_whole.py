import numpy as np


def check_layout(X_orig, X_flat):
    m = X_orig.shape[0]
    return np.array_equal(X_flat, X_orig.reshape(m, -1).T)
