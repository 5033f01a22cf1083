"""BLEU by counting with loops (course 5, week 3)."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence


def modified_precision_loops(cand: Sequence[Hashable], refs: Sequence[Sequence[Hashable]], n: int) -> float:
    """The share of the candidate's n-grams that a reference has, each counted at most as often as there.

        p_n = sum over n-grams g of min(count of g in cand, most that one reference has) / number of n-grams in cand

    - cand: the words of the translation; refs: those of each reference; n: the length of the n-grams
    - returns p_n: a float in [0, 1]

    Source: course 5, week 3.

    >>> modified_precision_loops("the the the the".split(), ["the cat is on the mat".split()], n=1)
    0.5
    """
    counts: dict[tuple[Hashable, ...], int] = {}
    total = 0
    for start in range(len(cand) - n + 1):
        gram = tuple(cand[start : start + n])
        counts[gram] = counts.get(gram, 0) + 1
        total += 1
    if total == 0:
        return 0.0

    matches = 0
    for gram, count in counts.items():
        most = 0
        for ref in refs:
            in_ref = 0
            for start in range(len(ref) - n + 1):
                if tuple(ref[start : start + n]) == gram:
                    in_ref += 1
            most = max(most, in_ref)
        matches += min(count, most)
    return matches / total


def bleu_loops(cand: Sequence[Hashable], refs: Sequence[Sequence[Hashable]], N: int = 4) -> float:
    """The geometric mean of the precisions, times the penalty for shortness.

        BLEU = BP exp(1/N sum_(n = 1)^N log p_n)        BP = 1 for c > r, else e^(1 - r / c)

    - cand: the words of the translation; refs: those of each reference; N: the longest n-grams
    - returns: a float in [0, 1]

    Source: course 5, week 3.

    >>> round(bleu_loops("the cat is on a mat".split(), ["the cat is on the mat".split()]), 4)
    0.5373
    """
    c = len(cand)
    r = len(refs[0])
    for ref in refs:
        closer = abs(len(ref) - c) < abs(r - c)
        as_close_and_shorter = abs(len(ref) - c) == abs(r - c) and len(ref) < r
        if closer or as_close_and_shorter:
            r = len(ref)

    log_sum = 0.0
    for n in range(1, N + 1):
        p_n = modified_precision_loops(cand, refs, n)
        if p_n == 0:
            return 0.0
        log_sum += math.log(p_n)
    BP = 1.0 if c > r else math.exp(1 - r / c)
    return BP * math.exp(log_sum / N)
