from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.architectures import ARCHITECTURES, architecture, build_network
from engine.compound_scaling import compound_scale, largest_phi
from engine.errors import EngineError
from engine.happy import convolutional_model, happyModel
from engine.inception import GoogLeNet, inception_block, inception_module
from engine.layers.base import walk
from engine.layers.convolution import Conv2D
from engine.layers.summary import count_numbers, summary

GradientError = Callable[..., float]


@pytest.mark.parametrize(
    ("name", "groups", "published"),
    [("lenet5", 1, 61_706), ("alexnet", 1, 62_378_344), ("alexnet", 2, 60_965_224), ("vgg16", 1, 138_357_544)],
)
def test_a_table_adds_up_to_the_published_number_of_parameters(name: str, groups: int, published: int) -> None:
    assert sum(row.trainable for row in architecture(name, groups=groups)) == published


def test_the_tables_have_the_published_shapes() -> None:
    alexnet = [row.shape for row in architecture("alexnet") if row.kind == "pool"]
    assert alexnet == [(27, 27, 96), (13, 13, 256), (6, 6, 256)]
    vgg = [row.shape for row in architecture("vgg16") if row.kind == "pool"]
    assert vgg == [(112, 112, 64), (56, 56, 128), (28, 28, 256), (14, 14, 512), (7, 7, 512)]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_network_that_is_built_has_the_shapes_and_parameters_of_the_table(name: str) -> None:
    table = architecture(name)
    width = 1 if name == "lenet5" else 1 / 32
    model = build_network(name, width=width, classes=10, rng=0)
    rows = summary(model, table[0].shape)
    built = [row for row in rows if row.kind in ("Conv2D", "Dense", "MaxPooling2D", "AveragePooling2D")]
    assert [row.shape[:-1] for row in built] == [row.shape[:-1] for row in table[1:]]
    assert [row.shape[-1] for row in built[:-1]] == [round(width * row.shape[-1]) for row in table[1:-1]]
    if name == "lenet5":
        assert [row.trainable for row in built] == [row.trainable for row in table[1:]]


def test_the_small_networks_of_the_course_have_its_number_of_parameters() -> None:
    assert sum(count_numbers(happyModel(rng=0))) == 37_633
    assert count_numbers(convolutional_model(rng=0)) == (1_310, 0)
    assert summary(convolutional_model((70, 40, 3), rng=0), (70, 40, 3))[-1].shape == (6,)
    assert summary(happyModel((9, 6, 3), rng=0), (9, 6, 3))[-1].shape == (1,)


def test_the_first_inception_network_has_the_published_number_of_parameters() -> None:
    model = GoogLeNet((64, 64, 3), rng=0)
    assert count_numbers(model) == (6_998_552, 0)
    maps = [row.shape for row in summary(model, (64, 64, 3)) if row.kind == "Concatenate"]
    assert (maps[0], maps[1], maps[-1]) == ((8, 8, 256), (8, 8, 480), (2, 2, 1024))


def test_the_module_is_the_block_and_has_the_gradients_of_its_output(layer_gradient_error: GradientError) -> None:
    rng = np.random.default_rng(0)
    module = inception_module(2, (2, 1, 3, 1, 2, 2), rng=rng)
    names = ["1", "3_reduce", "3", "5_reduce", "5", "_pool"]
    params = {}
    for name, convolution in zip(names, (one for _, one in walk(module) if isinstance(one, Conv2D)), strict=True):
        convolution.parameters["b"][...] = rng.normal(size=convolution.parameters["b"].shape)
        params[f"W{name}"] = convolution.parameters["W"]
        params[f"b{name}"] = convolution.parameters["b"].reshape(1, 1, 1, -1)
    A = rng.normal(size=(2, 4, 5, 2))
    np.testing.assert_allclose(module(A), inception_block(A, params), atol=1e-12)
    assert layer_gradient_error(module, A) <= 1e-6


@given(st.floats(0, 8), st.floats(0, 8))
def test_scaling_twice_is_scaling_by_the_sum(first: float, second: float) -> None:
    product = np.multiply(compound_scale(first), compound_scale(second))
    np.testing.assert_allclose(compound_scale(first + second), product)


@given(st.floats(1, 1e4))
def test_one_step_more_than_the_largest_would_cost_too_much(budget: float) -> None:
    phi = largest_phi(budget)
    assert compound_scale(phi)[3] <= budget < compound_scale(phi + 1)[3]


def test_bad_input_is_named() -> None:
    with pytest.raises(EngineError, match="name should be one of 'lenet5', 'alexnet', 'vgg16'"):
        architecture("resnet")
    with pytest.raises(EngineError, match="groups should be a divisor of 96 and 256 channels"):
        architecture("alexnet", groups=7)
    with pytest.raises(EngineError, match="filters should be six numbers"):
        inception_module(3, (1, 2, 3))
    with pytest.raises(EngineError, match="params should be a dictionary with the key 'W1'"):
        inception_block(np.ones((1, 3, 3, 1)), {})
    with pytest.raises(EngineError, match="alpha, beta and gamma should be such that"):
        largest_phi(3, 1, 1, 1)
    with pytest.raises(EngineError, match="gamma should be a number in"):
        compound_scale(1, gamma=0)
