"""A whole Transformer as a function of its parameters: logits, loss and all gradients, translating, counting.

Parameters and gradients go by the names that `parameters_of` gives those of `engine.layers.transformer.Transformer`,
which also draws the parameters to start from (course 5, week 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.embeddings import sum_by_id
from engine.errors import Array, EngineError, Parameters, as_array, as_count, as_floats, as_ids, entry
from engine.masks import create_decoder_mask, create_padding_mask
from engine.positional import add_positions, positional_encoding
from engine.transformer_layers import (
    DecoderLayerCache,
    EncoderLayerCache,
    decoder_layer_backward,
    decoder_layer_forward,
    encoder_layer_backward,
    encoder_layer_forward,
    sub_parameters,
)

#: (src, tgt_in, caches of the encoder's layers, caches of the decoder's layers, decoder's output, params)
TransformerCache = tuple[Array, Array, list[EncoderLayerCache], list[DecoderLayerCache], Array, Mapping[str, Any]]


def masked_cross_entropy(logits: ArrayLike, targets: ArrayLike, pad: int = 0) -> tuple[float, Array]:
    """The mean loss over the tokens that are words; padding costs nothing and teaches nothing.

        L = -(1 / n) sum over targets y != pad of log softmax(logits)_y        dlogits = (softmax - one-hot) / n

    - logits: (m, T, V); targets: (m, T), integers in 0 ... V - 1, or pad; pad: the number of the padding token, or -100
      for the pieces of words that are not to be labelled
    - returns loss: a float; dlogits: (m, T, V), 0 at padding

    Raises EngineError when a shape differs, a target lies outside, or all of them are padding.
    Source: course 5, week 4.

    >>> loss, dlogits = masked_cross_entropy(np.zeros((1, 2, 4)), [[3, 0]])
    >>> round(loss, 4), dlogits  # log 4 for the first token; the second is padding
    (1.3863, array([[[ 0.25,  0.25,  0.25, -0.75],
            [ 0.  ,  0.  ,  0.  ,  0.  ]]]))
    """
    logits = as_floats("logits", logits, ("m", "T", "V"))
    ids = as_array("targets", targets, logits.shape[:2])
    words = ids != pad
    n = int(np.count_nonzero(words))
    if n == 0:
        raise EngineError("targets", "tokens of which one is not padding", f"all equal to {pad}")

    scores = logits[words]
    scores -= scores.max(axis=-1, keepdims=True)
    right = (np.arange(n), as_ids("targets", ids[words], logits.shape[-1]))
    right_scores = scores[right]
    probabilities = np.exp(scores, out=scores)
    total = probabilities.sum(axis=-1, keepdims=True)
    loss = float(np.mean(np.log(total[:, 0]) - right_scores))

    probabilities /= total
    probabilities[right] -= 1
    probabilities /= n
    dlogits = np.zeros_like(logits)
    dlogits[words] = probabilities
    return loss, dlogits


def transformer_forward(
    params: Mapping[str, Any], src: ArrayLike, tgt_in: ArrayLike, num_heads: int, pad: int = 0, eps: float = 1e-6
) -> tuple[Array, TransformerCache]:
    """The scores of the next word at every position of the target, all at once, without dropout.

        enc = EncoderLayers(sqrt(d) E[src] + PE)       dec = DecoderLayers(sqrt(d) E'[tgt_in] + PE, enc)
        logits = dec W + b

    Nothing looks at padding of the source, and no position of the target looks ahead or at padding.

    - params: as `parameters_of` gives them for a `Transformer`: "encoder.embedding.E" (V_x, d),
      "encoder.enc_layers.0.mha.Wq", ..., "decoder.embedding.E" (V_y, d), "decoder.dec_layers.0.mha1.Wq", ...,
      "final_layer.W" (d, V_y), "final_layer.b" (V_y,)
    - src: (m, T_x), tgt_in: (m, T_y), integers; num_heads: h; pad: the number of the padding token; eps: of the norms
    - returns logits: (m, T_y, V_y); cache: (src, tgt_in, caches of the encoder layers, caches of the decoder
      layers, dec, params)

    Raises EngineError when a parameter is missing, a shape differs or an id is unknown. Source: course 5, week 4.

    >>> from engine.layers.base import parameters_of
    >>> from engine.layers.transformer import Transformer
    >>> params = parameters_of(Transformer(1, 4, 2, 8, 10, 12, 5, 6, rng=0))
    >>> logits, _ = transformer_forward(params, [[1, 2, 3]], [[1, 5]], num_heads=2)
    >>> logits.shape
    (1, 2, 12)
    """
    src_vectors, src = _words(params, "encoder", "src", src)
    enc_mask = create_padding_mask(src, pad)
    enc, encoder_caches = src_vectors, []
    for layer in _layers(params, "encoder.enc_layers"):
        enc, encoder_cache = encoder_layer_forward(enc, layer, num_heads, enc_mask, eps)
        encoder_caches.append(encoder_cache)

    dec, tgt_in = _words(params, "decoder", "tgt_in", tgt_in)
    dec_mask = create_decoder_mask(tgt_in, pad)
    decoder_caches = []
    for layer in _layers(params, "decoder.dec_layers"):
        dec, decoder_cache = decoder_layer_forward(dec, enc, layer, num_heads, dec_mask, enc_mask, eps)
        decoder_caches.append(decoder_cache)

    W, b = _final_layer(params, dec.shape[-1])
    return dec @ W + b, (src, tgt_in, encoder_caches, decoder_caches, dec, params)


def transformer_backward(dlogits: ArrayLike, cache: TransformerCache) -> Parameters:
    """The gradients of all parameters: back through the decoder, whose layers all tell the encoder something.

        denc = sum over the decoder layers of their denc_output, then back through the encoder
        dE[j] = sqrt(d) times the sum of the gradients at the places of word j

    - dlogits: (m, T_y, V_y); cache: of `transformer_forward`
    - returns grads: by the names of the parameters

    Raises EngineError when dlogits has another shape than the logits. Source: course 5, week 4.

    >>> from engine.layers.base import parameters_of
    >>> from engine.layers.transformer import Transformer
    >>> params = parameters_of(Transformer(1, 4, 2, 8, 10, 12, 5, 6, rng=0))
    >>> logits, cache = transformer_forward(params, [[1, 2, 3]], [[1, 5]], num_heads=2)
    >>> transformer_backward(np.ones_like(logits), cache).keys() == params.keys()
    True
    """
    src, tgt_in, encoder_caches, decoder_caches, dec, params = cache
    W, b = _final_layer(params, dec.shape[-1])
    dlogits = as_floats("dlogits", dlogits, (*dec.shape[:2], len(b)))
    grads: Parameters = {
        "final_layer.W": dec.reshape(-1, len(W)).T @ dlogits.reshape(-1, len(b)),
        "final_layer.b": dlogits.sum(axis=(0, 1)),
    }
    ddec: Array = dlogits @ W.T
    denc_outputs = []
    for i, decoder_cache in reversed(list(enumerate(decoder_caches))):
        ddec, denc_output, layer_grads = decoder_layer_backward(ddec, decoder_cache)
        denc_outputs.append(denc_output)
        grads |= {f"decoder.dec_layers.{i}.{name}": gradient for name, gradient in layer_grads.items()}
    grads["decoder.embedding.E"] = _words_backward(ddec, tgt_in, params, "decoder")

    denc: Array = np.sum(denc_outputs, axis=0)
    for i, encoder_cache in reversed(list(enumerate(encoder_caches))):
        denc, layer_grads = encoder_layer_backward(denc, encoder_cache)
        grads |= {f"encoder.enc_layers.{i}.{name}": gradient for name, gradient in layer_grads.items()}
    grads["encoder.embedding.E"] = _words_backward(denc, src, params, "encoder")
    return grads


def transformer_loss_and_grads(
    params: Mapping[str, Any],
    src: ArrayLike,
    tgt_in: ArrayLike,
    tgt_out: ArrayLike,
    num_heads: int = 1,
    pad: int = 0,
    eps: float = 1e-6,
) -> tuple[float, Parameters]:
    """One training step's loss and gradients: the decoder is told the right words so far and guesses the next.

        tgt_in = bos, y_1, ..., y_T        tgt_out = y_1, ..., y_T, eos

    - params, num_heads, pad, eps: as in `transformer_forward`
    - src: (m, T_x), tgt_in: (m, T_y), tgt_out: (m, T_y), integers, short sentences filled up with pad
    - returns loss: the mean over the words of tgt_out, a float; grads: by the names of the parameters

    Raises EngineError when a parameter is missing, a shape differs, an id is unknown or all of tgt_out is padding.
    Source: course 5, week 4.

    >>> from engine.layers.base import parameters_of
    >>> from engine.layers.transformer import Transformer
    >>> params = parameters_of(Transformer(1, 4, 2, 8, 10, 12, 5, 6, rng=0))
    >>> loss, grads = transformer_loss_and_grads(params, [[3, 4]], [[1, 5, 6]], [[5, 6, 2]], num_heads=2)
    >>> smaller = {name: value - 0.01 * grads[name] for name, value in params.items()}
    >>> transformer_loss_and_grads(smaller, [[3, 4]], [[1, 5, 6]], [[5, 6, 2]], num_heads=2)[0] < loss
    True
    """
    logits, cache = transformer_forward(params, src, tgt_in, num_heads, pad, eps)
    loss, dlogits = masked_cross_entropy(logits, tgt_out, pad)
    return loss, transformer_backward(dlogits, cache)


def transformer_greedy_decode(
    params: Mapping[str, Any],
    src: ArrayLike,
    bos: int,
    eos: int,
    max_len: int,
    num_heads: int = 1,
    pad: int = 0,
    eps: float = 1e-6,
) -> Array:
    """Translate, word by word: the most probable next word joins the input of the next step.

        y_1 = bos        y_(t+1) = argmax logits_t(src, y_1, ..., y_t)

    - params, num_heads, pad, eps: as in `transformer_forward`; src: (m, T_x), integers
    - bos, eos: the tokens that begin and end a sentence; max_len: the most words that are written
    - returns ids: (m, T), T <= max_len, without bos; after a sentence's eos comes pad

    Raises EngineError when max_len is below 1, and as `transformer_forward`. Source: course 5, week 4.

    >>> from engine.layers.base import parameters_of
    >>> from engine.layers.transformer import Transformer
    >>> params = parameters_of(Transformer(1, 4, 2, 8, 10, 12, 5, 6, rng=0))
    >>> params["final_layer.b"][7] = 100  # a decoder that has but one word
    >>> transformer_greedy_decode(params, [[3, 4]], bos=1, eos=2, max_len=3, num_heads=2)
    array([[7, 7, 7]])
    """
    src = as_array("src", src, ("m", "T_x"))
    as_count("max_len", max_len)
    written = np.full((len(src), 1), bos)
    ended = np.zeros(len(src), bool)
    while written.shape[1] <= max_len and not ended.all():
        logits, _ = transformer_forward(params, src, written, num_heads, pad, eps)
        words = np.where(ended, pad, logits[:, -1].argmax(axis=-1))
        written = np.concatenate([written, words[:, np.newaxis]], axis=1)
        ended |= words == eos
    return written[:, 1:]


def transformer_parameter_count(
    num_layers: int,
    embedding_dim: int,
    num_heads: int,
    fully_connected_dim: int,
    input_vocab_size: int,
    target_vocab_size: int,
    key_dim: int | None = None,
) -> int:
    """How many numbers a Transformer learns; the positional encodings are not learned.

        attention: 4 d h k + 3 h k + d        feed-forward: 2 d n_ff + n_ff + d        norm: 2 d
        encoder layer: attention + feed-forward + 2 norms; decoder layer: 2 attentions + feed-forward + 3 norms
        all: (V_x + V_y) d + num_layers (encoder layer + decoder layer) + d V_y + V_y

    With k = d / h the number of heads does not matter. Each language has a table of its own here; tying them
    and the final layer, as the paper does, saves up to two of the three.

    - num_layers: of each side; embedding_dim: d; num_heads: h; fully_connected_dim: n_ff
    - input_vocab_size: V_x; target_vocab_size: V_y; key_dim: k, d / h by default
    - returns: the count

    Raises EngineError when a size is below 1 or the heads do not divide d. Source: course 5, week 4.

    >>> transformer_parameter_count(6, 512, 8, 2048, 37000, 37000)  # the paper's base model, tables not tied
    101007496
    """
    sizes = {"num_layers": num_layers, "embedding_dim": embedding_dim, "num_heads": num_heads}
    sizes |= {"fully_connected_dim": fully_connected_dim, "input_vocab_size": input_vocab_size}
    sizes |= {"target_vocab_size": target_vocab_size}
    L, d, h, n_ff, V_x, V_y = (as_count(name, size) for name, size in sizes.items())
    if key_dim is None and d % h:
        raise EngineError("embedding_dim", f"a multiple of {h} heads", str(d))
    inside = h * as_count("key_dim", d // h if key_dim is None else key_dim)
    attention = 4 * d * inside + 3 * inside + d
    feed_forward = 2 * d * n_ff + n_ff + d
    norm = 2 * d
    layers = L * (3 * attention + 2 * feed_forward + 5 * norm)
    return (V_x + V_y) * d + layers + d * V_y + V_y


def _words(params: Mapping[str, Any], side: str, argument: str, ids: ArrayLike) -> tuple[Array, Array]:
    """The word vectors of the ids with their positions, (m, T, d), and the ids as an array."""
    E = as_floats(f"{side}.embedding.E", entry("params", params, f"{side}.embedding.E"), ("V", "d"))
    ids = as_ids(argument, ids, len(E), ("m", "T"))
    return add_positions(E[ids], positional_encoding(ids.shape[1], E.shape[1])), ids


def _words_backward(dx: Array, ids: Array, params: Mapping[str, Any], side: str) -> Array:
    V, d = np.shape(params[f"{side}.embedding.E"])
    dE = sum_by_id(dx.reshape(-1, d), ids.ravel(), V)
    dE *= float(np.sqrt(d))
    return dE


def _layers(params: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    layers = sub_parameters(params, path)
    count = len({name.split(".")[0] for name in layers})
    return [sub_parameters(layers, str(i)) for i in range(count)]


def _final_layer(params: Mapping[str, Any], d: int) -> tuple[Array, Array]:
    W = as_floats("final_layer.W", entry("params", params, "final_layer.W"), (d, "V_y"))
    b = as_floats("final_layer.b", entry("params", params, "final_layer.b"), (W.shape[1],))
    return W, b
