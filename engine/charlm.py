"""A language model of letters that learns to invent names (the assignment of course 5, week 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import softmax
from engine.clipping import clip
from engine.errors import Array, EngineError, Parameters, as_count, as_floats, as_ids, as_number, entry
from engine.optim import update_parameters_with_gd
from engine.sampling import sample

#: What the cache of `rnn_forward` holds: (y_hat, a, x), each {step: column}; a has the step -1 too.
CharCache = tuple[dict[int, Array], dict[int, Array], dict[int, Array]]


def initialize_parameters(n_a: int, n_x: int, n_y: int, rng: np.random.Generator | int | None = None) -> Parameters:
    """Small random weights, biases of zero.

    - n_a, n_x, n_y: sizes of the state, the input and the output; rng: a Generator or a seed
    - returns {"Wax": (n_a, n_x), "Waa": (n_a, n_a), "Wya": (n_y, n_a), "b": (n_a, 1), "by": (n_y, 1)}

    Raises EngineError when a size is below 1. Source: course 5, week 1.

    >>> parameters = initialize_parameters(50, 27, 27, rng=0)
    >>> parameters["Wax"].shape, float(np.abs(parameters["Wax"]).max()) < 0.06
    ((50, 27), True)
    """
    for name, size in (("n_a", n_a), ("n_x", n_x), ("n_y", n_y)):
        as_count(name, size)
    rng = np.random.default_rng(rng)
    shapes = {"Wax": (n_a, n_x), "Waa": (n_a, n_a), "Wya": (n_y, n_a)}
    weights = {name: rng.normal(scale=0.01, size=shape) for name, shape in shapes.items()}
    return {**weights, "b": np.zeros((n_a, 1)), "by": np.zeros((n_y, 1))}


def rnn_step_forward(parameters: Mapping[str, Any], a_prev: ArrayLike, x: ArrayLike) -> tuple[Array, Array]:
    """One step of the model.

        a_next = tanh(Wax x + Waa a_prev + b)        p_t = softmax(Wya a_next + by)

    - parameters: {"Waa", "Wax", "Wya", "b", "by"}, see `initialize_parameters`; a_prev: (n_a, 1); x: (n_x, 1)
    - returns a_next: (n_a, 1); p_t: (n_y, 1), the probabilities of the next letter

    Raises EngineError when a shape differs. Source: course 5, week 1.

    >>> a_next, p_t = rnn_step_forward(initialize_parameters(3, 4, 4, rng=0), np.zeros((3, 1)), np.zeros((4, 1)))
    >>> p_t.ravel()
    array([0.25, 0.25, 0.25, 0.25])
    """
    Waa, Wax, Wya, b, by = _parameters(parameters)
    x = as_floats("x", x, (Wax.shape[1], 1))
    a_prev = as_floats("a_prev", a_prev, (len(Waa), 1))
    a_next = np.tanh(np.dot(Wax, x) + np.dot(Waa, a_prev) + b)
    p_t = softmax(np.dot(Wya, a_next) + by, axis=0)
    return a_next, p_t


def rnn_step_backward(
    dy: ArrayLike,
    gradients: Mapping[str, ArrayLike],
    parameters: Mapping[str, Any],
    x: ArrayLike,
    a: ArrayLike,
    a_prev: ArrayLike,
) -> Parameters:
    """One step back: the gradients so far, with those of this step added.

        dWya += dy a^T       dby += dy       da = Wya^T dy + da_next       dz = (1 - a^2) * da
        db += dz       dWax += dz x^T       dWaa += dz a_prev^T       da_next = Waa^T dz

    - dy: (n_y, 1), yhat - y of this step
    - gradients: {"dWya", "dby", "db", "dWax", "dWaa", "da_next": (n_a, 1)}, not changed
    - parameters: {"Waa", "Wax", "Wya", "b", "by"}; x: (n_x, 1); a, a_prev: (n_a, 1), the states after and before
    - returns: the new gradients, da_next now for the step before

    Raises EngineError when one is missing or a shape differs. Source: course 5, week 1.

    >>> parameters = {"Waa": [[0.5]], "Wax": [[1.0]], "Wya": [[2.0]], "b": [[0.0]], "by": [[0.0]]}
    >>> gradients = {"d" + name: np.zeros((1, 1)) for name in parameters} | {"da_next": np.zeros((1, 1))}
    >>> rnn_step_backward([[1.0]], gradients, parameters, x=[[1.0]], a=[[0.0]], a_prev=[[0.0]])["da_next"]
    array([[1.]])
    """
    Waa, Wax, Wya, _, _ = _parameters(parameters)
    n_a = len(Waa)
    dy = as_floats("dy", dy, (len(Wya), 1))
    x = as_floats("x", x, (Wax.shape[1], 1))
    a = as_floats("a", a, (n_a, 1))
    a_prev = as_floats("a_prev", a_prev, (n_a, 1))
    da = np.dot(Wya.T, dy) + as_floats("da_next", entry("gradients", gradients, "da_next"), (n_a, 1))
    dz = (1 - a * a) * da
    step = {"dWya": np.dot(dy, a.T), "dby": dy, "db": dz, "dWax": np.dot(dz, x.T), "dWaa": np.dot(dz, a_prev.T)}
    sums = {
        name: as_floats(name, entry("gradients", gradients, name), gradient.shape) + gradient
        for name, gradient in step.items()
    }
    return {**sums, "da_next": np.dot(Waa.T, dz)}


def rnn_forward(
    X: Sequence[int | None], Y: Sequence[int], a0: ArrayLike, parameters: Mapping[str, Any], vocab_size: int = 27
) -> tuple[float, CharCache]:
    """The loss of one name: at every step the model has seen the letters before and guesses the next.

        loss = - sum_t log yhat_t[Y[t]]

    A one-hot input picks a column of Wax, so no product with it is needed, and the outputs of all steps are one
    product at the end; `engine.textbook.charlm` goes step by step.

    - X: T indices, None for a column of zeros (the first input); Y: T indices, X moved by one and the newline
    - a0: (n_a, 1); parameters: {"Waa", "Wax", "Wya", "b", "by"}; vocab_size: rows of x
    - returns loss: a float, summed over the letters; cache: (y_hat, a, x), each {t: column}, and a[-1] = a0

    Raises EngineError when a shape differs or an index lies outside. Source: course 5, week 1.

    >>> parameters = initialize_parameters(3, 27, 27, rng=0)
    >>> loss, cache = rnn_forward([None, 1, 2], [1, 2, 0], np.zeros((3, 1)), parameters)
    >>> round(loss / 3, 2), round(np.log(27), 2)  # at first every letter is as likely as every other
    (3.3, np.float64(3.3))
    """
    Waa, Wax, Wya, b, by = _parameters(parameters)
    X, Y = _as_letters(X, Y, vocab_size)
    as_floats("Wax", Wax, ("n_a", vocab_size))
    T, n_a = len(Y), len(Waa)
    states = np.empty((n_a, T + 1), Wax.dtype)
    states[:, 0] = as_floats("a0", a0, (n_a, 1))[:, 0]
    for t in range(T):
        z = Waa @ states[:, t] + b[:, 0]
        if X[t] is not None:
            z += Wax[:, X[t]]
        states[:, t + 1] = np.tanh(z)
    logits = Wya @ states[:, 1:] + by
    logits -= logits.max(axis=0)
    log_y_hat = logits - np.log(np.sum(np.exp(logits), axis=0))
    loss = -float(np.sum(log_y_hat[Y, np.arange(T)]))

    one_hots = np.zeros((vocab_size, T), Wax.dtype)
    for t, letter in enumerate(X):
        if letter is not None:
            one_hots[letter, t] = 1
    y_hat = np.exp(log_y_hat)
    columns = [{t: table[:, [t]] for t in range(T)} for table in (y_hat, states[:, 1:], one_hots)]
    columns[1][-1] = states[:, [0]]
    return loss, (columns[0], columns[1], columns[2])


def rnn_backward(
    X: Sequence[int | None], Y: Sequence[int], parameters: Mapping[str, Any], cache: CharCache
) -> tuple[Parameters, dict[int, Array]]:
    """Backpropagation through the letters of one name.

        dy_t = yhat_t - y_t, then as in `rnn_step_backward`, from the last letter to the first

    - X, Y: as in `rnn_forward`; parameters: {"Waa", "Wax", "Wya", "b", "by"}; cache: of `rnn_forward`
    - returns gradients: {"dWya", "dby", "db", "dWax", "dWaa", "da_next": (n_a, 1), what a0 receives};
      a: {t: (n_a, 1)}, the states

    Raises EngineError when a shape differs or an index lies outside. Source: course 5, week 1.

    >>> parameters = initialize_parameters(3, 27, 27, rng=0)
    >>> X, Y = [None, 1, 2], [1, 2, 0]
    >>> _, cache = rnn_forward(X, Y, np.zeros((3, 1)), parameters)
    >>> gradients, a = rnn_backward(X, Y, parameters, cache)
    >>> gradients["dby"][:4].round(1).ravel()  # letters that came are pushed up, all others a little down
    array([-0.9, -0.9, -0.9,  0.1])
    """
    Waa, _, Wya, _, _ = _parameters(parameters)
    y_hat, a, x = cache
    X, Y = _as_letters(X, Y, len(Wya))
    T, n_a = len(Y), len(Waa)
    dy = np.concatenate([y_hat[t] for t in range(T)], axis=1)
    dy[Y, np.arange(T)] -= 1
    states = np.concatenate([a[t] for t in range(-1, T)], axis=1)
    inputs = np.concatenate([x[t] for t in range(T)], axis=1)
    from_outputs = Wya.T @ dy
    slopes = 1 - states[:, 1:] ** 2
    dz = np.empty((n_a, T), dy.dtype)
    da_next = np.zeros(n_a, dy.dtype)
    for t in reversed(range(T)):
        dz[:, t] = (from_outputs[:, t] + da_next) * slopes[:, t]
        da_next = Waa.T @ dz[:, t]
    gradients = {
        "dWya": dy @ states[:, 1:].T,
        "dby": dy.sum(axis=1, keepdims=True),
        "db": dz.sum(axis=1, keepdims=True),
        "dWax": dz @ inputs.T,
        "dWaa": dz @ states[:, :-1].T,
        "da_next": da_next[:, None],
    }
    return gradients, a


def update_parameters(parameters: Mapping[str, ArrayLike], gradients: Mapping[str, ArrayLike], lr: float) -> Parameters:
    """One step of gradient descent.

        W := W - lr dW

    - parameters: {"Waa", "Wax", "Wya", "b", "by"}; gradients: {"dWaa", ...}; lr: the learning rate
    - returns: new parameters

    Raises EngineError when a gradient is missing or a shape differs. Source: course 5, week 1.

    >>> update_parameters({"b": [[1.0]]}, {"db": [[2.0]]}, lr=0.25)
    {'b': array([[0.5]])}
    """
    return update_parameters_with_gd(parameters, gradients, as_number("lr", lr, "[0, inf)"))


def optimize(
    X: Sequence[int | None],
    Y: Sequence[int],
    a_prev: ArrayLike,
    parameters: Parameters,
    learning_rate: float = 0.01,
) -> tuple[float, Parameters, Array]:
    """One step of training on one name: forward, backward, clip to [-5, 5], update `parameters` IN PLACE.

    - X, Y: as in `rnn_forward`; a_prev: (n_a, 1)
    - parameters: {"Waa", "Wax", "Wya", "b", "by"}, arrays of floats, changed
    - returns loss: before the step, a float; gradients: clipped, {"dWaa", "dWax", "dWya", "db", "dby"};
      a_last: (n_a, 1), the last state

    Raises EngineError when a shape differs or an index lies outside. Source: course 5, week 1.

    >>> X, Y, parameters = [None, 1, 2], [1, 2, 0], initialize_parameters(3, 27, 27, rng=0)
    >>> before, _, _ = optimize(X, Y, np.zeros((3, 1)), parameters)
    >>> rnn_forward(X, Y, np.zeros((3, 1)), parameters)[0] < before
    True
    """
    for name, value in parameters.items():
        if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
            raise EngineError(name, "an array of floats, since it is changed in place", type(value).__name__)
    Wya = as_floats("Wya", entry("parameters", parameters, "Wya"), ("n_y", "n_a"))
    loss, cache = rnn_forward(X, Y, a_prev, parameters, vocab_size=len(Wya))
    gradients, a = rnn_backward(X, Y, parameters, cache)
    del gradients["da_next"]
    gradients = clip(gradients, 5)
    for name, value in update_parameters(parameters, gradients, learning_rate).items():
        parameters[name][...] = value
    return loss, gradients, a[len(Y) - 1]


def smooth(loss: float, cur_loss: float) -> float:
    """The moving average of the losses that is printed while a model learns.

        0.999 loss + 0.001 cur_loss

    - loss: the average so far; cur_loss: the newest loss
    - returns: a float

    Source: course 5, week 1.

    >>> round(smooth(20.0, 10.0), 6)
    19.99
    """
    return loss * 0.999 + cur_loss * 0.001


def get_initial_loss(vocab_size: int, seq_length: int) -> float:
    """The loss of a model that knows nothing: where the moving average starts.

        - seq_length log(1 / vocab_size)

    - vocab_size: number of characters; seq_length: number of steps, or of names printed
    - returns: a float

    Raises EngineError when a size is below 1. Source: course 5, week 1.

    >>> round(get_initial_loss(27, 7), 2)
    23.07
    """
    return -float(np.log(1.0 / as_count("vocab_size", vocab_size))) * as_count("seq_length", seq_length)


def model(
    data_x: Sequence[str],
    ix_to_char: Mapping[int, str],
    char_to_ix: Mapping[str, int],
    num_iterations: int = 35000,
    n_a: int = 50,
    dino_names: int = 7,
    vocab_size: int = 27,
    verbose: bool = False,
    seed: int | np.random.Generator = 0,
    carry_state: bool = False,
) -> tuple[Parameters, str]:
    """Train on a list of names, one name a step, and invent one.

        X = [None, letters of the name]      Y = [letters of the name, newline]

    Every name starts from a state of zeros, as the names that are drawn do. With `carry_state` the last state of a
    name is handed on to the next one, as in the assignment; a model of one name then learns a start that no sample
    has.

    - data_x: names; upper-case letters become lower-case, empty names are left out
    - ix_to_char, char_to_ix: {index: character} and back, "\\n" included
    - num_iterations: number of steps; n_a: size of the state; dino_names: how many names `verbose` prints at a time
    - vocab_size: number of characters; verbose: print the smoothed loss and some names every 2000 steps
    - seed: a Generator or a seed, for the start, the order and the sampling
    - carry_state: whether a name starts from the last state of the one before
    - returns parameters: {"Waa", "Wax", "Wya", "b", "by"}; last_name: a name drawn at the end, without the newline

    Raises EngineError when there is no name, a letter is not in the vocabulary or a count is below 1.
    Source: course 5, week 1 (the version of 2021).

    >>> characters = sorted(set("abcde\\n"))
    >>> char_to_ix = {c: i for i, c in enumerate(characters)}
    >>> ix_to_char = dict(enumerate(characters))
    >>> parameters, name = model(["abcde"], ix_to_char, char_to_ix, num_iterations=1000, n_a=10, vocab_size=6)
    >>> name  # one name, learned by heart
    'abcde'
    """
    as_count("num_iterations", num_iterations)
    as_count("dino_names", dino_names)
    if len(char_to_ix) != as_count("vocab_size", vocab_size):
        raise EngineError("vocab_size", f"the number of characters, {len(char_to_ix)}", str(vocab_size))
    rng = np.random.default_rng(seed)
    examples = [_letters(name, char_to_ix) for name in data_x if name.strip()]
    if not examples:
        raise EngineError("data_x", "a list with a name", "without one")
    rng.shuffle(examples)
    newline = entry("char_to_ix", char_to_ix, "\n")

    parameters = initialize_parameters(n_a, vocab_size, vocab_size, rng)
    loss = get_initial_loss(vocab_size, dino_names)
    a_prev: Array = np.zeros((n_a, 1))
    for j in range(num_iterations):
        letters = examples[j % len(examples)]
        X: list[int | None] = [None, *letters]
        Y = [*letters, newline]
        cur_loss, _, a_last = optimize(X, Y, a_prev, parameters)
        if carry_state:
            a_prev = a_last
        loss = smooth(loss, cur_loss)
        if verbose and j % 2000 == 0:
            print(f"Iteration: {j}, Loss: {loss:f}")
            for _ in range(dino_names):
                print(_name(sample(parameters, char_to_ix, rng), ix_to_char).capitalize())
    return parameters, _name(sample(parameters, char_to_ix, rng), ix_to_char)


def _parameters(parameters: Mapping[str, Any]) -> tuple[Array, Array, Array, Array, Array]:
    Waa = as_floats("Waa", entry("parameters", parameters, "Waa"), ("n_a", "n_a"))
    n_a = len(Waa)
    Wax = as_floats("Wax", entry("parameters", parameters, "Wax"), (n_a, "n_x"))
    Wya = as_floats("Wya", entry("parameters", parameters, "Wya"), ("n_y", n_a))
    b = as_floats("b", entry("parameters", parameters, "b"), (n_a, 1))
    by = as_floats("by", entry("parameters", parameters, "by"), (len(Wya), 1))
    return Waa, Wax, Wya, b, by


def _as_letters(X: Sequence[int | None], Y: Sequence[int], size: int) -> tuple[list[int | None], list[int]]:
    if len(X) != len(Y) or not Y:
        raise EngineError("Y", f"as long as X ({len(X)}), and not empty", f"of length {len(Y)}")
    known = as_ids("X", [0 if letter is None else letter for letter in X], size).tolist()
    letters = [None if letter is None else number for letter, number in zip(X, known, strict=True)]
    return letters, as_ids("Y", Y, size).tolist()


def _letters(name: str, char_to_ix: Mapping[str, int]) -> list[int]:
    return [entry("char_to_ix", char_to_ix, letter) for letter in name.strip().lower()]


def _name(indices: Sequence[int], ix_to_char: Mapping[int, str]) -> str:
    return "".join(ix_to_char[index] for index in indices).rstrip("\n")
