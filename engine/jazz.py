"""Composing melodies: an LSTM that learns which value follows, and goes on alone (course 5, week 1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_count, as_floats
from engine.layers.base import Sequential
from engine.layers.dense import Dense
from engine.layers.recurrent import LSTM


class JazzModel(Sequential):
    """The model that is trained: scores for the next value after each of Tx values.

        a_t, c_t = LSTM_cell(x_t, a_(t-1), c_(t-1))        out_t = densor(a_t)

    The ONE cell and the ONE dense layer serve all steps: with layers of its own every position would learn the
    language anew. Calling the cell Tx times and running it over the sequence is the same.

    - Tx: length of the sequences; LSTM_cell: an LSTM layer that returns sequences; densor: Dense(n_a, n_values)
    - `forward`: (m, Tx, n_values), one-hot -> (m, Tx, n_values), scores; softmax is part of the loss

    Raises EngineError when the layers do not fit together or X has another length. Source: course 5, week 1.

    >>> model = djmodel(4, LSTM(6, 8, True, rng=0), Dense(8, 6, rng=0))
    >>> model(np.zeros((2, 4, 6))).shape
    (2, 4, 6)
    """

    def __init__(self, Tx: int, LSTM_cell: LSTM, densor: Dense) -> None:
        _check_layers(LSTM_cell, densor)
        super().__init__([LSTM_cell, densor])
        self.Tx = as_count("Tx", Tx)

    def forward(self, x: Array, training: bool = False) -> Array:
        return super().forward(as_floats("x", x, ("m", self.Tx, "n_values")), training)


class JazzInference:
    """The same layers, composing: each step is fed the value that the step before has chosen.

        x_1 given        x_(t+1) = one-hot(argmax out_t), or one-hot of a value drawn from softmax(out_t)

    - LSTM_cell, densor: the trained layers themselves; Ty: how many values to compose
    - `compose(x, a, c, rng)`: from x (1, n_values) and a state a, c (1, n_a) to scores (Ty, n_values) and the
      chosen values (Ty,); with rng=None the likeliest is chosen, else one is drawn

    Raises EngineError when the layers do not fit together. Source: course 5, week 1.

    >>> model = music_inference_model(LSTM(6, 8, True, rng=0), Dense(8, 6, rng=0), Ty=5)
    >>> scores, values = model.compose(np.zeros((1, 6)), np.zeros((1, 8)), np.zeros((1, 8)))
    >>> scores.shape, values.shape
    ((5, 6), (5,))
    """

    def __init__(self, LSTM_cell: LSTM, densor: Dense, Ty: int) -> None:
        _check_layers(LSTM_cell, densor)
        self.LSTM_cell, self.densor, self.Ty = LSTM_cell, densor, as_count("Ty", Ty)

    def compose(
        self, x: ArrayLike, a: ArrayLike, c: ArrayLike, rng: np.random.Generator | int | None = None
    ) -> tuple[Array, Array]:
        n_values, n_a = self.LSTM_cell.n_in, self.LSTM_cell.n
        x = as_floats("x", x, (1, n_values))
        state = (as_floats("a", a, (1, n_a)), as_floats("c", c, (1, n_a)))
        draw = None if rng is None else np.random.default_rng(rng)
        scores = np.empty((self.Ty, n_values), x.dtype)
        values = np.empty(self.Ty, np.int64)
        for t in range(self.Ty):
            # One step of the sequence layer, from the state where the step before has left it.
            a_t = self.LSTM_cell.forward(x[:, None], state=state)
            state = (self.LSTM_cell.last_state[0], self.LSTM_cell.last_state[1])
            scores[t] = self.densor(a_t)[0, 0]
            # Adding Gumbel noise and taking the largest draws from the softmax.
            noise = 0 if draw is None else draw.gumbel(size=n_values)
            values[t] = np.argmax(scores[t] + noise)
            x = np.eye(n_values, dtype=x.dtype)[[values[t]]]
        return scores, values


def djmodel(Tx: int, LSTM_cell: LSTM, densor: Dense) -> JazzModel:
    """The model to train, made of layers that a composer will share.

    The `reshaper` of the assignment only gives Keras its axis of steps, and is not needed here.

    - Tx: length of the sequences; LSTM_cell: LSTM(n_values, n_a, True); densor: Dense(n_a, n_values)
    - returns: a layer from (m, Tx, n_values) to scores of the same shape

    Raises EngineError when the layers do not fit together. Source: course 5, week 1 (the version of 2021).

    >>> from engine.layers.base import count_parameters
    >>> [count_parameters(djmodel(Tx, LSTM(6, 8, True, rng=0), Dense(8, 6, rng=0))) for Tx in (1, 30)]
    [534, 534]
    """
    return JazzModel(Tx, LSTM_cell, densor)


def music_inference_model(LSTM_cell: LSTM, densor: Dense, Ty: int = 100) -> JazzInference:
    """The composer, made of the layers that were trained.

    - LSTM_cell: LSTM(n_values, n_a, True); densor: Dense(n_a, n_values); Ty: how many values to compose
    - returns: a `JazzInference`

    Raises EngineError when the layers do not fit together. Source: course 5, week 1 (the version of 2021).

    >>> music_inference_model(LSTM(6, 8, True, rng=0), Dense(8, 6, rng=0)).Ty
    100
    """
    return JazzInference(LSTM_cell, densor, Ty)


def predict_and_sample(
    inference_model: JazzInference,
    x_initializer: ArrayLike,
    a_initializer: ArrayLike,
    c_initializer: ArrayLike,
    rng: np.random.Generator | int | None = None,
) -> tuple[Array, Array]:
    """Compose: the values that the model goes on with, as one-hot rows and as indices.

    - inference_model: of `music_inference_model`
    - x_initializer: (1, 1, n_values), the first input, zeros or one-hot; a_initializer, c_initializer: (1, n_a)
    - rng: None chooses the likeliest value at each step, as the assignment does; a Generator or a seed draws
    - returns results: (Ty, n_values), one-hot; indices: (Ty, 1)

    Raises EngineError when a shape differs. Source: course 5, week 1.

    >>> model = music_inference_model(LSTM(6, 8, True, rng=0), Dense(8, 6, rng=0), Ty=3)
    >>> results, indices = predict_and_sample(model, np.zeros((1, 1, 6)), np.zeros((1, 8)), np.zeros((1, 8)))
    >>> results.shape, indices.shape, np.array_equal(results.argmax(axis=1), indices[:, 0])
    ((3, 6), (3, 1), True)
    """
    n_values = inference_model.LSTM_cell.n_in
    x = as_floats("x_initializer", x_initializer, (1, 1, n_values))
    _, values = inference_model.compose(x[0], a_initializer, c_initializer, rng)
    return np.eye(n_values, dtype=x.dtype)[values], values[:, None]


def _check_layers(LSTM_cell: LSTM, densor: Dense) -> None:
    if not LSTM_cell.return_sequences:
        raise EngineError("LSTM_cell", "an LSTM that returns sequences", "one that returns the last state")
    wanted = (LSTM_cell.n, LSTM_cell.n_in)
    if densor.parameters["W"].shape != wanted:
        raise EngineError("densor", f"Dense{wanted}: from the state to the values", f"{densor.parameters['W'].shape}")
