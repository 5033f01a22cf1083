from tutor.grading import Bug

_DW = "np.dot(X, dZ.T) / m"
_DB = "float(np.sum(dZ) / m)"
_BOTH = f"dw = {_DW}\n    db = {_DB}"

BUGS = [
    Bug(
        "dw-not-averaged",
        old=_DW,
        new="np.dot(X, dZ.T)",
        why="dw is the sum over the examples; the cost is a mean, so divide by m.",
        section="logistic-gradients",
    ),
    Bug(
        "db-not-averaged",
        old=_DB,
        new="float(np.sum(dZ))",
        why="db is the sum over the examples; the cost is a mean, so divide by m.",
        section="logistic-gradients",
    ),
    Bug(
        "no-mean",
        old=_BOTH,
        new="dw = np.dot(X, dZ.T)\n    db = float(np.sum(dZ))",
        why="Both gradients are sums over the examples; the cost is a mean, so divide each by m.",
        section="logistic-gradients",
    ),
    Bug(
        "divided-twice",
        old="dZ = A - Y",
        new="dZ = (A - Y) / m",
        why="The 1/m is there twice: dZ carries no 1/m, only dw and db do.",
        section="logistic-gradients",
    ),
    Bug(
        "mean-over-features",
        old=_BOTH,
        new="dw = np.dot(X, dZ.T) / X.shape[0]\n    db = float(np.sum(dZ) / X.shape[0])",
        why="The gradients are divided by the number of features; the examples are columns, m is X.shape[1].",
        section="data-layout",
    ),
    Bug(
        "dw-elementwise",
        old=_DW,
        new="X * dZ / m",
        why="X * dZ multiplies entry by entry and keeps a column for each example; use np.dot(X, dZ.T).",
        section="vectorization",
    ),
    Bug(
        "dw-elementwise-transposed",
        old=_DW,
        new="X * dZ.T / m",
        why="X * dZ.T multiplies entry by entry, where the shapes do not fit; use np.dot(X, dZ.T).",
        section="vectorization",
    ),
    Bug(
        "dw-transposed",
        old=_DW,
        new="np.dot(dZ, X.T) / m",
        why="dZ X^T is the transpose of dw: a gradient has the shape of its parameter, here (n_x, 1).",
        section="logistic-gradients",
    ),
    Bug(
        "dz-not-transposed",
        old=_DW,
        new="np.dot(X, dZ) / m",
        why="X is (n_x, m) and dZ is (1, m): transpose dZ, so that the product sums over the examples.",
        section="logistic-gradients",
    ),
    Bug(
        "w-not-transposed",
        old="np.dot(w.T, X)",
        new="np.dot(w, X)",
        why="w is a column (n_x, 1): transpose it, so that w^T X gives one score for each example.",
        section="sigmoid-model",
    ),
    Bug(
        "db-keeps-shape",
        old=_DB,
        new="np.sum(dZ, axis=1, keepdims=True) / m",
        why="db came out with shape (1, 1); b is a number, so sum without keepdims.",
        section="vectorization",
    ),
    Bug(
        "wrong-sign",
        old="dZ = A - Y",
        new="dZ = Y - A",
        why="dZ is A - Y; with Y - A gradient descent would climb.",
        section="logistic-gradients",
    ),
    Bug(
        "slope-of-squared-error",
        old="dZ = A - Y",
        new="dZ = (A - Y) * A * (1 - A)",
        why="The factor a (1 - a) cancels in the log loss; dZ is A - Y alone.",
        section="logistic-gradients",
    ),
    Bug(
        "no-bias",
        old="np.dot(w.T, X) + b",
        new="np.dot(w.T, X)",
        why="The bias b is missing from the score w^T X + b.",
        section="sigmoid-model",
    ),
    Bug(
        "cost-not-averaged",
        old="compute_cost(A, Y)",
        new="compute_cost(A, Y) * m",
        why="The cost is the sum of the losses; divide it by m.",
        section="loss-and-cost",
    ),
    Bug(
        "cost-half-missing",
        old="compute_cost(A, Y)",
        new="float(-np.sum(Y * np.log(A)) / m)",
        why="The term (1 - y) log(1 - a) is missing from the cost: examples with label 0 contribute it.",
        section="loss-and-cost",
    ),
    Bug(
        "cost-wrong-sign",
        old="compute_cost(A, Y)",
        new="-compute_cost(A, Y)",
        why="The minus in front of the cost is missing: logarithms of probabilities are negative.",
        section="loss-and-cost",
    ),
    Bug(
        "order-of-results",
        old='return {"dw": dw, "db": db}, cost',
        new='return cost, {"dw": dw, "db": db}',
        why="The results are returned in the wrong order: the gradients come first, then the cost.",
        section="logistic-gradients",
    ),
]
