from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.conv_shapes import (
    bottleneck_flops,
    conv_flops,
    conv_output_shape,
    conv_output_size,
    padding_sides,
    receptive_field,
    separable_flops,
)
from engine.errors import EngineError

sizes = st.integers(1, 12)


@given(sizes, sizes, st.integers(0, 4), st.integers(0, 4), st.integers(1, 4))
def test_the_output_has_as_many_places_as_the_window_finds_room_for(n: int, f: int, before: int, after: int, s: int):
    room = [start for start in range(0, before + n + after, s) if start + f <= before + n + after]
    if room:
        assert conv_output_size(n, f, (before, after), s) == len(room)
    else:
        with pytest.raises(EngineError, match="f should be at most the size of the padded input"):
            conv_output_size(n, f, (before, after), s)


@given(st.integers(1, 20), st.integers(0, 4).map(lambda half: 2 * half + 1), st.integers(1, 4))
def test_same_padding_gives_n_over_s_rounded_up(n: int, f: int, s: int) -> None:
    (top, bottom), _ = padding_sides("same", f, f)
    assert conv_output_size(n, f, (top, bottom), s) == -(-n // s)


def test_the_example_network_of_the_lecture() -> None:
    first, n_params, _ = conv_output_shape(39, 39, 3, f=3, p=0, s=1, n_C=10)
    second, _, _ = conv_output_shape(*first, f=5, p="valid", s=2, n_C=20)
    third, _, n_activations = conv_output_shape(*second, f=5, p=0, s=2, n_C=40)
    assert (first, second, third) == ((37, 37, 10), (17, 17, 20), (7, 7, 40))
    assert (n_params, n_activations) == (280, 1960)


def test_the_parameters_do_not_depend_on_the_image() -> None:
    assert (
        conv_output_shape(1000, 1000, 3, 5, "same", 1, 100)[1] == conv_output_shape(32, 32, 3, 5, 0, 2, 100)[1] == 7600
    )


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), max_size=4))
def test_the_receptive_field_is_the_smallest_image_with_one_output(layers: list[tuple[int, int]]) -> None:
    def outputs(n: int) -> int:
        for f, s in layers:
            n = (n - f) // s + 1 if n >= f else 0
        return n

    r = receptive_field(layers)
    assert outputs(r) == 1
    assert r == 1 or outputs(r - 1) == 0


def test_multiplications_are_counted_for_every_output_number() -> None:
    assert conv_flops(28, 28, 5, 192, 32) == 120_422_400
    plain, bottleneck, ratio = bottleneck_flops(28, 28, 5, 192, 16, 32)
    assert (plain, bottleneck, round(ratio, 2)) == (120_422_400, 12_443_648, 9.68)


@given(sizes, st.integers(1, 7), sizes, sizes)
def test_a_separable_convolution_costs_the_share_of_the_formula(n: int, f: int, c_in: int, c_out: int) -> None:
    _, _, ratio = separable_flops(n, n, f, c_in, c_out)
    assert ratio == pytest.approx(1 / c_out + 1 / f**2)


@pytest.mark.parametrize(
    ("pad", "message"),
    [
        (-1, "pad should be a whole number from 0 up"),
        ("full", "pad should be one of 'same', 'valid'"),
        ("same", "pad should be a number when the filter is even, but it is 'same' with a filter of 2 x 3"),
        (1.5, r"pad should be a number, 'same', 'valid' or \(\(top, bottom\), \(left, right\)\), but it is 1.5"),
        (((1, 1), (0, -1)), "pad should be a whole number from 0 up, but it is -1"),
        ((1, 1), "pad should be a number, 'same'"),
    ],
)
def test_a_padding_that_means_nothing_is_told(pad, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        padding_sides(pad, 2, 3)


def test_a_padding_is_a_number_a_word_or_each_side() -> None:
    assert padding_sides(np.int64(2), 3, 3) == padding_sides(((2, 2), (2, 2)), 3, 3) == ((2, 2), (2, 2))
    assert padding_sides("same", 1, 5) == ((0, 0), (2, 2))
    assert padding_sides([[0, 1], [2, 3]], 4, 4) == ((0, 1), (2, 3))


def test_sizes_below_one_are_told() -> None:
    with pytest.raises(EngineError, match="s should be a whole number from 1 up"):
        conv_output_size(5, 3, 0, 0)
    with pytest.raises(EngineError, match="n_C should be a whole number from 1 up"):
        conv_output_shape(5, 5, 3, 3, 0, 1, 0)
    with pytest.raises(EngineError, match="c_out should be a whole number"):
        bottleneck_flops(5, 5, 3, 8, 0, 8)
    with pytest.raises(EngineError, match="f of a layer should be"):
        receptive_field([(0, 1)])
