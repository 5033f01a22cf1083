from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.siamese import siamese_head, siamese_head_backward

KINDS = ["absolute", "chi2"]


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 4), st.sampled_from(KINDS))
@settings(max_examples=10, deadline=None)
def test_the_head_has_the_gradients_of_its_output(
    gradient_error: Callable[..., float], seed: int, m: int, d: int, kind: str
) -> None:
    rng = np.random.default_rng(seed)
    E1 = rng.uniform(1, 2, size=(m, d))
    # Away from E1, since the absolute value has a kink at 0.
    arrays = {"E1": E1, "E2": E1 + rng.choice([-1, 1], size=(m, d)) * rng.uniform(0.1, 0.9, size=(m, d))}
    arrays |= {"w": rng.normal(size=d), "b": rng.normal(size=())}
    dy_hat = rng.normal(size=m)
    _, cache = siamese_head(**arrays, kind=kind)
    grads = siamese_head_backward(dy_hat, cache)

    def J(**arrays: np.ndarray) -> float:
        return float(np.sum(siamese_head(**arrays, kind=kind)[0] * dy_hat))

    assert gradient_error(J, arrays, {name: grads[f"d{name}"] for name in arrays}) <= 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_the_two_pictures_does_not_matter(kind: str) -> None:
    rng = np.random.default_rng(0)
    E1, E2 = rng.random((2, 3, 4))
    w = rng.normal(size=4)
    y_hat, cache = siamese_head(E1, E2, w, 0.5, kind)
    swapped, swapped_cache = siamese_head(E2, E1, w, 0.5, kind)
    np.testing.assert_array_equal(y_hat, swapped)
    grads, swapped_grads = (siamese_head_backward(np.ones(3), one) for one in (cache, swapped_cache))
    np.testing.assert_allclose(grads["dE1"], swapped_grads["dE2"], atol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
def test_equal_encodings_give_the_bias_alone_and_no_gradient_to_move_apart(kind: str) -> None:
    E = np.array([[0.0, 1.0, 2.0]])
    y_hat, cache = siamese_head(E, E, [1, 2, 3], 0.0, kind)
    assert y_hat == [0.5]
    grads = siamese_head_backward([1.0], cache)
    np.testing.assert_array_equal(grads["dE1"], np.zeros((1, 3)))
    np.testing.assert_array_equal(grads["dw"], np.zeros(3))


@pytest.mark.parametrize("kind", KINDS)
def test_float32_stays_float32_and_arguments_stay_as_they_are(kind: str) -> None:
    E1, E2 = np.random.default_rng(0).random((2, 3, 4)).astype(np.float32)
    before = E1.copy()
    y_hat, cache = siamese_head(E1, E2, np.ones(4, np.float32), np.float64(0.5), kind)
    grads = siamese_head_backward(np.ones(3, np.float32), cache)
    assert {y_hat.dtype, *(grad.dtype for grad in grads.values())} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(E1, before)


def test_bad_input_is_refused_by_name() -> None:
    E = np.ones((2, 3))
    with pytest.raises(EngineError, match=r"^E2 should be an array of shape \(2, 3\)"):
        siamese_head(E, E[:1], np.ones(3), 0.0)
    with pytest.raises(EngineError, match=r"^w should be an array of shape \(3,\)"):
        siamese_head(E, E, np.ones(2), 0.0)
    with pytest.raises(EngineError, match=r"^kind should be one of"):
        siamese_head(E, E, np.ones(3), 0.0, "cosine")
    with pytest.raises(EngineError, match=r"^E1 and E2 should be from 0 up for the kind 'chi2'"):
        siamese_head(E, -E, np.ones(3), 0.0, "chi2")
    with pytest.raises(EngineError, match=r"^epsilon should be a number in \(0, inf\)"):
        siamese_head(E, E, np.ones(3), 0.0, epsilon=0)
    with pytest.raises(EngineError, match=r"^dy_hat should be an array of shape \(2,\)"):
        siamese_head_backward(np.ones(3), siamese_head(E, E, np.ones(3), 0.0)[1])
