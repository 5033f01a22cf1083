from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.beam import beam_search, beam_search_batched, top_k
from engine.beam_errors import beam_error_attribution, beam_error_report, length_normalized_order
from engine.errors import EngineError
from engine.textbook.beam import beam_search_loops

seeds = st.integers(0, 2**32 - 1)
Hypotheses = list[tuple[list[int], float]]


def network(rng: np.random.Generator, V: int) -> tuple[np.ndarray, Any, Any]:
    """A small recurrent network as a first state and as a step for one sentence and for several."""
    E, W, U = rng.normal(size=(V, 3)), rng.normal(size=(3, 3)), 2 * rng.normal(size=(3, V))

    def several(states: np.ndarray, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        states = np.tanh(states @ W + E[tokens])
        z = states @ U
        return z - np.log(np.exp(z).sum(axis=1, keepdims=True)), states

    def one(state: np.ndarray, token: int) -> tuple[np.ndarray, np.ndarray]:
        log_probs, states = several(state[None], np.array([token]))
        state[...] = states[0]  # a step that writes on the state it was given
        return log_probs[0], state

    return rng.normal(size=3), one, several


def assert_same(got: Hypotheses, expected: Hypotheses) -> None:
    assert [tokens for tokens, _ in got] == [tokens for tokens, _ in expected]
    np.testing.assert_allclose([score for _, score in got], [score for _, score in expected], rtol=1e-10)


# The k best


@given(st.integers(1, 3000), st.integers(1, 20), st.sampled_from([2, 50, 10**6]), seeds)
@settings(max_examples=40, deadline=None)
def test_the_k_largest_are_those_of_a_stable_sort(n: int, k: int, different: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, different, size=n).astype(np.float32)
    k = min(k, n)
    indices, largest = top_k(values, k)
    np.testing.assert_array_equal(indices, np.argsort(-values, kind="stable")[:k])
    np.testing.assert_array_equal(largest, values[indices])
    assert largest.dtype == np.float32


def test_the_k_largest_of_many_may_lie_anywhere() -> None:
    values = np.full(1000, -np.inf)
    values[[0, 255, 256, 768, 999]] = [1, 2, 3, 4, 5]
    np.testing.assert_array_equal(top_k(values, 5)[0], [999, 768, 256, 255, 0])


# The search


@given(st.integers(2, 4), st.integers(1, 6), st.integers(1, 5), st.sampled_from([0, 0.7, 1]), seeds)
@settings(max_examples=25, deadline=None)
def test_the_search_equals_its_loops(V: int, B: int, max_len: int, alpha: float, seed: int) -> None:
    state0, one, several = network(np.random.default_rng(seed), V)
    expected = beam_search_loops(one, state0, 0, 1, B, max_len, alpha)
    assert_same(beam_search(one, state0, 0, 1, B, max_len, alpha), expected)
    assert_same(beam_search_batched(several, state0[None], 0, 1, B, max_len, alpha), expected)


@given(st.integers(2, 3), st.integers(1, 4), st.sampled_from([0, 0.7, 1]), seeds)
@settings(max_examples=10, deadline=None)
def test_a_beam_wide_enough_finds_the_best_of_all_sentences(V: int, max_len: int, alpha: float, seed: int) -> None:
    state0, one, _ = network(np.random.default_rng(seed), V)
    scores = []
    for length in range(1, max_len + 1):
        for tokens in product(range(V), repeat=length):
            ends_early, ends = 1 in tokens[:-1], tokens[-1] == 1
            if ends_early or not (ends or length == max_len):
                continue
            state, last, log_p = state0.copy(), 0, 0.0
            for token in tokens:
                log_probs, state = one(state, last)
                log_p += log_probs[token]
                last = token
            scores.append((log_p / length**alpha, list(tokens)))
    scores.sort(reverse=True)
    got = beam_search(one, state0, 0, 1, V**max_len, max_len, alpha)
    assert_same(got, [(tokens, score) for score, tokens in scores])


@given(st.integers(2, 5), seeds)
@settings(max_examples=10, deadline=None)
def test_a_beam_of_one_is_greedy(V: int, seed: int) -> None:
    state0, one, _ = network(np.random.default_rng(seed), V)
    state, token, tokens = state0.copy(), 0, []
    while len(tokens) < 6 and token != 1:
        log_probs, state = one(state, token)
        token = int(np.argmax(log_probs))
        tokens.append(token)
    [(found, _)] = beam_search(one, state0, 0, 1, 1, 6)
    assert found == tokens


def test_several_arrays_may_be_the_state_and_the_first_one_is_not_changed() -> None:
    state0, one, several = network(np.random.default_rng(5), 4)
    before = state0.copy()

    def pair(states: tuple[np.ndarray, np.ndarray], tokens: np.ndarray) -> Any:
        log_probs, hidden = several(states[0], tokens)
        return log_probs, (hidden, states[1] + 1)

    expected = beam_search(one, state0, 0, 1, 3, 5)
    np.testing.assert_array_equal(state0, before)
    assert_same(beam_search_batched(pair, (state0[None], np.zeros((1, 2))), 0, 1, 3, 5), expected)


def test_words_that_are_impossible_are_never_written() -> None:
    table = np.array([[-np.inf, -np.inf, 0.0], [0.0, -np.inf, -np.inf], [-np.inf, 0.0, -np.inf]])
    step = lambda state, token: (table[token], state)  # noqa: E731
    assert beam_search(step, None, 0, 1, B=5, max_len=9) == [([2, 1], 0.0)]
    nowhere = lambda state, token: (np.full(3, -np.inf), state)  # noqa: E731
    assert beam_search(nowhere, None, 0, 1, B=5, max_len=9) == []


def test_a_wider_beam_can_find_a_likelier_and_shorter_sentence() -> None:
    # After the start: word 2 has 0.6 and goes on for long, at almost no cost; the end itself has 0.4.
    p = np.array([[0, 0.4, 0.6], [1, 0, 0], [0, 0.31, 0.69]])
    with np.errstate(divide="ignore"):
        table = np.log(p)
    step = lambda state, token: (table[token], state)  # noqa: E731
    assert beam_search(step, None, 0, 1, B=1, max_len=4, alpha=0)[0][0] == [2, 2, 2, 2]
    assert beam_search(step, None, 0, 1, B=2, max_len=4, alpha=0)[0][0] == [1]
    assert beam_search(step, None, 0, 1, B=2, max_len=4, alpha=1)[0][0] == [2, 2, 2, 2]


# Whose fault


def test_long_sentences_are_ranked_by_logarithms() -> None:
    assert length_normalized_order([(-800.0, 100), (-900.0, 300), (-790.0, 90)], alpha=1) == [1, 0, 2]
    assert length_normalized_order([(-800.0, 100), (-900.0, 300), (-790.0, 90)], alpha=0) == [2, 0, 1]
    assert length_normalized_order([(-1.0, 1), (-1.0, 1)]) == [0, 1]


def test_the_fault_is_told_by_the_scores_that_the_search_compares() -> None:
    assert beam_error_attribution(-6.0, -5.0, 10, 5, alpha=0) == "model"
    assert beam_error_attribution(-6.0, -5.0, 10, 5, alpha=1) == "search"
    assert beam_error_attribution(-5.0, -5.0, 5, 5, alpha=1) == "model"
    report = beam_error_report(
        [(-6.0, -5.0, 10, 5), (-6.0, -5.0, 5, 5), (-7.0, -5.0, 5, 5), (-8.0, -5.0, 5, 5)], alpha=1
    )
    assert (report["search"], report["model"]) == (0.25, 0.75)
    assert str(report["advice"]).startswith("Improve the model")


def test_what_a_search_cannot_use_is_told() -> None:
    step = lambda state, token: (np.array([np.nan, 0.0]), state)  # noqa: E731
    with pytest.raises(EngineError, match="log_probs should be logarithms of probabilities"):
        beam_search(step, None, 0, 1, 2, 3)
    with pytest.raises(EngineError, match="log_probs should be logarithms of probabilities"):
        beam_search(lambda state, token: ([0.5, 0.5], state), None, 0, 1, 2, 3)
    with pytest.raises(EngineError, match="log_probs should be an array of shape"):
        beam_search_batched(lambda states, tokens: (np.zeros(3), states), np.zeros((1, 1)), 0, 1, 2, 3)
    with pytest.raises(EngineError, match="B should be a whole number from 1 up"):
        beam_search(step, None, 0, 1, 0, 3)
    with pytest.raises(EngineError, match="alpha should be a number in"):
        beam_search(step, None, 0, 1, 2, 3, alpha=-1)
    with pytest.raises(EngineError, match="k should be at most 2, the number of values"):
        top_k([1.0, 2.0], 3)
    with pytest.raises(EngineError, match="values should be free of NaN, but it is NaN in place 1"):
        top_k([1.0, np.nan], 1)
    with pytest.raises(EngineError, match=r"the length of y\* should be a whole number from 1 up"):
        beam_error_attribution(-1.0, -1.0, 0, 1)
    with pytest.raises(EngineError, match="the log-probability of yhat should be a number in"):
        beam_error_attribution(-1.0, 1.0, 1, 1)
    with pytest.raises(EngineError, match="table should be a list of at least one translation"):
        beam_error_report([])
