from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.basics import softmax
from engine.errors import EngineError
from engine.layers.attention import FullyConnected, LayerNormalization, MultiHeadAttention
from engine.layers.base import Layer, Sequential, count_parameters, gradients_of, parameters_of
from engine.layers.transformer import Decoder, DecoderLayer, Encoder, EncoderLayer, Transformer
from engine.masks import create_decoder_mask, create_look_ahead_mask, create_padding_mask, is_causal
from engine.optimizers import Adam
from engine.transformer import (
    masked_cross_entropy,
    transformer_forward,
    transformer_greedy_decode,
    transformer_loss_and_grads,
    transformer_parameter_count,
)
from engine.transformer_layers import (
    decoder_layer_backward,
    decoder_layer_forward,
    encoder_layer_backward,
    encoder_layer_forward,
    feed_forward_forward,
)

sizes = st.integers(1, 4)
seeds = st.integers(0, 1000)
Error = Callable[..., float]

#: The size of costs and their gradients here. Some gradients are exactly 0, such as that of bk, which adds the same
#: to all scores of a query; a small cost keeps the rounding of its differences below what counts as an error.
SMALL = 1e-4


class Small(Layer):
    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        return SMALL * x

    def backward(self, dout: np.ndarray) -> np.ndarray:
        return SMALL * dout


def shaken(layer: Layer, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The layer's parameters, moved off the zeros and ones they start with, and no ReLU near its kink."""
    params = parameters_of(layer)
    for name, value in params.items():
        value += 0.1 * rng.normal(size=value.shape)
        if name.endswith("b1"):
            value += np.resize([6, -6], value.shape)
    return params


# The parts as layers


@given(sizes, sizes, seeds)
@settings(max_examples=3, deadline=None)
def test_the_parts_of_a_transformer_have_the_gradients_of_their_cost(
    layer_gradient_error: Error, m: int, T: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(m, T, 4))
    layers: list[Layer] = [MultiHeadAttention(2, 4, rng=rng), MultiHeadAttention(3, 4, key_dim=4, rng=rng)]
    for layer in (*layers, FullyConnected(4, 5, rng), LayerNormalization(4, eps=0.1)):
        shaken(layer, rng)
        assert layer_gradient_error(Sequential([layer, Small()]), x) <= 1e-6


def test_cross_attention_gives_a_gradient_to_each_of_its_inputs(gradient_error: Error) -> None:
    rng = np.random.default_rng(0)
    mha = MultiHeadAttention(2, 4, rng=rng)
    arrays = {"x": rng.normal(size=(2, 3, 4)), "x_kv": rng.normal(size=(2, 5, 4))}
    dout = SMALL * rng.normal(size=(2, 3, 4))
    mha.forward(arrays["x"], True, arrays["x_kv"])
    gradients = {"x": mha.backward(dout), "x_kv": mha.dx_kv}
    assert mha.attention_weights.shape == (2, 2, 3, 5)
    assert gradient_error(lambda x, x_kv: np.sum(mha.forward(x, x_kv=x_kv) * dout), arrays, gradients) <= 1e-6


# One layer


@given(sizes, sizes, seeds)
@settings(max_examples=3, deadline=None)
def test_an_encoder_layer_as_a_function_has_its_gradients_and_equals_the_layer(
    gradient_error: Error, m: int, T: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    layer = EncoderLayer(4, 2, 5, 0.0, rng=rng)
    params, x, dout = shaken(layer, rng), rng.normal(size=(m, T, 4)), SMALL * rng.normal(size=(m, T, 4))
    mask = create_padding_mask(rng.integers(0, 3, size=(m, T)))
    out, cache = encoder_layer_forward(x, params, 2, mask)
    dx, grads = encoder_layer_backward(dout, cache)
    np.testing.assert_allclose(layer.call(x, True, mask), out, atol=1e-12)
    np.testing.assert_allclose(layer.backward(dout), dx, atol=1e-10)
    for name, gradient in gradients_of(layer).items():
        np.testing.assert_allclose(gradient, grads[name], atol=1e-10)

    def J(x: np.ndarray, **params: np.ndarray) -> float:
        return float(np.sum(encoder_layer_forward(x, params, 2, mask)[0] * dout))

    assert gradient_error(J, {"x": x, **{k: v.copy() for k, v in params.items()}}, {"x": dx, **grads}) <= 1e-6


@given(sizes, sizes, sizes, seeds)
@settings(max_examples=3, deadline=None)
def test_a_decoder_layer_as_a_function_has_its_gradients_and_equals_the_layer(
    gradient_error: Error, m: int, T_y: int, T_x: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    layer = DecoderLayer(4, 2, 5, 0.0, rng=rng)
    params, dout = shaken(layer, rng), SMALL * rng.normal(size=(m, T_y, 4))
    inputs = {"x": rng.normal(size=(m, T_y, 4)), "enc_output": rng.normal(size=(m, T_x, 4))}
    masks = {
        "look_ahead_mask": create_look_ahead_mask(T_y),
        "padding_mask": create_padding_mask(rng.integers(0, 3, size=(m, T_x))),
    }
    out, cache = decoder_layer_forward(**inputs, params=params, num_heads=2, **masks)
    dx, denc_output, grads = decoder_layer_backward(dout, cache)
    out3, w1, w2 = layer.call(**inputs, training=True, **masks)
    np.testing.assert_allclose(out3, out, atol=1e-12)
    assert (w1.shape, w2.shape) == ((m, 2, T_y, T_y), (m, 2, T_y, T_x))
    np.testing.assert_allclose(layer.backward(dout), dx, atol=1e-10)
    np.testing.assert_allclose(layer.denc_output, denc_output, atol=1e-10)
    for name, gradient in gradients_of(layer).items():
        np.testing.assert_allclose(gradient, grads[name], atol=1e-10)

    def J(x: np.ndarray, enc_output: np.ndarray, **params: np.ndarray) -> float:
        return float(np.sum(decoder_layer_forward(x, enc_output, params, 2, **masks)[0] * dout))

    arrays = inputs | {name: value.copy() for name, value in params.items()}
    assert gradient_error(J, arrays, {"x": dx, "enc_output": denc_output, **grads}) <= 1e-6


# The whole


def problem(seed: int, layers: int = 2) -> tuple[Transformer, dict[str, np.ndarray], tuple[np.ndarray, ...]]:
    rng = np.random.default_rng(seed)
    model = Transformer(layers, 4, 2, 6, 7, 8, 5, 4, dropout_rate=0.0, rng=rng)
    params = shaken(model, rng)
    src, tgt = rng.integers(1, 7, size=(3, 5)), rng.integers(1, 8, size=(3, 4))
    src[0, 3:] = tgt[1, 2:] = 0
    return model, params, (src, tgt, np.roll(tgt, -1, axis=1))


def test_all_gradients_of_a_transformer(gradient_error: Error) -> None:
    _, params, (src, tgt_in, tgt_out) = problem(0)
    _, grads = transformer_loss_and_grads(params, src, tgt_in, tgt_out, num_heads=2)

    def J(**params: np.ndarray) -> float:
        return SMALL * masked_cross_entropy(transformer_forward(params, src, tgt_in, num_heads=2)[0], tgt_out)[0]

    assert gradient_error(J, params, {name: SMALL * gradient for name, gradient in grads.items()}) <= 1e-6


def test_the_layers_and_the_functions_are_the_same_transformer() -> None:
    model, params, (src, tgt_in, tgt_out) = problem(1)
    masks = (create_padding_mask(src), create_decoder_mask(tgt_in), create_padding_mask(src))
    logits, _ = transformer_forward(params, src, tgt_in, num_heads=2)
    np.testing.assert_allclose(model.forward(src, True, tgt_in, *masks), logits, atol=1e-12)
    model.backward(masked_cross_entropy(logits, tgt_out)[1])
    _, grads = transformer_loss_and_grads(params, src, tgt_in, tgt_out, num_heads=2)
    for name, gradient in gradients_of(model).items():
        np.testing.assert_allclose(gradient, grads[name], atol=1e-10)
    final_output, weights = model.call(src, tgt_in, False, *masks)
    np.testing.assert_allclose(final_output, softmax(logits, axis=-1))
    assert len(weights) == 4
    np.testing.assert_array_equal(weights["decoder_layer2_block2_decenc_att"][0, :, :, 3:], 0)


def test_no_word_sees_a_later_one_or_padding() -> None:
    _, params, (src, tgt_in, _) = problem(2)
    for t in (1, 3):
        outputs = lambda ids: transformer_forward(params, src[:1], ids, num_heads=2)[0]  # noqa: E731
        assert is_causal(outputs, tgt_in[:1], t, change=-1)
    short = transformer_forward(params, src[:1, :3], tgt_in[:1], num_heads=2)[0]
    np.testing.assert_allclose(transformer_forward(params, src[:1], tgt_in[:1], num_heads=2)[0], short, atol=1e-12)


def test_the_loss_is_the_mean_over_words_and_padding_has_no_gradient(gradient_error: Error) -> None:
    logits = np.random.default_rng(3).normal(size=(2, 3, 4))
    targets = np.array([[1, 3, 0], [2, 0, 0]])
    loss, dlogits = masked_cross_entropy(logits, targets)
    p = softmax(logits, axis=-1)
    assert loss == pytest.approx(-np.log([p[0, 0, 1], p[0, 1, 3], p[1, 0, 2]]).mean())
    np.testing.assert_array_equal(dlogits[targets == 0], 0)
    J = lambda logits: masked_cross_entropy(logits, targets)[0]  # noqa: E731
    assert gradient_error(J, {"logits": logits}, {"logits": dlogits}) <= 1e-6
    assert masked_cross_entropy([[[1e4, 0.0]]], [[1]])[0] == 1e4


def test_a_transformer_learns_to_copy() -> None:
    rng = np.random.default_rng(0)
    bos, eos, T, V = 1, 2, 4, 7
    model = Transformer(1, 32, 4, 64, V, V, T, T + 1, dropout_rate=0.0, rng=rng, dtype=np.float32)
    params, adam = parameters_of(model), Adam(5e-3)
    for _ in range(100):
        src = rng.integers(3, V, size=(32, T))
        tgt_in, tgt_out = np.insert(src, 0, bos, axis=1), np.insert(src, T, eos, axis=1)
        loss, grads = transformer_loss_and_grads(params, src, tgt_in, tgt_out, num_heads=4)
        adam.step(params, grads)
    unseen = rng.integers(3, V, size=(100, T))
    copies = transformer_greedy_decode(params, unseen, bos, eos, T + 1, num_heads=4)
    assert loss < 0.1
    assert np.mean(np.all(copies == np.insert(unseen, T, eos, axis=1), axis=1)) >= 0.95


def test_a_translation_ends_with_its_end_token() -> None:
    _, params, (src, _, _) = problem(4)
    params["final_layer.b"][2] += 100
    np.testing.assert_array_equal(transformer_greedy_decode(params, src, 1, 2, 4, num_heads=2), [[2]] * 3)


@pytest.mark.parametrize(("layers", "heads"), [(1, 1), (2, 2)])
def test_the_count_of_parameters_is_that_of_the_built_model(layers: int, heads: int) -> None:
    model = Transformer(layers, 4, heads, 6, 7, 8, 5, 5, rng=0)
    assert transformer_parameter_count(layers, 4, heads, 6, 7, 8) == count_parameters(model)


def test_dropout_acts_in_training_only() -> None:
    model, x = Encoder(1, 4, 2, 6, 7, 5, dropout_rate=0.5, rng=0), np.array([[1, 2, 3]])
    np.testing.assert_array_equal(model(x), model(x))
    assert not np.allclose(model(x, training=True), model(x, training=True))


def test_float32_stays_float32() -> None:
    model = Transformer(1, 4, 2, 6, 7, 8, 5, 4, rng=0, dtype=np.float32)
    out = model.forward(np.array([[1, 2]]), True, np.array([[1, 3, 2]]))
    assert out.dtype == np.float32
    model.backward(np.ones_like(out))
    _, grads = transformer_loss_and_grads(parameters_of(model), [[1, 2]], [[1, 3]], [[3, 2]], num_heads=2)
    for gradients in (gradients_of(model), grads):
        assert {gradient.dtype for gradient in gradients.values()} == {np.dtype(np.float32)}


def test_what_a_transformer_cannot_use_is_told() -> None:
    _, params, (src, tgt_in, tgt_out) = problem(5)
    missing: dict[str, Any] = {name: value for name, value in params.items() if not name.startswith("decoder.dec")}
    with pytest.raises(
        EngineError, match=r"params should be a dictionary with names that start with 'decoder\.dec_lay"
    ):
        transformer_forward(missing, src, tgt_in, num_heads=2)
    with pytest.raises(EngineError, match="src should be integers from 0 to 6"):
        transformer_forward(params, src + 7, tgt_in, num_heads=2)
    with pytest.raises(EngineError, match="targets should be tokens of which one is not padding"):
        masked_cross_entropy(np.zeros((1, 2, 3)), [[0, 0]])
    with pytest.raises(EngineError, match="targets should be an array of shape"):
        transformer_loss_and_grads(params, src, tgt_in, tgt_out[:, :2], num_heads=2)
    with pytest.raises(EngineError, match="embedding_dim should be a multiple of 3 heads"):
        MultiHeadAttention(3, 4)
    with pytest.raises(EngineError, match="embedding_dim should be a multiple of 3 heads"):
        transformer_parameter_count(1, 4, 3, 8, 5, 5)
    with pytest.raises(EngineError, match="enc_output should be the output of an encoder"):
        Decoder(1, 4, 2, 6, 7, 5, rng=0)(np.array([[1]]))
    with pytest.raises(EngineError, match="output_sentence should be the tokens given to the decoder"):
        Transformer(1, 4, 2, 6, 7, 8, 5, 4, rng=0)(src)
    with pytest.raises(EngineError, match="x should be a batch of at most 2 positions"):
        Encoder(1, 4, 2, 6, 7, 2, rng=0)(src)
    with pytest.raises(EngineError, match="x should be an array whose last axis is 4"):
        feed_forward_forward(np.ones((2, 3)), {name[4:]: params[f"encoder.enc_layers.0.{name}"] for name in FFN})


FFN = ("ffn.W1", "ffn.b1", "ffn.W2", "ffn.b2")
