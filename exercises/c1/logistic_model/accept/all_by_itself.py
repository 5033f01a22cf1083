import numpy as np


def with_ones(X):
    return np.concatenate([X, np.ones((1, X.shape[1]))])


def model(X_train, Y_train, X_test, Y_test, num_iterations=2000, learning_rate=0.5, print_cost=False):
    rows, y = with_ones(X_train), Y_train[0]
    theta = np.zeros(len(rows))
    costs = []
    for step in range(num_iterations):
        z = theta @ rows
        if step % 100 == 0:
            costs.append(np.mean(np.logaddexp(0, z) - y * z))
        theta -= learning_rate * rows @ (1 / (1 + np.exp(-z)) - y) / y.size
    return dict(
        w=theta[:-1, None],
        b=theta[-1],
        costs=np.array(costs),
        Y_prediction_train=(theta @ rows > 0)[None, :],
        Y_prediction_test=(theta @ with_ones(X_test) > 0)[None, :],
        learning_rate=learning_rate,
        num_iterations=num_iterations,
    )
