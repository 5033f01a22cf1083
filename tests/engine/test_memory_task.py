from __future__ import annotations

import numpy as np
import pytest

from engine.errors import EngineError
from engine.memory_task import memory_accuracy, memory_batch


def test_only_the_first_step_shows_the_bit() -> None:
    x, bits = memory_batch(50, 6, rng=1)
    np.testing.assert_array_equal(x[:, 0, 0] > 0, bits == 1)
    np.testing.assert_array_equal(x[:, 1:, 0], 0)
    assert set(bits.tolist()) == {0, 1}


@pytest.mark.parametrize("kind", ["gru", "lstm"])
def test_a_gate_that_keeps_at_first_is_what_carries_a_bit_over_50_steps(kind: str) -> None:
    assert memory_accuracy(kind, 50, gate_bias=3.0, seed=1) > 0.95
    assert memory_accuracy(kind, 50, gate_bias=0.0, seed=1) < 0.65


def test_an_unknown_network_is_told() -> None:
    with pytest.raises(EngineError, match="kind should be one of 'rnn', 'gru', 'lstm'"):
        memory_accuracy("cnn", 5)
