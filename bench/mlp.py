"""`python -m bench mlp`: a training step of the tutorials' network, eager, compiled, and peers."""

from __future__ import annotations

import statistics
import sys

from .peers import Peer, compare, ratios, table

THREADS = (1, 2)
SAME_LOSS = 1e-3
EAGER, COMPILED = 1.0, 4.0  # PyTorch's time over ours, at least


def main(rounds: int, pause: float, peers: dict[str, str]) -> int:
    """Measure, print a table for each number of threads; 1 if a limit does not hold."""
    held = True
    for threads in THREADS:
        everyone = {"compiled": sys.executable, **peers}
        ours, compiled, *others = compare("mlp.py", everyone, rounds, pause, str(threads))
        if not ours.rounds:
            print(f"liuli could not be measured: {ours.why_not}")
            return 1
        print(f"\n{threads} thread{'s' if threads > 1 else ''}\n")
        print(table([ours, compiled, *others], ["step"], "ms"))
        for peer in others:
            # One thread of machine code is a third of the limit of two: it is only reported.
            least = COMPILED if threads > 1 else 0.0
            held = against(ours, peer, EAGER) and held
            held = against(compiled, peer, least) and held
    return 0 if held else 1


def against(mine: Peer, peer: Peer, least: float) -> bool:
    """Whether we are fast enough beside a peer, with the same loss; and a line that says so."""
    if not mine.rounds or not peer.rounds:
        print(f"\n{mine.name}: {mine.why_not or peer.why_not}")
        return bool(mine.rounds)
    apart = abs(mine.rounds[0]["loss"] - peer.rounds[0]["loss"])
    faster = statistics.median(1 / r for r in ratios(mine, peer, "step"))
    limit = f", limit {least}" if least else ""
    print(f"\n{mine.name} against {peer.name}: {faster:.2f} times as fast{limit}; "
          f"losses after 100 steps {apart:.1e} apart, limit {SAME_LOSS}")  # fmt: skip
    return apart <= SAME_LOSS and (peer.name != "torch" or faster >= least)
