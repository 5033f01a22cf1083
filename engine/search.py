"""Searching for hyperparameters: random against grid, and on which scale (course 2, week 3)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_choice, as_count, as_floats, as_number, entry

#: For each hyperparameter its lowest and highest VALUE and the scale: "linear", "log" (learning rates) or
#: "one minus log" (the beta of momentum).
Space = Mapping[str, tuple[float, float, str]]
Setting = dict[str, float]

_SCALES = ("linear", "log", "one minus log")


def sample_log_uniform(low: float, high: float, n: int, rng: np.random.Generator | int | None = None) -> Array:
    """Values whose logarithm is uniform: as many between 0.0001 and 0.001 as between 0.1 and 1.

        r uniform in [log10 low, log10 high]        alpha = 10^r

    - low, high: VALUES, 0 < low < high, such as 1e-4 and 1; n: how many; rng: a Generator or a seed
    - returns: (n,)

    Raises EngineError when the bounds are out of order or not positive. Source: course 2, week 3.

    >>> alpha = sample_log_uniform(1e-4, 1, 10_000, rng=0)
    >>> round(float(np.mean(alpha < 1e-2)), 2)  # half of the decades, half of the values
    0.5
    """
    _bounds(low, high, "log")
    return _scaled(np.random.default_rng(rng).uniform(size=as_count("n", n)), low, high, "log")


def sample_beta(low: float, high: float, n: int, rng: np.random.Generator | int | None = None) -> Array:
    """Values of beta for which the window 1 / (1 - beta) is spread evenly over its decades.

        r uniform in [log10(1 - high), log10(1 - low)]        beta = 1 - 10^r

    From 0.8 to 0.801 nothing changes, from 0.998 to 0.999 the window doubles.

    - low, high: VALUES, low < high < 1, such as 0.9 and 0.999; n: how many; rng: a Generator or a seed
    - returns: (n,)

    Raises EngineError when the bounds are out of order or high is not below 1. Source: course 2, week 3.

    >>> beta = sample_beta(0.9, 0.999, 10_000, rng=0)
    >>> round(float(np.mean(beta > 0.99)), 2)
    0.5
    """
    _bounds(low, high, "one minus log")
    return _scaled(np.random.default_rng(rng).uniform(size=as_count("n", n)), low, high, "one minus log")


def random_search(space: Space, n: int, rng: np.random.Generator | int | None = None) -> list[Setting]:
    """Settings at random: n of them try n different values of EACH hyperparameter.

    - space: name -> (lowest value, highest value, scale); n: how many; rng: a Generator or a seed
    - returns: n settings, each name -> value

    Raises EngineError when the space is empty, or bounds or a scale are wrong. Source: course 2, week 3.

    >>> settings = random_search({"alpha": (1e-4, 1, "log"), "units": (50, 100, "linear")}, n=25, rng=0)
    >>> len({setting["alpha"] for setting in settings})
    25
    """
    _check(space)
    as_count("n", n)
    rng = np.random.default_rng(rng)
    return [_setting(space, place) for place in rng.uniform(size=(n, len(space)))]


def grid_search(space: Space, k: int) -> list[Setting]:
    """All combinations of k values of each hyperparameter: k^d settings, but only k values of each.

    - space: name -> (lowest value, highest value, scale); k: how many values, evenly on the scale, ends included
    - returns: k^d settings

    Raises EngineError as `random_search` does. Source: course 2, week 3.

    >>> settings = grid_search({"alpha": (1e-4, 1, "log"), "beta": (0.9, 0.999, "one minus log")}, k=3)
    >>> len(settings), sorted({round(setting["alpha"], 6) for setting in settings})
    (9, [0.0001, 0.01, 1.0])
    """
    _check(space)
    steps = np.linspace(0, 1, as_count("k", k)) if k > 1 else np.array([0.5])
    return [_setting(space, np.array(place)) for place in product(steps, repeat=len(space))]


def coarse_to_fine(
    objective: Callable[[Setting], float],
    space: Space,
    rounds: int = 3,
    n: int = 20,
    top: int = 5,
    rng: np.random.Generator | int | None = None,
) -> tuple[Setting, float]:
    """Random search, then again inside the box around the best settings, and so on.

    The box is drawn around the `top` best settings, and half as wide again on each side, on the SCALE of each
    hyperparameter, and never leaves the space. A score of NaN, as a run that diverged has it, never counts as good:
    the box stays whole until `top` settings have a number.

    - objective: setting -> score, larger is better; rounds, n: how often, and how many settings each time
    - returns: the best setting of all rounds; its score

    Raises EngineError as `random_search` does, when top is larger than n, or when no score is a number.
    Source: course 2, week 3.

    >>> best, score = coarse_to_fine(lambda s: -abs(np.log10(s["alpha"]) + 2), {"alpha": (1e-4, 1, "log")}, rng=0)
    >>> 0.009 < best["alpha"] < 0.011
    True
    """
    _check(space)
    as_count("rounds", rounds)
    if as_count("top", top) > as_count("n", n):
        raise EngineError("top", f"at most n, which is {n}", str(top))
    rng = np.random.default_rng(rng)
    # The box lies in the unit cube, where every scale is even: one row a hyperparameter, its low and high end.
    box = np.array([[0.0, 1.0]] * len(space))
    scores, places = np.empty(0), np.empty((0, len(space)))
    for _ in range(rounds):
        drawn = rng.uniform(box[:, 0], box[:, 1], size=(n, len(space)))
        scores = np.append(scores, [objective(_setting(space, place)) for place in drawn])
        places = np.vstack([places, drawn])
        if np.count_nonzero(~np.isnan(scores)) < top:
            continue
        # The sort puts NaN last.
        best = places[np.argsort(-scores, kind="stable")[:top]]
        low, high = best.min(axis=0), best.max(axis=0)
        # Half its width more on each side: the optimum may lie just outside the best settings so far.
        margin = (high - low) / 2
        box = np.stack([np.maximum(low - margin, 0), np.minimum(high + margin, 1)], axis=1)
    if np.isnan(scores).all():
        raise EngineError("objective", "a function with a number as score", "NaN for all settings")
    winner = int(np.nanargmax(scores))
    return _setting(space, places[winner]), float(scores[winner])


def successive_halving(curves: ArrayLike, budget: int) -> tuple[int, int]:
    """Many runs in parallel, the worse half stopped again and again: which one is left, and what it cost.

    All runs that are left are compared at the SAME step. Each time the number of steps doubles.

    - curves: (N, T), the cost of each run after each step, smaller is better, NaN worst of all; budget: steps of all
      runs together
    - returns survivor: the index of the best run at the end; spent: the steps that were used, at most the budget

    Raises EngineError when the curves are no table or the budget does not give every run one step.
    Source: course 2, week 3 ("caviar").

    >>> curves = np.array([[3.0, 3, 3, 3], [2.5, 1, 1, 1], [2, 2, 2, 2], [4, 4, 4, 4]])
    >>> successive_halving(curves, budget=10)
    (1, 8)
    """
    curves = as_floats("curves", curves, ("N", "T"))
    N, T = curves.shape
    # NaN is neither below nor above a number, so it would spoil the order.
    ranked = [[(math.isnan(cost), cost) for cost in run] for run in curves.tolist()]
    if as_count("budget", budget) < N:
        raise EngineError("budget", f"at least {N}, one step for each run", str(budget))
    alive, done, spent = list(range(N)), 0, 0
    target = 1
    while done < T and spent + len(alive) * (min(target, T) - done) <= budget:
        spent += len(alive) * (min(target, T) - done)
        done = min(target, T)
        alive.sort(key=lambda run: ranked[run][done - 1])
        if len(alive) == 1 and done == T:
            break
        alive = alive[: max(1, len(alive) // 2)]
        target = 2 * done
    return alive[0], spent


def _check(space: Space) -> None:
    if not space:
        raise EngineError("space", "a dictionary with at least one hyperparameter", "empty")
    for name in space:
        low, high, scale = entry("space", space, name)
        _bounds(low, high, scale)


def _bounds(low: float, high: float, scale: str) -> None:
    as_choice("scale", scale, _SCALES)
    limits = {"linear": "(-inf, inf)", "log": "(0, inf)", "one minus log": "(-inf, 1)"}[scale]
    as_number("low", low, limits)
    as_number("high", high, limits)
    if not low < high:
        raise EngineError("high", f"above low, which is {low:g}", f"{high:g}")


def _setting(space: Space, place: Array) -> Setting:
    """The setting at a place of the unit cube."""
    return {
        name: float(_scaled(u, low, high, scale))
        for u, (name, (low, high, scale)) in zip(place, space.items(), strict=True)
    }


def _scaled(u: Array, low: float, high: float, scale: str) -> Array:
    """Numbers from 0 to 1 as values from low to high, evenly on the scale."""
    if scale == "log":
        values: Array = low * (high / low) ** u
    elif scale == "one minus log":
        values = 1 - (1 - low) * ((1 - high) / (1 - low)) ** u
    else:
        values = low + (high - low) * u
    return values
