"""`python -m bench mlp`: a training step of the tutorials' network, ours and the peers'.

A step takes a batch that is already the library's tensors; a second table has the step that takes
its rows by number. All begin with the same weights and see the same batches, and their losses
after 100 steps are compared. The machine's limit is measured in the same rounds.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator

from .figures import Check, column, largest, markdown, median_best, report, times_as_fast
from .neighbours import Neighbours
from .peers import WORKERS, Peer, environment, in_turn
from .problem import Problem

THREADS = (1, 2)
SAME_LOSS = 1e-3
EAGER = 1.0  # PyTorch's time over that of Liuli without `compile`, at least
LEAST = {"torch": 4.0, "jax": 3.5}  # the peer's time over ours, on two threads
FLOOR = 1.25  # the best round over the time that the arithmetic takes at the machine's limit
COMPILE = 0.4  # seconds of the slowest of the first steps

VARIANTS = {"torch": ("torch", "torch fused", "torch compile"), "jax": ("jax", "jax async")}
PACKAGES = {"sklearn": ("scikit-learn",), "keras": ("keras", "tensorflow-cpu", "tensorflow")}
HEAD = ("", "us/step", "ratio to ours", "share of the limit (%)", "first 10 steps (s)",
        "import (s)", "peak memory (MB)", "installed (MB)", "loss after 100")  # fmt: skip


def main(rounds: int, pause: float, peers: dict[str, str]) -> int:
    """Measure, print two tables for each number of threads; 1 if something does not hold."""
    sizes = {name: installed(name, python) for name, python in _everybody(peers).items()}
    held = True
    for threads in THREADS:
        for fetch in (False, True):
            problem = Problem(fetch=fetch)
            neighbours = Neighbours()
            found = measure(problem, chosen(peers, fetch), rounds, pause, threads)
            print(f"\n{title(problem, threads)}\n\n{table(found, problem, sizes)}")
            print(f"\n{neighbours}\n", flush=True)
            held = report(checks(found, problem, strict=threads == THREADS[-1])) and held
    return 0 if held else 1


def _everybody(peers: dict[str, str]) -> dict[str, str]:
    return {"liuli": sys.executable, **peers}


def chosen(peers: dict[str, str], fetch: bool) -> dict[str, str]:
    """Who takes part, and with which Python: all peers in all their ways, or PyTorch alone."""
    if fetch:
        return {name: python for name, python in peers.items() if name == "torch"}
    return {way: python for name, python in peers.items() for way in VARIANTS.get(name, (name,))}


def measure(
    problem: Problem, peers: dict[str, str], rounds: int, pause: float, threads: int
) -> dict[str, Peer]:
    """Everyone's rounds, by name; "limit" is the machine's."""
    everyone = [
        Peer("liuli compiled", sys.executable),
        Peer("liuli", sys.executable),
        Peer("limit", sys.executable, script="limit.py"),
        *(Peer(name, python) for name, python in peers.items()),
    ]
    arguments = str(threads), problem.to_json()
    in_turn(everyone, "mlp.py", rounds, pause, arguments, threads)
    return {peer.name: peer for peer in everyone}


def installed(name: str, python: str) -> float:
    """What a library and all it needs take on disk, in MB; 0 if that cannot be found out."""
    packages = PACKAGES.get(name, (name,))
    done = subprocess.run(
        [python, str(WORKERS / "size.py"), *packages], capture_output=True, text=True,
        encoding="utf-8", env=environment(None),
    )  # fmt: skip
    return float(json.loads(done.stdout)) if done.returncode == 0 else 0.0


# --- the table --------------------------------------------------------------------------------
def title(problem: Problem, threads: int) -> str:
    """What a table is of."""
    how = "taken by row numbers in the step" if problem.fetch else "given as tensors"
    sizes = "-".join(map(str, problem.sizes))
    return f"{sizes}, batch {problem.batch} {how}, {threads} thread{'s' * (threads > 1)}"


def table(found: dict[str, Peer], problem: Problem, sizes: dict[str, float]) -> str:
    """A row a library, and the machine's limit under it."""
    ours, limit = found["liuli compiled"], peak_rate(found)
    rows = [
        [peer.name, *_figures(peer, ours, problem, limit), _size(peer, sizes), _loss(peer)]
        for peer in found.values()
        if peer.rounds and peer.name != "limit"
    ]
    lines = [markdown(HEAD, rows)]
    if limit:
        least = 1e-3 * problem.flop / limit
        lines.append(
            f"\nlimit: {limit:.1f} GFLOP/s (best round of a kernel that multiplies and adds in "
            f"registers); {problem.flop / 1e6:.2f} MFLOP take {least:.0f} us"
        )
    lines += [f"\n{p.name}: not measured: {p.why_not}" for p in found.values() if p.why_not]
    return "\n".join(lines)


def peak_rate(found: dict[str, Peer]) -> float:
    """The machine's limit in GFLOP/s: the best round; 0 if it was not measured."""
    return max(column(found["limit"], "gflops"), default=0.0)


def share(problem: Problem, microseconds: float, limit: float) -> float:
    """How much of the limit a step of that time reaches, in percent."""
    return 100 * problem.flop / (microseconds * 1e3 * limit)


def _figures(peer: Peer, ours: Peer, problem: Problem, limit: float) -> list[str]:
    steps, facts = column(peer, "step"), peer.facts
    ratios = times_as_fast(column(ours, "step"), steps) if ours.rounds else []
    shares = [share(problem, step, limit) for step in steps] if limit else []
    return [
        median_best(steps), median_best(ratios, 2), median_best(shares, 0, "max"),
        f"{facts['first']:.2f}", f"{facts['import']:.2f}",
        f"{max(column(peer, 'peak')):.0f}",
    ]  # fmt: skip


def _size(peer: Peer, sizes: dict[str, float]) -> str:
    size = sizes.get(peer.name.partition(" ")[0])
    return f"{size:.0f}" if size else "-"


def _loss(peer: Peer) -> str:
    return f"{peer.facts['loss']:.7f}"


# --- what is asked for ------------------------------------------------------------------------
def checks(found: dict[str, Peer], problem: Problem, *, strict: bool) -> Iterator[Check]:
    """What must hold; of speed, only on all the threads and with tensors given."""
    ours = found["liuli compiled"]
    for peer in (ours, found["liuli"]):
        if not peer.rounds:
            yield Check(f"{peer.name} could not be measured: {peer.why_not}", False)
            return
    yield same_losses(found)
    if not strict or problem.fetch:
        return
    for name, least in LEAST.items():
        if name in found and found[name].rounds:
            yield faster(ours, found[name], least)
    if "torch" in found and found["torch"].rounds:
        yield faster(found["liuli"], found["torch"], EAGER)
    if limit := peak_rate(found):
        yield near_the_floor(column(ours, "step"), problem, limit)
    slowest = ours.facts["slowest"]
    yield Check(f"the slowest of the first steps, which compiles, takes {slowest:.2f} s "
                f"(limit {COMPILE})", slowest < COMPILE)  # fmt: skip


def same_losses(found: dict[str, Peer]) -> Check:
    """Whether everyone's losses after the first steps are ours."""
    measured = [peer for peer in found.values() if peer.rounds and "loss" in peer.facts]
    ours = found["liuli compiled"].facts["loss"]
    apart, name = largest((abs(peer.facts["loss"] - ours), peer.name) for peer in measured)
    return Check(f"losses are at most {apart:.1e} apart from ours ({name}; limit {SAME_LOSS})",
                 apart <= SAME_LOSS)  # fmt: skip


def faster(mine: Peer, theirs: Peer, least: float) -> Check:
    """Whether the median of the ratios of all rounds is large enough."""
    my, their = column(mine, "step"), column(theirs, "step")
    ratios = times_as_fast(my, their)
    middle = statistics.median(ratios)
    return Check(
        f"{mine.name} is {middle:.2f} times as fast as {theirs.name} ({min(ratios):.2f} to "
        f"{max(ratios):.2f}; best rounds {min(my):.0f} and {min(their):.0f} us; limit {least})",
        middle >= least,
    )


def near_the_floor(steps: list[float], problem: Problem, limit: float) -> Check:
    """Whether our best round is near the time of the arithmetic alone."""
    over = 100 / share(problem, min(steps), limit)
    return Check(f"the best round takes {over:.2f} times the arithmetic's time (limit {FLOOR})",
                 over <= FLOOR)  # fmt: skip
