from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.splits import REMEDIES, bias_variance, train_dev_test_split

SHARES = [(0.98, 0.01, 0.01), (0.6, 0.2, 0.2), (0.5, 0.5, 0.0), (0.0, 0.5, 0.5), (1.0, 0.0, 0.0)]


@given(st.integers(1, 60), st.sampled_from(SHARES), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_every_example_is_in_one_set_with_its_label(m: int, fractions: tuple[float, ...], seed: int) -> None:
    X = np.vstack([np.arange(m), np.arange(m) ** 2])
    Y = 10 * X[:1]
    sets = train_dev_test_split(X, Y, fractions, seed)
    assert sorted(np.concatenate([part[0] for part in sets[::2]])) == list(range(m))
    for part, labels in zip(sets[::2], sets[1::2], strict=True):
        np.testing.assert_array_equal(labels[0], 10 * part[0])
        np.testing.assert_array_equal(part[1], part[0] ** 2)
    for part, fraction in zip(sets[::2], fractions, strict=True):
        assert abs(part.shape[1] - fraction * m) <= 1


def test_a_seed_repeats_the_split_and_a_generator_goes_on() -> None:
    X = np.arange(50)[None]
    one, same = (train_dev_test_split(X, X, seed=3)[0] for _ in range(2))
    np.testing.assert_array_equal(one, same)
    rng = np.random.default_rng(3)
    first, second = (train_dev_test_split(X, X, seed=rng)[0] for _ in range(2))
    np.testing.assert_array_equal(first, one)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    ("errors", "label"),
    [
        ((0.0, 0.01, 0.11), "high variance"),
        ((0.0, 0.15, 0.16), "high bias"),
        ((0.0, 0.15, 0.30), "high bias, high variance"),
        ((0.0, 0.005, 0.01), "low bias, low variance"),
        ((0.14, 0.15, 0.16), "low bias, low variance"),
        ((0.14, 0.15, 0.25), "high variance"),
        ((0.06, 0.08, 0.10), "low bias, low variance"),  # gaps of just tol, which in binary come out above it
    ],
)
def test_the_two_gaps_are_read_against_the_human_error(errors: tuple[float, float, float], label: str) -> None:
    assert bias_variance(*errors) == label


def test_more_data_is_no_remedy_for_bias() -> None:
    assert "more data" in REMEDIES["variance"]
    assert "more data" not in REMEDIES["bias"]


def test_bad_input_is_named() -> None:
    X = np.zeros((2, 4))
    with pytest.raises(EngineError, match=r"Y should be an array of shape \(n_y, 4\)"):
        train_dev_test_split(X, np.zeros((1, 3)))
    for fractions in ((0.5, 0.5, 0.5), (1.5, -0.5, 0.0)):
        with pytest.raises(EngineError, match="fractions should be three shares that add up to 1"):
            train_dev_test_split(X, X, fractions)
    with pytest.raises(EngineError, match=r"dev_err should be a number in \[0, 1\]"):
        bias_variance(0, 0, 15)
