"""`python -m bench script`: whole scripts, each in a new process, from nothing to the accuracy.

784-128-64-10 on all of MNIST (from LIULI_DATA), five epochs, batches of 64: ours by `Trainer.fit`,
PyTorch from memory (`--peer torch=PYTHON`) and, once, through its loader (`--peer loader=PYTHON`).
The time is the whole process's; the parts are what the script itself saw.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from .figures import Check, markdown, median_best, report, times_as_fast
from .neighbours import Neighbours
from .peers import WORKERS, Figures, environment

SCRIPTS = {"liuli": "liuli_fit.py", "torch": "torch_memory.py", "loader": "torch_loader.py"}
ONCE = {"loader"}  # takes a minute
PARTS = ("import", "load", "train", "evaluate")
HEAD = ("", "whole (s)", "times ours", "CPU (s)", *(f"{part} (s)" for part in PARTS),
        "peak memory (MB)", "accuracy (%)")  # fmt: skip

SECONDS = 3.0  # of our script, at most
FASTER = 1.7  # PyTorch's time from memory over ours, at least
MEMORY = 0.5  # ours over PyTorch's, at most
ACCURACY = 97.05, 98.2  # percent: PyTorch's range after five epochs, and 0.3 more for one seed


def main(rounds: int, pause: float, peers: dict[str, str]) -> int:
    """Measure, print a table; 1 if something does not hold."""
    if "LIULI_DATA" not in os.environ:
        print("LIULI_DATA must name a folder that has mnist/*.gz")
        return 1
    pythons = {"liuli": sys.executable, **{n: peers[n] for n in SCRIPTS if n in peers}}
    found: dict[str, list[Figures]] = {name: [] for name in pythons}
    neighbours = Neighbours()
    for number in range(rounds):
        for name, python in pythons.items():
            if number == 0 or (name not in ONCE and found[name]):
                time.sleep(pause)
                found[name] += run(name, python)
    if not found["liuli"]:
        return 1
    found = {name: figures for name, figures in found.items() if figures}
    print(f"{table(found)}\n\n{neighbours}\n", flush=True)
    return 0 if report(checks(found)) else 1


def run(name: str, python: str) -> list[Figures]:
    """One whole script: its parts, and the seconds of its process; none if it fails."""
    start, before = time.perf_counter(), os.times()
    done = subprocess.run(
        [python, str(WORKERS / "scripts" / SCRIPTS[name])], capture_output=True, text=True,
        encoding="utf-8", env=environment(None),
    )  # fmt: skip
    whole, after = time.perf_counter() - start, os.times()
    if done.returncode:
        print(f"{name}: not measured: {done.stderr.strip().rpartition(chr(10))[2]}")
        return []
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return [{**json.loads(done.stdout), "whole": whole, "cpu": cpu}]


def column(figures: list[Figures], key: str) -> list[float]:
    """A figure of each round."""
    return [one[key] for one in figures]


def table(found: dict[str, list[Figures]]) -> str:
    """A row a script: medians, and the best in brackets."""
    ours = column(found["liuli"], "whole")
    rows = []
    for name, figures in found.items():
        whole = column(figures, "whole")
        parts = [f"{statistics.median(column(figures, part)):.2f}" for part in PARTS]
        ratios = times_as_fast(ours[: len(whole)], whole)
        rows.append([
            name, median_best(whole, 2), median_best(ratios, 2),
            median_best(column(figures, "cpu"), 2), *parts,
            f"{max(column(figures, 'peak')):.0f}",
            f"{statistics.median(column(figures, 'accuracy')):.2f}",
        ])  # fmt: skip
    return markdown(HEAD, rows)


def checks(found: dict[str, list[Figures]]) -> Iterator[Check]:
    """What must hold."""
    ours = found["liuli"]
    whole = statistics.median(column(ours, "whole"))
    yield Check(f"the whole script takes {whole:.2f} s (limit {SECONDS})", whole <= SECONDS)
    for name, figures in found.items():
        least, most = (f(column(figures, "accuracy")) for f in (min, max))
        yield Check(f"{name}: accuracy {least:.2f} to {most:.2f} % "
                    f"({ACCURACY[0]} to {ACCURACY[1]})",
                    ACCURACY[0] <= least and most <= ACCURACY[1])  # fmt: skip
    if "torch" in found:
        ratios = times_as_fast(column(ours, "whole"), column(found["torch"], "whole"))
        middle = statistics.median(ratios)
        yield Check(f"{middle:.2f} times as fast as PyTorch from memory ({min(ratios):.2f} to "
                    f"{max(ratios):.2f}; limit {FASTER})", middle >= FASTER)  # fmt: skip
        mine, theirs = max(column(ours, "peak")), min(column(found["torch"], "peak"))
        yield Check(f"peak memory {mine:.0f} MB, PyTorch's {theirs:.0f} (limit {MEMORY} of it)",
                    mine <= MEMORY * theirs)  # fmt: skip
