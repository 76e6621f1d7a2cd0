"""`python -m bench start`: how soon a program trains; without and with machine code kept before.

Each round is two processes in turn, with a cache of their own that is empty at first.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping

from .figures import Check, markdown, median_best, report
from .neighbours import Neighbours
from .peers import WORKERS, environment
from .problem import Problem

THREADS = 2
KEYS = {"import": "import besides NumPy (s)", "llvmlite": "import llvmlite (s)",
        "slowest": "slowest of the first steps (s)", "all": "first four steps (s)"}  # fmt: skip
COLD, WARM = 0.4, 0.060  # seconds, of the slowest of the first steps
IMPORT = 0.060
Figures = dict[str, list[float]]


def main(rounds: int, pause: float, peers: dict[str, str]) -> int:
    """Start so many pairs of processes, print a table; 1 if a limit does not hold."""
    first: Figures = {key: [] for key in KEYS}
    second: Figures = {key: [] for key in KEYS}
    neighbours = Neighbours()
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            for figures in (first, second):
                time.sleep(pause)
                for key, value in started(folder).items():
                    if key in figures:
                        figures[key].append(value)
    rows = [
        [name, *(median_best(figures[key], 3) for key in KEYS)]
        for name, figures in (("first process", first), ("second process", second))
    ]
    print(f"{markdown(['', *KEYS.values()], rows)}\n\n{neighbours}\n")
    return 0 if report(checks(first, second)) else 1


def started(folder: str) -> dict[str, float]:
    """One process that keeps machine code in this folder."""
    told: Mapping[str, str] = {**environment(THREADS), "LIULI_CACHE": folder}
    done = subprocess.run(
        [sys.executable, str(WORKERS / "start.py"), str(THREADS), Problem().to_json()],
        env={key: value for key, value in told.items() if key != "LIULI_KERNEL_CACHE"},
        check=True, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    return dict(json.loads(done.stdout))


def checks(first: Figures, second: Figures) -> list[Check]:
    """What was asked for: medians."""
    asked = [
        ("importing Liuli takes, besides NumPy,", first["import"] + second["import"], IMPORT),
        ("the step that compiles takes", first["slowest"], COLD),
        ("in the second process it takes", second["slowest"], WARM),
    ]
    return [
        Check(f"{says} {statistics.median(values):.3f} s (best {min(values):.3f}; limit {limit})",
              statistics.median(values) <= limit)
        for says, values, limit in asked
    ]  # fmt: skip
