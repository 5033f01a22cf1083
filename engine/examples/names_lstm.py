"""An LSTM learns how first names are spelled, and invents new ones (course 5, week 1).

    python -m engine.examples.names_lstm

The network reads a name letter by letter and guesses the next letter every time. Then its own guesses, drawn at random,
are fed back. The assignment does it with a plain recurrent network, one name a step: see `engine.charlm`.
"""

from __future__ import annotations

import string

import numpy as np

from engine.datasets import first_names
from engine.errors import Array, Parameters
from engine.examples.runner import Goal, Result, Tell, cost_and_gradients, descend, run, silent
from engine.layers.base import Sequential, parameters_of
from engine.layers.dense import Dense, Dropout
from engine.layers.embedding import Embedding
from engine.layers.recurrent import LSTM
from engine.layers.training import predict
from engine.optimizers import Adam
from engine.sampling import sample_with_temperature
from engine.transformer import masked_cross_entropy

STEPS = 1000
#: In nats for a letter. A guess among 27 has log 27 = 3.30.
GOAL = Goal("cross-entropy of unseen names", 2.0, at_most=True)
BATCH = 64
#: Token 0 is padding, and token 1 the line end: what comes before a name's first letter and after its last.
LETTERS = "\0\n" + string.ascii_lowercase


def encode(names: list[str]) -> tuple[Array, Array]:
    """What the network reads, and what it should guess: the same, one letter on.

    - names: m names, the longest of T - 1 letters
    - returns x, y: (m, T), token numbers

    >>> x, y = encode(["eve", "al"])
    >>> x
    array([[ 1,  6, 23,  6],
           [ 1,  2, 13,  0]])
    >>> y
    array([[ 6, 23,  6,  1],
           [ 2, 13,  1,  0]])
    """
    longest = max(map(len, names))
    x = [[LETTERS.index(letter) for letter in ("\n" + name).ljust(longest + 1, "\0")] for name in names]
    y = [[LETTERS.index(letter) for letter in (name + "\n").ljust(longest + 1, "\0")] for name in names]
    return np.array(x), np.array(y)


def speller(rng: np.random.Generator, n: int = 64) -> Sequential:
    """The network: token numbers (m, T) to the scores of the next ones, (m, T, 28).

    >>> speller(np.random.default_rng(0))(np.array([[1, 6, 23, 6]])).shape
    (1, 4, 28)
    """
    V, f32 = len(LETTERS), np.float32
    return Sequential(
        [
            Embedding(V, 16, rng=rng, dtype=f32),
            LSTM(16, n, return_sequences=True, rng=rng, dtype=f32),
            Dropout(0.3, rng),
            Dense(n, V, rng=rng, dtype=f32),
        ]
    )


def invent(model: Sequential, rng: np.random.Generator, longest: int = 15) -> str:
    """One name, drawn letter by letter until the line ends.

    >>> rng = np.random.default_rng(0)
    >>> len(invent(speller(rng), rng)) <= 15
    True
    """
    tokens = [1]
    while len(tokens) <= longest:
        scores = model(np.array([tokens]))[0, -1]
        # A little less daring than the model itself; padding is no letter.
        token = 1 + sample_with_temperature(scores[1:], T=0.8, rng=rng)
        if token == 1:
            break
        tokens.append(token)
    return "".join(LETTERS[token] for token in tokens[1:])


def train(steps: int = STEPS, seed: int = 0, tell: Tell = silent) -> Result:
    """Adam on batches of 64 names; a tenth of the names is kept for the test.

    >>> round(train(steps=0).figures["cross-entropy of unseen names"], 1)  # log 28: all tokens equally likely
    3.3
    """
    rng = np.random.default_rng(seed)
    names = first_names()
    x, y = encode(names)
    order = rng.permutation(len(names))
    unseen, known = order[: len(names) // 10], order[len(names) // 10 :]
    model = speller(rng)

    def batch() -> tuple[float, Parameters]:
        chosen = rng.choice(known, size=BATCH)
        return cost_and_gradients(model, masked_cross_entropy, x[chosen], y[chosen])

    # Twelve steps back in time can make a gradient long; clipping keeps one batch from spoiling the model.
    descend(parameters_of(model), batch, Adam(0.02), steps, tell, max_norm=1)
    cost, _ = masked_cross_entropy(predict(model, x[unseen]), y[unseen])
    invented = [invent(model, rng) for _ in range(20)]
    new = [name for name in invented if name not in names]
    lines = ["invented: " + ", ".join(name.capitalize() for name in new)]
    return Result({"cross-entropy of unseen names": cost}, lines)


if __name__ == "__main__":
    raise SystemExit(run(train, STEPS, GOAL))
