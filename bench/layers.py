"""`python -m bench layers`: what a layer or another optimizer adds to the tutorial's step."""

from __future__ import annotations

import statistics
import sys

from .peers import Peer, in_turn, ratios

THREADS = (1, 2)
LAYER, OPTIMIZER = 1.15, 1.20  # times the bare step, at most
LIMITS = {
    "dropout": LAYER, "batch norm": LAYER, "layer norm": LAYER, "GELU": LAYER,
    "label smoothing": LAYER, "Adam": OPTIMIZER, "AdamW": OPTIMIZER,
}  # fmt: skip
VARIANTS = ("bare", *LIMITS)


def main(rounds: int, pause: float, peers: dict[str, str]) -> int:
    """Measure, print a table for each number of threads; 1 if a limit does not hold."""
    held = True
    for threads in THREADS:
        everyone = {"liuli": sys.executable, **peers}
        workers = [Peer(f"{library} {variant}", python)
                   for library, python in everyone.items() for variant in VARIANTS]  # fmt: skip
        in_turn(workers, "layers.py", rounds, pause, [str(threads)], threads)
        found = {peer.name: peer for peer in workers}
        print(f"\n{threads} thread{'s' if threads > 1 else ''}\n")
        print("\n".join(table(found, list(everyone))))
        for variant in LIMITS:
            held = within(found, variant) and held
    return 0 if held else 1


def table(found: dict[str, Peer], libraries: list[str]) -> list[str]:
    """A line a variant: us a step, and what it is of the bare step."""
    head = ["", *(f"{library}, us | of the bare step" for library in libraries)]
    lines = ["| " + " | ".join(head) + " |", "|---" * (2 * len(libraries) + 1) + "|"]
    for variant in VARIANTS:
        cells = [variant]
        for library in libraries:
            peer, bare = found[f"{library} {variant}"], found[f"{library} bare"]
            if not peer.rounds or not bare.rounds:
                cells += [peer.why_not or "-", "-"]
                continue
            steps = [figures["step"] for figures in peer.rounds]
            least = min(steps) / min(figures["step"] for figures in bare.rounds)
            share = statistics.median(ratios(peer, bare, "step"))
            cells += [f"{statistics.median(steps):.0f} ({min(steps):.0f})",
                      f"{share:.2f} ({least:.2f})"]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def within(found: dict[str, Peer], variant: str) -> bool:
    """Whether a variant costs no more than its limit; and a line that says so if it does."""
    peer, bare = found[f"liuli {variant}"], found["liuli bare"]
    if not peer.rounds or not bare.rounds:
        print(f"{variant}: not measured: {peer.why_not or bare.why_not}")
        return False
    share = statistics.median(ratios(peer, bare, "step"))
    if share > LIMITS[variant]:
        print(f"{variant}: {share:.2f} times the bare step, limit {LIMITS[variant]}")
    return share <= LIMITS[variant]
