"""Attention and a block of a Transformer's encoder, forward and backward."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import nn

from benchmarks.engine.case import Case
from engine.attention import (
    multi_head_attention_backward,
    multi_head_attention_forward,
    scaled_dot_product_attention,
    scaled_dot_product_attention_backward,
)
from engine.layers.base import Layer, zero_gradients
from engine.layers.transformer import EncoderLayer

M, T, D, HEADS, FF = 16, 64, 128, 8, 512
SIZES = f"m {M}, T {T}, d {D}, {HEADS} heads"


def cases(seed: int) -> Iterator[Case]:
    rng = np.random.default_rng(seed)
    yield Case(f"scaled dot-product attention, {SIZES}", 0.9, *scaled_dot_product(rng))
    yield Case(f"multi-head attention, {SIZES}", 0.9, *multi_head(rng))
    yield Case(f"encoder block, {SIZES}, ff {FF}", 0.9, *encoder_block(rng))


def draw(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype(np.float32)


def scaled_dot_product(rng: np.random.Generator) -> tuple[Callable[[], object], Callable[[], object]]:
    q, k, v, dO = (draw(rng, M, HEADS, T, D // HEADS) for _ in range(4))

    def ours() -> object:
        _, weights = scaled_dot_product_attention(q, k, v)
        return scaled_dot_product_attention_backward(dO, (q, k, v, weights))

    inputs = [torch.from_numpy(array).requires_grad_() for array in (q, k, v)]
    dout = torch.from_numpy(dO)

    def peer() -> object:
        for tensor in inputs:
            tensor.grad = None
        nn.functional.scaled_dot_product_attention(*inputs).backward(dout)
        return inputs

    return ours, peer


def multi_head(rng: np.random.Generator) -> tuple[Callable[[], object], Callable[[], object]]:
    x, dOut = draw(rng, M, T, D), draw(rng, M, T, D)
    params = {f"W{name}": draw(rng, D, D) / np.float32(D**0.5) for name in "qkvo"}
    params |= {f"b{name}": draw(rng, D) for name in "qkvo"}

    def ours() -> object:
        _, cache = multi_head_attention_forward(x, x, params, HEADS)
        dx_q, dx_kv, grads = multi_head_attention_backward(dOut, cache)
        return dx_q + dx_kv, grads

    layer = nn.MultiheadAttention(D, HEADS, batch_first=True)
    tx, dout = torch.from_numpy(x).requires_grad_(), torch.from_numpy(dOut)

    def peer() -> object:
        layer.zero_grad()
        tx.grad = None
        layer(tx, tx, tx, need_weights=False)[0].backward(dout)
        return tx

    return ours, peer


def encoder_block(rng: np.random.Generator) -> tuple[Callable[[], object], Callable[[], object]]:
    x, dout = draw(rng, M, T, D), draw(rng, M, T, D)
    layer: Layer = EncoderLayer(D, HEADS, FF, dropout_rate=0.0, rng=rng, dtype=np.float32)

    def ours() -> object:
        zero_gradients(layer)
        layer(x, training=True)
        return layer.backward(dout)

    block = nn.TransformerEncoderLayer(D, HEADS, FF, dropout=0.0, batch_first=True)
    tx, tdout = torch.from_numpy(x).requires_grad_(), torch.from_numpy(dout)

    def peer() -> object:
        block.zero_grad()
        tx.grad = None
        block(tx).backward(tdout)
        return tx

    return ours, peer
