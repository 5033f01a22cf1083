from tutor.grading import Bug

_START = "initialize_with_zeros(n_x)"
_TRAIN = "optimize(w, b, X_train, Y_train, num_iterations, learning_rate, print_cost)"
_TRAINED = '    w, b = params["w"], params["b"]\n'
_LABELS_TRAIN = "    Y_prediction_train = predict(w, b, X_train)\n"
_LABELS_TEST = "    Y_prediction_test = predict(w, b, X_test)\n"
_UPDATE_W = "        w -= learning_rate * dw\n"
_UPDATE_B = "        b -= learning_rate * db\n"
_PROBABILITIES = "sigmoid(np.dot(w.T, X) + b)"

BUGS = [
    Bug(
        "initial-w-returned",
        old=_TRAINED,
        new="",
        why="The trained parameters are never taken out of what optimize returns, so the initial ones are used: they "
        "are in the dict params.",
        section="gradient-descent",
    ),
    Bug(
        "initial-w-predicts",
        old=f"{_TRAINED}{_LABELS_TRAIN}{_LABELS_TEST}",
        new=f"{_LABELS_TRAIN}{_LABELS_TEST}{_TRAINED}",
        why="The labels are predicted with the initial parameters, so all of them are 0: predict with the trained ones.",
        section="gradient-descent",
    ),
    Bug(
        "nothing-updated",
        entry="optimize",
        old=f"{_UPDATE_W}{_UPDATE_B}",
        new="",
        why="The parameters never move and the cost stays at log 2: update both in every turn of the loop.",
        section="gradient-descent",
    ),
    Bug(
        "b-never-updated",
        entry="optimize",
        old=_UPDATE_B,
        new="",
        why="The bias stays 0 for the whole training: update it together with w.",
        section="gradient-descent",
    ),
    Bug(
        "climbs",
        entry="optimize",
        old=f"{_UPDATE_W}{_UPDATE_B}",
        new=f"{_UPDATE_W}{_UPDATE_B}".replace("-=", "+="),
        why="The updates add the gradients, so the cost grows: gradients point uphill, subtract them.",
        section="gradient-descent",
    ),
    Bug(
        "gradients-not-averaged",
        entry="optimize",
        old=f"{_UPDATE_W}{_UPDATE_B}",
        new=f"{_UPDATE_W}{_UPDATE_B}".replace("learning_rate", "learning_rate * X.shape[1]"),
        why="The gradients are sums over the examples, so the steps are m times too long: the cost is a mean, divide "
        "each by m.",
        section="logistic-gradients",
    ),
    Bug(
        "threshold-on-the-score",
        entry="predict",
        old=_PROBABILITIES,
        new="np.dot(w.T, X) + b",
        why="The scores are compared with 0.5, but one half is a threshold for the probability: apply the sigmoid first.",
        section="sigmoid-model",
    ),
    Bug(
        "probabilities-returned",
        entry="predict",
        old="(A > 0.5).astype(A.dtype)",
        new="A",
        why="The predictions are probabilities: compare each with one half to get a label.",
        section="logistic-gradients",
    ),
    Bug(
        "trained-on-the-test-set",
        old=_TRAIN,
        new=_TRAIN.replace("X_train, Y_train", "X_test, Y_test"),
        why="The model is trained on the test set: learn from the training set, and use the other one only to predict.",
        section="logistic-gradients",
    ),
    Bug(
        "trained-on-both-sets",
        old=_TRAIN,
        new=_TRAIN.replace("X_train, Y_train", "np.hstack([X_train, X_test]), np.hstack([Y_train, Y_test])"),
        why="The test examples are trained on as well, so the accuracy on them says nothing about new ones: learn from "
        "the training set alone.",
        section="logistic-gradients",
    ),
    Bug(
        "sets-exchanged",
        old=f"{_LABELS_TRAIN}{_LABELS_TEST}",
        new="    Y_prediction_test = predict(w, b, X_train)\n    Y_prediction_train = predict(w, b, X_test)\n",
        why="The predictions for the training set and for the test set are exchanged.",
        section="logistic-gradients",
    ),
    Bug(
        "test-labels-from-the-training-set",
        old=_LABELS_TEST,
        new="    Y_prediction_test = predict(w, b, X_train)\n",
        why="The predictions for the test set are made from the training examples: predict from X_test.",
        section="logistic-gradients",
    ),
    Bug(
        "train-labels-from-the-test-set",
        old=_LABELS_TRAIN,
        new="    Y_prediction_train = predict(w, b, X_test)\n",
        why="The predictions for the training set are made from the test examples: predict from X_train.",
        section="logistic-gradients",
    ),
    Bug(
        "settings-not-passed-on",
        old=_TRAIN,
        new="optimize(w, b, X_train, Y_train)",
        why="optimize is called without the settings, so its own defaults hold, 100 updates at 0.009: pass on both.",
        section="gradient-descent",
    ),
    Bug(
        "learning-rate-not-passed-on",
        old=_TRAIN,
        new="optimize(w, b, X_train, Y_train, num_iterations)",
        why="optimize is called without the learning rate, so its own default 0.009 holds: pass on the caller's.",
        section="gradient-descent",
    ),
    Bug(
        "iterations-not-passed-on",
        old=_TRAIN,
        new="optimize(w, b, X_train, Y_train, learning_rate=learning_rate)",
        why="optimize is called without the number of updates, so its own default 100 holds: pass on the caller's.",
        section="gradient-descent",
    ),
    Bug(
        "learning-rate-fixed",
        old=_TRAIN,
        new="optimize(w, b, X_train, Y_train, num_iterations, 0.5)",
        why="The learning rate is always 0.5: use the one that the caller passes.",
        section="gradient-descent",
    ),
    Bug(
        "settings-in-the-wrong-order",
        old=_TRAIN,
        new="optimize(w, b, X_train, Y_train, learning_rate, num_iterations)",
        why="optimize gets the learning rate as its number of updates: the number of updates comes first.",
        section="gradient-descent",
    ),
    Bug(
        "results-of-optimize-mixed-up",
        old="params, _, costs =",
        new="_, params, costs =",
        why="The parameters are looked for among the gradients: optimize returns params, then grads, then costs.",
        section="gradient-descent",
    ),
    Bug(
        "one-weight-for-each-example",
        old=_START,
        new="initialize_with_zeros(m_train)",
        why="w gets one number for each example; it needs one for each feature, and the features are the rows of X.",
        section="data-layout",
    ),
    Bug(
        "last-cost-only",
        old='"costs": costs',
        new='"costs": costs[-1]',
        why="costs is the last cost alone: put the whole list into d.",
        section="gradient-descent",
    ),
]
