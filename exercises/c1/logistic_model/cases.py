from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from engine.basics import sigmoid
from engine.datasets import breast_cancer
from engine.logistic import compute_cost
from tutor.domain.verdict import Check
from tutor.grading import Case

KEYS = ("costs", "Y_prediction_train", "Y_prediction_test", "w", "b", "learning_rate", "num_iterations")
COST_SLACK = 0.02  #: share by which the cost that is reached may differ from the reference's
ACCURACY_SLACK = 0.02


def cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _case("5 features, 19 examples, at the default rate", _clouds(rng, 5, 19, 23), num_iterations=20)
    yield _case("one feature, 2 test examples", _clouds(rng, 1, 31, 2), num_iterations=37, learning_rate=0.2)
    yield _case("3 features, 41 examples", _clouds(rng, 3, 41, 17), num_iterations=101, learning_rate=0.1)
    yield _case("breast cancer, 30 features, 427 examples", _breast_cancer(), num_iterations=102, learning_rate=0.05)


def scale(rng: np.random.Generator, m: int) -> Case:
    return _case("scale", _clouds(rng, 3, m, m), num_iterations=3, learning_rate=0.1)


def _case(name: str, data: tuple[np.ndarray, ...], **settings: float) -> Case:
    return Case(name, args=data, kwargs=settings)


@cache
def _breast_cancer() -> tuple[np.ndarray, ...]:
    return breast_cancer(standardize=True)


def _clouds(rng: np.random.Generator, n_x: int, m_train: int, m_test: int) -> tuple[np.ndarray, ...]:
    """Two clouds that overlap, the second one smaller: X_train, Y_train, X_test, Y_test."""
    parts: list[np.ndarray] = []
    for m in (m_train, m_test):
        Y = rng.permutation(np.arange(m) % 3 == 0).reshape(1, m).astype(float)
        parts += [rng.normal(0, 1, (n_x, m)) + 1.2 * Y / np.sqrt(n_x), Y]
    return tuple(parts)


# --- what a trained model has to fulfil


def judge(case: Case, got: Any, expected: dict[str, Any]) -> Iterator[Check]:
    if not isinstance(got, dict):
        yield Check("d", False, f"expected the dict d, got an object of type {type(got).__name__}.")
        return
    if missing := [key for key in KEYS if key not in got]:
        yield Check("d", False, f"these keys are missing in d: {', '.join(missing)}.")
        return
    X_train, Y_train, X_test, Y_test = case.args
    wrong = list(_misshapen(got, X_train.shape, X_test.shape[1]))
    yield Check("shapes in d", not wrong, " ".join(wrong))
    if wrong:
        return
    yield _settings(got, expected)
    yield _recorded_costs(got["costs"], expected["costs"])
    yield _reached_cost(got, expected, X_train, Y_train)
    for part, X, Y in (("train", X_train, Y_train), ("test", X_test, Y_test)):
        yield from _predictions(part, got, expected, X, Y)


def _misshapen(d: dict[str, Any], train: tuple[int, int], m_test: int) -> Iterator[str]:
    n_x, m_train = train
    wanted = {"w": (n_x, 1), "b": (), "Y_prediction_train": (1, m_train), "Y_prediction_test": (1, m_test)}
    for key, shape in wanted.items():
        value = _numbers(d[key])
        if value is None:
            yield f"{key} should hold numbers."
        elif value.shape != shape or (shape and not isinstance(d[key], np.ndarray)):
            words = f"an array of shape {shape}" if shape else "a number"
            came = f"of shape {value.shape}" if value.shape else "a number"
            yield f"{key} should be {words}, but it is {'a list ' if isinstance(d[key], list) else ''}{came}."
        elif not np.isfinite(value).all():
            yield f"{key} holds numbers that are not finite."


def _numbers(value: Any) -> np.ndarray | None:
    """The value as an array; None where it is text, or is anything else than numbers."""
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        return None
    return array.astype(float) if array.dtype.kind in "biuf" else None


def _settings(d: dict[str, Any], expected: dict[str, Any]) -> Check:
    for key in ("num_iterations", "learning_rate"):
        if d[key] != expected[key]:
            return Check("settings", False, f"d holds {key} = {d[key]}, but the model was called with {expected[key]}.")
    return Check("settings", True)


def _recorded_costs(costs: Any, expected: list[float]) -> Check:
    recorded = _numbers(costs)
    if recorded is None or recorded.ndim != 1:
        return Check("costs", False, "costs should be a list of numbers.")
    if len(recorded) != len(expected):
        wanted = f"{len(expected)} number{'s' if len(expected) > 1 else ''}, one for every 100 updates begun"
        sentence = f"costs should hold {wanted}, but it holds {len(recorded)}."
        return Check("costs", False, sentence)
    # At the end of a long training, rounding may make a cost rise by its last digit.
    steps = np.diff(recorded)
    falls = bool(np.all(steps <= 1e-9) and (not steps.size or steps.sum() < 0))
    return Check(
        "costs", falls, "" if falls else "the costs recorded do not fall: is each update against the gradient?"
    )


def _reached_cost(d: dict[str, Any], expected: dict[str, Any], X: np.ndarray, Y: np.ndarray) -> Check:
    reached, usual = compute_cost(_probabilities(d, X), Y), compute_cost(_probabilities(expected, X), Y)
    close = abs(reached - usual) <= COST_SLACK * usual
    updates, alpha = expected["num_iterations"], expected["learning_rate"]
    sentence = (
        f"with w and b the cost on the training set is {reached:.4g}; {updates} updates at {alpha}, started from zero, "
        f"lead to {usual:.4g}."
    )
    return Check("training", close, "" if close else sentence)


def _predictions(
    part: str, d: dict[str, Any], expected: dict[str, Any], X: np.ndarray, Y: np.ndarray
) -> Iterator[Check]:
    key = f"Y_prediction_{part}"
    labels = np.asarray(d[key], dtype=float)
    A = _probabilities(d, X)
    # A probability this close to one half may be rounded to either side.
    differ = int(np.sum((labels != (A > 0.5)) & (np.abs(A - 0.5) > 1e-9)))
    sentence = f"{key} differs from what w and b predict for {differ} of {Y.size} examples."
    yield Check(key, differ == 0, sentence if differ else "")
    reached, usual = np.mean(labels == Y), np.mean(expected[key] == Y)
    enough = bool(reached >= usual - max(ACCURACY_SLACK, 1 / Y.size))
    sentence = f"the {part} accuracy is {100 * reached:.1f} %; {100 * usual:.1f} % can be reached."
    yield Check(f"{part} accuracy", enough, "" if enough else sentence)


def _probabilities(d: dict[str, Any], X: np.ndarray) -> np.ndarray:
    return sigmoid(np.dot(np.asarray(d["w"], dtype=float).T, X) + d["b"])
