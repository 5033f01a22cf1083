"""Softmax as a walk down a tree: log2 V decisions in the place of V scores (course 5, week 2)."""

from __future__ import annotations

import heapq
from itertools import count

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import sigmoid
from engine.errors import Array, EngineError, as_floats, as_ids

#: For each word the inner nodes from the root to it, and which branch is taken at each: 0 or 1.
Tree = tuple[list[Array], list[Array]]


def huffman_tree(freq: ArrayLike) -> Tree:
    """A binary tree with the words as leaves, the frequent ones near the root.

    The two lightest nodes are joined until one is left. No tree has shorter ways on average.

    - freq: (V,), counts or shares, from 2 words up
    - returns paths, branches: for each word its inner nodes from the root down (numbers in 0 ... V - 2, the root
      is V - 2) and the branch, 0 or 1, taken at each

    Raises EngineError when there are fewer than two words or a frequency is negative. Source: D. Huffman (1952);
    T. Mikolov et al. (2013); course 5, week 2 names it.

    >>> paths, branches = huffman_tree([8, 4, 2, 1])
    >>> [len(path) for path in paths]
    [1, 2, 3, 3]
    """
    freq = as_floats("freq", freq, ("V",))
    V = len(freq)
    if V < 2 or not np.all(freq >= 0):
        raise EngineError("freq", "two counts or more, from 0 up", f"{freq.tolist()}")
    tie = count()  # of equal weights the older node comes first
    heap = [(float(weight), next(tie), word) for word, weight in enumerate(freq)]
    heapq.heapify(heap)
    parent = np.zeros(2 * V - 1, dtype=np.int64)
    branch = np.zeros(2 * V - 1, dtype=np.int64)
    for node in range(V, 2 * V - 1):
        lightest, second = heapq.heappop(heap), heapq.heappop(heap)
        parent[lightest[2]], parent[second[2]] = node, node
        branch[second[2]] = 1
        heapq.heappush(heap, (lightest[0] + second[0], next(tie), node))

    root = 2 * V - 2
    paths, branches = [], []
    for word in range(V):
        path, turns, node = [], [], word
        while node != root:
            turns.append(branch[node])
            node = parent[node]
            path.append(node - V)
        paths.append(np.array(path[::-1], dtype=np.int64))
        branches.append(np.array(turns[::-1], dtype=np.int64))
    return paths, branches


def hierarchical_softmax(c: int, t: int, E: ArrayLike, nodes: ArrayLike, tree: Tree) -> tuple[float, Array, Array]:
    """The loss of one pair and its gradients when the target is reached by decisions in a tree.

        p(t | c) = product over the inner nodes n on the way to t of sigma(+-theta_n . e_c), + for branch 0
        loss = - log p(t | c)        only the nodes on the way, about log2 V, are computed and changed

    At each node the two branches' probabilities sum to 1, hence those of all leaves do.

    - c, t: ids; E: (V, d), words are rows; nodes: (V - 1, d), a vector for each inner node; tree: of `huffman_tree`
    - returns loss: a float; dE: (V, d), 0 but for row c; dnodes: (V - 1, d), 0 but for the nodes on the way

    Raises EngineError when a shape differs or an id lies outside. Source: F. Morin and Y. Bengio (2005);
    course 5, week 2 names it.

    >>> tree = huffman_tree([1, 1, 1, 1])
    >>> loss, _, dnodes = hierarchical_softmax(0, 3, np.ones((4, 2)), np.zeros((3, 2)), tree)
    >>> round(float(loss / np.log(2)), 6), int(np.count_nonzero(dnodes[:, 0]))  # two decisions of log 2 each
    (2.0, 2)
    """
    E = as_floats("E", E, ("V", "d"))
    V, d = E.shape
    nodes = as_floats("nodes", nodes, (V - 1, d))
    c, t = (int(as_ids(name, word, V, ())) for name, word in (("c", c), ("t", t)))
    paths, branches = tree
    if len(paths) != V:
        raise EngineError("tree", f"a tree of {V} words", f"one of {len(paths)}")
    way, signs = paths[t], (1 - 2 * branches[t]).astype(E.dtype)
    agreement = signs * (nodes[way] @ E[c])
    loss = float(np.sum(np.logaddexp(0, -agreement)))
    g = -signs * sigmoid(-agreement)
    dE, dnodes = np.zeros_like(E), np.zeros_like(nodes)
    dE[c] = g @ nodes[way]
    dnodes[way] = np.outer(g, E[c])
    return loss, dE, dnodes
