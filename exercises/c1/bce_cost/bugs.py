from collections.abc import Iterator

from tutor.grading import Bug

_TINY = "tiny = np.finfo(A.dtype).tiny"
_LOGS = "log_A = np.log(np.maximum(A, tiny))\n    log_not_A = np.log(np.maximum(1 - A, tiny))"
_UNGUARDED = "log_A = np.log(A)\n    log_not_A = np.log(1 - A)"
_LOSSES = "losses = -(Y * log_A + (1 - Y) * log_not_A)"
_COST = "return float(np.sum(losses) / m)"


def _guarded_and_not(name: str, why: str, losses: str = _LOSSES, cost: str = _COST) -> Iterator[Bug]:
    """The mistake alone, and together with the logarithm of 0."""
    rest = f"\n    {_LOSSES}\n    {_COST}"
    wrong = f"\n    {losses}\n    {cost}"
    yield Bug(name, old=_LOGS + rest, new=_LOGS + wrong, why=why, section="loss-and-cost")
    yield Bug(
        f"{name}-and-log-of-zero",
        old=_LOGS + rest,
        new=_UNGUARDED + wrong,
        why=f"{why.rstrip('.')}; after that, mind the probabilities of exactly 0 and 1.",
        section="loss-and-cost",
    )


BUGS = [
    Bug(
        "log-of-zero",
        old=_LOGS,
        new=_UNGUARDED,
        why="Where a probability is exactly 0 or 1 and right, 0 times log 0 gives nan; keep the logarithm "
        "finite there.",
        section="loss-and-cost",
    ),
    Bug(
        "only-a-guarded",
        old="np.maximum(1 - A, tiny)",
        new="1 - A",
        why="log(a) is safe now, but log(1 - a) is still taken of 0 where the probability is exactly 1.",
        section="loss-and-cost",
    ),
    Bug(
        "only-one-minus-a-guarded",
        old="np.maximum(A, tiny)",
        new="A",
        why="log(1 - a) is safe now, but log(a) is still taken of 0 where the probability is exactly 0.",
        section="loss-and-cost",
    ),
    Bug(
        "small-number-shifts",
        old=f"{_TINY}\n    {_LOGS}",
        new="log_A = np.log(A + 1e-5)\n    log_not_A = np.log(1 - A + 1e-5)",
        why="The number added inside the logarithm is large enough to shift every loss; take a far smaller one.",
        section="loss-and-cost",
    ),
    *_guarded_and_not(
        "label-0-missing",
        "The term (1 - y) log(1 - a) is missing: it is the loss of every example with label 0.",
        losses="losses = -(Y * log_A)",
    ),
    *_guarded_and_not(
        "label-1-missing",
        "The term y log(a) is missing: it is the loss of every example with label 1.",
        losses="losses = -((1 - Y) * log_not_A)",
    ),
    *_guarded_and_not(
        "not-averaged",
        "The losses are added up but not divided by m, which is Y.shape[1] (Y.shape[0] is 1).",
        cost="return float(np.sum(losses))",
    ),
    *_guarded_and_not(
        "averaged-twice",
        "The 1/m is there twice: a mean has it already.",
        cost="return float(np.mean(losses) / m)",
    ),
    *_guarded_and_not(
        "losses-of-each-example",
        "These are the losses of all examples; the cost is their mean, one number.",
        cost="return losses",
    ),
    *_guarded_and_not(
        "keeps-shape",
        "The cost came out as an array of shape (1, 1); turn it into a number.",
        cost="return np.sum(losses, axis=1, keepdims=True) / m",
    ),
    *_guarded_and_not(
        "sum-over-axis-0",
        "axis=0 sums over the one row, so nothing is added up; sum over all examples to get one number.",
        cost="return np.sum(losses, axis=0) / m",
    ),
    *_guarded_and_not(
        "wrong-sign",
        "The minus is missing: logarithms of probabilities are negative, a cost is not.",
        losses="losses = Y * log_A + (1 - Y) * log_not_A",
    ),
    *_guarded_and_not(
        "signs-differ",
        "The two terms of the loss have different signs: the minus belongs to the sum of both.",
        losses="losses = -Y * log_A + (1 - Y) * log_not_A",
    ),
    *_guarded_and_not(
        "parentheses-missing",
        "1 - y needs parentheses: without them only y is multiplied by the second logarithm.",
        losses="losses = -(Y * log_A + 1 - Y * log_not_A)",
    ),
    Bug(
        "logarithms-swapped",
        old=f"{_LOGS}\n    {_LOSSES}",
        new=f"{_UNGUARDED}\n    losses = -(Y * log_not_A + (1 - Y) * log_A)",
        why="The two logarithms are swapped: log(a) belongs to y, log(1 - a) to 1 - y.",
        section="loss-and-cost",
    ),
    Bug(
        "log-a-twice",
        old=f"{_LOGS}\n    {_LOSSES}",
        new=f"{_UNGUARDED}\n    losses = -(Y * log_A + (1 - Y) * log_A)",
        why="Both terms have log(a), so the label plays no part; the second one is log(1 - a).",
        section="loss-and-cost",
    ),
    Bug(
        "nan-replaced-too-late",
        old=f"{_LOGS}\n    {_LOSSES}\n    {_COST}",
        new=f"{_UNGUARDED}\n    {_LOSSES}\n    return np.nan_to_num(np.sum(losses) / m)",
        why="The nan is replaced in the finished cost, and the losses of all other examples are lost with it; mend "
        "the single losses.",
        section="loss-and-cost",
    ),
    Bug(
        "certain-examples-left-out",
        old=f"{_LOGS}\n    {_LOSSES}\n    {_COST}",
        new=f"{_UNGUARDED}\n    {_LOSSES}\n    return np.nanmean(losses)",
        why="Examples that are certain and right are left out of the mean; their loss is 0, but they count in m.",
        section="loss-and-cost",
    ),
    Bug(
        "product-not-transposed",
        old=_COST,
        new="return -(np.dot(Y, log_A) + np.dot(1 - Y, log_not_A)) / m",
        why="A row (1, m) cannot be multiplied by a row: transpose the second factor, or multiply entry by entry and "
        "sum.",
        section="vectorization",
    ),
    Bug(
        "product-not-transposed-then-squeezed",
        old=_COST,
        new="return np.squeeze(-(np.dot(Y, log_A) + np.dot(1 - Y, log_not_A)) / m)",
        why="A row (1, m) cannot be multiplied by a row: transpose the second factor, or multiply entry by entry and "
        "sum.",
        section="vectorization",
    ),
    Bug(
        "arguments-swapped",
        old=_LOGS,
        new="A, Y = Y, A\n    " + _UNGUARDED,
        why="A and Y have changed places: the logarithm is taken of the labels.",
        section="loss-and-cost",
    ),
    Bug(
        "squared-error",
        old=_LOSSES,
        new="losses = (A - Y) ** 2",
        why="This is the squared error; the log loss is asked, which is convex for logistic regression.",
        section="loss-and-cost",
    ),
]
