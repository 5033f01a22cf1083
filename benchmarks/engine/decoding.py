"""A step of beam search, and the loss of speech recognition with its gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch

from benchmarks.engine.case import Case
from engine.beam import top_k
from engine.ctc import ctc_losses

V_WORDS, B = 10_000, 10
FRAMES, V_LETTERS, LETTERS = 200, 30, 40


def cases(seed: int) -> Iterator[Case]:
    rng = np.random.default_rng(seed)
    yield Case(f"beam step: the {B} best of {B} x {V_WORDS}", 0.8, *beam_step(rng))
    sizes = f"T {FRAMES}, V {V_LETTERS}, target {LETTERS}"
    yield Case(f"CTC loss and gradient, {sizes}, m 16", 0.9, *ctc(rng, 16))
    yield Case(f"CTC loss and gradient, {sizes}, m 1", 0.9, *ctc(rng, 1))


def beam_step(rng: np.random.Generator) -> tuple[Callable[[], object], Callable[[], object]]:
    """From the log-probabilities of the next words to the best extensions: which beginning, which word."""
    logits = torch.from_numpy(rng.normal(size=(B, V_WORDS)).astype(np.float32))
    tlog_probs = torch.log_softmax(logits, dim=1)
    log_probs = tlog_probs.numpy().copy()
    scores = -5 * rng.random(B).astype(np.float32)
    tscores = torch.from_numpy(scores)

    def ours() -> object:
        best, log_p = top_k((log_probs + scores[:, np.newaxis]).ravel(), B)
        return *np.divmod(best, V_WORDS), log_p

    def peer() -> object:
        log_p, best = (tlog_probs + tscores[:, None]).flatten().topk(B)
        return best // V_WORDS, best % V_WORDS, log_p

    return ours, peer


def ctc(rng: np.random.Generator, m: int) -> tuple[Callable[[], object], Callable[[], object]]:
    logits = torch.from_numpy(rng.normal(size=(m, FRAMES, V_LETTERS)).astype(np.float32))
    log_probs = torch.log_softmax(logits, dim=2).numpy().copy()
    targets = rng.integers(1, V_LETTERS, size=(m, LETTERS))

    # PyTorch takes the frames first.
    inputs = torch.from_numpy(log_probs).transpose(0, 1).contiguous().requires_grad_()
    texts, frames, letters = torch.from_numpy(targets), torch.full((m,), FRAMES), torch.full((m,), LETTERS)

    def peer() -> object:
        inputs.grad = None
        torch.nn.functional.ctc_loss(inputs, texts, frames, letters, reduction="sum").backward()
        return inputs

    return lambda: ctc_losses(log_probs, list(targets)), peer
