"""`python -m bench sweep`: training steps of many widths and batches, and large products.

Ours compiled against PyTorch as people write it and JAX's jit, on two threads. A point's figure is
the better peer's time over ours: the median of the rounds' ratios.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .figures import (
    Check,
    best_of,
    column,
    largest,
    markdown,
    median_best,
    report,
    times_as_fast,
)
from .mlp import SAME_LOSS, peak_rate, share
from .neighbours import Neighbours
from .peers import Peer, in_turn
from .problem import Problem

THREADS = 2
WIDTHS = (8, 16, 32, 45, 46, 64, 128, 256, 512, 1024)
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
CUBES = (1024, 2048)
FEW = {"widths": (16, 128, 512), "batches": (1, 64, 1024, 4096), "cubes": (1024,)}
SECONDS = 0.4  # of a round
MOST_ROUNDS = 7

EVERYWHERE, MEAN = 0.95, 2.0  # the better peer's time over ours, at least
SMALL = 15.0  # PyTorch's time over ours for the small net
PRODUCT = 0.95  # the BLAS's time over ours
FULL = 75.0  # percent of the limit, of the largest batch


class Point(NamedTuple):
    """What was measured of one problem."""

    name: str
    problem: Problem
    found: dict[str, Peer]

    @property
    def ours(self) -> list[float]:
        """Our time in each round."""
        return column(self.found["liuli compiled"], "step")

    def against(self, *names: str) -> list[float]:
        """The ratios to the best of these peers, round by round."""
        theirs = [column(self.found[n], "step") for n in names if n in self.found]
        theirs = [steps for steps in theirs if steps]
        return times_as_fast(self.ours, best_of(theirs)) if theirs and self.ours else []


def main(rounds: int, pause: float, peers: dict[str, str], quick: bool = False) -> int:
    """Measure, print the tables; 1 if something that issue 5 asks for does not hold."""
    rounds, neighbours = min(rounds, MOST_ROUNDS), Neighbours()
    print(markdown(HEAD, []), flush=True)
    points = []
    for name, problem in problems(quick):
        found = _measure(name, problem, peers, rounds, pause)
        points.append(found)
        print(row(found), flush=True)
    products = _products(FEW["cubes"] if quick else CUBES, rounds, pause)
    print(f"\n{markdown(PRODUCT_HEAD, [product_row(*item) for item in products.items()])}")
    print(f"\n{neighbours}\n")
    return 0 if report([*checks(points), *product_checks(products)]) else 1


def problems(quick: bool) -> Iterator[tuple[str, Problem]]:
    """Every point's name and problem."""
    for width in FEW["widths"] if quick else WIDTHS:
        yield f"width {width}", Problem((784, width, width, 10), seconds=SECONDS)
    for batch in FEW["batches"] if quick else BATCHES:
        yield f"batch {batch}", Problem(batch=batch, seconds=SECONDS, warm=30)
    yield "4-32-16-4", Problem((4, 32, 16, 4), seconds=SECONDS)


def _measure(
    name: str, problem: Problem, peers: dict[str, str], rounds: int, pause: float
) -> Point:
    everyone = [
        Peer("liuli compiled", sys.executable),
        *(Peer(peer, peers[peer]) for peer in ("torch", "jax") if peer in peers),
        Peer("limit", sys.executable, script="limit.py"),
    ]
    in_turn(everyone, "mlp.py", rounds, pause, (str(THREADS), problem.to_json()), THREADS)
    return Point(name, problem, {peer.name: peer for peer in everyone})


def _products(sizes: Iterable[int], rounds: int, pause: float) -> dict[int, dict[str, Peer]]:
    found = {}
    for size in sizes:
        both = [Peer("liuli compiled", sys.executable), Peer("numpy", sys.executable)]
        in_turn(both, "cube.py", rounds, pause, (str(THREADS), str(size)), THREADS)
        found[size] = {peer.name: peer for peer in both}
    return found


# --- tables -----------------------------------------------------------------------------------
HEAD = ("", "ours (us)", "torch (us)", "jax (us)", "ratio to torch", "ratio to jax",
        "ratio to the better", "share of the limit (%)", "losses apart")  # fmt: skip
PRODUCT_HEAD = ("", "ours (us)", "ours (GFLOP/s)", "BLAS (us)", "ratio")


def row(point: Point) -> str:
    """A point's line of the table."""
    if why := point.found["liuli compiled"].why_not:
        return f"| {point.name} | not measured: {why} |"
    times = [_micro(column(point.found[n], "step")) for n in ("torch", "jax") if n in point.found]
    times += ["-"] * (2 - len(times))
    limit = peak_rate(point.found)
    shares = [share(point.problem, step, limit) for step in point.ours] if limit else []
    ratios = [median_best(point.against(*names), 2)
              for names in (("torch",), ("jax",), ("torch", "jax"))]  # fmt: skip
    cells = [point.name, _micro(point.ours), *times, *ratios, median_best(shares, 0, "max"),
             f"{losses_apart(point):.1e}"]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _micro(steps: list[float]) -> str:
    return median_best(steps, 0 if steps and min(steps) > 100 else 1)


def product_row(size: int, found: dict[str, Peer]) -> list[str]:
    """A product's line of the table."""
    ours, theirs = (column(found[name], "step") for name in ("liuli compiled", "numpy"))
    rates = [2e-3 * size**3 / step for step in ours]
    return [f"{size} cubed", _micro(ours), median_best(rates, 0, "max"), _micro(theirs),
            median_best(times_as_fast(ours, theirs), 2) if ours and theirs else "-"]  # fmt: skip


# --- what is asked for ------------------------------------------------------------------------
def losses_apart(point: Point) -> float:
    """The largest difference of a loss from ours; relative where losses are above 1."""
    losses = [peer.facts["loss"] for peer in point.found.values() if "loss" in peer.facts]
    return largest((abs(x - losses[0]) / max(1.0, abs(losses[0])), "") for x in losses)[0]


def checks(points: list[Point]) -> Iterator[Check]:
    """What must hold of the steps."""
    missing = [point.name for point in points if not point.ours]
    if missing:
        yield Check(f"could not be measured: {', '.join(missing)}", False)
    measured = [point for point in points if point.ours]
    if not measured:
        return
    apart, name = largest((losses_apart(point), point.name) for point in measured)
    yield Check(f"losses are at most {apart:.1e} apart ({name}; limit {SAME_LOSS})",
                apart <= SAME_LOSS)  # fmt: skip
    yield from against_the_better(measured)
    for point in measured:
        if point.problem.sizes[0] == 4 and (ratios := point.against("torch")):
            middle = statistics.median(ratios)
            yield Check(f"{point.name}: {middle:.1f} times as fast as PyTorch (limit {SMALL})",
                        middle >= SMALL)  # fmt: skip
        limit = peak_rate(point.found)
        if point.problem.batch == max(BATCHES) and limit:
            part = share(point.problem, statistics.median(point.ours), limit)
            yield Check(f"{point.name}: {part:.0f} % of the limit (limit {FULL:.0f})", part >= FULL)


def against_the_better(points: list[Point]) -> Iterator[Check]:
    """The worst point and the mean of all, against the better of PyTorch and JAX."""
    found = {point.name: point.against("torch", "jax") for point in points}
    middles = {name: statistics.median(ratios) for name, ratios in found.items() if ratios}
    if not middles:
        return
    worst = min(middles, key=middles.__getitem__)
    mean = statistics.geometric_mean(middles.values())
    yield Check(f"the worst point is {worst}: {middles[worst]:.2f} times as fast as the better of "
                f"PyTorch and JAX (limit {EVERYWHERE})", middles[worst] >= EVERYWHERE)  # fmt: skip
    yield Check(f"geometric mean {mean:.2f} (limit {MEAN})", mean >= MEAN)


def product_checks(products: dict[int, dict[str, Peer]]) -> Iterator[Check]:
    """What must hold of the large products."""
    for size, found in products.items():
        ours, theirs = (column(found[name], "step") for name in ("liuli compiled", "numpy"))
        if not ours or not theirs:
            yield Check(f"{size} cubed could not be measured", False)
            continue
        middle = statistics.median(times_as_fast(ours, theirs))
        yield Check(f"{size} cubed: {middle:.2f} times as fast as the BLAS (limit {PRODUCT})",
                    middle >= PRODUCT)  # fmt: skip
