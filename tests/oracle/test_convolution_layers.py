from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from engine.augmentation import rotate
from engine.layers.base import Layer, Sequential
from engine.layers.convolution import (
    AveragePooling2D,
    Conv2D,
    Conv2DTranspose,
    DepthwiseConv2D,
    GlobalAveragePooling2D,
    MaxPooling2D,
    same_padding,
)
from engine.mobilenet import Relu6
from engine.resnet import convolutional_block, residual_block_backward, residual_block_forward

F = nn.functional
TOLERANCE = {np.float32: 1e-4, np.float64: 1e-10}
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
Peer = Callable[..., torch.Tensor]


def channels_first(x: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2)))


def channels_last(x: torch.Tensor) -> np.ndarray:
    array = x.detach().numpy()
    return array.transpose(0, 2, 3, 1) if array.ndim == 4 else array


def assert_close(ours: np.ndarray, peers: np.ndarray, dtype: type) -> None:
    assert ours.dtype == dtype
    assert ours.shape == peers.shape
    assert np.max(np.abs(ours - peers)) <= TOLERANCE[dtype] * max(1e-3, np.max(np.abs(peers)))


def compare(layer: Layer, peer: Peer, x: np.ndarray, weights: dict[str, tuple[int, ...]] | None = None) -> None:
    """The output and all gradients; `weights` says how the axes of a parameter stand in PyTorch."""
    dtype = x.dtype.type
    tensors = {
        name: torch.from_numpy(layer.parameters[name].transpose(axes).copy()).requires_grad_()
        for name, axes in (weights or {}).items()
    }
    images = channels_first(x).requires_grad_()
    out, peers = layer(x, training=True), peer(images, **tensors)
    assert_close(out, channels_last(peers), dtype)
    dout = np.random.default_rng(1).normal(size=out.shape).astype(dtype)
    dx = layer.backward(dout)
    peers.backward(channels_first(dout) if dout.ndim == 4 else torch.from_numpy(dout))
    assert_close(dx, channels_last(images.grad), dtype)
    for name, axes in (weights or {}).items():
        gradient = tensors[name].grad.numpy().transpose(np.argsort(axes))
        assert_close(layer.gradients[name], gradient, dtype)


@DTYPES
@pytest.mark.parametrize(("f", "stride", "pad"), [(3, 1, 1), (5, 2, 0), (1, 1, 0), (2, 3, 2)])
def test_convolutions(f: int, stride: int, pad: int, dtype: type) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 9, 8, 4)).astype(dtype)
    layer = Conv2D(4, 6, f, stride, pad, rng=rng, dtype=dtype)
    layer.parameters["b"] += rng.normal(size=6).astype(dtype)
    compare(layer, lambda x, W, b: F.conv2d(x, W, b, stride, pad), x, {"W": (3, 2, 0, 1), "b": (0,)})
    depthwise = DepthwiseConv2D(4, f, stride, pad, use_bias=False, rng=rng, dtype=dtype)
    compare(depthwise, lambda x, K: F.conv2d(x, K[:, None], None, stride, pad, groups=4), x, {"K": (2, 0, 1)})


@DTYPES
@pytest.mark.parametrize(("f", "stride", "pad", "more"), [(3, 2, 1, 1), (2, 2, 0, 0), (4, 1, 2, 0), (2, 3, 0, 2)])
def test_transpose_convolutions(f: int, stride: int, pad: int, more: int, dtype: type) -> None:
    rng = np.random.default_rng(0)
    layer = Conv2DTranspose(4, 6, f, stride, pad, more, rng=rng, dtype=dtype)

    def peer(x: torch.Tensor, W: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return F.conv_transpose2d(x, W, b, stride, pad, more)

    compare(layer, peer, rng.normal(size=(3, 5, 4, 4)).astype(dtype), {"W": (3, 2, 0, 1), "b": (0,)})


@DTYPES
def test_pooling(dtype: type) -> None:
    x = np.random.default_rng(0).normal(size=(3, 9, 8, 4)).astype(dtype)
    compare(MaxPooling2D(3, 2), lambda x: F.max_pool2d(x, 3, 2), x)
    compare(MaxPooling2D(3, 1, "same"), lambda x: F.max_pool2d(x, 3, 1, 1), x)
    compare(AveragePooling2D(2), lambda x: F.avg_pool2d(x, 2), x)
    compare(GlobalAveragePooling2D(), lambda x: x.mean(dim=(2, 3)), x)
    compare(Relu6(), F.relu6, 5 * x)


@pytest.mark.parametrize(("f", "stride"), [(3, 1), (4, 1), (3, 2), (2, 3), (5, 2)])
def test_same_padding_is_that_of_pytorch_where_it_has_one_and_covers_the_image(f: int, stride: int) -> None:
    x = np.random.default_rng(0).normal(size=(2, 9, 8, 3))
    layer = Conv2D(3, 2, f, stride, "same", use_bias=False, rng=0)
    (top, bottom), (left, right) = same_padding(9, 8, f, stride)

    def peer(x: torch.Tensor, W: torch.Tensor) -> torch.Tensor:
        if stride == 1 and f % 2:
            return F.conv2d(x, W, None, padding="same")
        return F.conv2d(F.pad(x, (left, right, top, bottom)), W, None, stride)

    compare(layer, peer, x, {"W": (3, 2, 0, 1)})


@DTYPES
def test_a_residual_block_by_hand_and_one_of_layers(dtype: type) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 6, 5, 4)).astype(dtype)
    shapes = {"W1": (3, 3, 4, 6), "W2": (3, 3, 6, 6), "Ws": (1, 1, 4, 6), "b1": (1, 1, 1, 6), "b2": (1, 1, 1, 6)}
    params = {name: rng.normal(size=shape).astype(dtype) for name, shape in {**shapes, "bs": (1, 1, 1, 6)}.items()}
    tensors = {
        name: torch.from_numpy(value.transpose(3, 2, 0, 1).copy() if name[0] == "W" else value.ravel().copy())
        for name, value in params.items()
    }
    for tensor in tensors.values():
        tensor.requires_grad_()
    images = channels_first(x).requires_grad_()
    inner = F.relu(F.conv2d(images, tensors["W1"], tensors["b1"], 2, 1))
    peers = F.relu(
        F.conv2d(inner, tensors["W2"], tensors["b2"], 1, 1) + F.conv2d(images, tensors["Ws"], tensors["bs"], 2)
    )
    A_out, cache = residual_block_forward(x, params, stride=2)
    assert_close(A_out, channels_last(peers), dtype)
    dA = rng.normal(size=A_out.shape).astype(dtype)
    peers.backward(channels_first(dA))
    dA_prev, grads = residual_block_backward(dA, cache)
    assert_close(dA_prev, channels_last(images.grad), dtype)
    for name, tensor in tensors.items():
        gradient = tensor.grad.numpy()
        gradient = gradient.transpose(2, 3, 1, 0) if name[0] == "W" else gradient.reshape(1, 1, 1, -1)
        assert_close(grads[f"d{name}"], gradient, dtype)


@DTYPES
def test_a_bottleneck_block_with_batch_normalization(dtype: type) -> None:
    rng = np.random.default_rng(0)
    block = convolutional_block(4, 3, (2, 3, 6), s=2, rng=rng, dtype=dtype)
    assert isinstance(block, Sequential)

    def norm(channels: int) -> nn.Module:
        return nn.BatchNorm2d(channels, eps=1e-3)

    main = [nn.Conv2d(4, 2, 1, 2), norm(2), nn.ReLU(), nn.Conv2d(2, 3, 3, 1, 1), norm(3), nn.ReLU()]
    main = nn.Sequential(*main, nn.Conv2d(3, 6, 1), norm(6))
    around = nn.Sequential(nn.Conv2d(4, 6, 1, 2), norm(6))
    if dtype is np.float64:
        main, around = main.double(), around.double()
    branches = block.children["0"].children
    for ours, peers in ((branches["0"], main), (branches["1"], around)):
        for layer, peer in zip(ours.children.values(), peers, strict=True):
            if isinstance(layer, Conv2D):
                peer.weight.data = torch.from_numpy(layer.parameters["W"].transpose(3, 2, 0, 1).copy())
                peer.bias.data.zero_()
    compare(block, lambda x: F.relu(main(x) + around(x)), rng.normal(size=(3, 6, 5, 4)).astype(dtype))


def test_a_turned_image() -> None:
    image = np.random.default_rng(0).normal(size=(6, 6, 2))
    angle = 0.7
    cos, sin = np.cos(angle), np.sin(angle)
    theta = torch.tensor([[[cos, -sin, 0.0], [sin, cos, 0.0]]])
    grid = F.affine_grid(theta, (1, 2, 6, 6), align_corners=False)
    peers = F.grid_sample(channels_first(image[None]), grid, padding_mode="reflection", align_corners=False)
    np.testing.assert_allclose(rotate(image, angle), channels_last(peers)[0], atol=1e-10)
