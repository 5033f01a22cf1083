from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dnn import L_model_backward, L_model_forward, initialize_parameters_deep
from engine.dnn_shapes import check_shapes, checked_dims, count_parameters, layers_of
from engine.errors import EngineError


@given(st.lists(st.integers(1, 6), min_size=2, max_size=5), st.integers(1, 6))
@settings(max_examples=20, deadline=None)
def test_a_right_network_has_no_mismatch_and_all_its_entries_are_counted(dims: list[int], m: int) -> None:
    parameters = initialize_parameters_deep(dims, rng=0)
    AL, caches = L_model_forward(np.ones((dims[0], m)), parameters)
    grads = L_model_backward(AL, np.zeros_like(AL), caches)
    cache = {f"Z{layer}": Z for layer, (_, Z) in enumerate(caches, start=1)}
    cache |= {f"A{layer}": linear[0] for layer, (linear, _) in enumerate(caches)}
    assert check_shapes(dims, m, parameters, cache, grads) == []
    assert count_parameters(dims) == sum(value.size for value in parameters.values())
    assert [W.shape for W, _ in layers_of(parameters)] == list(zip(dims[1:], dims, strict=False))


def test_every_kind_of_mismatch_is_told() -> None:
    parameters = {"W1": np.zeros((3, 2)), "b1": np.zeros(3), "W2": np.zeros((3, 1)), "W3": np.zeros((1, 1))}
    cache = {"A0": np.zeros((2, 5)), "Z1": np.zeros((5, 3))}
    grads = {"dW1": np.zeros((3, 2)), "db1": np.zeros((3, 1)), "dW2": np.zeros((1, 3)), "dA1": np.zeros((3, 4))}
    assert check_shapes([2, 3, 1], 5, parameters, cache, grads) == [
        ("b1", (3, 1), (3,)),
        ("W2", (1, 3), (3, 1)),
        ("b2", (1, 1), None),
        ("W3", None, (1, 1)),
        ("Z1", (3, 5), (5, 3)),
        ("db2", (1, 1), None),
        ("dA1", (3, 5), (3, 4)),
    ]


def test_bad_input_is_named() -> None:
    with pytest.raises(EngineError, match="parameters should be a dictionary with W1, b1"):
        layers_of({})
    with pytest.raises(EngineError, match="parameters should be a dictionary with W1, b1"):
        layers_of({"W1": [[1.0]], "b1": [[1.0]], "W2": [[1.0]]})
    with pytest.raises(EngineError, match=r"W2 should be an array of shape \(n2, 1\)"):
        layers_of({"W1": [[1.0]], "b1": [[1.0]], "W2": [[1.0, 2.0]], "b2": [[1.0]]})
    with pytest.raises(EngineError, match="layer_dims should be a whole number from 1 up"):
        checked_dims([2, 0])
    with pytest.raises(EngineError, match="m should be a whole number"):
        check_shapes([1, 1], 0, {})
