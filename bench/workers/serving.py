"""What all workers that take training steps share: timing, facts, and answering for rounds."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from typing import Any

from bench.problem import Problem

LEAST, STEPS, MOST = 15, 400, 5_000  # of a round: never fewer, where there is time, for small nets
SHORT = 0.03  # seconds: a round of a small net takes that long
FIRST = 10  # by then everybody has compiled


class Contestant:
    """One library at the problem. A subclass says how; `step` returns when it is done."""

    module = ""  # what a user imports

    def __init__(self, problem: Problem, threads: int, how: str) -> None:
        self.problem, self.threads, self.how = problem, threads, how
        self.last: Any = None

    def step(self, number: int) -> Any:
        """Train on this batch; the loss, as the library has it."""
        raise NotImplementedError

    def settle(self) -> None:
        """Train until a step takes as long as it will; most have come to that after the first."""

    def run(self, count: int) -> list[float]:
        """The seconds of each of the next steps, from the first batch on."""
        times: list[float] = []
        until = time.perf_counter() + self.problem.seconds
        for number in range(count):
            start = time.perf_counter()
            if start > until and len(times) >= LEAST:
                break
            self.last = self.step(number % self.problem.count)
            times.append(time.perf_counter() - start)
        return times

    def loss(self) -> float:
        """Of the last step."""
        return float(self.last.item() if hasattr(self.last, "item") else self.last)


def hurry() -> None:
    """Ask for the processor before others, where that is allowed."""
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(-15)


def keep_to(threads: int) -> None:
    """Use so many CPUs only: for libraries that can be told in no other way."""
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, allowed[-threads:])


def peak() -> float:
    """The most memory that this process had, in MB; 0 where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e6 if sys.platform == "darwin" else 1e3)


def begin(contestant: Contestant) -> dict[str, float]:
    """The first steps: how long they took, and the loss after them."""
    first = contestant.run(FIRST)
    for number in range(FIRST, contestant.problem.warm):
        contestant.last = contestant.step(number % contestant.problem.count)
    return {"first": sum(first), "slowest": max(first), "loss": contestant.loss()}


def answer(contestant: Contestant, facts: dict[str, float]) -> None:
    """Say that all is ready; then answer every line with one round."""
    contestant.settle()
    usual = min(contestant.run(LEAST))
    count = max(STEPS, min(MOST, int(SHORT / usual)))
    print("ready", json.dumps(facts), flush=True)
    for _ in sys.stdin:
        times = sorted(contestant.run(count))
        figures = {"step": 1e6 * times[len(times) // 2], "least": 1e6 * times[0], "peak": peak()}
        print(json.dumps(figures), flush=True)
