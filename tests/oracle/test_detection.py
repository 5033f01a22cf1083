from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from engine.boxes import iou_matrix
from engine.localization import localization_log_loss, localization_loss
from engine.proposals import roi_pool, roi_pool_backward
from engine.segmentation import resize_nearest, segmentation_loss
from engine.sliding_windows import fc_as_conv, fc_to_conv
from engine.yolo import yolo_head
from engine.yolo_loss import yolo_activation_backward, yolo_activation_forward, yolo_loss

TOLERANCE = {np.float32: 1e-4, np.float64: 1e-10}
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def assert_close(ours: Any, peers: torch.Tensor, dtype: type) -> None:
    ours, expected = np.asarray(ours), peers.detach().numpy()
    assert ours.shape == expected.shape
    largest = max(float(np.abs(expected).max()), 1e-30)
    assert float(np.abs(ours - expected).max()) <= TOLERANCE[dtype] * largest


def leaf(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array.copy()).requires_grad_()


@DTYPES
def test_the_matrix_of_overlaps_is_that_of_the_broadcast_formula(dtype: type) -> None:
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 50, size=(2, 40, 2))
    B1, B2 = np.concatenate([corner, corner + rng.uniform(1, 30, size=(2, 40, 2))], axis=2).astype(dtype)
    a, b = torch.from_numpy(B1), torch.from_numpy(B2)
    wh = (torch.minimum(a[:, None, 2:], b[:, 2:]) - torch.maximum(a[:, None, :2], b[:, :2])).clamp(min=0)
    intersection = wh.prod(dim=2)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(dim=1), (b[:, 2:] - b[:, :2]).prod(dim=1)
    assert_close(iou_matrix(B1, B2), intersection / (area_a[:, None] + area_b - intersection), dtype)


@DTYPES
def test_localization_losses_and_gradients(dtype: type) -> None:
    rng = np.random.default_rng(1)
    C, m = 3, 7
    y = rng.random((5 + C, m)).astype(dtype)
    y[0] = np.arange(m) % 2
    classes = rng.integers(0, C, size=m)
    y[5:] = np.eye(C)[classes].T
    y_hat = rng.normal(size=y.shape).astype(dtype)
    target, there = torch.from_numpy(y), torch.from_numpy(y[0] == 1)

    z = leaf(y_hat)
    squared = (z - target) ** 2
    loss = torch.where(there, squared.sum(dim=0), squared[0]).mean()
    loss.backward()
    cost, gradient = localization_loss(y_hat, y)
    assert_close(cost, loss, dtype)
    assert_close(gradient, z.grad, dtype)

    z = leaf(y_hat)
    loss = nn.functional.binary_cross_entropy_with_logits(z[0], target[0], reduction="sum")
    loss = loss + nn.functional.mse_loss(z[1:5, there], target[1:5, there], reduction="sum")
    loss = loss + nn.functional.cross_entropy(z[5:, there].T, torch.from_numpy(classes)[there], reduction="sum")
    loss = loss / m
    loss.backward()
    cost, gradient = localization_log_loss(y_hat, y)
    assert_close(cost, loss, dtype)
    assert_close(gradient, z.grad, dtype)


@DTYPES
def test_a_dense_layer_over_an_image_is_conv2d(dtype: type) -> None:
    rng = np.random.default_rng(2)
    img, W, b = (rng.normal(size=shape).astype(dtype) for shape in ((9, 8, 3), (4, 3 * 2 * 3), (4, 1)))
    W4d, b4d = fc_to_conv(W, b, 3, 2, 3)
    kernel = torch.from_numpy(W4d).permute(3, 2, 0, 1)
    image = torch.from_numpy(img).permute(2, 0, 1)[None]
    expected = nn.functional.conv2d(image, kernel, torch.from_numpy(b4d.ravel()), stride=2)[0].permute(1, 2, 0)
    assert_close(fc_as_conv(img, W, b, 3, 2, stride=2), expected, dtype)


@DTYPES
def test_the_head_of_yolo(dtype: type) -> None:
    rng = np.random.default_rng(3)
    feats, anchors = rng.normal(size=(2, 3, 4, 2 * 8)).astype(dtype), rng.uniform(0.5, 3, size=(2, 2)).astype(dtype)
    t = torch.from_numpy(feats).reshape(2, 3, 4, 2, 8)
    grid = torch.tensor([4, 3])
    row, column = torch.meshgrid(torch.arange(3), torch.arange(4), indexing="ij")
    cell = torch.stack([column, row], dim=-1)[:, :, None]
    expected = (
        (torch.sigmoid(t[..., :2]) + cell) / grid,
        torch.from_numpy(anchors) * torch.exp(t[..., 2:4]) / grid,
        torch.sigmoid(t[..., 4:5]),
        torch.softmax(t[..., 5:], dim=-1),
    )
    for ours, peers in zip(yolo_head(feats, anchors, 3), expected, strict=True):
        assert_close(ours, peers, dtype)


@DTYPES
@pytest.mark.parametrize("square_root", [True, False])
def test_the_loss_of_yolo_from_raw_outputs_down_to_their_gradient(dtype: type, square_root: bool) -> None:
    rng = np.random.default_rng(4)
    anchors = rng.uniform(0.5, 3, size=(2, 2)).astype(dtype)
    Z, target = (rng.normal(size=(3, 4, 4, 2, 8)).astype(dtype) for _ in range(2))
    target[..., 1:] = np.abs(target[..., 1:])
    target[..., 0] = rng.random((3, 4, 4, 2)) < 0.3

    z, t = leaf(Z), torch.from_numpy(target)
    pred = torch.cat(
        [
            torch.sigmoid(z[..., :3]),
            torch.from_numpy(anchors).flip(1) * torch.exp(z[..., 3:5]),
            torch.softmax(z[..., 5:], dim=-1),
        ],
        dim=-1,
    )
    there = t[..., 0] == 1
    p, q = pred[there], t[there]
    sizes = (p[:, 3:5].sqrt() - q[:, 3:5].sqrt()) if square_root else p[:, 3:5] - q[:, 3:5]
    loss = 5 * ((p[:, 1:3] - q[:, 1:3]) ** 2).sum() + 5 * (sizes**2).sum()
    loss = loss + ((p[:, 0] - 1) ** 2).sum() + ((p[:, 5:] - q[:, 5:]) ** 2).sum()
    loss = loss + 0.5 * (pred[..., 0][~there] ** 2).sum()
    loss.backward()

    ours, cache = yolo_activation_forward(Z, anchors)
    assert_close(ours, pred, dtype)
    cost, dpred = yolo_loss(ours, target, square_root=square_root)
    assert_close(cost, loss, dtype)
    assert_close(yolo_activation_backward(dpred, cache), z.grad, dtype)


@DTYPES
def test_the_cross_entropy_of_pixels(dtype: type) -> None:
    rng = np.random.default_rng(5)
    logits, mask = 5 * rng.normal(size=(2, 5, 6, 4)).astype(dtype), rng.integers(0, 4, size=(2, 5, 6))
    z = leaf(logits)
    loss = nn.functional.cross_entropy(z.permute(0, 3, 1, 2), torch.from_numpy(mask))
    loss.backward()
    cost, gradient = segmentation_loss(logits, mask)
    assert_close(cost, loss, dtype)
    assert_close(gradient, z.grad, dtype)


@pytest.mark.parametrize("size", [(3, 5), (14, 10), (8, 17), (1, 1)])
def test_the_nearest_pixel_is_that_of_interpolate(size: tuple[int, int]) -> None:
    image = np.random.default_rng(6).normal(size=(2, 7, 9, 3))
    peer = nn.functional.interpolate(torch.from_numpy(image).permute(0, 3, 1, 2), size, mode="nearest-exact")
    assert_close(resize_nearest(image, size), peer.permute(0, 2, 3, 1), np.float64)


@DTYPES
def test_pooling_of_regions_is_adaptive_pooling_of_their_cut_out(dtype: type) -> None:
    rng = np.random.default_rng(7)
    A = rng.normal(size=(9, 11, 3)).astype(dtype)
    rois, out = np.array([[0, 0, 11, 9], [2, 3, 9, 8], [10, 4, 11, 5], [1, 0, 4, 7]]), (3, 2)
    a = leaf(A)
    cut = [a[y1:y2, x1:x2].permute(2, 0, 1) for x1, y1, x2, y2 in rois]
    expected = torch.stack([nn.functional.adaptive_max_pool2d(one, out).permute(1, 2, 0) for one in cut])
    pooled, cache = roi_pool(A, rois, out)
    assert_close(pooled, expected, dtype)
    dout = rng.normal(size=pooled.shape).astype(dtype)
    expected.backward(torch.from_numpy(dout))
    assert_close(roi_pool_backward(dout, cache), a.grad, dtype)
