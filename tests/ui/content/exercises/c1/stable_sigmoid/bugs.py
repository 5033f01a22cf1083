from tutor.grading import Bug

BUGS = [
    Bug("wrong-sign", old="z >= 0", new="z < 0", why="This is sigma(-z): check the sign.", section="sigmoid-model"),
    Bug("unnormalized", old=" / (1 + e)", new="", why="The denominator is missing.", section="sigmoid-model"),
]
