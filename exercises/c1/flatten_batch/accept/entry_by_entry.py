import numpy as np


def flatten_images(images):
    m, h, w, channels = images.shape
    X = np.zeros((h * w * 3, m))
    for i in range(m):
        for r in range(h):
            for s in range(w):
                for c in range(channels):
                    X[(r * w + s) * 3 + c, i] = images[i, r, s, c]
    return X
