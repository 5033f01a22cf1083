"""GloVe learns word vectors from how often the words of a novel meet (course 5, week 2).

    python -m engine.examples.glove_alice

26,000 words are little: the vectors for real use come from billions. But the rabbit is white, and the turtle mock.
"""

from __future__ import annotations

import numpy as np

from engine.errors import Parameters
from engine.examples.alice_words import agreement, neighbours, sentences
from engine.examples.runner import Goal, Result, Tell, descend, run, silent
from engine.glove import cooccurrence, glove_loss_grads
from engine.optimizers import Adam

STEPS = 100
GOAL = Goal("agreement with large vectors", 0.2)


def train(steps: int = STEPS, seed: int = 0, tell: Tell = silent, d: int = 20) -> Result:
    """Adam on all pairs of words at once: the whole text is in one matrix of counts, (694, 694).

    >>> train(steps=0).figures["agreement with large vectors"] < 0.05
    True
    """
    rng = np.random.default_rng(seed)
    ids, words = sentences()
    V = len(words)
    X = cooccurrence(ids, V, window=15, by_distance=True).astype(np.float32)
    # "<UNK>" stands for 1,900 rare words at once, and so meets everybody.
    X[0] = X[:, 0] = 0
    parameters: Parameters = {name: rng.normal(scale=0.1, size=(V, d)).astype(np.float32) for name in ("Theta", "E")}
    parameters |= {name: np.zeros(V, np.float32) for name in ("b", "bp")}

    def batch() -> tuple[float, Parameters]:
        Theta, E, b, bp = parameters.values()
        loss, gradients = glove_loss_grads(X, Theta, E, b, bp, x_max=50)
        return loss, {name: gradients["d" + name] for name in parameters}

    descend(parameters, batch, Adam(0.03), steps, tell)
    # Both tables play the same part, since X is symmetric: their mean is less noisy than either.
    vectors = (parameters["E"] + parameters["Theta"]) / 2
    return Result({"agreement with large vectors": agreement(vectors, words)}, neighbours(vectors, words))


if __name__ == "__main__":
    raise SystemExit(run(train, STEPS, GOAL))
