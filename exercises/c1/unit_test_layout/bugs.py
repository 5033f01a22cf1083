from tutor.grading import Bug

_SHAPE = "    if X_flat.shape != (X_orig.size // m, m):\n        return False\n"
_EACH = "    for i in range(m):\n"
_SAME = "np.array_equal(X_flat[:, i], X_orig[i].ravel())"
_COMPARE = f"{_EACH}        if not {_SAME}:\n            return False\n    return True"
_ALL = f"{_SHAPE}{_COMPARE}"

BUGS = [
    Bug(
        "accepts-everything",
        old=_ALL,
        new="    return True",
        why="Everything is accepted: compare what stands in X_flat with the images.",
        section="data-layout",
    ),
    Bug(
        "refuses-everything",
        old=_ALL,
        new="    return False",
        why="Everything is refused, the right layout as well: find out with a small example which comparison fails.",
        section="data-layout",
    ),
    Bug(
        "shape-only",
        old=_COMPARE,
        new="    return True",
        why="Only the shape is checked, and scrambled images have the right one: compare the numbers too.",
        section="data-layout",
    ),
    Bug(
        "size-only",
        old=_ALL,
        new="    return X_flat.size == X_orig.size",
        why="Only the count of the numbers is checked: compare the shape and the numbers in their places.",
        section="data-layout",
    ),
    Bug(
        "number-of-columns-only",
        old=_ALL,
        new="    return X_flat.ndim == 2 and X_flat.shape[1] == m",
        why="Only the number of columns is checked: compare the numbers in each column with an image.",
        section="data-layout",
    ),
    Bug(
        "sum-only",
        old=_ALL,
        new="    return X_flat.sum() == X_orig.sum()",
        why="Only the sum of all numbers is checked, and it stays the same wherever they stand: compare place by place.",
        section="data-layout",
    ),
    Bug(
        "shape-and-sum",
        old=_COMPARE,
        new="    return X_flat.sum() == X_orig.sum()",
        why="Shape and sum stay the same however the images are scrambled: compare place by place.",
        section="data-layout",
    ),
    Bug(
        "sums-of-columns",
        old=_SAME,
        new="X_flat[:, i].sum() == X_orig[i].sum()",
        why="Each column is compared with its image by the sum alone, which says nothing about the order of the pixels.",
        section="data-layout",
    ),
    Bug(
        "any-order-in-a-column",
        old=_SAME,
        new="np.array_equal(np.sort(X_flat[:, i]), np.sort(X_orig[i].ravel()))",
        why="Each column may hold its image in any order of the pixels: compare without sorting.",
        section="data-layout",
    ),
    Bug(
        "any-order-anywhere",
        old=_COMPARE,
        new="    return np.array_equal(np.sort(X_flat.ravel()), np.sort(X_orig.ravel()))",
        why="The same numbers may stand anywhere, so scrambled images pass: compare place by place.",
        section="data-layout",
    ),
    Bug(
        "same-numbers-in-any-shape",
        old=_ALL,
        new="    return np.array_equal(np.sort(X_flat.ravel()), np.sort(X_orig.ravel()))",
        why="The same numbers may stand anywhere, in any shape: compare the shape, and the numbers place by place.",
        section="data-layout",
    ),
    Bug(
        "any-order-of-images",
        old=_SAME,
        new="any(np.array_equal(X_flat[:, i], image.ravel()) for image in X_orig)",
        why="A column may hold any of the images: column i is image i, because its label stands at place i too.",
        section="data-layout",
    ),
    Bug(
        "first-image-only",
        old=_EACH,
        new="    for i in range(1):\n",
        why="Only the first image is compared, perhaps because a return ends the loop too early: compare all of them.",
        section="data-layout",
    ),
    Bug(
        "last-image-forgotten",
        old=_EACH,
        new="    for i in range(m - 1):\n",
        why="The last image is not compared: the loop ends one too early.",
        section="data-layout",
    ),
    Bug(
        "last-image-only",
        old=_COMPARE,
        new=f"    right = True\n{_EACH}        right = {_SAME}\n    return right",
        why="The answer for each image overwrites the one before, so only the last image counts: all have to be right.",
        section="data-layout",
    ),
    Bug(
        "one-image-is-enough",
        old=_COMPARE,
        new=f"{_EACH}        if {_SAME}:\n            return True\n    return False",
        why="One image in its place is enough to be accepted: all of them have to be right.",
        section="data-layout",
    ),
    Bug(
        "one-number-is-enough",
        old=_COMPARE,
        new="    return bool(np.any(X_flat == X_orig.reshape(m, -1).T))",
        why="One number in its place is enough to be accepted: all of them have to be right.",
        section="data-layout",
    ),
    Bug(
        "first-numbers-only",
        old=_SAME,
        new="X_flat[0, i] == X_orig[i, 0, 0, 0]",
        why="Only the first number of each image is compared, and some ways to scramble keep it: compare all.",
        section="data-layout",
    ),
    Bug(
        "columns-not-counted",
        old=_SHAPE,
        new="",
        why="The shape is not checked: an extra column passes, and a vector of rank 1 ends in an error.",
        section="data-layout",
    ),
    Bug(
        "shape-left-to-broadcasting",
        old=_ALL,
        new="    return bool(np.all(X_flat == X_orig.reshape(m, -1).T))",
        why="The shape is not checked: a wrong one ends in an error, or is stretched until it fits; compare shapes first.",
        section="vectorization",
    ),
    Bug(
        "folded-back",
        old=_ALL,
        new="    return np.array_equal(X_flat.T.reshape(X_orig.shape), X_orig)",
        why="X_flat is folded back into images, and other shapes fold back to the same ones or end in an error: check "
        "the shape of X_flat first.",
        section="data-layout",
    ),
    Bug(
        "folded-back-from-rows",
        old=_ALL,
        new="    return np.array_equal(X_flat.reshape(X_orig.shape), X_orig)",
        why="X_flat is folded back as if each image were a row: the images are its columns, and its shape counts too.",
        section="data-layout",
    ),
    Bug(
        "scrambled-taken-for-right",
        old=_ALL,
        new="    return np.array_equal(X_flat, X_orig.reshape(-1, m))",
        why="What you compare with is scrambled itself: reshape(-1, m) mixes pixels of different images.",
        section="data-layout",
    ),
    Bug(
        "reversed-axes-taken-for-right",
        old=_ALL,
        new="    return np.array_equal(X_flat, X_orig.T.reshape(-1, m))",
        why="What you compare with has the axes of each image reversed, as .T before the reshape or the order F does: it "
        "is unrolled channel by channel.",
        section="data-layout",
    ),
    Bug(
        "rows-taken-for-right",
        old=_ALL,
        new="    return np.array_equal(X_flat, X_orig.reshape(m, -1))",
        why="What you compare with has an image in each row: examples are columns.",
        section="data-layout",
    ),
    Bug(
        "h-taken-for-m",
        old=_ALL,
        new="    return np.array_equal(X_flat, X_orig.reshape(X_orig.shape[1], -1).T)",
        why="What you compare with has a column for each row of pixels: the number of images is X_orig.shape[0].",
        section="data-layout",
    ),
    Bug(
        "answers-exchanged",
        old=_ALL,
        new="    return not np.array_equal(X_flat, X_orig.reshape(m, -1).T)",
        why="True and False are exchanged: True means that the layout is right.",
        section="data-layout",
    ),
    Bug(
        "asserts",
        old=_ALL,
        new="    assert X_flat.shape == (X_orig.size // m, m)\n"
        "    assert np.array_equal(X_flat, X_orig.reshape(m, -1).T)\n    return True",
        why="A wrong layout raises AssertionError; return False for it instead, and True for the right one.",
        section="data-layout",
    ),
]
