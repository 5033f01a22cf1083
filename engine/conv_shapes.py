"""Sizes, parameters and cost of convolutions, by arithmetic alone (course 4, weeks 1 and 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.errors import EngineError, as_choice, as_count, entry

#: Zeros to add around an image: ((top, bottom), (left, right)).
Sides = tuple[tuple[int, int], tuple[int, int]]

#: What `hparameters["pad"]` may be: a number for all four sides, "same", "valid", or each side by itself.
Pad = int | str | Sides


def padding_sides(pad: Pad, f_H: int, f_W: int) -> Sides:
    """The zeros on each side of an image, from any way to name a padding.

        "valid": p = 0        "same": p = (f - 1) / 2, which keeps the size when the stride is 1

    An even filter has no middle, so "same" would need more zeros on one side than on the other.

    - pad: a number for all sides, "same", "valid", or ((top, bottom), (left, right))
    - f_H, f_W: height and width of the filter
    - returns: ((top, bottom), (left, right))

    Raises EngineError for a negative number, another word, or "same" with an even filter. Source: course 4, week 1.

    >>> padding_sides("same", 3, 5)
    ((1, 1), (2, 2))
    >>> padding_sides("same", 4, 4)
    Traceback (most recent call last):
    engine.errors.EngineError: pad should be a number when the filter is even, but it is 'same' with a filter of 4 x 4.
    """
    if isinstance(pad, str):
        if as_choice("pad", pad, ("same", "valid")) == "valid":
            return (0, 0), (0, 0)
        if f_H % 2 == 0 or f_W % 2 == 0:
            raise EngineError("pad", "a number when the filter is even", f"'same' with a filter of {f_H} x {f_W}")
        return (f_H // 2, f_H // 2), (f_W // 2, f_W // 2)
    if isinstance(pad, int | np.integer):
        p = as_count("pad", pad, 0)
        return (p, p), (p, p)
    try:
        (top, bottom), (left, right) = pad
    except (TypeError, ValueError):
        expected = "a number, 'same', 'valid' or ((top, bottom), (left, right))"
        raise EngineError("pad", expected, repr(pad)) from None
    top, bottom, left, right = (as_count("pad", side, 0) for side in (top, bottom, left, right))
    return (top, bottom), (left, right)


def stride_and_sides(hparameters: Mapping[str, Any], f_H: int, f_W: int) -> tuple[int, Sides]:
    """The hyperparameters of a convolution with filters of one size.

    - hparameters: {"stride": s, "pad": p}, p as in `padding_sides`; f_H, f_W: height and width of the filter
    - returns s; ((top, bottom), (left, right))

    Raises EngineError when one is missing or out of range. Source: course 4, week 1.

    >>> stride_and_sides({"stride": 2, "pad": "same"}, 3, 3)
    (2, ((1, 1), (1, 1)))
    """
    stride = as_count("stride", entry("hparameters", hparameters, "stride"))
    return stride, padding_sides(entry("hparameters", hparameters, "pad"), f_H, f_W)


def conv_output_size(n: int, f: int, p: int | tuple[int, int], s: int) -> int:
    """How many places a window takes along one axis. The same holds for pooling.

        n_out = floor((n + 2p - f) / s) + 1

    Rounding DOWN: a last step that would carry the window over the edge is not taken.

    - n: size of the input; f: size of the window; s: stride
    - p: zeros on either side, or (before, after)

    Raises EngineError when a size is out of range or the window does not fit. Source: course 4, week 1.

    >>> conv_output_size(7, 3, 0, 2), conv_output_size(6, 3, 0, 2)
    (3, 2)
    """
    for name, size in (("n", n), ("f", f), ("s", s)):
        as_count(name, size)
    before, after = (p, p) if isinstance(p, int | np.integer) else p
    padded = n + as_count("p", before, 0) + as_count("p", after, 0)
    if f > padded:
        raise EngineError("f", f"at most the size of the padded input, {padded}", str(f))
    return (padded - f) // s + 1


def output_places(n_H_prev: int, n_W_prev: int, f_H: int, f_W: int, stride: int, sides: Sides) -> tuple[int, int]:
    """How many places a window takes down and across an image: `conv_output_size` for both axes.

    - n_H_prev, n_W_prev: size of the image; f_H, f_W: size of the window
    - sides: ((top, bottom), (left, right)), the zeros around the image
    - returns n_H, n_W

    Raises EngineError when the window does not fit. Source: course 4, week 1.

    >>> output_places(5, 6, 3, 3, 2, ((0, 0), (1, 1)))
    (2, 3)
    """
    return conv_output_size(n_H_prev, f_H, sides[0], stride), conv_output_size(n_W_prev, f_W, sides[1], stride)


def conv_output_shape(
    n_H: int, n_W: int, n_C_prev: int, f: int, p: Pad, s: int, n_C: int
) -> tuple[tuple[int, int, int], int, int]:
    """What a convolutional layer puts out, and how many numbers it learns.

        shape = (floor((n_H + 2p - f) / s) + 1, floor((n_W + 2p - f) / s) + 1, n_C)
        n_params = (f f n_C_prev + 1) n_C        n_activations = the product of the shape

    The number of parameters does not depend on the size of the image: every place uses the same filters.

    - n_H, n_W, n_C_prev: shape of the input; f: filter size; p: padding; s: stride; n_C: number of filters
    - returns shape: (n_H, n_W, n_C); n_params, biases included; n_activations of one example

    Raises EngineError when a size is out of range or the filter does not fit. Source: course 4, week 1.

    >>> conv_output_shape(39, 39, 3, f=3, p=0, s=1, n_C=10)
    ((37, 37, 10), 280, 13690)
    """
    for name, size in (("f", f), ("n_C_prev", n_C_prev), ("n_C", n_C)):
        as_count(name, size)
    shape = (*output_places(n_H, n_W, f, f, s, padding_sides(p, f, f)), n_C)
    return shape, (f * f * n_C_prev + 1) * n_C, shape[0] * shape[1] * n_C


def receptive_field(layers: Sequence[tuple[int, int]]) -> int:
    """How many pixels of the image, along one axis, reach one number after a stack of layers.

        r_0 = 1, jump_0 = 1        r_l = r_(l-1) + (f_l - 1) jump_(l-1)        jump_l = jump_(l-1) s_l

    The jump is how far apart, in pixels, two neighbours of a layer's output lie.

    - layers: (f, s) of each convolution or pooling, from the image on
    - returns r: a number of pixels; parts of it may lie in the padding

    Raises EngineError when a size is out of range. Source: course 4, week 1.

    >>> receptive_field([(3, 1), (3, 1)]), receptive_field([(5, 1)])  # two 3x3 layers see as far as one of 5x5
    (5, 5)
    """
    r, jump = 1, 1
    for f, s in layers:
        r += (as_count("f of a layer", f) - 1) * jump
        jump *= as_count("s of a layer", s)
    return r


def conv_flops(n_H: int, n_W: int, f: int, c_in: int, c_out: int) -> int:
    """The multiplications of one convolution of one example.

        n_H n_W c_out  numbers come out, each a sum of  f f c_in  products

    - n_H, n_W: size of the OUTPUT; f: filter size; c_in, c_out: channels before and after

    Raises EngineError when a size is below 1. Source: course 4, week 2.

    >>> conv_flops(28, 28, 5, 192, 32)
    120422400
    """
    for name, size in (("n_H", n_H), ("n_W", n_W), ("f", f), ("c_in", c_in), ("c_out", c_out)):
        as_count(name, size)
    return n_H * n_W * c_out * f * f * c_in


def bottleneck_flops(n_H: int, n_W: int, f: int, c_in: int, c_mid: int, c_out: int) -> tuple[int, int, float]:
    """What a bottleneck saves: a 1x1 convolution to few channels before the expensive one.

        plain = n_H n_W c_out f f c_in        bottleneck = n_H n_W c_mid c_in + n_H n_W c_out f f c_mid

    - n_H, n_W: size of the output; f: filter size; c_in, c_mid, c_out: channels
    - returns plain, bottleneck: multiplications; ratio: plain / bottleneck

    Raises EngineError when a size is below 1. Source: course 4, week 2.

    >>> plain, bottleneck, ratio = bottleneck_flops(28, 28, 5, 192, 16, 32)
    >>> plain, bottleneck, round(ratio, 2)
    (120422400, 12443648, 9.68)
    """
    plain = conv_flops(n_H, n_W, f, c_in, c_out)
    bottleneck = conv_flops(n_H, n_W, 1, c_in, c_mid) + conv_flops(n_H, n_W, f, c_mid, c_out)
    return plain, bottleneck, plain / bottleneck


def separable_flops(n_H: int, n_W: int, f: int, c_in: int, c_out: int) -> tuple[int, int, float]:
    """What a depthwise separable convolution saves: filter each channel, then mix channels at each place.

        plain = n_H n_W c_out f f c_in        separable = n_H n_W f f c_in + n_H n_W c_out c_in
        separable / plain = 1 / c_out + 1 / f^2

    - n_H, n_W: size of the output; f: filter size; c_in, c_out: channels
    - returns plain, separable: multiplications; ratio: separable / plain

    Raises EngineError when a size is below 1. Source: course 4, week 2.

    >>> plain, separable, ratio = separable_flops(4, 4, 3, 3, 5)
    >>> plain, separable, round(ratio, 4) == round(1 / 5 + 1 / 9, 4)
    (2160, 672, True)
    """
    plain = conv_flops(n_H, n_W, f, c_in, c_out)
    # The depthwise step is a convolution of one channel, c_in times over.
    separable = c_in * conv_flops(n_H, n_W, f, 1, 1) + conv_flops(n_H, n_W, 1, c_in, c_out)
    return plain, separable, separable / plain
