from __future__ import annotations

import os

import numpy as np
import pytest

from tutor.content.bridge import Bridge, load_bridges, run
from tutor.content.places import content_root

# Before the first snippet imports Keras.
os.environ["KERAS_BACKEND"] = "torch"

BRIDGES = load_bridges(content_root())

# Keras hands its own variables to NumPy in a way that NumPy 2 will give up.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


@pytest.mark.parametrize("bridge", BRIDGES, ids=lambda bridge: bridge.slug)
@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_a_snippet_gives_what_the_numpy_one_gives(bridge: Bridge, framework: str) -> None:
    expected, result = run(bridge, "numpy"), run(bridge, framework)
    # Keras has no gradients that all its backends share, so its snippets may show less.
    assert result.keys() == expected.keys() if framework == "torch" else result.keys() <= expected.keys()
    for name, value in result.items():
        ours, theirs = np.asarray(expected[name], float), np.asarray(value, float)
        assert ours.shape == theirs.shape, name
        assert np.max(np.abs(ours - theirs)) <= 1e-5 * np.max(np.abs(ours)), name
