"""One process in a crowd: `crowd.py "2 threads"` trains, `crowd.py neighbour` only keeps busy.

A round of training is some steps that are not counted, in which the number of threads may be
found, then the mean of more. The mean, not the median: rare long waits are what crowds cost.
"""

from __future__ import annotations

import json
import sys
import threading
import time

from bench.problem import Problem
from bench.workers.serving import hurry
from bench.workers.steps.written_out import Liuli

SETTLE, STEPS = 200, 400


def main() -> None:
    """Be busy until input ends, or answer each line with microseconds a step."""
    hurry()
    name = sys.argv[1]
    if name == "neighbour":
        threading.Thread(target=spin, daemon=True).start()
        print("ready", flush=True)
        sys.stdin.read()
        return
    contestant = Liuli(Problem(), int(name.split()[0]), "compiled")
    contestant.run(10)
    print("ready", flush=True)
    for _ in sys.stdin:
        contestant.run(SETTLE)
        start = time.perf_counter()
        contestant.run(STEPS)
        print(json.dumps({"step": 1e6 * (time.perf_counter() - start) / STEPS}), flush=True)


def spin() -> None:
    """Want a processor, always."""
    while True:
        pass


if __name__ == "__main__":
    main()
