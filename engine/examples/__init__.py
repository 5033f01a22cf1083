"""Complete trainings that run in a minute or less: how the pieces of the engine come together.

Each module can be run, as in `python -m engine.examples.lenet_digits`, with `--steps` and `--seed`; it tells how far
it is and what it reached. Each has STEPS, a GOAL, and `train(steps, seed, tell)`, which is the part to read.
"""
