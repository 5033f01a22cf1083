from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import style
from engine.errors import EngineError
from engine.textbook import style as textbook

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 4)


@given(seeds, sizes, sizes, sizes)
@settings(max_examples=10, deadline=None)
def test_all_costs_have_the_gradients_of_their_values(
    gradient_error: Callable[..., float], seed: int, h: int, w: int, c: int
) -> None:
    a_C, a_S, a_G = np.random.default_rng(seed).normal(size=(3, 1, h, w, c))
    for cost in (
        lambda a: style.content_gradient(a_C, a),
        lambda a: style.content_gradient(a_C, a, factor="lecture"),
        lambda a: style.layer_style_gradient(a_S, a),
        lambda a: style.nst_gradients(a_C, a_S, a, 3, 7, factor="lecture"),
    ):
        error = gradient_error(lambda a, cost=cost: cost(a)[0], {"a": a_G}, {"a": cost(a_G)[1]})
        assert error <= 1e-6


@given(seeds, sizes, sizes, sizes)
@settings(max_examples=10, deadline=None)
def test_products_of_matrices_equal_the_loops(seed: int, h: int, w: int, c: int) -> None:
    a_C, a_S, a_G = np.random.default_rng(seed).normal(size=(3, h, w, c))
    gram = style.gram_matrix(a_G.reshape(-1, c).T)
    np.testing.assert_allclose(gram, textbook.gram_matrix_loops(a_G), atol=1e-12)
    for fast, slow in (
        (style.content_gradient(a_C, a_G), textbook.content_gradient_loops(a_C, a_G)),
        (style.layer_style_gradient(a_S, a_G), textbook.layer_style_gradient_loops(a_S, a_G)),
    ):
        assert fast[0] == pytest.approx(slow[0], rel=1e-10)
        np.testing.assert_allclose(fast[1], slow[1], atol=1e-12)


@given(seeds, sizes, sizes, sizes)
@settings(max_examples=10, deadline=None)
def test_the_style_does_not_know_where_things_are_and_the_content_does(seed: int, h: int, w: int, c: int) -> None:
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(h, w, c))
    moved = rng.permutation(a.reshape(-1, c)).reshape(a.shape)
    gram = style.gram_matrix(a.reshape(-1, c).T)
    np.testing.assert_allclose(gram, gram.T)
    assert np.linalg.eigvalsh(gram).min() >= -1e-12
    assert style.compute_layer_style_cost(a, moved) == pytest.approx(0, abs=1e-24)
    assert (style.compute_content_cost(a, moved) > 0) == (not np.array_equal(a, moved))


@given(seeds, sizes, sizes, sizes)
@settings(max_examples=10, deadline=None)
def test_the_cost_alone_is_the_one_that_comes_with_the_gradient(seed: int, h: int, w: int, c: int) -> None:
    a_C, a_S, a_G = np.random.default_rng(seed).normal(size=(3, h, w, c))
    assert style.compute_layer_style_cost(a_S, a_G) == pytest.approx(style.layer_style_gradient(a_S, a_G)[0])
    for factor in ("assignment", "lecture"):
        with_gradient = style.content_gradient(a_C, a_G, factor=factor)[0]
        assert style.compute_content_cost(a_C, a_G, factor=factor) == pytest.approx(with_gradient)


def test_both_factors_of_the_content_cost() -> None:
    a_C, a_G = np.zeros((1, 2, 3, 4)), np.full((1, 2, 3, 4), 2.0)
    assert style.compute_content_cost(a_C, a_G) == 24 * 4 / (4 * 24)
    assert style.compute_content_cost(a_C, a_G, factor="lecture") == 24 * 4 / 2


def test_lists_of_outputs_end_with_the_content_layer() -> None:
    rng = np.random.default_rng(0)
    a_S, a_G = ([rng.normal(size=(1, n, n, 2)) for n in (4, 3, 2)] for _ in range(2))
    assert style.compute_content_cost(a_S, a_G) == style.compute_content_cost(a_S[2], a_G[2])
    layers = [("low", 0.3), ("high", 0.7)]
    expected = sum(weight * style.compute_layer_style_cost(a_S[i], a_G[i]) for i, (_, weight) in enumerate(layers))
    assert style.compute_style_cost(a_S, a_G, layers) == expected
    assert style.compute_style_cost(a_S[:2], a_G[:2], layers) == expected
    assert style.compute_style_cost([a_S[0]] * 6, [a_G[0]] * 6) == pytest.approx(
        style.compute_layer_style_cost(a_S[0], a_G[0])
    )


def test_the_total_weighs_its_parts() -> None:
    assert style.total_cost(1.5, 2.5) == 10 * 1.5 + 40 * 2.5
    assert style.total_cost(1.5, 2.5, alpha=2, beta=3) == 2 * 1.5 + 3 * 2.5


def test_float32_stays_float32_and_arguments_stay_as_they_are() -> None:
    a_C, a_S, a_G = np.random.default_rng(0).normal(size=(3, 2, 3, 4)).astype(np.float32)
    before = a_G.copy()
    cost, gradient = style.nst_gradients(a_C, a_S, a_G, np.float64(10), np.float64(40))
    assert (type(cost), gradient.dtype) == (float, np.float32)
    assert style.gram_matrix(a_G[0]).dtype == np.float32
    np.testing.assert_array_equal(a_G, before)


def test_bad_input_is_refused_by_name() -> None:
    a = np.zeros((2, 2, 3))
    with pytest.raises(EngineError, match=r"^generated_output should be an array of shape \(n_H, n_W, n_C\) or"):
        style.compute_content_cost(np.zeros((2, 2, 2, 3)), np.zeros((2, 2, 2, 3)))
    with pytest.raises(EngineError, match=r"^a_S should be an array of shape \(2, 2, 3\)"):
        style.compute_layer_style_cost(a[np.newaxis], a)
    with pytest.raises(EngineError, match=r"^factor should be one of 'assignment', 'lecture'"):
        style.compute_content_cost(a, a, factor="half")
    with pytest.raises(EngineError, match=r"^A should be an array of shape \(n_C, n_H \* n_W\)"):
        style.gram_matrix(a)
    with pytest.raises(EngineError, match=r"^style_image_output should be a list of 5 activations, or one more"):
        style.compute_style_cost([a] * 4, [a] * 4)
    with pytest.raises(EngineError, match=r"^J_style should be a single number"):
        style.total_cost(1.0, [1.0, 2.0])  # type: ignore[arg-type]
