"""Recurrent layers for batches of sequences (m, T, n): simple, GRU and LSTM, one-way and both ways."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.bidirectional import reversed_steps, sequence_lengths
from engine.errors import Array, EngineError, as_count, as_floats
from engine.gru_packed import gru_packed_backward, gru_packed_forward
from engine.gru_reset_after import gru_reset_after_backward, gru_reset_after_forward
from engine.layers.base import Layer
from engine.lstm_packed import lstm_packed_backward, lstm_packed_forward
from engine.rnn_packed import rnn_packed_backward, rnn_packed_forward


class Recurrent(Layer):
    """What the recurrent layers share: a batch of sequences in, all states or the last one out.

    - n_in: size of the inputs; n: size of the state
    - return_sequences: True for the states of all steps (m, T, n), False for the last one (m, n)
    - rng: a Generator or a seed; dtype: of the parameters (of the layers below)

    `forward(x, training, lengths, state)`: lengths (m,) says how many steps of each sequence are real, the
    rest is padding: it never reaches the last state, and the outputs there are 0. `state` is where to start,
    a tuple of arrays (m, n), None for zeros. Afterwards `last_state` is the state after the last real step.
    `backward(dout, dstate)`: dstate is what `last_state` receives from a layer that went on from it, None for
    nothing. Afterwards `dstate` holds the gradient with respect to the state it started from.

    Raises EngineError when a size is below 1 or a shape differs. Source: the role of `keras.layers.RNN`,
    course 5, week 1.

    >>> layer, x = LSTM(3, 2, rng=0), np.random.default_rng(0).normal(size=(1, 5, 3))
    >>> whole = layer(x)
    >>> _ = layer(x[:, :2])  # two steps, then the other three from where it stopped
    >>> np.allclose(layer.forward(x[:, 2:], state=layer.last_state), whole)
    True
    """

    #: How many arrays the state has: the LSTM has two, (a, c).
    states = 1

    def __init__(self, n_in: int, n: int, return_sequences: bool = False) -> None:
        super().__init__()
        self.n_in, self.n = as_count("n_in", n_in), as_count("n", n)
        self.return_sequences = return_sequences
        self.last_state: tuple[Array, ...] = ()
        self.dstate: tuple[Array, ...] = ()

    @abstractmethod
    def _run(self, x: Array, state: Sequence[Array]) -> tuple[tuple[Array, ...], Any]:
        """The states (T, n, m) for x (T, n_in, m) and a state of columns; and a cache."""

    @abstractmethod
    def _run_back(self, dstates: Sequence[Array], cache: Any) -> tuple[Array, tuple[Array, ...]]:
        """The gradients of x (T, n_in, m) and of the first state; adds those of the parameters."""

    def forward(
        self,
        x: Array,
        training: bool = False,
        lengths: ArrayLike | None = None,
        state: Sequence[Array] | None = None,
    ) -> Array:
        x = as_floats("x", x, ("m", "T", self.n_in))
        m, T, _ = x.shape
        if state is None:
            state = [np.zeros((m, self.n), x.dtype)] * self.states
        if len(state) != self.states:
            raise EngineError("state", f"a tuple of {self.states} array(s)", f"one of {len(state)}")
        columns = [as_floats("state", part, (m, self.n)).T for part in state]
        states, cache = self._run(np.ascontiguousarray(x.transpose(1, 2, 0)), columns)

        real_steps = sequence_lengths(lengths, m, T)
        last = (real_steps - 1, slice(None), np.arange(m))
        self.last_state = tuple(part[last] for part in states)
        padding = None if lengths is None else np.arange(T) >= real_steps[:, None]
        self.keep((cache, T, last, padding), training)
        if not self.return_sequences:
            return self.last_state[0]
        out = np.ascontiguousarray(states[0].transpose(2, 0, 1))
        if padding is not None:
            out[padding] = 0
        return out

    def backward(self, dout: Array, dstate: Sequence[Array] | None = None) -> Array:
        cache, T, last, padding = self.kept()
        m = len(last[2])
        if self.return_sequences:
            if padding is not None:
                dout = np.where(padding[:, :, None], 0, dout)
            dstates = [np.array(dout.transpose(1, 2, 0), order="C")]
        else:
            dstates = [np.zeros((T, self.n, m), dout.dtype)]
            dstates[0][last] = dout
        if dstate is not None:
            dstates += [np.zeros_like(dstates[0]) for _ in range(self.states - 1)]
            for part, received in zip(dstates, dstate, strict=True):
                part[last] += received
        dx, dstart = self._run_back(dstates, cache)
        self.dstate = tuple(part.T for part in dstart)
        return np.ascontiguousarray(dx.transpose(2, 0, 1))

    def _make_weights(self, gates: int, rng: np.random.Generator | int | None, dtype: type) -> Array:
        """The rows of `gates` gates for [a_prev; x]: orthogonal for a_prev, Glorot for x.

        In the manner of Keras, but for each gate by itself, and Gaussian.
        """
        rng = np.random.default_rng(rng)
        blocks = []
        for _ in range(gates):
            Q, R = np.linalg.qr(rng.normal(size=(self.n, self.n)))
            # The signs make Q uniform over all orthogonal matrices.
            Wa = Q * np.sign(np.diag(R))
            Wx = rng.normal(scale=np.sqrt(2 / (self.n + self.n_in)), size=(self.n, self.n_in))
            blocks.append(np.concatenate([Wa, Wx], axis=1))
        return np.concatenate(blocks).astype(dtype)


class SimpleRNN(Recurrent):
    """The basic recurrent layer.

        a_t = tanh(W [a_(t-1); x_t] + b)

    - n_in, n, return_sequences, rng, dtype: as in `Recurrent`
    - parameters: W (n, n + n_in), b (n, 1)

    Raises EngineError when a size is below 1 or a shape differs. Source: the role of `keras.layers.SimpleRNN`,
    course 5, week 1.

    >>> SimpleRNN(3, 4, return_sequences=True, rng=0)(np.zeros((2, 5, 3))).shape
    (2, 5, 4)
    """

    def __init__(
        self,
        n_in: int,
        n: int,
        return_sequences: bool = False,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__(n_in, n, return_sequences)
        self.parameters = {"W": self._make_weights(1, rng, dtype), "b": np.zeros((n, 1), dtype)}

    def _run(self, x: Array, state: Sequence[Array]) -> tuple[tuple[Array, ...], Any]:
        a, cache = rnn_packed_forward(x, state[0], self.parameters["W"], self.parameters["b"])
        return (a,), cache

    def _run_back(self, dstates: Sequence[Array], cache: Any) -> tuple[Array, tuple[Array, ...]]:
        dx, da0, dW, db = rnn_packed_backward(dstates[0], cache)
        self.add_gradient("W", dW)
        self.add_gradient("b", db)
        return dx, (da0,)


class LSTM(Recurrent):
    """The LSTM layer.

        [f; i; o] = sigma(z[:3 n])   g = tanh(z[3 n:])   with z = W [a_(t-1); x_t] + b
        c_t = f * c_(t-1) + i * g    a_t = o * tanh(c_t)

    - n_in, n, return_sequences, rng, dtype: as in `Recurrent`; the state is (a, c)
    - parameters: W (4 n, n + n_in), b (4 n, 1), rows in the order f, i, o, g; b starts at 1 for f, so that the
      memory is kept at first, and at 0 for the others. PyTorch's rows and Keras' columns are i, f, g, o

    Raises EngineError when a size is below 1 or a shape differs. Source: the role of `keras.layers.LSTM`,
    course 5, week 1.

    >>> lstm = LSTM(3, 4, rng=0)
    >>> lstm(np.zeros((2, 5, 3))).shape, lstm.parameters["W"].shape
    ((2, 4), (16, 7))
    """

    states = 2

    def __init__(
        self,
        n_in: int,
        n: int,
        return_sequences: bool = False,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__(n_in, n, return_sequences)
        b: Array = np.zeros((4 * n, 1), dtype)
        b[:n] = 1
        self.parameters = {"W": self._make_weights(4, rng, dtype), "b": b}

    def _run(self, x: Array, state: Sequence[Array]) -> tuple[tuple[Array, ...], Any]:
        a, c, cache = lstm_packed_forward(x, state[0], state[1], self.parameters["W"], self.parameters["b"])
        return (a, c), cache

    def _run_back(self, dstates: Sequence[Array], cache: Any) -> tuple[Array, tuple[Array, ...]]:
        dx, da0, dc0, dW, db = lstm_packed_backward(dstates[0], cache, dstates[1] if len(dstates) > 1 else None)
        self.add_gradient("W", dW)
        self.add_gradient("b", db)
        return dx, (da0, dc0)


class GRU(Recurrent):
    """The GRU layer.

        c_t = c_(t-1) + u * (h - c_(t-1))        with gates u, r and the candidate h

    - n_in, n, return_sequences, rng, dtype: as in `Recurrent`
    - reset_after: where r acts. True: after the product, h = tanh(H_x + r * H_c), as PyTorch and Keras do by
      default; False: before it, h = tanh(W_c [r * c_(t-1); x_t] + b_c), as in the lectures
    - parameters, blocks of rows in the order u, r, candidate: with reset_after Wx (3 n, n_in), Wc (3 n, n),
      bx, bc (3 n, 1), as in `gru_reset_after_forward`; else W (3 n, n + n_in), b (3 n, 1)

    Raises EngineError when a size is below 1 or a shape differs. Source: the role of `keras.layers.GRU`,
    course 5, week 1.

    >>> GRU(3, 4, rng=0)(np.zeros((2, 5, 3))).shape
    (2, 4)
    >>> sorted(GRU(3, 4, reset_after=False, rng=0).parameters)
    ['W', 'b']
    """

    def __init__(
        self,
        n_in: int,
        n: int,
        return_sequences: bool = False,
        reset_after: bool = True,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__(n_in, n, return_sequences)
        self.reset_after = reset_after
        W = self._make_weights(3, rng, dtype)
        b: Array = np.zeros((3 * n, 1), dtype)
        if reset_after:
            self.parameters = {"Wx": W[:, n:].copy(), "Wc": W[:, :n].copy(), "bx": b, "bc": b.copy()}
        else:
            self.parameters = {"W": W, "b": b}

    def _run(self, x: Array, state: Sequence[Array]) -> tuple[tuple[Array, ...], Any]:
        run = gru_reset_after_forward if self.reset_after else gru_packed_forward
        c, cache = run(x, state[0], *self.parameters.values())
        return (c,), cache

    def _run_back(self, dstates: Sequence[Array], cache: Any) -> tuple[Array, tuple[Array, ...]]:
        run_back = gru_reset_after_backward if self.reset_after else gru_packed_backward
        dx, dc0, *gradients = run_back(dstates[0], cache)
        for name, gradient in zip(self.parameters, gradients, strict=True):
            self.add_gradient(name, gradient)
        return dx, (dc0,)


class Bidirectional(Layer):
    """Two recurrent layers, one reading forward and one backward, their states side by side.

        out_t = [a_t of `ahead`, a_t of `back`], where `back` has read the steps T, T - 1, ..., t

    - ahead, back: recurrent layers of the same n_in and return_sequences
    - `forward(x, training, lengths)`: with lengths, `back` starts at each sequence's last real step

    Raises EngineError when the two do not fit together. Source: the role of `keras.layers.Bidirectional`,
    course 5, week 1.

    >>> both = Bidirectional(LSTM(3, 4, True, rng=0), LSTM(3, 4, True, rng=1))
    >>> both(np.zeros((2, 5, 3))).shape
    (2, 5, 8)
    """

    def __init__(self, ahead: Recurrent, back: Recurrent) -> None:
        super().__init__()
        if ahead is back:
            raise EngineError("back", "another layer than ahead", "the same")
        if (ahead.n_in, ahead.return_sequences) != (back.n_in, back.return_sequences):
            came = f"n_in {back.n_in}, return_sequences {back.return_sequences}"
            raise EngineError("back", f"of n_in {ahead.n_in}, return_sequences {ahead.return_sequences}", came)
        self.ahead, self.back = ahead, back
        self.children = {"ahead": ahead, "back": back}

    def forward(self, x: Array, training: bool = False, lengths: ArrayLike | None = None) -> Array:
        x = as_floats("x", x, ("m", "T", self.ahead.n_in))
        turn = (np.arange(len(x))[:, None], reversed_steps(x.shape[0], x.shape[1], lengths))
        self.keep(turn, training)
        out_ahead = self.ahead.forward(x, training, lengths)
        out_back = self.back.forward(x[turn], training, lengths)
        if self.ahead.return_sequences:
            out_back = out_back[turn]
        return np.concatenate([out_ahead, out_back], axis=-1)

    def backward(self, dout: Array) -> Array:
        turn = self.kept()
        dout_ahead, dout_back = dout[..., : self.ahead.n], dout[..., self.ahead.n :]
        if self.ahead.return_sequences:
            dout_back = dout_back[turn]
        # Turning twice gives the first order again, so the way back turns with the same indices.
        dx: Array = self.ahead.backward(dout_ahead) + self.back.backward(dout_back)[turn]
        return dx
