"""Words: first names, a novel, and word vectors trained on billions of words."""

from __future__ import annotations

import numpy as np

from engine.datasets.files import read_arrays, read_lines
from engine.errors import Array, as_choice


def first_names(sex: str = "") -> list[str]:
    """First names of the United States census of 1990 in small letters, those for women first, frequent ones first.

    - sex: "F" (4,275 names), "M" (1,219), or "" for all 5,163, each once

    Raises EngineError when sex is another or the file is not the one that was shipped. Source: US Census Bureau.

    >>> first_names()[:3], first_names("M")[:3]
    (['mary', 'patricia', 'linda'], ['james', 'john', 'robert'])
    """
    as_choice("sex", sex, ("", "F", "M"))
    pairs = [line.split() for line in read_lines("names.txt.gz")]
    return list(dict.fromkeys(name for name, letter in pairs if sex in ("", letter)))


def alice() -> str:
    """The text of "Alice's Adventures in Wonderland", from its first chapter to the end: 152,000 characters.

    Raises EngineError when the file is not the one that was shipped. Source: Lewis Carroll (1865).

    >>> alice().count("Cheshire")
    7
    """
    return "\n".join(read_lines("alice.txt.gz")) + "\n"


def word_vectors() -> tuple[list[str], Array]:
    """GloVe vectors of 50 numbers for about 8,000 frequent English words, trained on 6 billion words.

    - returns words: |V| of them, frequent ones first; E: (50, |V|), float64: column j is the vector of words[j].
      They are rounded to half precision. `dict(zip(words, E.T))` is the word_to_vec_map of course 5.

    Raises EngineError when the file is not the one that was shipped. Source: J. Pennington, R. Socher and
    C. Manning, GloVe: Global Vectors for Word Representation (2014), PDDL.

    >>> words, E = word_vectors()
    >>> word_to_vec_map = dict(zip(words, E.T))
    >>> words[:3], E.shape[0], round(float(word_to_vec_map["the"][0]), 3)
    (['the', 'of', 'to'], 50, 0.418)
    """
    arrays = read_arrays("words.npz")
    words = str(arrays["words"]).split("\n")
    E: Array = arrays["vectors"].T.astype(np.float64)
    return words, E
