"""Translation with attention: at each word it writes, the decoder looks over all that was read (course 5, week 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.attention import masked_softmax
from engine.errors import Array, EngineError, Parameters, as_array, as_choice, as_count, as_floats, as_ids, entry
from engine.layers.base import Layer
from engine.layers.dense import Dense
from engine.layers.recurrent import LSTM, Bidirectional

#: (a, s_prev, hidden, energies, alphas, params, activation)
AdditiveCache = tuple[Array, Array, Array, Array, Array, Mapping[str, Any], str]


def attention_forward(
    a: ArrayLike,
    s_prev: ArrayLike,
    params: Mapping[str, Any],
    mask: ArrayLike | None = None,
    activation: str = "linear",
) -> tuple[Array, Array, AdditiveCache]:
    """One step of additive attention: how much each input position matters for the next word, and their mean.

        e_t' = v . tanh([a_t'; s_prev] W + b)        alphas = softmax of e over t'        context = sum_t' alpha_t' a_t'

    The next state of the decoder is not known yet, so the energies are asked for from the one before.

    - a: (m, T_x, 2 n_a), states of a bidirectional encoder; s_prev: (m, n_s), of the decoder
    - params: W (2 n_a + n_s, n_e), b (n_e,), v (n_e,); "c", a number that is added to e, may be there, too
    - mask: (m, T_x), 1 = keep, 0 = padding; activation: "relu" bends e, as in the course's notebook, "linear" does not
    - returns context: (m, 1, 2 n_a); alphas: (m, T_x, 1), summing to 1 over T_x, 0 at padding;
      cache: (a, s_prev, hidden (m, T_x, n_e), energies (m, T_x), alphas (m, T_x), params, activation)

    Raises EngineError when a parameter is missing, a shape differs or the activation is unknown.
    Source: course 5, week 3; Bahdanau et al. (2015).

    >>> params = {"W": [[9.0], [0.0]], "b": [0.0], "v": [9.0]}
    >>> context, alphas, _ = attention_forward([[[-1.0], [1.0]]], [[5.0]], params)
    >>> alphas.round(4).ravel(), context.round(4)  # the energy is highest where a is positive
    (array([0., 1.]), array([[[1.]]]))
    """
    a = as_floats("a", a, ("m", "T_x", "2 n_a"))
    m, T_x, n_2a = a.shape
    s_prev = as_floats("s_prev", s_prev, (m, "n_s"))
    W, b, v, c = _attention_parameters(params, n_2a, s_prev.shape[1])
    as_choice("activation", activation, ("linear", "relu"))
    if mask is not None:
        mask = as_array("mask", mask, (m, T_x))

    # s_prev is the same for all positions: its part of the product is taken once, not T_x times.
    hidden = a @ W[:n_2a]
    hidden += (s_prev @ W[n_2a:] + b)[:, np.newaxis]
    np.tanh(hidden, out=hidden)
    energies = hidden @ v + c
    if activation == "relu":
        np.maximum(energies, 0, out=energies)
    alphas = masked_softmax(energies, mask)
    context = alphas[:, np.newaxis] @ a
    return context, alphas[:, :, np.newaxis], (a, s_prev, hidden, energies, alphas, params, activation)


def attention_backward(dcontext: ArrayLike, cache: AdditiveCache) -> tuple[Array, Array, Parameters]:
    """The gradients of one step of attention. Each a_t' is reached on two ways: as a value and through its energy.

        dalpha_t' = dcontext . a_t'        de = alphas * (dalpha - sum_t' alpha_t' dalpha_t')       (softmax)
        dhidden_t' = de_t' v * (1 - hidden_t'^2)                                                    (tanh)
        da_t' = alpha_t' dcontext + W_a dhidden_t'        ds_prev = sum_t' W_s dhidden_t'           (W = [W_a; W_s])

    - dcontext: (m, 1, 2 n_a); cache: of `attention_forward`
    - returns da: (m, T_x, 2 n_a); ds_prev: (m, n_s); grads: {"dW", "db", "dv"} and "dc", if c was there; no 1/m

    Raises EngineError when dcontext has another shape than context. Source: course 5, week 3.

    >>> params = {"W": [[1.0], [1.0]], "b": [0.0], "v": [1.0]}
    >>> _, _, cache = attention_forward([[[2.0], [2.0]]], [[5.0]], params)
    >>> da, ds_prev, _ = attention_backward([[[1.0]]], cache)
    >>> da.ravel(), ds_prev  # where all values are the same, the weights do not matter
    (array([0.5, 0.5]), array([[0.]]))
    """
    a, s_prev, hidden, energies, alphas, params, activation = cache
    m, _, n_2a = a.shape
    W, _, v, _ = _attention_parameters(params, n_2a, s_prev.shape[1])
    dcontext = as_floats("dcontext", dcontext, (m, 1, n_2a))

    dalphas = (a @ dcontext.swapaxes(1, 2))[:, :, 0]
    de = alphas * (dalphas - np.sum(alphas * dalphas, axis=1, keepdims=True))
    if activation == "relu":
        de *= energies > 0
    dhidden = de[:, :, np.newaxis] * v * (1 - hidden * hidden)

    da = alphas[:, :, np.newaxis] * dcontext
    da += dhidden @ W[:n_2a].T
    dhidden_of_s = dhidden.sum(axis=1)
    ds_prev = dhidden_of_s @ W[n_2a:].T
    n_e = len(v)
    dW_a = a.reshape(-1, n_2a).T @ dhidden.reshape(-1, n_e)
    dW_s = s_prev.T @ dhidden_of_s
    grads = {
        "dW": np.concatenate([dW_a, dW_s]),
        "db": dhidden_of_s.sum(axis=0),
        "dv": de.ravel() @ hidden.reshape(-1, n_e),
    }
    if "c" in params:
        grads["dc"] = np.asarray(de.sum())
    return da, ds_prev, grads


def one_step_attention(
    a: ArrayLike, s_prev: ArrayLike, params: Mapping[str, Any], mask: ArrayLike | None = None
) -> Array:
    """The attention of the course's notebook: two dense layers, tanh and ReLU, a softmax over T_x, a weighted sum.

        e_t' = max(0, v . tanh([a_t'; s_prev] W + b) + c)        context = sum_t' softmax(e)_t' a_t'

    - a: (m, T_x, 2 n_a); s_prev: (m, n_s); params, mask: as in `attention_forward`
    - returns context: (m, 1, 2 n_a)

    Raises EngineError as `attention_forward`. Source: course 5, week 3.

    >>> params = {"W": [[9.0], [0.0]], "b": [0.0], "v": [9.0], "c": -100.0}
    >>> one_step_attention([[[-1.0], [1.0]]], [[5.0]], params)  # no energy is above 0: all count the same
    array([[[0.]]])
    """
    return attention_forward(a, s_prev, params, mask, activation="relu")[0]


class AdditiveAttention(Layer):
    """One step of attention as a layer, to be used once for each word that is written.

    - n_a2: the size of the states that are looked at, 2 n_a for a bidirectional encoder; n_s: of the decoder's state
    - n_e: of the hidden layer; activation: "relu" or "linear", of the energies
    - rng: a Generator or a seed; dtype: of the parameters
    - parameters: W (n_a2 + n_s, n_e), b (n_e,), v (n_e,), c ()

    `forward(x, training, s_prev, mask)`: x (m, T_x, n_a2), s_prev (m, n_s), mask (m, T_x), to (m, 1, n_a2).
    Afterwards `alphas` (m, T_x) are the weights. `backward(dout)` returns the gradient of x, and `ds_prev` is that of
    s_prev afterwards.

    Raises EngineError when s_prev is missing, or a size or a shape is wrong. Source: course 5, week 3.

    >>> attention = AdditiveAttention(4, 3, rng=0)
    >>> attention.forward(np.ones((2, 5, 4)), s_prev=np.zeros((2, 3))).shape, attention.alphas[0]
    ((2, 1, 4), array([0.2, 0.2, 0.2, 0.2, 0.2]))
    """

    def __init__(
        self,
        n_a2: int,
        n_s: int,
        n_e: int = 10,
        activation: str = "relu",
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        as_count("n_e", n_e)
        n_in = as_count("n_a2", n_a2) + as_count("n_s", n_s)
        self.activation = as_choice("activation", activation, ("linear", "relu"))
        self.alphas: Array = np.zeros(0)
        self.ds_prev: Array = np.zeros(0)
        rng = np.random.default_rng(rng)
        W = rng.normal(scale=np.sqrt(2 / (n_in + n_e)), size=(n_in, n_e))
        v = rng.normal(scale=np.sqrt(2 / (n_e + 1)), size=n_e)
        self.parameters = {
            "W": W.astype(dtype),
            "b": np.zeros(n_e, dtype),
            "v": v.astype(dtype),
            "c": np.zeros((), dtype),
        }

    def forward(
        self, x: Array, training: bool = False, s_prev: Array | None = None, mask: ArrayLike | None = None
    ) -> Array:
        if s_prev is None:
            raise EngineError("s_prev", "the state of the decoder, (m, n_s)", "missing")
        context, _, cache = attention_forward(x, s_prev, self.parameters, mask, self.activation)
        self.alphas = cache[4]
        self.keep(cache, training)
        return context

    def backward(self, dout: Array) -> Array:
        da, self.ds_prev, grads = attention_backward(dout, self.kept())
        for name, gradient in grads.items():
            self.add_gradient(name.removeprefix("d"), gradient)
        return da


class Translator(Layer):
    """A bidirectional LSTM that reads, an LSTM that writes, and attention between them.

        a = BiLSTM(x)    context_t = Attention(a, s_(t-1))    s_t = LSTM(context_t, s_(t-1))    logits_t = s_t W + b

    What was written before is not fed back, as in the course's notebook: each word of a date is found by looking.

    - Tx, Ty: lengths of what is read and written; n_a, n_s: sizes of the encoder's and the decoder's state
    - human_vocab_size, machine_vocab_size: of the two vocabularies; activation: of the energies, "relu" or "linear"
    - rng: a Generator or a seed; dtype: of the parameters
    - children: encoder, attention, decoder, output

    `forward(x, training, lengths)`: ids (m, Tx) or one-hot vectors (m, Tx, human_vocab_size) to logits
    (m, Ty, machine_vocab_size); lengths (m,), how many steps of each x are real. Afterwards `attention_weights`
    (m, Ty, Tx) tell where each word looked. `backward` returns the gradient of the one-hot vectors.

    Raises EngineError when a size or a shape is wrong or an id is unknown. Source: course 5, week 3.

    >>> model = Translator(Tx=5, Ty=3, n_a=4, n_s=6, human_vocab_size=7, machine_vocab_size=8, rng=0)
    >>> model(np.array([[1, 2, 3, 4, 5]])).shape, model.attention_weights.shape
    ((1, 3, 8), (1, 3, 5))
    """

    def __init__(
        self,
        Tx: int,
        Ty: int,
        n_a: int,
        n_s: int,
        human_vocab_size: int,
        machine_vocab_size: int,
        activation: str = "relu",
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        self.Tx, self.Ty = as_count("Tx", Tx), as_count("Ty", Ty)
        self.human_vocab_size = as_count("human_vocab_size", human_vocab_size)
        rng = np.random.default_rng(rng)
        ahead, back = (LSTM(human_vocab_size, n_a, return_sequences=True, rng=rng, dtype=dtype) for _ in range(2))
        self.encoder = Bidirectional(ahead, back)
        self.attention = AdditiveAttention(2 * n_a, n_s, activation=activation, rng=rng, dtype=dtype)
        self.decoder = LSTM(2 * n_a, n_s, rng=rng, dtype=dtype)
        self.output = Dense(n_s, machine_vocab_size, rng=rng, dtype=dtype)
        self.attention_weights: Array = np.zeros(0)
        self.dtype = dtype
        self.children = {
            "encoder": self.encoder,
            "attention": self.attention,
            "decoder": self.decoder,
            "output": self.output,
        }

    def forward(self, x: Array, training: bool = False, lengths: ArrayLike | None = None) -> Array:
        x = self._one_hot(x)
        a = self.encoder.forward(x, training, lengths)
        mask = None if lengths is None else np.arange(self.Tx) < np.asarray(lengths)[:, np.newaxis]
        s, c = (np.zeros((len(x), self.decoder.n), a.dtype) for _ in range(2))
        states, weights = [], []
        for _ in range(self.Ty):
            context = self.attention.forward(a, training, s, mask)
            self.decoder.forward(context, training, state=(s, c))
            s, c = self.decoder.last_state
            states.append(s)
            weights.append(self.attention.alphas)
        self.attention_weights = np.stack(weights, axis=1)
        return self.output(np.stack(states, axis=1), training)

    def backward(self, dout: Array) -> Array:
        dstates = self.output.backward(dout)
        ds, dc = (np.zeros_like(dstates[:, 0]) for _ in range(2))
        das = []
        for t in reversed(range(self.Ty)):
            dcontext = self.decoder.backward(dstates[:, t], (ds, dc))
            ds, dc = self.decoder.dstate
            das.append(self.attention.backward(dcontext))
            # Each state is used twice: by the next step, and by the attention of the next step.
            ds = ds + self.attention.ds_prev
        return self.encoder.backward(np.sum(das, axis=0))

    def _one_hot(self, x: Array) -> Array:
        V = self.human_vocab_size
        if np.ndim(x) == 2:
            return np.eye(V, dtype=self.dtype)[as_ids("x", x, V, ("m", self.Tx))]
        return as_floats("x", x, ("m", self.Tx, V))


def modelf(
    Tx: int,
    Ty: int,
    n_a: int,
    n_s: int,
    human_vocab_size: int,
    machine_vocab_size: int,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Translator:
    """The date translator of the course; its first version is called `model`.

    - Tx, Ty, n_a, n_s: 30, 10, 32 and 64 in the notebook; human_vocab_size, machine_vocab_size: 37 and 11
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: a `Translator`, which gives logits; the notebook's outputs are their softmax

    Raises EngineError when a size is below 1. Source: course 5, week 3.

    >>> from engine.layers.base import count_parameters
    >>> count_parameters(modelf(30, 10, 32, 64, 37, 11))
    52960
    """
    return Translator(Tx, Ty, n_a, n_s, human_vocab_size, machine_vocab_size, rng=rng, dtype=dtype)


def _attention_parameters(params: Mapping[str, Any], n_2a: int, n_s: int) -> tuple[Array, Array, Array, Array]:
    W = as_floats("W", entry("params", params, "W"), (n_2a + n_s, "n_e"))
    b = as_floats("b", entry("params", params, "b"), (W.shape[1],))
    v = as_floats("v", entry("params", params, "v"), (W.shape[1],))
    c = as_floats("c", params.get("c", 0.0), ()).astype(W.dtype)
    return W, b, v, c
