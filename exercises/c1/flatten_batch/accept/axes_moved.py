import numpy as np


def flatten_images(X_orig):
    m, h, w, channels = X_orig.shape
    return np.moveaxis(X_orig, 0, -1).reshape(h * w * channels, m)
