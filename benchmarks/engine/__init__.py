"""The engine against PyTorch's eager mode (or a plain loop), on one thread; each module lists cases of one kind."""

import os

# The libraries read it when they are imported.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
