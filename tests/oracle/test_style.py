from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from engine.layers.base import Sequential
from engine.layers.dense import Dense, Tanh
from engine.optimizers import SGD
from engine.style import nst_gradients
from engine.style_transfer import StyleTransfer, model_nn

TOLERANCE = {np.float32: 1e-4, np.float64: 1e-10}
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def assert_close(ours: Any, peers: torch.Tensor, dtype: type) -> None:
    ours, expected = np.asarray(ours), peers.detach().numpy()
    assert ours.shape == expected.shape
    largest = max(float(np.abs(expected).max()), 1e-30)
    assert float(np.abs(ours - expected).max()) <= TOLERANCE[dtype] * largest


def total(a_C: torch.Tensor, a_S: torch.Tensor, a_G: torch.Tensor, alpha: float, beta: float) -> torch.Tensor:
    n = a_G.numel()
    gram_S, gram_G = (torch.einsum("ijk,ijl->kl", a, a) for a in (a_S, a_G))
    return alpha * ((a_C - a_G) ** 2).sum() / (4 * n) + beta * ((gram_S - gram_G) ** 2).sum() / (2 * n) ** 2


@DTYPES
def test_the_cost_of_style_transfer_and_its_gradient(dtype: type) -> None:
    a_C, a_S, a_G = np.random.default_rng(0).normal(size=(3, 6, 5, 4)).astype(dtype)
    peer = torch.from_numpy(a_G.copy()).requires_grad_()
    loss = total(torch.from_numpy(a_C), torch.from_numpy(a_S), peer, 10, 40)
    loss.backward()
    J, gradient = nst_gradients(a_C, a_S, a_G)
    assert_close(J, loss, dtype)
    assert_close(gradient, peer.grad, dtype)


@DTYPES
def test_the_loop_over_the_pixels(dtype: type) -> None:
    rng = np.random.default_rng(1)
    network = Sequential([Dense(3, 8, rng=rng, dtype=dtype), Tanh()])
    content, style, start = rng.random((3, 6, 5, 3)).astype(dtype)
    transfer = StyleTransfer(network, content, style, "1", [("1", 1.0)], optimizer=SGD(20.0))
    image, costs = model_nn(transfer, start, num_iterations=20)

    W, b = (torch.from_numpy(network.children["0"].parameters[name]) for name in "Wb")

    def features(x: torch.Tensor) -> torch.Tensor:
        return torch.tanh(x @ W + b)

    peer = torch.from_numpy(start.copy()).requires_grad_()
    peer_costs = []
    for _ in range(20):
        targets = (features(torch.from_numpy(picture)) for picture in (content, style))
        loss = total(*targets, features(peer), 10, 40)
        peer_costs.append(loss.item())
        (gradient,) = torch.autograd.grad(loss, peer)
        with torch.no_grad():
            peer.sub_(20.0 * gradient).clamp_(0, 1)
    # Some pixels were cut off on the way.
    assert np.any((image == 0) | (image == 1))
    assert costs[-1] < costs[0] / 2
    assert_close(image, peer, dtype)
    assert_close(costs, torch.tensor(peer_costs, dtype=torch.float64), dtype)
