"""One library at a convolutional network: `conv.py NAME THREADS PROBLEM`; a round is us a step.

The first steps are timed; then a network that begins anew takes some without dropout, and tells
its loss.
"""

from __future__ import annotations

import importlib
import sys
import time
from dataclasses import replace
from typing import Any

from bench.conv_nets import ConvProblem
from bench.workers.serving import FIRST, answer, hurry, keep_to

HOMES = {"liuli": "conv_written_out", "torch": "conv_written_out", "keras": "conv_keras"}
COMPARED = 5  # steps, after which losses are compared


def main() -> None:
    """Import the library, train a while, then answer."""
    name, _, how = sys.argv[1].partition(" ")
    threads, problem = int(sys.argv[2]), ConvProblem.from_json(sys.argv[3])
    hurry()
    if name == "keras":
        keep_to(threads)
    kind = importlib.import_module(f"bench.workers.steps.{HOMES[name]}").CONTESTANTS[name]
    start = time.perf_counter()
    importlib.import_module(kind.module)
    imported = time.perf_counter() - start
    contestant = kind(problem, threads, how)
    first = contestant.run(FIRST)
    facts = contestant.facts() if (name, how) == ("liuli", "compiled") else {}
    facts |= {"import": imported, "first": sum(first[:FIRST]), "slowest": max(first)}
    answer(contestant, {**facts, **losses(kind(replace(problem, dropout=False), threads, how))})


def losses(fresh: Any) -> dict[str, float]:
    """The losses of the first and of the last of some steps."""
    found = []
    for number in range(COMPARED):
        fresh.last = fresh.step(number % fresh.problem.count)
        found.append(fresh.loss())
    return {"begin": found[0], "loss": found[-1]}


if __name__ == "__main__":
    main()
