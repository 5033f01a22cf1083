"""Generators of the questions in w2.md: each draws values and computes the answer with the engine.

A wrong option is computed from the mistake that its reason names. Values are drawn again until all options
can be told apart, also by someone who rounds.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from engine.autodiff import graph_backward, graph_forward
from engine.basics import (
    bce_with_logits,
    broadcast_shape,
    column_percentages,
    flatten_images,
    image2vector,
    normalize_rows,
    sigmoid,
    sigmoid_derivative,
)
from engine.logistic import compute_cost, gd_1d, initialize_with_zeros, predict, propagate

# Drawing and writing numbers


def _nonzero(rng, largest, size):
    """`size` whole numbers between -largest and largest, none of them 0."""
    return [int(v) for v in rng.integers(1, largest + 1, size) * rng.choice([-1, 1], size)]


def _different(rng, low, high):
    """Two different whole numbers from `low` to `high`."""
    return (int(v) for v in rng.choice(np.arange(low, high + 1), 2, replace=False))


def _apart(gap, values):
    """Whether any two values differ by `gap` or more."""
    return float(np.min(np.diff(np.sort([float(v) for v in values])))) >= gap


def _fixed(value, digits):
    """`value` with that many decimals; what rounds to 0 has no sign."""
    return f"{round(float(value), digits) + 0.0:.{digits}f}"


def _alike(digits, **values):
    """The values as text, each with that many decimals, so that no option stands out by its form."""
    return {name: _fixed(value, digits) for name, value in values.items()}


def _plain(value):
    """`value` with the decimals it needs, at most 8: a decimal fraction without its rounding error."""
    return f"{round(float(value), 8) + 0.0:.8f}".rstrip("0").rstrip(".")


def _plus(value):
    """`+ 2` or `- 2`: a further term of a sum."""
    return f"{'-' if value < 0 else '+'} {_plain(abs(value))}"


def _factor(value):
    """`2` or `(-2)`: a further factor of a product."""
    return f"({_plain(value)})" if value < 0 else _plain(value)


def _numbered(name, values):
    """`{"a1": first, "a2": second, ...}`."""
    return {f"{name}{number}": value for number, value in enumerate(values, start=1)}


# Examples as columns


def shape_of_x(rng):
    m = int(rng.integers(12, 80))
    h, w = (int(v) for v in rng.choice([8, 10, 12, 16, 20, 30, 32, 40], 2, replace=False))
    n, m = flatten_images(np.zeros((m, h, w, 3), np.uint8)).shape
    return {"m": m, "h": h, "w": w, "n": n, "pixels": h * w}


def row_of_a_pixel(rng):
    while True:
        h, w = _different(rng, 4, 12)
        p, q, c = int(rng.integers(1, h)), int(rng.integers(1, w)), int(rng.integers(3))
        image = np.zeros((h, w, 3))
        image[p, q, c] = 1
        k = int(image2vector(image).argmax())
        wrong = {"by_height": (p * h + q) * 3 + c, "by_columns": (q * h + p) * 3 + c, "by_planes": (c * h + p) * w + q}
        if _apart(1, [k, *wrong.values()]):
            return {"h": h, "w": w, "p": p, "q": q, "c": c, "k": k} | wrong


def reshape_order(rng):
    pixels = [int(v) for v in rng.choice(np.arange(1, 10), 6, replace=False)]
    columns = flatten_images(np.reshape(pixels, (2, 1, 3, 1)))
    refilled = np.reshape(pixels, (-1, 2))
    return dict(zip("abcdef", pixels, strict=True)) | {"columns": columns.tolist(), "refilled": refilled.tolist()}


def unit_row(rng):
    sides = [(3, 4), (6, 8), (9, 12), (5, 12), (10, 24), (8, 15), (7, 24), (20, 21), (12, 16)]
    while True:
        x, y = (int(v) for v in rng.permutation(sides[rng.integers(len(sides))]))
        s, t = (int(v) for v in rng.integers(1, 25, 2))
        unit = normalize_rows([[x, y], [s, t]])[0, 0]
        wrong = {"by_column": x / math.hypot(x, s), "by_sum": x / (x + y), "by_square": x / (x * x + y * y)}
        if _apart(0.02, [unit, *wrong.values()]):
            shown = {"x": x, "y": y, "s": s, "t": t, "length": int(math.hypot(x, y))}
            return shown | _alike(3, unit=unit, **wrong)


# The sigmoid and the logistic model


def logistic_score_to_probability(rng):
    while True:
        w1, w2, b, x1, x2 = (v / 2 for v in _nonzero(rng, 4, 5))
        z = w1 * x1 + w2 * x2 + b
        # Further out, three decimals would be fewer than three digits.
        if 0 < abs(z) <= 2:
            break
    a = float(sigmoid(z))
    total = rf"{_plain(w1)} \cdot {_factor(x1)} {_plus(w2)} \cdot {_factor(x2)} {_plus(b)}"
    values = {"w1": w1, "w2": w2, "b": b, "x1": x1, "x2": x2, "sum": total, "z": z, "a": a}
    return values | {"shown": _fixed(a, 3), "side": "above" if z > 0 else "below"}


def odds_multiply(rng):
    while True:
        p = Fraction(str(rng.choice(["0.1", "0.2", "0.25", "0.4", "0.5", "0.6", "0.75", "0.8", "0.9"])))
        f, k, sign = int(rng.integers(2, 6)), int(rng.integers(1, 4)), int(rng.choice([-1, 1]))
        odds, factor = p / (1 - p), Fraction(f) ** (sign * k)
        new = float(sigmoid(math.log(odds) + k * sign * math.log(f)))
        if 0.1 <= new <= 0.95:
            break
    odds_now = odds * factor
    values = {"p": float(p), "k": k, "f": f, "sign": "-" if sign < 0 else "", "factor": str(factor), "new": new}
    values |= {
        "step": str(Fraction(f) ** sign),
        "odds": str(odds),
        "new_odds": str(odds_now),
        "fraction": str(odds_now / (1 + odds_now)),
    }
    return values | {"shown": _fixed(new, 3)}


def slope_from_activation(rng):
    while True:
        z = float(rng.choice([-1, 1]) * rng.integers(10, 31) / 10)
        a, slope = float(sigmoid(z)), sigmoid_derivative(z)
        wrong = {"of_z": z * (1 - z), "twice": sigmoid_derivative(a), "rest": 1 - a}
        if _apart(0.01, [slope, *wrong.values()]):
            return {"z": z} | _alike(3, a=a, slope=slope, **wrong)


def labels_from_scores(rng):
    while True:
        w1, w2, b = _nonzero(rng, 3, 3)
        w, X = np.array([[w1], [w2]]), rng.integers(-3, 4, (2, 3))
        scores, labels = w.T @ X + b, predict(w, b, X).astype(int)
        if 0 < labels.sum() < 3:
            break
    values = {"w1": w1, "w2": w2, "b": b, "plus_w2": _plus(w2), "plus_b": _plus(b)}
    return values | {"X": X.tolist(), "scores": scores.tolist(), "labels": labels.tolist()}


# Loss, cost and why not squared error


def _three_predictions(rng):
    """Predictions A and labels Y of three examples, with both labels among them, and their losses."""
    A = rng.choice([1, 2, 3, 4, 6, 7, 8, 9], (1, 3)) / 10
    Y = rng.permutation([0, 1, rng.integers(2)]).reshape(1, 3)
    losses = [compute_cost(A[:, [i]], Y[:, [i]]) for i in range(3)]
    values = _numbered("a", A[0].tolist()) | _numbered("y", Y[0].tolist())
    return A, Y, losses, values | _numbered("l", [_fixed(loss, 3) for loss in losses])


def cost_of_three(rng):
    A, Y, _, values = _three_predictions(rng)
    given_to_truth = np.where(Y == 1, A, 1 - A)[0]
    cost = compute_cost(A, Y)
    return values | _numbered("p", map(_plain, given_to_truth)) | {"cost": cost, "shown": _fixed(cost, 3)}


def which_cost_mistake(rng):
    no_ones = r"The term $y \log \hat y$ is missing."
    no_zeros = r"The term $(1 - y) \log (1 - \hat y)$ is missing."
    told = {
        "The division by $m$ is missing.": "Without the mean, the sum of the losses is left.",
        "The minus sign in front is missing.": "The logarithm of a probability is negative.",
        no_ones: "Without the first term, examples with label 1 cost nothing.",
        no_zeros: "Without the second term, examples with label 0 cost nothing.",
        "The logarithm is to base 10.": "That logarithm is smaller by the factor 0.434, which is 1 / 2.303.",
    }
    while True:
        A, Y, losses, values = _three_predictions(rng)
        cost = compute_cost(A, Y)
        of_ones, of_zeros = np.dot(losses, Y[0]) / 3, np.dot(losses, 1 - Y[0]) / 3
        printed = dict(zip(told, [3 * cost, -cost, of_zeros, of_ones, cost / math.log(10)], strict=True))
        if _apart(0.04, [cost, *printed.values()]):
            break
    made, *others = (str(mistake) for mistake in rng.permutation(list(told))[:4])
    values |= {"mistake": made, "why": told[made]} | _alike(3, cost=cost, printed=printed[made])
    return values | _numbered("other", others) | _numbered("value", [_fixed(printed[other], 3) for other in others])


def loss_of_saturated_scores(rng):
    while True:
        Z = rng.integers(40, 90, (1, 2)) * rng.choice([-1, 1], (1, 2))
        Y = rng.integers(0, 2, (1, 2))
        losses = [bce_with_logits(Z[:, [i]], Y[:, [i]]) for i in range(2)]
        # Only where an activation rounds to 1 (a float is finer near 0) do logarithms of activations fail.
        if Z.max() > 0 and max(losses) > 1:
            break
    values = _numbered("z", Z[0]) | _numbered("y", Y[0]) | _numbered("loss", map(_plain, losses))
    cost = bce_with_logits(Z, Y)
    return values | {"cost": cost, "shown": _plain(cost)}


# Gradient descent


def two_steps_downhill(rng):
    while True:
        c, alpha = int(rng.integers(1, 3)), float(rng.choice([0.1, 0.2, 0.3, 0.4]))
        t, away = _nonzero(rng, 5, 2)
        path = gd_1d(lambda w, c=c, t=t: 2 * c * (w - t), t + away, alpha, 2)
        w0, w1, w2 = (round(float(w), 8) for w in path)
        if 0 not in (w0, w1, w2):
            break
    values = {"c": "" if c == 1 else c, "twice_c": 2 * c, "minus_t": _plus(-t), "alpha": alpha}
    values |= {"w0": int(w0), "w1": _plain(w1), "w2": w2}
    return values | {"g0": _factor(2 * c * (w0 - t)), "g1": _factor(2 * c * (w1 - t))}


def learning_rate_regimes(rng):
    #: what the question may ask for, how a reason tells it, and the factors per step that lead to it
    regimes = [
        ("approach the minimum from one side, step by step", "it stays on its side", [0.2, 0.4, 0.5, 0.6, 0.8]),
        ("land on the minimum in one step", "it lands on the minimum at once", [0]),
        ("change sides at every step, yet converge", "it changes sides, ever closer", [-0.2, -0.5, -0.8]),
        ("change sides at every step and diverge", "it changes sides, ever further away", [-1.2, -1.4, -1.6]),
    ]
    k = int(rng.choice([1, 2, 5, 10]))
    asked, *others = (regimes[i] for i in rng.permutation(len(regimes)))

    def rate(factors):
        alpha = (1 - rng.choice(factors)) / (2 * k)
        return _fixed(alpha, 3), _plain(gd_1d(lambda w: 2 * k * w, 1.0, alpha, 1)[1])

    alpha, factor = rate(asked[2])
    values = {"k": "" if k == 1 else k, "twice_k": 2 * k, "behaviour": asked[0], "alpha": alpha, "factor": factor}
    alphas, factors = zip(*(rate(other[2]) for other in others), strict=True)
    values |= _numbered("alpha", alphas) | _numbered("factor", factors)
    return values | _numbered("what", [other[1] for other in others])


def one_update(rng):
    alpha = float(rng.choice([0.1, 0.2, 0.3, 0.5]))
    point, gradient = np.array(_nonzero(rng, 30, 3)) / 10, np.array(_nonzero(rng, 6, 3))
    right, plus, whole = point - alpha * gradient, point + alpha * gradient, point - gradient
    values = {"alpha": alpha, "db_factor": _factor(gradient[2])}
    values |= dict(zip(("dw1", "dw2", "db"), gradient, strict=True))
    values |= _alike(1, w1=point[0], w2=point[1], b=point[2])
    for name, (w1, w2, b) in {"right": right, "plus": plus, "whole": whole}.items():
        values |= _alike(1, **{f"{name}1": w1, f"{name}2": w2, f"{name}_b": b})
    return values


def in_place_step(rng):
    start, dw = (np.array(_nonzero(rng, 6, 2), float) for _ in range(2))
    alpha = float(rng.choice([0.5, 0.25]))
    new = start - alpha * dw
    values = _numbered("s", map(str, start)) | _numbered("g", map(str, dw)) | {"alpha": alpha, "new": str(new.tolist())}
    if rng.integers(2):
        why = "`w -= ...` writes into the array that `w` names, and that is `start` itself."
        return values | {"update": "w -= alpha * dw", "kept": str(new.tolist()), "why": why}
    why = "`w = w - ...` makes a new array and gives it the name `w`; `start` is not touched."
    return values | {"update": "w = w - alpha * dw", "kept": str(start.tolist()), "why": why}


# Computation graphs and the chain rule


def two_paths(rng):
    nodes = [("u", "*", ("b", "c")), ("v", "+", ("a", "b")), ("J", "*", ("u", "v"))]
    while True:
        a, b, c = _nonzero(rng, 5, 3)
        values = graph_forward(nodes, {"a": a, "b": b, "c": c})
        both, u, v = (int(x) for x in (graph_backward(nodes, values)["b"], values["u"], values["v"]))
        wrong = {"through_u": c * v, "through_v": u, "slopes": c + 1, "product": c * v * u}
        if v != 0 and _apart(1, [both, *wrong.values()]):
            return {"a": a, "b": b, "c": c, "u": u, "v": v, "both": both} | wrong


def nudge(rng):
    nodes = [("s", "**", ("b", 2)), ("J", "*", ("a", "s"))]
    (a,), b = _nonzero(rng, 6, 1), int(rng.integers(2, 7))
    h = float(rng.choice([0.001, 0.002, 0.01, 0.02]))
    values = graph_forward(nodes, {"a": a, "b": b})
    slope = graph_backward(nodes, values)["b"]
    exact = graph_forward(nodes, {"a": a, "b": b + h})["J"] - values["J"]
    return {"a": a, "b": b, "h": h, "slope": int(slope), "change": round(slope * h, 8), "exact": _plain(exact)}


def chain_of_three(rng):
    nodes = [("u", "*", ("x", "y")), ("v", "+", ("u", "q")), ("J", "**", ("v", 2))]
    while True:
        x, y, q = _nonzero(rng, 5, 3)
        values = graph_forward(nodes, {"x": x, "y": y, "q": q})
        # With y = 1 a forgotten last step would not show.
        if values["v"] != 0 and y != 1:
            break
    slopes = graph_backward(nodes, values)
    shown = {"x": x, "y": y, "plus_q": _plus(q), "u": int(values["u"]), "v": int(values["v"])}
    return shown | {"dv": int(slopes["v"]), "dx": int(slopes["x"])}


# Gradients of logistic regression


def error_of_one_example(rng):
    while True:
        z, y = float(rng.choice([-1, 1]) * rng.integers(3, 31) / 10), int(rng.integers(2))
        dz = propagate([[1.0]], 0.0, [[z]], [[y]])[0]["db"]
        wrong = {"turned": -dz, "from_score": z - y, "with_slope": dz * sigmoid_derivative(z)}
        if _apart(0.05, [dz, *wrong.values()]):
            return {"z": z, "y": y} | _alike(3, a=sigmoid(z), dz=dz, **wrong)


def gradient_by_hand(rng):
    while True:
        X, Y = rng.integers(-3, 5, (2, 4)), rng.integers(0, 2, (1, 4))
        dw = propagate(*initialize_with_zeros(2), X, Y)[0]["dw"]
        results = {"right": dw, "sum": 4 * dw, "turned": -dw, "labels": X @ np.full((4, 1), 0.5) / 4}
        if 0 < Y.sum() < 4 and all(_apart(0.1, [dw[i] for dw in map(np.ravel, results.values())]) for i in range(2)):
            break
    values = _numbered("x1", X[0]) | _numbered("x2", X[1]) | _numbered("y", Y[0])
    values |= _numbered("dz", map(_plain, 0.5 - Y[0]))
    for name, (first, second) in results.items():
        values |= _alike(3, **{f"{name}1": first.item(), f"{name}2": second.item()})
    return values


def expression_for_dw(rng):
    return dict(zip("nm", _different(rng, 2, 60), strict=True))


# Vectorization and broadcasting


def pair_that_fails(rng):
    p, q = _different(rng, 2, 9)
    failing = [
        ((p, q), (p,), f"{q} meets {p} at the right, since the array of {p} numbers counts as the row (1, {p})"),
        ((p, q), (q, p), f"{q} meets {p} at the right: broadcasting does not transpose"),
        ((p, q), (q, 1), f"{q} and 1 agree at the right, but before them {p} meets {q}"),
    ]
    working = [
        ((p, q), (q,), f"the row of {q} numbers is added to every row"),
        ((p, q), (p, 1), "the column is added to every column"),
        ((p, 1), (1, q), "both are stretched, to a table of all sums"),
        ((q,), (p, 1), f"the single axis counts as the row (1, {q}), and both are stretched"),
        ((p, q), (1, 1), "one number is added to every entry"),
    ]
    s, t, why = failing[rng.integers(len(failing))]
    others = [working[i] for i in rng.permutation(len(working))[:3]]
    values = {"fails": f"`{s}` and `{t}`", "why": why} | _numbered("why", [why for _, _, why in others])
    values |= _numbered("pair", [f"`{s}` and `{t}`" for s, t, _ in others])
    return values | _numbered("shape", [str(broadcast_shape(s, t)) for s, t, _ in others])


def vector_without_axis(rng):
    n = int(rng.integers(3, 90))
    #: an expression, its shape, a wrong shape, and why that is wrong
    facts = [
        ("r - c", (n, n), (n, 1), f"`r` counts as the row (1, {n}); with the column both are stretched to ({n}, {n})."),
        ("r.T", (n,), (n, 1), f"With a single axis there is nothing to transpose: it stays ({n},)."),
        ("r @ r.T", (), (n, n), "The only axis is summed away: this is one number, the sum of the squares."),
        ("c @ c.T", (n, n), (1, 1), f"A column times a row is the table of all products, ({n}, {n})."),
        ("c.T @ c", (1, 1), (n, n), "A row times a column is one sum of products; both axes stay: (1, 1)."),
        ("r * c.T", (1, n), (n, n), f"`c.T` is (1, {n}), and `r` counts as (1, {n}) too: entry by entry, (1, {n})."),
        ("c.T @ r", (1,), (1, 1), "The axis of `r` is summed away, and the 1 of `c.T` alone is left: (1,)."),
    ]
    drawn = [facts[i] for i in rng.permutation(len(facts))[:5]]
    values = {"n": n} | _numbered("true", [f"`{code}` has shape `{shape}`." for code, shape, _, _ in drawn[:2]])
    values |= _numbered("false", [f"`{code}` has shape `{shape}`." for code, _, shape, _ in drawn[2:]])
    whys = [why for _, _, _, why in drawn]
    return values | _numbered("why", whys[:2]) | _numbered("reason", whys[2:])


def share_of_column(rng):
    while True:
        x = rng.integers(1, 30, (2, 3))
        first, total = x[0, 0], x[0, 0] + x[1, 0]
        share = column_percentages(x)[0, 0]
        parts = {"of_row": first / x[0].sum(), "of_all": first / x.sum(), "of_other": first / x[1, 0]}
        wrong = {name: 100 * part for name, part in parts.items()}
        if total in (10, 20, 25, 40, 50) and _apart(3, [share, *wrong.values()]):
            values = {f"x{i}{j}": x[i, j] for i in range(2) for j in range(3)}
            return values | {"total": total} | _alike(1, share=share, **wrong)


def star_and_at(rng):
    while True:
        A, B = rng.integers(0, 6, (2, 2, 2))
        # Where an entry is the same either way, it would not tell the two products apart.
        if np.all(A * B != A @ B) and np.all(A.sum(axis=0) != A.sum(axis=1)):
            break
    values = {"A": A.tolist(), "B": B.tolist(), "sums": A.sum(axis=1).tolist()}
    return values | {"star": (A * B).tolist(), "at": (A @ B).tolist()}
