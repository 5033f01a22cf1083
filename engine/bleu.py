"""BLEU: how much of a translation stands in translations made by people (course 5, week 3)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence

from engine.errors import EngineError, as_count

#: A sentence: its words, or their numbers.
Tokens = Sequence[Hashable]


def modified_precision(cand: Tokens, refs: Sequence[Tokens], n: int) -> float:
    """The share of the candidate's n-grams that a reference has, each counted as often as it may be.

        p_n = sum over n-grams g of min(count of g in cand, most that one reference has) / number of n-grams in cand

    Without the limit "the the the" would be all right wherever a "the" stands.

    - cand: the words of the translation; refs: those of one reference or more; n: the length of the n-grams
    - returns p_n: a float in [0, 1]; 0 when the candidate is shorter than n

    Raises EngineError when n is below 1, there is no reference, or a sentence is a string and no list of words.
    Source: course 5, week 3.

    >>> modified_precision("the the the the".split(), ["the cat is on the mat".split()], n=1)
    0.5
    """
    matches, total = _clipped_counts(cand, refs, n)
    return matches / total if total else 0.0


def brevity_penalty(c: int, r: int) -> float:
    """A factor against translations that are short, since precision alone would reward leaving things out.

        BP = 1 for c > r, else e^(1 - r / c)

    - c: the length of the candidate; r: that of the reference which is closest to it in length
    - returns BP: a float in [0, 1]; 0 for an empty candidate

    Raises EngineError when a length is negative. Source: course 5, week 3; Papineni et al. (2002).

    >>> brevity_penalty(9, 8), round(brevity_penalty(5, 10), 4)  # the second is e^-1
    (1.0, 0.3679)
    """
    as_count("c", c, least=0)
    as_count("r", r, least=0)
    if c == 0:
        return 0.0
    return 1.0 if c > r else math.exp(1 - r / c)


def closest_reference_length(c: int, refs: Sequence[Tokens]) -> int:
    """The length of the reference that is closest to the candidate in length; of two as close, the shorter.

    - c: the length of the candidate; refs: the words of one reference or more
    - returns r: the length for `brevity_penalty`

    Raises EngineError when there is no reference. Source: course 5, week 3; Papineni et al. (2002).

    >>> closest_reference_length(7, ["one two three".split(), "one two three four five six".split()])
    6
    """
    return min((len(ref) for ref in _sentences("refs", refs)), key=lambda length: (abs(length - c), length))


def bleu(cand: Tokens, refs: Sequence[Tokens], N: int = 4) -> float:
    """The BLEU of one sentence: the geometric mean of the precisions, times the penalty for shortness.

        BLEU = BP exp(1/N sum_(n = 1)^N log p_n)

    - cand: the words of the translation; refs: those of one reference or more; N: the longest n-grams
    - returns: a float in [0, 1]; 0 as soon as one p_n is 0, as for a candidate of fewer than N words

    Raises EngineError when N is below 1, there is no reference, or a sentence is a string. Source: course 5, week 3.

    >>> reference = "the cat is on the mat".split()
    >>> bleu(reference, [reference]), round(bleu("the cat is on a mat".split(), [reference]), 4)
    (1.0, 0.5373)
    """
    return corpus_bleu([cand], [refs], N)


def corpus_bleu(cands: Sequence[Tokens], refs: Sequence[Sequence[Tokens]], N: int = 4) -> float:
    """The BLEU of many sentences: matches and lengths are added up before anything is divided.

        p_n = sum of clipped counts over all sentences / sum of counts        BP from the summed lengths

    It is not the mean of the sentences' BLEU, which would be 0 for each sentence without a common 4-gram.

    - cands: a translation each; refs: the references of each; N: the longest n-grams
    - returns: a float in [0, 1]

    Raises EngineError when the two differ in length or are empty, N is below 1, a sentence has no reference, or one
    is a string. Source: course 5, week 3; Papineni et al. (2002).

    >>> refs = [["a dog runs in the park".split()], ["there is a cat on the mat".split()]]
    >>> cands = ["a dog runs in the park".split(), "a cat is there".split()]
    >>> round(corpus_bleu(cands, refs, N=2), 4), [round(bleu(*pair, N=2), 4) for pair in zip(cands, refs)]
    (0.6416, [1.0, 0.2727])
    """
    as_count("N", N)
    if not cands or len(cands) != len(refs):
        raise EngineError("refs", f"a list of references for each of {max(len(cands), 1)} candidates", f"{len(refs)}")
    c = sum(len(cand) for cand in _sentences("cands", cands))
    r = sum(closest_reference_length(len(cand), own) for cand, own in zip(cands, refs, strict=True))
    log_sum = 0.0
    for n in range(1, N + 1):
        counts = [_clipped_counts(cand, own, n) for cand, own in zip(cands, refs, strict=True)]
        matches, total = (sum(column) for column in zip(*counts, strict=True))
        if matches == 0:
            return 0.0
        log_sum += math.log(matches / total)
    return brevity_penalty(c, r) * math.exp(log_sum / N)


def _clipped_counts(cand: Tokens, refs: Sequence[Tokens], n: int) -> tuple[int, int]:
    """How many n-grams of the candidate count as right, and how many there are."""
    as_count("n", n)
    limits: Counter[Tokens] = Counter()
    for ref in _sentences("refs", refs):
        # The union of counters takes the larger count of each n-gram: the most that ONE reference has.
        limits |= _n_grams(ref, n)
    counts = _n_grams(_sentences("cand", [cand])[0], n)
    matches = counts & limits
    return matches.total(), counts.total()


def _n_grams(tokens: Tokens, n: int) -> Counter[Tokens]:
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


def _sentences(argument: str, sentences: Sequence[Tokens]) -> Sequence[Tokens]:
    if len(sentences) == 0:
        raise EngineError(argument, "a list of at least one sentence", "empty")
    for sentence in sentences:
        if isinstance(sentence, str):
            raise EngineError(argument, "made of lists of words", f"one with the string {sentence!r}")
    return sentences
