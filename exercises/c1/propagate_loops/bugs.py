from tutor.grading import Bug

_FORWARD = """        z = b
        for j in range(n_x):
            z += w[j, 0] * X[j, i]
"""
_COST = "J += -(y * np.log(a) + (1 - y) * np.log(1 - a))"
_BACKWARD = """        for j in range(n_x):
            dw[j, 0] += X[j, i] * dz
        db += dz
"""
_MEANS = """    J /= m
    dw /= m
    db /= m
"""
_LOOP = "    for i in range(m):\n"

_ARRAYS = """def propagate_loops(w, b, X, Y):
    n_x, m = X.shape
    J, dw, db = 0, np.zeros((n_x, 1)), 0
    for i in range(m):
        x, y = X[:, [i]], Y[0, i]
        a = 1 / (1 + np.exp(-np.dot(w.T, {example}) - b))
        J = J - (y * np.log(a) + (1 - y) * np.log(1 - a)) / m
        dw = dw + x * (a - y) / m
        db = db + (a - y) / m
    return {{"dw": dw, "db": db}}, J
"""


def _bug(name: str, old: str, new: str, why: str, section: str = "logistic-gradients") -> Bug:
    return Bug(name, old=old, new=new, why=why, section=section)


BUGS = [
    _bug(
        "no-mean",
        _MEANS,
        "",
        "Cost and gradients are sums over the examples; divide each by m after the loop.",
    ),
    _bug(
        "gradients-not-averaged",
        "    dw /= m\n    db /= m\n",
        "",
        "Both gradients are sums over the examples; divide each by m after the loop, like the cost.",
    ),
    _bug("cost-not-averaged", "J /= m", "", "The cost is the sum of the losses; divide it by m.", "loss-and-cost"),
    _bug("dw-not-averaged", "dw /= m", "", "dw is the sum over the examples; divide it by m after the loop."),
    _bug("db-not-averaged", "db /= m", "", "db is the sum over the examples; divide it by m after the loop."),
    _bug(
        "mean-over-features",
        _MEANS,
        _MEANS.replace("m\n", "n_x\n"),
        "The sums are divided by the number of features; m is X.shape[1], since the examples are columns.",
        "data-layout",
    ),
    _bug(
        "divided-inside-loop",
        _BACKWARD + _MEANS,
        _BACKWARD + _MEANS.replace("    ", "        "),
        "The division by m stands inside the loop over the examples, so early examples are divided again and again; "
        "divide once, after the loop.",
    ),
    _bug(
        "gradients-divided-inside-loop",
        _BACKWARD + _MEANS,
        _BACKWARD + "        dw /= m\n        db /= m\n    J /= m\n",
        "The gradients are divided by m inside the loop over the examples, so early examples are divided again and "
        "again; divide once, after the loop.",
    ),
    _bug(
        "dw-divided-inside-loop",
        _BACKWARD + _MEANS,
        _BACKWARD + "        dw /= m\n    J /= m\n    db /= m\n",
        "dw is divided by m inside the loop over the examples, so early examples are divided again and again; divide "
        "once, after the loop.",
    ),
    _bug(
        "divided-twice",
        "dz = a - y",
        "dz = (a - y) / m",
        "The 1/m is there twice in the gradients: dz carries none, only the sums are divided.",
    ),
    _bug(
        "z-not-reset",
        _LOOP + _FORWARD,
        "    z = b\n" + _LOOP + _FORWARD.replace("        z = b\n", ""),
        "z goes on from the example before; it has to start at b again for each example.",
    ),
    _bug(
        "last-example-only",
        f"{_COST}\n        dz = a - y\n{_BACKWARD}",
        f"{_COST}\n        dz = a - y\n{_BACKWARD}".replace("+=", "="),
        "Only the last example counts: the accumulators start again, or are overwritten, in every turn; set them to 0 "
        "before the loop and add to them.",
    ),
    _bug(
        "gradients-overwritten",
        _BACKWARD,
        _BACKWARD.replace("+=", "="),
        "Only the last example counts in the gradients; each one should add its part to dw and db.",
    ),
    _bug(
        "dw-overwritten",
        "dw[j, 0] += ",
        "dw[j, 0] = ",
        "Only the last example counts in dw; each one should add its part to it.",
    ),
    _bug(
        "db-overwritten",
        "db += dz",
        "db = dz",
        "Only the last example counts in db; each one should add its part to it.",
    ),
    _bug(
        "cost-overwritten",
        "J += -(",
        "J = -(",
        "Only the last example counts in the cost; each one should add its loss to it.",
        "loss-and-cost",
    ),
    _bug(
        "last-feature-only",
        "        for j in range(n_x):\n            dw[j, 0] += X[j, i] * dz\n",
        "        dw[n_x - 1, 0] += X[n_x - 1, i] * dz\n",
        "Only the last feature gets its part of dw; the line belongs inside a loop over the features.",
    ),
    _bug(
        "db-inside-feature-loop",
        "        db += dz",
        "            db += dz",
        "db gets the error of an example once for each feature; add it once for each example.",
    ),
    _bug(
        "parts-added-to-all-of-dw",
        "dw[j, 0] += ",
        "dw += ",
        "The part of each feature is added to all of dw; it belongs to dw[j] alone.",
    ),
    _bug(
        "dw-without-x",
        "X[j, i] * dz",
        "dz",
        "dw_j adds up x_j dz; the factor x_j, the feature, is missing.",
    ),
    _bug(
        "returns-inside-loop",
        _BACKWARD + _MEANS + '    return {"dw": dw, "db": float(db)}, float(J)',
        _BACKWARD + _MEANS.replace("    ", "        ") + '        return {"dw": dw, "db": float(db)}, float(J)',
        "The function returns after the first example: the return stands inside the loop.",
    ),
    _bug(
        "first-example-skipped",
        "range(m)",
        "range(1, m)",
        "The first example is left out: columns are counted from 0.",
        "data-layout",
    ),
    _bug(
        "sizes-swapped",
        'n_x, m = X.shape\n    Y = as_floats("Y", Y, (1, m))',
        "m, n_x = X.shape",
        "The number of features and the number of examples are swapped: X.shape is (n_x, m), examples are columns.",
        "data-layout",
    ),
    _bug(
        "indices-swapped",
        _FORWARD
        + "        a = basic_sigmoid(z)\n        y = Y[0, i]\n        "
        + _COST
        + "\n        dz = a - y\n"
        + _BACKWARD,
        (
            _FORWARD
            + "        a = basic_sigmoid(z)\n        y = Y[0, i]\n        "
            + _COST
            + "\n        dz = a - y\n"
            + _BACKWARD
        ).replace("X[j, i]", "X[i, j]"),
        "X is read as X[i, j], as if the examples were rows; feature j of example i is X[j, i].",
        "data-layout",
    ),
    _bug("no-bias", "z = b", "z = 0.0", "The bias b is missing from the score.", "sigmoid-model"),
    _bug(
        "no-sigmoid",
        "basic_sigmoid(z)",
        "z",
        "The score z is used as if it were a probability; the sigmoid of it is missing.",
        "sigmoid-model",
    ),
    _bug(
        "wrong-sign",
        "dz = a - y",
        "dz = y - a",
        "dz is a - y; with y - a gradient descent would climb.",
    ),
    _bug(
        "da-instead-of-dz",
        "dz = a - y",
        "dz = -y / a + (1 - y) / (1 - a)",
        "This is da, the slope with respect to the probability; times a (1 - a) it becomes dz, which is a - y.",
    ),
    _bug(
        "slope-of-squared-error",
        "dz = a - y",
        "dz = (a - y) * a * (1 - a)",
        "The factor a (1 - a) cancels in the log loss; dz is a - y alone.",
    ),
    _bug(
        "cost-wrong-sign",
        "J += -(",
        "J += (",
        "The minus in front of the loss is missing: logarithms of probabilities are negative, a cost is not.",
        "loss-and-cost",
    ),
    _bug(
        "cost-minus-on-first-term",
        _COST,
        "J += -y * np.log(a) + (1 - y) * np.log(1 - a)",
        "The minus reaches the first term of the loss only; it belongs to the sum of both.",
        "loss-and-cost",
    ),
    _bug(
        "cost-half-missing",
        _COST,
        "J += -y * np.log(a)",
        "The term (1 - y) log(1 - a) is missing from the loss: it is what examples with label 0 contribute.",
        "loss-and-cost",
    ),
    Bug(
        "keeps-one-axis",
        source=_ARRAYS.format(example="X[:, i]"),
        why="The score of an example is an array of shape (1,), and so are db and the cost; take the number out of it.",
        section="vectorization",
    ),
    Bug(
        "keeps-two-axes",
        source=_ARRAYS.format(example="x"),
        why="The score of an example is an array of shape (1, 1), and so are db and the cost; take the number out of "
        "it.",
        section="vectorization",
    ),
    _bug(
        "order-of-results",
        'return {"dw": dw, "db": float(db)}, float(J)',
        'return float(J), {"dw": dw, "db": float(db)}',
        "The results are returned in the wrong order: the gradients come first, then the cost.",
    ),
]
