from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from engine.layers.base import Layer, gradients_of
from engine.layers.embedding import Embedding
from engine.layers.recurrent import GRU, LSTM, Bidirectional, Recurrent, SimpleRNN
from engine.rnn import rnn_loss_and_grads

N_IN, N, M, T = 3, 5, 4, 7
TOLERANCE = {np.float32: 1e-4, np.float64: 1e-10}
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def rows(order: list[int], signs: tuple[int, ...] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Which of PyTorch's rows become the engine's, and with which sign."""
    index = np.concatenate([np.arange(N) + N * gate for gate in order])
    return index, np.repeat(np.float32(signs or (1,) * len(order)), N)[:, None]


# PyTorch: i, f, g, o; the engine: f, i, o, g. PyTorch: r, z, n with z = 1 - u; the engine: u, r, candidate.
LSTM_ROWS = rows([1, 0, 3, 2])
GRU_ROWS = rows([1, 0, 2], (-1, 1, 1))


def copy_weights(layer: Recurrent, peer: nn.Module, suffix: str) -> None:
    Wx, Wa, bx, ba = (getattr(peer, f"{name}_l0{suffix}").detach().numpy() for name in NAMES)
    if isinstance(layer, GRU):
        index, signs = GRU_ROWS
        values = {"Wx": Wx[index] * signs, "Wc": Wa[index] * signs}
        values |= {"bx": bx[index, None] * signs, "bc": ba[index, None] * signs}
    else:
        index, signs = LSTM_ROWS if isinstance(layer, LSTM) else rows([0])
        values = {"W": np.concatenate([Wa, Wx], axis=1)[index], "b": (bx + ba)[index, None]}
    for name, value in values.items():
        layer.parameters[name][...] = value


def weight_gradients(layer: Recurrent, peer: nn.Module, suffix: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs (ours, PyTorch's), in PyTorch's rows."""
    dWx, dWa, dbx, dba = (getattr(peer, f"{name}_l0{suffix}").grad.numpy() for name in NAMES)
    ours = layer.gradients
    if isinstance(layer, GRU):
        index, signs = GRU_ROWS
        pairs = [(ours["Wx"], dWx), (ours["Wc"], dWa), (ours["bx"], dbx[:, None]), (ours["bc"], dba[:, None])]
        return [(gradient * signs, peers[index]) for gradient, peers in pairs]
    index, _ = LSTM_ROWS if isinstance(layer, LSTM) else rows([0])
    return [(ours["W"], np.concatenate([dWa, dWx], axis=1)[index]), (ours["b"], dbx[index, None])]


NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def assert_close(ours: np.ndarray, peers: Any, dtype: type) -> None:
    peers = np.asarray(peers.detach() if isinstance(peers, torch.Tensor) else peers)
    assert ours.dtype == dtype
    assert np.max(np.abs(ours - peers)) <= TOLERANCE[dtype] * max(1e-3, np.max(np.abs(peers)))


def run_both(layer: Layer, peer: nn.Module, dtype: type) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(M, T, N_IN)).astype(dtype)
    peer_x = torch.from_numpy(x.copy()).requires_grad_()
    peer_out = peer(peer_x)[0]
    dout = rng.normal(size=peer_out.shape).astype(dtype)
    peer_out.backward(torch.from_numpy(dout))
    assert_close(layer(x, training=True), peer_out, dtype)
    assert_close(layer.backward(dout), peer_x.grad, dtype)
    return peer_x, peer_out


@DTYPES
@pytest.mark.parametrize(("ours", "peers"), [(SimpleRNN, nn.RNN), (LSTM, nn.LSTM), (GRU, nn.GRU)])
def test_a_recurrent_layer_equals_pytorchs(ours: Any, peers: Any, dtype: type) -> None:
    torch.manual_seed(0)
    peer = peers(N_IN, N, batch_first=True).to(torch.float32 if dtype == np.float32 else torch.float64)
    layer = ours(N_IN, N, return_sequences=True, dtype=dtype)
    copy_weights(layer, peer, "")
    run_both(layer, peer, dtype)
    for gradient, peer_gradient in weight_gradients(layer, peer, ""):
        assert_close(gradient, peer_gradient, dtype)


@DTYPES
def test_both_ways_equal_pytorchs_with_padding_too(dtype: type) -> None:
    torch.manual_seed(0)
    peer = nn.LSTM(N_IN, N, batch_first=True, bidirectional=True)
    peer = peer.to(torch.float32 if dtype == np.float32 else torch.float64)
    ahead, back = (LSTM(N_IN, N, True, dtype=dtype) for _ in range(2))
    copy_weights(ahead, peer, "")
    copy_weights(back, peer, "_reverse")
    both = Bidirectional(ahead, back)
    run_both(both, peer, dtype)
    for layer, suffix in ((ahead, ""), (back, "_reverse")):
        for gradient, peer_gradient in weight_gradients(layer, peer, suffix):
            assert_close(gradient, peer_gradient, dtype)

    x, lengths = np.random.default_rng(1).normal(size=(M, T, N_IN)).astype(dtype), [T, 3, 1, 5]
    packed = nn.utils.rnn.pack_padded_sequence(
        torch.from_numpy(x), torch.tensor(lengths), batch_first=True, enforce_sorted=False
    )
    peer_out, (h, c) = peer(packed)
    assert_close(
        both.forward(x, lengths=lengths), nn.utils.rnn.pad_packed_sequence(peer_out, batch_first=True)[0], dtype
    )
    assert_close(ahead.last_state[1], c[0], dtype)
    assert_close(back.last_state[0], h[1], dtype)


def test_the_loss_and_all_gradients_of_a_recurrent_network_equal_pytorchs() -> None:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    peer, dense = nn.RNN(N_IN, N).double(), nn.Linear(N, 6).double()
    Wax, Waa, bx, ba = (getattr(peer, f"{name}_l0").detach().numpy() for name in NAMES)
    parameters = {"Wax": Wax, "Waa": Waa, "ba": (bx + ba)[:, None]}
    parameters |= {"Wya": dense.weight.detach().numpy(), "by": dense.bias.detach().numpy()[:, None]}
    x, ids, a0 = rng.normal(size=(N_IN, M, T)), rng.integers(0, 6, size=(M, T)), rng.normal(size=(N, M))
    loss, grads = rnn_loss_and_grads(x, np.eye(6)[:, ids], a0, parameters)
    states, _ = peer(torch.from_numpy(np.moveaxis(x, (2, 1), (0, 1)).copy()), torch.from_numpy(a0.T.copy())[None])
    peer_loss = nn.functional.cross_entropy(dense(states).permute(1, 2, 0), torch.from_numpy(ids), reduction="sum")
    peer_loss.backward()
    assert loss == pytest.approx(peer_loss.item(), rel=1e-12)
    assert_close(grads["dWaa"], peer.weight_hh_l0.grad, np.float64)
    assert_close(grads["dWax"], peer.weight_ih_l0.grad, np.float64)
    assert_close(grads["dWya"], dense.weight.grad, np.float64)
    assert_close(grads["dby"], dense.bias.grad[:, None], np.float64)


@DTYPES
def test_an_embedding_equals_pytorchs(dtype: type) -> None:
    rng = np.random.default_rng(0)
    layer, ids = Embedding(9, 4, rng=0, dtype=dtype), rng.integers(0, 9, size=(3, 20))
    table = torch.from_numpy(layer.parameters["E"].copy()).requires_grad_()
    peer_out = nn.functional.embedding(torch.from_numpy(ids), table)
    dout = rng.normal(size=peer_out.shape).astype(dtype)
    peer_out.backward(torch.from_numpy(dout))
    assert_close(layer(ids, training=True), peer_out, dtype)
    layer.backward(dout)
    assert_close(gradients_of(layer)["E"], table.grad, dtype)


def test_the_gru_of_the_lectures_equals_its_formula_under_autograd() -> None:
    rng = np.random.default_rng(0)
    layer = GRU(N_IN, N, True, reset_after=False, rng=0)
    x, dout = rng.normal(size=(M, T, N_IN)), rng.normal(size=(M, T, N))
    W, b = (torch.from_numpy(layer.parameters[name].copy()).requires_grad_() for name in "Wb")
    (Wu, Wr, Wc), (bu, br, bc) = W.chunk(3), b.T.chunk(3, dim=1)
    peer_x, c, states = torch.from_numpy(x.copy()).requires_grad_(), torch.zeros(M, N).double(), []
    for xt in peer_x.unbind(1):
        both = torch.cat([c, xt], 1)
        u, r = torch.sigmoid(both @ Wu.T + bu), torch.sigmoid(both @ Wr.T + br)
        candidate = torch.tanh(torch.cat([r * c, xt], 1) @ Wc.T + bc)
        c = u * candidate + (1 - u) * c
        states.append(c)
    torch.stack(states, 1).backward(torch.from_numpy(dout))
    assert_close(layer(x, training=True), torch.stack(states, 1), np.float64)
    assert_close(layer.backward(dout), peer_x.grad, np.float64)
    assert_close(layer.gradients["W"], W.grad, np.float64)
    assert_close(layer.gradients["b"], b.grad, np.float64)
