from __future__ import annotations

import numpy as np
import pytest
import torch

from engine import activations, shallow
from engine.dnn import L_model_backward, L_model_forward, compute_cost, initialize_parameters_deep
from engine.errors import Parameters
from engine.init import initialize_parameters_he
from engine.optim import initialize_adam, update_parameters_with_adam
from engine.regularization import (
    backward_propagation_with_dropout,
    backward_propagation_with_regularization,
    compute_cost_with_regularization,
    forward_propagation,
    forward_propagation_with_dropout,
)

DTYPES = [(np.float32, 1e-4), (np.float64, 1e-10)]
DIMS = [7, 6, 5, 2]
M = 9


def draw(dtype: type, dims: list[int]) -> tuple[np.ndarray, np.ndarray, Parameters]:
    rng = np.random.default_rng(0)
    parameters = initialize_parameters_deep(dims, scale=None, rng=rng)
    for layer in range(1, len(dims)):
        parameters[f"b{layer}"] = rng.normal(size=(dims[layer], 1))
    X, Y = rng.normal(size=(dims[0], M)).astype(dtype), rng.integers(0, 2, size=(dims[-1], M))
    return X, Y, {name: value.astype(dtype) for name, value in parameters.items()}


def tensors(arrays: Parameters) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(value.copy()).requires_grad_() for name, value in arrays.items()}


def assert_close(ours: np.ndarray, peer: torch.Tensor | None, tolerance: float) -> None:
    assert peer is not None
    expected = peer.detach().numpy()
    assert ours.dtype == expected.dtype
    assert np.max(np.abs(ours - expected)) <= tolerance * max(np.max(np.abs(expected)), 1e-30)


def torch_cost(A: torch.Tensor, Y: np.ndarray) -> torch.Tensor:
    return torch.nn.functional.binary_cross_entropy(A, torch.from_numpy(Y).to(A.dtype), reduction="sum") / Y.shape[1]


@pytest.mark.parametrize(("dtype", "tolerance"), DTYPES)
def test_the_deep_network_is_that_of_pytorch(dtype: type, tolerance: float) -> None:
    X, Y, parameters = draw(dtype, DIMS)
    AL, caches = L_model_forward(X, parameters)
    grads = L_model_backward(AL, Y, caches)

    peer = tensors({"X": X, **parameters})
    A = peer["X"]
    for layer in range(1, len(DIMS)):
        Z = peer[f"W{layer}"] @ A + peer[f"b{layer}"]
        A = torch.relu(Z) if layer < len(DIMS) - 1 else torch.sigmoid(Z)
    cost = torch_cost(A, Y)
    cost.backward()
    assert compute_cost(AL, Y) == pytest.approx(cost.item(), rel=tolerance)
    assert_close(AL, A, tolerance)
    assert_close(grads["dA0"] / M, peer["X"].grad, tolerance)
    for name in parameters:
        assert_close(grads[f"d{name}"], peer[name].grad, tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), DTYPES)
def test_the_shallow_network_is_that_of_pytorch(dtype: type, tolerance: float) -> None:
    X, Y, parameters = draw(dtype, [4, 5, 1])
    A2, cache = shallow.forward_propagation(X, parameters)
    grads = shallow.backward_propagation(parameters, cache, X, Y)
    peer = tensors(parameters)
    hidden = torch.tanh(peer["W1"] @ torch.from_numpy(X) + peer["b1"])
    A = torch.sigmoid(peer["W2"] @ hidden + peer["b2"])
    torch_cost(A, Y).backward()
    assert_close(A2, A, tolerance)
    for name in parameters:
        assert_close(grads[f"d{name}"], peer[name].grad, tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), DTYPES)
def test_the_l2_penalty_has_the_gradients_of_pytorch(dtype: type, tolerance: float) -> None:
    X, Y, parameters = draw(dtype, DIMS)
    A3, cache = forward_propagation(X, parameters)
    gradients = backward_propagation_with_regularization(X, Y, cache, lambd=0.7)
    peer = tensors(parameters)
    A = torch.from_numpy(X)
    for layer in range(1, len(DIMS)):
        Z = peer[f"W{layer}"] @ A + peer[f"b{layer}"]
        A = torch.relu(Z) if layer < len(DIMS) - 1 else torch.sigmoid(Z)
    cost = torch_cost(A, Y) + 0.7 / (2 * M) * sum(peer[f"W{layer}"].square().sum() for layer in range(1, len(DIMS)))
    cost.backward()
    assert compute_cost_with_regularization(A3, Y, parameters, 0.7) == pytest.approx(cost.item(), rel=tolerance)
    for name in parameters:
        assert_close(gradients[f"d{name}"], peer[name].grad, tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), DTYPES)
def test_dropout_has_the_gradients_of_pytorch_for_the_same_masks(dtype: type, tolerance: float) -> None:
    X, Y, parameters = draw(dtype, DIMS)
    A3, cache = forward_propagation_with_dropout(X, parameters, [0.5, 0.8], rng=1)
    gradients = backward_propagation_with_dropout(X, Y, cache, [0.5, 0.8])
    peer = tensors(parameters)
    A = torch.from_numpy(X)
    for layer, (D, kept) in enumerate([(cache[1], 0.5), (cache[6], 0.8)], start=1):
        A = torch.relu(peer[f"W{layer}"] @ A + peer[f"b{layer}"]) * torch.from_numpy(D) / kept
    A = torch.sigmoid(peer["W3"] @ A + peer["b3"])
    torch_cost(A, Y).backward()
    assert_close(A3, A, tolerance)
    for name in parameters:
        assert_close(gradients[f"d{name}"], peer[name].grad, tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), DTYPES)
def test_the_activations_are_those_of_pytorch(dtype: type, tolerance: float) -> None:
    rng = np.random.default_rng(0)
    Z, dA = (rng.normal(scale=3, size=(6, 8)).astype(dtype) for _ in range(2))
    cases = {
        "relu": (activations.relu(Z)[0], activations.relu_backward(dA, Z), torch.relu),
        "leaky": (
            activations.leaky_relu(Z, 0.2)[0],
            activations.leaky_relu_backward(dA, (Z, 0.2)),
            lambda z: torch.nn.functional.leaky_relu(z, 0.2),
        ),
        "tanh": (activations.tanh(Z), dA * activations.tanh_derivative(activations.tanh(Z)), torch.tanh),
        "sigmoid": (1 / (1 + np.exp(-Z)), activations.sigmoid_backward(dA, Z), torch.sigmoid),
    }
    for out, dZ, function in cases.values():
        z = torch.from_numpy(Z.copy()).requires_grad_()
        peer = function(z)
        peer.backward(torch.from_numpy(dA))
        assert_close(out, peer, tolerance)
        assert_close(dZ, z.grad, tolerance)


def test_twenty_steps_of_training_go_the_way_of_pytorch() -> None:
    X, Y, _ = draw(np.float64, [4, 8, 1])
    parameters = initialize_parameters_he([4, 8, 1], rng=0)
    peer = tensors(parameters)
    optimizer = torch.optim.Adam(list(peer.values()), lr=0.05)
    v, s = initialize_adam(parameters)
    for t in range(1, 21):
        AL, caches = L_model_forward(X, parameters)
        grads = L_model_backward(AL, Y, caches)
        parameters, v, s, _, _ = update_parameters_with_adam(parameters, grads, v, s, t, 0.05)

        optimizer.zero_grad()
        hidden = torch.relu(peer["W1"] @ torch.from_numpy(X) + peer["b1"])
        logits = peer["W2"] @ hidden + peer["b2"]
        torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.from_numpy(Y).double()).backward()
        optimizer.step()
    for name, value in parameters.items():
        assert_close(value, peer[name], 1e-8)
