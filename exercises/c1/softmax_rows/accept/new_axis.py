from numpy import exp, newaxis


def softmax(scores, axis=-1):
    shifted = scores - scores.max(axis=axis)[:, newaxis]
    powers = exp(shifted)
    return powers / powers.sum(axis=axis).reshape(-1, 1)
