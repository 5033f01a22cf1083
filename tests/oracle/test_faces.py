from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from engine.siamese import siamese_head, siamese_head_backward
from engine.triplets import triplet_gradients

TOLERANCE = {np.float32: 1e-4, np.float64: 1e-10}
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def assert_close(ours: Any, peers: torch.Tensor, dtype: type) -> None:
    ours, expected = np.asarray(ours), peers.detach().numpy()
    assert ours.shape == expected.shape
    assert float(np.abs(ours - expected).max()) <= TOLERANCE[dtype] * max(float(np.abs(expected).max()), 1e-30)


@DTYPES
def test_the_triplet_loss_with_squared_distances(dtype: type) -> None:
    arrays = np.random.default_rng(0).normal(size=(3, 20, 6)).astype(dtype)

    def squared(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return ((a - b) ** 2).sum(dim=1)

    A, P, N = (torch.from_numpy(array.copy()).requires_grad_() for array in arrays)
    loss = nn.functional.triplet_margin_with_distance_loss(
        A, P, N, distance_function=squared, margin=0.2, reduction="sum"
    )
    loss.backward()
    ours, gradients = triplet_gradients(*arrays)
    assert_close(ours, loss, dtype)
    for gradient, peer in zip(gradients, (A, P, N), strict=True):
        assert_close(gradient, peer.grad, dtype)


@DTYPES
@pytest.mark.parametrize("kind", ["absolute", "chi2"])
def test_the_siamese_head(dtype: type, kind: str) -> None:
    rng = np.random.default_rng(1)
    arrays = {"E1": rng.random((9, 5)), "E2": rng.random((9, 5)), "w": rng.normal(size=5), "b": rng.normal(size=())}
    arrays = {name: np.asarray(array, dtype) for name, array in arrays.items()}
    peers = {name: torch.from_numpy(array.copy()).requires_grad_() for name, array in arrays.items()}
    difference = peers["E1"] - peers["E2"]
    s = difference.abs() if kind == "absolute" else difference**2 / (peers["E1"] + peers["E2"] + 1e-8)
    expected = torch.sigmoid(s @ peers["w"] + peers["b"])
    y_hat, cache = siamese_head(**arrays, kind=kind)
    assert_close(y_hat, expected, dtype)
    dy_hat = rng.normal(size=9).astype(dtype)
    expected.backward(torch.from_numpy(dy_hat))
    grads = siamese_head_backward(dy_hat, cache)
    for name, peer in peers.items():
        assert_close(grads[f"d{name}"], peer.grad, dtype)
