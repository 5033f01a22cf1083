import numpy as np


def compute_cost(predicted, labels):
    of_true_label = np.where(labels == 1, predicted, 1 - predicted)
    return np.average(-np.log(of_true_label)).item()
