from tutor.grading import Bug

_SCORE = "np.dot(w.T, X) + b"
_A = f"sigmoid({_SCORE})"
_LABELS = "(A > 0.5).astype(A.dtype)"
_ANSWER = f"A = {_A}\n    return {_LABELS}"

BUGS = [
    Bug(
        "threshold-on-the-score",
        old=_A,
        new=_SCORE,
        why="The score is compared with 0.5, but one half is a threshold for the probability: apply the sigmoid first.",
        section="sigmoid-model",
    ),
    Bug(
        "one-half-counts-as-one",
        old="A > 0.5",
        new="A >= 0.5",
        why="A probability of exactly one half came out as 1: the comparison is strict, so its label is 0.",
        section="logistic-gradients",
    ),
    Bug(
        "probabilities-returned",
        old=_LABELS,
        new="A",
        why="These are the probabilities: compare each with one half to get its label.",
        section="logistic-gradients",
    ),
    Bug(
        "low-ones-left",
        old=_LABELS,
        new="np.where(A > 0.5, 1, A)",
        why="Only the probabilities above one half become labels, the others are left as they are: make them 0.",
        section="logistic-gradients",
    ),
    Bug(
        "scores-returned",
        old=_ANSWER,
        new=f"return {_SCORE}",
        why="These are the scores: turn each into a probability and compare that with one half.",
        section="logistic-gradients",
    ),
    Bug(
        "digits-cut-off",
        old=_LABELS,
        new="A.astype(int)",
        why="The conversion to whole numbers cuts off the digits, so nearly every label is 0: compare with one half.",
        section="vectorization",
    ),
    Bug(
        "threshold-at-zero",
        old="A > 0.5",
        new="A > 0",
        why="The probability is compared with 0, which nearly every one exceeds: 0 is the threshold for the score, one "
        "half for the probability.",
        section="sigmoid-model",
    ),
    Bug(
        "sigmoid-twice",
        old=_A,
        new=f"sigmoid({_A})",
        why="The sigmoid is applied twice: the second one takes a number above 0 to one above a half, so nearly every "
        "label is 1.",
        section="sigmoid-model",
    ),
    Bug(
        "labels-exchanged",
        old=_LABELS,
        new="1 - (A > 0.5)",
        why="The labels are exchanged: a probability above one half means label 1.",
        section="logistic-gradients",
    ),
    Bug(
        "wrong-side",
        old="A > 0.5",
        new="A < 0.5",
        why="Labels come out the other way round: 1 belongs to the probabilities above one half; either the comparison "
        "or the sign of the score is turned.",
        section="logistic-gradients",
    ),
    Bug(
        "minus-one-for-zero",
        old=_LABELS,
        new="np.where(A > 0.5, 1, -1)",
        why="The labels are -1 and 1 here; this course uses 0 and 1.",
        section="logistic-gradients",
    ),
    Bug(
        "sign-of-the-score",
        old=_ANSWER,
        new=f"return np.sign({_SCORE})",
        why="The sign of the score is -1, 0 or 1; this course uses the labels 0 and 1.",
        section="logistic-gradients",
    ),
    Bug(
        "no-bias",
        old=_SCORE,
        new="np.dot(w.T, X)",
        why="The bias b is missing from the score.",
        section="sigmoid-model",
    ),
    Bug(
        "bias-subtracted",
        old=_SCORE,
        new="np.dot(w.T, X) - b",
        why="The bias b is subtracted from the score: it is added.",
        section="sigmoid-model",
    ),
    Bug(
        "bias-outside-the-sigmoid",
        old=_A,
        new="sigmoid(np.dot(w.T, X)) + b",
        why="The bias is added to the probability: it belongs to the score, inside the sigmoid.",
        section="sigmoid-model",
    ),
    Bug(
        "w-not-transposed",
        old="np.dot(w.T, X)",
        new="np.dot(w, X)",
        why="w is a column (n_x, 1): transpose it, so that its product with X gives one score for each example.",
        section="sigmoid-model",
    ),
    Bug(
        "elementwise",
        old="np.dot(w.T, X)",
        new="w * X",
        why="w * X multiplies entry by entry and keeps one row for each feature; a score is the sum over the features.",
        section="vectorization",
    ),
    Bug(
        "row-without-an-axis",
        old=_ANSWER,
        new=f"A = {_A}\n    return (A[0] > 0.5).astype(A.dtype)",
        why="The labels are an array of rank 1; a row of shape (1, m) is asked, so keep both axes.",
        section="vectorization",
    ),
    Bug(
        "column-of-labels",
        old=_ANSWER,
        new="A = sigmoid(np.dot(X.T, w) + b)\n    return (A > 0.5).astype(A.dtype)",
        why="The labels are a column (m, 1): examples are columns, so the labels are a row (1, m).",
        section="data-layout",
    ),
    Bug(
        "one-label-for-all",
        old=_ANSWER,
        new=f"A = {_A}\n    Y_prediction = 0.0\n    for a in A[0]:\n        Y_prediction = float(a > 0.5)\n"
        "    return Y_prediction",
        why="The loop overwrites one and the same variable: only the last label is left; fill an array of shape (1, m).",
        section="logistic-gradients",
    ),
    Bug(
        "loop-over-the-features",
        old=_ANSWER,
        new=f"A = {_A}\n    Y_prediction = np.zeros((1, X.shape[1]))\n    for i in range(X.shape[0]):\n"
        "        Y_prediction[0, i] = A[0, i] > 0.5\n    return Y_prediction",
        why="The loop runs over the features, X.shape[0]; the examples are the columns, X.shape[1].",
        section="data-layout",
    ),
    Bug(
        "all-zero",
        old=_LABELS,
        new="np.zeros(A.shape)",
        why="Every label is 0: the result of the comparison does not reach the array that is returned.",
        section="logistic-gradients",
    ),
]
