"""One start of a program that trains: what imports and the first steps take, as a line of JSON.

`start.py THREADS PROBLEM`. The fourth call is the one that makes, or finds, the machine code.
"""

from __future__ import annotations

import importlib
import json
import sys
import time

from bench.problem import Problem
from bench.workers.serving import hurry

CALLS = 4


def seconds_of(module: str) -> float:
    """How long importing takes."""
    start = time.perf_counter()
    importlib.import_module(module)
    return time.perf_counter() - start


def main() -> None:
    """Import, make the step, call it four times."""
    hurry()
    threads, problem = int(sys.argv[1]), Problem.from_json(sys.argv[2])
    facts = {"numpy": seconds_of("numpy"), "import": seconds_of("liuli")}
    facts["llvmlite"] = seconds_of("llvmlite.binding")
    home = importlib.import_module("bench.workers.steps.written_out")
    steps = home.CONTESTANTS["liuli"](problem, threads, "compiled").run(CALLS)
    print(json.dumps({**facts, "slowest": max(steps), "all": sum(steps)}))


if __name__ == "__main__":
    main()
