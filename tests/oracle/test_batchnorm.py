from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from engine import batchnorm, batchnorm_net
from engine.layers.normalization import BatchNormalization

TOLERANCE = {np.float32: 1e-4, np.float64: 1e-10}
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def draw(dtype: type, *shapes: tuple[int, ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(loc=1, scale=2, size=shape).astype(dtype) for shape in shapes]


def leaf(x: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(x.copy()).requires_grad_()


def assert_close(ours: np.ndarray, peer: torch.Tensor | None, dtype: type) -> None:
    assert peer is not None
    expected = peer.detach().numpy()
    assert ours.dtype == expected.dtype == dtype
    assert ours.shape == expected.shape
    assert np.max(np.abs(ours - expected)) <= TOLERANCE[dtype] * np.max(np.abs(expected))


@DTYPES
def test_batch_normalization_of_columns_forward_backward_and_in_use(dtype: type) -> None:
    n, B = 6, 9
    Z, gamma, beta, dZ_tilde = draw(dtype, (n, B), (n, 1), (n, 1), (n, B))
    Z_tilde, cache = batchnorm.batchnorm_forward(Z, gamma, beta, eps=1e-5)
    dZ, dgamma, dbeta = batchnorm.batchnorm_backward(dZ_tilde, cache)

    z, g, b = leaf(Z), leaf(gamma[:, 0]), leaf(beta[:, 0])
    mean, var = torch.zeros(n, dtype=z.dtype), torch.ones(n, dtype=z.dtype)
    peer = functional.batch_norm(z.T, mean, var, g, b, training=True, momentum=0.1, eps=1e-5).T
    peer.backward(torch.from_numpy(dZ_tilde))
    assert_close(Z_tilde, peer, dtype)
    assert_close(dZ, z.grad, dtype)
    assert_close(dgamma[:, 0], g.grad, dtype)
    assert_close(dbeta[:, 0], b.grad, dtype)

    # PyTorch keeps 1 - momentum of what was, and the unbiased variance.
    statistics = Z.mean(axis=1, keepdims=True), Z.var(axis=1, ddof=1, keepdims=True)
    before = {"mu": np.zeros((n, 1), dtype), "var": np.ones((n, 1), dtype)}
    running = batchnorm.batchnorm_update_running(*statistics, before, momentum=0.9)
    assert_close(running["mu"][:, 0], mean, dtype)
    assert_close(running["var"][:, 0], var, dtype)
    in_use = batchnorm.batchnorm_inference(Z, gamma, beta, running, eps=1e-5)
    assert_close(in_use, functional.batch_norm(z.T, mean, var, g, b, training=False, eps=1e-5).T, dtype)


@DTYPES
@pytest.mark.parametrize("shape", [(17, 5), (64, 256), (3, 4, 6, 5)], ids=["rows", "wide-rows", "images"])
@pytest.mark.parametrize("frozen", [False, True], ids=["trained", "frozen"])
def test_the_layer_is_that_of_pytorch(dtype: type, shape: tuple[int, ...], frozen: bool) -> None:
    n = shape[-1]
    x, dout, gamma, beta, mean, var = draw(dtype, shape, shape, (n,), (n,), (n,), (n,))
    layer = BatchNormalization(n, momentum=0.9, eps=1e-5, dtype=dtype)
    layer.parameters["gamma"][:], layer.parameters["beta"][:] = gamma, beta
    layer.state["mean"][:], layer.state["var"][:] = mean, np.abs(var)
    layer.trainable = not frozen

    peer = (nn.BatchNorm2d if len(shape) == 4 else nn.BatchNorm1d)(n, dtype=torch.from_numpy(x).dtype)
    with torch.no_grad():
        for name, value in (("weight", gamma), ("bias", beta), ("running_mean", mean), ("running_var", np.abs(var))):
            getattr(peer, name).copy_(torch.from_numpy(value))
    peer.train(not frozen)
    x_peer = leaf(x)
    out_peer = peer(x_peer.movedim(-1, 1)).movedim(1, -1)
    out_peer.backward(torch.from_numpy(dout))

    assert_close(layer.forward(x, training=True), out_peer, dtype)
    assert_close(layer.backward(dout), x_peer.grad, dtype)
    assert_close(layer.gradients["gamma"], peer.weight.grad, dtype)
    assert_close(layer.gradients["beta"], peer.bias.grad, dtype)
    assert_close(layer.state["mean"], peer.running_mean, dtype)
    if not frozen:
        # The engine and Keras keep the biased variance of the mini-batch, PyTorch the unbiased one.
        count = x.size // n
        biased = (layer.state["var"] - dtype(0.9) * np.abs(var)) * dtype(count / (count - 1)) + dtype(0.9) * np.abs(var)
        assert_close(biased.astype(dtype), peer.running_var, dtype)


@DTYPES
def test_the_normalized_network_is_that_of_pytorch(dtype: type) -> None:
    dims, B = [5, 7, 6, 2], 9
    start = batchnorm_net.initialize_parameters_bn(dims, rng=0)
    parameters = {name: value.astype(dtype) for name, value in start.items()}
    (X,) = draw(dtype, (dims[0], B))
    Y = np.random.default_rng(1).integers(0, 2, size=(dims[-1], B))
    AL, cache = batchnorm_net.L_model_forward_bn(X, parameters, eps=1e-5)
    grads = batchnorm_net.L_model_backward_bn(AL, Y, cache)

    peer = {name: leaf(value) for name, value in parameters.items()}
    A = torch.from_numpy(X)
    for layer in (1, 2):
        gamma, beta = peer[f"gamma{layer}"][:, 0], peer[f"beta{layer}"][:, 0]
        A = torch.relu(
            functional.batch_norm((peer[f"W{layer}"] @ A).T, None, None, gamma, beta, training=True, eps=1e-5)
        ).T
    A = torch.sigmoid(peer["W3"] @ A + peer["b3"])
    (functional.binary_cross_entropy(A, torch.from_numpy(Y).to(A.dtype), reduction="sum") / B).backward()
    assert_close(AL, A, dtype)
    for name in parameters:
        assert_close(grads[f"d{name}"], peer[name].grad, dtype)
