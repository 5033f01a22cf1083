"""Byte-pair encoding: tokens that grow out of bytes by joining the pair that occurs most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.errors import Array, EngineError, as_count

#: The tokens 0 ... 255 are the bytes themselves; the first merge makes token 256.
_BYTES = 256


def bpe_train(corpus: str, n_merges: int) -> list[tuple[int, int]]:
    """Learn which pairs of tokens become one token, the most frequent pair first, again and again.

        merge number i:  (a, b) := the pair with the most places (p, p + 1);  every a b becomes the token 256 + i

    Of pairs with the same count the one that is seen first wins. Counts include overlapping places, so "aaa" counts
    (a, a) twice; the replacement goes from left to right and cannot overlap: "aaa" becomes "aa" "a". Working on
    bytes, no text is ever unknown. A merge may join words here; GPT-2 cuts the corpus into words first.

    - corpus: a text; n_merges: from 0 up
    - returns merges: pairs of tokens; the i-th makes token 256 + i; fewer when the corpus has become one token

    Raises EngineError when the corpus is empty or n_merges negative. Source: Sennrich, Haddow and Birch (2016), on
    bytes as in Radford et al. (2019).

    >>> bpe_train("low lower lowest", 3)  # l o, then lo w, then low with the space before it, 32
    [(108, 111), (256, 119), (32, 257)]
    """
    ids = _byte_ids(corpus)
    if ids.size == 0:
        raise EngineError("corpus", "a text", "empty")
    merges: list[tuple[int, int]] = []
    for token in range(_BYTES, _BYTES + as_count("n_merges", n_merges, least=0)):
        if len(ids) < 2:
            break
        # Each pair as one number, so that sorting counts them.
        pairs = ids[:-1] * token + ids[1:]
        values, counts = np.unique(pairs, return_counts=True)
        most_frequent = values[counts == counts.max()]
        first = int(np.argmax(np.isin(pairs, most_frequent)))
        pair = (int(ids[first]), int(ids[first + 1]))
        merges.append(pair)
        ids = _merge(ids, pair, token)
    return merges


def bpe_encode(text: str, merges: Sequence[tuple[int, int]]) -> list[int]:
    """A text as tokens: the merges are done over, in the order in which they were learned.

    The order matters: a later merge may need the token that an earlier one makes.

    - text: any text; merges: of `bpe_train`
    - returns ids: integers in 0 ... 255 + number of merges; none for an empty text

    Raises EngineError when a merge uses a token that is not there yet. Source: Sennrich, Haddow and Birch (2016).

    >>> bpe_encode("lowest slow", [(108, 111), (256, 119)])  # l o -> 256, 256 w -> 257
    [257, 101, 115, 116, 32, 115, 257]
    """
    _check(merges)
    ids = _byte_ids(text)
    for token, pair in enumerate(merges, start=_BYTES):
        ids = _merge(ids, pair, token)
    return [int(token) for token in ids]


def bpe_decode(ids: Sequence[int], merges: Sequence[tuple[int, int]]) -> str:
    """Tokens as a text again: the bytes of each token one after the other, read as UTF-8.

        bytes(256 + i) = bytes(a_i) bytes(b_i)

    A letter outside ASCII has several bytes; where tokens hold only a part of it, the sign U+FFFD stands for it.

    - ids: of `bpe_encode`; merges: of `bpe_train`
    - returns the text; `bpe_decode(bpe_encode(text, merges), merges)` is the text for every text

    Raises EngineError when an id is unknown or a merge uses a token that is not there yet. Source: Radford et al.
    (2019).

    >>> merges = bpe_train("caffè caffè", 4)
    >>> ids = bpe_encode("caffè", merges)
    >>> len(ids), bpe_decode(ids, merges)  # è has two bytes
    (2, 'caffè')
    """
    _check(merges)
    pieces = [bytes([byte]) for byte in range(_BYTES)]
    for a, b in merges:
        pieces.append(pieces[a] + pieces[b])
    for token in ids:
        if not 0 <= token < len(pieces):
            raise EngineError("ids", f"integers from 0 to {len(pieces) - 1}", f"a sequence that holds {token}")
    return b"".join(pieces[token] for token in ids).decode("utf-8", errors="replace")


def _byte_ids(text: str) -> Array:
    return np.frombuffer(text.encode("utf-8"), np.uint8).astype(np.int64)


def _merge(ids: Array, pair: tuple[int, int], token: int) -> Array:
    """Every place of the pair becomes the token, from left to right."""
    places = np.flatnonzero((ids[:-1] == pair[0]) & (ids[1:] == pair[1]))
    if len(places) == 0:
        return ids
    if pair[0] == pair[1]:
        # In a run such as "aaaa" the places 0, 1, 2 overlap: every other one counts, from the start of the run.
        starts = np.diff(places, prepend=-2) > 1
        start = places[np.maximum.accumulate(np.where(starts, np.arange(len(places)), 0))]
        places = places[(places - start) % 2 == 0]
    merged = ids.copy()
    merged[places] = token
    return np.delete(merged, places + 1)


def _check(merges: Sequence[tuple[int, int]]) -> None:
    for token, pair in enumerate(merges, start=_BYTES):
        if len(pair) != 2 or not all(0 <= part < token for part in pair):
            number = token - _BYTES
            raise EngineError("merges", f"pairs of tokens made before: below {token} in number {number}", repr(pair))
