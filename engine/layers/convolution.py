"""Convolutions and pooling as layers, for images (m, n_H, n_W, n_C)."""

from __future__ import annotations

import numpy as np

from engine.conv import conv_backward, conv_forward
from engine.conv_shapes import Pad, Sides, padding_sides
from engine.conv_transpose import conv_transpose_backward, conv_transpose_forward
from engine.correlation import channel_sums, filter_gradient
from engine.depthwise import depthwise_conv_backward, depthwise_conv_forward
from engine.errors import Array, as_choice, as_count, as_floats
from engine.layers.base import Layer
from engine.pool import global_avg_pool, global_avg_pool_backward, pool_backward, pool_forward


def same_padding(n_H: int, n_W: int, f: int, stride: int) -> Sides:
    """The zeros around an image that make a window take ceil(n / s) steps: what Keras calls "same".

        p = max((ceil(n / s) - 1) s + f - n, 0) in all, floor(p / 2) of them before the image

    So an even filter has one zero more behind. With stride 1 and an odd filter it is the p = (f - 1) / 2 of the course.

    - n_H, n_W: size of the image; f: size of the window; stride: s
    - returns: ((top, bottom), (left, right))

    Raises EngineError when a number is below 1. Source: the role of `padding="same"` in Keras.

    >>> same_padding(5, 5, 3, 1), same_padding(6, 6, 3, 2)
    (((1, 1), (1, 1)), ((0, 1), (0, 1)))
    """
    for name, size in (("n_H", n_H), ("n_W", n_W), ("f", f), ("stride", stride)):
        as_count(name, size)
    total_H, total_W = (max((-(-n // stride) - 1) * stride + f - n, 0) for n in (n_H, n_W))
    return (total_H // 2, total_H - total_H // 2), (total_W // 2, total_W - total_W // 2)


def draw_filters(
    shape: tuple[int, int, int, int], fan_in: int, fan_out: int, init: str, rng: np.random.Generator, dtype: type
) -> Array:
    """Random filters for a layer to begin with, Gaussian with mean 0.

        "he": variance 2 / fan_in        "glorot": variance 2 / (fan_in + fan_out)

    - shape: of the filters; rng: a Generator; dtype: np.float32 or np.float64
    - fan_in, fan_out: how many numbers one output is made of, and how many outputs one input takes part in

    Raises EngineError when init is another word. Source: course 2, week 1.

    >>> W = draw_filters((3, 3, 64, 64), 576, 576, "he", np.random.default_rng(0), np.float32)
    >>> W.dtype, bool(abs(W.var() * 576 - 2) < 0.1)
    (dtype('float32'), True)
    """
    as_choice("init", init, ("he", "glorot"))
    W = rng.standard_normal(shape, dtype=dtype)
    W *= np.sqrt(2 / fan_in if init == "he" else 2 / (fan_in + fan_out))
    return W


class Conv2D(Layer):
    """A convolutional layer: n_C filters of size f x f over all channels. No activation is inside.

        out[i, h, w, k] = sum_(u, v, c) x[i, h s + u - p, w s + v - p, c] W[u, v, c, k] + b[k]

    - n_C_prev, n_C: channels before and after; f: filter size; stride: s
    - pad: "valid" for none; "same" as in `same_padding`; a number for all sides; or ((top, bottom), (left, right))
    - init: "he" or "glorot", as in `draw_filters`; use_bias: no b when False, as before batch normalization, which
      would take it away again
    - input_gradient: False for the first layer of a network, whose input is data: `backward` then saves the work and
      gives zeros
    - rng: a Generator or a seed; dtype: of the parameters
    - parameters: W (f, f, n_C_prev, n_C), b (n_C,)

    Raises EngineError when a size is below 1 or the images do not have n_C_prev channels. Source: the role of
    `keras.layers.Conv2D`, course 4, week 1.

    >>> Conv2D(3, 8, f=4, pad="same", rng=0)(np.ones((2, 6, 5, 3))).shape
    (2, 6, 5, 8)
    """

    def __init__(
        self,
        n_C_prev: int,
        n_C: int,
        f: int,
        stride: int = 1,
        pad: Pad = "valid",
        *,
        init: str = "he",
        use_bias: bool = True,
        input_gradient: bool = True,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        for name, size in (("n_C_prev", n_C_prev), ("n_C", n_C), ("f", f), ("stride", stride)):
            as_count(name, size)
        self.f, self.stride, self.pad, self.input_gradient = f, stride, pad, input_gradient
        shape, window = (f, f, n_C_prev, n_C), f * f
        W = draw_filters(shape, window * n_C_prev, window * n_C, init, np.random.default_rng(rng), dtype)
        self.parameters = {"W": W, "b": np.zeros(n_C, dtype)} if use_bias else {"W": W}

    def forward(self, x: Array, training: bool = False) -> Array:
        W = self.parameters["W"]
        x = as_images(x, W.shape[2])
        b = self.parameters.get("b", np.zeros(W.shape[3], W.dtype)).reshape(1, 1, 1, -1)
        hparameters = {"stride": self.stride, "pad": _sides(self.pad, x, self.f, self.stride)}
        out, cache = conv_forward(x, W, b, hparameters)
        self.keep(cache, training)
        return out

    def backward(self, dout: Array) -> Array:
        if self.input_gradient:
            dx, dW, db = conv_backward(dout, self.kept())
        else:
            x, _, _, hparameters = self.kept()
            dW = filter_gradient(dout, x, self.f, self.f, self.stride, hparameters["pad"])
            dx, db = np.zeros_like(x), channel_sums(dout)
        self.add_gradient("W", dW)
        if "b" in self.parameters:
            self.add_gradient("b", db.ravel())
        return dx


class DepthwiseConv2D(Layer):
    """One f x f filter for each channel: the channels are not mixed.

        out[i, h, w, c] = sum_(u, v) x[i, h s + u - p, w s + v - p, c] K[u, v, c] + b[c]

    - n_C: channels; f, stride, pad, init, use_bias, rng, dtype: as in `Conv2D`
    - parameters: K (f, f, n_C), b (n_C,)

    Raises EngineError when a size is below 1 or the images do not have n_C channels. Source: the role of
    `keras.layers.DepthwiseConv2D`, course 4, week 2.

    >>> DepthwiseConv2D(3, f=3, stride=2, pad="same", rng=0)(np.ones((2, 6, 5, 3))).shape
    (2, 3, 3, 3)
    """

    def __init__(
        self,
        n_C: int,
        f: int,
        stride: int = 1,
        pad: Pad = "valid",
        *,
        init: str = "he",
        use_bias: bool = True,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        for name, size in (("n_C", n_C), ("f", f), ("stride", stride)):
            as_count(name, size)
        self.f, self.stride, self.pad = f, stride, pad
        K = draw_filters((f, f, 1, n_C), f * f, f * f, init, np.random.default_rng(rng), dtype)[:, :, 0]
        self.parameters = {"K": K, "b": np.zeros(n_C, dtype)} if use_bias else {"K": K}

    def forward(self, x: Array, training: bool = False) -> Array:
        K = self.parameters["K"]
        x = as_images(x, K.shape[2])
        b = self.parameters.get("b", np.zeros(K.shape[2], K.dtype)).reshape(1, 1, 1, -1)
        hparameters = {"stride": self.stride, "pad": _sides(self.pad, x, self.f, self.stride)}
        out, cache = depthwise_conv_forward(x, K, b, hparameters)
        self.keep(cache, training)
        return out

    def backward(self, dout: Array) -> Array:
        dx, dK, db = depthwise_conv_backward(dout, self.kept())
        self.add_gradient("K", dK)
        if "b" in self.parameters:
            self.add_gradient("b", db.ravel())
        return dx


class Conv2DTranspose(Layer):
    """A convolution from n_C channels to n_C_prev run backward, as a layer that makes images larger.

        out[i, h s + u - p, w s + v - p, k] += sum_c x[i, h, w, c] W[u, v, k, c]   for all h, w, u, v;   then + b[k]
        "same": n_H = s n_H_prev        else: n_H = s (n_H_prev - 1) + f - 2 p + output_padding

    - n_C_prev, n_C: channels before and after; f: filter size; stride: s
    - pad: "same", "valid", a number or ((top, bottom), (left, right)), which is CUT OFF here
    - output_padding: places more at the end, below the stride
    - init, rng, dtype: as in `Conv2D`
    - parameters: W (f, f, n_C, n_C_prev), b (n_C,)

    Raises EngineError when a size is below 1 or the images do not have n_C_prev channels. Source: the role of
    `keras.layers.Conv2DTranspose`, course 4, week 3.

    >>> layer = Conv2DTranspose(1, 1, f=2, stride=2, rng=0)
    >>> layer.parameters["W"][..., 0, 0] = [[1, 2], [3, 4]]
    >>> layer(np.array([[[[1.0], [10.0]]]]))[0, :, :, 0]
    array([[ 1.,  2., 10., 20.],
           [ 3.,  4., 30., 40.]])
    """

    def __init__(
        self,
        n_C_prev: int,
        n_C: int,
        f: int,
        stride: int = 1,
        pad: Pad = "valid",
        output_padding: int = 0,
        *,
        init: str = "he",
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        for name, size in (("n_C_prev", n_C_prev), ("n_C", n_C), ("f", f), ("stride", stride)):
            as_count(name, size)
        self.hparameters = {"stride": stride, "pad": pad, "output_padding": output_padding}
        shape, window = (f, f, n_C, n_C_prev), f * f
        W = draw_filters(shape, window * n_C_prev, window * n_C, init, np.random.default_rng(rng), dtype)
        self.parameters = {"W": W, "b": np.zeros(n_C, dtype)}

    def forward(self, x: Array, training: bool = False) -> Array:
        W = self.parameters["W"]
        b = self.parameters["b"].reshape(1, 1, 1, -1)
        out, cache = conv_transpose_forward(as_images(x, W.shape[3]), W, b, self.hparameters)
        self.keep(cache, training)
        return out

    def backward(self, dout: Array) -> Array:
        dx, dW, db = conv_transpose_backward(dout, self.kept())
        self.add_gradient("W", dW)
        self.add_gradient("b", db.ravel())
        return dx


class MaxPooling2D(Layer):
    """The largest number of each window, channel by channel.

        out[i, h, w, c] = max_(u, v) x[i, h s + u, w s + v, c]

    - f: size of the window; stride: s, which is f unless given
    - pad: "valid" for none, or "same" as in `same_padding`; what is padded is never the largest

    Raises EngineError when a size is below 1 or x is no batch of images. Source: the role of
    `keras.layers.MaxPooling2D`, course 4, week 1.

    >>> MaxPooling2D(2)(np.arange(8.0).reshape(1, 2, 4, 1))[0, :, :, 0]
    array([[5., 7.]])
    """

    def __init__(self, f: int, stride: int | None = None, pad: str = "valid") -> None:
        super().__init__()
        self.f = as_count("f", f)
        self.stride = f if stride is None else as_count("stride", stride)
        self.pad = as_choice("pad", pad, ("same", "valid"))

    def forward(self, x: Array, training: bool = False) -> Array:
        x = as_images(x)
        rows, columns = _sides(self.pad, x, self.f, self.stride)
        if any(rows + columns):
            x = np.pad(x, ((0, 0), rows, columns, (0, 0)), constant_values=-np.inf)
        out, cache = pool_forward(x, {"f": self.f, "stride": self.stride}, mode="max")
        self.keep((cache, rows, columns), training)
        return out

    def backward(self, dout: Array) -> Array:
        cache, (top, bottom), (left, right) = self.kept()
        dx = pool_backward(dout, cache, mode="max")
        return dx[:, top : dx.shape[1] - bottom, left : dx.shape[2] - right]


class AveragePooling2D(Layer):
    """The mean of each window, channel by channel.

        out[i, h, w, c] = 1 / f^2 sum_(u, v) x[i, h s + u, w s + v, c]

    - f: size of the window; stride: s, which is f unless given

    Raises EngineError when a size is below 1 or x is no batch of images. Source: the role of
    `keras.layers.AveragePooling2D`, course 4, week 1.

    >>> AveragePooling2D(2)(np.arange(8.0).reshape(1, 2, 4, 1))[0, :, :, 0]
    array([[2.5, 4.5]])
    """

    def __init__(self, f: int, stride: int | None = None) -> None:
        super().__init__()
        self.hparameters = {"f": as_count("f", f), "stride": f if stride is None else as_count("stride", stride)}

    def forward(self, x: Array, training: bool = False) -> Array:
        out, cache = pool_forward(as_images(x), self.hparameters, mode="average")
        self.keep(cache, training)
        return out

    def backward(self, dout: Array) -> Array:
        return pool_backward(dout, self.kept(), mode="average")


class GlobalAveragePooling2D(Layer):
    """The mean of each channel over the whole image: images of any size become rows of n_C features.

        out[i, c] = 1 / (n_H n_W) sum_(h, w) x[i, h, w, c]

    Raises EngineError when x is no batch of images. Source: the role of `keras.layers.GlobalAveragePooling2D`,
    course 4, weeks 1 and 2.

    >>> GlobalAveragePooling2D()(np.arange(8.0).reshape(1, 2, 2, 2))
    array([[3., 4.]])
    """

    def forward(self, x: Array, training: bool = False) -> Array:
        x = as_images(x)
        self.keep(x.shape[1:3], training)
        return global_avg_pool(x)

    def backward(self, dout: Array) -> Array:
        n_H, n_W = self.kept()
        return global_avg_pool_backward(dout, n_H, n_W)


class ZeroPadding2D(Layer):
    """A frame of zeros around every image.

    - pad: zeros on all sides, or ((top, bottom), (left, right))

    Raises EngineError when a number is negative or x is no batch of images. Source: the role of
    `keras.layers.ZeroPadding2D`, course 4, week 1.

    >>> ZeroPadding2D(((0, 1), (0, 0)))(np.ones((1, 1, 2, 1)))[0, :, :, 0]
    array([[1., 1.],
           [0., 0.]])
    """

    def __init__(self, pad: int | Sides) -> None:
        super().__init__()
        self.sides = padding_sides(pad, 1, 1)

    def forward(self, x: Array, training: bool = False) -> Array:
        self.keep(None, training)
        return np.pad(as_images(x), ((0, 0), *self.sides, (0, 0)))

    def backward(self, dout: Array) -> Array:
        self.kept()
        (top, bottom), (left, right) = self.sides
        return dout[:, top : dout.shape[1] - bottom, left : dout.shape[2] - right]


def as_images(x: Array, n_C: int | None = None) -> Array:
    """x, when it is a batch of images with the right number of channels.

    - n_C: channels it must have; any number when None

    Raises EngineError when it is not.

    >>> as_images(np.ones((2, 6, 5, 1)), n_C=3)
    Traceback (most recent call last):
    engine.errors.EngineError: x should be an array of shape (m, n_H, n_W, 3), but it is an array of shape (2, 6, 5, 1).
    """
    return as_floats("x", x, ("m", "n_H", "n_W", "n_C" if n_C is None else n_C))


def _sides(pad: Pad, x: Array, f: int, stride: int) -> Sides:
    if pad == "same":
        return same_padding(x.shape[1], x.shape[2], f, stride)
    return padding_sides(pad, f, f)
