"""Drawing from a language model: names letter by letter, temperature, top-k and nucleus (course 5, week 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import softmax
from engine.errors import EngineError, as_count, as_floats, as_number, entry


def sample(
    parameters: Mapping[str, Any], char_to_ix: Mapping[str, int], seed: int | np.random.Generator | None
) -> list[int]:
    """Draw a name, letter by letter, each fed back as the next input, until the newline or 50 letters.

        a_t = tanh(Waa a_(t-1) + Wax x_t + b)      y_t = softmax(Wya a_t + by)      x_(t+1) = one-hot(idx), idx ~ y_t

    - parameters: {"Waa": (n_a, n_a), "Wax": (n_a, V), "Wya": (V, n_a), "b": (n_a, 1), "by": (V, 1)}
    - char_to_ix: {character: index}, "\\n" included; seed: a Generator or a seed
    - returns indices: the characters drawn, the last one always the newline

    Raises EngineError when the newline or a parameter is missing, a shape differs, or the probabilities are no
    numbers. Source: course 5, week 1.

    >>> certain = {"Waa": [[0.0]], "Wax": [[0.0, 1.0]], "Wya": [[0.0], [0.0]], "b": [[0.0]], "by": [[100.0], [0.0]]}
    >>> sample(certain, {"\\n": 0, "a": 1}, seed=0)
    [0]
    >>> certain["by"] = [[0.0], [100.0]]
    >>> len(sample(certain, {"\\n": 0, "a": 1}, seed=0))  # fifty times "a", then a newline to end it
    51
    """
    rng = np.random.default_rng(seed)
    newline = entry("char_to_ix", char_to_ix, "\n")
    V = len(char_to_ix)
    Wax = as_floats("Wax", entry("parameters", parameters, "Wax"), ("n_a", V))
    n_a = len(Wax)
    Waa = as_floats("Waa", entry("parameters", parameters, "Waa"), (n_a, n_a))
    Wya = as_floats("Wya", entry("parameters", parameters, "Wya"), (V, n_a))
    b = as_floats("b", entry("parameters", parameters, "b"), (n_a, 1))
    by = as_floats("by", entry("parameters", parameters, "by"), (V, 1))

    x = np.zeros((V, 1))
    a = np.zeros((n_a, 1))
    indices: list[int] = []
    while len(indices) < 50:
        a = np.tanh(np.dot(Wax, x) + np.dot(Waa, a) + b)
        y = softmax(np.dot(Wya, a) + by, axis=0)
        idx = _draw("parameters", y.ravel(), rng)
        indices.append(idx)
        if idx == newline:
            return indices
        x = np.zeros((V, 1))
        x[idx] = 1
    indices.append(newline)
    return indices


def sample_with_temperature(
    logits: ArrayLike,
    T: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    rng: np.random.Generator | int | None = None,
) -> int:
    """Draw a token, sharper or flatter than the model says, and from its likeliest tokens only.

        p = softmax(logits / T)
        top_k: of the k likeliest tokens        top_p: of the fewest likeliest tokens that hold p or more together

    T below 1 favours the likely, above 1 it levels; T = 0 takes the likeliest. The token whose probability
    carries the sum across top_p is kept, so there is always one. With both, top_k comes first and top_p
    counts in the probabilities that are left.

    - logits: (V,), -inf for a token that must not come; T: at least 0
    - top_k: from 1 up, None for all; top_p: in (0, 1], None for all
    - rng: a Generator or a seed
    - returns: the id of a token; of equal logits the first counts as likelier

    Raises EngineError when an option is out of range or the logits hold NaN. Source: A. Holtzman et al. (2020) for
    the nucleus; beyond course 5, week 1.

    >>> logits = [1.0, 3.0, 2.0]
    >>> sample_with_temperature(logits, T=0), sample_with_temperature(logits, top_k=1, rng=0)
    (1, 1)
    >>> rng = np.random.default_rng(0)
    >>> sorted({sample_with_temperature(logits, top_p=0.7, rng=rng) for _ in range(100)})  # 0.67 is not enough
    [1, 2]
    """
    logits = as_floats("logits", logits, ("V",))
    # The largest of numbers with a NaN is NaN.
    if not np.isfinite(logits.max()):
        raise EngineError("logits", "numbers of which the largest is finite", f"an array that holds {logits.max()}")
    # The logits have the rounding of their dtype in them; what follows adds none of that size.
    rounding = max(1e-12, 8 * float(np.finfo(logits.dtype).eps))
    logits = logits.astype(np.float64)
    T = as_number("T", T, "[0, inf)")
    if top_p is not None:
        top_p = as_number("top_p", top_p, "(0, 1]")
    k = len(logits) if top_k is None else min(as_count("top_k", top_k), len(logits))
    if T == 0:
        return int(np.argmax(logits))
    order = np.argsort(-logits, kind="stable")[:k]
    # The largest logit is taken off before the division, which could overflow for a small T.
    p = np.exp((logits[order] - logits[order[0]]) / T)
    p /= p.sum()
    if top_p is not None:
        # A token stays while those before it hold less than top_p; missed by rounding alone counts as held.
        before = np.concatenate([[0.0], np.cumsum(p)[:-1]])
        p = p[before < top_p - rounding]
        p /= p.sum()
    return int(order[_draw("logits", p, np.random.default_rng(rng))])


def perplexity(nll: float, T: int) -> float:
    """How many equally likely choices a model is as unsure as, on average.

        e^(nll / T)

    - nll: the negative log-likelihood of T tokens, in nats; T: number of tokens, at least 1
    - returns: a float from 1 up; |V| for a model that knows nothing

    Raises EngineError when T is below 1. Source: beyond course 5, week 1.

    >>> round(perplexity(10 * np.log(27), 10), 6)
    27.0
    """
    as_count("T", T)
    return float(np.exp(float(as_floats("nll", nll, ())) / T))


def _draw(argument: str, p: Any, rng: np.random.Generator) -> int:
    """An index drawn with the probabilities p; faster than `rng.choice`, and rounding of their sum does no harm."""
    # In float32 a random number below 1 could be rounded to 1, and point behind the last index.
    cumulative = np.cumsum(p, dtype=np.float64)
    if not cumulative[-1] > 0:
        raise EngineError(argument, "such that the probabilities are numbers", f"one that gives {cumulative[-1]}")
    return int(np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right"))
