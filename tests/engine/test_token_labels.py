from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.token_labels import (
    WordPieces,
    align_labels,
    decode_span,
    get_start_end_idx,
    span_loss,
    tokenize_and_align_labels,
)
from engine.transformer import masked_cross_entropy

PIECES = WordPieces(["[PAD]", "[CLS]", "[SEP]", "[UNK]", "a", "ab", "##a", "##b", "##bb"])


@given(st.lists(st.text("abc", min_size=1, max_size=5), max_size=4))
@settings(max_examples=50, deadline=None)
def test_pieces_put_together_give_the_words_again(words: list[str]) -> None:
    names = {i: piece for piece, i in PIECES.ids.items()}
    ids, word_ids = PIECES(words)
    assert (names[ids[0]], names[ids[-1]]) == ("[CLS]", "[SEP]")
    assert (word_ids[0], word_ids[-1]) == (None, None)
    for place, word in enumerate(words):
        own = [names[i] for i, of in zip(ids, word_ids, strict=True) if of == place]
        assert own == ["[UNK]"] or "".join(piece.removeprefix("##") for piece in own) == word


def test_the_longest_piece_is_taken_first() -> None:
    assert PIECES(["abbb"])[0] == [1, 5, 8, 2]
    assert PIECES(["ba"])[0] == [1, 3, 2]


@given(st.lists(st.integers(1, 3), max_size=5), st.booleans())
@settings(max_examples=25, deadline=None)
def test_each_piece_has_its_words_label_or_none(lengths: list[int], label_all: bool) -> None:
    word_labels = [10 + place for place in range(len(lengths))]
    word_ids = [None, *(place for place, length in enumerate(lengths) for _ in range(length)), None]
    labels = align_labels(word_labels, word_ids, label_all)
    assert labels[0] == labels[-1] == -100
    expected = []
    for label, length in zip(word_labels, lengths, strict=True):
        expected += [label] * length if label_all else [label] + [-100] * (length - 1)
    assert labels[1:-1] == expected


def test_a_batch_is_padded_and_its_padding_costs_nothing() -> None:
    batch = tokenize_and_align_labels(PIECES, [["abb", "a"], ["a"]], [[1, 2], [3]], label_all_tokens=False)
    np.testing.assert_array_equal(batch["input_ids"], [[1, 5, 7, 4, 2], [1, 4, 2, 0, 0]])
    np.testing.assert_array_equal(batch["attention_mask"], [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    np.testing.assert_array_equal(batch["labels"], [[-100, 1, -100, 2, -100], [-100, 3, -100, -100, -100]])
    logits = np.random.default_rng(0).normal(size=(2, 5, 4))
    _, dlogits = masked_cross_entropy(logits, batch["labels"], pad=-100)
    assert np.all((dlogits != 0).any(axis=-1) == (batch["labels"] != -100))
    cut = tokenize_and_align_labels(PIECES, [["abb", "a"]], [[1, 2]], max_length=3)
    np.testing.assert_array_equal(cut["input_ids"], [[1, 5, 2]])
    np.testing.assert_array_equal(cut["labels"], [[-100, 1, -100]])


def test_an_answer_is_found_where_it_first_stands() -> None:
    story = {"sentences": "Sand, sun and sand.", "answer": "sand"}
    places = get_start_end_idx(story)
    assert places == {"str_idx": 14, "end_idx": 18}
    assert story["sentences"][places["str_idx"] : places["end_idx"]] == "sand"


def test_the_loss_of_a_span_is_the_mean_of_two_cross_entropies(gradient_error: Callable[..., float]) -> None:
    rng = np.random.default_rng(0)
    arrays = {"start_logits": rng.normal(size=(3, 5)), "end_logits": rng.normal(size=(3, 5))}
    loss, dstart, dend = span_loss(**arrays, starts=[0, 2, 4], ends=[1, 2, 4])
    log_p = [logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)) for logits in arrays.values()]
    chosen = [-log_p[0][[0, 1, 2], [0, 2, 4]].mean(), -log_p[1][[0, 1, 2], [1, 2, 4]].mean()]
    assert loss == pytest.approx(sum(chosen) / 2)
    J = lambda **logits: span_loss(**logits, starts=[0, 2, 4], ends=[1, 2, 4])[0]  # noqa: E731
    assert gradient_error(J, arrays, {"start_logits": dstart, "end_logits": dend}) <= 1e-6


@given(st.integers(1, 7), st.integers(1, 8), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_the_best_span_is_the_best_of_all_that_are_allowed(T: int, max_len: int, seed: int) -> None:
    start, end = np.random.default_rng(seed).integers(0, 5, size=(2, T)).astype(float)
    spans = [(i, j) for i in range(T) for j in range(i, min(T, i + max_len))]
    best = max(spans, key=lambda span: start[span[0]] + end[span[1]])
    assert decode_span(start, end, max_len) == best


def test_what_cannot_be_labelled_is_told() -> None:
    with pytest.raises(EngineError, match=r"vocabulary should be one with \[SEP\]"):
        WordPieces(["[CLS]", "[UNK]"])
    with pytest.raises(EngineError, match="word_ids should be places of 1 words, but it is one that holds 1"):
        align_labels([4], [None, 0, 1, None])
    with pytest.raises(EngineError, match="tags should be 2 labels for a sentence of 2 words, but it is 1"):
        tokenize_and_align_labels(PIECES, [["a", "ab"]], [[1]])
    with pytest.raises(EngineError, match="tags should be a list of labels for each of 2 sentences"):
        tokenize_and_align_labels(PIECES, [["a"], ["ab"]], [[1]])
    with pytest.raises(EngineError, match="story should be one whose text has its answer 'moon'"):
        get_start_end_idx({"sentences": "Sun.", "answer": "moon"})
    with pytest.raises(EngineError, match="story should be a dictionary with text under 'answer'"):
        get_start_end_idx({"sentences": "Sun."})
    with pytest.raises(EngineError, match="ends should be integers from 0 to 2"):
        span_loss(np.zeros((1, 3)), np.zeros((1, 3)), [0], [3])
    with pytest.raises(EngineError, match="max_len should be a whole number from 1 up"):
        decode_span([1.0], [1.0], 0)
