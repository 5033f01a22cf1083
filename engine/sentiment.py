"""Which emoji fits a sentence: by the mean of its word vectors, and by an LSTM (the assignment of course 5, week 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import softmax
from engine.embeddings import word_vector
from engine.errors import Array, EngineError, as_count, as_floats, as_ids
from engine.layers.base import Layer
from engine.layers.dense import Dense, Dropout
from engine.layers.embedding import Embedding
from engine.layers.recurrent import LSTM


def sentence_to_avg(sentence: str, word_to_vec_map: Mapping[str, Any]) -> Array:
    """The mean of the vectors of a sentence's words.

        avg = 1/n sum of e_w over the n words that the map has

    Words that the map lacks are passed over, and not counted. The order of the words is lost.

    - sentence: words between spaces, upper or lower case; word_to_vec_map: {word: (n_e,)}
    - returns avg: (n_e,), zeros when no word is known

    Raises EngineError when the map is empty. Source: course 5, week 2.

    >>> sentence_to_avg("Good Xyzzy food", {"good": [1.0, 0.0], "food": [0.0, 4.0]})
    array([0.5, 2. ])
    """
    if not word_to_vec_map:
        raise EngineError("word_to_vec_map", "a map with words", "empty")
    known = [word for word in sentence.lower().split() if word in word_to_vec_map]
    if not known:
        return np.zeros_like(word_vector(next(iter(word_to_vec_map)), word_to_vec_map))
    avg: Array = np.mean([word_vector(word, word_to_vec_map) for word in known], axis=0)
    return avg


def model(
    X: Sequence[str],
    Y: ArrayLike,
    word_to_vec_map: Mapping[str, Any],
    learning_rate: float = 0.01,
    num_iterations: int = 400,
    rng: np.random.Generator | int | None = 0,
) -> tuple[Array, Array, Array]:
    """Softmax regression on the mean vectors, by one step of descent for each sentence in turn.

        z = W avg + b      a = softmax(z)      loss = - sum_k Y_k log a_k
        dz = a - Y      W := W - lr dz avg^T      b := b - lr dz

    - X: m sentences; Y: (m,), classes 0 ... n_y - 1; word_to_vec_map: {word: (n_e,)}
    - learning_rate: of a step; num_iterations: how often all sentences are read; rng: a Generator or a seed
    - returns pred: (m, 1), the classes that the trained model gives to X; W: (n_y, n_e); b: (n_y,)

    Raises EngineError when X and Y differ in number or a count is below 1. Source: course 5, week 2.

    >>> vectors = {"good": [1.0, 0.0], "bad": [-1.0, 0.0], "food": [0.0, 1.0]}
    >>> pred, W, b = model(["good food", "bad food"], [1, 0], vectors)
    >>> pred.ravel(), W.shape, b.shape
    (array([1, 0]), (2, 2), (2,))
    """
    as_count("num_iterations", num_iterations)
    n_y = 1 + max(0, int(np.max(Y, initial=0)))
    Y = as_ids("Y", Y, n_y, (len(X),))
    # The means do not change: they are taken once, not in every reading.
    averages = np.array([sentence_to_avg(sentence, word_to_vec_map) for sentence in X])
    n_e = averages.shape[1]
    targets = np.eye(n_y, dtype=averages.dtype)[Y]
    W = np.random.default_rng(rng).normal(scale=1 / np.sqrt(n_e), size=(n_y, n_e)).astype(averages.dtype)
    b = np.zeros(n_y, averages.dtype)
    for _ in range(num_iterations):
        for avg, target in zip(averages, targets, strict=True):
            z = W @ avg + b
            a = np.exp(z - z.max())
            a /= a.sum()
            dz = a - target
            W -= learning_rate * np.outer(dz, avg)
            b -= learning_rate * dz
    return predict(X, W, b, word_to_vec_map), W, b


def predict(X: Sequence[str], W: ArrayLike, b: ArrayLike, word_to_vec_map: Mapping[str, Any]) -> Array:
    """The likeliest class of each sentence, by the mean of its word vectors.

        argmax softmax(W avg + b)

    - X: m sentences; W: (n_y, n_e); b: (n_y,); word_to_vec_map: {word: (n_e,)}
    - returns pred: (m, 1), integers

    Raises EngineError when a shape differs. Source: course 5, week 2.

    >>> predict(["good", "bad"], [[-1.0], [1.0]], [0.0, 0.0], {"good": [2.0], "bad": [-2.0]}).ravel()
    array([1, 0])
    """
    W = as_floats("W", W, ("n_y", "n_e"))
    b = as_floats("b", b, (len(W),))
    averages = np.array([sentence_to_avg(sentence, word_to_vec_map) for sentence in X])
    averages = as_floats("X", averages, ("m", W.shape[1]))
    pred: Array = np.argmax(softmax(averages @ W.T + b, axis=1), axis=1)[:, None]
    return pred


def sentences_to_indices(X: Sequence[str], word_to_index: Mapping[str, int], max_len: int) -> Array:
    """The words of each sentence as indices, padded with 0 at the end.

    Words that the map lacks are passed over; of a sentence that is too long the first max_len known words stay.

    - X: m sentences; word_to_index: {word: index from 1 up}, 0 means no word; max_len: length of the rows
    - returns: (m, max_len), integers

    Raises EngineError when there is no sentence, max_len is below 1 or an index is below 1. Source: course 5, week 2.

    >>> sentences_to_indices(["I like tea", "tea"], {"i": 1, "like": 2, "tea": 3}, max_len=4)
    array([[1, 2, 3, 0],
           [3, 0, 0, 0]])
    """
    as_count("max_len", max_len)
    if not len(X):
        raise EngineError("X", "one sentence or more", "empty")
    indices = np.zeros((len(X), max_len), dtype=np.int64)
    for i, sentence in enumerate(X):
        known = [word_to_index[word] for word in sentence.lower().split() if word in word_to_index][:max_len]
        indices[i, : len(known)] = [as_count("word_to_index", index) for index in known]
    return indices


def pretrained_embedding_layer(word_to_vec_map: Mapping[str, Any], word_to_index: Mapping[str, int]) -> Embedding:
    """A frozen embedding layer that holds given vectors.

        row word_to_index[w] = the vector of w        row 0, which pads, is zero

    - word_to_vec_map: {word: (n_e,)}; word_to_index: {word: 1 ... |V|}, the same words
    - returns: Embedding(|V| + 1, n_e) with `trainable` False

    Raises EngineError when a word has no vector or an index lies outside. Source: course 5, week 2.

    >>> layer = pretrained_embedding_layer({"tea": [1.0, 2.0]}, {"tea": 1})
    >>> layer.parameters["E"], layer.trainable
    (array([[0., 0.],
           [1., 2.]]), False)
    """
    if not word_to_index:
        raise EngineError("word_to_index", "a map with words", "empty")
    indices = as_ids("word_to_index", list(word_to_index.values()), len(word_to_index) + 1)
    vectors = np.array([word_vector(word, word_to_vec_map) for word in word_to_index])
    weights = np.zeros((len(word_to_index) + 1, vectors.shape[1]), vectors.dtype)
    weights[indices] = vectors
    layer = Embedding(len(weights), weights.shape[1], weights, dtype=weights.dtype.type)
    layer.trainable = False
    return layer


class EmojifyV2(Layer):
    """A sentence classifier that knows the order of the words.

        Embedding (frozen) - LSTM, all states - Dropout - LSTM, last state - Dropout - Dense

    - embedding: of `pretrained_embedding_layer`; units: size of both LSTMs; classes: number of outputs
    - rate: share that dropout drops; mask: see `Emojify_V2`; rng: a Generator or a seed
    - `forward`: (m, max_len), indices -> (m, classes), scores; softmax is part of the loss

    Raises EngineError when a size is below 1 or an index lies outside. Source: course 5, week 2.

    >>> net = Emojify_V2((4,), {"tea": [1.0, 2.0]}, {"tea": 1}, units=8, rng=0)
    >>> net(np.array([[1, 1, 0, 0]])).shape
    (1, 5)
    """

    def __init__(
        self,
        embedding: Embedding,
        units: int,
        classes: int,
        rate: float,
        mask: bool,
        rng: np.random.Generator | int | None,
    ) -> None:
        super().__init__()
        rng = np.random.default_rng(rng)
        E = embedding.parameters["E"]
        dtype = E.dtype.type
        self.embedding, self.mask = embedding, mask
        self.lstm1, self.lstm2 = (
            LSTM(n_in, units, return_sequences, rng, dtype)
            for n_in, return_sequences in ((E.shape[1], True), (units, False))
        )
        self.dropout1, self.dropout2 = Dropout(rate, rng), Dropout(rate, rng)
        self.dense = Dense(units, classes, rng=rng, dtype=dtype)
        self.children = {
            "embedding": embedding,
            "lstm1": self.lstm1,
            "dropout1": self.dropout1,
            "lstm2": self.lstm2,
            "dropout2": self.dropout2,
            "dense": self.dense,
        }

    def forward(self, x: Array, training: bool = False) -> Array:
        e = self.embedding.forward(x, training)
        # A sentence without a known word has the length 1: one vector of zeros.
        lengths = np.maximum(1, np.count_nonzero(x, axis=1)) if self.mask else None
        a = self.lstm1.forward(e, training, lengths)
        a = self.dropout1.forward(a, training)
        a = self.lstm2.forward(a, training, lengths)
        a = self.dropout2.forward(a, training)
        return self.dense.forward(a, training)

    def backward(self, dout: Array) -> Array:
        for layer in reversed(self.children.values()):
            dout = layer.backward(dout)
        return dout


def Emojify_V2(
    input_shape: tuple[int, ...],
    word_to_vec_map: Mapping[str, Any],
    word_to_index: Mapping[str, int],
    units: int = 128,
    classes: int = 5,
    rate: float = 0.5,
    mask: bool = False,
    rng: np.random.Generator | int | None = None,
) -> EmojifyV2:
    """The LSTM classifier of the assignment.

    - input_shape: (max_len,), the number of indices of a sentence; the network takes any length, as Keras' does
    - word_to_vec_map, word_to_index: as in `pretrained_embedding_layer`
    - units: size of both LSTMs; classes: number of outputs; rate: share that dropout drops
    - mask: True makes the indices 0 at the end of a sentence no steps at all; False, as in the assignment, lets
      their zero vectors move the state; rng: a Generator or a seed
    - returns: a layer from indices (m, max_len) to scores (m, classes)

    Raises EngineError when a size is below 1 or a word has no vector. Source: course 5, week 2.

    >>> from engine.layers.base import count_parameters
    >>> words = {f"word{i}": np.zeros(50) for i in range(9)}
    >>> net = Emojify_V2((10,), words, {word: i + 1 for i, word in enumerate(words)}, units=16, rng=0)
    >>> count_parameters(net, trainable=True)  # 4 * 16 * (50 + 16 + 1) + 4 * 16 * (16 + 16 + 1) + 16 * 5 + 5
    6485
    """
    if len(input_shape) != 1:
        raise EngineError("input_shape", "(max_len,)", str(input_shape))
    as_count("input_shape", input_shape[0])
    embedding = pretrained_embedding_layer(word_to_vec_map, word_to_index)
    return EmojifyV2(embedding, units, classes, rate, mask, rng)
