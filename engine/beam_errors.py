"""Scores of sentences of different lengths, and whose fault a bad translation is (course 5, week 3)."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import EngineError, as_count, as_number


def length_normalized_order(hypotheses: Sequence[tuple[float, int]], alpha: float = 0.7) -> list[int]:
    """Rank finished sentences by their normalized log-probability.

        score = log P / T^alpha

    It stays with logarithms: e^-800 is 0 in floating point, and all long sentences would tie.

    - hypotheses: pairs (log P, T), T at least 1; alpha: 0 for plain log-probabilities, 1 for means over the words
    - returns order: indices, the best first; equal ones in the order they came

    Raises EngineError when a length is below 1, a log-probability is above 0 or alpha is negative.
    Source: course 5, week 3.

    >>> hypotheses = [(-4.0, 2), (-5.0, 5)]
    >>> length_normalized_order(hypotheses, alpha=0), length_normalized_order(hypotheses, alpha=1)
    ([0, 1], [1, 0])
    """
    scores = [_normalized(f"hypotheses[{i}]", log_p, length, alpha) for i, (log_p, length) in enumerate(hypotheses)]
    return sorted(range(len(scores)), key=lambda i: -scores[i])


def beam_error_attribution(logp_star: float, logp_hat: float, len_star: int, len_hat: int, alpha: float = 0.7) -> str:
    """Why a search found yhat, when a person's y* is better: was it the search or the model?

        score(y*) > score(yhat): "search": the model prefers y* and the search did not find it; take a larger B
        else:                    "model": the model prefers yhat; a better search would not help

    The scores are those that the search compares, normalized by length.

    - logp_star, logp_hat: the model's log P(y* | x) and log P(yhat | x); len_star, len_hat: their lengths
    - alpha: as in the search
    - returns: "search" or "model"

    Raises EngineError when a length is below 1, a log-probability is above 0 or alpha is negative.
    Source: course 5, week 3.

    >>> beam_error_attribution(-4.0, -5.0, len_star=6, len_hat=6)
    'search'
    >>> beam_error_attribution(-4.0, -5.0, len_star=2, len_hat=6, alpha=1)  # -2 a word against -0.83
    'model'
    """
    star = _normalized("y*", logp_star, len_star, alpha)
    hat = _normalized("yhat", logp_hat, len_hat, alpha)
    return "search" if star > hat else "model"


def beam_error_report(table: Sequence[tuple[float, float, int, int]], alpha: float = 0.7) -> dict[str, float | str]:
    """How often each part is at fault on a dev set, and what to work on.

    - table: for each bad translation (logp_star, logp_hat, len_star, len_hat); alpha: as in the search
    - returns report: {"search": share of the errors, "model": share of the errors, "advice": a sentence}

    Raises EngineError when the table is empty, and as `beam_error_attribution`. Source: course 5, week 3.

    >>> beam_error_report([(-4, -5, 6, 6), (-4, -6, 6, 6), (-7, -5, 6, 6)])["advice"]
    'Search more widely: a larger B.'
    """
    if not table:
        raise EngineError("table", "a list of at least one translation", "empty")
    faults = [beam_error_attribution(*row, alpha) for row in table]
    search = faults.count("search") / len(faults)
    model = "Improve the model: more data, another architecture, regularization."
    return {
        "search": search,
        "model": 1 - search,
        "advice": "Search more widely: a larger B." if search > 0.5 else model,
    }


def _normalized(name: str, log_p: float, length: int, alpha: float) -> float:
    log_p = as_number(f"the log-probability of {name}", log_p, "[-inf, 0]")
    scale: float = as_count(f"the length of {name}", length) ** as_number("alpha", alpha, "[0, inf)")
    return log_p / scale
