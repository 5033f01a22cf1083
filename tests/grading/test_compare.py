from __future__ import annotations

import numpy as np
import pytest

from tutor.content.exercises import Tolerance
from tutor.grading.compare import Comparison, describe
from tutor.grading.wire import Unsendable

X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def message(expected, got, *outputs, **tolerances):
    difference = Comparison(outputs, tolerances).difference(expected, got)
    return difference and difference.message


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (X, X + 1e-7),
        (X, X.astype(int)),
        (X.astype(int), X),
        (X, np.asfortranarray(X)),
        (2.5, np.float64(2.5)),
        (2.5, np.array(2.5)),
        (2.5, np.float32(2.5)),
        (2.0, 2),
        (2, 2.0),
        (np.array(2.5), 2.5),
        (np.array([1.0, 0.0]), np.array([True, False])),
        (True, np.True_),
        (True, 1),
        (1 + 2j, 1 + 2j),
        ((1.0, 2.0), [1.0, 2.0]),
        ([1.0, 2.0], (1.0, 2.0)),
        ([1.0, 2.0], np.array([1.0, 2.0])),
        ((1.0, X), (1.0, X, "extra")),
        ({"a": 1.0}, {"a": 1.0, "b": 2.0}),
        ({"a": [X, {"b": X}]}, {"a": (X, {"b": X})}),
        ("text", "text"),
        (None, None),
        ({1, 2}, {2, 1}),
        (np.array(["a", "b"]), np.array(["a", "b"])),
        (np.array([np.nan, np.inf, 1.0]), np.array([np.nan, np.inf, 1.0])),
        (np.array([0.0, 1.0]), np.array([1e-10, 1.0])),
        (np.zeros(3), np.full(3, 1e-12)),
        ([0.0, 5.0], [1e-9, 5.0]),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        ([], []),
    ],
)
def test_these_are_accepted(expected, got):
    assert message(expected, got) is None


@pytest.mark.parametrize(
    ("expected", "got", "said"),
    [
        (X, X.T, "the result: expected an array of shape (2, 3), got an array of shape (3, 2)"),
        (X, 3.0, "the result: expected an array of shape (2, 3), got a float"),
        (2.5, X, "the result: expected a float, got an array of shape (2, 3)"),
        (
            2.5,
            np.array([[2.5]]),
            "the result: expected a float, got an array of shape (1, 1); "
            "np.squeeze(...) or .item() makes a number of it",
        ),
        (2.5, "2.5", "the result: expected a float, got a str"),
        (2.5, [2.5], "the result: expected a float, got a list of 1"),
        (2.5, 2.5 + 0j, "the result: expected a float, got a complex"),
        (X, None, "it returned None: is there a `return` missing?"),
        (
            X,
            X.tolist(),
            "the result: expected an array of shape (2, 3), got a list of 2; np.array(...) makes an array of it",
        ),
        (X, {"X": X}, "the result: expected an array of shape (2, 3), got a dict of 1"),
        (X, Unsendable("generator"), "the result: expected an array of shape (2, 3), got an object of type generator"),
        (X, np.where(X == 6, 7, X), "the result: at [1, 2] expected 6, got 7 (1 of 6 values differs)"),
        (X, X + 1, "the result: at [0, 0] expected 1, got 2 (6 of 6 values differ)"),
        (X, X * np.nan, "the result: at [0, 0] expected 1, got nan (6 of 6 values differ)"),
        (X, X * np.inf, "the result: at [0, 0] expected 1, got inf (6 of 6 values differ)"),
        (np.array([np.inf]), np.array([1.0]), "the result: at [0] expected inf, got 1 (1 of 1 value differs)"),
        (np.array([1, 2]), np.array([1, 3]), "the result: at [1] expected 2, got 3 (1 of 2 values differs)"),
        (10**6, 10**6 + 1, "the result: expected 1000000, got 1000001"),
        (
            X,
            X * (1 + 1e-5),
            "the result: at [0, 0] expected 1, got 1.00001 (6 of 6 values differ); "
            "it agrees to 3 digits, so precision was lost (float32?)",
        ),
        (
            X,
            X + 5e-4,
            "the result: at [0, 0] expected 1, got 1.0005 (6 of 6 values differ); "
            "it agrees to 3 digits: a small difference",
        ),
        (0.5, 0.5 + 5e-4, "the result: expected 0.5, got 0.5005; it agrees to 3 digits: a small difference"),
        (
            np.array([1e-4, 1.0]),
            np.array([1e-4 + 1e-8, 1.0]),
            "the result: at [0] expected 0.0001, got 0.00010001 (1 of 2 values differs); "
            "it agrees to 3 digits: a small difference",
        ),
        (X, X * 1.01, "the result: at [0, 0] expected 1, got 1.01 (6 of 6 values differ)"),
        ((1.0, 2.0), (1.0,), "the result: expected 2 values, got 1"),
        ((1.0, X), X, "the result: expected 2 values, got an array of shape (2, 3)"),
        ((1.0, 2.0), 1.0, "the result: expected 2 values, got a float"),
        ([1.0, 2.0], [1.0, 3.0], "result[1]: expected 2, got 3"),
        ([1.0, 2.0], np.array([1.0]), "the result: expected 2 values, got 1"),
        ({"dw": 1.0}, {"dW": 1.0}, "the result: the key 'dw' is missing; the keys are 'dW'. Did you mean 'dW'?"),
        (
            {"dw1": 1.0, "dw2": 1.0},
            {"dw1": 1.0},
            "the result: the key 'dw2' is missing; the keys are 'dw1'.",
        ),
        (
            {"dw1": 1.0, "dw2": 1.0},
            {"dw1": 1.0, "dW2": 1.0},
            "the result: the key 'dw2' is missing; the keys are 'dw1', 'dW2'. Did you mean 'dW2'?",
        ),
        ({"dw": 1.0}, {}, "the result: the key 'dw' is missing; the keys are none."),
        ({"dw": X}, {"dw": X + 1}, "dw: at [0, 0] expected 1, got 2 (6 of 6 values differ)"),
        ({"a": {"b": 1.0}}, {"a": {"b": None}}, "a['b']: expected a float, got None"),
        ({0: 1.0}, {0: 2.0}, "result[0]: expected 1, got 2"),
        ("abc", "abd", "the result: expected 'abc', got 'abd'"),
        (None, 1.0, "the result: expected None, got a float"),
        (False, True, "the result: expected False, got True"),
        ({1, 2}, {1}, "the result: expected {1, 2}, got {1}"),
        (
            np.array(["a", "b"]),
            np.array(["a", "c"]),
            "the result: at [1] expected 'b', got 'c' (1 of 2 values differs)",
        ),
        (
            np.array(["a"]),
            np.array([1.0]),
            "the result: expected an array of shape (1,) and dtype <U1, got an array of shape (1,)",
        ),
    ],
)
def test_the_first_difference_is_told_in_words(expected, got, said):
    assert message(expected, got) == said


@pytest.mark.parametrize("seed", range(5))
def test_only_what_float32_does_to_a_result_is_called_so(seed):
    A, B = np.random.default_rng(seed).normal(size=(2, 40, 40))
    single = (A.astype("f4") @ B.astype("f4")).astype(float)
    assert message(A @ B, single).endswith("so precision was lost (float32?)")
    assert message(1 / (1 + A * A), 1 / (1 + A * A + 1e-4)).endswith("a small difference")
    assert message(A @ B, A @ B * 1.0005).endswith("a small difference")


def test_parts_of_a_tuple_are_called_by_their_names():
    assert message(({"dw": X}, 1.0), ({"dw": X}, 2.0), "grads", "cost") == "cost: expected 1, got 2"
    assert message(({"dw": X}, 1.0), ({"dw": -X}, 2.0), "grads", "cost").startswith("grads['dw']: at [0, 0] expected 1")
    assert message((X, [1.0, 2.0]), (X, [1.0, 3.0]), "w", "costs") == "costs[1]: expected 2, got 3"
    assert message((1.0, 2.0), (1.0,), "grads", "cost") == "the result: expected 2 values (grads, cost), got 1"


def test_one_output_name_names_the_whole_result():
    assert message(1.0, 2.0, "cost") == "cost: expected 1, got 2"
    assert message([1.0, 2.0], [1.0, 3.0], "costs") == "costs[1]: expected 2, got 3"


def test_tolerances_belong_to_an_output_or_a_key():
    coarse = Tolerance(rtol=0.1)
    assert message((1.0, 1.0), (1.05, 1.0), "w", "cost", w=coarse) is None
    assert message((1.0, 1.0), (1.0, 1.05), "w", "cost", w=coarse) == "cost: expected 1, got 1.05"
    assert message({"dw": 1.0, "db": 1.0}, {"dw": 1.05, "db": 1.0}, dw=coarse) is None
    assert message(0.0, 1e-3, "error", error=Tolerance(atol=1e-2)) is None
    assert message(1e-10, 3e-10, "error", error=Tolerance(rtol=0, atol=1e-7)) is None


def test_strictly_nothing_extra_is_accepted():
    strict = Comparison(strict=True)
    assert strict.difference((1.0,), (1.0, 2.0)) is not None
    assert strict.difference({"a": 1.0}, {"a": 1.0, "b": 1.0}) is not None
    assert strict.difference({"a": np.nan}, {"a": np.nan}) is None


def test_large_and_odd_values_never_raise():
    odd = [
        None,
        1,
        1.5,
        "x",
        b"",
        X,
        np.array("x"),
        {},
        [],
        (),
        {1},
        1j,
        np.float16(1),
        Unsendable("x"),
        [[1], 2],
        np.array([]),
    ]
    for expected in odd:
        for got in odd:
            Comparison(("a", "b")).difference(expected, got)
            Comparison(("a",), strict=True).difference([expected, 1.0], [got, 1.0])


def test_values_are_described_in_words():
    assert describe(np.zeros((2, 1), dtype=int)) == "an array of shape (2, 1) and dtype int64"
    assert describe(np.float64(1)) == "a float"
    assert describe(3) == "an int"
    assert describe([1, 2]) == "a list of 2"
