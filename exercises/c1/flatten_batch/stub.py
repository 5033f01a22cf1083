import numpy as np


def flatten_images(X_orig):
    """A batch of images as the columns of one matrix.

    - X_orig: (m, h, w, 3), m images of h rows and w columns of pixels, 3 channels each
    - returns X: (h * w * 3, m), one image in each column
    """
    raise NotImplementedError("write flatten_images")
