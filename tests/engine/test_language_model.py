from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import charlm
from engine.clipping import clip, clip_by_global_norm, gradient_decay
from engine.errors import EngineError
from engine.gradcheck import relative_error
from engine.rnn import rnn_forward
from engine.sampling import perplexity, sample, sample_with_temperature
from engine.textbook import charlm as textbook
from engine.vocabulary import build_vocab, one_hot_to_ids, tokens_to_ids, tokens_to_one_hot

seeds = st.integers(0, 2**32 - 1)
MINERALS = [
    "quartz",
    "feldspar",
    "calcite",
    "dolomite",
    "pyrite",
    "galena",
    "hematite",
    "magnetite",
    "olivine",
    "topaz",
    "beryl",
    "garnet",
    "zircon",
    "apatite",
    "fluorite",
    "gypsum",
    "halite",
    "talc",
    "barite",
    "sphalerite",
]
LETTERS = ["\n", *"abcdefghijklmnopqrstuvwxyz"]
CHAR_TO_IX = {letter: i for i, letter in enumerate(LETTERS)}
IX_TO_CHAR = dict(enumerate(LETTERS))


def name_of(seed: int, T: int, V: int) -> tuple[list[int | None], list[int]]:
    letters = np.random.default_rng(seed).integers(1, V, size=T).tolist()
    return [None, *letters], [*letters, 0]


# Vocabulary


def test_a_vocabulary_numbers_the_frequent_tokens_first_and_keeps_a_place_for_the_others() -> None:
    tokens = list("babcabd")
    assert build_vocab(tokens, 3) == {"<UNK>": 0, "b": 1, "a": 2}
    assert build_vocab(tokens, 10, specials=()) == {"b": 0, "a": 1, "c": 2, "d": 3}
    assert build_vocab(["<UNK>", "a"], 5) == {"<UNK>": 0, "a": 1}
    np.testing.assert_array_equal(tokens_to_ids(["a", "zzz"], build_vocab(tokens, 3)), [2, 0])
    with pytest.raises(EngineError, match="tokens should be tokens of the vocabulary"):
        tokens_to_ids(["zzz"], {"a": 0})
    with pytest.raises(EngineError, match="max_size should be a whole number from 2 up"):
        build_vocab(tokens, 1, specials=("<PAD>", "<UNK>"))


@given(seeds, st.integers(1, 4), st.integers(1, 5), st.integers(1, 6))
@settings(max_examples=10, deadline=None)
def test_one_hot_columns_name_their_ids(seed: int, m: int, T: int, V: int) -> None:
    ids = np.random.default_rng(seed).integers(0, V, size=(m, T))
    x = tokens_to_one_hot(ids, V)
    assert x.shape == (V, m, T)
    assert np.all(x.sum(axis=0) == 1)
    np.testing.assert_array_equal(one_hot_to_ids(x), ids)
    with pytest.raises(EngineError, match="ids should be integers from 0"):
        tokens_to_one_hot(ids - V, V)


# The model of letters


@given(seeds, st.integers(0, 5), st.integers(1, 4))
@settings(max_examples=10, deadline=None)
def test_the_gradients_of_a_name_are_those_of_its_loss_and_of_the_steps(
    gradient_error: Callable[..., float], seed: int, T: int, n_a: int
) -> None:
    V = 6
    rng = np.random.default_rng(seed)
    parameters = {name: 30 * value for name, value in charlm.initialize_parameters(n_a, V, V, rng).items()}
    parameters |= {"b": rng.normal(size=(n_a, 1)), "by": rng.normal(size=(V, 1))}
    X, Y = name_of(seed, T, V)
    a0 = rng.normal(size=(n_a, 1))
    loss, cache = charlm.rnn_forward(X, Y, a0, parameters, V)
    gradients, states = charlm.rnn_backward(X, Y, parameters, cache)

    def J(a0: np.ndarray, **values: np.ndarray) -> float:
        return charlm.rnn_forward(X, Y, a0, values, V)[0]

    wanted = {name: gradients["d" + name] for name in parameters} | {"a0": gradients["da_next"]}
    assert gradient_error(J, parameters | {"a0": a0}, wanted) <= 1e-6

    loop_loss, loop_cache = textbook.rnn_forward_loops(X, Y, a0, parameters, V)
    loop_gradients, loop_states = textbook.rnn_backward_loops(X, Y, parameters, loop_cache)
    assert loss == pytest.approx(loop_loss, rel=1e-11)
    for kept, loop_kept in zip(cache, loop_cache, strict=True):
        assert kept.keys() == loop_kept.keys()
        for t in kept:
            np.testing.assert_allclose(kept[t], loop_kept[t], rtol=1e-11)
    assert states.keys() == loop_states.keys()
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, loop_gradients[name], rtol=1e-9, atol=1e-12)


def test_optimize_takes_one_clipped_step_in_place() -> None:
    parameters = charlm.initialize_parameters(4, 27, 27, rng=0)
    parameters["Wya"] *= 1e4  # gradients far beyond 5
    before = {name: value.copy() for name, value in parameters.items()}
    X, Y = name_of(1, 6, 27)
    loss, gradients, a_last = charlm.optimize(X, Y, np.zeros((4, 1)), parameters, learning_rate=0.1)
    assert loss == charlm.rnn_forward(X, Y, np.zeros((4, 1)), before)[0]
    assert a_last.shape == (4, 1)
    assert max(np.abs(gradient).max() for gradient in gradients.values()) == 5
    for name, value in parameters.items():
        np.testing.assert_allclose(value, before[name] - 0.1 * gradients["d" + name])


def test_the_model_learns_the_spelling_of_twenty_minerals(capsys: pytest.CaptureFixture[str]) -> None:
    parameters, last_name = charlm.model(
        MINERALS, IX_TO_CHAR, CHAR_TO_IX, num_iterations=1500, n_a=30, dino_names=2, verbose=True, seed=0
    )

    def nll(parameters: dict[str, np.ndarray]) -> float:
        losses = []
        for name in MINERALS:
            letters = [CHAR_TO_IX[letter] for letter in name]
            zeros = np.zeros((30, 1))
            losses.append(charlm.rnn_forward([None, *letters], [*letters, 0], zeros, parameters)[0])
        return perplexity(sum(losses), sum(len(name) + 1 for name in MINERALS))

    assert nll(charlm.initialize_parameters(30, 27, 27, rng=0)) == pytest.approx(27, rel=1e-2)
    assert nll(parameters) < 6, nll(parameters)
    assert "\n" not in last_name
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("Iteration: 0, Loss: 6.6")
    assert len(printed) == 3  # two names drawn at the start, and nothing more before step 2000


def test_the_smoothed_loss_starts_at_that_of_knowing_nothing_and_moves_by_a_thousandth() -> None:
    assert charlm.get_initial_loss(27, 7) == pytest.approx(7 * np.log(27))
    assert charlm.smooth(10.0, 20.0) == pytest.approx(10.01)


# Sampling


def test_samples_follow_the_probabilities_of_the_model_and_end_with_one_newline() -> None:
    V = 3
    by = np.log([[0.2], [0.5], [0.3]])
    parameters = {"Waa": np.zeros((2, 2)), "Wax": np.zeros((2, V)), "Wya": np.zeros((V, 2))}
    parameters |= {"b": np.zeros((2, 1)), "by": by}
    rng = np.random.default_rng(0)
    names = [sample(parameters, {"\n": 0, "a": 1, "b": 2}, rng) for _ in range(400)]
    assert all(name[-1] == 0 and 0 not in name[:-1] for name in names)
    letters = np.concatenate(names)
    np.testing.assert_allclose(np.bincount(letters) / len(letters), [0.2, 0.5, 0.3], atol=0.04)
    assert sample(parameters, {"\n": 0, "a": 1, "b": 2}, 7) == sample(parameters, {"\n": 0, "a": 1, "b": 2}, 7)


def test_a_sample_feeds_its_own_letters_back() -> None:
    # After "a" only "b" can follow, after "b" only the newline.
    following = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])  # rows: next, columns: previous
    parameters = {"Waa": np.zeros((3, 3)), "Wax": 9 * np.eye(3), "Wya": 90 * following, "b": np.zeros((3, 1))}
    parameters["by"] = np.array([[0.0], [40.0], [0.0]])
    assert sample(parameters, {"\n": 0, "a": 1, "b": 2}, 0) == [1, 2, 0]


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_nothing_outside_the_chosen_tokens_is_ever_drawn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=6)
    order = np.argsort(-logits)
    p = np.exp(logits[order]) / np.exp(logits).sum()
    assert {sample_with_temperature(logits, top_k=2, rng=rng) for _ in range(40)} <= set(order[:2].tolist())
    kept = 1 + int(np.searchsorted(np.cumsum(p), 0.6))
    assert {sample_with_temperature(logits, top_p=0.6, rng=rng) for _ in range(40)} <= set(order[:kept].tolist())
    assert sample_with_temperature(logits, T=0) == sample_with_temperature(logits, T=1e-300, rng=rng) == order[0]


def test_temperature_sharpens_and_the_nucleus_keeps_the_token_that_crosses_p() -> None:
    rng = np.random.default_rng(0)
    logits = np.log([0.5, 0.3, 0.2])
    share = np.mean([sample_with_temperature(logits, T=0.5, rng=rng) == 0 for _ in range(2000)])
    assert share == pytest.approx(0.25 / 0.38, abs=0.04)
    assert {sample_with_temperature(logits, top_p=0.8, rng=rng) for _ in range(200)} == {0, 1}
    assert {sample_with_temperature(logits, top_p=0.81, rng=rng) for _ in range(200)} == {0, 1, 2}
    assert {sample_with_temperature(logits, top_p=1e-9, rng=rng) for _ in range(20)} == {0}
    # In float32 the first two hold 0.9 but for rounding.
    small = np.log([0.7, 0.2, 0.1]).astype(np.float32)
    assert {sample_with_temperature(small, top_p=0.9, rng=rng) for _ in range(200)} == {0, 1}
    for option in ({"T": -1.0}, {"top_p": 0.0}, {"top_p": 1.5}, {"top_k": 0}):
        with pytest.raises(EngineError, match=f"{next(iter(option))} should be"):
            sample_with_temperature(logits, **option)


# Clipping and vanishing


def test_clipping_by_value_cuts_entries_and_by_norm_shortens_the_whole() -> None:
    rng = np.random.default_rng(0)
    gradients = {"dW": rng.normal(scale=10, size=(3, 4)).astype(np.float32), "db": np.array([[1e3]])}
    before = {name: g.copy() for name, g in gradients.items()}
    # A limit that comes as a NumPy number keeps float32 too.
    shortened, norm = clip_by_global_norm(gradients, np.float64(2.0))
    clipped = clip(gradients, np.float64(5))
    for name, g in gradients.items():
        np.testing.assert_array_equal(g, before[name])
        np.testing.assert_array_equal(clipped[name], np.minimum(np.maximum(g, -5), 5))
        np.testing.assert_allclose(shortened[name], g * (2 / norm), rtol=1e-6)
        assert clipped[name].dtype == shortened[name].dtype == g.dtype
    assert norm == pytest.approx(np.sqrt(sum(np.sum(g.astype(float) ** 2) for g in gradients.values())))
    np.testing.assert_array_equal(clip_by_global_norm(gradients, 2 * norm)[0]["dW"], gradients["dW"])
    unchanged, infinite = clip_by_global_norm({"dW": [[np.inf, 1.0]]}, 1.0)
    assert infinite == np.inf
    np.testing.assert_array_equal(unchanged["dW"], [[np.inf, 1.0]])
    with pytest.raises(EngineError, match=r"maxValue should be a number in \[0, inf\]"):
        clip(gradients, -1)
    with pytest.raises(EngineError, match=r"max_norm should be a number in \(0, inf\]"):
        clip_by_global_norm(gradients, 0)


@pytest.mark.parametrize("rho", [0.5, 1.0, 1.5])
def test_gradients_decay_as_powers_of_the_weights_size_until_saturation_shrinks_them(rho: float) -> None:
    rng = np.random.default_rng(0)
    Q = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    parameters = {"Waa": rho * Q, "Wax": rng.normal(size=(4, 3)), "ba": np.zeros((4, 1))}
    silent = gradient_decay(np.zeros((3, 1, 8)), np.zeros((4, 1)), parameters)
    np.testing.assert_allclose(silent, rho ** np.arange(7, -1, -1))
    x, a0 = rng.normal(size=(3, 1, 8)), np.zeros((4, 1))
    loud = gradient_decay(x, a0, parameters)
    assert np.all(loud[:-1] < silent[:-1])

    # Against finite differences of the last state by the state before the last three steps.
    parameters |= {"Wya": np.zeros((1, 4)), "by": np.zeros((1, 1))}
    state = rnn_forward(x[:, :, :5], a0, parameters)[0][:, :, -1]

    def last(a: np.ndarray) -> np.ndarray:
        return rnn_forward(x[:, :, 5:], a, parameters)[0][:, 0, -1]

    columns = [(last(state + h) - last(state - h)) / 2e-5 for h in 1e-5 * np.eye(4)[:, :, None]]
    assert relative_error([loud[4]], [np.linalg.norm(np.stack(columns, axis=1), 2)]) < 1e-8


def test_bad_input_is_told() -> None:
    parameters = charlm.initialize_parameters(3, 27, 27, rng=0)
    with pytest.raises(EngineError, match="Y should be as long as X"):
        charlm.rnn_forward([None, 1], [1], np.zeros((3, 1)), parameters)
    with pytest.raises(EngineError, match="Y should be integers from 0 to 26"):
        charlm.rnn_forward([None], [27], np.zeros((3, 1)), parameters)
    with pytest.raises(EngineError, match="data_x should be a list with a name"):
        charlm.model(["", " "], IX_TO_CHAR, CHAR_TO_IX, num_iterations=1)
    with pytest.raises(EngineError, match="a dictionary with the key '9'"):
        charlm.model(["a9"], IX_TO_CHAR, CHAR_TO_IX, num_iterations=1)
    with pytest.raises(EngineError, match="vocab_size should be the number of characters, 27"):
        charlm.model(MINERALS, IX_TO_CHAR, CHAR_TO_IX, num_iterations=1, vocab_size=26)
    with pytest.raises(EngineError, match="a dictionary with the key 'da_next'"):
        charlm.rnn_step_backward(
            np.zeros((27, 1)), {}, parameters, np.zeros((27, 1)), np.zeros((3, 1)), np.zeros((3, 1))
        )
    with pytest.raises(EngineError, match=r"x should be an array of shape \(n_x, 1, T\)"):
        gradient_decay(np.zeros((1, 2, 3)), np.zeros((1, 2)), {})


def test_probabilities_that_are_no_numbers_are_refused() -> None:
    for logits in ([0.0, np.nan], [0.0, np.inf], [-np.inf, -np.inf]):
        for T in (0.0, 1.0):
            with pytest.raises(EngineError, match="logits should be numbers of which the largest is finite"):
                sample_with_temperature(logits, T=T)
    assert sample_with_temperature([-np.inf, 0.0], rng=0) == 1
    parameters = charlm.initialize_parameters(2, 3, 3, rng=0)
    parameters["by"][1] = np.nan
    with pytest.raises(EngineError, match="parameters should be such that the probabilities are numbers"):
        sample(parameters, {"\n": 0, "a": 1, "b": 2}, 0)


def test_a_state_can_be_carried_from_name_to_name_as_in_the_assignment() -> None:
    def train(**options: bool) -> dict[str, np.ndarray]:
        return charlm.model(["abc", "cab"], IX_TO_CHAR, CHAR_TO_IX, num_iterations=3, n_a=4, seed=0, **options)[0]

    rng = np.random.default_rng(0)
    names = [[1, 2, 3], [3, 1, 2]]
    rng.shuffle(names)
    by_hand = charlm.initialize_parameters(4, 27, 27, rng)
    state = np.zeros((4, 1))
    for j in range(3):
        name = names[j % 2]
        _, _, state = charlm.optimize([None, *name], [*name, 0], state, by_hand)
    for name, value in train(carry_state=True).items():
        np.testing.assert_array_equal(value, by_hand[name])
    assert not np.array_equal(train()["Waa"], by_hand["Waa"])
