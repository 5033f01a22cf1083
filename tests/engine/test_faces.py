from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.faces import equal_error_rate, error_rates, img_to_encoding, verify, who_is_it
from engine.layers.base import Sequential
from engine.layers.dense import Dense, Flatten, Relu

PEOPLE = np.random.default_rng(0).random((4, 3, 3, 1))
NETWORK = Sequential([Flatten(), Dense(9, 16, rng=1), Relu(), Dense(16, 6, rng=2)])
DATABASE = {name: img_to_encoding(image, NETWORK) for name, image in zip("abcd", PEOPLE, strict=True)}


def test_an_encoding_has_length_1_and_bytes_are_scaled() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, size=(3, 3, 1)).astype(np.uint8)
    encoding = img_to_encoding(pixels, NETWORK)
    assert encoding.shape == (1, 6)
    assert np.linalg.norm(encoding) == pytest.approx(1)
    np.testing.assert_array_equal(encoding, img_to_encoding(pixels / 255, NETWORK))


@pytest.mark.parametrize("name", list("abcd"))
def test_everybody_is_recognized_as_themselves(name: str) -> None:
    image = PEOPLE["abcd".index(name)]
    assert verify(image, name, DATABASE, NETWORK) == (0.0, True)
    assert who_is_it(image, DATABASE, NETWORK) == (0.0, name)


def test_the_distance_of_lengths_is_compared_and_the_square_only_when_asked() -> None:
    colours = {"rose": [1.0, 0.0]}
    image = np.array([[[0.8, 0.6]]])  # at a distance of sqrt(0.4) from the rose

    def sums(images: np.ndarray) -> np.ndarray:
        return images.sum(axis=(1, 2))

    assert verify(image, "rose", colours, sums, threshold=0.5) == (pytest.approx(0.4**0.5), False)
    assert verify(image, "rose", colours, sums, threshold=0.5, squared=True) == (pytest.approx(0.4), True)
    assert who_is_it(image, colours, sums, threshold=0.5) == (pytest.approx(0.4**0.5), None)
    assert who_is_it(image, colours, sums, threshold=0.5, squared=True) == (pytest.approx(0.4), "rose")


def test_the_nearest_of_all_is_named() -> None:
    image = PEOPLE[2] + 0.01
    dist, identity = who_is_it(image, DATABASE, NETWORK)
    everyone = [verify(image, name, DATABASE, NETWORK)[0] for name in DATABASE]
    assert (dist, identity) == (min(everyone), "abcd"[int(np.argmin(everyone))])


# Error rates


@given(st.integers(0, 2**32 - 1), st.integers(2, 12))
@settings(max_examples=30, deadline=None)
def test_the_equal_error_rate_is_where_counting_finds_the_rates_nearest(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    dists, same = rng.integers(0, 6, size=n) / 4, rng.random(n) < 0.5
    same[:2] = True, False
    rates = {}
    for tau in sorted(set(dists.tolist())):
        far = sum(d <= tau for d, s in zip(dists, same, strict=True) if not s) / np.sum(~same)
        frr = sum(d > tau for d, s in zip(dists, same, strict=True) if s) / np.sum(same)
        assert error_rates(dists, same, tau) == (far, frr)
        rates[tau] = (far, frr)
    best = min(rates, key=lambda tau: abs(rates[tau][0] - rates[tau][1]))
    tau, eer = equal_error_rate(dists, same)
    assert tau == best
    assert eer == pytest.approx(sum(rates[best]) / 2)


def test_a_perfect_recognizer_makes_no_error_and_chance_half() -> None:
    same = np.arange(1000) < 400
    assert equal_error_rate(np.where(same, 0.3, 0.9), same) == (0.3, 0.0)
    assert equal_error_rate(np.random.default_rng(0).random(1000), same)[1] == pytest.approx(0.5, abs=0.05)


def test_float32_stays_float32() -> None:
    encoding = img_to_encoding(PEOPLE[0].astype(np.float32), lambda images: images.sum(axis=1)[..., 0])
    assert encoding.dtype == np.float32


def test_bad_input_is_refused_by_name() -> None:
    with pytest.raises(EngineError, match=r"^database should be a dictionary with the key 'e'"):
        verify(PEOPLE[0], "e", DATABASE, NETWORK)
    with pytest.raises(EngineError, match=r"^database should be a dictionary with at least one person"):
        who_is_it(PEOPLE[0], {}, NETWORK)
    with pytest.raises(EngineError, match=r"^an encoding of database should be an array of shape \(6,\) or \(1, 6\)"):
        who_is_it(PEOPLE[0], {"a": np.ones(5)}, NETWORK)
    with pytest.raises(EngineError, match=r"^image should be an array of shape \(h, w, C\)"):
        img_to_encoding(PEOPLE, NETWORK)
    with pytest.raises(EngineError, match=r"^the result of model should be an array of shape \(1, d\)"):
        img_to_encoding(PEOPLE[0], lambda images: images)
    with pytest.raises(EngineError, match=r"^the result of model should be an encoding with a direction"):
        img_to_encoding(PEOPLE[0], lambda images: np.zeros((1, 3)))
    with pytest.raises(EngineError, match=r"^same should be true for some pairs and false for others"):
        equal_error_rate([0.1, 0.2], [True, True])
    with pytest.raises(EngineError, match=r"^same should be an array of shape \(2,\)"):
        error_rates([0.1, 0.2], [True], 0.5)
