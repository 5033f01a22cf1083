import numpy as np


def flatten_images(X_orig):
    columns = [image.reshape(-1, 1) for image in X_orig]
    return np.hstack(columns)
