"""`python -m bench crowds`: the tutorial's step where others want the processors too.

Training processes that may use one, two and eight threads, in turn, beside no, one and two
processes that only keep a processor busy. Then two training processes at once: what both get done.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from .figures import Check, column, markdown, median_best, report
from .peers import Peer, in_turn, ratios

ONE, TWO, EIGHT = "1 thread", "2 threads", "8 threads"
LIMITS = {0: {EIGHT: 3.0}, 1: {TWO: 1.15}, 2: {TWO: 1.3}}  # times one thread's, by neighbours
TOGETHER = 0.95  # of what two processes of one thread get done, at least


def main(rounds: int, pause: float, peers: dict[str, str]) -> int:
    """Measure, print a table and what it shows; 1 if a limit does not hold."""
    made, rows = [], []
    for count, limits in LIMITS.items():
        everyone = [Peer(name, sys.executable) for name in (ONE, TWO, EIGHT)]
        with neighbours(count):
            one, *more = in_turn(everyone, "crowd.py", rounds, pause)
        rows.append([str(count), *(median_best(column(peer, "step")) for peer in everyone)])
        for peer in more:
            if peer.name in limits:
                made.append(check(count, peer, one, limits[peer.name]))
    print(markdown(["busy neighbours", *(f"{n}, us" for n in (ONE, TWO, EIGHT))], rows) + "\n")
    made.append(fair(*together(rounds, pause)))
    return 0 if report(made) else 1


def check(count: int, peer: Peer, one: Peer, limit: float) -> Check:
    """Whether a process is not much slower than one thread beside the same neighbours."""
    found = ratios(peer, one, "step")
    if not found:
        return Check(f"not measured: {peer.why_not or one.why_not}", False)
    share = statistics.median(found)
    says = (f"{peer.name} beside {count} busy neighbours: {share:.2f} times one thread's time "
            f"({min(found):.2f} to {max(found):.2f}), limit {limit}")  # fmt: skip
    return Check(says, share <= limit)


def fair(apart: list[float], shared: list[float]) -> Check:
    """Whether two processes at once get as much done with two threads each as with one each."""
    if not apart or not shared:
        return Check("two processes at once were not measured", False)
    gained = [b / a for a, b in zip(apart, shared, strict=True)]
    share = statistics.median(gained)
    says = (f"two processes at once: {statistics.median(shared):.0f} steps/s with two threads each,"
            f" {share:.2f} of what one thread each does ({min(gained):.2f} to {max(gained):.2f}),"
            f" limit {TOGETHER}")  # fmt: skip
    return Check(says, share >= TOGETHER)


@contextmanager
def neighbours(count: int) -> Iterator[None]:
    """So many processes that want a processor each, meanwhile."""
    there = [Peer("neighbour", sys.executable) for _ in range(count)]
    try:
        for peer in there:
            peer.start("crowd.py")
        yield
    finally:
        for peer in there:
            peer.stop()


def together(rounds: int, pause: float) -> tuple[list[float], list[float]]:
    """Steps a second of two processes at once, round by round: one thread each, two each."""
    pairs = [[Peer(name, sys.executable) for _ in range(2)] for name in (ONE, TWO)]
    everyone = [peer for pair in pairs for peer in pair]
    try:
        for peer in everyone:
            peer.start("crowd.py")
        for number in range(rounds + 1):
            for pair in pairs:
                time.sleep(pause)
                with ThreadPoolExecutor(2) as pool:
                    list(pool.map(Peer.measure, pair))
                if number == 0:
                    pair[0].rounds.clear(), pair[1].rounds.clear()
    finally:
        for peer in everyone:
            peer.stop()
    one, two = ([1e6 / x["step"] + 1e6 / y["step"] for x, y in zip(a.rounds, b.rounds, strict=True)]
                for a, b in pairs)  # fmt: skip
    return one, two
