"""The derivations that the sheet of course 1, week 2 tells in equations, proven symbolically."""

from __future__ import annotations

import sympy as sp

z, a, y, x, w, b = sp.symbols("z a y x w b", real=True)
sigma = 1 / (1 + sp.exp(-z))
loss = -(y * sp.log(a) + (1 - y) * sp.log(1 - a))


def same(left: sp.Expr, right: sp.Expr) -> bool:
    return sp.simplify(left - right) == 0


def test_the_slope_of_the_sigmoid_is_a_times_one_minus_a() -> None:
    assert same(sp.diff(sigma, z), sigma * (1 - sigma))


def test_the_sigmoid_of_minus_z_is_one_minus_the_sigmoid_of_z() -> None:
    assert same(sigma.subs(z, -z), 1 - sigma)


def test_the_log_odds_are_the_score() -> None:
    assert same(sp.logcombine(sp.log(sigma / (1 - sigma)), force=True), z) or same(
        sp.expand_log(sp.log(sp.simplify(sigma / (1 - sigma))), force=True), z
    )


def test_da_is_minus_y_over_a_plus_the_same_for_the_complement() -> None:
    assert same(sp.diff(loss, a), -y / a + (1 - y) / (1 - a))


def test_dz_is_a_minus_y_and_dw_is_x_times_dz() -> None:
    at_score = loss.subs(a, sigma)
    assert same(sp.diff(at_score, z), sigma - y)
    of_weights = at_score.subs(z, w * x + b)
    dz = (sigma - y).subs(z, w * x + b)
    assert same(sp.diff(of_weights, w), x * dz)
    assert same(sp.diff(of_weights, b), dz)


def test_the_log_loss_is_convex_in_the_score_and_squared_error_is_not() -> None:
    curvature = sp.simplify(sp.diff(loss.subs(a, sigma), z, 2))
    assert same(curvature, sigma * (1 - sigma))
    squared = sp.diff(((sigma - y) ** 2 / 2), z, 2)
    assert squared.subs({y: 1, z: -3}).evalf() < 0


def test_the_stable_loss_from_logits_is_the_log_loss() -> None:
    for positive in (True, False):
        score = sp.Symbol("s", positive=True) if positive else -sp.Symbol("s", positive=True)
        stable = sp.Max(score, 0) - score * y + sp.log(1 + sp.exp(-sp.Abs(score)))
        plain = loss.subs(a, sigma.subs(z, score))
        assert abs((stable - plain).subs({sp.Symbol("s", positive=True): 1.7, y: 0.3}).evalf()) < 1e-12
        assert same(sp.diff(stable - plain, y), 0) or same(
            sp.expand_log(sp.simplify(sp.diff(stable - plain, y)), force=True), 0
        )


def test_the_negative_log_likelihood_is_the_loss() -> None:
    likelihood = a**y * (1 - a) ** (1 - y)
    assert all(same(sp.log(likelihood).subs(y, label), -loss.subs(y, label)) for label in (0, 1))
