"""`python -m bench capture`: the tutorial's loop as it is written, captured, against all others.

Ours plain and captured, ours with capturing off, ours with `liuli.compile`, and the peers'. All
begin with the same weights and see the same batches, and their losses after 100 steps are compared.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from .figures import Check, column, markdown, median_best, report, times_as_fast
from .mlp import SAME_LOSS, faster
from .neighbours import Neighbours
from .peers import Peer, in_turn
from .problem import Problem

THREADS = (1, 2)
LEAST = 2.0  # PyTorch's time over ours, on two threads
OURS = ("liuli captured", "liuli", "liuli compiled")
HEAD = ("", "us/step", "ratio to captured", "loss after 100")


def main(rounds: int, pause: float, peers: dict[str, str]) -> int:
    """Measure, print a table for each number of threads; 1 if something does not hold."""
    held = True
    for threads in THREADS:
        problem, neighbours = Problem(), Neighbours()
        everyone = [Peer(name, sys.executable) for name in OURS]
        everyone += [Peer(name, python) for name, python in peers.items()]
        in_turn(everyone, "mlp.py", rounds, pause, (str(threads), problem.to_json()), threads)
        sizes = "-".join(map(str, problem.sizes))
        print(f"\n{sizes}, batch {problem.batch}, threads: {threads}\n\n{table(everyone)}")
        print(f"\n{neighbours}\n", flush=True)
        held = report(checks(everyone, strict=threads == THREADS[-1])) and held
    return 0 if held else 1


def table(everyone: list[Peer]) -> str:
    """A row a loop."""
    mine = column(everyone[0], "step")
    rows = [
        [peer.name, median_best(column(peer, "step")),
         median_best(times_as_fast(mine, column(peer, "step")), 2), f"{peer.facts['loss']:.7f}"]
        for peer in everyone if peer.rounds and mine
    ]  # fmt: skip
    lines = [markdown(HEAD, rows)]
    lines += [f"\n{p.name}: not measured: {p.why_not}" for p in everyone if p.why_not]
    return "\n".join(lines)


def checks(everyone: list[Peer], *, strict: bool) -> Iterator[Check]:
    """What must hold; of speed, only on all the threads."""
    found = {peer.name: peer for peer in everyone if peer.rounds}
    ours = found.get("liuli captured")
    if ours is None:
        yield Check("the captured loop could not be measured", False)
        return
    for peer in found.values():
        apart = abs(peer.facts["loss"] - ours.facts["loss"])
        yield Check(f"{peer.name}: its loss is {apart:.1e} apart (limit {SAME_LOSS})",
                    apart <= SAME_LOSS)  # fmt: skip
    if strict and "torch" in found:
        yield faster(ours, found["torch"], LEAST)
