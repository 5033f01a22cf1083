"""Skip-gram with negative sampling learns word vectors from pairs of neighbours (course 5, week 2).

    python -m engine.examples.skipgram_alice

Is this word a neighbour in the text, or one drawn at random? Whoever can tell has learned which words go together.
`engine.negative_sampling.train_skipgram` does the same in one call.
"""

from __future__ import annotations

import numpy as np

from engine.examples.alice_words import agreement, neighbours, sentences
from engine.examples.runner import Goal, Result, Tell, run, silent
from engine.negative_sampling import negative_sampler, sgns_block_step
from engine.word2vec import skipgram_pairs, subsample_words

STEPS = 30
GOAL = Goal("agreement with large vectors", 0.25)
WINDOW, NEGATIVES, BLOCK = 5, 5, 256


def train(steps: int = STEPS, seed: int = 0, tell: Tell = silent, d: int = 50) -> Result:
    """Descent on blocks of 256 pairs; a step is one reading of the whole text.

    >>> train(steps=0).figures["agreement with large vectors"] < 0.05
    True
    """
    rng = np.random.default_rng(seed)
    ids, words = sentences()
    V = len(words)
    # Nothing is learned from "<UNK>", which stands for 1,900 rare words.
    sentence = np.repeat(np.arange(len(ids)), [len(one) for one in ids])
    text = np.concatenate(ids)
    sentence, text = sentence[text > 0], text[text > 0]
    freq = np.bincount(text, minlength=V)
    draw = negative_sampler(freq)
    E = (rng.random((V, d)) - 0.5) / d
    Theta = np.zeros((V, d))
    for step in range(1, steps + 1):
        # "the" says little about its neighbours: most of its places are skipped, others in every reading.
        keep = subsample_words(text, freq, 1e-3, rng)
        starts = np.flatnonzero(np.diff(sentence[keep])) + 1
        pairs = skipgram_pairs(np.split(text[keep], starts), WINDOW, rng)
        learning_rate, loss = 0.025 * (1 - (step - 1) / steps), 0.0
        for start in range(0, len(pairs), BLOCK):
            c, t = pairs[start : start + BLOCK].T
            loss += sgns_block_step(c, t, draw(32, rng), E, Theta, learning_rate, NEGATIVES)
        tell(step, steps, loss / len(pairs))
    return Result({"agreement with large vectors": agreement(E, words)}, neighbours(E, words))


if __name__ == "__main__":
    raise SystemExit(run(train, STEPS, GOAL))
