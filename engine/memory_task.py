"""Remember one bit through many noisy steps: what gates are good for, measured (course 5, week 1)."""

from __future__ import annotations

import numpy as np

from engine.clipping import clip_by_global_norm
from engine.errors import Array, as_choice, as_count
from engine.layers.base import Sequential, gradients_of, parameters_of, zero_gradients
from engine.layers.dense import Dense
from engine.layers.losses import softmax_cross_entropy
from engine.layers.recurrent import GRU, LSTM, Recurrent, SimpleRNN
from engine.optimizers import Adam


def memory_batch(m: int, T: int, rng: np.random.Generator | int | None = None) -> tuple[Array, Array]:
    """Sequences whose first step shows a bit, and the bits.

        x[i, 0, 0] = 2 bit - 1, x[i, t, 0] = 0 later        x[i, t, 1]: Gaussian noise at every step

    - m: number of sequences; T: number of steps; rng: a Generator or a seed
    - returns x: (m, T, 2); bits: (m,), 0 or 1

    Raises EngineError when a number is below 1. Source: S. Hochreiter and J. Schmidhuber (1997), in small.

    >>> x, bits = memory_batch(3, 4, rng=1)
    >>> x[:, :2, 0], bits
    (array([[-1.,  0.],
           [ 1.,  0.],
           [ 1.,  0.]]), array([0, 1, 1]))
    """
    as_count("m", m)
    as_count("T", T)
    rng = np.random.default_rng(rng)
    bits = rng.integers(0, 2, size=m)
    x = np.zeros((m, T, 2))
    x[:, 0, 0] = 2 * bits - 1
    x[:, :, 1] = rng.normal(size=(m, T))
    return x, bits


def memory_accuracy(
    kind: str, T: int, n_a: int = 8, gate_bias: float = 0.0, steps: int = 60, seed: int | np.random.Generator = 0
) -> float:
    """Train one network to name the bit after the last step, and test it.

    Adam on batches of 32 fresh sequences, gradients clipped to the norm 1, one loss for each sequence, at its end.

    - kind: "rnn", "gru" or "lstm"; T: number of steps; n_a: size of the state
    - gate_bias: where the bias that decides what is KEPT starts: b_f of an LSTM; -b_u of a GRU, whose update gate
      keeps when it is shut; of no meaning for an RNN
    - steps: batches to train on; seed: a Generator or a seed
    - returns: the share of right answers among 500 fresh sequences; a guess has one half

    Raises EngineError for an unknown kind or a number below 1. Source: course 5, week 1 (vanishing gradients).

    >>> memory_accuracy("lstm", T=10, gate_bias=3.0)
    1.0
    """
    as_choice("kind", kind, ("rnn", "gru", "lstm"))
    as_count("steps", steps)
    rng = np.random.default_rng(seed)
    layer: Recurrent
    if kind == "rnn":
        layer = SimpleRNN(2, n_a, rng=rng)
    elif kind == "gru":
        layer = GRU(2, n_a, reset_after=False, rng=rng)
        layer.parameters["b"][:n_a] = -gate_bias
    else:
        layer = LSTM(2, n_a, rng=rng)
        layer.parameters["b"][:n_a] = gate_bias
    net, optimizer = Sequential([layer, Dense(n_a, 2, rng=rng)]), Adam(learning_rate=0.02)
    for _ in range(steps):
        x, bits = memory_batch(32, T, rng)
        zero_gradients(net)
        _, dscores = softmax_cross_entropy(net(x, training=True), bits)
        net.backward(dscores)
        gradients, _ = clip_by_global_norm(gradients_of(net), 1.0)
        optimizer.step(parameters_of(net), gradients)
    x, bits = memory_batch(500, T, rng)
    return float(np.mean(net(x).argmax(axis=1) == bits))


def memory_task(T: int, n_a: int = 8, seed: int = 0) -> dict[str, float]:
    """The three networks on the same task, the gated ones with gates that keep at first.

    - T: number of steps; n_a: size of the states; seed: of all three
    - returns: {"rnn", "gru", "lstm"}, shares of right answers

    Raises EngineError when a number is below 1. Source: course 5, week 1 (vanishing gradients).

    >>> accuracy = memory_task(T=50)
    >>> accuracy["rnn"] < 0.6, accuracy["gru"] > 0.95, accuracy["lstm"] > 0.95
    (True, True, True)
    """
    return {kind: memory_accuracy(kind, T, n_a, gate_bias=3.0, seed=seed) for kind in ("rnn", "gru", "lstm")}
