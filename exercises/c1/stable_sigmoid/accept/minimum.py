from numpy import abs, exp, minimum


def sigmoid(z, *, unused=None):
    return exp(minimum(z, 0)) / (1 + exp(-abs(z)))
