"""The reference engine: deep learning in NumPy alone, in the notation of the courses.

Examples are COLUMNS: X is (n_x, m), Y is (1, m). `dvar` is the gradient of the cost with respect to `var`;
dZ and dA are summed over the examples, and the 1/m stands in the gradients of the parameters only.
Functions leave their arguments as they are, and keep the dtype of float32 and float64 input.
`engine.textbook` holds the same algorithms written with loops, one idea a line.
"""
