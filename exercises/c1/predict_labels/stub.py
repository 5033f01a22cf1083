import numpy as np


def predict(w, b, X):
    """The label of every example: 1 where its probability is above one half, else 0.

    - w: (n_x, 1); b: a number; X: (n_x, m), one example in each column
    - returns Y_prediction: (1, m) of 0 and 1

    sigmoid(z) is there for you.
    """
    raise NotImplementedError("write predict")
