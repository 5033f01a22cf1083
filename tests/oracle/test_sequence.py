from __future__ import annotations

import numpy as np
import pytest
import torch
from nltk.translate.bleu_score import corpus_bleu as nltk_corpus_bleu
from nltk.translate.bleu_score import modified_precision as nltk_modified_precision
from nltk.translate.bleu_score import sentence_bleu

from engine.audio import spectrogram
from engine.beam import top_k
from engine.bleu import bleu, corpus_bleu, modified_precision
from engine.ctc import ctc_losses

TOLERANCE = {np.float32: 1e-4, np.float64: 1e-10}
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@DTYPES
@pytest.mark.parametrize("sharpness", [1, 10])
def test_ctc(dtype: type, sharpness: float) -> None:
    rng = np.random.default_rng(0)
    m, T, V = 4, 40, 6
    logits = (sharpness * rng.normal(size=(m, T, V))).astype(dtype)
    lengths, sizes = [40, 31, 20, 40], [10, 7, 0, 15]
    targets = [rng.integers(1, V, size=L) for L in sizes]
    tlogits = torch.from_numpy(logits).requires_grad_()
    log_probs = torch.log_softmax(tlogits, -1)
    peer = torch.nn.functional.ctc_loss(
        log_probs.transpose(0, 1),
        torch.from_numpy(np.concatenate(targets)),
        torch.tensor(lengths),
        torch.tensor(sizes),
        reduction="none",
    )
    peer.sum().backward()
    losses, dlogits = ctc_losses(log_probs.detach().numpy(), targets, lengths=lengths)
    assert losses.dtype == dlogits.dtype == dtype
    np.testing.assert_allclose(losses, peer.detach(), rtol=TOLERANCE[dtype])
    np.testing.assert_allclose(dlogits, tlogits.grad, rtol=0, atol=TOLERANCE[dtype])


@DTYPES
def test_a_spectrogram(dtype: type) -> None:
    x = np.random.default_rng(3).normal(size=1000).astype(dtype)
    window = torch.from_numpy(np.hanning(200).astype(dtype))
    peer = torch.stft(torch.from_numpy(x), 200, 80, window=window, center=False, return_complex=True).abs().numpy()
    S = spectrogram(x, 200, 80)
    assert S.dtype == dtype
    np.testing.assert_allclose(S, peer, rtol=0, atol=TOLERANCE[dtype] * peer.max())


def test_the_k_largest() -> None:
    values = np.random.default_rng(1).normal(size=30_001).astype(np.float32)
    peer = torch.topk(torch.from_numpy(values), 10)
    indices, largest = top_k(values, 10)
    np.testing.assert_array_equal(indices, peer.indices)
    np.testing.assert_array_equal(largest, peer.values)


@pytest.mark.filterwarnings("ignore:\\nThe hypothesis contains 0 counts")
def test_bleu_equals_that_of_nltk() -> None:
    rng = np.random.default_rng(2)
    cands = [list(rng.integers(0, 2, size=rng.integers(4, 12))) for _ in range(60)]
    refs = [[list(rng.integers(0, 2, size=rng.integers(4, 12))) for _ in range(rng.integers(1, 4))] for _ in cands]
    scores = []
    for cand, own in zip(cands, refs, strict=True):
        for n in (1, 2, 3, 4):
            assert modified_precision(cand, own, n) == pytest.approx(float(nltk_modified_precision(own, cand, n)))
        scores.append(bleu(cand, own))
        # NLTK gives a tiny number where a precision is 0.
        assert scores[-1] == pytest.approx(sentence_bleu(own, cand), rel=1e-12, abs=1e-50)
    assert sum(score > 0 for score in scores) > 10
    assert corpus_bleu(cands, refs) == pytest.approx(nltk_corpus_bleu(refs, cands))
