from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.beyond.bpe import bpe_decode, bpe_encode, bpe_train
from engine.datasets import alice
from engine.errors import EngineError
from engine.textbook.beyond_language import bpe_encode_loops, bpe_train_loops

letters = st.text("ab ", min_size=1, max_size=40)


@given(letters, letters, st.integers(0, 12))
@example("aaaa", "aaaaaaa", 3)
@example("aaabdaaabac", "aaab", 3)
@settings(max_examples=40, deadline=None)
def test_training_and_encoding_equal_their_loops(corpus: str, text: str, n_merges: int) -> None:
    merges = bpe_train(corpus, n_merges)
    assert merges == bpe_train_loops(corpus, n_merges)
    assert bpe_encode(text, merges) == bpe_encode_loops(text, merges)


@given(st.text(max_size=30), st.text(min_size=1, max_size=30), st.integers(0, 20))
@settings(max_examples=30, deadline=None)
def test_every_text_comes_back_whatever_the_merges(text: str, corpus: str, n_merges: int) -> None:
    merges = bpe_train(corpus, n_merges)
    assert bpe_decode(bpe_encode(text, merges), merges) == text


def test_the_pair_seen_first_wins_a_tie_and_overlaps_are_counted_but_not_merged() -> None:
    assert bpe_train("cdab", 1) == [(ord("c"), ord("d"))]
    # a a stands at two places of "aaa", b c at one of "bc".
    assert bpe_train("bcaaa", 1) == [(97, 97)]
    assert bpe_encode("aaa", [(97, 97)]) == [256, 97]
    assert bpe_encode("aaaaa", [(97, 97)]) == [256, 256, 97]


def test_merges_are_applied_in_the_order_they_were_learned() -> None:
    merges = [(98, 99), (97, 98)]
    assert bpe_encode("abc", merges) == [97, 256]
    assert bpe_encode("ab", merges) == [257]


def test_a_book_shrinks_to_less_than_half_its_bytes() -> None:
    text = alice()[:20000]
    merges = bpe_train(text, 200)
    ids = bpe_encode(text, merges)
    assert len(merges) == 200
    assert len(ids) < len(text.encode()) / 2
    assert bpe_decode(ids, merges) == text


def test_training_ends_when_one_token_is_left() -> None:
    assert len(bpe_train("abab", 99)) == 2
    assert bpe_train("a", 5) == []
    assert bpe_encode("", [(97, 98)]) == []
    assert bpe_decode([], []) == ""


def test_a_part_of_a_letter_is_shown_as_the_replacement_sign() -> None:
    assert bpe_decode([0xC3], []) == "\N{REPLACEMENT CHARACTER}"


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(EngineError, match="corpus should be a text, but it is empty"):
        bpe_train("", 1)
    with pytest.raises(EngineError, match="n_merges should be a whole number from 0 up"):
        bpe_train("ab", -1)
    with pytest.raises(EngineError, match="ids should be integers from 0 to 256, but it is a sequence that holds 257"):
        bpe_decode([257], [(97, 98)])
    with pytest.raises(EngineError, match="merges should be pairs of tokens made before: below 256 in number 0"):
        bpe_encode("ab", [(256, 97)])
