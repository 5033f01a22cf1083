"""The Transformer of the course as layers: encoder, decoder and the whole (course 5, week 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import softmax
from engine.errors import Array, EngineError, as_count
from engine.layers.attention import FullyConnected, LayerNormalization, MultiHeadAttention
from engine.layers.base import Layer, Sequential
from engine.layers.dense import Dense, Dropout
from engine.layers.embedding import Embedding
from engine.positional import add_positions, positional_encoding

Rng = np.random.Generator | int | None


class EncoderLayer(Layer):
    """Self-attention and a feed-forward network, each added to its input and normalized.

        y = LN(x + Drop(MHA(x, x)))        out = LN(y + Drop(FFN(y)))

    The dropout stands where the paper has it; a later version of the course's notebook drops attention weights.

    - embedding_dim: d; num_heads: h; fully_connected_dim: the hidden size of the feed-forward network
    - dropout_rate: the share that is dropped in training; layernorm_eps: of both norms
    - rng: a Generator or a seed, for the parameters and for dropout; dtype: of the parameters
    - children: mha, ffn, layernorm1, layernorm2, dropout1, dropout2

    `forward(x, training, mask)`, `call` in the course: x (m, T, d) to (m, T, d); the mask is of 1 (keep) and 0.

    Raises EngineError when a size, a rate or a shape is wrong. Source: course 5, week 4; Vaswani et al. (2017).

    >>> layer = EncoderLayer(embedding_dim=4, num_heads=2, fully_connected_dim=8, rng=0)
    >>> layer(np.ones((2, 3, 4))).shape
    (2, 3, 4)
    """

    def __init__(
        self,
        embedding_dim: int,
        num_heads: int,
        fully_connected_dim: int,
        dropout_rate: float = 0.1,
        layernorm_eps: float = 1e-6,
        rng: Rng = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        rng = np.random.default_rng(rng)
        self.mha = MultiHeadAttention(num_heads, embedding_dim, rng=rng, dtype=dtype)
        self.ffn = FullyConnected(embedding_dim, fully_connected_dim, rng, dtype)
        self.layernorm1, self.layernorm2 = (LayerNormalization(embedding_dim, layernorm_eps, dtype) for _ in range(2))
        self.dropout1, self.dropout2 = (_dropout(dropout_rate, rng) for _ in range(2))
        self.children = {"mha": self.mha, "ffn": self.ffn, "layernorm1": self.layernorm1, "layernorm2": self.layernorm2}
        self.children |= {"dropout1": self.dropout1, "dropout2": self.dropout2}

    def forward(self, x: Array, training: bool = False, mask: ArrayLike | None = None) -> Array:
        # What attention and feed-forward network return is theirs no more: the sums are written on it.
        attended = self.dropout1(self.mha.forward(x, training, mask=mask), training)
        attended += x
        y = self.layernorm1(attended, training)
        processed = self.dropout2(self.ffn(y, training), training)
        processed += y
        return self.layernorm2(processed, training)

    call = forward

    def backward(self, dout: Array) -> Array:
        dsum = self.layernorm2.backward(dout)
        dy = self.ffn.backward(self.dropout2.backward(dsum))
        dy += dsum
        dsum = self.layernorm1.backward(dy)
        dx = self.mha.backward(self.dropout1.backward(dsum))
        dx += dsum
        return dx


class Encoder(Layer):
    """Word vectors with their positions, then encoder layers.

        x_0 = Drop(sqrt(d) E[ids] + PE)        x_l = EncoderLayer_l(x_(l-1))

    - num_layers: how many; embedding_dim, num_heads, fully_connected_dim, dropout_rate, layernorm_eps, rng,
      dtype: as in `EncoderLayer`; input_vocab_size: of the tokens; maximum_position_encoding: the longest sentence
    - children: embedding, dropout, "enc_layers.0", "enc_layers.1", ...

    `forward(x, training, mask)`, `call` in the course: ids (m, T) to (m, T, d). `backward` returns zeros, since
    ids have no gradient.

    Raises EngineError when a size, a rate or a shape is wrong or an id is unknown. Source: course 5, week 4.

    >>> encoder = Encoder(2, 4, 2, 8, input_vocab_size=10, maximum_position_encoding=5, rng=0)
    >>> encoder(np.array([[1, 2, 3]])).shape
    (1, 3, 4)
    """

    def __init__(
        self,
        num_layers: int,
        embedding_dim: int,
        num_heads: int,
        fully_connected_dim: int,
        input_vocab_size: int,
        maximum_position_encoding: int,
        dropout_rate: float = 0.1,
        layernorm_eps: float = 1e-6,
        rng: Rng = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        as_count("num_layers", num_layers)
        rng = np.random.default_rng(rng)
        self.words = _Words(input_vocab_size, embedding_dim, maximum_position_encoding, dropout_rate, rng, dtype)
        self.enc_layers = [
            EncoderLayer(embedding_dim, num_heads, fully_connected_dim, dropout_rate, layernorm_eps, rng, dtype)
            for _ in range(num_layers)
        ]
        self.children = self.words.children | {f"enc_layers.{i}": layer for i, layer in enumerate(self.enc_layers)}

    def forward(self, x: Array, training: bool = False, mask: ArrayLike | None = None) -> Array:
        x = self.words(x, training)
        for layer in self.enc_layers:
            x = layer.forward(x, training, mask)
        return x

    call = forward

    def backward(self, dout: Array) -> Array:
        for layer in reversed(self.enc_layers):
            dout = layer.backward(dout)
        return self.words.backward(dout)


class DecoderLayer(Layer):
    """Self-attention without a look ahead, attention to the encoder's output, a feed-forward network.

        y1 = LN(x + Drop(MHA1(x, x)))    y2 = LN(y1 + Drop(MHA2(y1, enc_output)))    out = LN(y2 + Drop(FFN(y2)))

    - embedding_dim, num_heads, fully_connected_dim, dropout_rate, layernorm_eps, rng, dtype: as in `EncoderLayer`
    - children: mha1, mha2, ffn, layernorm1 to layernorm3, dropout1 to dropout3

    `forward(x, training, enc_output, look_ahead_mask, padding_mask)`: x (m, T_y, d), enc_output (m, T_x, d), masks
    of 1 (keep) and 0 for MHA1 and MHA2. `call` is the course's form, which returns both attentions' weights too.
    `backward(dout)` returns the gradient of x; `denc_output` is that of enc_output afterwards.

    Raises EngineError when enc_output is missing or a size, a rate or a shape is wrong. Source: course 5, week 4.

    >>> layer = DecoderLayer(embedding_dim=4, num_heads=2, fully_connected_dim=8, rng=0)
    >>> out3, w1, w2 = layer.call(np.ones((1, 3, 4)), np.ones((1, 5, 4)))
    >>> out3.shape, w1.shape, w2.shape
    ((1, 3, 4), (1, 2, 3, 3), (1, 2, 3, 5))
    """

    def __init__(
        self,
        embedding_dim: int,
        num_heads: int,
        fully_connected_dim: int,
        dropout_rate: float = 0.1,
        layernorm_eps: float = 1e-6,
        rng: Rng = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        rng = np.random.default_rng(rng)
        self.mha1, self.mha2 = (MultiHeadAttention(num_heads, embedding_dim, rng=rng, dtype=dtype) for _ in range(2))
        self.ffn = FullyConnected(embedding_dim, fully_connected_dim, rng, dtype)
        self.norms = [LayerNormalization(embedding_dim, layernorm_eps, dtype) for _ in range(3)]
        self.dropouts = [_dropout(dropout_rate, rng) for _ in range(3)]
        self.denc_output: Array = np.zeros(0)
        self.children = {"mha1": self.mha1, "mha2": self.mha2, "ffn": self.ffn}
        self.children |= {f"layernorm{i}": norm for i, norm in enumerate(self.norms, start=1)}
        self.children |= {f"dropout{i}": dropout for i, dropout in enumerate(self.dropouts, start=1)}

    def forward(
        self,
        x: Array,
        training: bool = False,
        enc_output: Array | None = None,
        look_ahead_mask: ArrayLike | None = None,
        padding_mask: ArrayLike | None = None,
    ) -> Array:
        if enc_output is None:
            raise EngineError("enc_output", "the output of an encoder, (m, T_x, d)", "missing")
        attended = self.dropouts[0](self.mha1.forward(x, training, mask=look_ahead_mask), training)
        y1 = self.norms[0](x + attended, training)
        answered = self.dropouts[1](self.mha2.forward(y1, training, enc_output, padding_mask), training)
        y2 = self.norms[1](y1 + answered, training)
        processed = self.dropouts[2](self.ffn(y2, training), training)
        return self.norms[2](y2 + processed, training)

    def call(
        self,
        x: Array,
        enc_output: Array,
        training: bool = False,
        look_ahead_mask: ArrayLike | None = None,
        padding_mask: ArrayLike | None = None,
    ) -> tuple[Array, Array, Array]:
        """The output and the weights of both attentions, (m, h, T_y, T_y) and (m, h, T_y, T_x)."""
        out3 = self.forward(x, training, enc_output, look_ahead_mask, padding_mask)
        return out3, self.mha1.attention_weights, self.mha2.attention_weights

    def backward(self, dout: Array) -> Array:
        dsum = self.norms[2].backward(dout)
        dy2 = dsum + self.ffn.backward(self.dropouts[2].backward(dsum))
        dsum = self.norms[1].backward(dy2)
        dy1 = dsum + self.mha2.backward(self.dropouts[1].backward(dsum))
        self.denc_output = self.mha2.dx_kv
        dsum = self.norms[0].backward(dy1)
        dx: Array = dsum + self.mha1.backward(self.dropouts[0].backward(dsum))
        return dx


class Decoder(Layer):
    """Word vectors with their positions, then decoder layers, which all look at the same encoder's output.

    - num_layers, embedding_dim, ..., dtype: as in `Encoder`; target_vocab_size: of the tokens
    - children: embedding, dropout, "dec_layers.0", "dec_layers.1", ...

    `forward(x, training, enc_output, look_ahead_mask, padding_mask)`: ids (m, T_y) to (m, T_y, d). `call` is the
    course's form, which returns the weights of all attentions too. `backward` returns zeros, since ids have no
    gradient; `denc_output` is the gradient of enc_output afterwards, summed over the layers.

    Raises EngineError when enc_output is missing, a size, a rate or a shape is wrong, or an id is unknown.
    Source: course 5, week 4.

    >>> decoder = Decoder(2, 4, 2, 8, target_vocab_size=10, maximum_position_encoding=5, rng=0)
    >>> x, attention_weights = decoder.call(np.array([[1, 2, 3]]), np.ones((1, 5, 4)))
    >>> x.shape, sorted(attention_weights)[:2]
    ((1, 3, 4), ['decoder_layer1_block1_self_att', 'decoder_layer1_block2_decenc_att'])
    """

    def __init__(
        self,
        num_layers: int,
        embedding_dim: int,
        num_heads: int,
        fully_connected_dim: int,
        target_vocab_size: int,
        maximum_position_encoding: int,
        dropout_rate: float = 0.1,
        layernorm_eps: float = 1e-6,
        rng: Rng = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        as_count("num_layers", num_layers)
        rng = np.random.default_rng(rng)
        self.words = _Words(target_vocab_size, embedding_dim, maximum_position_encoding, dropout_rate, rng, dtype)
        self.dec_layers = [
            DecoderLayer(embedding_dim, num_heads, fully_connected_dim, dropout_rate, layernorm_eps, rng, dtype)
            for _ in range(num_layers)
        ]
        self.denc_output: Array = np.zeros(0)
        self.children = self.words.children | {f"dec_layers.{i}": layer for i, layer in enumerate(self.dec_layers)}

    def forward(
        self,
        x: Array,
        training: bool = False,
        enc_output: Array | None = None,
        look_ahead_mask: ArrayLike | None = None,
        padding_mask: ArrayLike | None = None,
    ) -> Array:
        x = self.words(x, training)
        for layer in self.dec_layers:
            x = layer.forward(x, training, enc_output, look_ahead_mask, padding_mask)
        return x

    def call(
        self,
        x: Array,
        enc_output: Array,
        training: bool = False,
        look_ahead_mask: ArrayLike | None = None,
        padding_mask: ArrayLike | None = None,
    ) -> tuple[Array, dict[str, Array]]:
        """The output, and the weights of the attentions by the course's names."""
        return self.forward(x, training, enc_output, look_ahead_mask, padding_mask), self.attention_weights()

    def attention_weights(self) -> dict[str, Array]:
        """Those of the latest forward pass, (m, h, T_y, T_y) and (m, h, T_y, T_x) for each layer."""
        layers = list(enumerate(self.dec_layers, start=1))
        weights = {f"decoder_layer{i}_block1_self_att": layer.mha1.attention_weights for i, layer in layers}
        return weights | {f"decoder_layer{i}_block2_decenc_att": layer.mha2.attention_weights for i, layer in layers}

    def backward(self, dout: Array) -> Array:
        gradients = []
        for layer in reversed(self.dec_layers):
            dout = layer.backward(dout)
            gradients.append(layer.denc_output)
        self.denc_output = np.sum(gradients, axis=0)
        return self.words.backward(dout)


class Transformer(Layer):
    """Encoder, decoder, and a dense layer that scores each word of the target vocabulary.

        logits = Decoder(output_sentence, Encoder(input_sentence)) W + b        final_output = softmax(logits)

    - num_layers, embedding_dim, num_heads, fully_connected_dim, dropout_rate, layernorm_eps, rng, dtype: as in
      `Encoder`; input_vocab_size, target_vocab_size: of the tokens; max_positional_encoding_input,
      max_positional_encoding_target: the longest sentences
    - children: encoder, decoder, final_layer

    `forward(x, training, output_sentence, enc_padding_mask, look_ahead_mask, dec_padding_mask)` gives the logits
    (m, T_y, V) for ids x (m, T_x) and output_sentence (m, T_y), and `backward` takes their gradient. `call` is the
    course's form, with probabilities and the weights of all attentions. All masks are of 1 (keep) and 0 (ignore);
    both padding masks are those of the input sentence.

    Raises EngineError when output_sentence is missing, a size, a rate or a shape is wrong, or an id is unknown.
    Source: course 5, week 4; Vaswani et al. (2017).

    >>> transformer = Transformer(1, 4, 2, 8, 10, 12, 5, 6, rng=0)
    >>> final_output, attention_weights = transformer.call(np.array([[1, 2, 3]]), np.array([[1, 5]]))
    >>> final_output.shape, final_output.sum(axis=-1).round(6)
    ((1, 2, 12), array([[1., 1.]]))
    """

    def __init__(
        self,
        num_layers: int,
        embedding_dim: int,
        num_heads: int,
        fully_connected_dim: int,
        input_vocab_size: int,
        target_vocab_size: int,
        max_positional_encoding_input: int,
        max_positional_encoding_target: int,
        dropout_rate: float = 0.1,
        layernorm_eps: float = 1e-6,
        rng: Rng = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        rng = np.random.default_rng(rng)
        shared = (num_layers, embedding_dim, num_heads, fully_connected_dim)
        rest = (dropout_rate, layernorm_eps, rng, dtype)
        self.encoder = Encoder(*shared, input_vocab_size, max_positional_encoding_input, *rest)
        self.decoder = Decoder(*shared, target_vocab_size, max_positional_encoding_target, *rest)
        self.final_layer = Dense(embedding_dim, target_vocab_size, rng=rng, dtype=dtype)
        self.children = {"encoder": self.encoder, "decoder": self.decoder, "final_layer": self.final_layer}

    def forward(
        self,
        x: Array,
        training: bool = False,
        output_sentence: Array | None = None,
        enc_padding_mask: ArrayLike | None = None,
        look_ahead_mask: ArrayLike | None = None,
        dec_padding_mask: ArrayLike | None = None,
    ) -> Array:
        if output_sentence is None:
            raise EngineError("output_sentence", "the tokens given to the decoder, (m, T_y)", "missing")
        enc_output = self.encoder.forward(x, training, enc_padding_mask)
        out = self.decoder.forward(output_sentence, training, enc_output, look_ahead_mask, dec_padding_mask)
        return self.final_layer(out, training)

    def call(
        self,
        input_sentence: Array,
        output_sentence: Array,
        training: bool = False,
        enc_padding_mask: ArrayLike | None = None,
        look_ahead_mask: ArrayLike | None = None,
        dec_padding_mask: ArrayLike | None = None,
    ) -> tuple[Array, dict[str, Array]]:
        """The probabilities of the next words, (m, T_y, V), and the weights of the decoder's attentions."""
        masks = (enc_padding_mask, look_ahead_mask, dec_padding_mask)
        logits = self.forward(input_sentence, training, output_sentence, *masks)
        return softmax(logits, axis=-1), self.decoder.attention_weights()

    def backward(self, dout: Array) -> Array:
        self.decoder.backward(self.final_layer.backward(dout))
        return self.encoder.backward(self.decoder.denc_output)


class _Words(Layer):
    """Ids to word vectors with their positions: the first step of encoder and decoder."""

    def __init__(
        self, V: int, d: int, positions: int, dropout_rate: float, rng: np.random.Generator, dtype: type
    ) -> None:
        super().__init__()
        self.embedding = Embedding(V, d, rng=rng, dtype=dtype)
        self.dropout = _dropout(dropout_rate, rng)
        self.pos_encoding: Array = positional_encoding(positions, d).astype(dtype)
        self.children = {"embedding": self.embedding, "dropout": self.dropout}

    def forward(self, x: Array, training: bool = False) -> Array:
        return self.dropout(add_positions(self.embedding(x, training), self.pos_encoding), training)

    def backward(self, dout: Array) -> Array:
        return self.embedding.backward(self.dropout.backward(dout) * float(np.sqrt(dout.shape[-1])))


def _dropout(rate: float, rng: np.random.Generator) -> Layer:
    # Without anything to drop, an empty sequence of layers, which passes on what comes and draws no numbers.
    return Dropout(rate, rng) if rate != 0 else Sequential([])
