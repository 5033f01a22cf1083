import numpy as np


def compute_cost(A, Y):
    """The mean of the log losses of m examples.

    - A: (1, m), probabilities from 0 to 1; Y: (1, m), labels 0 or 1
    - returns cost: a number, also where A holds exact zeros and ones that agree with Y
    """
    raise NotImplementedError("write compute_cost")
