import numpy as np


def predict(w, b, X):
    # np.round goes to the even neighbour: one half becomes 0.
    return np.round(1 / (1 + np.exp(-(np.dot(w.T, X) + b))))
