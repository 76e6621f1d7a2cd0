"""`python -m bench mlp`: an eager training step of the tutorials' network, beside the peers."""

from __future__ import annotations

import statistics

from .peers import compare, ratios, table

THREADS = (1, 2)
SAME_LOSS = 1e-3
LIMIT = 1.0  # PyTorch's time over ours, at least


def main(rounds: int, pause: float, peers: dict[str, str]) -> int:
    """Measure, print a table for each number of threads; 1 if a limit does not hold."""
    held = True
    for threads in THREADS:
        measured = compare("mlp.py", peers, rounds, pause, str(threads))
        ours, *others = measured
        if not ours.rounds:
            print(f"liuli could not be measured: {ours.why_not}")
            return 1
        print(f"\n{threads} thread{'s' if threads > 1 else ''}\n")
        print(table(measured, ["step"], "ms"))
        for peer in others:
            if peer.rounds:
                apart = abs(ours.rounds[0]["loss"] - peer.rounds[0]["loss"])
                faster = statistics.median(1 / r for r in ratios(ours, peer, "step"))
                print(f"\nagainst {peer.name}: {faster:.2f} times as fast, limit {LIMIT}; "
                      f"losses after 100 steps {apart:.1e} apart, limit {SAME_LOSS}")  # fmt: skip
                held = held and faster >= LIMIT and apart <= SAME_LOSS
    return 0 if held else 1
