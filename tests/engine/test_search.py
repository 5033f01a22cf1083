from __future__ import annotations

import numpy as np
import pytest

from engine import search
from engine.errors import EngineError

SPACE = {"alpha": (1e-4, 1.0, "log"), "beta": (0.9, 0.999, "one minus log"), "units": (50.0, 100.0, "linear")}


def test_each_decade_gets_its_share() -> None:
    alpha = search.sample_log_uniform(1e-4, 1, 20_000, rng=0)
    counts, _ = np.histogram(np.log10(alpha), bins=[-4, -3, -2, -1, 0])
    np.testing.assert_allclose(counts / 20_000, 0.25, atol=0.02)
    window = 1 / (1 - search.sample_beta(0.9, 0.999, 20_000, rng=0))
    assert window.min() >= 10
    assert window.max() <= 1000.0001
    assert abs(np.mean(window < 100) - 0.5) < 0.02


def test_random_search_tries_many_values_where_a_grid_tries_few() -> None:
    at_random, grid = search.random_search(SPACE, 27, rng=0), search.grid_search(SPACE, 3)
    assert len(at_random) == len(grid) == 27
    for name, (low, high, _) in SPACE.items():
        values = {setting[name] for setting in at_random}
        assert len(values) == 27
        assert min(values) >= low
        assert max(values) <= high
        on_grid = sorted({setting[name] for setting in grid})
        assert len(on_grid) == 3
        np.testing.assert_allclose([on_grid[0], on_grid[-1]], [low, high])
    assert at_random == search.random_search(SPACE, 27, rng=0)


def test_a_grid_of_one_takes_the_middle_of_the_scale() -> None:
    assert search.grid_search({"alpha": (1e-4, 1.0, "log")}, 1) == [{"alpha": pytest.approx(1e-2)}]


def test_coarse_to_fine_comes_closer_than_as_many_random_tries_and_stays_in_the_space() -> None:
    def distance(setting: search.Setting) -> float:
        for name, (low, high, _) in SPACE.items():
            assert low <= setting[name] <= high * (1 + 1e-12)
        window = np.log10(1 - setting["beta"])
        return -abs(np.log10(setting["alpha"]) + 3.7) - abs(setting["units"] - 99) / 25 - abs(window + 1.1)

    fine, plain = [], []
    for seed in range(10):
        fine.append(search.coarse_to_fine(distance, SPACE, rounds=4, n=15, rng=seed)[1])
        plain.append(max(map(distance, search.random_search(SPACE, 60, rng=seed))))
    assert np.mean(fine) > np.mean(plain)


def test_halving_spends_no_more_than_its_budget_and_finds_a_late_bloomer_only_if_it_is_kept() -> None:
    curves = np.array([[4.0, 2, 2, 1], [3, 3, 3, 3], [5, 0, 0, 0], [4.5, 4, 4, 4]])
    survivor, spent = search.successive_halving(curves, budget=12)
    assert (survivor, spent) == (0, 8)  # run 2 was the worst after the first step
    for budget in range(4, 20):
        assert search.successive_halving(curves, budget)[1] <= budget
    with pytest.raises(EngineError, match="budget should be at least 4"):
        search.successive_halving(curves, 3)


def test_wrong_bounds_and_scales_are_told() -> None:
    with pytest.raises(EngineError, match=r"low should be a number in \(0, inf\)"):
        search.sample_log_uniform(0, 1, 3)
    with pytest.raises(EngineError, match=r"high should be a number in \(-inf, 1\)"):
        search.sample_beta(0.9, 1.0, 3)
    with pytest.raises(EngineError, match="scale should be one of 'linear', 'log', 'one minus log'"):
        search.random_search({"a": (0, 1, "cubic")}, 2)
    with pytest.raises(EngineError, match="high should be above low, which is 2"):
        search.grid_search({"a": (2, 1, "linear")}, 2)


def test_a_score_that_is_no_number_never_wins() -> None:
    def objective(setting: search.Setting) -> float:
        return setting["x"] if setting["x"] < 0.5 else np.nan

    best, score = search.coarse_to_fine(objective, {"x": (0, 1, "linear")}, rounds=2, n=10, top=3, rng=0)
    assert best["x"] == score < 0.5
    with pytest.raises(EngineError, match="objective should be a function with a number as score"):
        search.coarse_to_fine(lambda setting: np.nan, SPACE, rounds=2, n=3, top=2, rng=0)
    for broken in range(3):
        curves = [[2.0, 2.0, 2.0, 2.0], [2.0, 2.0, 2.0, 2.0], [3.0, 3.0, 3.0, 3.0]]
        curves[broken] = [np.nan] * 4
        assert search.successive_halving(curves, budget=20)[0] == (1 if broken == 0 else 0)
    with pytest.raises(EngineError, match=r"curves should be an array of shape \(N, T\)"):
        search.successive_halving([1.0, 2.0], budget=20)
