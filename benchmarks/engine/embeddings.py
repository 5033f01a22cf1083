"""Word2vec: one reading of a text by skip-gram with negative sampling, against gensim's C code on one thread."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.engine.case import Case
from engine.negative_sampling import negative_sampler, sgns_block_step
from engine.word2vec import skipgram_pairs

V, D, WINDOW, K, WORDS, SENTENCE = 10_000, 100, 5, 5, 20_000, 20
BLOCK, SHARED = 256, 32


def cases(seed: int) -> Iterator[Case]:
    """The pairs are drawn anew in each reading, as gensim does; the goal says at least 0.7 of its pairs a second."""
    rng = np.random.default_rng(seed)
    share = 1 / np.arange(1, V + 1)
    words = rng.choice(V, size=WORDS, p=share / share.sum())
    sentences = list(words.reshape(-1, SENTENCE))
    draw = negative_sampler(np.bincount(words, minlength=V))
    E = ((rng.random((V, D)) - 0.5) / D).astype(np.float32)
    Theta = np.zeros((V, D), np.float32)

    def ours() -> object:
        pairs = skipgram_pairs(sentences, WINDOW, rng)
        for start in range(0, len(pairs), BLOCK):
            c, t = pairs[start : start + BLOCK].T
            sgns_block_step(c, t, draw(SHARED, rng), E, Theta, 0.025, K)
        return E

    try:
        from gensim.models import Word2Vec
    except ImportError:
        print("gensim, the peer of skip-gram, is not installed: pip install gensim")
        return
    text = [[str(word) for word in sentence] for sentence in sentences]
    peer = Word2Vec(vector_size=D, window=WINDOW, negative=K, sg=1, sample=0, min_count=1, workers=1, seed=seed + 1)
    peer.build_vocab(text)
    yield Case(
        "skip-gram with negative sampling, one reading",
        1 / 0.7,
        ours,
        lambda: peer.train(text, total_examples=len(text), epochs=1),
    )
