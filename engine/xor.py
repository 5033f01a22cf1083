"""What depth buys: the parity of n bits by a tree of small gates or by one wide layer (course 1, week 4)."""

from __future__ import annotations

import numpy as np

from engine.errors import Array, EngineError, Parameters, as_count

# The last linear step gives 0 or 1; the sigmoid of 20 z - 10 is then 0.00005 or 0.99995.
_GAIN, _SHIFT = 20.0, -10.0


def xor_tree_units(n: int) -> int:
    """The gates that compute the exclusive or of n bits in a tree: each turns two bits into one.

        n - 1 gates, log2 n deep

    - n: number of bits, from 1 up
    - returns: an integer

    Raises EngineError when n is below 1. Source: course 1, week 4 (circuit theory).

    >>> [xor_tree_units(n) for n in (2, 4, 16)]
    [1, 3, 15]
    """
    return as_count("n", n) - 1


def xor_flat_units(n: int) -> int:
    """The hidden units that one layer needs for it: one for each of the inputs with an odd number of ones.

        2^(n - 1)

    - n: number of bits, from 1 up
    - returns: an integer

    Raises EngineError when n is below 1. Source: course 1, week 4 (circuit theory).

    >>> [xor_flat_units(n) for n in (2, 4, 16)]
    [2, 8, 32768]
    """
    return 1 << (as_count("n", n) - 1)


def xor_flat_network(n: int) -> Parameters:
    """The weights of the wide network: each hidden unit knows one input by heart.

        hidden unit for the pattern p:  relu(sum_j (2 p_j - 1) x_j + 1 - sum_j p_j)

    It is 1 on x = p and 0 on all other bits, and the output adds the units up.

    - n: number of bits, from 1 to 16
    - returns parameters: W1 (2^(n-1), n), b1, W2 (1, 2^(n-1)), b2, for `engine.dnn.L_model_forward`

    Raises EngineError when n is outside. Source: course 1, week 4 (circuit theory).

    >>> from engine.dnn_models import predict
    >>> predict([[0, 0, 1, 1], [0, 1, 0, 1]], None, xor_flat_network(2))
    array([[0., 1., 1., 0.]])
    """
    if as_count("n", n) > 16:
        raise EngineError("n", "at most 16 bits", str(n))
    # Row p holds the bits of the number p.
    patterns = (np.arange(2**n)[:, None] >> np.arange(n) & 1).astype(np.float64)
    odd = patterns[patterns.sum(axis=1) % 2 == 1]
    return {
        "W1": 2 * odd - 1,
        "b1": 1 - odd.sum(axis=1, keepdims=True),
        "W2": np.full((1, len(odd)), _GAIN),
        "b2": np.array([[_SHIFT]]),
    }


def xor_tree_network(n: int) -> Parameters:
    """The weights of the deep network: a tree of gates of two ReLU units each.

        x1 xor x2 = relu(x1 + x2) - 2 relu(x1 + x2 - 1)

    A hidden layer has the two units of each gate, and the next layer's linear step subtracts them and adds the
    results in pairs. A bit without a partner goes through a gate with 0.

    - n: number of bits, from 2 up
    - returns parameters: W1, b1, ..., with ceil(log2 n) hidden layers, for `engine.dnn.L_model_forward`

    Raises EngineError when n is below 2. Source: course 1, week 4 (circuit theory).

    >>> from engine.dnn_models import predict
    >>> parameters = xor_tree_network(4)
    >>> [parameters[name].shape for name in ("W1", "W2", "W3")]  # 4 + 2 hidden units against 8, 30 against 32768 for 16
    [(4, 4), (2, 4), (1, 2)]
    >>> predict([[1, 1], [0, 1], [1, 1], [1, 0]], None, parameters)
    array([[1., 1.]])
    """
    as_count("n", n, least=2)
    parameters: Parameters = {}
    # `bits` turns what the layer before gives into the bits that are still to be combined.
    bits: Array = np.eye(n)
    layer = 0
    while len(bits) > 1:
        layer += 1
        if len(bits) % 2:
            bits = np.vstack([bits, np.zeros((1, bits.shape[1]))])
        sums = bits[0::2] + bits[1::2]
        gates = len(sums)
        parameters[f"W{layer}"] = np.repeat(sums, 2, axis=0)
        parameters[f"b{layer}"] = np.tile([[0.0], [-1.0]], (gates, 1))
        bits = np.kron(np.eye(gates), [[1.0, -2.0]])
    parameters[f"W{layer + 1}"] = _GAIN * bits
    parameters[f"b{layer + 1}"] = np.array([[_SHIFT]])
    return parameters
