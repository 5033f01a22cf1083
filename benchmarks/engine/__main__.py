"""python -m benchmarks.engine [--rounds 9] [--only convolution] [--seed 0]

Prints, for each case, the median times of the engine and of PyTorch (or what the name says) and their ratio.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys

import numpy as np

import benchmarks.engine
from benchmarks.engine.case import timer
from benchmarks.interleaved import compare


def gemm_peak(n: int = 1024) -> float:
    """GFLOP/s of a float32 matrix product, the most that anything built of products can reach."""
    a, b = np.random.default_rng(0).normal(size=(2, n, n)).astype(np.float32)
    once = timer(lambda: a @ b)
    return 2 * n**3 / min(once() for _ in range(5)) / 1e9


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default="", help="the name of one module of cases")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    try:
        import torch
    except ImportError:
        print("The peer is PyTorch, which is not installed: pip install -e '.[oracle]' -c constraints.txt")
        return 1
    torch.set_num_threads(1)
    print(f"numpy {np.__version__}, torch {torch.__version__}, 1 thread, {arguments.rounds} rounds,", end=" ")
    print(f"seed {arguments.seed}, float32; matrix products reach {gemm_peak():.0f} GFLOP/s")
    modules = [m.name for m in pkgutil.iter_modules(benchmarks.engine.__path__) if m.name not in ("__main__", "case")]
    for module in [arguments.only] if arguments.only else modules:
        for case in importlib.import_module(f"benchmarks.engine.{module}").cases(arguments.seed):
            ratio = compare(case.name, timer(case.ours), timer(case.peer), goal=case.goal, rounds=arguments.rounds)
            print(ratio, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
