from collections.abc import Iterator

from tutor.grading import Bug

_MAX = "np.max(x, axis=axis, keepdims=True)"
_E = f"e = np.exp(x - {_MAX})"
_TOTAL = "total = np.sum(e, axis=axis, keepdims=True)"
_S = "s: Array = e / total"
_BODY = "\n    ".join([_E, _TOTAL, _S])


def _by_shift(name: str, why: str, rest: str) -> Iterator[Bug]:
    """The mistake alone, together with powers that overflow, and together with one maximum for all rows."""
    yield Bug(name, old=_BODY, new=f"{_E}\n    {rest}", why=why, section="vectorization")
    yield Bug(
        f"{name}-and-overflow",
        old=_BODY,
        new=f"e = np.exp(x)\n    {rest}",
        why=f"{why.rstrip('.')}; after that, take the largest score of each row off, so that no power overflows.",
        section="vectorization",
    )
    yield Bug(
        f"{name}-and-one-maximum",
        old=_BODY,
        new=f"e = np.exp(x - np.max(x))\n    {rest}",
        why=f"{why.rstrip('.')}; after that, take off the maximum of each row and not that of the matrix.",
        section="vectorization",
    )


BUGS = [
    Bug(
        "overflow",
        old=_E,
        new="e = np.exp(x)",
        why="Powers of large scores overflow, and those of very low ones are all 0; take the largest score of each "
        "row off first.",
        section="vectorization",
    ),
    Bug(
        "one-maximum-for-all",
        old=_MAX,
        new="np.max(x)",
        why="One maximum is taken off the whole matrix: in a row far below it all powers round to 0; every row needs "
        "its own.",
        section="vectorization",
    ),
    Bug(
        "maximum-of-columns",
        old=_MAX,
        new="np.max(x, axis=0, keepdims=True)",
        why="The maximum of each column is taken off, which does not cancel in a row; take it along axis 1.",
        section="vectorization",
    ),
    Bug(
        "maximum-without-keepdims",
        old=_MAX,
        new="np.max(x, axis=axis)",
        why="The maxima line up with the columns and not with the rows: an error or, in a square matrix, the wrong "
        "maximum; keep them as a column of shape (m, 1).",
        section="vectorization",
    ),
    *_by_shift(
        "sum-without-keepdims",
        "The sums line up with the columns and not with the rows: an error or, in a square matrix, the wrong sum; "
        "keep them as a column of shape (m, 1).",
        "total = np.sum(e, axis=axis)\n    s = e / total",
    ),
    Bug(
        "both-without-keepdims",
        old=_BODY,
        new="e = np.exp(x - np.max(x, axis=axis))\n    total = np.sum(e, axis=axis)\n    s = e / total",
        why="Maxima and sums line up with the columns and not with the rows: an error or, in a square matrix, the "
        "wrong ones; keep both as columns of shape (m, 1).",
        section="vectorization",
    ),
    *_by_shift(
        "sum-of-columns",
        "Each entry is divided by the sum of its column: axis=0 sums down the rows, a row is summed along axis 1.",
        "total = np.sum(e, axis=0, keepdims=True)\n    s = e / total",
    ),
    Bug(
        "softmax-of-columns",
        old=_BODY,
        new="e = np.exp(x - np.max(x, axis=0))\n    total = np.sum(e, axis=0)\n    s = e / total",
        why="This is the softmax of every column: axis=0 runs down the rows; an example is a row here, so work along "
        "axis 1.",
        section="vectorization",
    ),
    *_by_shift(
        "sum-of-matrix",
        "Each entry is divided by the sum of the whole matrix; every row has a sum of its own.",
        "s = e / np.sum(e)",
    ),
    *_by_shift(
        "not-divided",
        "These are the powers alone; divide each row by its sum, so that it adds up to 1.",
        "s = e",
    ),
    Bug(
        "no-exponential",
        old=_BODY,
        new="s = x / np.sum(x, axis=1, keepdims=True)",
        why="The scores themselves are divided by their sum; raise e to them first.",
        section="vectorization",
    ),
    Bug(
        "difference-reversed",
        old=f"x - {_MAX}",
        new=f"{_MAX} - x",
        why="The scores are taken off the maximum, so the largest score gets the smallest probability; it is the other "
        "way round.",
        section="vectorization",
    ),
    Bug(
        "smallest-taken-off",
        old=_MAX,
        new="np.min(x, axis=axis, keepdims=True)",
        why="The smallest score of the row is taken off, so large differences still overflow; take the largest off.",
        section="vectorization",
    ),
    Bug(
        "mean-taken-off",
        old=_MAX,
        new="np.mean(x, axis=axis, keepdims=True)",
        why="The mean of the row is taken off, so scores far above it still overflow; take the largest off.",
        section="vectorization",
    ),
    Bug(
        "shift-in-numerator-only",
        old=_TOTAL,
        new="total = np.sum(np.exp(x), axis=axis, keepdims=True)",
        why="The maximum is taken off in the numerator only, so it does not cancel; the sum needs the same powers.",
        section="vectorization",
    ),
    Bug(
        "shift-in-sum-only",
        old=_S,
        new="s = np.exp(x) / total",
        why="The maximum is taken off in the sum only, so it does not cancel; the numerator needs the same powers.",
        section="vectorization",
    ),
    Bug(
        "shift-after-exponential",
        old=_E,
        new="e = np.exp(x)\n    e = e - np.max(e, axis=1, keepdims=True)",
        why="The maximum is taken off the powers; it has to come off the scores, before e is raised to them.",
        section="vectorization",
    ),
    Bug(
        "clipped",
        old=_E,
        new="e = np.exp(np.clip(x, -500, 500))",
        why="Clipping the scores stops the overflow but makes different scores equal; subtract the row's maximum.",
        section="vectorization",
    ),
    Bug(
        "changes-x",
        source="def softmax(x):\n"
        "    x -= np.max(x, axis=1, keepdims=True)\n"
        "    e = np.exp(x)\n"
        "    return e / np.sum(e, axis=1, keepdims=True)\n",
        why="The maximum is subtracted from the caller's own array; keep the difference in a new one.",
        section="vectorization",
    ),
]
