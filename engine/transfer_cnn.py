"""A ConvNet that was trained for one task as the base of a network for another (course 4, week 2).

With little data the base is frozen and a new head is trained; with more, the last layers of the base are trained too,
with a smaller learning rate. The base can be any layer that puts out feature maps, such as `MobileNetV2` without its
top, or the first layers of a network that `engine.layers.training.fit` has trained.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_array, as_count, as_ids
from engine.layers.augmentation import RandomFlip, RandomRotation, Rescaling
from engine.layers.base import Layer, Sequential, walk
from engine.layers.convolution import GlobalAveragePooling2D
from engine.layers.dense import Dense, Dropout
from engine.layers.losses import softmax_cross_entropy
from engine.layers.normalization import BatchNormalization
from engine.layers.training import fit, predict
from engine.mobilenet import MobileNetV2
from engine.optimizers import Adam, Optimizer


def data_augmenter(rng: np.random.Generator | int | None = None) -> Sequential:
    """Mirror each image or not, then turn it by up to a fifth of a full turn: in training alone.

    - rng: a Generator or a seed
    - returns: a layer, (m, n_H, n_W, n_C) -> the same shape

    Source: course 4, week 2.

    >>> augmenter, images = data_augmenter(rng=0), np.random.default_rng(0).random((2, 5, 5, 3))
    >>> augmenter(images, training=True).shape, bool(np.all(augmenter(images) == images))
    ((2, 5, 5, 3), True)
    """
    rng = np.random.default_rng(rng)
    return Sequential([RandomFlip(rng), RandomRotation(0.2, rng)])


def freeze(layer: Layer) -> None:
    """Take a layer and all inside it out of training, IN PLACE.

    What is frozen gets no updates, and its batch normalization keeps to the running averages: with the statistics of
    the new, small batches it would put out something the frozen layers behind it have never seen.

    - layer: the layer

    Source: the role of `layer.trainable = False` in Keras, course 4, week 2.

    >>> from engine.layers.base import count_parameters
    >>> model = Sequential([Dense(2, 3, rng=0), Dense(3, 1, rng=0)])
    >>> freeze(model.children["0"])
    >>> count_parameters(model, trainable=True)
    4
    """
    for _, one in walk(layer):
        one.trainable = False


def unfreeze_from(base: Sequential, first: int) -> None:
    """Train a base again from one of its layers on, IN PLACE; its batch normalization stays in use, not in training.

    Lower the learning rate when you do, to a tenth: the features are good already, and a new head sends gradients that
    are large at first.

    - base: frozen or not; first: the number of a child, from 0; those before it are frozen

    Raises EngineError when there is no such child. Source: course 4, week 2.

    >>> from engine.layers.base import count_parameters
    >>> model = Sequential([Dense(2, 3, rng=0), BatchNormalization(3), Dense(3, 1, rng=0)])
    >>> freeze(model)
    >>> unfreeze_from(model, 1)
    >>> count_parameters(model, trainable=True)  # of the last layer alone
    4
    """
    layers = list(base.children.values())
    if as_count("first", first, 0) >= len(layers):
        raise EngineError("first", f"the number of a layer, 0 to {len(layers) - 1}", str(first))
    freeze(base)
    base.trainable = True
    for layer in layers[first:]:
        for _, one in walk(layer):
            one.trainable = not isinstance(one, BatchNormalization)


def alpaca_model(
    image_shape: tuple[int, int, int] = (160, 160, 3),
    data_augmentation: Layer | None = None,
    *,
    base: Sequential | None = None,
    n_features: int = 1280,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Sequential:
    """Is it an alpaca? A frozen base between augmentation and a new head of one logit.

        augmentation - to -1 ... 1 - base, frozen - mean over the map - dropout 0.2 - dense 1

    The head gives a LOGIT, for `engine.layers.losses.binary_cross_entropy`. The layers are the children "0" ... "5",
    the base is "2".

    - image_shape: (n_H, n_W, n_C) of one image, with numbers from 0 to 255
    - data_augmentation: a layer; `data_augmenter` when None
    - base: puts out maps of n_features channels, is frozen IN PLACE; a MobileNet v2 without its top when None, which
      has yet to be trained: no weights come with the engine
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: a layer, (m, n_H, n_W, n_C) -> (m, 1)

    Raises EngineError when a size is below 1. Source: course 4, week 2.

    >>> from engine.layers.base import count_parameters
    >>> from engine.layers.convolution import Conv2D
    >>> model = alpaca_model((8, 8, 3), base=Sequential([Conv2D(3, 4, 3, rng=0)]), n_features=4, rng=0)
    >>> model(np.zeros((2, 8, 8, 3))).shape, count_parameters(model, trainable=True)
    ((2, 1), 5)
    """
    rng = np.random.default_rng(rng)
    if base is None:
        base = MobileNetV2(image_shape, include_top=False, rng=rng, dtype=dtype)
    freeze(base)
    return Sequential(
        [
            data_augmenter(rng) if data_augmentation is None else data_augmentation,
            Rescaling(1 / 127.5, -1),
            base,
            GlobalAveragePooling2D(),
            Dropout(0.2, rng),
            Dense(n_features, 1, rng=rng, dtype=dtype),
        ]
    )


def extract_features(X: ArrayLike, base: Layer, batch_size: int = 256) -> Array:
    """What a base makes of the images, computed once for all: a frozen base gives the same in every epoch.

        F = mean over the map of base(X)

    It holds as long as the images stay the same: with augmentation there is nothing to keep.

    - X: (m, n_H, n_W, n_C); base: puts out (m, h, w, n) or (m, n); batch_size: examples at a time
    - returns F: (m, n)

    Raises EngineError when there is no example. Source: course 4, week 2.

    >>> from engine.layers.convolution import Conv2D
    >>> extract_features(np.zeros((5, 8, 8, 3)), Conv2D(3, 4, 3, rng=0)).shape
    (5, 4)
    """
    features = predict(base, X, batch_size)
    return features.mean(axis=(1, 2)) if features.ndim == 4 else features


def train_head(
    F: ArrayLike,
    y: ArrayLike,
    *,
    classes: int | None = None,
    optimizer: Optimizer | None = None,
    epochs: int = 100,
    batch_size: int = 32,
    rng: np.random.Generator | int | None = None,
) -> Dense:
    """Train a new head, softmax regression, on features that were computed once.

        Z = F W + b        J = cross-entropy of softmax(Z) and y

    - F: (m, n), of `extract_features`; y: (m,) integer labels; classes: as many as y has when None
    - optimizer: Adam with a learning rate of 0.01 when None; rng: a Generator or a seed
    - returns: the trained layer, (m, n) -> (m, classes)

    Raises EngineError when F and y do not fit or a label is outside. Source: course 4, week 2.

    >>> F, y = np.array([[1.0, 0.0], [0.0, 1.0], [0.9, 0.2]]), np.array([0, 1, 0])
    >>> train_head(F, y, rng=0)(F).argmax(axis=1)
    array([0, 1, 0])
    """
    F, y = as_array("F", F, ("m", "n")), as_array("y", y, ("m",))
    classes = int(y.max()) + 1 if classes is None else as_count("classes", classes)
    as_ids("y", y, classes)
    rng = np.random.default_rng(rng)
    head = Dense(F.shape[1], classes, rng=rng, dtype=F.dtype.type if F.dtype.kind == "f" else np.float64)
    optimizer = Adam(0.01) if optimizer is None else optimizer
    fit(head, F, y, softmax_cross_entropy, optimizer, epochs, batch_size, rng=rng)
    return head
