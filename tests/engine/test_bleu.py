from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bleu import bleu, brevity_penalty, closest_reference_length, corpus_bleu, modified_precision
from engine.errors import EngineError
from engine.textbook.bleu import bleu_loops, modified_precision_loops

sentences = st.lists(st.sampled_from("abc"), min_size=1, max_size=9)
references = st.lists(sentences, min_size=1, max_size=3)


@given(sentences, references, st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_bleu_equals_its_loops(cand: list[str], refs: list[list[str]], n: int) -> None:
    assert modified_precision(cand, refs, n) == pytest.approx(modified_precision_loops(cand, refs, n))
    assert bleu(cand, refs, n) == pytest.approx(bleu_loops(cand, refs, n))
    assert 0 <= bleu(cand, refs, n) <= 1


@given(sentences, references)
@settings(max_examples=25, deadline=None)
def test_each_match_takes_a_place_in_one_reference(cand: list[str], refs: list[list[str]]) -> None:
    """The number of matches is the most that one can pair off, tried for words in every reference."""
    matches = 0
    for word in set(cand):
        best = 0
        for ref in refs:
            left = list(ref)
            paired = 0
            for own in cand:
                if own == word and word in left:
                    left.remove(word)
                    paired += 1
            best = max(best, paired)
        matches += best
    assert modified_precision(cand, refs, 1) == pytest.approx(matches / len(cand))


@given(sentences.filter(lambda words: len(words) >= 4), references)
@settings(max_examples=20, deadline=None)
def test_a_sentence_that_is_its_reference_scores_one(cand: list[str], refs: list[list[str]]) -> None:
    assert bleu(cand, [*refs, cand]) == pytest.approx(1)


def test_counts_are_limited_by_the_one_reference_that_has_most() -> None:
    assert modified_precision(list("aaaa"), [list("ab"), list("aa")], 1) == 0.5


def test_the_penalty_falls_with_the_ratio_of_the_lengths() -> None:
    assert brevity_penalty(12, 10) == brevity_penalty(10, 10) == 1
    assert brevity_penalty(10, 20) == pytest.approx(math.exp(-1))
    assert brevity_penalty(0, 5) == 0


def test_the_closest_reference_counts_and_of_two_the_shorter() -> None:
    assert closest_reference_length(5, [list("abcdefg"), list("abc")]) == 3
    assert closest_reference_length(6, [list("abcdefg"), list("abc")]) == 7


def test_a_candidate_without_a_common_four_gram_or_too_short_scores_nothing() -> None:
    assert bleu(list("abc"), [list("abc")]) == 0
    assert modified_precision(list("abc"), [list("abc")], 4) == 0
    assert bleu(list("abxcd"), [list("abcd")]) == 0
    assert bleu([], [list("ab")]) == 0


def test_a_corpus_is_counted_as_a_whole() -> None:
    cands, refs = [[1, 2, 3], [4, 5]], [[[1, 2, 3]], [[4, 6, 6]]]
    precision1, precision2, penalty = 4 / 5, 2 / 3, math.exp(1 - 6 / 5)
    assert corpus_bleu(cands, refs, N=2) == pytest.approx(penalty * math.sqrt(precision1 * precision2))
    assert corpus_bleu([cands[0]], [refs[0]], N=2) == bleu(cands[0], refs[0], N=2)


def test_what_bleu_cannot_use_is_told() -> None:
    with pytest.raises(EngineError, match="cand should be made of lists of words"):
        modified_precision("the cat", [["the", "cat"]], 1)
    with pytest.raises(EngineError, match="refs should be made of lists of words"):
        bleu(["the", "cat"], ["the cat"])
    with pytest.raises(EngineError, match="refs should be a list of at least one sentence"):
        bleu(["the", "cat"], [])
    with pytest.raises(EngineError, match="refs should be a list of references for each of 2 candidates"):
        corpus_bleu([["a"], ["b"]], [[["a"]]])
    with pytest.raises(EngineError, match="N should be a whole number from 1 up"):
        bleu(["a"], [["a"]], N=0)
    with pytest.raises(EngineError, match="c should be a whole number from 0 up"):
        brevity_penalty(-1, 3)
