from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import glove, word2vec
from engine.embeddings import cosine_similarity
from engine.errors import EngineError
from engine.hierarchical_softmax import hierarchical_softmax, huffman_tree
from engine.negative_sampling import negative_sampler, sgns_block_step, sgns_step, train_skipgram
from engine.nnlm import nnlm_backward, nnlm_forward
from engine.textbook import glove as textbook_glove
from engine.textbook import word2vec as textbook

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 4)
texts = st.lists(st.lists(st.integers(0, 4), max_size=7), min_size=1, max_size=4).filter(any)


def tables(seed: int, V: int, d: int) -> tuple[np.random.Generator, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng, rng.normal(size=(V, d)), rng.normal(size=(V, d))


# The neural language model


@given(seeds, sizes, sizes, st.integers(2, 5))
@settings(max_examples=10, deadline=None)
def test_the_window_model_has_its_gradients_for_repeated_words_too(
    gradient_error: Callable[..., float], seed: int, m: int, n_e: int, V: int
) -> None:
    rng = np.random.default_rng(seed)
    ids, targets = rng.integers(0, V, size=(m, 4)), rng.integers(0, V, size=m)
    arrays = {"E": rng.normal(size=(n_e, V)), "W1": rng.normal(size=(3, 4 * n_e)), "b1": rng.normal(size=(3, 1))}
    arrays |= {"W2": rng.normal(size=(V, 3)), "b2": rng.normal(size=(V, 1))}
    probs, cache = nnlm_forward(ids, **arrays)
    np.testing.assert_allclose(probs.sum(axis=0), 1)
    loss, grads = nnlm_backward(targets, cache)
    assert loss == pytest.approx(-np.log(probs[targets, np.arange(m)]).sum())

    def J(**values: np.ndarray) -> float:
        return nnlm_backward(targets, nnlm_forward(ids, **values)[1])[0]

    assert gradient_error(J, arrays, {name: grads["d" + name] for name in arrays}) <= 1e-6


def test_the_hidden_layer_sees_the_oldest_word_first() -> None:
    E, W1 = np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, 0.0]])
    _, (_, e, a, *_) = nnlm_forward([[2, 0]], E, W1, [[0.0]], np.zeros((3, 1)), np.zeros((3, 1)))
    np.testing.assert_array_equal(e, [[3.0], [1.0]])
    np.testing.assert_allclose(a, np.tanh([[3.0]]))


# Pairs


@given(texts, st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_pairs_are_those_of_the_loops_and_stay_inside_a_sentence(ids: list[list[int]], window: int) -> None:
    pairs = word2vec.skipgram_pairs(ids, window)
    np.testing.assert_array_equal(pairs, textbook.skipgram_pairs_loops(ids, window))


def test_a_drawn_reach_takes_a_part_of_the_pairs_the_near_ones_most_often() -> None:
    text = np.arange(2000)
    whole = word2vec.skipgram_pairs(text, 4)
    drawn = word2vec.skipgram_pairs(text, 4, rng=0)
    assert {tuple(pair) for pair in drawn.tolist()} < {tuple(pair) for pair in whole.tolist()}
    share = np.bincount(np.abs(np.diff(drawn, axis=1)[:, 0]), minlength=5)[1:] / (2 * len(text))
    np.testing.assert_allclose(share, [1, 0.75, 0.5, 0.25], atol=0.03)


def test_frequent_words_are_left_out_by_the_root_of_their_share() -> None:
    ids = np.repeat([0, 1], [9000, 1000])
    keep = word2vec.subsample_words(ids, np.bincount(ids), threshold=0.01, rng=0)
    assert keep[:9000].mean() == pytest.approx(np.sqrt(0.01 / 0.9), abs=0.01)
    assert keep[9000:].mean() == pytest.approx(np.sqrt(0.01 / 0.1), abs=0.05)


# Softmax, CBOW and the tree


@given(seeds, st.integers(2, 6), sizes)
@settings(max_examples=10, deadline=None)
def test_softmax_cbow_and_tree_have_the_gradients_of_their_losses(
    gradient_error: Callable[..., float], seed: int, V: int, d: int
) -> None:
    rng, E, Theta = tables(seed, V, d)
    c, t = rng.integers(0, V, size=2).tolist()
    context = rng.integers(0, V, size=5)
    nodes, tree = rng.normal(size=(V - 1, d)), huffman_tree(rng.integers(0, 9, size=V))
    steps = {
        "skip-gram": (lambda E, Theta: word2vec.skipgram_softmax_step(c, t, E, Theta), Theta),
        "cbow": (lambda E, Theta: word2vec.cbow_step(context, t, E, Theta), Theta),
        "tree": (lambda E, Theta: hierarchical_softmax(c, t, E, Theta, tree), nodes),
    }
    for step, outputs in steps.values():
        _, dE, dTheta = step(E, outputs)
        arrays, gradients = {"E": E, "Theta": outputs}, {"E": dE, "Theta": dTheta}
        error = gradient_error(lambda E, Theta, step=step: step(E, Theta)[0], arrays, gradients)
        assert error <= 1e-6


@given(seeds, st.integers(2, 8))
@settings(max_examples=10, deadline=None)
def test_the_leaves_of_a_tree_share_one_probability_and_the_ways_are_shortest(seed: int, V: int) -> None:
    rng, E, nodes = tables(seed, V, 3)
    freq = rng.integers(1, 50, size=V)
    tree = huffman_tree(freq)
    losses = np.array([hierarchical_softmax(0, t, E, nodes[:-1], tree)[0] for t in range(V)])
    assert np.exp(-losses).sum() == pytest.approx(1)
    shares, lengths = freq / freq.sum(), np.array([len(path) for path in tree[0]])
    entropy = -np.sum(shares * np.log2(shares))
    assert entropy - 1e-9 <= shares @ lengths < entropy + 1
    rarer_or_nearer = (freq[:, None] <= freq) | (lengths[:, None] <= lengths)
    assert np.all(rarer_or_nearer)


# Negative sampling


def test_negatives_are_drawn_by_the_three_quarter_power_and_never_a_word_that_does_not_occur() -> None:
    freq = np.array([0, 1, 16, 81, 0])
    counts = np.bincount(negative_sampler(freq)(40000, 0), minlength=5)
    np.testing.assert_allclose(counts / 40000, np.array([0, 1, 8, 27, 0]) / 36, atol=0.01)
    np.testing.assert_array_equal(counts[[0, 4]], 0)
    np.testing.assert_array_equal(negative_sampler(freq)(5, 3), negative_sampler(freq / 98)(5, 3))


@given(seeds, sizes, st.integers(1, 4))
@settings(max_examples=10, deadline=None)
def test_a_step_goes_against_the_gradient_of_its_loss(
    gradient_error: Callable[..., float], seed: int, d: int, k: int
) -> None:
    V = 4
    rng, E, Theta = tables(seed, V, d)
    c, t, *negs = rng.integers(0, V, size=2 + k).tolist()
    new_E, new_Theta = E.copy(), Theta.copy()
    loss = sgns_step(c, t, negs, new_E, new_Theta, lr=1.0)
    wanted = np.log1p(np.exp(-Theta[t] @ E[c])) + np.sum(np.log1p(np.exp(Theta[negs] @ E[c])))
    assert loss == pytest.approx(wanted)
    gradients = {"E": E - new_E, "Theta": Theta - new_Theta}

    def J(E: np.ndarray, Theta: np.ndarray) -> float:
        return sgns_step(c, t, negs, E.copy(), Theta.copy(), lr=0.0)

    assert gradient_error(J, {"E": E, "Theta": Theta}, gradients) <= 1e-6

    block_E, block_Theta = E.copy(), Theta.copy()
    assert sgns_block_step([c], [t], negs, block_E, block_Theta, lr=1.0) == pytest.approx(loss)
    np.testing.assert_allclose(block_E, new_E)
    np.testing.assert_allclose(block_Theta, new_Theta)


@given(seeds, st.integers(1, 12), st.integers(1, 5), st.floats(0, 6))
@settings(max_examples=10, deadline=None)
def test_a_block_is_the_sum_of_its_pairs(seed: int, B: int, M: int, k: float) -> None:
    rng, E, Theta = tables(seed, 5, 3)
    c, t, negs = rng.integers(0, 5, size=B), rng.integers(0, 5, size=B), rng.integers(0, 5, size=M)
    loop_E, loop_Theta = E.copy(), Theta.copy()
    loop_loss = textbook.sgns_block_step_loops(c.tolist(), t.tolist(), negs, loop_E, loop_Theta, 0.1, k)
    assert sgns_block_step(c, t, negs, E, Theta, 0.1, k) == pytest.approx(loop_loss)
    np.testing.assert_allclose(E, loop_E)
    np.testing.assert_allclose(Theta, loop_Theta)


def test_scores_of_thousands_overflow_nothing_and_float32_stays_float32() -> None:
    E, Theta = np.full((3, 2), 100, np.float32), np.full((3, 2), 100, np.float32)
    Theta[1] = -100
    loss = sgns_block_step([0], [1], [2], E, Theta, lr=0.1)
    assert loss == pytest.approx(40000)
    assert E.dtype == Theta.dtype == np.float32
    assert sgns_step(0, 1, [2], E, Theta, lr=0.1) > 1000


def test_words_that_keep_the_same_company_become_neighbours() -> None:
    rng = np.random.default_rng(0)
    minerals, colours, verbs = (0, 1), (2, 3, 4), (5, 6)
    animals, foods, places = (7, 8), (9, 10, 11), (12, 13)
    text = []
    for _ in range(300):
        who, what, does = (minerals, colours, verbs) if rng.random() < 0.5 else (animals, foods, places)
        text.append([rng.choice(who), rng.choice(does), rng.choice(what)])
    E, _, losses = train_skipgram(text, V=14, d=8, window=2, k=4, epochs=20, lr=0.05, threshold=0.5, rng=0)
    assert losses[-1] < 0.8 * losses[0]
    assert cosine_similarity(E[0], E[1]) > 0.8 > 0.5 > cosine_similarity(E[0], E[7])


# GloVe


@given(texts, st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_counts_are_those_of_the_loops_and_symmetric(ids: list[list[int]], window: int) -> None:
    X = glove.cooccurrence(ids, 5, window)
    np.testing.assert_array_equal(X, textbook_glove.cooccurrence_loops(ids, 5, window))
    np.testing.assert_array_equal(X, X.T)


def test_far_neighbours_can_count_less() -> None:
    np.testing.assert_allclose(glove.cooccurrence([0, 1, 2], 3, 2, by_distance=True)[0], [0, 1, 0.5])


@given(seeds, st.integers(1, 5), sizes)
@settings(max_examples=10, deadline=None)
def test_glove_has_its_gradients_and_equals_the_loops(
    gradient_error: Callable[..., float], seed: int, V: int, d: int
) -> None:
    rng, E, Theta = tables(seed, V, d)
    X = rng.integers(0, 3, size=(V, V)) * rng.integers(1, 90, size=(V, V))
    arrays = {"Theta": Theta, "E": E, "b": rng.normal(size=V), "bp": rng.normal(size=V)}
    loss, grads = glove.glove_loss_grads(X, **arrays)
    gradients = {name: grads["d" + name] for name in arrays}
    assert gradient_error(lambda **values: glove.glove_loss_grads(X, **values)[0], arrays, gradients) <= 1e-6
    loop_loss, loop_grads = textbook_glove.glove_loss_grads_loops(X, **arrays)
    assert loss == pytest.approx(loop_loss)
    for name, gradient in grads.items():
        np.testing.assert_allclose(gradient, loop_grads[name], rtol=1e-9, atol=1e-12)


def test_the_axes_of_glove_vectors_mean_nothing() -> None:
    rng, E, Theta = tables(0, 5, 3)
    X = rng.integers(0, 50, size=(5, 5))
    A = rng.normal(size=(3, 3)) + 3 * np.eye(3)  # any invertible matrix, no rotation
    b = np.zeros(5)
    turned = glove.glove_loss_grads(X, Theta @ A.T, E @ np.linalg.inv(A), b, b)[0]
    assert turned == pytest.approx(glove.glove_loss_grads(X, Theta, E, b, b)[0])


def test_trained_glove_vectors_explain_the_counts() -> None:
    X = 50.0 * np.array([[0, 9, 1, 1], [9, 0, 1, 1], [1, 1, 0, 9], [1, 1, 9, 0]])
    e, losses = glove.train_glove(X, d=4, num_iterations=300, lr=0.3, rng=0)
    assert e.shape == (4, 4)
    assert losses[-1] < 1e-9 * losses[0]


# Errors


def test_bad_input_is_told() -> None:
    _, E, Theta = tables(0, 4, 2)
    with pytest.raises(EngineError, match="window should be a whole number from 1 up"):
        word2vec.skipgram_pairs([[0, 1]], 0)
    with pytest.raises(EngineError, match="ids should be sentences with words"):
        word2vec.skipgram_pairs([[], []], 1)
    with pytest.raises(EngineError, match="ids should be sequences of integers"):
        word2vec.skipgram_pairs([[0.5, 1.0]], 1)
    with pytest.raises(EngineError, match="freq should be counts from 0 up, not all 0"):
        negative_sampler([0, 0])
    with pytest.raises(EngineError, match=r"threshold should be a number in \(0, inf\)"):
        word2vec.subsample_words([0], [1], 0)
    with pytest.raises(EngineError, match="t should be integers from 0 to 3"):
        sgns_step(0, 4, [1], E, Theta, 0.1)
    with pytest.raises(EngineError, match=r"Theta should be an array of shape \(4, 2\)"):
        sgns_block_step([0], [1], [2], E, Theta[:3], 0.1)
    with pytest.raises(EngineError, match=r"k should be a number in \[0, inf\)"):
        sgns_block_step([0], [1], [2], E, Theta, 0.1, k=-1)
    with pytest.raises(EngineError, match="freq should be two counts or more"):
        huffman_tree([1])
    with pytest.raises(EngineError, match="tree should be a tree of 4 words"):
        hierarchical_softmax(0, 1, E, Theta[:3], huffman_tree([1, 2]))
    with pytest.raises(EngineError, match="X should be counts from 0 up"):
        glove.glove_loss_grads(-np.ones((4, 4)), Theta, E, np.zeros(4), np.zeros(4))
    with pytest.raises(EngineError, match=r"W1 should be an array of shape \(n_h, 4\)"):
        nnlm_forward([[0, 1]], np.ones((2, 3)), np.ones((1, 3)), [[0.0]], np.ones((3, 1)), np.ones((3, 1)))


def test_tables_that_cannot_be_changed_in_place_are_told() -> None:
    with pytest.raises(EngineError, match="E should be an array of floats, since it is changed in place"):
        sgns_step(0, 1, [2], np.ones((3, 2), int), np.ones((3, 2)), 0.1)
    with pytest.raises(EngineError, match="Theta should be an array of floats, since it is changed in place"):
        sgns_block_step([0], [1], [2], np.ones((3, 2)), [[1.0, 2.0]] * 3, 0.1)  # type: ignore[arg-type]


def test_cooccurrence_of_bytes_is_that_of_integers() -> None:
    ids = [199, 0, 198]
    expected = glove.cooccurrence([ids], V=200, window=2)
    np.testing.assert_array_equal(glove.cooccurrence([np.array(ids, np.uint8)], V=200, window=2), expected)
    assert expected[199, 198] == 1
