from tutor.grading import Bug

BUGS = [
    Bug("no-mean", old=" / m", new="", why="The sum is not divided by m.", section="loss-and-cost"),
    Bug("wrong-sign", old="-np.sum", new="np.sum", why="The minus sign is missing.", section="loss-and-cost"),
]
