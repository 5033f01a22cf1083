"""The most memory that a convolutional layer takes on large images, its input and output included.

    python -m tests.soak.memory

Prints the sizes and the peak of each pass as tracemalloc counts it; exits 1 when the forward pass takes more than
320 MiB for 8 images of 224 x 224 pixels with 64 channels in float32, whose input and output alone are 196 MiB.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np

from engine.conv import ConvCache, conv_backward, conv_forward
from engine.errors import Array

SHAPE = (8, 224, 224, 64)
F, N_C = 3, 64
MOST = 320  # MiB


def peak(run: Callable[[], object]) -> float:
    """MiB that are in use at once while `run` works."""
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


def forward() -> tuple[Array, ConvCache]:
    A_prev = np.zeros(SHAPE, np.float32)
    W, b = np.zeros((F, F, SHAPE[3], N_C), np.float32), np.zeros((1, 1, 1, N_C), np.float32)
    return conv_forward(A_prev, W, b, {"stride": 1, "pad": "same"})


def forward_and_backward() -> object:
    Z, cache = forward()
    return conv_backward(Z, cache)


def main() -> int:
    size = "x".join(map(str, SHAPE))
    taken = peak(forward)
    print(f"convolution {size} -> {N_C}, {F}x{F}, float32, forward: {taken:.0f} MiB (at most {MOST})")
    print(f"the same, forward and backward: {peak(forward_and_backward):.0f} MiB")
    return int(taken > MOST)


if __name__ == "__main__":
    raise SystemExit(main())
