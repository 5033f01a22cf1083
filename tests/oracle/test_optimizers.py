from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from engine import optim
from engine.errors import Parameters
from engine.optimizers import SGD, Adam, AdamW, Momentum, Optimizer, RMSprop

Peer = Callable[[list[torch.Tensor]], torch.optim.Optimizer]
PAIRS: dict[str, tuple[Callable[[], Optimizer], Peer]] = {
    "SGD": (lambda: SGD(0.1), lambda p: torch.optim.SGD(p, lr=0.1)),
    # PyTorch leaves the factor 1 - beta out.
    "Momentum": (lambda: Momentum(0.1, 0.8), lambda p: torch.optim.SGD(p, lr=0.1 * 0.2, momentum=0.8)),
    "Nesterov": (
        lambda: Momentum(0.1, 0.8, nesterov=True),
        lambda p: torch.optim.SGD(p, lr=0.1 * 0.2, momentum=0.8, nesterov=True),
    ),
    "RMSprop": (lambda: RMSprop(0.01, 0.9), lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9)),
    "Adam": (lambda: Adam(0.01), lambda p: torch.optim.Adam(p, lr=0.01)),
    "AdamW": (lambda: AdamW(0.01, weight_decay=0.1), lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1)),
}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-4), (np.float64, 1e-10)])
def test_ten_steps_in_place_are_those_of_pytorch(name: str, dtype: type, tolerance: float) -> None:
    rng = np.random.default_rng(0)
    W = rng.normal(size=(5, 7)).astype(dtype)
    make, make_peer = PAIRS[name]
    tensor = torch.from_numpy(W.copy()).requires_grad_()
    optimizer, peer = make(), make_peer([tensor])
    for _ in range(10):
        gradient = rng.normal(size=(5, 7)).astype(dtype)
        optimizer.step({"W": W}, {"W": gradient})
        tensor.grad = torch.from_numpy(gradient.copy())
        peer.step()
    assert np.max(np.abs(W - tensor.detach().numpy())) <= tolerance * np.max(np.abs(W))


Pure = Callable[[Parameters, Parameters, list[Parameters], int], tuple[Parameters, ...]]
PURE: dict[str, tuple[Pure, Peer]] = {
    "gd": (
        lambda W, g, state, t: (optim.update_parameters_with_gd(W, g, 0.1),),
        lambda p: torch.optim.SGD(p, lr=0.1),
    ),
    "momentum": (
        lambda W, g, state, t: optim.update_parameters_with_momentum(W, g, state[0], 0.8, 0.1),
        lambda p: torch.optim.SGD(p, lr=0.1 * 0.2, momentum=0.8),
    ),
    "rmsprop": (
        lambda W, g, state, t: optim.update_parameters_with_rmsprop(W, g, state[0], 0.9, 0.01),
        lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9),
    ),
    "adagrad": (
        lambda W, g, state, t: optim.update_parameters_with_adagrad(W, g, state[0], 0.1),
        lambda p: torch.optim.Adagrad(p, lr=0.1, eps=1e-8),
    ),
    "adadelta": (
        lambda W, g, state, t: optim.update_parameters_with_adadelta(W, g, *state[:2], rho=0.9, epsilon=1e-6),
        lambda p: torch.optim.Adadelta(p, lr=1.0, rho=0.9, eps=1e-6),
    ),
    "adam": (
        lambda W, g, state, t: optim.update_parameters_with_adam(W, g, *state[:2], t),
        lambda p: torch.optim.Adam(p, lr=0.01),
    ),
}


@pytest.mark.parametrize("name", PURE)
def test_ten_pure_updates_are_those_of_pytorch(name: str) -> None:
    rng = np.random.default_rng(1)
    parameters = {"W": rng.normal(size=(5, 7))}
    pure, make_peer = PURE[name]
    tensor = torch.from_numpy(parameters["W"].copy()).requires_grad_()
    peer = make_peer([tensor])
    state = list(optim.initialize_adam(parameters))
    for t in range(1, 11):
        gradient = rng.normal(size=(5, 7))
        parameters, *state = pure(parameters, {"dW": gradient}, state, t)
        tensor.grad = torch.from_numpy(gradient.copy())
        peer.step()
    assert np.max(np.abs(parameters["W"] - tensor.detach().numpy())) <= 1e-10 * np.max(np.abs(parameters["W"]))
