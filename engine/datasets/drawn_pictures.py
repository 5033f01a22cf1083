"""Pictures and sounds drawn by code, with labels that are true by construction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.errors import Array, EngineError, as_count

SHAPES = ("square", "disc", "triangle")


@dataclass(frozen=True)
class Scene:
    """One picture with the shapes in it.

    - image: (side, side, 3), from 0 to 1
    - boxes: (n, 4), corners (x1, y1, x2, y2) in pixels, x to the right and y down
    - classes: (n,), indices into `SHAPES`
    - mask: (side, side), 0 for the background, else 1 + class of the shape that is seen there

    >>> scene = scenes(1, rng=0)[0]
    >>> scene.image.shape, scene.boxes.shape[1], scene.mask.shape
    ((32, 32, 3), 4, (32, 32))
    """

    image: Array
    boxes: Array
    classes: Array
    mask: Array


def scenes(m: int, side: int = 32, most: int = 2, rng: np.random.Generator | int | None = None) -> list[Scene]:
    """Pictures of bright squares, discs and triangles before a dark, noisy background; later shapes cover earlier ones.

    - m: number of pictures; side: their size in pixels, at least 16; most: at most so many shapes, at least one
    - rng: a Generator or a seed

    Raises EngineError when a size is too small.

    >>> [len(scene.classes) for scene in scenes(4, most=3, rng=1)]
    [2, 3, 1, 1]
    """
    as_count("m", m)
    as_count("side", side, 16)
    as_count("most", most)
    rng = np.random.default_rng(rng)
    return [_scene(side, int(rng.integers(1, most + 1)), rng) for _ in range(m)]


def _scene(side: int, count: int, rng: np.random.Generator) -> Scene:
    image = rng.uniform(0, 0.3, size=(side, side, 3))
    mask = np.zeros((side, side), dtype=np.int64)
    y, x = np.mgrid[:side, :side] + 0.5
    boxes, classes = [], []
    for _ in range(count):
        size = int(rng.integers(side // 4, side // 2))
        x1, y1 = (int(value) for value in rng.integers(0, side - size + 1, size=2))
        kind = int(rng.integers(len(SHAPES)))
        inside = (x > x1) & (x < x1 + size) & (y > y1) & (y < y1 + size)
        if SHAPES[kind] == "disc":
            inside = (x - x1 - size / 2) ** 2 + (y - y1 - size / 2) ** 2 < (size / 2) ** 2
        elif SHAPES[kind] == "triangle":
            # Its top is in the middle of the upper edge: at height h below it, it is h wide.
            inside &= np.abs(x - x1 - size / 2) < (y - y1) / 2
        image[inside] = rng.uniform(0.6, 1, size=3)
        mask[inside] = kind + 1
        boxes.append([x1, y1, x1 + size, y1 + size])
        classes.append(kind)
    return Scene(image, np.array(boxes, dtype=np.float64), np.array(classes), mask)


def chirps(
    m: int, length: int = 4000, rate: int = 2000, rng: np.random.Generator | int | None = None
) -> tuple[Array, Array]:
    """Noise in which a rising tone may be heard: the word that should trigger. A falling tone should not.

    - m: number of sounds; length: in samples; rate: samples a second; rng: a Generator or a seed
    - returns sounds: (m, length), float64; ends: (m,), the sample where the rising tone ends, or -1 without one

    Raises EngineError when the sound is shorter than two tones of a fifth of a second each.

    >>> sounds, ends = chirps(3, rng=0)
    >>> sounds.shape, ends.shape
    ((3, 4000), (3,))
    """
    as_count("m", m)
    tone = as_count("rate", rate) // 5
    if length < 2 * tone:
        raise EngineError("length", f"at least {2 * tone} samples", str(length))
    rng = np.random.default_rng(rng)
    time = np.arange(tone) / rate
    # The frequency runs from 200 to 600 hertz, or back.
    sweep = 200 * time + 400 * time**2 / (2 * time[-1])
    rising = np.sin(2 * np.pi * sweep) * np.hanning(tone)
    sounds = 0.2 * rng.normal(size=(m, length))
    ends = np.full(m, -1)
    for i in range(m):
        halves = rng.permutation(2) * (length // 2)
        for start, sound, chance in zip(halves, (rising, rising[::-1]), (0.7, 0.5), strict=True):
            if rng.uniform() < chance:
                begin = int(start + rng.integers(0, length // 2 - tone + 1))
                sounds[i, begin : begin + tone] += sound
                if sound is rising:
                    ends[i] = begin + tone
    return sounds, ends
