"""Reading hand signs with a network of three layers: the assignment in which the course meets a framework.

The same few lines of forward propagation are run in three ways: at once, on arrays; built first and run later, on the
nodes of `engine.graph`, as in TensorFlow 1; and recorded for the way back, on the variables of `engine.tape`, as in
TensorFlow 2 (course 2, week 3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike

from engine import basics, crossentropy, tape
from engine.batches import random_mini_batches
from engine.errors import Array, EngineError, Parameters, as_array, as_count, as_floats, entry
from engine.graph import Node, Session, apply, placeholder
from engine.init import initialize_parameters_xavier
from engine.optimizers import Adam
from engine.tape import Tape, Variable

#: Pixels of a picture of 64 x 64 in three colours, the units of two hidden layers, and the signs for 0 to 5.
SIZES = (12288, 25, 12, 6)


def normalize(image: ArrayLike, dtype: type = np.float32) -> Array:
    """A picture as one vector of numbers from 0 to 1.

        x = pixels / 255

    - image: (n_H, n_W, n_C), bytes from 0 to 255; dtype: of the result, float32 as in the course
    - returns: (n_H n_W n_C,)

    Raises EngineError when the image is not of rank 3. Source: course 2, week 3.

    >>> normalize([[[0, 51, 255]]])
    array([0. , 0.2, 1. ], dtype=float32)
    """
    image = as_array("image", image, ("n_H", "n_W", "n_C"))
    x: Array = image.reshape(-1).astype(dtype) / dtype(255)
    return x


def linear_function(n_out: int = 4, n_in: int = 3, rng: np.random.Generator | int | None = None) -> Array:
    """The first thing to do with a framework: one linear step with random numbers, as a graph that is run.

        Y = W X + b        W (n_out, n_in), X (n_in, 1), b (n_out, 1), all standard normal, drawn as X, W, b

    - n_out, n_in: the sizes; rng: a Generator or a seed
    - returns Y: (n_out, 1)

    Raises EngineError when a size is below 1. Source: course 2, week 3.

    >>> linear_function(rng=1).shape
    (4, 1)
    """
    as_count("n_out", n_out)
    as_count("n_in", n_in)
    rng = np.random.default_rng(rng)
    values, W, b = (rng.normal(size=shape) for shape in ((n_in, 1), (n_out, n_in), (n_out, 1)))
    X = placeholder("X")
    Y: Array = Session().run(W @ X + b, {X: values})
    return Y


def sigmoid(z: ArrayLike) -> Array:
    """The sigmoid by way of a graph: a placeholder, a node, a run with a feed dictionary.

        x = placeholder        a = 1 / (1 + e^-x)        run a with {x: z}

    - z: any shape
    - returns: the same shape

    Raises EngineError when z holds no real numbers. Source: course 2, week 3.

    >>> sigmoid([0.0, 1000.0])
    array([0.5, 1. ])
    """
    x = placeholder("x")
    a: Array = Session().run(apply(basics.sigmoid, x), {x: z})
    return a


def cost(logits: ArrayLike, labels: ArrayLike) -> Array:
    """The logistic loss of every entry, from logits and so exact for any of them; there is no mean.

        -(y log sigma(z) + (1 - y) log(1 - sigma(z))) = max(z, 0) - z y + log(1 + e^-|z|)

    - logits, labels: one shape; labels from 0 to 1
    - returns: the same shape

    Raises EngineError when the shapes differ. Source: course 2, week 3 (the role of
    `tf.nn.sigmoid_cross_entropy_with_logits`).

    >>> cost([0.0, 1000.0, 1000.0], [1, 1, 0]).round(4)
    array([6.931e-01, 0.000e+00, 1.000e+03])
    """
    z = as_floats("logits", logits)
    y = as_floats("labels", labels, z.shape).astype(z.dtype, copy=False)
    losses: Array = np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))
    return losses


def create_placeholders(n_x: int, n_y: int) -> tuple[Node, Node]:
    """Two nodes without values, for pictures and for labels; how many examples there are is left open.

    - n_x: pixels of a picture; n_y: classes
    - returns X, Y: placeholders for (n_x, m) and (n_y, m)

    Raises EngineError when a size is below 1. Source: course 2, week 3.

    >>> create_placeholders(12288, 6)
    (<placeholder X (12288, m)>, <placeholder Y (6, m)>)
    """
    as_count("n_x", n_x)
    as_count("n_y", n_y)
    return placeholder(f"X ({n_x}, m)"), placeholder(f"Y ({n_y}, m)")


def initialize_parameters(
    layers_dims: Sequence[int] = SIZES, rng: np.random.Generator | int | None = None
) -> Parameters:
    """Weights as Glorot proposes, and biases of zero, for three layers.

        W^[l] = standard normal * sqrt(2 / (n^[l-1] + n^[l]))        b^[l] = 0

    - layers_dims: [n_x, n1, n2, n_y]; rng: a Generator or a seed
    - returns parameters: {"W1": (n1, n_x), "b1": (n1, 1), ..., "W3": (n_y, n2), "b3": (n_y, 1)}

    Raises EngineError when there are not four sizes or one is below 1. Source: course 2, week 3.

    >>> {name: value.shape for name, value in initialize_parameters(rng=1).items() if name.startswith("W")}
    {'W1': (25, 12288), 'W2': (12, 25), 'W3': (6, 12)}
    """
    if len(layers_dims) != 4:
        raise EngineError("layers_dims", "a list of 4 sizes: input, two hidden layers, output", str(list(layers_dims)))
    return initialize_parameters_xavier(layers_dims, "fan_avg", rng)


@overload
def forward_propagation(X: Node, parameters: Parameters) -> Node: ...
@overload
def forward_propagation(X: ArrayLike, parameters: Mapping[str, Variable]) -> Variable: ...
@overload
def forward_propagation(X: ArrayLike, parameters: Parameters) -> Array: ...
def forward_propagation(X: Any, parameters: Any) -> Any:
    """Linear, ReLU, linear, ReLU, linear. The softmax is left to the loss, which needs the logits to be exact.

        Z1 = W1 X + b1    A1 = relu(Z1)    Z2 = W2 A1 + b2    A2 = relu(Z2)    Z3 = W3 A2 + b3

    - X: (n_x, m), an array or a placeholder for one
    - parameters: {"W1": (n1, n_x), "b1": (n1, 1), ...}, arrays, or variables of `engine.tape`
    - returns Z3: (n_y, m), an array; a node that waits for its run when X is one; a variable when they are

    Raises EngineError when a key is missing or a shape differs. Source: course 2, week 3.

    >>> parameters, pictures = initialize_parameters([5, 4, 3, 2], rng=0), np.ones((5, 7))
    >>> forward_propagation(pictures, parameters).shape
    (2, 7)
    >>> X, _ = create_placeholders(5, 2)
    >>> Z3 = forward_propagation(X, parameters)
    >>> Z3  # nothing has been computed
    <add>
    >>> np.array_equal(Session().run(Z3, {X: pictures}), forward_propagation(pictures, parameters))
    True
    """
    W1, b1, W2, b2, W3, b3 = (entry("parameters", parameters, name) for name in ("W1", "b1", "W2", "b2", "W3", "b3"))
    if not isinstance(X, Node):
        X = as_floats("X", X, (W1.shape[1], "m"))
    A1 = _relu(W1 @ X + b1)
    A2 = _relu(W2 @ A1 + b2)
    return W3 @ A2 + b3


@overload
def compute_cost(Z3: Node, Y: Node) -> Node: ...
@overload
def compute_cost(Z3: Variable, Y: ArrayLike) -> Variable: ...
@overload
def compute_cost(Z3: ArrayLike, Y: ArrayLike) -> float: ...
def compute_cost(Z3: Any, Y: Any) -> Any:
    """The mean cross-entropy of the softmax of the columns.

        J = -1/m sum_i sum_j y_j log softmax(z)_j

    The losses of the frameworks want an example a ROW: the columns are transposed on the way in. A loss that is given
    (n_y, m) as it stands takes the classes for examples and says nothing.

    - Z3: (n_y, m), logits; Y: (n_y, m), one-hot
    - returns: a number; a node or a variable when Z3 is one

    Raises EngineError when the shapes differ. Source: course 2, week 3.

    >>> round(compute_cost([[0.0], [0.0]], [[1], [0]]), 4)
    0.6931
    >>> X, Y = create_placeholders(2, 2)
    >>> round(float(Session().run(compute_cost(X, Y), {X: [[0.0], [0.0]], Y: [[1], [0]]})), 4)
    0.6931
    """
    if isinstance(Z3, Node):
        return apply(lambda Z3, Y: np.asarray(crossentropy.softmax_cross_entropy(Z3, Y)[0]), Z3, Y, name="cost")
    if isinstance(Z3, Variable):
        labels = as_floats("Y", Y, Z3.shape).argmax(axis=0)
        return tape.softmax_cross_entropy(tape.transpose(Z3), labels)
    return crossentropy.softmax_cross_entropy(Z3, Y)[0]


@overload
def compute_total_loss(logits: Variable, labels: ArrayLike) -> Variable: ...
@overload
def compute_total_loss(logits: ArrayLike, labels: ArrayLike) -> float: ...
def compute_total_loss(logits: Any, labels: Any) -> Any:
    """The SUM of the cross-entropies, m times `compute_cost`.

    Sums over mini-batches add up to that over the epoch, whatever the size of the last one; divided by m once, at the
    end, it is the cost of the epoch. The gradient of the sum is m times that of the mean, so gradient descent needs a
    learning rate m times smaller; Adam does not see the scale.

    - logits: (n_y, m), an array or a variable; labels: (n_y, m), one-hot
    - returns: a number, or a variable when the logits are one

    Raises EngineError when the shapes differ. Source: course 2, week 3.

    >>> round(compute_total_loss([[0.0, 0.0], [0.0, 0.0]], [[1, 0], [0, 1]]), 4)
    1.3863
    """
    m = as_array("labels", labels, ("n_y", "m")).shape[1]
    return compute_cost(logits, labels) * m


def model(
    X_train: ArrayLike,
    Y_train: ArrayLike,
    X_test: ArrayLike,
    Y_test: ArrayLike,
    learning_rate: float = 0.0001,
    num_epochs: int = 1500,
    minibatch_size: int = 32,
    print_cost: bool = True,
    hidden: tuple[int, int] = (25, 12),
    rng: np.random.Generator | int | None = None,
) -> tuple[Parameters, list[float], list[float], list[float]]:
    """Train the three layers by Adam, with the gradients of a tape.

        for each mini-batch:  record J = compute_cost(forward_propagation(X, parameters), Y)
                              gradients = what the tape gives        parameters := a step of Adam

    - X_train: (n_x, m), numbers around 0 to 1; Y_train: (n_y, m), one-hot; X_test, Y_test: the same for other examples
    - learning_rate, num_epochs, minibatch_size: from 1 up for the last two
    - print_cost: print every 100th epoch's cost; hidden: the units of the two hidden layers
    - rng: a Generator or a seed, for the weights and the mini-batches
    - returns parameters: in the dtype of X_train; costs, train_acc, test_acc: one number an epoch; the first two are
      taken while the epoch is learned, the last at its end

    Raises EngineError when a shape differs or a count is below 1. Source: course 2, week 3.

    >>> rng = np.random.default_rng(0)
    >>> X, labels = rng.uniform(size=(8, 200)), rng.integers(0, 3, size=200)
    >>> X[labels, np.arange(200)] += 1  # what there is to find
    >>> Y = crossentropy.one_hot_matrix(labels, depth=3)
    >>> parameters, costs, train_acc, test_acc = model(
    ...     X[:, :150], Y[:, :150], X[:, 150:], Y[:, 150:], 0.01, 20, print_cost=False, rng=1)
    >>> costs[0] > 1, costs[-1] < 0.3, test_acc[-1] > 0.9
    (True, True, True)
    """
    X_train = as_floats("X_train", X_train, ("n_x", "m"))
    n_x, m = X_train.shape
    Y_train = as_floats("Y_train", Y_train, ("n_y", m))
    n_y = len(Y_train)
    X_test = as_floats("X_test", X_test, (n_x, "m_test"))
    Y_test = as_floats("Y_test", Y_test, (n_y, X_test.shape[1]))
    as_count("num_epochs", num_epochs)
    rng = np.random.default_rng(rng)

    start = initialize_parameters((n_x, *hidden, n_y), rng)
    parameters = {name: value.astype(X_train.dtype) for name, value in start.items()}
    # A variable holds the array itself: Adam's steps in place are seen by the next forward propagation.
    variables = {name: Variable(value) for name, value in parameters.items()}
    optimizer = Adam(learning_rate)
    costs: list[float] = []
    train_acc: list[float] = []
    test_acc: list[float] = []
    for epoch in range(num_epochs):
        total = right = 0.0
        for X, Y in random_mini_batches(X_train, Y_train, minibatch_size, rng):
            with Tape() as recorder:
                Z3 = forward_propagation(X, variables)
                J = compute_cost(Z3, Y)
            gradients = recorder.gradient(J, list(variables.values()))
            optimizer.step(parameters, dict(zip(variables, gradients, strict=True)))
            total += float(J.value) * X.shape[1]
            right += _right(Z3.value, Y)
        costs.append(total / m)
        train_acc.append(right / m)
        test_acc.append(_right(forward_propagation(X_test, parameters), Y_test) / X_test.shape[1])
        if print_cost and epoch % 100 == 0:
            print(f"Epoch {epoch}: cost {costs[-1]:f}, train {train_acc[-1]:.3f}, test {test_acc[-1]:.3f}")
    return parameters, costs, train_acc, test_acc


def _relu(Z: Any) -> Any:
    if isinstance(Z, Node):
        return apply(lambda Z: np.maximum(Z, 0), Z, name="relu")
    return tape.relu(Z) if isinstance(Z, Variable) else np.maximum(Z, 0)


def _right(Z3: Array, Y: Array) -> float:
    """How many columns have their largest score where the 1 is."""
    return float(np.sum(Z3.argmax(axis=0) == Y.argmax(axis=0)))
