from math import log


def compute_cost(A, Y):
    cost = 0
    for a, y in zip(A.ravel(), Y.ravel()):
        cost -= log(a if y == 1 else 1 - a)
    return cost / len(A[0])
