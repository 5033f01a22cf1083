"""Recognizing people from one picture of each: encodings and their distances (course 4, week 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_array, as_floats, entry

#: From a batch of images (1, h, w, C) to encodings (1, d): a Layer, or any function.
Encoder = Callable[[Array], ArrayLike]


def img_to_encoding(image: ArrayLike, model: Encoder) -> Array:
    """The encoding of a face: what the network makes of the picture, scaled to length 1.

        f(x) = model(x) / ||model(x)||_2

    - image: (h, w, C); integers are pixels from 0 to 255 and are divided by 255, floats are taken as they are
    - model: takes (1, h, w, C) and returns (1, d)
    - returns: (1, d), of length 1

    Raises EngineError when a shape differs or the network gives nothing but zeros. Source: course 4, week 4 (where the
    image is read from a file).

    >>> colours = lambda images: images.sum(axis=(1, 2))
    >>> img_to_encoding(np.array([[[3.0, 0, 4]]]), colours)
    array([[0.6, 0. , 0.8]])
    """
    image = as_array("image", image, ("h", "w", "C"))
    pixels = image if image.dtype.kind == "f" else image / 255
    embedding = as_floats("the result of model", model(pixels[np.newaxis]), (1, "d"))
    length = np.linalg.norm(embedding)
    if not length > 0:
        raise EngineError("the result of model", "an encoding with a direction", "a vector of zeros")
    encoding: Array = embedding / length
    return encoding


def verify(
    image: ArrayLike,
    identity: str,
    database: Mapping[str, ArrayLike],
    model: Encoder,
    threshold: float = 0.7,
    *,
    squared: bool = False,
) -> tuple[float, bool]:
    """Is it the person it claims to be? One picture against one encoding.

        open when ||f(image) - f(identity)||_2 <= tau

    The lecture compares the squared distance; with the same threshold that is another decision.

    - image: (h, w, C); identity: a name in the database; database: {name: (d,) or (1, d)}; model: an encoder
    - threshold: tau; squared: compare the squared distance
    - returns dist: a float; door_open: a bool

    Raises EngineError when a shape differs or nobody has that name. Source: course 4, week 4.

    >>> colours = lambda images: images.sum(axis=(1, 2))
    >>> database = {"rose": [1.0, 0.0, 0.0], "violet": [0.6, 0.0, 0.8]}
    >>> verify(np.array([[[4.0, 0, 3]]]), "violet", database, colours)
    (0.2828427124746191, True)
    """
    encoding = img_to_encoding(image, model)
    dist = _distance(encoding, _stored(entry("database", database, identity), encoding.shape[1]), squared)
    return dist, dist <= threshold


def who_is_it(
    image: ArrayLike,
    database: Mapping[str, ArrayLike],
    model: Encoder,
    threshold: float = 0.7,
    *,
    squared: bool = False,
) -> tuple[float, str | None]:
    """Who is it? One picture against all encodings; nobody, when even the nearest one is too far.

        identity = argmin over names of ||f(image) - f(name)||_2

    - image: (h, w, C); database: {name: (d,) or (1, d)}, at least one; model: an encoder
    - threshold, squared: as in `verify`
    - returns min_dist: a float; identity: the name, or None when min_dist is above the threshold (the course gives
      the nearest name and prints that the person is not in the database)

    Raises EngineError when a shape differs or the database is empty. Source: course 4, week 4.

    >>> colours = lambda images: images.sum(axis=(1, 2))
    >>> database = {"rose": [1.0, 0.0, 0.0], "violet": [0.6, 0.0, 0.8]}
    >>> who_is_it(np.array([[[4.0, 0, 3]]]), database, colours)
    (0.2828427124746191, 'violet')
    >>> who_is_it(np.array([[[0.0, 1, 0]]]), database, colours)[1] is None
    True
    """
    encoding = img_to_encoding(image, model)
    if not database:
        raise EngineError("database", "a dictionary with at least one person", "empty")
    dists = {
        name: _distance(encoding, _stored(stored, encoding.shape[1]), squared) for name, stored in database.items()
    }
    identity = min(dists, key=lambda name: dists[name])
    return dists[identity], identity if dists[identity] <= threshold else None


def error_rates(dists: ArrayLike, same: ArrayLike, tau: float) -> tuple[float, float]:
    """The two ways in which a threshold is wrong: strangers let in, and people shut out.

        FAR = pairs of different people with d <= tau / pairs of different people
        FRR = pairs of one person with d > tau / pairs of one person

    - dists: (n,), the distances of n pairs; same: (n,), whether a pair shows one person; both kinds occur
    - tau: the threshold
    - returns far, frr: floats in [0, 1]

    Raises EngineError when a shape differs or one kind of pair is missing. Source: course 4, week 4.

    >>> error_rates([0.2, 0.9, 0.5, 0.8, 1.1], [True, True, False, False, False], tau=0.6)
    (0.3333333333333333, 0.5)
    """
    dists, same = _pairs(dists, same)
    accepted = dists <= tau
    return float(np.mean(accepted[~same])), float(np.mean(~accepted[same]))


def equal_error_rate(dists: ArrayLike, same: ArrayLike) -> tuple[float, float]:
    """The threshold at which both kinds of errors are about as frequent: one number for a face recognizer.

        tau = argmin over the distances of |FAR(tau) - FRR(tau)|        EER = (FAR + FRR) / 2

    FAR rises with tau and FRR falls, in steps, so they may miss each other; of equally near thresholds the lowest
    one counts.

    - dists: (n,), the distances of n pairs; same: (n,), whether a pair shows one person; both kinds occur
    - returns tau: one of the distances; eer: a float in [0, 1], 0 for a perfect recognizer and near 1/2 for chance

    Raises EngineError when a shape differs or one kind of pair is missing. Source: course 4, week 4.

    >>> equal_error_rate([0.2, 0.3, 0.9, 0.5, 1.0, 1.1], [True, True, True, False, False, False])
    (0.5, 0.3333333333333333)
    """
    dists, same = _pairs(dists, same)
    tau = np.unique(dists)
    # How many pairs lie at or below each threshold: a search in sorted distances, not a comparison of all with all.
    far = np.searchsorted(np.sort(dists[~same]), tau, side="right") / np.sum(~same)
    frr = (np.sum(same) - np.searchsorted(np.sort(dists[same]), tau, side="right")) / np.sum(same)
    best = int(np.argmin(np.abs(far - frr)))
    return float(tau[best]), float(far[best] + frr[best]) / 2


def _pairs(dists: ArrayLike, same: ArrayLike) -> tuple[Array, Array]:
    dists = as_floats("dists", dists, ("n",))
    same = as_array("same", same, dists.shape).astype(bool)
    if same.all() or not same.any():
        raise EngineError("same", "true for some pairs and false for others", "the same for all pairs")
    return dists, same


def _stored(value: ArrayLike, d: int) -> Array:
    encoding = as_floats("an encoding of database", value)
    if encoding.shape not in ((d,), (1, d)):
        raise EngineError(
            "an encoding of database", f"an array of shape ({d},) or (1, {d})", f"an array of shape {encoding.shape}"
        )
    return encoding.reshape(1, d)


def _distance(encoding1: Array, encoding2: Array, squared: bool) -> float:
    dist = float(np.linalg.norm(encoding1 - encoding2))
    return dist**2 if squared else dist
