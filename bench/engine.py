"""`python -m bench engine`: what an eager operation costs on tiny tensors, beside the peers."""

from __future__ import annotations

import statistics

from .peers import Peer, compare, ratios, table

LIMIT = 3.0  # times PyTorch's


def main(rounds: int, pause: float, peers: dict[str, str]) -> int:
    """Measure, print the table, and say whether the limits hold; 1 if one does not."""
    measured = compare("engine.py", peers, rounds, pause)
    ours = measured[0]
    if not ours.rounds:
        print(f"liuli could not be measured: {ours.why_not}")
        return 1
    keys = [key for key in ours.rounds[0] if not key.startswith("trail")]
    print(table(measured, keys, "us/op"))
    print()
    held = trail(ours)
    for peer in measured[1:]:
        if peer.name == "torch" and peer.rounds:
            held = against(ours, peer, keys) and held
    return 0 if held else 1


def against(ours: Peer, peer: Peer, keys: list[str]) -> bool:
    """Whether every median ratio is within the limit, and which is the largest."""
    medians = {key: statistics.median(ratios(ours, peer, key)) for key in keys}
    worst = max(medians, key=medians.__getitem__)
    middle = statistics.geometric_mean(medians.values())
    print(f"against {peer.name}: geometric mean {middle:.2f}, largest {medians[worst]:.2f} "
          f"({worst}), limit {LIMIT}")  # fmt: skip
    return medians[worst] <= LIMIT


def trail(ours: Peer) -> bool:
    """What remembering the user's line costs, an operation and a tutorial step."""
    each, count, step = (
        statistics.median(figures[f"trail: {what}"] for figures in ours.rounds)
        for what in ("us an operation", "operations a step", "us a step")
    )
    share = 100 * each * count / step
    print(f"the trail: {each * 1000:.0f} ns an operation; {count:.0f} operations are "
          f"{share:.2f} % of a tutorial step of {step:.0f} us, limit 3 %")  # fmt: skip
    return share <= 3
