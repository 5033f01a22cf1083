"""Batch normalization, and softmax with cross-entropy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from benchmarks.engine.case import Case
from engine.layers.losses import softmax_cross_entropy
from engine.layers.normalization import BatchNormalization


def cases(seed: int) -> Iterator[Case]:
    rng = np.random.default_rng(seed)
    for shape in ((512, 256), (32, 32, 32, 64)):
        yield from _batch_norm(shape, rng)
    logits = rng.normal(size=(1024, 1000)).astype(np.float32)
    labels = rng.integers(0, 1000, size=1024)
    torch_logits = torch.tensor(logits, requires_grad=True)
    torch_labels = torch.tensor(labels)

    def peer() -> None:
        torch_logits.grad = None
        torch.nn.functional.cross_entropy(torch_logits, torch_labels).backward()

    yield Case("softmax cross-entropy and gradient 1024x1000", 0.9, lambda: softmax_cross_entropy(logits, labels), peer)


def _batch_norm(shape: tuple[int, ...], rng: np.random.Generator) -> Iterator[Case]:
    x = rng.normal(size=shape).astype(np.float32)
    dout = rng.normal(size=shape).astype(np.float32)
    layer = BatchNormalization(shape[-1], dtype=np.float32)
    # PyTorch has the channels in front of the pixels.
    order = (0, 3, 1, 2) if len(shape) == 4 else (0, 1)
    x_torch = torch.tensor(x.transpose(order).copy(), requires_grad=True)
    dout_torch = torch.tensor(dout.transpose(order).copy())
    peer = (torch.nn.BatchNorm2d if len(shape) == 4 else torch.nn.BatchNorm1d)(shape[-1])

    def forward() -> None:
        layer.forward(x, training=True)
        layer.kept()

    def backward() -> None:
        layer.keep(cache, True)
        layer.backward(dout)

    layer.forward(x, training=True)
    cache = layer.kept()
    out_torch = peer(x_torch)

    def peer_backward() -> None:
        torch.autograd.grad(out_torch, [x_torch, *peer.parameters()], dout_torch, retain_graph=True)

    size = "x".join(map(str, shape))
    yield Case(f"batch norm {size} forward", 0.9, forward, lambda: peer(x_torch))
    yield Case(f"batch norm {size} backward", 1.1, backward, peer_backward)
