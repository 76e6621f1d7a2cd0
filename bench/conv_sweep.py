"""`python -m bench conv-sweep`: one convolution, forward and backward, of many sizes.

Ours compiled against PyTorch as people write it, on two threads. A point's figure is PyTorch's
time over ours: the median of the rounds' ratios. PyTorch with channels last stands beside.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from typing import NamedTuple

from .conv_layers import LayerPoint, points, to_json, together
from .figures import Check, column, largest, markdown, median_best, report, times_as_fast
from .mlp import peak_rate
from .neighbours import Neighbours
from .peers import Peer, in_turn

THREADS = 2
AT_ONCE = 12  # points of one process: what is compared is measured soon after one another
MOST_ROUNDS = 9
EVERYWHERE, MEAN = 0.95, 1.5  # PyTorch's time over ours, at least
SAME = 1e-4  # relative: the sum of all that is computed
WAYS = ("torch", "torch best")
HEAD = ("", "ours (us)", "torch (us)", "channels last (us)", "ratio to torch",
        "ratio to channels last", "share of the limit (%)")  # fmt: skip


class Found(NamedTuple):
    """What was measured of one point; nothing of who could not be measured."""

    point: LayerPoint
    times: dict[str, list[float]]  # us of each round
    apart: float  # of the sums, relative
    limit: float  # GFLOP/s

    def against(self, name: str) -> list[float]:
        """The ratios to a peer, round by round."""
        ours, theirs = self.times.get("liuli", []), self.times.get(name, [])
        return times_as_fast(ours, theirs) if ours and theirs else []


def main(rounds: int, pause: float, peers: dict[str, str], quick: bool = False) -> int:
    """Measure, print the table; 1 if something does not hold."""
    neighbours, all_found = Neighbours(), []
    print(markdown(HEAD, []), flush=True)
    for some in together(points(quick), AT_ONCE):
        for found in measure(some, peers, min(rounds, MOST_ROUNDS), pause):
            all_found.append(found)
            print("| " + " | ".join(row(found)) + " |", flush=True)
    print(f"\n{neighbours}\n")
    return 0 if report(checks(all_found)) else 1


def measure(
    some: list[LayerPoint], peers: dict[str, str], rounds: int, pause: float
) -> Iterator[Found]:
    """Some points, in processes of their own."""
    everyone = [Peer("liuli", sys.executable), Peer("limit", sys.executable, script="limit.py")]
    everyone += [Peer(way, peers["torch"]) for way in WAYS if "torch" in peers]
    in_turn(everyone, "conv_layer.py", rounds, pause, (str(THREADS), to_json(some)), THREADS)
    by_name = {peer.name: peer for peer in everyone}
    for peer in everyone:
        if peer.why_not:
            print(f"{peer.name}: not measured: {peer.why_not}")
    for number, point in enumerate(some):
        times = {name: column(peer, str(number)) for name, peer in by_name.items()}
        sums = [peer.facts[f"sum {number}"] for peer in everyone if f"sum {number}" in peer.facts]
        apart, _ = largest((abs(x - sums[0]) / sums[0], "") for x in sums) if sums else (0.0, "")
        yield Found(point, times, apart, peak_rate(by_name))


def row(found: Found) -> list[str]:
    """A point's line of the table."""
    ours = found.times.get("liuli", [])
    times = [median_best(found.times.get(name, [])) for name in ("liuli", *WAYS)]
    ratios = [median_best(found.against(way), 2) for way in WAYS]
    shares = [found.point.flop / (1e1 * step * found.limit) for step in ours if found.limit]
    return [str(found.point), *times, *ratios, median_best(shares, 0, "max")]


def checks(all_found: list[Found]) -> Iterator[Check]:
    """What must hold of all points."""
    missing = [str(found.point) for found in all_found if not found.times.get("liuli")]
    if missing:
        yield Check(f"could not be measured: {'; '.join(missing)}", False)
    apart, name = largest((found.apart, str(found.point)) for found in all_found)
    yield Check(f"sums are at most {apart:.1e} apart ({name}; limit {SAME})", apart <= SAME)
    ratios = {str(found.point): statistics.median(found.against("torch"))
              for found in all_found if found.against("torch")}  # fmt: skip
    if not ratios:
        return
    worst = min(ratios, key=ratios.__getitem__)
    slow = sum(ratio < EVERYWHERE for ratio in ratios.values())
    mean = statistics.geometric_mean(ratios.values())
    yield Check(f"the worst of {len(ratios)} points is {worst}: {ratios[worst]:.2f} times as fast "
                f"as PyTorch; {slow} are under {EVERYWHERE}", slow == 0)  # fmt: skip
    yield Check(f"geometric mean {mean:.2f} (limit {MEAN})", mean >= MEAN)
