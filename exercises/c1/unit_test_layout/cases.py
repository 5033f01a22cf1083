from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tutor.grading import Case


def cases(rng: np.random.Generator) -> Iterator[Case]:
    for m, h, w in ((2, 5, 7), (5, 4, 2), (7, 2, 3), (1, 3, 5)):
        X = _images(rng, m, h, w)
        yield Case(f"{m} image{'s' if m > 1 else ''} of {h} x {w} pixels, unrolled rightly", args=(X, _flat(X)))
    X = rng.integers(0, 256, (4, 4, 4, 3)).astype(np.uint8)
    yield Case("square images of bytes, as many as rows, unrolled rightly", args=(X, _flat(X)))
    X = _images(rng, 3, 3, 4)
    yield Case("reshape(h, -1).T where h is m, which is right", args=(X, X.reshape(3, -1).T))

    for m, h, w in ((2, 5, 7), (3, 3, 3)):
        X = _images(rng, m, h, w)
        for name, X_flat in _scrambled(X):
            yield Case(f"{m} images of {h} x {w} pixels, {name}", args=(X, X_flat))
    yield from _touched(rng)

    X = _images(rng, 3, 5, 2)
    yield Case("reshape(h, -1).T where h is not m", args=(X, X.reshape(5, -1).T))
    yield Case("all images in one vector", args=(X, X.reshape(-1)))
    yield Case("all images in one column", args=(X, X.reshape(-1, 1)))
    yield Case("a column too many", args=(X, np.hstack([_flat(X), _flat(X)[:, :1]])))
    yield Case("the last image left out", args=(X, _flat(X)[:, :-1]))
    yield Case("a row too many", args=(X, np.vstack([_flat(X), _flat(X)[:1]])))
    X = np.repeat(_images(rng, 1, 2, 3), 4, axis=0)
    yield Case("four equal images, but only one column", args=(X, _flat(X)[:, :1]))


def _scrambled(X: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Every number is there, in a wrong place."""
    m = len(X)
    yield "reshape(-1, m)", X.reshape(-1, m)
    yield "reshape(m, -1)", X.reshape(m, -1)
    yield "T.reshape(-1, m)", X.T.reshape(-1, m)
    yield "T.reshape(m, -1)", X.T.reshape(m, -1)
    yield "channel by channel", X.transpose(0, 3, 1, 2).reshape(m, -1).T
    yield "column by column of pixels", X.transpose(0, 2, 1, 3).reshape(m, -1).T


def _touched(rng: np.random.Generator) -> Iterator[Case]:
    """Unrolled rightly, and then something was done to it."""
    X = _images(rng, 4, 2, 5)
    X_flat = _flat(X)
    yield Case("two images exchanged", args=(X, X_flat[:, [0, 2, 1, 3]]))
    for name, column in (("first", 0), ("last", 3)):
        scrambled = X_flat.copy()
        scrambled[:, column] = X_flat[::-1, column]
        yield Case(f"the {name} image upside down", args=(X, scrambled))
    changed = X_flat.copy()
    changed[rng.integers(1, 29), 2] += 0.5
    yield Case("one number changed", args=(X, changed))
    changed = X_flat.copy()
    changed[-1, 1] += 0.5
    yield Case("the last number of an image changed", args=(X, changed))
    yield Case("every number changed", args=(X, X_flat + 0.5))
    changed = X_flat.copy()
    changed[3, 1] += 0.5
    changed[8, 1] -= 0.5
    yield Case("two numbers of an image changed, their sum kept", args=(X, changed))


def _images(rng: np.random.Generator, m: int, h: int, w: int) -> np.ndarray:
    """No number occurs twice, so that none in a wrong place goes unseen."""
    return rng.permutation(m * h * w * 3).reshape(m, h, w, 3).astype(float)


def _flat(X: np.ndarray) -> np.ndarray:
    return X.reshape(len(X), -1).T
