from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from engine.attention import (
    multi_head_attention_backward,
    multi_head_attention_forward,
    scaled_dot_product_attention,
    scaled_dot_product_attention_backward,
)
from engine.layernorm import layer_norm_backward, layer_norm_forward
from engine.layers.base import gradients_of, parameters_of
from engine.layers.transformer import DecoderLayer, EncoderLayer
from engine.masks import create_look_ahead_mask, create_padding_mask
from engine.transformer import masked_cross_entropy

TOLERANCE = {np.float32: 1e-4, np.float64: 1e-10}
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
M, T_X, T_Y, D, H, FF = 3, 6, 5, 8, 2, 12

Arrays = Mapping[str, np.ndarray]


def assert_close(ours: np.ndarray, peers: Any, dtype: type) -> None:
    peers = np.asarray(peers.detach() if isinstance(peers, torch.Tensor) else peers)
    assert ours.dtype == dtype
    largest = max(float(np.abs(peers).max()), 1e-6)
    np.testing.assert_allclose(ours, peers, rtol=0, atol=TOLERANCE[dtype] * largest)


def tensors(*arrays: np.ndarray) -> list[torch.Tensor]:
    return [torch.from_numpy(array.copy()).requires_grad_() for array in arrays]


def copy_attention(params: Arrays, peer: nn.MultiheadAttention) -> None:
    """PyTorch keeps Wq, Wk and Wv in one matrix, one above the other, each transposed."""
    with torch.no_grad():
        peer.in_proj_weight.copy_(torch.from_numpy(np.concatenate([params[f"W{n}"].T for n in "qkv"])))
        peer.in_proj_bias.copy_(torch.from_numpy(np.concatenate([params[f"b{n}"] for n in "qkv"])))
        peer.out_proj.weight.copy_(torch.from_numpy(params["Wo"].T.copy()))
        peer.out_proj.bias.copy_(torch.from_numpy(params["bo"]))


def attention_gradients(peer: nn.MultiheadAttention) -> dict[str, np.ndarray]:
    grads = dict(zip(("Wq", "Wk", "Wv"), (g.T.numpy() for g in peer.in_proj_weight.grad.chunk(3)), strict=True))
    grads |= dict(zip(("bq", "bk", "bv"), (g.numpy() for g in peer.in_proj_bias.grad.chunk(3)), strict=True))
    return grads | {"Wo": peer.out_proj.weight.grad.T.numpy(), "bo": peer.out_proj.bias.grad.numpy()}


def draw(rng: np.random.Generator, dtype: type, *shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype(dtype)


@DTYPES
@pytest.mark.parametrize("size", [1, 40])
def test_scaled_dot_product_attention(dtype: type, size: float) -> None:
    rng = np.random.default_rng(0)
    q, k, v, dO = (draw(rng, dtype, M, H, T, 4) for T in (T_Y, T_X, T_X, T_Y))
    q *= dtype(size)  # with the larger size, some scores need their row's maximum taken off
    mask = rng.random((M, 1, T_Y, T_X)) < 0.7
    mask[..., 0] = True
    output, weights = scaled_dot_product_attention(q, k, v, mask)
    tq, tk, tv = tensors(q, k, v)
    peer = nn.functional.scaled_dot_product_attention(tq, tk, tv, attn_mask=torch.from_numpy(mask))
    peer.backward(torch.from_numpy(dO))
    assert_close(output, peer, dtype)
    for ours, peers in zip(scaled_dot_product_attention_backward(dO, (q, k, v, weights)), (tq, tk, tv), strict=True):
        assert_close(ours, peers.grad, dtype)


@DTYPES
def test_multi_head_attention(dtype: type) -> None:
    rng = np.random.default_rng(1)
    params = {f"W{n}": draw(rng, dtype, D, D) for n in "qkvo"} | {f"b{n}": draw(rng, dtype, D) for n in "qkvo"}
    x_q, x_kv, dOut = (draw(rng, dtype, M, T, D) for T in (T_Y, T_X, T_Y))
    mask = create_padding_mask(np.array([[1] * n + [0] * (T_X - n) for n in (6, 2, 4)]))
    out, cache = multi_head_attention_forward(x_q, x_kv, params, H, mask)
    dx_q, dx_kv, grads = multi_head_attention_backward(dOut, cache)
    peer = nn.MultiheadAttention(D, H, batch_first=True, dtype=getattr(torch, dtype.__name__))
    copy_attention(params, peer)
    tq, tkv = tensors(x_q, x_kv)
    ignored = torch.from_numpy(mask[:, 0] == 0)
    peer_out, peer_weights = peer(tq, tkv, tkv, key_padding_mask=ignored, average_attn_weights=False)
    peer_out.backward(torch.from_numpy(dOut))
    assert_close(out, peer_out, dtype)
    assert_close(cache[2][3], peer_weights, dtype)
    assert_close(dx_q, tq.grad, dtype)
    assert_close(dx_kv, tkv.grad, dtype)
    for name, gradient in attention_gradients(peer).items():
        if name != "bk":  # exactly 0; both are rounding alone
            assert_close(grads[f"d{name}"], gradient, dtype)


@DTYPES
def test_layer_normalization(dtype: type) -> None:
    rng = np.random.default_rng(2)
    x, dy, gamma, beta = (draw(rng, dtype, *shape) for shape in ((M, T_X, D), (M, T_X, D), (D,), (D,)))
    y, cache = layer_norm_forward(x, gamma, beta, eps=1e-5)
    tx, tgamma, tbeta = tensors(x, gamma, beta)
    peer = nn.functional.layer_norm(tx, (D,), tgamma, tbeta, eps=1e-5)
    peer.backward(torch.from_numpy(dy))
    assert_close(y, peer, dtype)
    for ours, peers in zip(layer_norm_backward(dy, cache), (tx, tgamma, tbeta), strict=True):
        assert_close(ours, peers.grad, dtype)


def copy_rest(params: Arrays, peer: nn.Module, norms: int) -> None:
    with torch.no_grad():
        for i, linear in enumerate((peer.linear1, peer.linear2), start=1):
            linear.weight.copy_(torch.from_numpy(params[f"ffn.W{i}"].T.copy()))
            linear.bias.copy_(torch.from_numpy(params[f"ffn.b{i}"]))
        for i in range(1, norms + 1):
            norm = getattr(peer, f"norm{i}")
            norm.weight.copy_(torch.from_numpy(params[f"layernorm{i}.gamma"]))
            norm.bias.copy_(torch.from_numpy(params[f"layernorm{i}.beta"]))


def rest_gradients(peer: nn.Module, norms: int) -> dict[str, np.ndarray]:
    grads = {}
    for i, linear in enumerate((peer.linear1, peer.linear2), start=1):
        grads |= {f"ffn.W{i}": linear.weight.grad.T.numpy(), f"ffn.b{i}": linear.bias.grad.numpy()}
    for i in range(1, norms + 1):
        norm = getattr(peer, f"norm{i}")
        grads |= {f"layernorm{i}.gamma": norm.weight.grad.numpy(), f"layernorm{i}.beta": norm.bias.grad.numpy()}
    return grads


def part(params: Arrays, prefix: str) -> dict[str, np.ndarray]:
    return {name[len(prefix) + 1 :]: value for name, value in params.items() if name.startswith(f"{prefix}.")}


def shake(params: Arrays, rng: np.random.Generator) -> None:
    for value in params.values():
        value += rng.normal(scale=0.1, size=value.shape).astype(value.dtype)


@DTYPES
def test_an_encoder_layer(dtype: type) -> None:
    rng = np.random.default_rng(3)
    layer = EncoderLayer(D, H, FF, 0.0, 1e-5, rng, dtype)
    params = parameters_of(layer)
    shake(params, rng)
    kwargs = {"dropout": 0.0, "batch_first": True, "dtype": getattr(torch, dtype.__name__)}
    peer = nn.TransformerEncoderLayer(D, H, FF, **kwargs)  # the norms come after, as in the paper
    copy_attention(part(params, "mha"), peer.self_attn)
    copy_rest(params, peer, 2)
    x, dout = draw(rng, dtype, M, T_X, D), draw(rng, dtype, M, T_X, D)
    mask = create_padding_mask(np.array([[1] * n + [0] * (T_X - n) for n in (6, 2, 4)]))
    (tx,) = tensors(x)
    peer_out = peer(tx, src_key_padding_mask=torch.from_numpy(mask[:, 0] == 0))
    peer_out.backward(torch.from_numpy(dout))
    assert_close(layer.forward(x, True, mask), peer_out, dtype)
    assert_close(layer.backward(dout), tx.grad, dtype)
    ours = gradients_of(layer)
    peers = {f"mha.{name}": g for name, g in attention_gradients(peer.self_attn).items()} | rest_gradients(peer, 2)
    assert ours.keys() == peers.keys()
    for name in peers.keys() - {"mha.bk"}:
        assert_close(ours[name], peers[name], dtype)


@DTYPES
def test_a_decoder_layer(dtype: type) -> None:
    rng = np.random.default_rng(4)
    layer = DecoderLayer(D, H, FF, 0.0, 1e-5, rng, dtype)
    params = parameters_of(layer)
    shake(params, rng)
    kwargs = {"dropout": 0.0, "batch_first": True, "dtype": getattr(torch, dtype.__name__)}
    peer = nn.TransformerDecoderLayer(D, H, FF, **kwargs)
    copy_attention(part(params, "mha1"), peer.self_attn)
    copy_attention(part(params, "mha2"), peer.multihead_attn)
    copy_rest(params, peer, 3)
    x, enc_output, dout = (draw(rng, dtype, M, T, D) for T in (T_Y, T_X, T_Y))
    ahead, padding = (
        create_look_ahead_mask(T_Y),
        create_padding_mask(np.array([[1] * n + [0] * (6 - n) for n in (6, 2, 4)])),
    )
    tx, tenc = tensors(x, enc_output)
    peer_out = peer(
        tx,
        tenc,
        tgt_mask=torch.from_numpy(ahead[0] == 0),
        memory_key_padding_mask=torch.from_numpy(padding[:, 0] == 0),
    )
    peer_out.backward(torch.from_numpy(dout))
    assert_close(layer.forward(x, True, enc_output, ahead, padding), peer_out, dtype)
    assert_close(layer.backward(dout), tx.grad, dtype)
    assert_close(layer.denc_output, tenc.grad, dtype)
    ours = gradients_of(layer)
    peers = {f"mha1.{name}": g for name, g in attention_gradients(peer.self_attn).items()}
    peers |= {f"mha2.{name}": g for name, g in attention_gradients(peer.multihead_attn).items()}
    peers |= rest_gradients(peer, 3)
    assert ours.keys() == peers.keys()
    for name in peers.keys() - {"mha1.bk", "mha2.bk"}:
        assert_close(ours[name], peers[name], dtype)


@DTYPES
@pytest.mark.parametrize("pad", [0, -100])
def test_the_loss_over_words(dtype: type, pad: int) -> None:
    rng = np.random.default_rng(5)
    logits, targets = draw(rng, dtype, M, T_Y, 7), rng.integers(0, 7, size=(M, T_Y))
    targets[0, 2:] = pad
    loss, dlogits = masked_cross_entropy(logits, targets, pad)
    (tlogits,) = tensors(logits)
    peer = nn.functional.cross_entropy(tlogits.transpose(1, 2), torch.from_numpy(targets), ignore_index=pad)
    peer.backward()
    assert loss == pytest.approx(peer.item(), rel=TOLERANCE[dtype])
    assert_close(dlogits, tlogits.grad, dtype)
