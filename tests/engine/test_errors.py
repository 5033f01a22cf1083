from __future__ import annotations

import numpy as np
import pytest

from engine.errors import EngineError, as_array, as_floats, as_ids


def test_the_error_names_the_argument_what_was_expected_and_what_came() -> None:
    with pytest.raises(ValueError, match="X should be") as caught:
        as_array("X", np.zeros((2, 3)), (4, "m"))
    error = caught.value
    assert isinstance(error, EngineError)
    assert (error.argument, error.expected, error.came) == (
        "X",
        "an array of shape (4, m)",
        "an array of shape (2, 3)",
    )
    assert str(error) == "X should be an array of shape (4, m), but it is an array of shape (2, 3)."


def test_a_named_size_refuses_an_empty_axis() -> None:
    with pytest.raises(EngineError, match=r"shape \(2, 0\)"):
        as_array("X", np.zeros((2, 0)), (2, "m"))


def test_a_scalar_is_asked_for_with_the_empty_shape() -> None:
    assert as_floats("b", 2, ()) == 2.0
    with pytest.raises(EngineError, match="b should be a single number"):
        as_floats("b", [2.0], ())


@pytest.mark.parametrize("value", ["text", [1j], [None], [[1, 2], [3]], [object()]])
def test_what_is_not_a_table_of_real_numbers_is_refused(value: object) -> None:
    with pytest.raises(EngineError, match="numbers"):
        as_array("X", value)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_keep_their_dtype(dtype: type) -> None:
    assert as_floats("X", np.zeros(3, dtype)).dtype == dtype


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.bool_])
def test_other_numbers_become_float64(dtype: type) -> None:
    assert as_floats("X", np.zeros(3, dtype)).dtype == np.float64


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint64, np.int64])
def test_ids_of_any_integers_are_ready_for_arithmetic(dtype: type) -> None:
    ids = as_ids("ids", np.array([100, 3], dtype), 101)
    assert ids.dtype == np.intp
    assert (ids * 101).tolist() == [10100, 303]


def test_booleans_are_labels_of_two_classes_and_no_other_ids() -> None:
    assert as_ids("labels", [True, False], 2).tolist() == [1, 0]
    for size in (1, 3):
        with pytest.raises(EngineError, match="ids should be integers from 0 to"):
            as_ids("ids", [True, False], size)
