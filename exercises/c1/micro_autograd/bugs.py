from tutor.grading import Bug

_PASS_ON = "for value in reversed(order):\n"
_ADD = "child.grad += value.grad * local"
_BACKWARD = (
    "        order = self._topological_order()\n"
    "        for value in order:\n"
    "            if value._children:\n"
    "                value.grad = 0.0\n"
    "        self.grad += 1.0\n"
    f"        {_PASS_ON}"
    "            for child, local in zip(value._children, value._local, strict=True):\n"
    f"                {_ADD}\n"
)
_WALK = (
    "        visited = {self}\n"
    "        stack: list[tuple[Value, Iterator[Value]]] = [(self, iter(self._children))]\n"
    "        while stack:\n"
    "            value, children = stack[-1]\n"
    "            child = next(children, None)\n"
    "            if child is None:\n"
    "                order.append(value)\n"
    "                stack.pop()\n"
    "            elif child not in visited:\n"
    "                visited.add(child)\n"
    "                stack.append((child, iter(child._children)))\n"
)
_PRODUCT = "out._local = (other.data, self.data)"
_TANH = "out._local = (1 - out.data**2,)"
_RADD = "    def __radd__(self, other: float) -> Value:\n        return self + other\n\n"
_RMUL = "    def __rmul__(self, other: float) -> Value:\n        return self * other\n\n"

_TWICE = (
    "A value that is used twice is passed on twice, each time with all that it has gathered by then: order the values "
    "first, and pass each one on once, when it is complete."
)
_TOO_EARLY = (
    "A value is passed on before everything that uses it has sent its share: order the values so that each comes after "
    "all that use it."
)

BUGS = [
    Bug(
        "grad-overwritten",
        old=_ADD,
        new=_ADD.replace("+=", "="),
        why="The share of one way overwrites what came by another: add the shares of all ways up.",
        section="computation-graph",
    ),
    Bug(
        "upstream-missing",
        old=_ADD,
        new="child.grad += local",
        why="Only the local derivative is passed on: the chain rule multiplies it by the gradient that came from above.",
        section="computation-graph",
    ),
    Bug(
        "grad-overwritten-by-products",
        old=_ADD,
        new='child.grad = value.grad * local + (0.0 if value._op == "*" else child.grad)',
        why="A product overwrites the gradients of its factors: they may have got a share by another way, so add.",
        section="computation-graph",
    ),
    Bug(
        "grad-overwritten-by-sums",
        old=_ADD,
        new='child.grad = value.grad * local + (0.0 if value._op == "+" else child.grad)',
        why="A sum overwrites the gradients of its parts: they may have got a share by another way, so add.",
        section="computation-graph",
    ),
    Bug(
        "upstream-missing-in-products",
        old=_ADD,
        new='child.grad += (1.0 if value._op == "*" else value.grad) * local',
        why="A product passes on the other factor alone: the chain rule multiplies it by the gradient of the product.",
        section="computation-graph",
    ),
    Bug(
        "upstream-missing-in-sums",
        old=_ADD,
        new='child.grad += (1.0 if value._op == "+" else value.grad) * local',
        why="A sum always passes on 1: the chain rule multiplies it by the gradient of the sum.",
        section="computation-graph",
    ),
    Bug(
        "upstream-missing-in-tanh",
        old=_ADD,
        new='child.grad += (1.0 if value._op == "tanh" else value.grad) * local',
        why="tanh passes on its own derivative alone: the chain rule multiplies it by the gradient of the result.",
        section="computation-graph",
    ),
    Bug(
        "local-missing",
        old=_ADD,
        new="child.grad += value.grad",
        why="The gradient from above is passed on as it is: multiply it by the local derivative of the operation.",
        section="computation-graph",
    ),
    Bug(
        "product-own-factor",
        old=_PRODUCT,
        new="out._local = (self.data, other.data)",
        why="Each factor of a product gets its own value as the derivative: it should get the other factor's.",
        section="computation-graph",
    ),
    Bug(
        "product-like-a-sum",
        old=_PRODUCT,
        new="out._local = (1.0, 1.0)",
        why="A product passes its gradient on like a sum: the derivative by one factor is the other factor.",
        section="computation-graph",
    ),
    Bug(
        "product-left-only",
        old=_PRODUCT,
        new="out._local = (other.data, 0.0)",
        why="A product passes a gradient to its left factor alone: the right one gets its share too.",
        section="computation-graph",
    ),
    Bug(
        "sum-left-only",
        old="out._local = (1.0, 1.0)",
        new="out._local = (1.0, 0.0)",
        why="A sum passes its gradient to its left part alone: the right one gets the same.",
        section="computation-graph",
    ),
    Bug(
        "tanh-of-the-input",
        old=_TANH,
        new="out._local = (1 - self.data**2,)",
        why="The derivative of tanh takes the square of the input: it is 1 minus the square of the OUTPUT.",
        section="computation-graph",
    ),
    Bug(
        "tanh-not-squared",
        old=_TANH,
        new="out._local = (1 - out.data,)",
        why="The derivative of tanh takes the output itself: it is 1 minus its square.",
        section="computation-graph",
    ),
    Bug(
        "tanh-like-a-sigmoid",
        old=_TANH,
        new="out._local = (out.data * (1 - out.data),)",
        why="That is the derivative of the sigmoid, y (1 - y); the one of tanh is 1 minus the square of the output.",
        section="computation-graph",
    ),
    Bug(
        "tanh-like-the-identity",
        old=_TANH,
        new="out._local = (1.0,)",
        why="tanh passes its gradient on unchanged: multiply it by 1 minus the square of the output.",
        section="computation-graph",
    ),
    Bug(
        "tanh-stops-the-gradient",
        old=_TANH,
        new="out._local = (0.0,)",
        why="No gradient gets past tanh: record its input as a child, and its derivative.",
        section="computation-graph",
    ),
    Bug(
        "tanh-without-a-child",
        old=_WALK,
        new=_WALK.replace("iter(child._children)", 'iter(child._children if child._op != "tanh" else ())').replace(
            "iter(self._children)", 'iter(self._children if self._op != "tanh" else ())'
        ),
        why="The result of tanh does not name its input as a child, so the walk back ends there.",
        section="computation-graph",
    ),
    Bug(
        "marked-by-the-number",
        old=_WALK,
        new=_WALK.replace("visited = {self}", "visited = {self.data}")
        .replace("child not in visited", "child.data not in visited")
        .replace("visited.add(child)", "visited.add(child.data)"),
        why="Values are taken for the same when their numbers are equal, so one of them is never passed on: compare the "
        "objects, as Python does by itself.",
        section="computation-graph",
    ),
    Bug(
        "not-seeded",
        old="        self.grad += 1.0\n",
        new="",
        why="All gradients are 0, because the way back starts with 0: the derivative of J by itself is 1.",
        section="computation-graph",
    ),
    Bug(
        "only-one-level",
        old=_PASS_ON,
        new="for value in order:\n",
        why="The gradient reaches the direct children of J and no further: go from J towards the leaves, so that each "
        "value passes on what it has received.",
        section="computation-graph",
    ),
    Bug(
        "every-value-seeded",
        old=_BACKWARD,
        new="        self.grad = 1.0\n"
        "        for child, local in zip(self._children, self._local, strict=True):\n"
        f"            {_ADD.replace('value', 'self')}\n"
        "            child.backward()\n",
        why="backward calls itself for the children and so sets every gradient to 1: only J starts with 1.",
        section="computation-graph",
    ),
    Bug(
        "level-by-level-without-a-mark",
        old=_PASS_ON,
        new="queue = [self]\n        for value in queue:\n            queue.extend(value._children)\n",
        why=_TWICE,
        section="computation-graph",
    ),
    Bug(
        "left-way-first-without-a-mark",
        old=_PASS_ON,
        new="stack = [self]\n        while stack:\n            value = stack.pop()\n"
        "            stack.extend(reversed(value._children))\n",
        why=_TWICE,
        section="computation-graph",
    ),
    Bug(
        "right-way-first-without-a-mark",
        old=_PASS_ON,
        new="stack = [self]\n        while stack:\n            value = stack.pop()\n"
        "            stack.extend(value._children)\n",
        why=_TWICE,
        section="computation-graph",
    ),
    Bug(
        "level-by-level",
        old=_PASS_ON,
        new="queue = [self]\n        for value in queue:\n"
        "            queue.extend(child for child in dict.fromkeys(value._children) if child not in queue)\n",
        why=_TOO_EARLY,
        section="computation-graph",
    ),
    Bug(
        "left-way-first",
        old=_PASS_ON,
        new="stack, done = [self], set()\n        while stack:\n            value = stack.pop()\n"
        "            if value in done:\n                continue\n            done.add(value)\n"
        "            stack.extend(reversed(value._children))\n",
        why=_TOO_EARLY,
        section="computation-graph",
    ),
    Bug(
        "right-way-first",
        old=_PASS_ON,
        new="stack, done = [self], set()\n        while stack:\n            value = stack.pop()\n"
        "            if value in done:\n                continue\n            done.add(value)\n"
        "            stack.extend(value._children)\n",
        why=_TOO_EARLY,
        section="computation-graph",
    ),
    Bug(
        "sum-not-reflected",
        old=_RADD,
        new="",
        why="A number on the left of + is not handled: Python asks the Value on the right by the name __radd__.",
        section="computation-graph",
    ),
    Bug(
        "product-not-reflected",
        old=_RMUL,
        new="",
        why="A number on the left of * is not handled: Python asks the Value on the right by the name __rmul__.",
        section="computation-graph",
    ),
    Bug(
        "not-reflected",
        old=_RADD + _RMUL,
        new="",
        why="A number on the left of + or * is not handled: Python asks the Value on the right by the names __radd__ "
        "and __rmul__.",
        section="computation-graph",
    ),
    Bug(
        "numbers-not-wrapped",
        entry="_as_value",
        old="return number if isinstance(number, Value) else Value(number)",
        new="return number",
        why="A plain number has no data and no grad: make a Value of it before the operation.",
        section="computation-graph",
    ),
]
