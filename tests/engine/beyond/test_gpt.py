from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.beyond import block, gpt
from engine.beyond.weight_tying import next_token_loss, split_next, tied_loss_and_grad
from engine.errors import EngineError, Parameters
from engine.masks import is_causal
from engine.optimizers import Adam

Measure = Callable[..., float]
seeds = st.integers(0, 1000)


def shaken(params: Parameters, seed: int, size: float = 0.3) -> Parameters:
    """The parameters moved at random, so that no gain is 1 and no bias 0."""
    rng = np.random.default_rng(seed)
    return {name: value + size * rng.normal(size=value.shape) for name, value in params.items()}


@given(st.integers(1, 2), st.integers(1, 4), st.sampled_from([(1, 3), (2, 4), (3, 6)]), st.booleans(), seeds)
@settings(max_examples=6, deadline=None)
def test_a_block_has_the_gradients_of_its_output(
    gradient_error: Measure, m: int, T: int, heads_and_d: tuple[int, int], causal: bool, seed: int
) -> None:
    n_heads, d = heads_and_d
    rng = np.random.default_rng(seed)
    params = shaken(block.initialize_block(d, 5, 1, rng), seed)
    x, dout = rng.normal(size=(m, T, d)), rng.normal(size=(m, T, d))
    mask = np.tri(T)[np.newaxis] if causal else None
    _, cache = block.block_forward(x, params, n_heads, mask)
    dx, grads = block.block_backward(dout, cache)

    def J(x: np.ndarray, **values: np.ndarray) -> float:
        return float(np.sum(block.block_forward(x, values, n_heads, mask)[0] * dout))

    assert gradient_error(J, {"x": x, **params}, {"x": dx, **grads}) <= 1e-6


@given(st.integers(1, 3), st.integers(2, 5), st.integers(1, 2), seeds)
@settings(max_examples=5, deadline=None)
def test_a_gpt_has_the_gradients_of_its_loss_padding_included(
    gradient_error: Measure, m: int, T: int, n_layers: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    params = shaken(gpt.initialize_gpt(5, 6, 4, n_layers, d_ff=3, rng=rng), seed)
    # Tokens of size 1: the norm of a tiny one is too curved for differences with a step of 1e-5.
    params |= {"E": rng.normal(size=(5, 4)), "P": rng.normal(size=(6, 4))}
    ids = rng.integers(1, 5, size=(m, T))
    ids[-1, 2:] = 0
    for pad_id in (None, 0):
        _, grads = gpt.gpt_loss_and_grads(ids, params, 2, pad_id)

        def J(pad_id: int | None = pad_id, **values: np.ndarray) -> float:
            return gpt.gpt_loss_and_grads(ids, values, 2, pad_id)[0]

        assert gradient_error(J, params, grads) <= 1e-6


def test_the_loss_of_the_model_is_that_of_its_logits_and_it_does_not_look_ahead() -> None:
    params = gpt.initialize_gpt(9, 6, 8, 2, rng=0)
    ids = np.array([[1, 2, 3, 4, 5], [6, 7, 8, 0, 0]])
    logits, _ = gpt.gpt_forward(ids, params, n_heads=2)
    for pad_id in (None, 0):
        loss, _ = gpt.gpt_loss_and_grads(ids, params, 2, pad_id)
        assert loss == pytest.approx(next_token_loss(logits, ids, pad_id), rel=1e-12)
    for t in range(1, 5):
        assert is_causal(lambda ids: gpt.gpt_forward(ids, params, 2)[0], ids[:1], t, change=-1)
    assert gpt.gpt_loss_and_grads(ids, params, 2)[0] == pytest.approx(np.log(9), abs=0.1)


def test_a_small_gpt_learns_a_text_by_heart() -> None:
    text = "the cat sat on the mat. the dog sat on the log. "
    letters = sorted(set(text))
    ids = np.array([letters.index(c) for c in text * 2])
    windows = np.lib.stride_tricks.sliding_window_view(ids, 17)[::6]
    params = gpt.initialize_gpt(len(letters), 16, 16, 1, d_ff=32, rng=0, dtype=np.float32)
    optimizer, losses = Adam(0.02), []
    for _ in range(60):
        loss, grads = gpt.gpt_loss_and_grads(windows, params, n_heads=2)
        optimizer.step(params, grads)
        losses.append(loss)
    assert losses[0] == pytest.approx(np.log(len(letters)), abs=0.1)
    assert losses[-1] < 0.7
    assert {grad.dtype for grad in grads.values()} == {np.dtype(np.float32)}


@given(st.integers(1, 3), st.integers(2, 5), st.integers(2, 5), st.integers(1, 4), seeds)
@settings(max_examples=10, deadline=None)
def test_a_tied_matrix_gets_the_gradients_of_both_its_uses(
    gradient_error: Measure, m: int, T: int, V: int, d: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    ids, E = rng.integers(V, size=(m, T)), rng.normal(size=(V, d))
    loss, dE = tied_loss_and_grad(ids, E)
    assert loss == pytest.approx(next_token_loss(E[ids] @ E.T, ids))
    assert gradient_error(lambda E: tied_loss_and_grad(ids, E)[0], {"E": E}, {"E": dE}) <= 1e-6


@given(st.integers(1, 3), st.integers(2, 6), st.integers(2, 5), seeds)
@settings(max_examples=10, deadline=None)
def test_the_next_token_loss_is_the_mean_over_true_targets(m: int, T: int, V: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, ids = rng.normal(size=(m, T, V)), rng.integers(V, size=(m, T))
    ids[0, 1] = 1
    losses = []
    for i in range(m):
        for t in range(T - 1):
            if ids[i, t + 1] != 0:
                p = np.exp(logits[i, t]) / np.sum(np.exp(logits[i, t]))
                losses.append(-np.log(p[ids[i, t + 1]]))
    assert next_token_loss(logits, ids, pad_id=0) == pytest.approx(np.mean(losses))


def test_arguments_are_kept() -> None:
    params = gpt.initialize_gpt(5, 6, 4, 1, rng=0)
    before = {name: value.copy() for name, value in params.items()}
    ids = np.array([[1, 2, 3]])
    gpt.gpt_loss_and_grads(ids, params)
    np.testing.assert_array_equal(ids, [[1, 2, 3]])
    for name, value in params.items():
        np.testing.assert_array_equal(value, before[name])


def test_what_does_not_fit_is_named() -> None:
    params = gpt.initialize_gpt(5, 3, 4, 1, rng=0)
    with pytest.raises(EngineError, match="ids should be rows of at most 3 tokens"):
        gpt.gpt_forward([[0, 1, 2, 3]], params)
    with pytest.raises(EngineError, match="ids should be integers from 0 to 4"):
        gpt.gpt_forward([[5]], params)
    with pytest.raises(EngineError, match="ids should be rows of at least 2 tokens"):
        split_next([[1]])
    with pytest.raises(EngineError, match="Wq should be a matrix whose columns are a multiple of 3 heads"):
        gpt.gpt_forward([[1]], params, n_heads=3)
    with pytest.raises(EngineError, match=r"ffn\.W2 should be an array of shape \(16, 4\)"):
        gpt.gpt_forward([[1]], params | {"0.ffn.W2": np.zeros((4, 16))})
    with pytest.raises(EngineError, match="params should be a dictionary with the key 'P'"):
        gpt.gpt_forward([[1]], {name: value for name, value in params.items() if name != "P"})
    with pytest.raises(EngineError, match="n_layers should be a whole number from 1 up"):
        block.initialize_stack(4, 0)
    with pytest.raises(EngineError, match="targets should be tokens of which one is not padding"):
        next_token_loss(np.zeros((1, 2, 3)), [[1, 0]], pad_id=0)
