from tutor.grading import Bug

_COPY = "    w = w.copy()\n"
_COSTS = "    costs = []\n"
_LOOP = "for i in range(num_iterations):\n"
_MEASURE = "        grads, cost = propagate(w, b, X, Y)\n"
_RECORD = "if i % 100 == 0:"
_W = "w -= learning_rate * dw"
_B = "b -= learning_rate * db"
_MOVE = f"        {_W}\n        {_B}\n"
_MOVE_ANEW = "        w = w - learning_rate * dw\n        b = b - learning_rate * db\n"
_PARAMS = '{"w": w, "b": b}'
_RETURN = f"return {_PARAMS}, grads, costs"
_BODY = (
    f"{_COPY}{_COSTS}    {_LOOP}{_MEASURE}        {_RECORD}\n"
    "            costs.append(cost)\n"
    "            if print_cost:\n"
    "                report_cost(i, cost)\n"
    '        dw = grads["dw"]\n'
    '        db = grads["db"]\n'
    f"{_MOVE}    {_RETURN}"
)

_B_WITH_DW = (
    "b is updated with dw: it turns into an array of the shape of w, and the failure comes later and elsewhere; each "
    "parameter moves against its own gradient."
)

BUGS = [
    Bug(
        "w-changed-in-place",
        old=_COPY,
        new="",
        why="The update is written into the caller's own array, so a second run from the same w starts where this one "
        "ended; work on a copy or make a new array at each update.",
        section="gradient-descent",
    ),
    Bug(
        "b-updated-with-dw",
        old=_B,
        new="b = b - learning_rate * dw",
        why=_B_WITH_DW,
        section="gradient-descent",
    ),
    Bug(
        "b-updated-with-dw-and-broadcast",
        source="""
def optimize(w, b, X, Y, num_iterations=100, learning_rate=0.009, print_cost=False):
    costs = []
    for i in range(num_iterations):
        A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
        dZ = A - Y
        grads = {"dw": np.dot(X, dZ.T) / X.shape[1], "db": np.sum(dZ) / X.shape[1]}
        if i % 100 == 0:
            costs.append(-np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / X.shape[1])
        w = w - learning_rate * grads["dw"]
        b = b - learning_rate * grads["dw"]
    return {"w": w, "b": b}, grads, costs
""",
        why=_B_WITH_DW,
        section="gradient-descent",
    ),
    Bug(
        "w-updated-with-db",
        old=_W,
        new="w -= learning_rate * db",
        why="w is updated with db, so all weights move by the same step; each parameter moves against its own "
        "gradient.",
        section="gradient-descent",
    ),
    Bug(
        "climbs",
        old=_MOVE,
        new=_MOVE.replace("-=", "+="),
        why="Both updates add the gradient, which points uphill: the cost grows; subtract it.",
        section="gradient-descent",
    ),
    Bug(
        "w-climbs",
        old=_W,
        new=_W.replace("-=", "+="),
        why="The update of w adds the gradient, which points uphill; subtract it.",
        section="gradient-descent",
    ),
    Bug(
        "b-climbs",
        old=_B,
        new=_B.replace("-=", "+="),
        why="The update of b adds the gradient, which points uphill; subtract it.",
        section="gradient-descent",
    ),
    Bug(
        "nothing-updated",
        old=_MOVE,
        new="",
        why="The loop measures but never moves: w and b come back as they were passed; assign the updated values to "
        "both.",
        section="gradient-descent",
    ),
    Bug(
        "w-never-updated",
        old=f"        {_W}\n",
        new="",
        why="Only b moves, and w comes back as it was passed: both parameters are updated in every turn.",
        section="gradient-descent",
    ),
    Bug(
        "b-never-updated",
        old=f"        {_B}\n",
        new="",
        why="Only w moves, and b comes back as it was passed: both parameters are updated in every turn.",
        section="gradient-descent",
    ),
    Bug(
        "gradient-itself",
        old=_MOVE,
        new=_MOVE.replace("-= ", "= -"),
        why="The parameters are replaced by the step instead of moved by it: subtract the step from the old value.",
        section="gradient-descent",
    ),
    Bug(
        "learning-rate-missing",
        old=_MOVE,
        new=_MOVE.replace("learning_rate * ", ""),
        why="The steps are the bare gradients: multiply each by the learning rate.",
        section="gradient-descent",
    ),
    Bug(
        "learning-rate-fixed",
        old=_MOVE,
        new=_MOVE.replace("learning_rate", "0.009"),
        why="The learning rate is always the default 0.009: use the argument that the caller passes.",
        section="gradient-descent",
    ),
    Bug(
        "divided-by-m-again",
        old=_MOVE,
        new=_MOVE.replace("dw", "dw / X.shape[1]").replace("db", "db / X.shape[1]"),
        why="The steps are divided by m, but the gradients from propagate are means already.",
        section="logistic-gradients",
    ),
    Bug(
        "two-points",
        old=_B,
        new='b -= learning_rate * propagate(w, b, X, Y)[0]["db"]',
        why="w moves first and db is measured after that: both gradients of a step belong to the same point, so "
        "measure once and then move both.",
        section="gradient-descent",
    ),
    Bug(
        "measured-once",
        old=f"    {_LOOP}{_MEASURE}",
        new=f"    grads, cost = propagate(w, b, X, Y)\n    {_LOOP}",
        why="Every step uses the gradients at the initial parameters: the slope changes with each step, so measure in "
        "every turn, at the point where the last update led.",
        section="gradient-descent",
    ),
    Bug(
        "results-of-propagate-mixed-up",
        old=_MEASURE,
        new="        cost, grads = propagate(w, b, X, Y)\n",
        why="The cost is taken for the gradients: propagate returns grads first, then the cost.",
        section="logistic-gradients",
    ),
    Bug(
        "iterations-fixed",
        old=_LOOP,
        new="for i in range(100):\n",
        why="It always makes 100 updates: use the argument num_iterations.",
        section="gradient-descent",
    ),
    Bug(
        "one-update-missing",
        old=_LOOP,
        new="for i in range(num_iterations - 1):\n",
        why="It makes one update less than num_iterations asks for.",
        section="gradient-descent",
    ),
    Bug(
        "starts-at-one",
        old=_LOOP,
        new="for i in range(1, num_iterations):\n",
        why="The loop counts from 1, so one update is missing and so is the first cost: count from 0.",
        section="gradient-descent",
    ),
    Bug(
        "one-update-more",
        old=_LOOP,
        new="for i in range(num_iterations + 1):\n",
        why="It makes one update more than num_iterations asks for.",
        section="gradient-descent",
    ),
    Bug(
        "returns-after-one-update",
        old=f"    {_RETURN}",
        new=f"        {_RETURN}",
        why="Only one update is made: the loop is missing, or a return inside it ends it too early.",
        section="gradient-descent",
    ),
    Bug(
        "costs-of-every-update",
        old=_RECORD,
        new="if True:",
        why="The cost of every update is recorded: only the updates 0, 100, 200 and so on belong in the list.",
        section="gradient-descent",
    ),
    Bug(
        "first-cost-missing",
        old=_RECORD,
        new="if i % 100 == 0 and i > 0:",
        why="The cost before the first update is not recorded: the list starts with the update 0.",
        section="gradient-descent",
    ),
    Bug(
        "costs-counted-from-one",
        old=_RECORD,
        new="if (i + 1) % 100 == 0:",
        why="The costs recorded are those before the updates 99, 199 and so on: count the updates from 0.",
        section="gradient-descent",
    ),
    Bug(
        "costs-after-the-update",
        old=_MOVE,
        new=f"{_MOVE}        if i % 100 == 0:\n            costs[-1] = propagate(w, b, X, Y)[1]\n",
        why="The costs are measured after the update: what goes with the gradients is the cost before it.",
        section="gradient-descent",
    ),
    Bug(
        "costs-empty",
        old=_RECORD,
        new="if i % 100 == 0 and print_cost:",
        why="No cost is recorded when nothing is printed: fill the list whether or not print_cost is set.",
        section="gradient-descent",
    ),
    Bug(
        "costs-started-again",
        old=_MEASURE,
        new=f"        costs = []\n{_MEASURE}",
        why="The list of costs is made anew in every turn and forgets what it held: make it once, before the loop.",
        section="gradient-descent",
    ),
    Bug(
        "last-cost-only",
        old=_RETURN,
        new='return {"w": w, "b": b}, grads, cost',
        why="costs is the last cost alone: return the list of all that were recorded.",
        section="gradient-descent",
    ),
    Bug(
        "params-one-update-behind",
        old=f"{_MOVE}    {_RETURN}",
        new=f"        params = {_PARAMS}\n{_MOVE_ANEW}    return params, grads, costs",
        why="params holds the parameters before the last update: put it together after the loop.",
        section="gradient-descent",
    ),
    Bug(
        "initial-params",
        old=_BODY,
        new=f"    params = {_PARAMS}\n" + _BODY.replace(_PARAMS, "params"),
        why="params holds the parameters that were passed: put it together after the loop, from the updated ones.",
        section="gradient-descent",
    ),
    Bug(
        "initial-b-in-params",
        old=_BODY,
        new=_BODY.replace(_COSTS, f"{_COSTS}    params = {_PARAMS}\n").replace(_RETURN, "return params, grads, costs"),
        why="params is put together before the loop: the array w in it follows the updates, the number b does not; do "
        "it after the loop.",
        section="gradient-descent",
    ),
    Bug(
        "grads-after-the-last-update",
        old=f"    {_RETURN}",
        new=f"    grads, cost = propagate(w, b, X, Y)\n    {_RETURN}",
        why="grads is measured once more after the last update: return the gradients that this update used.",
        section="gradient-descent",
    ),
    Bug(
        "order-of-results",
        old=_RETURN,
        new='return grads, {"w": w, "b": b}, costs',
        why="The results are returned in the wrong order: params, then grads, then costs.",
        section="gradient-descent",
    ),
    Bug(
        "w-and-b-alone",
        old=_RETURN,
        new="return w, b, costs",
        why="w, b and the costs are returned one by one: the results are the dict params, the dict grads and the list.",
        section="gradient-descent",
    ),
]
