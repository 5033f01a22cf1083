"""Neural style transfer: gradient descent on the pixels of an image (course 4, week 4).

The network is not trained. It says, by its activations, how far the image is from the content of one picture and the
style of another, and its backward pass carries the gradient down to the pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_count, as_floats
from engine.layers.base import Sequential, zero_gradients
from engine.optimizers import Adam, Optimizer
from engine.style import content_gradient, layer_style_gradient, total_cost


class StyleTransfer:
    """A network, the two pictures as it sees them, and how much each layer counts: all that a step needs to know.

    - network: layers one after the other, images (1, h, w, C) in; layers that behave in another way in training,
      such as dropout, do not belong in it
    - content_image, style_image: (1, h, w, C) or (h, w, C), of one shape
    - content_layer: the name of a child of the network, such as "3"; style_layers: pairs (name, lambda)
    - alpha, beta: the weights of content and style; factor: as in `compute_content_cost`
    - optimizer: of the pixels; Adam with a learning rate of 0.01 unless given

    Raises EngineError when a shape differs or a layer is unknown. Source: course 4, week 4; Gatys et al., 2015.

    >>> from engine.layers.dense import Dense, Relu
    >>> rng = np.random.default_rng(0)
    >>> network = Sequential([Dense(3, 8, "he", rng), Relu()])  # a dense layer on pixels is a 1 x 1 convolution
    >>> content, style = rng.random((2, 1, 6, 5, 3))
    >>> transfer = StyleTransfer(network, content, style, content_layer="1", style_layers=[("1", 1.0)])
    >>> J, J_content, J_style, gradient = transfer.costs_and_gradient(content)
    >>> J_content, J_style > 0, gradient.shape
    (0.0, True, (1, 6, 5, 3))
    """

    def __init__(
        self,
        network: Sequential,
        content_image: ArrayLike,
        style_image: ArrayLike,
        content_layer: str,
        style_layers: Sequence[tuple[str, float]],
        *,
        alpha: float = 10,
        beta: float = 40,
        factor: str = "assignment",
        optimizer: Optimizer | None = None,
    ) -> None:
        names = list(network.children)
        used = [content_layer, *(name for name, _ in style_layers)]
        for name in used:
            if name not in names:
                raise EngineError("content_layer and style_layers", f"among the layers {names}", repr(name))
        self.network = network
        self.content_layer = content_layer
        # Plain numbers: a float64 of NumPy would turn float32 images into float64.
        self.style_layers = tuple((name, float(weight)) for name, weight in style_layers)
        self.alpha, self.beta, self.factor = float(alpha), float(beta), factor
        self.optimizer = Adam(0.01) if optimizer is None else optimizer
        # What lies above the last layer that is looked at need not be computed.
        self._layers = names[: 1 + max(names.index(name) for name in used)]
        content_image = _image("content_image", content_image)
        self.shape = content_image.shape
        self.a_C = self.activations(content_image)[content_layer]
        style = self.activations(_image("style_image", style_image, self.shape))
        self.a_S = {name: style[name] for name, _ in self.style_layers}

    def activations(self, image: Array, training: bool = False) -> dict[str, Array]:
        """The output of each layer, by its name."""
        outputs = {}
        for name in self._layers:
            image = self.network.children[name].forward(image, training)
            outputs[name] = image
        return outputs

    def costs_and_gradient(self, generated_image: Array) -> tuple[float, float, float, Array]:
        """J, J_content, J_style, and dJ/dG: the shape of the image."""
        a_G = self.activations(_image("generated_image", generated_image, self.shape), training=True)
        J_content, content = content_gradient(self.a_C, a_G[self.content_layer], factor=self.factor)
        gradients = {self.content_layer: self.alpha * content}
        J_style = 0.0
        for name, weight in self.style_layers:
            J_layer, style = layer_style_gradient(self.a_S[name], a_G[name])
            J_style += weight * J_layer
            gradients[name] = gradients.get(name, 0) + self.beta * weight * style

        # Down from the top: what comes from the layers above, plus what this layer's own costs say.
        dout: Array = np.zeros_like(a_G[self._layers[-1]])
        for name in reversed(self._layers):
            if name in gradients:
                dout = dout + gradients[name]
            dout = self.network.children[name].backward(dout)
        # The weights stay as they are: pixels are trained.
        zero_gradients(self.network)
        return total_cost(J_content, J_style, self.alpha, self.beta), J_content, J_style, dout


def train_step(generated_image: ArrayLike, transfer: StyleTransfer) -> tuple[Array, float]:
    """One step of the optimizer on the pixels, which are then cut off to 0 ... 1.

        G := clip(G - eta dJ/dG, 0, 1)        the step in brackets as the optimizer takes it

    - generated_image: (1, h, w, C) or (h, w, C), stays as it is; transfer: whose optimizer counts the step
    - returns the new image, of the same shape; J: the cost before the step

    Raises EngineError when the shape differs. Source: course 4, week 4 (where the image is a variable, and network,
    targets and optimizer are global).

    >>> from engine.layers.dense import Dense
    >>> content, style = np.zeros((1, 2, 2, 1)), np.ones((1, 2, 2, 1))
    >>> transfer = StyleTransfer(Sequential([Dense(1, 2, rng=0)]), content, style, "0", [("0", 1.0)], alpha=0)
    >>> image, _ = train_step(np.full((1, 2, 2, 1), 0.5), transfer)
    >>> image[0, 0, 0].round(6)  # Adam's first step is its learning rate, here towards the style
    array([0.51])
    """
    given = as_floats("generated_image", generated_image)
    image = _image("generated_image", given, transfer.shape).copy()
    J, _, _, gradient = transfer.costs_and_gradient(image)
    transfer.optimizer.step({"image": image}, {"image": gradient})
    return clip_0_1(image).reshape(given.shape), J


def model_nn(
    transfer: StyleTransfer, input_image: ArrayLike, num_iterations: int = 200, print_cost: bool = False
) -> tuple[Array, list[float]]:
    """Style transfer: from a first image, often the content image with noise, to the generated one.

    - transfer: in the place of the session that came first in 2017; its optimizer goes on from where it is
    - input_image: (1, h, w, C) or (h, w, C), from 0 to 1; stays as it is
    - num_iterations: number of steps, at least 1; print_cost: print the cost before every 20th step
    - returns generated_image: the shape of input_image; costs: the cost before each step

    Raises EngineError when the shape differs or there is no iteration. Source: course 4, week 4.

    >>> from engine.layers.dense import Dense
    >>> rng = np.random.default_rng(0)
    >>> content, style = np.zeros((1, 2, 2, 1)), np.ones((1, 2, 2, 1))
    >>> transfer = StyleTransfer(Sequential([Dense(1, 2, rng=0)]), content, style, "0", [("0", 1.0)])
    >>> image, costs = model_nn(transfer, np.full((1, 2, 2, 1), 0.1), num_iterations=100)
    >>> costs[-1] < costs[0]
    True
    """
    as_count("num_iterations", num_iterations)
    image = as_floats("input_image", input_image)
    costs = []
    for i in range(num_iterations):
        image, J = train_step(image, transfer)
        costs.append(J)
        if print_cost and i % 20 == 0:
            print(f"Cost before iteration {i}: {J:f}")
    return image, costs


def clip_0_1(image: ArrayLike) -> Array:
    """The image with every pixel cut off to the range that can be shown.

        min(max(x, 0), 1)

    - image: any shape
    - returns: the same shape

    Raises EngineError when the image does not hold real numbers. Source: course 4, week 4.

    >>> clip_0_1([-0.2, 0.5, 1.7])
    array([0. , 0.5, 1. ])
    """
    return np.clip(as_floats("image", image), 0, 1)


def tensor_to_image(tensor: ArrayLike) -> Array:
    """Pixels from 0 to 1 as bytes, ready to be shown or saved.

        floor(255 x)

    - tensor: (h, w, C) or (1, h, w, C), from 0 to 1
    - returns: (h, w, C), uint8 (the course makes a PIL image of it)

    Raises EngineError when the shape differs, there are several images or a pixel is out of range.
    Source: course 4, week 4.

    >>> tensor_to_image([[[[0.0, 0.5, 1.0]]]])
    array([[[  0, 127, 255]]], dtype=uint8)
    """
    image = _image("tensor", tensor)[0]
    if not np.all((image >= 0) & (image <= 1)):
        raise EngineError("tensor", "pixels from 0 to 1; see clip_0_1", "an array with others")
    pixels: Array = (image * 255).astype(np.uint8)
    return pixels


def _image(argument: str, value: ArrayLike, shape: tuple[int, ...] | None = None) -> Array:
    """One image with the axis of examples in front."""
    image = as_floats(argument, value)
    if image.ndim == 3:
        image = image[np.newaxis]
    if image.size == 0 or image.ndim != 4 or len(image) != 1 or (shape is not None and image.shape != shape):
        expected = "(h, w, C) or (1, h, w, C)" if shape is None else f"{shape[1:]} or {shape}"
        raise EngineError(argument, f"an array of shape {expected}", f"an array of shape {np.shape(value)}")
    return image
