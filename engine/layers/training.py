"""Training a model made of layers: mini-batches, epochs, validation, and what may look on or step in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from engine import early_stopping
from engine.errors import Array, EngineError, Parameters, as_array, as_choice, as_count
from engine.layers.base import Layer, gradients_of, parameters_of, restore, snapshot, zero_gradients
from engine.optimizers import Optimizer

#: Takes outputs (m, ...) and targets (m, ...); gives the mean cost and its gradient with respect to the outputs.
Loss = Callable[[Array, Array], tuple[float, Array]]
#: Takes outputs and targets and gives one number, such as `accuracy`.
Metric = Callable[[Array, Array], float]


@dataclass
class Progress:
    """What a callback sees after an epoch, and may change.

    - epoch: from 0; record: the figures of this epoch by name: "loss", and "metric", "val_loss", "val_metric"
      where asked for; model, optimizer: those that are trained
    - stop: set it to make this epoch the last; last: whether it is the last in any case

    >>> Progress(0, {"loss": 0.5}, None, None).stop
    False
    """

    epoch: int
    record: dict[str, float]
    model: Layer
    optimizer: Optimizer
    stop: bool = False
    last: bool = False


Callback = Callable[[Progress], None]


def fit(
    model: Layer,
    X: ArrayLike,
    Y: ArrayLike,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int = 1,
    batch_size: int = 32,
    validation_data: tuple[ArrayLike, ArrayLike] | None = None,
    metric: Metric | None = None,
    callbacks: Sequence[Callback] = (),
    rng: np.random.Generator | int | None = None,
) -> list[dict[str, float]]:
    """Train a model in place by mini-batches, in a new order every epoch.

    Frozen layers stay as they are. The "loss" of an epoch is the mean over its examples while they were learned
    from, so the last, smaller batch counts less.

    - model: any layer; X: (m, ...); Y: (m, ...), whatever the loss takes
    - validation_data: (X, Y) to evaluate after each epoch; metric: one more figure, as "metric"
    - callbacks: called in turn after each epoch; rng: a Generator or a seed, for the order
    - returns: the record of each epoch

    Raises EngineError when X and Y differ in length or a count is below 1. Source: the role of
    `keras.Model.compile` and `fit`, course 2, week 3.

    >>> from engine.layers.dense import Dense
    >>> from engine.layers.losses import mean_squared_error
    >>> from engine.optimizers import SGD
    >>> X = np.linspace(-1, 1, 20)[:, np.newaxis]
    >>> line = Dense(1, 1, rng=0)
    >>> history = fit(line, X, 3 * X + 1, mean_squared_error, SGD(0.5), epochs=50, rng=0)
    >>> line.parameters["W"].round(3), line.parameters["b"].round(3)
    (array([[3.]]), array([1.]))
    """
    X, Y = _examples(X, Y)
    as_count("epochs", epochs)
    as_count("batch_size", batch_size)
    rng = np.random.default_rng(rng)
    m, history = len(X), []
    for epoch in range(epochs):
        order = rng.permutation(m)
        total_loss = total_metric = 0.0
        for start in range(0, m, batch_size):
            chosen = order[start : start + batch_size]
            outputs = model.forward(X[chosen], training=True)
            cost, doutputs = loss(outputs, Y[chosen])
            zero_gradients(model)
            model.backward(doutputs)
            optimizer.step(parameters_of(model, trainable=True), gradients_of(model, trainable=True))
            total_loss += cost * len(chosen)
            total_metric += metric(outputs, Y[chosen]) * len(chosen) if metric else 0.0
        record = {"loss": total_loss / m}
        if metric:
            record["metric"] = total_metric / m
        if validation_data:
            record |= {f"val_{name}": value for name, value in evaluate(model, *validation_data, loss, metric).items()}
        history.append(record)
        progress = Progress(epoch, record, model, optimizer, last=epoch == epochs - 1)
        for callback in callbacks:
            callback(progress)
        if progress.stop:
            break
    return history


def predict(model: Layer, X: ArrayLike, batch_size: int = 256) -> Array:
    """The outputs of a model in use: no dropout, running averages in batch normalization.

    - X: (m, ...); batch_size: examples at a time, which bounds the memory
    - returns: (m, ...)

    Raises EngineError when there is no example. Source: the role of `keras.Model.predict`.

    >>> from engine.layers.dense import Relu
    >>> predict(Relu(), [[-1.0], [2.0]], batch_size=1).ravel()
    array([0., 2.])
    """
    X = as_array("X", X)
    if X.ndim == 0 or len(X) == 0:
        raise EngineError("X", "an array of at least one example", f"of shape {X.shape}")
    as_count("batch_size", batch_size)
    return np.concatenate([model.forward(X[start : start + batch_size]) for start in range(0, len(X), batch_size)])


def evaluate(
    model: Layer, X: ArrayLike, Y: ArrayLike, loss: Loss, metric: Metric | None = None, batch_size: int = 256
) -> dict[str, float]:
    """The loss, and the metric, of a model in use on given data.

    - X, Y: (m, ...)
    - returns: {"loss": ..., "metric": ...}, the latter where a metric is given

    Raises EngineError when X and Y differ in length. Source: the role of `keras.Model.evaluate`.

    >>> from engine.layers.dense import Relu
    >>> from engine.layers.losses import mean_squared_error
    >>> evaluate(Relu(), [[-1.0], [2.0]], [[0.0], [1.0]], mean_squared_error)
    {'loss': 0.5}
    """
    X, Y = _examples(X, Y)
    outputs = predict(model, X, batch_size)
    record = {"loss": loss(outputs, Y)[0]}
    if metric:
        record["metric"] = metric(outputs, Y)
    return record


def accuracy(outputs: ArrayLike, labels: ArrayLike) -> float:
    """The share of rows whose largest score is that of their label; for one score a row, whose sign is right.

    - outputs: (..., C) scores, or (m, 1) logits; labels: (...,) integers, or (m, 1) labels 0 or 1
    - returns: from 0 to 1

    Raises EngineError when the shapes do not fit. Source: the role of `keras.metrics`.

    >>> accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1]), accuracy([[3.0], [-1.0]], [[1], [0]])
    (0.5, 1.0)
    """
    outputs, labels = as_array("outputs", outputs), as_array("labels", labels)
    chosen = outputs > 0 if outputs.shape[-1:] == (1,) else outputs.argmax(axis=-1)
    if chosen.shape != labels.shape:
        raise EngineError("labels", f"an array of shape {chosen.shape}", f"of shape {labels.shape}")
    return float(np.mean(chosen == labels))


@dataclass
class EarlyStopping:
    """Stops when a figure has not improved for `patience` epochs, and ends with the model of the best epoch.

    So it does when training ends earlier, with the last epoch or because a callback before this one stops it: it should
    be the last of the callbacks. When the figure is never a number, no epoch is the best and the model stays as it is.

    - monitor: the name of the figure; smaller is better, for "metric" and "val_metric" larger
    - patience: epochs in a row without improvement; a tie is no improvement, nor is NaN

    Raises EngineError when the record has no such figure. Source: the role of `keras.callbacks.EarlyStopping`,
    course 2, week 1.

    >>> from engine.layers.dense import Dense
    >>> stopping, line = EarlyStopping("val_loss", patience=2), Dense(1, 1, rng=0)
    >>> for epoch, value in enumerate([0.5, 0.4, 0.6, 0.4]):
    ...     progress = Progress(epoch, {"val_loss": value}, line, None)
    ...     stopping(progress)
    >>> progress.stop, stopping.best_epoch
    (True, 1)
    """

    monitor: str = "val_loss"
    patience: int = 5
    _kept: Parameters = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._watch = early_stopping.EarlyStopping(self.patience)

    @property
    def best_epoch(self) -> int | None:
        return self._watch.best_epoch

    def __call__(self, progress: Progress) -> None:
        as_choice("monitor", self.monitor, progress.record)
        value = progress.record[self.monitor]
        progress.stop |= self._watch.update(-value if "metric" in self.monitor else value)
        if self._watch.best_epoch == self._watch.epoch:
            self._kept = snapshot(progress.model)
        elif self._kept and (progress.stop or progress.last):
            restore(progress.model, self._kept)


@dataclass
class LearningRateSchedule:
    """Sets the learning rate of each epoch: `schedule` takes the number of the coming epoch.

    The rate of epoch 0 is the one the optimizer was made with.

    - schedule: epoch -> learning rate, such as a function of `engine.schedules`

    Source: the role of `keras.callbacks.LearningRateScheduler`, course 2, week 2.

    >>> from engine.layers.dense import Relu
    >>> from engine.optimizers import SGD
    >>> optimizer = SGD(0.1)
    >>> LearningRateSchedule(lambda epoch: 0.1 / (1 + epoch))(Progress(0, {}, Relu(), optimizer))
    >>> optimizer.learning_rate
    0.05
    """

    schedule: Callable[[int], float]

    def __call__(self, progress: Progress) -> None:
        progress.optimizer.learning_rate = self.schedule(progress.epoch + 1)


def _examples(X: ArrayLike, Y: ArrayLike) -> tuple[Array, Array]:
    X, Y = as_array("X", X), as_array("Y", Y)
    if X.ndim == 0 or Y.ndim == 0 or len(X) == 0:
        raise EngineError("X", "an array of at least one example", f"of shape {X.shape}")
    if len(X) != len(Y):
        raise EngineError("Y", f"an array of {len(X)} examples, like X", f"of shape {Y.shape}")
    return X, Y
