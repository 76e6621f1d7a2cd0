"""One matrix product: `cube.py NAME THREADS SIZE`; a round is us a product, of SIZE cubed.

"liuli compiled" is a compiled function of two tensors; "numpy" is its BLAS.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.workers.serving import hurry

SECONDS, LEAST = 0.4, 5  # of a round, products in it


def product(name: str, threads: int, size: int) -> Callable[[], Any]:
    """The function to time."""
    draw = np.random.default_rng(0)
    a, b = (draw.standard_normal((size, size), dtype=np.float32) for _ in "ab")
    if name == "numpy":  # its BLAS was told the threads by the environment
        out = np.empty((size, size), np.float32)
        return lambda: np.matmul(a, b, out)
    import liuli

    liuli.set_num_threads(threads)
    matmul = liuli.compile(lambda x, y: x @ y)
    x, y = liuli.from_numpy(a), liuli.from_numpy(b)
    for _ in range(4):
        found = matmul(x, y).numpy()
    wrong = float(np.abs(found - a @ b).max())
    assert wrong < 1e-3, f"the product is wrong by {wrong}"
    return lambda: matmul(x, y)


def median(call: Callable[[], Any]) -> float:
    """Microseconds a call."""
    times: list[float] = []
    until = time.perf_counter() + SECONDS
    while len(times) < LEAST or time.perf_counter() < until:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e6 * sorted(times)[len(times) // 2]


def main() -> None:
    """Answer every line with one round."""
    hurry()
    call = product(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    print("ready", flush=True)
    for _ in sys.stdin:
        print(json.dumps({"step": median(call)}), flush=True)


if __name__ == "__main__":
    main()
