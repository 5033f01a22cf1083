from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine import basics
from engine.errors import EngineError
from engine.gradcheck import directional_derivative, numerical_gradient, relative_error
from engine.textbook import basics as textbook

sizes = st.integers(1, 7)
seeds = st.integers(0, 2**32 - 1)
numbers = st.floats(-1e4, 1e4)
arrays = hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=3, max_side=4), elements=numbers)
# Rounded, since the square of a number below 1e-160 is 0.
tables = hnp.arrays(np.float64, st.tuples(sizes, sizes), elements=numbers.map(lambda x: round(x, 6)))


# Layout


@given(sizes, sizes, sizes, st.integers(1, 4))
def test_each_column_of_a_flattened_batch_is_one_image(m: int, h: int, w: int, channels: int) -> None:
    X_orig = np.arange(m * h * w * channels, dtype=np.uint16).reshape(m, h, w, channels)
    X = basics.flatten_images(X_orig)
    assert X.shape == (h * w * channels, m)
    assert X.dtype == X_orig.dtype
    for i in range(m):
        np.testing.assert_array_equal(X[:, i : i + 1], basics.image2vector(X_orig[i]))
    np.testing.assert_array_equal(X, textbook.flatten_images_loops(X_orig))


def test_a_batch_needs_rank_4_and_an_image_rank_3() -> None:
    with pytest.raises(EngineError, match="X_orig should be an array of shape"):
        basics.flatten_images(np.zeros((5, 4, 3)))
    with pytest.raises(EngineError, match="image should be an array of shape"):
        basics.image2vector(np.zeros((4, 4)))


def test_integer_pixels_become_floats_between_0_and_1() -> None:
    X = basics.standardize_images(np.arange(256, dtype=np.uint8))
    assert X.dtype == np.float64
    assert X.min() == 0.0
    assert X.max() == 1.0
    assert np.all(np.diff(X) > 0)


@given(tables)
def test_normalized_rows_have_length_1_and_keep_their_direction(x: np.ndarray) -> None:
    unit = basics.normalize_rows(x)
    length = np.linalg.norm(x, axis=1)
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), np.where(length > 0, 1, 0), rtol=1e-12)
    np.testing.assert_allclose(unit * length[:, None], x, rtol=1e-12)


@given(tables)
def test_normalizing_rows_equals_its_loops_and_leaves_its_argument(x: np.ndarray) -> None:
    before = x.copy()
    np.testing.assert_allclose(basics.normalize_rows(x), textbook.normalize_rows_loops(x), rtol=1e-12)
    np.testing.assert_array_equal(x, before)


# Sigmoid and softmax


@given(arrays)
def test_the_sigmoid_is_a_probability_and_mirrors(z: np.ndarray) -> None:
    s = basics.sigmoid(z)
    assert np.shape(s) == z.shape
    assert np.all((s >= 0) & (s <= 1))
    np.testing.assert_allclose(1 - s, basics.sigmoid(-z), atol=1e-15)


@given(numbers)
def test_the_sigmoid_of_an_array_equals_that_of_a_number(x: float) -> None:
    assert basics.sigmoid(x) == pytest.approx(basics.basic_sigmoid(x), rel=1e-15, abs=0)


@given(st.floats(-30, 30))
def test_the_sigmoid_undoes_the_log_odds(z: float) -> None:
    s = basics.sigmoid(z)
    assert np.log(s) - np.log(basics.sigmoid(-z)) == pytest.approx(z, abs=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_saturation_is_silent_and_exact(dtype: type) -> None:
    extremes = np.array([-np.inf, -1e30, -1000, 1000, 1e30, np.inf], dtype)
    with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise", divide="raise"):
        warnings.simplefilter("error")
        np.testing.assert_array_equal(basics.sigmoid(extremes), [0, 0, 0, 1, 1, 1])
        np.testing.assert_array_equal(basics.sigmoid_derivative(extremes), 0)
        np.testing.assert_array_equal(basics.softmax(np.array([[1000, -1000]], dtype)), [[1, 0]])
        assert basics.basic_sigmoid(-1000) == 0.0
        assert basics.basic_sigmoid(1000) == 1.0


def test_the_sigmoid_keeps_its_precision_far_to_the_left() -> None:
    assert basics.sigmoid(-700.0) == pytest.approx(np.exp(-700.0), rel=1e-14, abs=0)


def test_the_sigmoid_of_one_number_refuses_an_array() -> None:
    with pytest.raises(EngineError, match="x should be a single number"):
        basics.basic_sigmoid([1.0, 2.0])


@given(sizes, sizes, seeds)
def test_the_derivative_of_the_sigmoid_agrees_with_differences(n: int, m: int, seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(n, m))
    approximation = numerical_gradient(lambda z: float(np.sum(basics.sigmoid(z))), x)
    assert relative_error(basics.sigmoid_derivative(x), approximation) <= 1e-6


@given(tables, st.sampled_from([0, 1, -1]), st.floats(-100, 100))
def test_softmax_sums_to_1_along_its_axis_and_ignores_a_shift(x: np.ndarray, axis: int, shift: float) -> None:
    s = basics.softmax(x, axis)
    assert np.all(s >= 0)
    np.testing.assert_allclose(s.sum(axis=axis), 1, rtol=1e-12)
    np.testing.assert_allclose(basics.softmax(x + shift, axis), s, atol=1e-10)


@given(tables)
def test_softmax_goes_by_rows_unless_told_otherwise(x: np.ndarray) -> None:
    np.testing.assert_allclose(basics.softmax(x), textbook.softmax_loops(x), rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(basics.softmax(x.T, axis=0), basics.softmax(x).T)


def test_softmax_of_two_scores_is_the_sigmoid_of_their_difference() -> None:
    np.testing.assert_allclose(basics.softmax([[3.0, 1.0]])[0, 0], basics.sigmoid(2.0), rtol=1e-15)


def test_softmax_refuses_an_axis_that_is_not_there() -> None:
    with pytest.raises(EngineError, match=r"axis of x, which has shape \(3,\)"):
        basics.softmax([1.0, 2.0, 3.0])


# Losses


@given(st.integers(1, 9), seeds)
def test_L1_and_L2_sum_over_the_examples(m: int, seed: int) -> None:
    yhat, y = np.random.default_rng(seed).normal(size=(2, m))
    assert basics.L1(yhat, y) == pytest.approx(sum(abs(a - b) for a, b in zip(yhat, y, strict=True)))
    assert basics.L2(yhat, y) == pytest.approx(sum((a - b) ** 2 for a, b in zip(yhat, y, strict=True)))


@pytest.mark.parametrize("loss", [basics.L1, basics.L2])
def test_L1_and_L2_refuse_what_would_broadcast(loss) -> None:
    with pytest.raises(EngineError, match="y should be an array of shape"):
        loss(np.zeros(3), np.zeros((3, 1)))
    with pytest.raises(EngineError, match="yhat should be an array of shape"):
        loss(np.zeros((1, 3)), np.zeros((1, 3)))


@given(st.integers(1, 9), seeds)
def test_the_cost_from_logits_equals_the_definition_where_that_can_be_computed(m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(1, m))
    Y = rng.integers(0, 2, size=(1, m))
    A = 1 / (1 + np.exp(-Z))
    definition = np.mean(-(Y * np.log(A) + (1 - Y) * np.log(1 - A)))
    assert basics.bce_with_logits(Z, Y) == pytest.approx(definition, rel=1e-12)


@given(st.integers(1, 9), seeds)
def test_the_slope_of_the_cost_from_logits_is_a_minus_y_over_m(m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(1, m))
    Y = rng.integers(0, 2, size=(1, m))
    gradient = (basics.sigmoid(Z) - Y) / m
    assert relative_error(gradient, numerical_gradient(lambda z: basics.bce_with_logits(z, Y), Z)) <= 1e-6


def test_the_cost_from_logits_stays_exact_where_the_sigmoid_is_saturated() -> None:
    assert basics.bce_with_logits([[1000.0, -1000.0]], [[0, 1]]) == 1000.0
    assert basics.bce_with_logits([[1000.0, -1000.0]], [[1, 0]]) == 0.0


def test_the_cost_from_logits_refuses_labels_of_another_shape() -> None:
    with pytest.raises(EngineError, match=r"Y should be an array of shape \(1, 3\)"):
        basics.bce_with_logits(np.zeros((1, 3)), np.zeros(3))


# Broadcasting


@given(hnp.mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_dims=4))
def test_broadcast_shape_agrees_with_numpy(shapes: hnp.BroadcastableShapes) -> None:
    a, b = shapes.input_shapes
    assert basics.broadcast_shape(a, b) == shapes.result_shape


shape = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)


@given(shape, shape)
def test_broadcast_shape_refuses_exactly_what_numpy_refuses(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    try:
        expected = np.broadcast_shapes(a, b)
    except ValueError:
        with pytest.raises(EngineError, match="a shape that broadcasts with"):
            basics.broadcast_shape(a, b)
    else:
        assert basics.broadcast_shape(a, b) == expected


@given(hnp.arrays(np.float64, st.tuples(sizes, sizes), elements=st.floats(0.01, 1e4)))
def test_percentages_of_a_column_sum_to_100(x: np.ndarray) -> None:
    percentages = basics.column_percentages(x)
    np.testing.assert_allclose(percentages.sum(axis=0), 100, rtol=1e-12)
    np.testing.assert_allclose(percentages, textbook.column_percentages_loops(x), rtol=1e-12)


def test_a_column_without_a_total_has_no_percentages() -> None:
    with pytest.raises(EngineError, match="total is 0"):
        basics.column_percentages([[1.0, 2.0], [1.0, -2.0]])


# All of them


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "function",
    [
        basics.standardize_images,
        basics.normalize_rows,
        basics.sigmoid,
        basics.sigmoid_derivative,
        basics.softmax,
        basics.column_percentages,
    ],
)
def test_floats_keep_their_dtype_and_the_argument_its_values(function, dtype: type) -> None:
    x = np.array([[1, 2, 3], [4, 5, 6]], dtype)
    assert function(x).dtype == dtype
    np.testing.assert_array_equal(x, [[1, 2, 3], [4, 5, 6]])


# Gradient checking itself


@given(sizes, sizes, seeds)
def test_a_directional_difference_equals_the_gradient_along_the_direction(n: int, m: int, seed: int) -> None:
    x, v = np.random.default_rng(seed).normal(size=(2, n, m))
    slope = directional_derivative(lambda x: float(np.sum(np.sin(x))), x, v)
    assert slope == pytest.approx(float(np.sum(np.cos(x) * v)), abs=1e-8)


def test_a_wrong_gradient_shows_as_a_large_relative_error() -> None:
    x = np.array([1.0, 2.0])
    approximation = numerical_gradient(lambda x: float(np.sum(x**2)), x)
    assert relative_error(2 * x, approximation) < 1e-9
    assert relative_error(x, approximation) > 0.3
    assert relative_error([0.0], [0.0]) == 0.0


def test_the_direction_has_the_shape_of_the_point_and_the_step_is_positive() -> None:
    with pytest.raises(EngineError, match="v should be"):
        directional_derivative(lambda x: 0.0, [1.0, 2.0], [1.0])
    with pytest.raises(EngineError, match=r"h should be a number in \(0, inf\)"):
        directional_derivative(lambda x: 0.0, [1.0], [1.0], h=0)


def test_the_softmax_of_nothing_is_refused_and_that_of_no_rows_is_empty() -> None:
    with pytest.raises(EngineError, match=r"x should be of at least one entry along axis 1"):
        basics.softmax(np.zeros((2, 0)))
    assert basics.softmax(np.zeros((0, 3))).shape == (0, 3)
