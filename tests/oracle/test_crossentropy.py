from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine import crossentropy
from engine.layers import losses

TOLERANCE = {np.float32: 1e-4, np.float64: 1e-10}
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
C, M = 7, 11


def draw(dtype: type, *shape: int) -> np.ndarray:
    """Numbers as large as scores get when a network is sure, 30 among them."""
    return np.random.default_rng(0).normal(scale=8, size=shape).astype(dtype)


def leaf(x: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(x.copy()).requires_grad_()


def assert_close(ours: np.ndarray, peer: torch.Tensor | None, dtype: type) -> None:
    assert peer is not None
    expected = peer.detach().numpy()
    assert ours.dtype == expected.dtype == dtype
    assert ours.shape == expected.shape
    assert np.max(np.abs(ours - expected)) <= TOLERANCE[dtype] * np.max(np.abs(expected))


@DTYPES
def test_the_softmax_of_columns_its_logarithm_and_the_way_back(dtype: type) -> None:
    Z, dA = draw(dtype, C, M), draw(dtype, C, M)[::-1].copy()
    z = leaf(Z)
    a = torch.softmax(z, dim=0)
    A = crossentropy.softmax(Z)
    assert_close(A, a, dtype)
    assert_close(crossentropy.log_softmax(Z), torch.log_softmax(z, dim=0), dtype)
    a.backward(torch.from_numpy(dA))
    assert_close(crossentropy.softmax_backward(dA, A), z.grad, dtype)
    jacobian = torch.autograd.functional.jacobian(lambda z: torch.softmax(z, dim=0), torch.from_numpy(Z[:, 0].copy()))
    assert_close(crossentropy.softmax_jacobian(A[:, 0]), jacobian, dtype)


@DTYPES
@pytest.mark.parametrize("soft", [False, True], ids=["one-hot", "probabilities"])
def test_the_cost_of_a_softmax_of_columns(dtype: type, soft: bool) -> None:
    Z = draw(dtype, C, M)
    labels = np.random.default_rng(1).integers(0, C, size=M)
    Y = crossentropy.softmax(draw(np.float64, C, M) / 8) if soft else crossentropy.one_hot_matrix(labels, C)
    cost, dZ = crossentropy.softmax_cross_entropy(Z, Y)
    z = leaf(Z)
    peer = functional.cross_entropy(z.T, torch.from_numpy(Y.T.astype(dtype)))
    peer.backward()
    assert cost == pytest.approx(peer.item(), rel=TOLERANCE[dtype])
    assert_close(dZ / dtype(M), z.grad, dtype)  # dZ carries no 1/m


LOSSES: dict[str, tuple[Callable[..., tuple[float, np.ndarray]], Callable[..., torch.Tensor]]] = {
    "softmax": (losses.softmax_cross_entropy, lambda z, y: functional.cross_entropy(z.movedim(-1, 1), y)),
    "binary": (losses.binary_cross_entropy, functional.binary_cross_entropy_with_logits),
    "squared": (losses.mean_squared_error, functional.mse_loss),
}


@DTYPES
@pytest.mark.parametrize("shape", [(M, C), (3, 5, C)], ids=["rows", "steps"])
@pytest.mark.parametrize("name", LOSSES)
def test_the_losses_of_rows(dtype: type, name: str, shape: tuple[int, ...]) -> None:
    ours, theirs = LOSSES[name]
    outputs, rng = draw(dtype, *shape), np.random.default_rng(1)
    y = rng.integers(0, C, size=shape[:-1]) if name == "softmax" else rng.uniform(size=shape).astype(dtype)
    cost, doutputs = ours(outputs, y)
    z = leaf(outputs)
    peer = theirs(z, torch.from_numpy(y))
    peer.backward()
    assert cost == pytest.approx(peer.item(), rel=TOLERANCE[dtype])
    assert_close(doutputs, z.grad, dtype)
