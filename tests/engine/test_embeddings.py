from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import debias, embeddings, sentiment
from engine.errors import EngineError
from engine.layers.base import gradients_of, parameters_of, zero_gradients
from engine.layers.losses import softmax_cross_entropy
from engine.optimizers import Adam
from engine.textbook.embeddings import embedding_backward_loops
from engine.tsne import tsne, tsne_affinities, tsne_loss_grad
from engine.vocabulary import tokens_to_one_hot

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 5)


# Lookup


@given(seeds, sizes, sizes, sizes, sizes)
@settings(max_examples=10, deadline=None)
def test_a_lookup_is_the_product_with_one_hot_columns_forward_and_backward(
    seed: int, n_e: int, V: int, m: int, T: int
) -> None:
    rng = np.random.default_rng(seed)
    E, ids, dOut = rng.normal(size=(n_e, V)), rng.integers(0, V, size=(m, T)), rng.normal(size=(n_e, m, T))
    one_hot = tokens_to_one_hot(ids, V)
    np.testing.assert_allclose(embeddings.embedding_forward(E, ids), np.einsum("ev,vmt->emt", E, one_hot))
    dE = embeddings.embedding_backward(dOut, ids, V)
    np.testing.assert_allclose(dE, np.einsum("emt,vmt->ev", dOut, one_hot), atol=1e-12)
    np.testing.assert_allclose(dE, embedding_backward_loops(dOut, ids, V), atol=1e-12)
    assert embeddings.embedding_backward(dOut.astype(np.float32), ids, V).dtype == np.float32


# Similarity and analogies


def test_the_cosine_is_a_cosine_and_0_without_a_direction() -> None:
    rng = np.random.default_rng(0)
    u, v = rng.normal(size=(2, 50))
    assert embeddings.cosine_similarity(u, v) == pytest.approx(u @ v / np.sqrt((u @ u) * (v @ v)))
    assert embeddings.cosine_similarity(u, 7 * u) <= 1
    assert embeddings.cosine_similarity(u, -u) >= -1
    assert embeddings.cosine_similarity(u, 0 * u) == 0
    assert type(embeddings.cosine_similarity(u, v)) is float


def test_analogies_by_both_scores_agree_with_loops_and_never_answer_a_given_word() -> None:
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(12)]
    E = rng.normal(size=(6, 12))
    vectors = {word: E[:, j] for j, word in enumerate(words)}
    for a, b, c in (("w0", "w1", "w2"), ("w3", "w3", "w4"), ("w5", "w6", "w5")):
        lecture, assignment = embeddings.analogy_vectorised(a, b, c, words, E)
        target = vectors[b] - vectors[a] + vectors[c]
        others = [word for word in words if word not in (a, b, c)]
        assert lecture == max(others, key=lambda word: embeddings.cosine_similarity(vectors[word], target))
        assert assignment == embeddings.complete_analogy(a.upper(), b, c, vectors)


# Debiasing


def test_a_neutral_vector_has_no_part_along_the_bias_however_long_it_is() -> None:
    rng = np.random.default_rng(0)
    e, g = rng.normal(size=(2, 9))
    neutral = debias.neutralize("w", g, {"w": e})
    assert neutral @ g == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(debias.neutralize("w", 7 * g, {"w": e}), neutral)
    np.testing.assert_allclose(debias.neutralize("w", g, {"w": neutral}), neutral, atol=1e-12)


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_an_equal_pair_is_equally_far_from_every_neutral_word(seed: int) -> None:
    rng = np.random.default_rng(seed)
    e1, e2, word = (v / np.linalg.norm(v) for v in rng.normal(size=(3, 8)))
    g = rng.normal(size=8)
    vectors = {"actor": e1, "actress": e2, "doctor": word}
    neutral = debias.neutralize("doctor", g, vectors)
    for unit in (True, False):
        c1, c2 = debias.equalize(("actor", "actress"), g, vectors, unit)
        assert np.linalg.norm(neutral - c1) == pytest.approx(np.linalg.norm(neutral - c2))
        assert c1 @ g == pytest.approx(-(c2 @ g))
        np.testing.assert_allclose((c1 + c2) @ neutral, (e1 + e2) @ neutral, atol=1e-9)
        if unit:
            assert [np.linalg.norm(c1), np.linalg.norm(c2)] == pytest.approx([1, 1])


def test_the_bias_axis_is_what_most_pairs_differ_by_and_points_to_their_first_words() -> None:
    rng = np.random.default_rng(0)
    direction = np.array([0.6, 0.0, -0.8])
    low = rng.normal(size=(5, 3))
    E = np.concatenate([low + 2 * direction + rng.normal(scale=0.01, size=(5, 3)), low])
    g = debias.bias_axis([(i, i + 5) for i in range(5)], E)
    np.testing.assert_allclose(g, direction, atol=0.01)
    np.testing.assert_allclose(debias.bias_axis([(i + 5, i) for i in range(5)], E), -g, atol=1e-12)
    np.testing.assert_allclose(debias.bias_axis([(0, 5)], E), (E[0] - E[5]) / np.linalg.norm(E[0] - E[5]))


# Sentences

VECTORS = {
    "good": np.array([1.0, 0.0, 0.2, 0.0]),
    "great": np.array([0.9, 0.1, 0.1, 0.0]),
    "bad": np.array([-1.0, 0.0, 0.1, 0.0]),
    "awful": np.array([-0.9, 0.1, 0.3, 0.0]),
    "not": np.array([0.0, 1.0, 0.0, 0.0]),
    "food": np.array([0.0, 0.0, 1.0, 0.3]),
    "music": np.array([0.1, 0.0, 0.9, 0.5]),
    "very": np.array([0.0, 0.1, 0.0, 1.0]),
}
INDEX = {word: i + 1 for i, word in enumerate(VECTORS)}


def test_the_mean_of_a_sentence_counts_the_known_words_only() -> None:
    np.testing.assert_allclose(sentiment.sentence_to_avg("Good xyz MUSIC", VECTORS), [0.55, 0, 0.55, 0.25])
    np.testing.assert_array_equal(sentiment.sentence_to_avg("xyz", VECTORS), np.zeros(4))


def test_the_mean_of_vectors_tells_praise_from_blame_and_is_deaf_to_the_order_of_words() -> None:
    X = ["good food", "great music", "very good music", "bad food", "awful music", "very bad food"]
    pred, W, b = sentiment.model(X, [1, 1, 1, 0, 0, 0], VECTORS, num_iterations=100)
    np.testing.assert_array_equal(pred[:, 0], [1, 1, 1, 0, 0, 0])
    assert (W.shape, b.shape, pred.shape) == ((2, 4), (2,), (6, 1))
    np.testing.assert_array_equal(sentiment.predict(["food good", "great food"], W, b, VECTORS)[:, 0], [1, 1])


def test_one_reading_of_one_sentence_is_one_step_of_descent() -> None:
    _, W0, _ = sentiment.model(["good", "bad"], [1, 0], VECTORS, learning_rate=0.0, num_iterations=1)
    _, W, b = sentiment.model(["good", "xyz"], [1, 0], VECTORS, learning_rate=0.3, num_iterations=1)
    avg = VECTORS["good"]
    a = np.exp(W0 @ avg) / np.exp(W0 @ avg).sum()
    np.testing.assert_allclose(W, W0 - 0.3 * np.outer(a - [0, 1], avg))
    first = -0.3 * (a - [0, 1])
    a = np.exp(first) / np.exp(first).sum()  # a sentence of unknown words has the mean 0
    np.testing.assert_allclose(b, first - 0.3 * (a - [1, 0]))


def test_indices_are_padded_and_cut_and_pass_over_unknown_words() -> None:
    rows = sentiment.sentences_to_indices(["xyz Good food", "bad bad bad bad"], INDEX, 3)
    np.testing.assert_array_equal(rows, [[1, 6, 0], [3, 3, 3]])
    assert rows.dtype.kind == "i"


def test_a_pretrained_table_holds_each_vector_at_its_index_and_is_not_trained() -> None:
    layer = sentiment.pretrained_embedding_layer(VECTORS, INDEX)
    np.testing.assert_array_equal(layer(np.array([[0, 3]]))[0], [np.zeros(4), VECTORS["bad"]])
    assert parameters_of(layer, trainable=True) == {}


@pytest.mark.parametrize("mask", [True, False])
def test_the_sentence_network_has_its_gradients(gradient_error: Callable[..., float], mask: bool) -> None:
    net = sentiment.Emojify_V2((4,), VECTORS, INDEX, units=3, classes=2, rate=0.0, mask=mask, rng=0)
    ids = np.array([[1, 2, 0, 0], [3, 4, 5, 6], [0, 0, 0, 0]])
    dout = np.random.default_rng(0).normal(size=(3, 2))
    parameters = parameters_of(net, trainable=True)
    net(ids, training=True)
    net.backward(dout)

    def J(**values: np.ndarray) -> float:
        before = {name: value.copy() for name, value in parameters.items()}
        for name, value in values.items():
            parameters[name.replace("_", ".")][...] = value
        cost = float(np.sum(net(ids) * dout))
        for name, value in before.items():
            parameters[name][...] = value
        return cost

    arrays = {name.replace(".", "_"): value.copy() for name, value in parameters.items()}
    gradients = {name.replace(".", "_"): value for name, value in gradients_of(net, trainable=True).items()}
    assert gradient_error(J, arrays, gradients) <= 1e-6


def test_padding_changes_no_answer_of_a_network_that_masks_it() -> None:
    masked, moved = (
        sentiment.Emojify_V2((2,), VECTORS, INDEX, units=3, classes=2, mask=mask, rng=0) for mask in (True, False)
    )
    short, long = np.array([[1, 6]]), np.array([[1, 6, 0, 0, 0]])
    np.testing.assert_allclose(masked(short), masked(long))
    assert not np.allclose(moved(short), moved(long))


def test_an_lstm_learns_what_not_does_to_a_sentence() -> None:
    rng = np.random.default_rng(0)
    X, Y = [], []
    for _ in range(80):
        mood = rng.choice(["good", "great", "bad", "awful"])
        words = ["very"] * int(rng.integers(0, 3)) + [mood, str(rng.choice(["food", "music"]))]
        negated = bool(rng.random() < 0.5)
        X.append(" ".join(["not"] * negated + words))
        Y.append(int((mood in ("good", "great")) != negated))
    ids = sentiment.sentences_to_indices(X, INDEX, 6)
    net = sentiment.Emojify_V2((6,), VECTORS, INDEX, units=12, classes=2, rate=0.1, mask=True, rng=0)
    optimizer = Adam(learning_rate=0.03)
    for _ in range(60):
        zero_gradients(net)
        _, dout = softmax_cross_entropy(net(ids, training=True), np.array(Y))
        net.backward(dout)
        optimizer.step(parameters_of(net, trainable=True), gradients_of(net, trainable=True))
    tests = ["not good food", "good food", "not awful music", "very bad music", "not very great music"]
    scores = net(sentiment.sentences_to_indices(tests, INDEX, 6))
    np.testing.assert_array_equal(scores.argmax(axis=1), [0, 1, 1, 0, 0])
    _, W, b = sentiment.model(X, Y, VECTORS, num_iterations=50)
    assert np.mean(sentiment.predict(X, W, b, VECTORS)[:, 0] == Y) < 0.9  # a mean cannot tell "not good" from ...


# t-SNE


@given(seeds, st.integers(4, 9))
@settings(max_examples=10, deadline=None)
def test_a_layout_has_the_gradient_of_its_divergence(gradient_error: Callable[..., float], seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    P = tsne_affinities(rng.normal(size=(n, 3)), perplexity=2)
    np.testing.assert_allclose([P.sum(), np.trace(P)], [1, 0], atol=1e-12)
    np.testing.assert_array_equal(P, P.T)
    Y = rng.normal(size=(n, 2))
    loss, dY = tsne_loss_grad(P, Y)
    assert loss >= 0
    assert gradient_error(lambda Y: tsne_loss_grad(P, Y)[0], {"Y": Y}, {"Y": dY}) <= 1e-6


def test_every_point_has_as_many_neighbours_as_asked() -> None:
    angle = 2 * np.pi * np.arange(30) / 30
    # On a circle all points are alike, so that the rows of n P are the distributions of the neighbours.
    rows = 30 * tsne_affinities(5 * np.stack([np.cos(angle), np.sin(angle)], axis=1), perplexity=6)
    entropy = -np.sum(rows * np.log(np.where(rows > 0, rows, 1)), axis=1)
    np.testing.assert_allclose(np.exp(entropy), 6, rtol=1e-9)


def test_clusters_stay_clusters_in_the_picture() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 8)
    X = 8 * np.eye(5)[labels] + rng.normal(size=(24, 5))
    Y = tsne(X, perplexity=5, n_iter=250, rng=0)
    np.testing.assert_allclose(Y.mean(axis=0), 0, atol=1e-9)
    distance = np.linalg.norm(Y[:, None] - Y, axis=2) + 1e9 * np.eye(24)
    np.testing.assert_array_equal(labels[distance.argmin(axis=1)], labels)


# Errors


def test_bad_input_is_told() -> None:
    with pytest.raises(EngineError, match="ids should be integers from 0 to 2"):
        embeddings.embedding_forward(np.ones((2, 3)), [[-1]])
    with pytest.raises(EngineError, match="dOut should be an array of shape"):
        embeddings.embedding_backward(np.ones((2, 3)), [[1]], 3)
    with pytest.raises(EngineError, match="word_to_vec_map should be a map that has 'zzz'"):
        embeddings.complete_analogy("good", "bad", "zzz", VECTORS)
    with pytest.raises(EngineError, match="map of more words than the three given"):
        embeddings.complete_analogy("a", "b", "c", dict.fromkeys("abc", np.ones(2)))
    with pytest.raises(EngineError, match="word_b should be one of the words"):
        embeddings.analogy_vectorised("a", "z", "c", ["a", "b", "c", "d"], np.ones((2, 4)))
    with pytest.raises(EngineError, match="g should be a direction"):
        debias.neutralize("good", np.zeros(4), VECTORS)
    with pytest.raises(EngineError, match="pair should be two words that differ along the bias axis"):
        debias.equalize(("good", "good"), np.ones(4), VECTORS)
    with pytest.raises(EngineError, match="pairs should be pairs of words with different vectors"):
        debias.bias_axis([[0, 0]], np.ones((2, 3)))
    with pytest.raises(EngineError, match="word_to_index should be a whole number from 1 up"):
        sentiment.sentences_to_indices(["good"], {"good": 0}, 3)
    with pytest.raises(EngineError, match=r"Y should be an array of shape \(2,\)"):
        sentiment.model(["good", "bad"], [1], VECTORS)
    with pytest.raises(EngineError, match="perplexity should be between 1 and 4"):
        tsne(np.zeros((5, 2)), perplexity=30)


def test_the_first_weights_of_the_sentence_classifier_have_the_spread_of_a_mean_of_vectors() -> None:
    vectors = {"good": np.ones(400), "bad": -np.ones(400)}
    _, W, _ = sentiment.model(["good", "bad"], [1, 0], vectors, learning_rate=0.0, num_iterations=1)
    assert W.std() == pytest.approx(1 / 20, rel=0.1)
