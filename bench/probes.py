"""`python -m bench probes`: what statistics of layers and parameters add to the tutorial's step."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence

from liuli.compiler.step import EVERY

from .peers import Peer, in_turn

THREADS = (1, 2)
LIMIT = 1.05  # times the bare step, at most
PAIRS = 31
ODDS = 0.95  # that the interval has the median in it


def main(rounds: int, pause: float, peers: dict[str, str]) -> int:
    """Measure 31 pairs for each number of threads, print a table; 1 if the limit does not hold."""
    rows, held = [], True
    for threads in THREADS:
        worker = Peer("liuli", sys.executable)
        in_turn([worker], "probes.py", max(rounds, PAIRS), pause, [str(threads), str(EVERY)],
                threads)  # fmt: skip
        if not worker.rounds:
            print(f"not measured: {worker.why_not}")
            return 1
        bare = statistics.median(each["bare"] for each in worker.rounds)
        measured = [each["measured"] / each["bare"] for each in worker.rounds]
        shares = [each["watched"] / each["bare"] for each in worker.rounds]
        rows.append(f"| {threads} | {bare:.0f} | {shown(measured)} | {shown(shares)} |")
        held = held and statistics.median(shares) <= LIMIT
    print(f"One call in {EVERY} is measured; in brackets the 95 % interval of the median\n")
    print("| threads | bare, us | measured call, of the bare | all calls, of the bare |")
    print("|---|---|---|---|", *rows, sep="\n")
    print(f"\nall calls at most {LIMIT} times the bare step: {'yes' if held else 'NO'}")
    return 0 if held else 1


def shown(values: Sequence[float]) -> str:
    """The median with its interval."""
    low, high = interval(values)
    return f"{statistics.median(values):.3f} ({low:.3f} to {high:.3f})"


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Two of the values that have the median between them with 95 % or more, by order alone.

    The number of values below the median is binomial: as likely as heads.
    """
    ordered, n = sorted(values), len(values)
    below, chance, least = 0, 0.5**n, 0.0
    while least + chance <= (1 - ODDS) / 2:
        least += chance
        chance *= (n - below) / (below + 1)
        below += 1
    first = max(0, below - 1)
    return ordered[first], ordered[n - 1 - first]
