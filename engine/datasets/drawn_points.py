"""Points in the plane and sequences, drawn from a seed: small problems whose answer is known."""

from __future__ import annotations

import numpy as np

from engine.errors import Array, EngineError, as_count


def petals(
    m: int, count: int = 4, noise: float = 0.2, rng: np.random.Generator | int | None = None
) -> tuple[Array, Array]:
    """Points of a flower whose petals are red and blue in turns: no straight line tells them apart.

        r = 4 |sin(count/2 * angle)| + noise * normal    petal i is red when i is even, else blue

    - m: number of points; count: number of petals, even; rng: a Generator or a seed
    - returns X: (2, m); Y: (1, m), labels 0 or 1

    Raises EngineError when m is below 1 or count is odd. Source: the planar data of course 1, week 3, drawn anew.

    >>> X, Y = petals(400, rng=0)
    >>> X.shape, Y.shape, float(Y.mean())
    ((2, 400), (1, 400), 0.5)
    """
    as_count("m", m)
    if as_count("count", count) % 2:
        raise EngineError("count", "an even number", str(count))
    rng = np.random.default_rng(rng)
    petal = np.arange(m) % count
    angle = (petal + rng.uniform(size=m)) * 2 * np.pi / count
    r = 4 * np.abs(np.sin(count / 2 * angle)) + noise * rng.normal(size=m)
    X = np.stack([r * np.cos(angle), r * np.sin(angle)])
    Y = (petal % 2).astype(np.float64)[np.newaxis]
    return X, Y


def spirals(
    m: int, arms: int = 2, noise: float = 0.1, rng: np.random.Generator | int | None = None
) -> tuple[Array, Array]:
    """Points on spiral arms, one class an arm.

    - m: number of points; arms: number of arms; rng: a Generator or a seed
    - returns X: (2, m); y: (m,), integers 0 ... arms - 1

    Raises EngineError when m or arms is below 1.

    >>> X, y = spirals(300, arms=3, rng=0)
    >>> X.shape, np.bincount(y)
    ((2, 300), array([100, 100, 100]))
    """
    as_count("m", m)
    y = np.arange(m) % as_count("arms", arms)
    rng = np.random.default_rng(rng)
    r = rng.uniform(0.1, 1, size=m)
    angle = 2 * np.pi * (y / arms + 0.8 * r) + noise * rng.normal(size=m)
    return np.stack([r * np.cos(angle), r * np.sin(angle)]), y


def sines(m: int, T: int, rng: np.random.Generator | int | None = None) -> tuple[Array, Array]:
    """Waves of random length and phase, and each wave one step later: the next value is to be foretold.

    - m: number of waves; T: their length in steps; rng: a Generator or a seed
    - returns x: (1, m, T), y: (1, m, T) with y[..., t] = x[..., t + 1]

    Raises EngineError when m or T is below 1.

    >>> x, y = sines(2, 5, rng=0)
    >>> x.shape, bool(np.all(y[..., :-1] == x[..., 1:]))
    ((1, 2, 5), True)
    """
    as_count("m", m)
    as_count("T", T)
    rng = np.random.default_rng(rng)
    period, phase = rng.uniform(8, 25, size=(m, 1)), rng.uniform(0, 2 * np.pi, size=(m, 1))
    wave = np.sin(2 * np.pi * np.arange(T + 1) / period + phase)[np.newaxis]
    # Copies: two views of one wave would change together.
    return wave[..., :-1].copy(), wave[..., 1:].copy()


def copies(m: int, T: int, V: int, rng: np.random.Generator | int | None = None) -> tuple[Array, Array, Array]:
    """Sequences of tokens to be copied: the first task for an encoder with a decoder.

    Token 0 is padding and does not occur, 1 begins and 2 ends a sequence; the others run from 3 to V - 1.

    - m: number of sequences; T: their length; V: size of the vocabulary, at least 4; rng: a Generator or a seed
    - returns source: (m, T); target_in: (m, T + 1), which begins with 1; target_out: (m, T + 1), which ends with 2

    Raises EngineError when a size is too small.

    >>> source, target_in, target_out = copies(1, 3, 10, rng=0)
    >>> source, target_in, target_out
    (array([[8, 7, 6]]), array([[1, 8, 7, 6]]), array([[8, 7, 6, 2]]))
    """
    as_count("m", m)
    as_count("T", T)
    as_count("V", V, 4)
    source = np.random.default_rng(rng).integers(3, V, size=(m, T))
    ends = np.ones((m, 1), dtype=source.dtype)
    return source, np.hstack([ends, source]), np.hstack([source, 2 * ends])
