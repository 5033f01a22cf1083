import numpy as np


def check_layout(X_orig, X_flat):
    """Whether X_flat is the right way to unroll the images of X_orig.

    - X_orig: (m, h, w, 3), m images; X_flat: an array that someone made of them, of any shape
    - returns: True when each column of X_flat is one image, in order and unscrambled; False otherwise
    """
    raise NotImplementedError("write check_layout")
