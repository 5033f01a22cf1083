from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.masks import (
    as_mask,
    create_decoder_mask,
    create_look_ahead_mask,
    create_padding_mask,
    is_causal,
)
from engine.positional import add_positions, get_angles, offset_deviation, positional_encoding

sizes = st.integers(1, 6)


@given(sizes, sizes, st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_a_decoder_mask_keeps_what_is_neither_ahead_nor_padding(m: int, T: int, seed: int) -> None:
    ids = np.random.default_rng(seed).integers(0, 3, size=(m, T))
    padding, ahead, both = create_padding_mask(ids), create_look_ahead_mask(T), create_decoder_mask(ids)
    assert (padding.shape, ahead.shape, both.shape) == ((m, 1, T), (1, T, T), (m, T, T))
    for i in range(m):
        for t in range(T):
            for s in range(T):
                assert padding[i, 0, s] == (ids[i, s] != 0)
                assert ahead[0, t, s] == (s <= t)
                assert both[i, t, s] == (s <= t and ids[i, s] != 0)


def test_another_padding_token_may_be_named() -> None:
    np.testing.assert_array_equal(create_padding_mask([[0, 9]], pad=9), [[[1, 0]]])


@pytest.mark.parametrize("kind", [bool, np.int64, np.float32])
def test_a_mask_may_be_of_any_numbers_that_are_zero_or_one(kind: type) -> None:
    keep = as_mask(np.array([[1, 0, 1]], kind), (2, 3))
    assert keep.dtype == bool
    np.testing.assert_array_equal(keep, [[True, False, True]])


def test_a_sum_over_the_past_is_causal_and_a_sum_over_all_is_not() -> None:
    ids = np.array([[3, 1, 2, 5]])
    for t in range(4):
        assert is_causal(lambda ids: np.cumsum(ids, axis=1), ids, t)
    assert not is_causal(lambda ids: np.cumsum(ids[:, ::-1], axis=1)[:, ::-1], ids, 2)
    np.testing.assert_array_equal(ids, [[3, 1, 2, 5]])


def test_a_wrong_mask_is_told() -> None:
    with pytest.raises(EngineError, match=r"mask should be an array whose shape broadcasts to \(2, 3\)"):
        as_mask(np.ones((3, 2)), (2, 3))
    with pytest.raises(EngineError, match=r"mask should be an array whose shape broadcasts to \(2, 3\)"):
        as_mask(np.ones((5, 2, 3)), (2, 3))
    with pytest.raises(EngineError, match=r"mask should be of ones \(keep\) and zeros"):
        as_mask(np.full((2, 3), -1e9), (2, 3))
    with pytest.raises(EngineError, match="decoder_token_ids should be integers"):
        create_padding_mask([[0.0, 1.0]])
    with pytest.raises(EngineError, match="decoder_token_ids should be an array of shape"):
        create_decoder_mask([1, 2])
    with pytest.raises(EngineError, match="sequence_length should be a whole number from 1 up"):
        create_look_ahead_mask(0)
    with pytest.raises(EngineError, match="t should be a position from 0 to 1"):
        is_causal(lambda ids: ids, [[1, 2]], 2)


# Positions


@given(st.integers(1, 30), st.integers(1, 12))
@settings(max_examples=20, deadline=None)
def test_each_entry_is_the_sine_or_cosine_of_its_formula(positions: int, d: int) -> None:
    PE = positional_encoding(positions, d)
    assert PE.shape == (1, positions, d)
    for pos in range(positions):
        for k in range(d):
            angle = pos / 10000 ** (2 * (k // 2) / d)
            assert PE[0, pos, k] == pytest.approx(np.cos(angle) if k % 2 else np.sin(angle), abs=1e-12)


@pytest.mark.parametrize("d", [2, 8, 50])
def test_encodings_of_even_size_have_one_length_and_products_of_the_distance_alone(d: int) -> None:
    PE = positional_encoding(40, d)
    np.testing.assert_allclose(np.sum(PE**2, axis=-1), d / 2)
    assert offset_deviation(PE) < 1e-11
    assert offset_deviation(get_angles(np.arange(40)[:, None], np.arange(d)[None], d)[None]) > 1


def test_words_are_scaled_before_their_positions_are_added() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
    out = add_positions(x, positional_encoding(5, 4))
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, 2 * x + positional_encoding(3, 4), rtol=1e-6)


def test_a_sentence_longer_than_the_encodings_is_told() -> None:
    with pytest.raises(EngineError, match="x should be a batch of at most 3 positions, but it is of 4"):
        add_positions(np.zeros((1, 4, 2)), positional_encoding(3, 2))
    with pytest.raises(EngineError, match="PE should be an array of shape"):
        add_positions(np.zeros((1, 3, 4)), positional_encoding(3, 2))
    with pytest.raises(EngineError, match="d should be a whole number from 1 up"):
        positional_encoding(3, 0)
    with pytest.raises(EngineError, match="pos should be an array of shape"):
        get_angles([0, 1], [[0, 1]], 2)
