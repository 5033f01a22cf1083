"""The solution that answers are compared with."""

import numpy as np


def sigmoid(z):
    """The sigmoid of every entry, without overflow."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)
