"""Convolution and max-pooling, forward and backward apart; PyTorch in its own order, channels before pixels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from benchmarks.engine.case import Case
from engine.conv import conv_backward, conv_forward
from engine.pool import pool_backward, pool_forward

F = torch.nn.functional

# m, n_C_prev, side, n_C, f, stride, pad, goals forward and backward
CONVOLUTIONS = [
    (64, 16, 32, 32, 3, 1, 1, 1.2, 1.2),
    (16, 64, 56, 64, 3, 1, 1, 1.15, 1.15),
    (16, 64, 56, 128, 3, 2, 1, 1.0, 1.0),
    (16, 256, 28, 64, 1, 1, 0, 1.0, 1.0),
]


def cases(seed: int) -> Iterator[Case]:
    rng = np.random.default_rng(seed)
    for m, n_C_prev, side, n_C, f, stride, pad, *goals in CONVOLUTIONS:
        yield from _convolution(rng, (m, side, side, n_C_prev), n_C, f, {"stride": stride, "pad": pad}, goals)
    yield from _max_pooling(rng, (64, 32, 32, 32))


def _convolution(
    rng: np.random.Generator,
    shape: tuple[int, int, int, int],
    n_C: int,
    f: int,
    hparameters: dict[str, int],
    goals: list[float],
) -> Iterator[Case]:
    m, side, _, n_C_prev = shape
    A_prev, b = _draw(rng, *shape), _draw(rng, 1, 1, 1, n_C)
    W = _draw(rng, f, f, n_C_prev, n_C) / np.float32(np.sqrt(f * f * n_C_prev))
    Z, cache = conv_forward(A_prev, W, b, hparameters)
    dZ = _draw(rng, *Z.shape)

    inputs = [_channels_first(A_prev), torch.tensor(W.transpose(3, 2, 0, 1).copy()), torch.tensor(b.ravel())]
    for tensor in inputs:
        tensor.requires_grad_()

    def peer() -> torch.Tensor:
        return F.conv2d(*inputs, stride=hparameters["stride"], padding=hparameters["pad"])

    out, dout = peer(), _channels_first(dZ)
    name = f"convolution {m}x{n_C_prev}x{side}x{side} -> {n_C}, {f}x{f}, stride {hparameters['stride']}"
    yield Case(f"{name}, forward", goals[0], lambda: conv_forward(A_prev, W, b, hparameters), peer)
    yield Case(
        f"{name}, backward",
        goals[1],
        lambda: conv_backward(dZ, cache),
        lambda: torch.autograd.grad(out, inputs, dout, retain_graph=True),
    )


def _max_pooling(rng: np.random.Generator, shape: tuple[int, int, int, int]) -> Iterator[Case]:
    A_prev, hparameters = _draw(rng, *shape), {"f": 2, "stride": 2}
    A, cache = pool_forward(A_prev, hparameters)
    dA = _draw(rng, *A.shape)
    images = _channels_first(A_prev).requires_grad_()
    out, dout = F.max_pool2d(images, 2), _channels_first(dA)
    name = f"max-pooling {shape[0]}x{shape[3]}x{shape[1]}x{shape[2]}, 2x2"
    yield Case(f"{name}, forward", 0.5, lambda: pool_forward(A_prev, hparameters), lambda: F.max_pool2d(images, 2))
    yield Case(
        f"{name}, backward",
        2.5,
        lambda: pool_backward(dA, cache),
        lambda: torch.autograd.grad(out, images, dout, retain_graph=True),
    )


def _draw(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype(np.float32)


def _channels_first(images: np.ndarray) -> torch.Tensor:
    return torch.tensor(images.transpose(0, 3, 1, 2).copy())
