"""`python -m bench conv`: training steps of convolutional networks, ours and the peers'.

All begin with the same weights and see the same batches. Losses are compared after some steps
without dropout; the steps that are timed draw it. A PyTorch called "best" has channels last and
the one-call update; Keras trains by `fit`, or by a `tf.function` of the whole step. The machine's
limit is measured in the same rounds. Then LeNet-5 learns all of MNIST in a process of its own.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from .conv_nets import NETS, ConvProblem
from .figures import Check, best_of, column, markdown, median_best, report, times_as_fast
from .mlp import peak_rate
from .neighbours import Neighbours
from .peers import WORKERS, Figures, Peer, environment, in_turn

THREADS = 2
WAYS = {"torch": ("torch", "torch best"), "keras": ("keras", "keras function")}
SAME_BEGIN = 1e-5  # relative: of the first losses
SAME_LOSS = {"torch": 2e-3, "keras": 5e-3}  # of the last; Keras' Adam adds its epsilon elsewhere
LEAST = {  # the peer's time over ours, at least
    "SimpleConvNet": {"torch": 6.0, "keras": 4.0},
    "DeepConvNet": {"torch": 1.8, "keras": 1.5},
}
FULL = {"DeepConvNet": 85.0}  # percent of the limit, of the best round
EITHER = {"ResNet-20": (1.3, 85.0), "VGG-11": (1.3, 85.0)}  # times PyTorch, or that of the limit
COMPILE = {"DeepConvNet": 0.8, "ResNet-20": 3.0}  # seconds of the slowest of the first steps
REPEATS = ("ResNet-20",)  # nets of equal blocks
WHOLE = 2.0  # PyTorch's time over ours, of LeNet-5's whole process
OURS = "liuli compiled"
HEAD = ("", "ms/step", "ratio to ours", "share of the limit (%)", "slowest first step (s)",
        "peak memory (MB)", "loss without dropout")  # fmt: skip


def main(rounds: int, pause: float, peers: dict[str, str]) -> int:
    """Measure and print a table for each network; 1 if something does not hold."""
    held, limit = True, 0.0
    for name in NETS:
        problem, neighbours = ConvProblem(name), Neighbours()
        found = measure(problem, peers, rounds, pause)
        limit = max(limit, peak_rate(found))
        print(f"\n{title(problem)}\n\n{table(found, problem)}\n\n{neighbours}\n", flush=True)
        held = report(checks(found, problem)) and held
    if "LIULI_DATA" in os.environ:
        neighbours = Neighbours()
        scripts = whole(rounds, pause, peers)
        print(f"\n{EPOCHS} epochs of MNIST by LeNet-5, whole processes\n")
        print(f"{whole_table(scripts, limit)}\n\n{neighbours}\n", flush=True)
        held = report(whole_checks(scripts)) and held
    return 0 if held else 1


def measure(
    problem: ConvProblem, peers: dict[str, str], rounds: int, pause: float
) -> dict[str, Peer]:
    """Everyone's rounds, by name; "limit" is the machine's."""
    everyone = [Peer(OURS, sys.executable), Peer("limit", sys.executable, script="limit.py")]
    everyone += [Peer(way, peers[name]) for name in WAYS if takes_part(name, problem)
                 for way in WAYS[name] if name in peers]  # fmt: skip
    in_turn(everyone, "conv.py", rounds, pause, (str(THREADS), problem.to_json()), THREADS)
    return {peer.name: peer for peer in everyone}


def takes_part(name: str, problem: ConvProblem) -> bool:
    """Keras' weight decay is another, so that it trains by Adam only."""
    return name != "keras" or problem.of.rule["name"] == "Adam"


# --- tables -----------------------------------------------------------------------------------
def title(problem: ConvProblem) -> str:
    """What a table is of."""
    rule, size = problem.of.rule, "x".join(map(str, problem.of.image))
    return f"{problem.net}, {size}, batch {problem.of.batch}, {rule['name']}, {THREADS} threads"


def table(found: dict[str, Peer], problem: ConvProblem) -> str:
    """A row a library, and the machine's limit under it."""
    ours, limit = found[OURS], peak_rate(found)
    rows = [[peer.name, *_figures(peer, ours, problem, limit)]
            for peer in found.values() if peer.rounds and peer.name != "limit"]  # fmt: skip
    lines = [markdown(HEAD, rows)]
    if limit:
        lines.append(f"\nlimit: {limit:.1f} GFLOP/s; {problem.flop / 1e6:.1f} MFLOP take "
                     f"{1e-6 * problem.flop / limit:.2f} ms")  # fmt: skip
    if "kernels" in ours.facts:
        lines.append("\n{kernels:.0f} kernels, {distinct:.0f} of them compiled, "
                     "{compiling:.2f} s".format(**ours.facts))  # fmt: skip
    lines += [f"\n{p.name}: not measured: {p.why_not}" for p in found.values() if p.why_not]
    return "\n".join(lines)


def _figures(peer: Peer, ours: Peer, problem: ConvProblem, limit: float) -> list[str]:
    steps = column(peer, "step")
    ratios = times_as_fast(column(ours, "step"), steps) if ours.rounds else []
    shares = [share(problem, step, limit) for step in steps] if limit else []
    return [median_best([step / 1e3 for step in steps], 2), median_best(ratios, 2),
            median_best(shares, 0, "max"), f"{peer.facts['slowest']:.2f}",
            f"{max(column(peer, 'peak')):.0f}", f"{peer.facts['loss']:.6f}"]  # fmt: skip


def share(problem: ConvProblem, microseconds: float, limit: float) -> float:
    """How much of the limit a step of that time reaches, in percent."""
    return 100 * problem.flop / (microseconds * 1e3 * limit)


# --- what is asked for ------------------------------------------------------------------------
def checks(found: dict[str, Peer], problem: ConvProblem) -> Iterator[Check]:
    """What must hold of a network."""
    ours, net = found[OURS], problem.net
    if not ours.rounds:
        yield Check(f"{net} could not be measured: {ours.why_not}", False)
        return
    yield from same_losses(found)
    for name, least in LEAST.get(net, {}).items():
        if ratios := against(found, name):
            yield Check(f"{net}: {spread(ratios)} times as fast as {name} (limit {least})",
                        statistics.median(ratios) >= least)  # fmt: skip
    part = most(found, problem)
    if part and net in FULL:
        yield Check(f"{net}: the best round reaches {part:.0f} % of the limit "
                    f"(limit {FULL[net]:.0f})", part >= FULL[net])  # fmt: skip
    if net in EITHER and (ratios := against(found, "torch")):
        least, full = EITHER[net]
        yield Check(f"{net}: {spread(ratios)} times as fast as torch (limit {least}), or "
                    f"{part:.0f} % of the limit (limit {full:.0f})",
                    statistics.median(ratios) >= least or part >= full)  # fmt: skip
    yield from compiling(net, ours)


def same_losses(found: dict[str, Peer]) -> Iterator[Check]:
    """Whether everyone's first and later losses are ours, and so the work is the same."""
    ours = found[OURS].facts
    for peer in found.values():
        if peer.rounds and peer.name not in (OURS, "limit"):
            first, last = (abs(peer.facts[key] - ours[key]) / max(1.0, abs(ours[key]))
                           for key in ("begin", "loss"))  # fmt: skip
            limit = SAME_LOSS[peer.name.partition(" ")[0]]
            yield Check(f"the first loss of {peer.name} is {first:.1e} apart from ours "
                        f"(limit {SAME_BEGIN}), the last {last:.1e} (limit {limit})",
                        first <= SAME_BEGIN and last <= limit)  # fmt: skip


def against(found: dict[str, Peer], name: str) -> list[float]:
    """Our ratios to a peer, round by round: PyTorch as usually written, the better of Keras'."""
    ways = WAYS[name] if name == "keras" else (name,)
    theirs = [column(found[way], "step") for way in ways if way in found and found[way].rounds]
    return times_as_fast(column(found[OURS], "step"), best_of(theirs)) if theirs else []


def spread(ratios: list[float]) -> str:
    """The median, and from where to where."""
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def most(found: dict[str, Peer], problem: ConvProblem) -> float:
    """The share of the limit of our best round, in percent; 0 without a limit."""
    limit = peak_rate(found)
    return share(problem, min(column(found[OURS], "step")), limit) if limit else 0.0


def compiling(net: str, ours: Peer) -> Iterator[Check]:
    """Whether it compiles quickly, and nothing twice."""
    facts = ours.facts
    if net in COMPILE:
        yield Check(f"{net}: the slowest of the first steps, which compiles, takes "
                    f"{facts['slowest']:.2f} s (limit {COMPILE[net]})",
                    facts["slowest"] < COMPILE[net])  # fmt: skip
    if net in REPEATS:
        kernels, distinct = int(facts["kernels"]), int(facts["distinct"])
        yield Check(f"{net}: {kernels} kernels are {distinct} different ones, each compiled once",
                    distinct < kernels)  # fmt: skip


# --- whole processes --------------------------------------------------------------------------
EPOCHS, MULTIPLIED = 10, 60_000 // 128 * 128  # images of an epoch that are in whole batches
SCRIPTS = {"liuli": "conv_liuli.py", "torch": "conv_torch.py", "torch best": "conv_torch.py"}
MOST_ROUNDS = 5


def whole(rounds: int, pause: float, peers: dict[str, str]) -> dict[str, list[Figures]]:
    """Each script some times, in turn."""
    pythons = {"liuli": sys.executable, "torch": peers.get("torch", "")}
    found: dict[str, list[Figures]] = {}
    for _ in range(min(rounds, MOST_ROUNDS)):
        for name, script in SCRIPTS.items():
            if python := pythons[name.partition(" ")[0]]:
                time.sleep(pause)
                found.setdefault(name, []).extend(one(name, script, python))
    return {name: figures for name, figures in found.items() if figures}


def one(name: str, script: str, python: str) -> list[Figures]:
    """One whole process; none if it fails."""
    start = time.perf_counter()
    done = subprocess.run(
        [python, str(WORKERS / "scripts" / script), name.partition(" ")[2]], capture_output=True,
        text=True, encoding="utf-8", env=environment(THREADS),
    )  # fmt: skip
    seconds = time.perf_counter() - start
    if done.returncode:
        print(f"{name}: not measured: {done.stderr.strip().rpartition(chr(10))[2]}")
        return []
    return [{**json.loads(done.stdout), "whole": seconds}]


def whole_table(found: dict[str, list[Figures]], limit: float) -> str:
    """A row a script."""
    flop, batch = ConvProblem("LeNet-5").flop, NETS["LeNet-5"].batch
    least = EPOCHS * MULTIPLIED / batch * flop / (limit * 1e9) if limit else 0.0
    ours, rows = [one["whole"] for one in found.get("liuli", [])], []
    for name, figures in found.items():
        seconds, train = ([one[key] for one in figures] for key in ("whole", "train"))
        rows.append([
            name, median_best(seconds, 2), median_best(times_as_fast(ours, seconds), 2),
            median_best(train, 2), median_best([100 * least / s for s in train], 0, "max"),
            f"{max(one['peak'] for one in figures):.0f}",
            f"{statistics.median(one['accuracy'] for one in figures):.2f}",
        ])  # fmt: skip
    head = ("", "whole (s)", "times ours", "train (s)", "share of the limit (%)",
            "peak memory (MB)", "accuracy (%)")  # fmt: skip
    return markdown(head, rows)


def whole_checks(found: dict[str, list[Figures]]) -> Iterator[Check]:
    """What must hold of them."""
    if "liuli" not in found:
        yield Check("LeNet-5 could not be measured", False)
        return
    ours = [one["whole"] for one in found["liuli"]]
    if "torch" in found:
        ratios = times_as_fast(ours, [one["whole"] for one in found["torch"]])
        yield Check(f"LeNet-5, the whole process: {spread(ratios)} times as fast as torch "
                    f"(limit {WHOLE})", statistics.median(ratios) >= WHOLE)  # fmt: skip
    for name, figures in found.items():
        accuracy = statistics.median(one["accuracy"] for one in figures)
        yield Check(f"{name}: accuracy {accuracy:.2f} % (at least 98)", accuracy >= 98.0)
