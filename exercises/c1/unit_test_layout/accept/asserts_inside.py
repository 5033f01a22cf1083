import numpy as np


def check_layout(X_orig, X_flat):
    try:
        m, h, w, channels = X_orig.shape
        assert X_flat.shape == (h * w * channels, m), "shape"
        for i in range(m):
            image = X_flat[:, i].reshape(h, w, channels)
            assert np.allclose(image, X_orig[i]), f"image {i}"
    except AssertionError:
        return False
    return True
