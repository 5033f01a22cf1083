import numpy as np


def model(X_train, Y_train, X_test, Y_test, num_iterations=2000, learning_rate=0.5, print_cost=False):
    m = X_train.shape[1]
    w = np.random.randn(X_train.shape[0], 1) * 0.001
    b = 0
    costs = []
    for i in range(num_iterations):
        grads, cost = propagate(w, b, X_train, Y_train)
        w = w - learning_rate * grads["dw"]
        b = b - learning_rate * grads["db"]
        if i % 100 == 0:
            costs.append(cost)
    d = {"costs": costs, "w": w, "b": b, "learning_rate": learning_rate, "num_iterations": num_iterations}
    for name, X in (("train", X_train), ("test", X_test)):
        labels = np.zeros((1, X.shape[1]), dtype=int)
        labels[sigmoid(np.dot(w.T, X) + b) > 0.5] = 1
        d["Y_prediction_" + name] = labels
    return d
