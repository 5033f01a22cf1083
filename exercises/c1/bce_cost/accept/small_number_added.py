import numpy as np


def compute_cost(A, Y):
    m = Y.shape[1]
    epsilon = 1e-8
    cost = -(np.dot(Y, np.log(A + epsilon).T) + np.dot(1 - Y, np.log(1 - A + epsilon).T)) / m
    return np.squeeze(cost)
