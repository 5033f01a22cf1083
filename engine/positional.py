"""Where a token stands, told by sines and cosines, since attention itself has no sense of order."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_count, as_floats


def get_angles(pos: ArrayLike, k: ArrayLike, d: int) -> Array:
    """The angles of the positional encoding: each pair of columns turns at its own speed.

        angle[pos, k] = pos / 10000^(2 i / d)        with i = k // 2

    The columns 2 i and 2 i + 1 share an angle: one becomes a sine, the other a cosine.

    - pos: (positions, 1), a column of positions; k: (1, d), a row of column numbers; d: the size of the encoding
    - returns angles: (positions, d)

    Raises EngineError when pos is no column or k no row. Source: course 5, week 4.

    >>> get_angles([[0], [1]], [[0, 1, 2, 3]], 4)
    array([[0.  , 0.  , 0.  , 0.  ],
           [1.  , 1.  , 0.01, 0.01]])
    """
    pos = as_floats("pos", pos, ("positions", 1))
    k = as_floats("k", k, (1, "d"))
    d = as_count("d", d)
    i = k // 2
    angles: Array = pos / 10000 ** (2 * i / d)
    return angles


def positional_encoding(positions: int, d: int) -> Array:
    """A vector for each position, to be added to the word vectors.

        PE[pos, 2 i] = sin(pos / 10000^(2 i / d))        PE[pos, 2 i + 1] = cos(pos / 10000^(2 i / d))

    The dot product of two of them depends on their distance alone (for even d), so attention can learn to look
    a fixed number of steps back.

    - positions: how many, from 0; d: the size of a vector
    - returns PE: (1, positions, d), float64, entries in [-1, 1]

    Raises EngineError when a size is below 1. Source: course 5, week 4; Vaswani et al. (2017).

    >>> positional_encoding(3, 4).round(2)
    array([[[ 0.  ,  1.  ,  0.  ,  1.  ],
            [ 0.84,  0.54,  0.01,  1.  ],
            [ 0.91, -0.42,  0.02,  1.  ]]])
    """
    as_count("positions", positions)
    as_count("d", d)
    PE = get_angles(np.arange(positions)[:, np.newaxis], np.arange(d)[np.newaxis], d)
    PE[:, 0::2] = np.sin(PE[:, 0::2])
    PE[:, 1::2] = np.cos(PE[:, 1::2])
    return PE[np.newaxis]


def offset_deviation(PE: ArrayLike) -> float:
    """How far the dot products of encodings are from depending on the distance of the positions alone.

        max over offsets o of  (max over p of PE_p . PE_(p + o)) - (min over p of PE_p . PE_(p + o))

    - PE: (1, positions, d)
    - returns: a float; 0, but for rounding, for `positional_encoding` with an even d

    Raises EngineError when the shape differs. Source: course 5, week 4.

    >>> offset_deviation(positional_encoding(20, 6)) < 1e-12
    True
    >>> offset_deviation(positional_encoding(20, 5)) < 1e-12  # a sine is left without its cosine
    False
    """
    vectors = as_floats("PE", PE, (1, "positions", "d"))[0]
    products = vectors @ vectors.T
    diagonals = (np.diagonal(products, offset) for offset in range(len(vectors)))
    return max(float(np.ptp(diagonal)) for diagonal in diagonals)


def add_positions(x: ArrayLike, PE: ArrayLike) -> Array:
    """Scale word vectors up and add the encodings of their positions.

        out_t = sqrt(d) x_t + PE_t

    Word vectors start small, the encodings have entries near 1: the factor keeps the words from being drowned.

    - x: (m, T, d); PE: (1, positions, d) with positions >= T
    - returns out: (m, T, d), the dtype of x

    Raises EngineError when a shape differs or a sentence is longer than the encodings. Source: course 5, week 4.

    >>> add_positions(np.ones((1, 2, 4)), positional_encoding(50, 4)).round(2)
    array([[[2.  , 3.  , 2.  , 3.  ],
            [2.84, 2.54, 2.01, 3.  ]]])
    """
    x = as_floats("x", x, ("m", "T", "d"))
    _, T, d = x.shape
    PE = as_floats("PE", PE, (1, "positions", d))
    if PE.shape[1] < T:
        raise EngineError("x", f"a batch of at most {PE.shape[1]} positions", f"of {T}")
    out: Array = x * float(np.sqrt(d))
    out += PE[:, :T].astype(x.dtype, copy=False)
    return out
