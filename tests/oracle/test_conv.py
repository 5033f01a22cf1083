from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from engine.conv import conv1x1_forward, conv_backward, conv_forward
from engine.conv_nd import conv1d_backward, conv1d_forward, conv3d_backward, conv3d_forward
from engine.conv_transpose import conv_transpose_backward, conv_transpose_forward
from engine.depthwise import (
    depthwise_conv_backward,
    depthwise_conv_forward,
    separable_conv_backward,
    separable_conv_forward,
)
from engine.im2col import conv_backward_fast, conv_forward_fast
from engine.lrn import lrn, lrn_backward
from engine.pool import global_avg_pool, global_avg_pool_backward, pool_backward, pool_forward

F = torch.nn.functional
# On arrays this small, threads wait for each other longer than they work.
torch.set_num_threads(1)
TOLERANCE = {np.float32: 1e-4, np.float64: 1e-10}
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
Peer = Callable[..., torch.Tensor]


def channels_first(x: torch.Tensor) -> torch.Tensor:
    return x.movedim(-1, 1)


def channels_last(x: torch.Tensor) -> torch.Tensor:
    return x.movedim(1, -1)


def assert_close(ours: np.ndarray, peers: np.ndarray, dtype: type) -> None:
    assert ours.dtype == dtype
    assert ours.shape == peers.shape
    assert np.max(np.abs(ours - peers)) <= TOLERANCE[dtype] * max(1e-3, np.max(np.abs(peers)))


def compare(forward: Callable, backward: Callable, peer: Peer, arrays: list[np.ndarray]) -> None:
    """The output and the gradient of each array; `forward` returns (out, cache), `peer` works on the same axes."""
    dtype = arrays[0].dtype.type
    tensors = [torch.from_numpy(array.copy()).requires_grad_() for array in arrays]
    out, cache = forward(*arrays)
    peers = peer(*tensors)
    assert_close(out, peers.detach().numpy(), dtype)
    dout = np.random.default_rng(1).normal(size=out.shape).astype(dtype)
    peers.backward(torch.from_numpy(dout))
    gradients = backward(dout, cache)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    for ours, tensor in zip(gradients, tensors, strict=True):
        assert tensor.grad is not None
        assert_close(ours, tensor.grad.numpy(), dtype)


def draw(dtype: type, *shapes: tuple[int, ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


CONVOLUTIONS = [
    # m, n_H, n_W, n_C_prev, n_C, f, stride, pad
    (3, 17, 15, 3, 8, 5, 1, 2),
    (3, 16, 15, 16, 33, 3, 1, 1),
    (2, 15, 16, 24, 8, 3, 2, 1),
    (2, 11, 12, 5, 7, 4, 3, 5),
    (4, 8, 8, 32, 64, 1, 1, 0),
    (2, 9, 8, 32, 48, 1, 2, 0),
    (1, 28, 28, 64, 64, 3, 1, 1),
]


@DTYPES
@pytest.mark.parametrize(("m", "n_H", "n_W", "n_C_prev", "n_C", "f", "stride", "pad"), CONVOLUTIONS)
def test_convolution(dtype, m, n_H, n_W, n_C_prev, n_C, f, stride, pad) -> None:
    arrays = draw(dtype, (m, n_H, n_W, n_C_prev), (f, f, n_C_prev, n_C), (1, 1, 1, n_C))
    hparameters = {"stride": stride, "pad": pad}

    def peer(A, W, b) -> torch.Tensor:
        Z = F.conv2d(channels_first(A), W.permute(3, 2, 0, 1), b.ravel(), stride=stride, padding=pad)
        return channels_last(Z)

    compare(lambda *arrays: conv_forward(*arrays, hparameters), conv_backward, peer, arrays)
    compare(lambda *arrays: conv_forward_fast(*arrays, hparameters), conv_backward_fast, peer, arrays)
    if f == 1 and stride == 1:
        assert_close(conv1x1_forward(*arrays), peer(*map(torch.from_numpy, arrays)).numpy(), dtype)


@DTYPES
@pytest.mark.parametrize(("stride", "pad"), [(1, 1), (2, 0)])
def test_depthwise_and_separable_convolution(dtype, stride: int, pad: int) -> None:
    A, K, W, b, b_depthwise = draw(dtype, (2, 9, 8, 6), (3, 3, 6), (1, 1, 6, 5), (1, 1, 1, 5), (1, 1, 1, 6))
    hparameters = {"stride": stride, "pad": pad}

    def depthwise(A, K, b) -> torch.Tensor:
        filters = K.permute(2, 0, 1)[:, None]
        return channels_last(F.conv2d(channels_first(A), filters, b, stride=stride, padding=pad, groups=6))

    def separable(A, K, W, b) -> torch.Tensor:
        return depthwise(A, K, None) @ W[0, 0] + b

    compare(
        lambda *arrays: depthwise_conv_forward(*arrays, hparameters),
        depthwise_conv_backward,
        lambda A, K, b: depthwise(A, K, b.ravel()),
        [A, K, b_depthwise],
    )
    compare(
        lambda *arrays: separable_conv_forward(*arrays, hparameters), separable_conv_backward, separable, [A, K, W, b]
    )


@DTYPES
@pytest.mark.parametrize(
    ("f", "stride", "pad", "output_padding"), [(3, 1, 0, 0), (3, 2, 1, 1), (4, 2, 1, 0), (2, 3, 0, 2)]
)
def test_transpose_convolution(dtype, f: int, stride: int, pad: int, output_padding: int) -> None:
    arrays = draw(dtype, (2, 5, 7, 6), (f, f, 4, 6), (1, 1, 1, 4))
    hparameters = {"stride": stride, "pad": pad, "output_padding": output_padding}

    def peer(A, W, b) -> torch.Tensor:
        filters = W.permute(3, 2, 0, 1)
        Z = F.conv_transpose2d(channels_first(A), filters, b.ravel(), stride, pad, output_padding)
        return channels_last(Z)

    compare(lambda *arrays: conv_transpose_forward(*arrays, hparameters), conv_transpose_backward, peer, arrays)


@DTYPES
@pytest.mark.parametrize(("stride", "pad"), [(1, 0), (2, 1), (3, 2)])
def test_convolution_along_time_and_through_volumes(dtype, stride: int, pad: int) -> None:
    def along_time(X, W, b) -> torch.Tensor:
        return channels_last(F.conv1d(channels_first(X), W.permute(2, 1, 0), b, stride, pad))

    def through_volumes(X, W, b) -> torch.Tensor:
        return channels_last(F.conv3d(channels_first(X), W.permute(4, 3, 0, 1, 2), b, stride, pad))

    compare(
        lambda *arrays: conv1d_forward(*arrays, stride, pad),
        conv1d_backward,
        along_time,
        draw(dtype, (3, 20, 7), (5, 7, 6), (6,)),
    )
    compare(
        lambda *arrays: conv3d_forward(*arrays, stride, pad),
        conv3d_backward,
        through_volumes,
        draw(dtype, (2, 6, 7, 5, 4), (3, 3, 3, 4, 5), (5,)),
    )


@DTYPES
@pytest.mark.parametrize(("f", "stride"), [(2, 2), (3, 2), (3, 1), (2, 3)])
def test_pooling_also_where_numbers_are_the_same(dtype, f: int, stride: int) -> None:
    A = np.random.default_rng(2).integers(0, 3, size=(3, 11, 10, 4)).astype(dtype)
    hparameters = {"f": f, "stride": stride}
    for mode, peer in (("max", F.max_pool2d), ("average", F.avg_pool2d)):
        compare(
            lambda A, mode=mode: pool_forward(A, hparameters, mode),
            lambda dA, cache, mode=mode: pool_backward(dA, cache, mode),
            lambda A, peer=peer: channels_last(peer(channels_first(A), f, stride)),
            [A],
        )


@DTYPES
def test_global_pooling_and_local_response_normalization(dtype) -> None:
    (A,) = draw(dtype, (2, 4, 5, 8))
    compare(
        lambda A: (global_avg_pool(A), None),
        lambda dout, _: global_avg_pool_backward(dout, 4, 5),
        lambda A: F.adaptive_avg_pool2d(channels_first(A), 1)[:, :, 0, 0],
        [A],
    )
    settings: dict[str, Any] = {"n": 5, "k": 1.5, "alpha": 0.3, "beta": 0.75}

    # PyTorch divides alpha by the number of channels that take part.
    def peer(A) -> torch.Tensor:
        return channels_last(F.local_response_norm(channels_first(A), 5, alpha=5 * 0.3, beta=0.75, k=1.5))

    compare(lambda A: lrn(A, **settings), lrn_backward, peer, [A])
