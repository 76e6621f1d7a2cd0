"""One library at the MLP: `mlp.py NAME THREADS PROBLEM`; a round is us a step, and peak memory.

NAME is the library's, perhaps with how it is used after a blank: "torch fused", "liuli compiled".
"""

from __future__ import annotations

import importlib
import sys
import time

from bench.problem import Problem
from bench.workers.serving import answer, begin, hurry, keep_to

HOMES = {"liuli": "written_out", "torch": "written_out", "jax": "with_jax", "keras": "with_keras",
         "sklearn": "with_sklearn", "tinygrad": "with_tinygrad"}  # fmt: skip


def main() -> None:
    """Import the library, train a while, then answer."""
    name, _, how = sys.argv[1].partition(" ")
    threads, problem = int(sys.argv[2]), Problem.from_json(sys.argv[3])
    hurry()
    if name not in ("liuli", "torch"):
        keep_to(threads)
    home = importlib.import_module(f"bench.workers.steps.{HOMES[name]}")
    kind = home.CONTESTANTS[name]
    start = time.perf_counter()
    importlib.import_module(kind.module)
    imported = time.perf_counter() - start
    contestant = kind(problem, threads, how)
    answer(contestant, {"import": imported, **begin(contestant)})


if __name__ == "__main__":
    main()
