from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from engine.errors import Array, EngineError
from engine.layers.base import Layer, Sequential, gradients_of, parameters_of
from engine.layers.dense import Relu, Tanh
from engine.optimizers import SGD
from engine.style_transfer import StyleTransfer, clip_0_1, model_nn, tensor_to_image, train_step


class Filters(Layer):
    """A 3 x 3 convolution, stride 1, without padding: just what style transfer needs to be tried on."""

    def __init__(self, n_in: int, n_out: int, rng: np.random.Generator, dtype: type = np.float64) -> None:
        super().__init__()
        self.parameters["W"] = (rng.normal(size=(3, 3, n_in, n_out)) / np.sqrt(9 * n_in)).astype(dtype)

    def forward(self, x: Array, training: bool = False) -> Array:
        self.keep(x, training)
        return np.einsum("nhwcij,ijco->nhwo", sliding_window_view(x, (3, 3), axis=(1, 2)), self.parameters["W"])

    def backward(self, dout: Array) -> Array:
        x = self.kept()
        dx = np.zeros_like(x)
        h, w = dout.shape[1:3]
        dW = np.zeros_like(self.parameters["W"])
        for i in range(3):
            for j in range(3):
                dx[:, i : i + h, j : j + w] += dout @ self.parameters["W"][i, j].T
                dW[i, j] = np.einsum("nhwc,nhwo->co", x[:, i : i + h, j : j + w], dout)
        self.add_gradient("W", dW)
        return dx


STYLE = [("1", 0.4), ("3", 0.6)]


def make(seed: int = 0, dtype: type = np.float64, **options: object) -> tuple[StyleTransfer, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    # Above "3", "4" and "5" are never needed.
    layers = [Filters(3, 6, rng, dtype), Relu(), Filters(6, 5, rng, dtype), Tanh(), Filters(5, 2, rng, dtype), Relu()]
    content, style = rng.random((2, 1, 10, 9, 3)).astype(dtype)
    transfer = StyleTransfer(Sequential(layers), content, style, "3", STYLE, **options)  # type: ignore[arg-type]
    return transfer, content, style


def test_the_filters_of_this_test_have_the_gradients_of_their_output(
    layer_gradient_error: Callable[..., float],
) -> None:
    rng = np.random.default_rng(0)
    assert layer_gradient_error(Filters(2, 3, rng), rng.normal(size=(2, 5, 4, 2))) <= 1e-6


@pytest.mark.parametrize("factor", ["assignment", "lecture"])
@pytest.mark.parametrize("content_layer", ["0", "1", "3"])
def test_the_gradient_reaches_the_pixels_from_all_layers_that_count(
    gradient_error: Callable[..., float], content_layer: str, factor: str
) -> None:
    rng = np.random.default_rng(1)
    network = Sequential([Filters(3, 4, rng), Tanh(), Filters(4, 3, rng), Tanh()])
    content, style, G = rng.random((3, 1, 7, 8, 3))
    transfer = StyleTransfer(network, content, style, content_layer, STYLE, alpha=2, beta=300, factor=factor)
    gradient = transfer.costs_and_gradient(G)[3]
    error = gradient_error(lambda G: transfer.costs_and_gradient(G)[0], {"G": G}, {"G": gradient})
    assert error <= 1e-6


def test_style_transfer_moves_the_pixels_and_not_the_weights() -> None:
    transfer, content, style = make(beta=4000)
    weights = {name: value.copy() for name, value in parameters_of(transfer.network).items()}
    start = clip_0_1(content + np.random.default_rng(2).uniform(-0.2, 0.2, size=content.shape))
    before = start.copy()
    image, costs = model_nn(transfer, start, num_iterations=120)
    assert costs[-1] < costs[0] / 4
    assert image.min() >= 0
    assert image.max() <= 1
    assert image.shape == content.shape
    # Nearer to the style than the content image is, nearer to the content than the style image is.
    assert transfer.costs_and_gradient(image)[2] < transfer.costs_and_gradient(content)[2] / 4
    assert transfer.costs_and_gradient(image)[1] < transfer.costs_and_gradient(style)[1]
    np.testing.assert_array_equal(start, before)
    for name, value in parameters_of(transfer.network).items():
        np.testing.assert_array_equal(value, weights[name])
        np.testing.assert_array_equal(gradients_of(transfer.network)[name], 0)


def test_the_two_pictures_cost_nothing_by_their_own_measure() -> None:
    transfer, content, style = make()
    assert transfer.costs_and_gradient(content)[1] == 0.0
    assert transfer.costs_and_gradient(style)[2] == pytest.approx(0, abs=1e-30)
    J, J_content, J_style, _ = transfer.costs_and_gradient(style)
    assert pytest.approx(10 * J_content + 40 * J_style) == J


def test_a_step_is_that_of_its_optimizer_cut_off_to_what_can_be_shown() -> None:
    transfer, content, _ = make(optimizer=SGD(5.0))
    image = np.full(content.shape, 0.98)
    J, _, _, gradient = transfer.costs_and_gradient(image)
    stepped, cost = train_step(image, transfer)
    assert cost == J
    np.testing.assert_allclose(stepped, np.clip(image - 5.0 * gradient, 0, 1), atol=1e-12)


def test_an_image_may_come_without_the_axis_of_examples() -> None:
    transfer, content, _ = make(seed=3)
    other, _, _ = make(seed=3)
    image, _ = train_step(content[0], transfer)
    np.testing.assert_array_equal(image, train_step(content, other)[0][0])


def test_costs_are_printed_only_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    transfer, content, _ = make()
    model_nn(transfer, content, num_iterations=1)
    assert capsys.readouterr().out == ""
    _, costs = model_nn(transfer, content, num_iterations=21, print_cost=True)
    assert capsys.readouterr().out.splitlines() == [
        f"Cost before iteration 0: {costs[0]:f}",
        f"Cost before iteration 20: {costs[20]:f}",
    ]


def test_pixels_become_bytes() -> None:
    np.testing.assert_array_equal(tensor_to_image(np.array([[[[0, 0.999, 1.0]]]])), [[[0, 254, 255]]])
    np.testing.assert_array_equal(clip_0_1([[-1, 2]]), [[0, 1]])


def test_float32_stays_float32() -> None:
    transfer, content, _ = make(dtype=np.float32, alpha=np.float64(10))
    image, _ = model_nn(transfer, content, num_iterations=2)
    assert image.dtype == np.float32
    assert transfer.costs_and_gradient(image)[3].dtype == np.float32


def test_bad_input_is_refused_by_name() -> None:
    transfer, content, style = make()
    with pytest.raises(EngineError, match=r"^content_layer and style_layers should be among the layers"):
        StyleTransfer(transfer.network, content, style, "block5", STYLE)
    with pytest.raises(EngineError, match=r"^style_image should be an array of shape \(10, 9, 3\) or"):
        StyleTransfer(transfer.network, content, style[:, :5], "3", STYLE)
    with pytest.raises(EngineError, match=r"^generated_image should be an array of shape"):
        train_step(np.zeros((2, 10, 9, 3)), transfer)
    with pytest.raises(EngineError, match=r"^num_iterations should be a whole number"):
        model_nn(transfer, content, num_iterations=0)
    with pytest.raises(EngineError, match=r"^tensor should be pixels from 0 to 1"):
        tensor_to_image(np.full((1, 1, 3), 1.5))
    with pytest.raises(EngineError, match=r"^tensor should be an array of shape"):
        tensor_to_image(np.zeros((2, 1, 1, 3)))
