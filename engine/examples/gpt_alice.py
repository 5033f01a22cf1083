"""A small GPT reads "Alice's Adventures in Wonderland" letter by letter, and goes on in its manner (beyond course 5).

    python -m engine.examples.gpt_alice

Its knowledge is measured in bits: how many it would need to store one letter of the last pages, which it has not read.
"""

from __future__ import annotations

import math

import numpy as np

from engine.beyond.gpt import gpt_forward, gpt_loss_and_grads, initialize_gpt
from engine.beyond.weight_tying import split_next
from engine.datasets import alice
from engine.errors import Array, Parameters
from engine.examples.runner import Goal, Result, Tell, descend, run, silent
from engine.layers.losses import softmax_cross_entropy
from engine.optimizers import AdamW
from engine.sampling import sample_with_temperature

STEPS = 1500
GOAL = Goal("bits per character", 2.5, at_most=True)
BATCH, LENGTH, HEADS = 16, 64, 4


def stretches(text: Array, m: int, rng: np.random.Generator) -> Array:
    """m pieces of LENGTH + 1 tokens from anywhere in a text; the last token is only guessed.

    >>> stretches(np.arange(1000), 2, np.random.default_rng(0)).shape
    (2, 65)
    """
    starts = rng.integers(len(text) - LENGTH, size=m)
    pieces: Array = text[starts[:, np.newaxis] + np.arange(LENGTH + 1)]
    return pieces


def bits_per_character(parameters: Parameters, text: Array) -> float:
    """The cross-entropy in bits over a text, cut into pieces.

    >>> text = np.arange(3 * LENGTH + 1) % 8
    >>> abs(bits_per_character(initialize_gpt(8, LENGTH, 16, 1, rng=0), text) - 3) < 0.1  # eight letters: 3 bits
    True
    """
    pieces = np.arange(len(text) // LENGTH)[:, np.newaxis] * LENGTH + np.arange(LENGTH + 1)
    inputs, targets = split_next(text[pieces[pieces[:, -1] < len(text)]])
    logits, _ = gpt_forward(inputs, parameters, HEADS)
    cost, _ = softmax_cross_entropy(logits, targets)
    return cost / math.log(2)


def continued(parameters: Parameters, ids: list[int], count: int, rng: np.random.Generator) -> list[int]:
    """`count` more tokens, each drawn from what the model thinks of the last LENGTH.

    >>> len(continued(initialize_gpt(8, LENGTH, 16, 1, rng=0), [3, 1], 4, np.random.default_rng(0)))
    6
    """
    ids = list(ids)
    for _ in range(count):
        logits, _ = gpt_forward([ids[-LENGTH:]], parameters, HEADS)
        ids.append(sample_with_temperature(logits[0, -1], T=0.7, rng=rng))
    return ids


def train(steps: int = STEPS, seed: int = 0, tell: Tell = silent, d: int = 64, n_layers: int = 2) -> Result:
    """AdamW on batches of 16 stretches of 64 letters; the last twentieth of the book is for the test.

    >>> train(steps=0, d=8, n_layers=1).figures["bits per character"] > 5
    True
    """
    rng = np.random.default_rng(seed)
    book = alice()
    letters = sorted(set(book))
    text = np.array([letters.index(letter) for letter in book])
    known, unseen = text[: len(text) * 19 // 20], text[len(text) * 19 // 20 :]
    parameters = initialize_gpt(len(letters), LENGTH, d, n_layers, rng=rng, dtype=np.float32)

    def batch() -> tuple[float, Parameters]:
        return gpt_loss_and_grads(stretches(known, BATCH, rng), parameters, HEADS)

    # Biases and gains may grow; what decays are the matrices.
    no_decay = {name for name, value in parameters.items() if value.ndim == 1}
    descend(parameters, batch, AdamW(0.006, weight_decay=0.1, no_decay=no_decay), steps, tell, max_norm=1)

    prompt = [letters.index(letter) for letter in "Alice "]
    written = "".join(letters[token] for token in continued(parameters, prompt, 200 if steps else 0, rng))
    return Result({"bits per character": bits_per_character(parameters, unseen)}, written.splitlines())


if __name__ == "__main__":
    raise SystemExit(run(train, STEPS, GOAL))
