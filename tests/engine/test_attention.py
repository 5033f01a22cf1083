from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.attention import (
    masked_softmax,
    multi_head_attention,
    multi_head_attention_backward,
    multi_head_attention_forward,
    scaled_dot_product_attention,
    scaled_dot_product_attention_backward,
)
from engine.basics import softmax
from engine.errors import EngineError
from engine.layernorm import layer_norm_backward, layer_norm_forward
from engine.masks import create_look_ahead_mask
from engine.textbook.attention import multi_head_attention_loops, scaled_dot_product_attention_loops

sizes = st.integers(1, 5)
seeds = st.integers(0, 2**32 - 1)
Error = Callable[..., float]

#: The size of gradients that come from above. Some gradients are exactly 0, such as that of bk, which adds the same
#: to all scores of a query; a small cost keeps the rounding of its differences below what counts as an error.
SMALL = 1e-4


def projections(rng: np.random.Generator, d: int, d_kv: int, inside: int, biases: bool) -> dict[str, Any]:
    columns = {"q": (d, inside), "k": (d_kv, inside), "v": (d_kv, inside), "o": (inside, d)}
    params = {f"W{name}": rng.normal(size=shape) for name, shape in columns.items()}
    if biases:
        params |= {f"b{name}": rng.normal(size=shape[1]) for name, shape in columns.items()}
    return params


# The softmax with a mask


@given(sizes, sizes, st.sampled_from([1.0, 1000.0]), seeds)
@settings(max_examples=20, deadline=None)
def test_the_masked_softmax_is_the_softmax_of_what_is_kept(m: int, n: int, size: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(scale=size, size=(m, n))
    np.testing.assert_allclose(masked_softmax(scores), softmax(scores), rtol=1e-12)
    keep = rng.random((m, n)) < 0.6
    before, weights = scores.copy(), masked_softmax(scores, keep)
    np.testing.assert_array_equal(scores, before)
    for row, kept, got in zip(scores, keep, weights, strict=True):
        np.testing.assert_array_equal(got[~kept], 0)
        if kept.any():
            np.testing.assert_allclose(got[kept], softmax(row[kept], axis=0), rtol=1e-12)
    np.testing.assert_array_equal(masked_softmax(scores, keep, out=scores), weights)
    np.testing.assert_array_equal(scores, weights)


def test_a_masked_score_of_any_size_changes_nothing() -> None:
    scores = np.array([[0.0, 1.0, 1e5], [0.0, 1.0, -np.inf]])
    np.testing.assert_allclose(masked_softmax(scores, [1, 1, 0]), [[*softmax([0.0, 1.0], axis=0), 0]] * 2)


# Scaled dot-product attention


@given(sizes, sizes, sizes, sizes, seeds)
@settings(max_examples=20, deadline=None)
def test_attention_equals_its_loops(T_q: int, T_k: int, d: int, d_v: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    q, k, v = rng.normal(size=(2, T_q, d)), rng.normal(size=(2, T_k, d)), rng.normal(size=(2, T_k, d_v))
    mask = rng.integers(0, 2, size=(2, T_q, T_k))
    output, weights = scaled_dot_product_attention(q, k, v, mask)
    for i in range(2):
        loop_output, loop_weights = scaled_dot_product_attention_loops(q[i], k[i], v[i], mask[i])
        np.testing.assert_allclose(output[i], loop_output, atol=1e-13)
        np.testing.assert_allclose(weights[i], loop_weights, atol=1e-13)
    np.testing.assert_allclose(weights.sum(axis=-1), mask.any(axis=-1))


@given(sizes, sizes, sizes, sizes, seeds)
@example(1, 1, 1, 1, 0)
@settings(max_examples=10, deadline=None)
def test_the_gradients_of_attention(gradient_error: Error, T_q: int, T_k: int, d: int, d_v: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    arrays = {"q": rng.normal(size=(2, T_q, d)), "k": rng.normal(size=(2, T_k, d)), "v": rng.normal(size=(2, T_k, d_v))}
    dO = SMALL * rng.normal(size=(2, T_q, d_v))
    mask = rng.integers(0, 2, size=(2, T_q, T_k))
    _, weights = scaled_dot_product_attention(**arrays, mask=mask)
    dq, dk, dv = scaled_dot_product_attention_backward(dO, (*arrays.values(), weights))

    def J(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> float:
        return float(np.sum(scaled_dot_product_attention(q, k, v, mask)[0] * dO))

    assert gradient_error(J, arrays, {"q": dq, "k": dk, "v": dv}) <= 1e-6


def test_no_query_is_told_of_keys_that_are_masked() -> None:
    rng = np.random.default_rng(0)
    q, k, v = rng.normal(size=(3, 4, 2))
    mask = create_look_ahead_mask(4)[0]
    before, _ = scaled_dot_product_attention(q, k, v, mask)
    k[2:], v[2:] = 99, -99
    after, _ = scaled_dot_product_attention(q, k, v, mask)
    np.testing.assert_allclose(before[:2], after[:2], rtol=1e-12)


# Multi-head attention


@given(sizes, sizes, st.integers(1, 3), st.integers(1, 3), seeds)
@settings(max_examples=15, deadline=None)
def test_many_heads_equal_their_loops(T_q: int, T_k: int, h: int, d_k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    params = projections(rng, 4, 3, h * d_k, biases=False)
    x_q, x_kv = rng.normal(size=(2, T_q, 4)), rng.normal(size=(2, T_k, 3))
    mask = rng.integers(0, 2, size=(2, T_q, T_k))
    out, weights = multi_head_attention(x_q, x_kv, params, h, mask)
    loop_out, loop_weights = multi_head_attention_loops(x_q, x_kv, params, h, mask)
    np.testing.assert_allclose(out, loop_out, atol=1e-12)
    np.testing.assert_allclose(weights, loop_weights, atol=1e-12)
    np.testing.assert_array_equal(multi_head_attention(x_q, x_kv, params, h, np.repeat(mask[:, None], h, 1))[0], out)


def test_one_head_without_biases_is_plain_attention_between_projections() -> None:
    rng = np.random.default_rng(1)
    params, x = projections(rng, 4, 4, 3, biases=False), rng.normal(size=(2, 5, 4))
    plain, _ = scaled_dot_product_attention(x @ params["Wq"], x @ params["Wk"], x @ params["Wv"])
    np.testing.assert_allclose(multi_head_attention(x, x, params, 1)[0], plain @ params["Wo"])


def test_attention_without_positions_does_not_see_the_order() -> None:
    rng = np.random.default_rng(2)
    params, x, order = projections(rng, 6, 6, 6, biases=True), rng.normal(size=(1, 5, 6)), rng.permutation(5)
    out, _ = multi_head_attention(x, x, params, 2)
    np.testing.assert_allclose(multi_head_attention(x[:, order], x[:, order], params, 2)[0], out[:, order])


@given(sizes, sizes, st.integers(1, 3), st.integers(1, 3), st.booleans(), seeds)
@settings(max_examples=10, deadline=None)
def test_the_gradients_of_many_heads(
    gradient_error: Error, T_q: int, T_k: int, h: int, d_k: int, biases: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    params = projections(rng, 4, 3, h * d_k, biases)
    inputs = {"x_q": rng.normal(size=(2, T_q, 4)), "x_kv": rng.normal(size=(2, T_k, 3))}
    mask = rng.integers(0, 2, size=(2, 1, T_k))
    out, cache = multi_head_attention_forward(**inputs, params=params, num_heads=h, mask=mask)
    dOut = SMALL * rng.normal(size=out.shape)
    dx_q, dx_kv, grads = multi_head_attention_backward(dOut, cache)

    def J(x_q: np.ndarray, x_kv: np.ndarray, **params: np.ndarray) -> float:
        return float(np.sum(multi_head_attention(x_q, x_kv, params, h, mask)[0] * dOut))

    gradients = {"x_q": dx_q, "x_kv": dx_kv} | {name: grads[f"d{name}"] for name in params}
    assert grads.keys() == {f"d{name}" for name in params}
    assert gradient_error(J, inputs | params, gradients) <= 1e-6


@given(sizes, st.integers(1, 3), seeds)
@settings(max_examples=10, deadline=None)
def test_in_self_attention_the_input_gets_the_sum_of_both_gradients(
    gradient_error: Error, T: int, h: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    params, x = projections(rng, 4, 4, 2 * h, biases=True), rng.normal(size=(2, T, 4))
    out, cache = multi_head_attention_forward(x, x, params, h)
    dOut = SMALL * rng.normal(size=out.shape)
    dx_q, dx_kv, grads = multi_head_attention_backward(dOut, cache)

    def J(x: np.ndarray, **params: np.ndarray) -> float:
        return float(np.sum(multi_head_attention(x, x, params, h)[0] * dOut))

    gradients = {"x": dx_q + dx_kv} | {name: grads[f"d{name}"] for name in params}
    assert gradient_error(J, {"x": x} | params, gradients) <= 1e-6


def test_float32_stays_float32_and_arguments_stay_as_they_are() -> None:
    rng = np.random.default_rng(3)
    params = {name: value.astype(np.float32) for name, value in projections(rng, 4, 4, 4, biases=True).items()}
    x = rng.normal(size=(2, 3, 4)).astype(np.float32)
    before, mask = x.copy(), create_look_ahead_mask(3)
    out, cache = multi_head_attention_forward(x, x, params, 2, mask)
    dx_q, dx_kv, grads = multi_head_attention_backward(out, cache)
    assert {array.dtype for array in (out, dx_q, dx_kv, *cache[2], *grads.values())} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(mask, create_look_ahead_mask(3))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"k": np.ones((3, 4))}, r"k should be an array of shape \(T_k, 5\)"),
        ({"v": np.ones((2, 5))}, r"v should be an array of shape \(3, d_v\)"),
        ({"q": np.ones(5)}, "q should be an array of shape"),
        ({"mask": np.ones((2, 2))}, "mask should be an array whose shape broadcasts"),
        ({"q": "word"}, "q should be an array of real numbers"),
    ],
)
def test_what_does_not_fit_together_is_told(changed: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"q": np.ones((2, 5)), "k": np.ones((3, 5)), "v": np.ones((3, 1)), "mask": None}
    with pytest.raises(EngineError, match=message):
        scaled_dot_product_attention(**arguments | changed)


def test_wrong_projections_are_told() -> None:
    params, x = projections(np.random.default_rng(0), 4, 4, 6, biases=True), np.ones((1, 3, 4))
    with pytest.raises(EngineError, match="Wq should be a matrix whose columns are a multiple of 4 heads"):
        multi_head_attention(x, x, params, 4)
    with pytest.raises(EngineError, match="params should be a dictionary with the key 'bk'"):
        multi_head_attention(x, x, {name: value for name, value in params.items() if name != "bk"}, 2)
    with pytest.raises(EngineError, match="Wo should be an array of shape"):
        multi_head_attention(x, x, params | {"Wo": np.ones((4, 4))}, 2)
    with pytest.raises(EngineError, match="x_kv should be an array of shape"):
        multi_head_attention(x, np.ones((2, 3, 4)), params, 2)
    with pytest.raises(EngineError, match="num_heads should be a whole number from 1 up"):
        multi_head_attention(x, x, params, 0)
    _, cache = multi_head_attention_forward(x, x, params, 2)
    with pytest.raises(EngineError, match="dOut should be an array of shape"):
        multi_head_attention_backward(np.ones((1, 3, 5)), cache)
    with pytest.raises(EngineError, match="scores should be an array of shape"):
        masked_softmax(np.zeros((2, 0)))


# Layer normalization


@given(sizes, sizes, st.integers(1, 6), seeds)
@settings(max_examples=10, deadline=None)
def test_the_gradients_of_layer_normalization(gradient_error: Error, m: int, T: int, d: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    arrays = {"x": rng.normal(size=(m, T, d)), "gamma": rng.normal(size=d), "beta": rng.normal(size=d)}
    dy = SMALL * rng.normal(size=(m, T, d))
    y, cache = layer_norm_forward(**arrays, eps=0.1)
    x, mean = arrays["x"], arrays["x"].mean(axis=-1, keepdims=True)
    expected = arrays["gamma"] * (x - mean) / np.sqrt(x.var(axis=-1, keepdims=True) + 0.1) + arrays["beta"]
    np.testing.assert_allclose(y, expected, atol=1e-12)
    gradients = dict(zip(arrays, layer_norm_backward(dy, cache), strict=True))
    assert (
        gradient_error(lambda **a: float(np.sum(layer_norm_forward(**a, eps=0.1)[0] * dy)), arrays, gradients) <= 1e-6
    )


def test_epsilon_stands_inside_the_root() -> None:
    y, _ = layer_norm_forward([[0.0, 2e-3]], np.ones(2), np.zeros(2), eps=1e-6)
    np.testing.assert_allclose(y, [[-(0.5**0.5), 0.5**0.5]])


def test_layer_normalization_keeps_float32_and_tells_wrong_sizes() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3)).astype(np.float32)
    y, cache = layer_norm_forward(x, np.ones(3, np.float32), np.zeros(3, np.float32))
    assert {array.dtype for array in (y, *cache, *layer_norm_backward(y, cache))} == {np.dtype(np.float32)}
    with pytest.raises(EngineError, match="gamma should be an array of shape"):
        layer_norm_forward(x, np.ones(2), np.zeros(3))
    with pytest.raises(EngineError, match="eps should be a number in"):
        layer_norm_forward(x, np.ones(3), np.zeros(3), eps=0)
    with pytest.raises(EngineError, match="x should be an array of shape"):
        layer_norm_forward(np.zeros((2, 0)), [], [])
    with pytest.raises(EngineError, match="dy should be an array of shape"):
        layer_norm_backward(np.ones((3, 2)), cache)
