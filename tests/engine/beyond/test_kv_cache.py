from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.attention import multi_head_attention
from engine.beyond import grouped_query as grouped
from engine.beyond import kv_cache
from engine.errors import EngineError, Parameters
from engine.textbook.beyond_language import grouped_query_attention_loops

Measure = Callable[..., float]
seeds = st.integers(0, 1000)
heads = st.sampled_from([(1, 1), (2, 1), (2, 2), (4, 2), (6, 3), (6, 2)])


def weights(rng: np.random.Generator, d: int, n_heads: int, n_kv: int, d_h: int = 2) -> Parameters:
    shapes = {"Wq": (d, n_heads * d_h), "Wk": (d, n_kv * d_h), "Wv": (d, n_kv * d_h), "Wo": (n_heads * d_h, d)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


@given(st.integers(1, 3), st.integers(1, 5), st.integers(1, 4), heads, st.booleans(), seeds)
@settings(max_examples=10, deadline=None)
def test_grouped_attention_equals_its_loops_and_has_the_gradients_of_its_output(
    gradient_error: Measure, m: int, T: int, d: int, n: tuple[int, int], causal: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    x, params = rng.normal(size=(m, T, d)), weights(rng, d, *n)
    mask = np.tri(T)[np.newaxis] if causal else None
    out, cache = grouped.grouped_query_attention_forward(x, params, *n, mask)
    loops = grouped_query_attention_loops(x, params, *n, causal)
    np.testing.assert_allclose(out, loops, rtol=1e-9, atol=1e-11)
    dout = rng.normal(size=out.shape)
    dx, grads = grouped.grouped_query_attention_backward(dout, cache)

    def J(x: np.ndarray, **values: np.ndarray) -> float:
        return float(np.sum(grouped.grouped_query_attention(x, values, *n, mask) * dout))

    gradients = {"x": dx} | {name: grads[f"d{name}"] for name in params}
    assert gradient_error(J, {"x": x, **params}, gradients) <= 1e-6


def test_as_many_key_heads_as_queries_is_multi_head_attention() -> None:
    rng = np.random.default_rng(0)
    x, params = rng.normal(size=(2, 5, 6)), weights(rng, 6, 3, 3)
    mask = rng.integers(0, 2, size=(2, 5, 5))
    expected, _ = multi_head_attention(x, x, params, 3, mask)
    np.testing.assert_allclose(grouped.grouped_query_attention(x, params, 3, 3, mask), expected, rtol=1e-10)


def test_key_heads_are_repeated_side_by_side_not_tiled() -> None:
    rng = np.random.default_rng(1)
    x, params = rng.normal(size=(1, 4, 5)), weights(rng, 5, 4, 2)
    wide = dict(params)
    for name in ("Wk", "Wv"):
        columns = params[name].reshape(5, 2, 2)
        wide[name] = np.repeat(columns, 2, axis=1).reshape(5, 8)
    expected, _ = multi_head_attention(x, x, wide, 4)
    np.testing.assert_allclose(grouped.grouped_query_attention(x, params, 4, 2), expected, rtol=1e-10)


@given(st.integers(1, 3), st.integers(1, 6), heads, seeds)
@settings(max_examples=10, deadline=None)
def test_decoding_step_by_step_equals_the_causal_pass(m: int, T: int, n: tuple[int, int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, params = rng.normal(size=(m, T, 3)), weights(rng, 3, *n)
    steps = kv_cache.decode_with_cache(x, params, *n)
    np.testing.assert_allclose(steps, kv_cache.causal_attention(x, params, *n), rtol=1e-9, atol=1e-11)


def test_a_step_adds_one_position_and_leaves_the_old_cache_alone() -> None:
    rng = np.random.default_rng(2)
    params = {name: value.astype(np.float32) for name, value in weights(rng, 3, 4, 2).items()}
    x = rng.normal(size=(2, 3)).astype(np.float32)
    out, cache = kv_cache.attention_step_kv(x, None, params, 4, 2)
    kept = {name: value.copy() for name, value in cache.items()}
    out, longer = kv_cache.attention_step_kv(x, cache, params, 4, 2)
    assert (out.dtype, longer["K"].dtype, longer["K"].shape) == (np.float32, np.float32, (2, 2, 2, 2))
    for name, value in cache.items():
        np.testing.assert_array_equal(value, kept[name])
        np.testing.assert_array_equal(longer[name][:, :, :1], value)
    size = kv_cache.kv_cache_size(n_layers=1, n_kv=2, d_h=2, T=2, m=2)
    assert size == longer["K"].size + longer["V"].size


def test_what_does_not_fit_is_named() -> None:
    rng = np.random.default_rng(3)
    params = weights(rng, 3, 4, 2)
    wrong = {"K": np.zeros((1, 1, 2, 2)), "V": np.zeros((1, 1, 2, 2))}
    with pytest.raises(EngineError, match="n_heads should be a multiple of the 3 heads of keys, but it is 4"):
        grouped.grouped_query_attention(np.zeros((1, 2, 3)), params, 4, 3)
    with pytest.raises(EngineError, match=r"Wk should be an array of shape \(3, 8\)"):
        kv_cache.attention_step_kv(np.zeros((1, 3)), None, params, 4)
    with pytest.raises(EngineError, match=r"cache\['K'\] should be an array of shape \(1, 2, t, 2\)"):
        kv_cache.attention_step_kv(np.zeros((1, 3)), wrong, params, 4, 2)
    with pytest.raises(EngineError, match=r"x_t should be an array of shape \(m, d\)"):
        kv_cache.attention_step_kv(np.zeros((1, 1, 3)), None, params, 4, 2)
    with pytest.raises(EngineError, match="mask should be of ones"):
        grouped.grouped_query_attention(np.zeros((1, 2, 3)), params, 4, 2, np.full((1, 2, 2), -1e9))
    with pytest.raises(EngineError, match="n_kv should be a whole number from 1 up"):
        kv_cache.kv_cache_size(1, 0, 2, 3)
