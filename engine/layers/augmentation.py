"""Random changes of images as layers: they are made in training alone."""

from __future__ import annotations

import numpy as np

from engine.augmentation import rotate, rotate_backward
from engine.errors import Array, as_number
from engine.layers.base import Layer
from engine.layers.convolution import as_images


class RandomFlip(Layer):
    """In training, each image is mirrored, left for right, with probability 1/2; else nothing is done.

    - rng: a Generator or a seed

    Raises EngineError when x is no batch of images. Source: the role of `keras.layers.RandomFlip("horizontal")`,
    course 4, week 2.

    >>> images = np.array([0.0, 1.0] * 3).reshape(3, 1, 2, 1)
    >>> RandomFlip(rng=0)(images, training=True)[:, 0, :, 0]
    array([[0., 1.],
           [1., 0.],
           [1., 0.]])
    """

    def __init__(self, rng: np.random.Generator | int | None = None) -> None:
        super().__init__()
        self.rng = np.random.default_rng(rng)

    def forward(self, x: Array, training: bool = False) -> Array:
        x = as_images(x)
        if not training:
            return x
        mirrored = self.rng.random((len(x), 1, 1, 1)) < 0.5
        self.keep(mirrored, training)
        return np.where(mirrored, x[:, :, ::-1], x)

    def backward(self, dout: Array) -> Array:
        return np.where(self.kept(), dout[:, :, ::-1], dout)


class RandomRotation(Layer):
    """In training, each image is turned by an angle of its own; else nothing is done.

        angle uniform in (-2 pi factor, 2 pi factor)

    - factor: a part of a full turn, from 0 to 1; rng: a Generator or a seed

    Raises EngineError when the factor is outside or x is no batch of images. Source: the role of
    `keras.layers.RandomRotation`, course 4, week 2.

    >>> image = np.ones((1, 3, 3, 1))
    >>> bool(np.allclose(RandomRotation(0.2, rng=0)(image, training=True), image))
    True
    """

    def __init__(self, factor: float, rng: np.random.Generator | int | None = None) -> None:
        super().__init__()
        self.factor = as_number("factor", factor, "[0, 1]")
        self.rng = np.random.default_rng(rng)

    def forward(self, x: Array, training: bool = False) -> Array:
        x = as_images(x)
        if not training:
            return x
        most = 2 * np.pi * self.factor
        angles = self.rng.uniform(-most, most, size=len(x))
        self.keep(angles, training)
        return np.stack([rotate(image, angle) for image, angle in zip(x, angles, strict=True)])

    def backward(self, dout: Array) -> Array:
        angles = self.kept()
        return np.stack([rotate_backward(image, angle) for image, angle in zip(dout, angles, strict=True)])


class Rescaling(Layer):
    """The numbers of an image in the range that the layers behind it were trained with.

        out = scale x + offset        1 / 127.5 and -1: from 0 ... 255 to -1 ... 1

    - scale, offset: numbers

    Raises EngineError when one is not finite. Source: the role of `keras.layers.Rescaling`, course 4, week 2.

    >>> Rescaling(1 / 127.5, -1)(np.array([0.0, 127.5, 255.0]))
    array([-1.,  0.,  1.])
    """

    def __init__(self, scale: float, offset: float = 0.0) -> None:
        super().__init__()
        self.scale = as_number("scale", scale, "(-inf, inf)")
        self.offset = as_number("offset", offset, "(-inf, inf)")

    def forward(self, x: Array, training: bool = False) -> Array:
        self.keep(None, training)
        out: Array = x * self.scale + self.offset
        return out

    def backward(self, dout: Array) -> Array:
        self.kept()
        dx: Array = dout * self.scale
        return dx
