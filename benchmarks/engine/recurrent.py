"""LSTM and GRU, forward and backward: 50 steps, 64 sequences, from 64 inputs to a state of 128."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.engine.case import Case
from engine.gru_packed import gru_packed_backward, gru_packed_forward
from engine.gru_reset_after import gru_reset_after_backward, gru_reset_after_forward
from engine.lstm_packed import lstm_packed_backward, lstm_packed_forward

T, M, N_X, N_A = 50, 64, 64, 128


def cases(seed: int) -> Iterator[Case]:
    import torch
    from torch import nn

    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)

    def draw(*shape: int) -> np.ndarray:
        return rng.normal(scale=0.1, size=shape).astype(np.float32)

    x, da, zeros = draw(T, N_X, M), draw(T, N_A, M), np.zeros((N_A, M), np.float32)
    peer_x = torch.from_numpy(np.ascontiguousarray(x.transpose(0, 2, 1))).requires_grad_()
    peer_da = torch.from_numpy(np.ascontiguousarray(da.transpose(0, 2, 1)))

    def peer_pass(layer: nn.Module) -> object:
        out = layer(peer_x)[0]
        return torch.autograd.grad(out, [peer_x, *layer.parameters()], peer_da)

    W, b = draw(4 * N_A, N_A + N_X), draw(4 * N_A, 1)

    def ours_lstm() -> object:
        return lstm_packed_backward(da, lstm_packed_forward(x, zeros, zeros, W, b)[2])

    peer_lstm = nn.LSTM(N_X, N_A)
    yield Case("LSTM, forward and backward", 1.15, ours_lstm, lambda: peer_pass(peer_lstm))

    Wx, Wc, bx, bc = draw(3 * N_A, N_X), draw(3 * N_A, N_A), draw(3 * N_A, 1), draw(3 * N_A, 1)

    def ours_gru() -> object:
        return gru_reset_after_backward(da, gru_reset_after_forward(x, zeros, Wx, Wc, bx, bc)[1])

    peer_gru = nn.GRU(N_X, N_A)
    yield Case("GRU, forward and backward", 0.85, ours_gru, lambda: peer_pass(peer_gru))

    W3, b3 = draw(3 * N_A, N_A + N_X), draw(3 * N_A, 1)

    def ours_lecture_gru() -> object:
        return gru_packed_backward(da, gru_packed_forward(x, zeros, W3, b3)[1])

    yield Case("GRU of the lectures, forward and backward", 0.85, ours_lecture_gru, lambda: peer_pass(peer_gru))
