from collections.abc import Iterator

from tutor.grading import Bug

_FLOATS = 'x = as_floats("x", x, ("n", "d"))'
_NORM = "norm = np.linalg.norm(x, axis=1, keepdims=True)"
_GUARD = "norm[norm == 0] = 1"
_DIVIDE = "unit: Array = x / norm"


def _with_and_without_guard(name: str, norm: str, divide: str, why: str) -> Iterator[Bug]:
    """The mistake alone, and together with the division of a row of zeros by its length."""
    old = "\n    ".join([_FLOATS, _NORM, _GUARD, _DIVIDE])
    yield Bug(name, old=old, new="\n    ".join([norm, _GUARD, divide]), why=why, section="data-layout")
    yield Bug(
        f"{name}-and-zero-row",
        old=old,
        new="\n    ".join([norm, divide]),
        why=f"{why.rstrip('.')}; after that, mind the row of zeros: 0 / 0 gives nan.",
        section="data-layout",
    )


BUGS = [
    Bug(
        "no-keepdims",
        old=_NORM + "\n    " + _GUARD,
        new="norm = np.linalg.norm(x, axis=1)",
        why="The lengths line up with the columns and not with the rows: an error or, in a square matrix, the wrong "
        "lengths; keep them as a column of shape (n, 1).",
        section="vectorization",
    ),
    Bug(
        "columns",
        old="axis=1",
        new="axis=0",
        why="The columns got length 1; axis=0 sums down the rows, while the length of a row sums along axis 1.",
        section="data-layout",
    ),
    Bug(
        "whole-matrix",
        old="axis=1, ",
        new="",
        why="All rows are divided by one length, that of the whole matrix; each row has a length of its own.",
        section="data-layout",
    ),
    Bug(
        "zero-row",
        old=_GUARD,
        new="",
        why="A row of zeros has length 0 and 0 / 0 gives nan; replace that length before you divide.",
        section="data-layout",
    ),
    Bug(
        "returns-lengths",
        old=_GUARD + "\n    " + _DIVIDE,
        new="unit = norm",
        why="These are the lengths of the rows; the rows divided by them are asked.",
        section="data-layout",
    ),
    *_with_and_without_guard(
        "sum-of-absolute-values",
        "norm = np.sum(np.abs(x), axis=1, keepdims=True)",
        "unit = x / norm",
        "The length used is the sum of the absolute values; the Euclidean one is the root of the sum of the squares.",
    ),
    *_with_and_without_guard(
        "sum-of-entries",
        "norm = np.sum(x, axis=1, keepdims=True)",
        "unit = x / norm",
        "The rows are divided by their sums; the length is the root of the sum of the squares.",
    ),
    *_with_and_without_guard(
        "no-root",
        "norm = np.sum(x * x, axis=1, keepdims=True)",
        "unit = x / norm",
        "The rows are divided by the sum of the squares; the length is the root of it.",
    ),
    *_with_and_without_guard(
        "no-squares",
        "norm = np.sqrt(np.sum(x, axis=1, keepdims=True))",
        "unit = x / norm",
        "The root is taken of the sum of the entries; the length is the root of the sum of their squares.",
    ),
    *_with_and_without_guard(
        "mean-of-squares",
        "norm = np.sqrt(np.mean(x * x, axis=1, keepdims=True))",
        "unit = x / norm",
        "The length takes the sum of the squares, not their mean.",
    ),
    *_with_and_without_guard(
        "standardized",
        "norm = np.std(x, axis=1, keepdims=True)",
        "unit = (x - np.mean(x, axis=1, keepdims=True)) / norm",
        "The rows got mean 0 and standard deviation 1; only their length should become 1, without a shift.",
    ),
    Bug(
        "not-transposed-back",
        old="\n    ".join([_NORM, _GUARD, _DIVIDE]),
        new="norm = np.linalg.norm(x, axis=1)\n    unit = x.T / norm",
        why="The result is still transposed; turn it back, and after that mind the row of zeros: 0 / 0 gives nan.",
        section="data-layout",
    ),
    *_with_and_without_guard(
        "divides-in-place",
        _NORM,
        "x /= norm\n    unit = x",
        "The division writes into the caller's array, which also fails when it holds whole numbers; make a new array.",
    ),
    *_with_and_without_guard(
        "overwrites-rows",
        _NORM,
        "x[:] = x / norm\n    unit = x",
        "The rows are written back into the caller's array, and whole numbers lose their fractions there; "
        "make a new array of floats.",
    ),
    *_with_and_without_guard(
        "fractions-lost",
        _NORM,
        "unit = np.zeros_like(x)\n    unit[:] = x / norm",
        "The result is kept in an array of whole numbers when x holds whole numbers, so the fractions are lost; "
        "make it an array of floats.",
    ),
]
