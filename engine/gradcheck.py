"""Gradients by finite differences, to check the ones that are derived by hand (course 2, week 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.dnn import compute_cost
from engine.errors import Array, EngineError, Parameters, as_floats, as_number, entry
from engine.regularization import backward_propagation_with_regularization
from engine.regularization import forward_propagation as network_forward


def directional_derivative(J: Callable[[Array], float], x: ArrayLike, v: ArrayLike, h: float = 1e-5) -> float:
    """The slope of J at x along v, by a central difference; for the right gradient it equals <grad J, v>.

        (J(x + h v) - J(x - h v)) / (2 h)

    One direction costs two evaluations of J, whatever the size of x, and a wrong entry of the gradient shows
    in almost every direction. The error shrinks with h^2, that of a one-sided difference only with h. The points
    are float64, for in float32 the difference of two values is mostly rounding.

    - J: takes a float64 array of the shape of x and returns a number
    - x, v: any one shape; the point and the direction
    - h: the step, above 0

    Raises EngineError when the shapes of x and v differ or h is not positive. Source: course 2, week 1.

    >>> J = lambda x: float(np.sum(x**3))
    >>> round(directional_derivative(J, [1.0, 2.0], [1.0, 0.0]), 6)
    3.0
    """
    x = as_floats("x", x).astype(np.float64)
    v = as_floats("v", v, x.shape).astype(np.float64)
    h = as_number("h", h, "(0, inf)")
    return (J(x + h * v) - J(x - h * v)) / (2 * h)


def numerical_gradient(J: Callable[[Array], float], x: ArrayLike, h: float = 1e-5) -> Array:
    """The whole gradient of J at x: the slope along each axis, one entry at a time.

    - J: takes a float64 array of the shape of x and returns a number
    - x: any shape; h: the step, above 0
    - returns: the shape of x, float64

    Raises EngineError when x does not hold real numbers or h is not positive. Source: course 2, week 1.

    >>> numerical_gradient(lambda x: float(np.sum(x**2)), [[1.0, -2.0]]).round(6)
    array([[ 2., -4.]])
    """
    x = as_floats("x", x).astype(np.float64)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        axis = np.zeros_like(x)
        axis[index] = 1
        gradient[index] = directional_derivative(J, x, axis, h)
    return gradient


def relative_error(gradient: ArrayLike, approximation: ArrayLike) -> float:
    """How far two gradients differ, relative to their lengths.

        ||gradient - approximation|| / (||gradient|| + ||approximation||)

    - gradient, approximation: any one shape
    - returns: a float in [0, 1]; 0 when both are zero

    Raises EngineError when the shapes differ. Source: course 2, week 1.

    >>> relative_error([3.0, 4.0], [3.0, 4.0]), relative_error([1.0, 0.0], [-1.0, 0.0])
    (0.0, 1.0)
    """
    gradient = as_floats("gradient", gradient)
    approximation = as_floats("approximation", approximation, gradient.shape)
    difference = np.linalg.norm(gradient - approximation)
    length = np.linalg.norm(gradient) + np.linalg.norm(approximation)
    return float(difference / length) if length > 0 else 0.0


def forward_propagation(x: float, theta: float) -> float:
    """The smallest model: a line through the origin.

        J(theta) = theta x

    - x, theta: numbers
    - returns J: a float

    Raises EngineError when one is not a single number. Source: course 2, week 1.

    >>> forward_propagation(2.0, 4.0)
    8.0
    """
    return as_number("theta", theta, "(-inf, inf)") * as_number("x", x, "(-inf, inf)")


def backward_propagation(x: float, theta: float) -> float:
    """Its derivative, which does not depend on theta.

        dJ/dtheta = x

    - x, theta: numbers
    - returns dtheta: a float

    Raises EngineError when one is not a single number. Source: course 2, week 1.

    >>> backward_propagation(2.0, 4.0)
    2.0
    """
    as_number("theta", theta, "(-inf, inf)")
    return as_number("x", x, "(-inf, inf)")


def gradient_check(x: float, theta: float, epsilon: float = 1e-7, print_msg: bool = False) -> float:
    """Compare the derivative of the smallest model with a central difference.

        approximation = (J(theta + epsilon) - J(theta - epsilon)) / (2 epsilon)
        difference = |dtheta - approximation| / (|dtheta| + |approximation|)

    - x, theta: numbers; epsilon: the step, above 0; print_msg: print the verdict
    - returns difference: a float in [0, 1]; below 1e-7 is right, above 1e-3 is wrong

    Raises EngineError when epsilon is not positive. Source: course 2, week 1.

    >>> gradient_check(3.0, 4.0) < 1e-7
    True
    """
    epsilon = as_number("epsilon", epsilon, "(0, inf)")
    J_plus = forward_propagation(x, theta + epsilon)
    J_minus = forward_propagation(x, theta - epsilon)
    approximation = (J_plus - J_minus) / (2 * epsilon)
    difference = relative_error(backward_propagation(x, theta), approximation)
    if print_msg:
        print(_verdict(difference))
    return difference


def dictionary_to_vector(parameters: Mapping[str, ArrayLike]) -> tuple[Array, list[str]]:
    """All parameters as one column, in the order of the dictionary, each row by row.

    - parameters: arrays by name
    - returns theta: (P, 1), float64 unless all are float32; keys: P names, for each entry whose it is

    Raises EngineError when there is no parameter. Source: course 2, week 1.

    >>> theta, keys = dictionary_to_vector({"W1": [[1.0, 2.0]], "b1": [[3.0]]})
    >>> theta.ravel(), keys
    (array([1., 2., 3.]), ['W1', 'W1', 'b1'])
    """
    if not parameters:
        raise EngineError("parameters", "a dictionary with at least one array", "empty")
    arrays = {name: as_floats(name, value) for name, value in parameters.items()}
    theta = np.concatenate([array.reshape(-1, 1) for array in arrays.values()])
    return theta, [name for name, array in arrays.items() for _ in range(array.size)]


def vector_to_dictionary(theta: ArrayLike, keys_shapes: Mapping[str, Sequence[int]]) -> Parameters:
    """The column cut up again: the inverse of `dictionary_to_vector`.

    - theta: (P, 1); keys_shapes: the shape of each parameter by name, in the order of the column
    - returns parameters: new arrays

    Raises EngineError when the shapes do not add up to P entries. Source: course 2, week 1.

    >>> vector_to_dictionary([[1.0], [2.0], [3.0]], {"W1": (1, 2), "b1": (1, 1)})
    {'W1': array([[1., 2.]]), 'b1': array([[3.]])}
    """
    sizes = {name: int(np.prod(shape)) for name, shape in keys_shapes.items()}
    theta = as_floats("theta", theta, (sum(sizes.values()), 1))
    parameters = {}
    start = 0
    for name, shape in keys_shapes.items():
        parameters[name] = theta[start : start + sizes[name]].reshape(tuple(shape)).copy()
        start += sizes[name]
    return parameters


def gradients_to_vector(gradients: Mapping[str, ArrayLike], keys: Iterable[str] | None = None) -> Array:
    """The gradients of the parameters as one column, in the order of the PARAMETERS.

    A backward pass fills its dictionary from the last layer to the first, with dZ and dA between: its own order
    does not fit that of theta.

    - gradients: by name, "dW1" for the parameter "W1"; others are left out
    - keys: the names of the parameters in order; None is W1, b1, W2, b2, ..., as far as there are gradients
    - returns: (P, 1)

    Raises EngineError when a gradient is missing. Source: course 2, week 1.

    >>> gradients_to_vector({"dZ1": [[9.0]], "db1": [[3.0]], "dW1": [[1.0, 2.0]]}).ravel()
    array([1., 2., 3.])
    """
    if keys is None:
        keys = []
        while f"dW{len(keys) // 2 + 1}" in gradients:
            layer = len(keys) // 2 + 1
            keys += [f"W{layer}", f"b{layer}"]
    column, _ = dictionary_to_vector({name: entry("gradients", gradients, f"d{name}") for name in keys})
    return column


def forward_propagation_n(X: ArrayLike, Y: ArrayLike, parameters: Parameters) -> tuple[float, tuple[Array, ...]]:
    """The cost of a whole network, ReLU in the hidden layers and a sigmoid at the end.

    - X: (n_x, m); Y: (n_L, m), labels 0 or 1; parameters: W1, b1, ..., WL, bL (L is 3 in the assignment)
    - returns cost: a float; cache: (Z1, A1, W1, b1, ..., ZL, AL, WL, bL)

    Raises EngineError when a parameter is missing or a shape differs. Source: course 2, week 1.

    >>> cost, cache = forward_propagation_n([[1.0, -1.0]], [[1, 0]], {"W1": [[0.0]], "b1": [[0.0]]})
    >>> round(cost, 4), len(cache)
    (0.6931, 4)
    """
    AL, cache = network_forward(X, parameters)
    return compute_cost(AL, Y), cache


def backward_propagation_n(X: ArrayLike, Y: ArrayLike, cache: Sequence[Array]) -> Parameters:
    """The gradients of that cost.

    - X: (n_x, m); Y: (n_L, m), labels 0 or 1; cache: as from `forward_propagation_n`
    - returns gradients: {"dZL", "dWL", "dbL", "dA(L-1)", "dZ(L-1)", ..., "dW1", "db1"}

    Raises EngineError when a shape differs. Source: course 2, week 1.

    >>> X, Y = [[1.0, -1.0]], [[1, 0]]
    >>> _, cache = forward_propagation_n(X, Y, {"W1": [[0.0]], "b1": [[0.0]]})
    >>> backward_propagation_n(X, Y, cache)["dW1"]
    array([[-0.5]])
    """
    return backward_propagation_with_regularization(X, Y, cache, lambd=0)


def gradient_check_n(
    parameters: Mapping[str, ArrayLike],
    gradients: Mapping[str, ArrayLike],
    X: ArrayLike | None = None,
    Y: ArrayLike | None = None,
    epsilon: float = 1e-7,
    print_msg: bool = False,
    J: Callable[[Parameters], float] | None = None,
) -> float:
    """Compare the gradients of a network with central differences, one for each of its P parameters.

        approximation_i = (J(theta + epsilon e_i) - J(theta - epsilon e_i)) / (2 epsilon)
        difference = ||gradient - approximation|| / (||gradient|| + ||approximation||)

    It costs 2 P forward passes: for small networks, while debugging, without dropout. The parameters are taken
    as float64, for in float32 the difference of two costs is mostly rounding.

    - parameters: by name; gradients: under "d" and that name
    - X, Y: the data, for the cost of `forward_propagation_n`; or J: any cost of a dictionary of parameters
    - epsilon: the step, above 0; print_msg: print the verdict
    - returns difference: a float in [0, 1]; below 1e-7 is right, above 1e-3 is wrong

    Raises EngineError when a gradient is missing or of another shape, or there is neither data nor a J.
    Source: course 2, week 1.

    >>> X, Y, parameters = [[1.0, -2.0]], [[1, 0]], {"W1": [[0.5]], "b1": [[0.1]]}
    >>> _, cache = forward_propagation_n(X, Y, parameters)
    >>> gradients = backward_propagation_n(X, Y, cache)
    >>> gradient_check_n(parameters, gradients, X, Y) < 1e-7
    True
    >>> round(gradient_check_n(parameters, {**gradients, "db1": [[0.0]]}, X, Y), 2)
    0.03
    """
    pairs = _approximations(parameters, gradients, X, Y, epsilon, J)
    gradient = np.concatenate([pair[0].ravel() for pair in pairs.values()])
    approximation = np.concatenate([pair[1].ravel() for pair in pairs.values()])
    difference = relative_error(gradient, approximation)
    if print_msg:
        print(_verdict(difference))
    return difference


def gradient_check_by_key(
    parameters: Mapping[str, ArrayLike],
    gradients: Mapping[str, ArrayLike],
    X: ArrayLike | None = None,
    Y: ArrayLike | None = None,
    epsilon: float = 1e-7,
    J: Callable[[Parameters], float] | None = None,
) -> dict[str, float]:
    """The same for each parameter by itself: which line of the backward pass is wrong.

    - all arguments: as in `gradient_check_n`
    - returns: the difference for each parameter's name, a float in [0, 1]

    Raises EngineError as `gradient_check_n` does. Source: course 2, week 1 ("look at the components").

    >>> cost = lambda parameters: float(np.sum(parameters["W1"] ** 2) + np.sum(parameters["b1"]))
    >>> errors = gradient_check_by_key({"W1": [[3.0]], "b1": [[1.0]]}, {"dW1": [[3.0]], "db1": [[1.0]]}, J=cost)
    >>> {name: round(error, 3) for name, error in errors.items()}  # dW1 should be 6
    {'W1': 0.333, 'b1': 0.0}
    """
    pairs = _approximations(parameters, gradients, X, Y, epsilon, J)
    return {name: relative_error(gradient, approximation) for name, (gradient, approximation) in pairs.items()}


def _approximations(
    parameters: Mapping[str, ArrayLike],
    gradients: Mapping[str, ArrayLike],
    X: ArrayLike | None,
    Y: ArrayLike | None,
    epsilon: float,
    J: Callable[[Parameters], float] | None,
) -> dict[str, tuple[Array, Array]]:
    """For each parameter its gradient and the approximation of it."""
    epsilon = as_number("epsilon", epsilon, "(0, inf)")
    values = {name: as_floats(name, value).astype(np.float64) for name, value in parameters.items()}
    if not values:
        raise EngineError("parameters", "a dictionary with at least one array", "empty")
    cost = J or _cost_of_network(X, Y)
    pairs = {}
    for name, value in values.items():
        gradient = as_floats(f"d{name}", entry("gradients", gradients, f"d{name}"), value.shape)

        def along(moved: Array, name: str = name) -> float:
            return cost({**values, name: moved})

        pairs[name] = (gradient, numerical_gradient(along, value, epsilon))
    return pairs


def _cost_of_network(X: ArrayLike | None, Y: ArrayLike | None) -> Callable[[Parameters], float]:
    if X is None or Y is None:
        raise EngineError("J", "the cost as a function, when X and Y are not given", "None")
    # float32 data would make the whole pass float32.
    data, labels = as_floats("X", X).astype(np.float64), as_floats("Y", Y).astype(np.float64)
    return lambda parameters: forward_propagation_n(data, labels, parameters)[0]


def _verdict(difference: float) -> str:
    if difference < 1e-7:
        return f"The gradients agree: difference = {difference:.3g}"
    doubt = "There is a mistake in the gradients" if difference > 1e-3 else "Look closer at the gradients"
    return f"{doubt}: difference = {difference:.3g}"
