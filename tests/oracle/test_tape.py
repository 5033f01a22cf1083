from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from engine import signs
from engine import tape as t
from engine.crossentropy import one_hot_matrix
from engine.tape import Tape, Variable

TOLERANCE = {np.float32: 1e-4, np.float64: 1e-10}
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])

# The same expression with our functions and with those of PyTorch; `a` and `b` are (3, 4).
EXPRESSIONS: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    "arithmetic": (lambda a, b: (a + b[0]) * a / (b * b + 1) - 2 * a**3 + 1 / (a * a + 2),) * 2,
    "products": (
        lambda a, b: a @ t.transpose(b) @ a,
        lambda a, b: a @ b.T @ a,
    ),
    "a stack of products": (
        lambda a, b: t.reshape(a, (3, 2, 2)) @ t.reshape(b, (3, 2, 2)),
        lambda a, b: a.reshape(3, 2, 2) @ b.reshape(3, 2, 2),
    ),
    "a matrix for a stack": (
        lambda a, b: t.reshape(a, (3, 2, 2)) @ b[:2],
        lambda a, b: a.reshape(3, 2, 2) @ b[:2],
    ),
    "sums and means": (
        lambda a, b: t.sum_of(a, axis=0, keepdims=True) * t.mean_of(b, axis=(0, 1)) + t.mean_of(a, axis=1)[:1],
        lambda a, b: a.sum(0, keepdim=True) * b.mean((0, 1)) + a.mean(1)[:1],
    ),
    "elementwise functions": (
        lambda a, b: t.relu(a) + t.tanh(b) * t.sigmoid(a) + t.exp(a) + t.log(b * b + 1),
        lambda a, b: torch.relu(a) + torch.tanh(b) * torch.sigmoid(a) + torch.exp(a) + torch.log(b * b + 1),
    ),
    "rows taken twice": (lambda a, b: a[[0, 0, 2]] * b,) * 2,
    "an exchange of axes": (
        lambda a, b: t.transpose(t.reshape(a, (3, 2, 2)), (1, 2, 0)) * b[:2, 0:1],
        lambda a, b: a.reshape(3, 2, 2).permute(1, 2, 0) * b[:2, 0:1],
    ),
    "softmax cross-entropy": (
        lambda a, b: t.softmax_cross_entropy(a * b, np.array([3, 0, 1])),
        lambda a, b: torch.nn.functional.cross_entropy(a * b, torch.tensor([3, 0, 1])),
    ),
}


def assert_close(ours: np.ndarray, peer: torch.Tensor | None, dtype: type) -> None:
    assert peer is not None
    expected = peer.detach().numpy()
    assert ours.dtype == expected.dtype == dtype
    assert ours.shape == expected.shape
    assert np.max(np.abs(ours - expected)) <= TOLERANCE[dtype] * max(np.max(np.abs(expected)), 1e-30)


@DTYPES
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_values_and_gradients_are_those_of_autograd(dtype: type, name: str) -> None:
    ours, theirs = EXPRESSIONS[name]
    arrays = [x.astype(dtype) for x in np.random.default_rng(0).normal(size=(2, 3, 4))]
    peers = [torch.from_numpy(x.copy()).requires_grad_() for x in arrays]
    expected = theirs(*peers)
    torch.sum(expected * expected).backward()
    a, b = map(Variable, arrays)
    with Tape() as tape:
        y = ours(a, b)
        J = t.sum_of(y * y)
    assert_close(y.value, expected, dtype)
    for gradient, peer in zip(tape.gradient(J, [a, b]), peers, strict=True):
        assert_close(gradient, peer.grad, dtype)


def test_three_layers_learn_hand_signs_as_in_pytorch() -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(20, 30)), one_hot_matrix(rng.integers(0, 6, size=30))
    # One mini-batch an epoch: its order makes no difference to the gradients, and the two run alike.
    parameters, costs, _, _ = signs.model(X, Y, X, Y, 0.01, 20, 30, print_cost=False, rng=5)

    start = signs.initialize_parameters((20, 25, 12, 6), np.random.default_rng(5))
    peer = {name: torch.from_numpy(value.copy()).requires_grad_() for name, value in start.items()}
    optimizer = torch.optim.Adam(list(peer.values()), lr=0.01)
    for cost in costs:
        A = torch.from_numpy(X)
        for layer in (1, 2, 3):
            Z = peer[f"W{layer}"] @ A + peer[f"b{layer}"]
            A = torch.relu(Z)
        J = torch.nn.functional.cross_entropy(Z.T, torch.from_numpy(Y.argmax(axis=0)))
        assert cost == pytest.approx(J.item(), rel=1e-6)
        optimizer.zero_grad()
        J.backward()
        optimizer.step()
    for name, value in parameters.items():
        np.testing.assert_allclose(value, peer[name].detach().numpy(), rtol=1e-5, atol=1e-7)
