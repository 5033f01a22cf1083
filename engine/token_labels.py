"""Labels for pieces of words, and answers that are a span of a text: what is put on top of a Transformer.

Course 5, week 4, the labs on named entities and on questions and answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_count, as_floats, as_ids
from engine.layers.losses import softmax_cross_entropy

#: Takes the words of a sentence; gives the ids of its pieces, and for each the place of its word, None for marks.
Tokenizer = Callable[[Sequence[str]], tuple[list[int], list[int | None]]]

#: The label of pieces that do not count.
IGNORED = -100


class WordPieces:
    """Cuts each word into the longest pieces that the vocabulary knows, from left to right.

    A piece inside a word is written with "##" in front; a word that cannot be cut becomes one [UNK].

    - vocabulary: the pieces, with "[CLS]" and "[SEP]", which begin and end a sentence, and "[UNK]"; ids are places

    Calling it with the words of a sentence returns ids and word_ids: the place of the word of each piece, None for
    the marks. Raises EngineError when one of the three marks is missing. Source: course 5, week 4; Wu et al. (2016).

    >>> pieces = WordPieces(["[CLS]", "[SEP]", "[UNK]", "un", "##happi", "##ness", "happy"])
    >>> pieces(["unhappiness", "happy", "joy"])
    ([0, 3, 4, 5, 6, 2, 1], [None, 0, 0, 0, 1, 2, None])
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self.ids = {piece: i for i, piece in enumerate(vocabulary)}
        for mark in ("[CLS]", "[SEP]", "[UNK]"):
            if mark not in self.ids:
                raise EngineError("vocabulary", f"one with {mark}", "one without it")

    def __call__(self, words: Sequence[str]) -> tuple[list[int], list[int | None]]:
        ids: list[int] = [self.ids["[CLS]"]]
        word_ids: list[int | None] = [None]
        for place, word in enumerate(words):
            pieces = self._cut(word)
            ids += pieces
            word_ids += [place] * len(pieces)
        return [*ids, self.ids["[SEP]"]], [*word_ids, None]

    def _cut(self, word: str) -> list[int]:
        pieces = []
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            ends = range(len(word), start, -1)
            end = next((end for end in ends if prefix + word[start:end] in self.ids), None)
            if end is None:
                return [self.ids["[UNK]"]]
            pieces.append(self.ids[prefix + word[start:end]])
            start = end
        return pieces


def align_labels(
    word_labels: Sequence[int], word_ids: Sequence[int | None], label_all_tokens: bool = True, ignored: int = IGNORED
) -> list[int]:
    """A label for each piece of a word, from the labels of the words.

    - word_labels: one for each word; word_ids: the place of the word of each piece, None for special marks
    - label_all_tokens: True gives each piece its word's label, as the lab does; False only the first piece
    - ignored: the label of marks and of pieces that are not to count
    - returns labels: one for each piece

    Raises EngineError when a piece belongs to a word without a label. Source: course 5, week 4.

    >>> align_labels([4, 0], [None, 0, 0, 0, 1, None])
    [-100, 4, 4, 4, 0, -100]
    >>> align_labels([4, 0], [None, 0, 0, 0, 1, None], label_all_tokens=False)
    [-100, 4, -100, -100, 0, -100]
    """
    labels = []
    previous = None
    for place in word_ids:
        if place is None:
            labels.append(ignored)
        elif not 0 <= place < len(word_labels):
            raise EngineError("word_ids", f"places of {len(word_labels)} words", f"one that holds {place}")
        elif place == previous and not label_all_tokens:
            labels.append(ignored)
        else:
            labels.append(int(word_labels[place]))
        previous = place
    return labels


def tokenize_and_align_labels(
    tokenizer: Tokenizer,
    examples: Sequence[Sequence[str]],
    tags: Sequence[Sequence[int]],
    label_all_tokens: bool = True,
    max_length: int | None = None,
    pad: int = 0,
) -> dict[str, Array]:
    """A batch for named entity recognition: pieces, which of them are real, and their labels, all of one length.

    - tokenizer: such as `WordPieces`; examples: the words of each sentence; tags: a label for each word
    - label_all_tokens: as in `align_labels`; max_length: longer sentences are cut to it, before their last mark; None
      for the length of the longest one
    - pad: the id that fills short sentences up
    - returns {"input_ids", "attention_mask", "labels"}: (m, T) each, integers; the mask is 1 = keep; the label of
      padding is -100, which `masked_cross_entropy(logits, labels, pad=-100)` leaves out

    Raises EngineError when a sentence and its tags differ in length, or there is no sentence. Source: course 5, week 4.

    >>> pieces = WordPieces(["[PAD]", "[CLS]", "[SEP]", "[UNK]", "Ada", "love", "##lace", "wrote"])
    >>> batch = tokenize_and_align_labels(pieces, [["Ada", "lovelace", "wrote"], ["Ada"]], [[1, 1, 0], [1]])
    >>> batch["labels"]
    array([[-100,    1,    1,    1,    0, -100],
           [-100,    1, -100, -100, -100, -100]])
    """
    if not examples or len(examples) != len(tags):
        raise EngineError(
            "tags", f"a list of labels for each of {max(len(examples), 1)} sentences", f"{len(tags)} lists"
        )
    rows = []
    for words, labels in zip(examples, tags, strict=True):
        if len(words) != len(labels):
            raise EngineError("tags", f"{len(words)} labels for a sentence of {len(words)} words", f"{len(labels)}")
        ids, word_ids = tokenizer(words)
        rows.append((ids, align_labels(labels, word_ids, label_all_tokens)))
    T = max(len(ids) for ids, _ in rows) if max_length is None else as_count("max_length", max_length)
    input_ids = np.full((len(rows), T), pad)
    attention_mask = np.zeros((len(rows), T), np.intp)
    aligned = np.full((len(rows), T), IGNORED)
    for i, (ids, piece_labels) in enumerate(rows):
        if len(ids) > T:
            ids, piece_labels = ids[: T - 1] + ids[-1:], piece_labels[: T - 1] + piece_labels[-1:]
        input_ids[i, : len(ids)] = ids
        attention_mask[i, : len(ids)] = 1
        aligned[i, : len(ids)] = piece_labels
    return {"input_ids": input_ids, "attention_mask": attention_mask, "labels": aligned}


def get_start_end_idx(story: Mapping[str, str]) -> dict[str, int]:
    """Where the answer stands in a text, in characters.

    - story: {"sentences": the text, "answer": words of it}
    - returns {"str_idx": the first place, "end_idx": one behind the last place}: text[str_idx:end_idx] is the answer

    Raises EngineError when one is missing or the answer is not in the text. Source: course 5, week 4.

    >>> get_start_end_idx({"sentences": "The key is in the blue box.", "answer": "blue box"})
    {'str_idx': 18, 'end_idx': 26}
    """
    for key in ("sentences", "answer"):
        if not story.get(key):
            raise EngineError("story", f"a dictionary with text under {key!r}", "one without")
    start = story["sentences"].find(story["answer"])
    if start < 0:
        raise EngineError("story", f"one whose text has its answer {story['answer']!r}", "one without it")
    return {"str_idx": start, "end_idx": start + len(story["answer"])}


def span_loss(
    start_logits: ArrayLike, end_logits: ArrayLike, starts: ArrayLike, ends: ArrayLike
) -> tuple[float, Array, Array]:
    """The loss of an answer that is a span of the text: two classifications over the positions.

        L = (CE(start) + CE(end)) / 2        each a mean over the examples

    - start_logits, end_logits: (m, T); starts, ends: (m,), the first and the last position of the answers
    - returns loss: a float; dstart_logits, dend_logits: (m, T)

    Raises EngineError when a shape differs or a position lies outside. Source: course 5, week 4.

    >>> loss, dstart, _ = span_loss([[0.0, 0.0]], [[0.0, 0.0]], [0], [1])
    >>> round(loss, 4), dstart
    (0.6931, array([[-0.25,  0.25]]))
    """
    start_logits = as_floats("start_logits", start_logits, ("m", "T"))
    m, T = start_logits.shape
    end_logits = as_floats("end_logits", end_logits, (m, T))
    start_loss, dstart = softmax_cross_entropy(start_logits, as_ids("starts", starts, T, (m,)))
    end_loss, dend = softmax_cross_entropy(end_logits, as_ids("ends", ends, T, (m,)))
    return (start_loss + end_loss) / 2, dstart / 2, dend / 2


def decode_span(start_logits: ArrayLike, end_logits: ArrayLike, max_len: int) -> tuple[int, int]:
    """The likeliest span: start and end are chosen together, since apart the end could come before the start.

        (i, j) = argmax of start_logits_i + end_logits_j over i <= j < i + max_len

    - start_logits, end_logits: (T,); max_len: the most positions of an answer
    - returns (i, j): the first and the last position; of equal spans the one that starts first, then the shorter

    Raises EngineError when a shape differs or max_len is below 1. Source: course 5, week 4.

    >>> decode_span([0.0, 5.0, 4.0], [6.0, 1.0, 3.0], max_len=2)  # each by itself: 1 and 0
    (1, 2)
    """
    start_logits = as_floats("start_logits", start_logits, ("T",))
    T = len(start_logits)
    end_logits = as_floats("end_logits", end_logits, (T,))
    as_count("max_len", max_len)
    scores = start_logits[:, np.newaxis] + end_logits
    length = np.arange(T) - np.arange(T)[:, np.newaxis] + 1
    allowed = (length >= 1) & (length <= max_len)
    i, j = np.unravel_index(np.argmax(np.where(allowed, scores, -np.inf)), scores.shape)
    return int(i), int(j)
