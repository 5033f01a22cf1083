"""A small Transformer learns to translate dates: "tuesday 3 may 1988" to "1988-05-03" (course 5, weeks 3 and 4).

    python -m engine.examples.dates_transformer

Attention finds the day, the month and the year wherever they stand. The training is told the right letters so far; the
test writes letter by letter, from the model's own, and counts a date only when all ten are right.
"""

from __future__ import annotations

import string

import numpy as np

from engine.datasets.drawn_dates import dates
from engine.errors import Array, Parameters
from engine.examples.runner import Goal, Result, Tell, descend, run, silent
from engine.layers.base import parameters_of
from engine.layers.transformer import Transformer
from engine.optimizers import Adam
from engine.transformer import transformer_greedy_decode, transformer_loss_and_grads

STEPS = 800
GOAL = Goal("exact match", 0.98)
BATCH, HEADS, LONGEST = 64, 4, 30
#: Padding, the beginning and the end of a date, then what both languages are written with.
LETTERS = "\0<>" + " ,./-" + string.digits + string.ascii_lowercase
PAD, BOS, EOS = range(3)


def encode(texts: list[str], length: int) -> Array:
    """Token numbers, (m, length), filled up with padding.

    >>> encode(["<1988", "<9"], 6)
    array([[ 1,  9, 17, 16, 16,  0],
           [ 1, 17,  0,  0,  0,  0]])
    """
    return np.array([[LETTERS.index(letter) for letter in text.ljust(length, "\0")] for text in texts])


def decode(tokens: Array) -> str:
    """The letters of one row, up to its end.

    >>> decode(np.array([9, 17, 2, 0]))
    '19'
    """
    return "".join(LETTERS[token] for token in tokens).split(">")[0]


def train(steps: int = STEPS, seed: int = 0, tell: Tell = silent) -> Result:
    """Adam on batches of 64 fresh dates; then 200 others are translated.

    >>> train(steps=0).figures
    {'exact match': 0.0}
    """
    rng = np.random.default_rng(seed)
    V = len(LETTERS)
    # Two letters are read in one order only by their positions, and nothing is dropped: fresh dates never run out.
    model = Transformer(1, 64, HEADS, 128, V, V, LONGEST, 11, dropout_rate=0, rng=rng, dtype=np.float32)
    parameters = parameters_of(model)

    def batch() -> tuple[float, Parameters]:
        pairs = dates(BATCH, rng)
        source = encode([human for human, _ in pairs], LONGEST)
        target = encode([f"<{machine}>" for _, machine in pairs], 12)
        # The decoder reads "<1988-05-03" and is to say "1988-05-03>", each letter from those before it.
        return transformer_loss_and_grads(parameters, source, target[:, :-1], target[:, 1:], HEADS, PAD)

    descend(parameters, batch, Adam(0.003), steps, tell, max_norm=1)

    pairs = dates(200, rng)
    source = encode([human for human, _ in pairs], LONGEST)
    written = transformer_greedy_decode(parameters, source, BOS, EOS, 11, HEADS, PAD)
    right = [decode(row) == machine for row, (_, machine) in zip(written, pairs, strict=True)]
    lines = [f"{human:30} -> {decode(row)}" for row, (human, _) in zip(written[:6], pairs, strict=False)]
    return Result({"exact match": float(np.mean(right))}, lines)


if __name__ == "__main__":
    raise SystemExit(run(train, STEPS, GOAL))
