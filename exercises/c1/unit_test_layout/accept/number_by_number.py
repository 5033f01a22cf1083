def check_layout(X_orig, X_flat):
    m, h, w, channels = X_orig.shape
    if X_flat.ndim != 2 or X_flat.shape != (h * w * channels, m):
        return False
    return all(
        X_flat[(r * w + s) * channels + c, i] == X_orig[i, r, s, c]
        for i in range(m)
        for r in range(h)
        for s in range(w)
        for c in range(channels)
    )
