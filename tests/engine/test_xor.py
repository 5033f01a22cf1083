from __future__ import annotations

import numpy as np
import pytest

from engine.dnn_models import predict
from engine.errors import EngineError
from engine.xor import xor_flat_network, xor_flat_units, xor_tree_network, xor_tree_units


@pytest.mark.parametrize("n", range(2, 8))
def test_both_networks_compute_the_parity_of_all_bits(n: int) -> None:
    bits = np.arange(2**n) >> np.arange(n)[:, None] & 1
    parity = bits.sum(axis=0, keepdims=True) % 2
    np.testing.assert_array_equal(predict(bits, None, xor_flat_network(n)), parity)
    np.testing.assert_array_equal(predict(bits, None, xor_tree_network(n)), parity)


@pytest.mark.parametrize("n", [2, 4, 8])
def test_the_networks_have_the_units_that_are_counted(n: int) -> None:
    assert xor_flat_network(n)["W1"].shape == (xor_flat_units(n), n)
    tree = xor_tree_network(n)
    hidden = len(tree) // 2 - 1
    assert hidden == np.log2(n)
    # Two ReLU units make one gate.
    assert sum(tree[f"W{layer}"].shape[0] for layer in range(1, hidden + 1)) == 2 * xor_tree_units(n)


def test_counts_outside_are_refused() -> None:
    for count in (xor_tree_units, xor_flat_units, xor_flat_network):
        with pytest.raises(EngineError, match="n should be a whole number from 1 up"):
            count(0)
    with pytest.raises(EngineError, match="n should be a whole number from 2 up"):
        xor_tree_network(1)
    with pytest.raises(EngineError, match="n should be at most 16 bits"):
        xor_flat_network(17)
