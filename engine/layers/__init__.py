"""Layers that know their parameters, in the manner of Keras and PyTorch, made of the engine's pure functions.

Here an example is a ROW, as in the frameworks: x is (m, ...), and images are (m, height, width, channels).
A layer's gradients are those of the cost itself, so the 1/m stands in the loss and nowhere else.
"""
