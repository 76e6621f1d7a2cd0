"""Peers in processes of their own, measured in turn: A B C, A B C, with idle pauses between.

A worker is a script that prints "ready", perhaps with facts as JSON behind it, then answers every
line it reads with one line of JSON, the figures of one round. Figures are compared round by
round, so that a machine that slows down slows all of them.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

WORKERS = Path(__file__).parent / "workers"
BLAS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
Figures = dict[str, float]


@dataclass
class Peer:
    """One library in its own process."""

    name: str
    python: str
    script: str = ""  # its own worker, if it is not that of the others
    rounds: list[Figures] = field(default_factory=list)
    facts: Figures = field(default_factory=dict)
    why_not: str = ""
    process: subprocess.Popen[str] | None = None
    errors: IO[str] | None = None  # a file: nobody reads it meanwhile, and a pipe would fill

    def start(self, script: str, *arguments: str, threads: int | None = None) -> None:
        """Start the worker and wait until it is ready, or note why it is not."""
        self.errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self.process = subprocess.Popen(
            [self.python, str(WORKERS / (self.script or script)), self.name, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
            text=True, encoding="utf-8", cwd=WORKERS.parent.parent, env=environment(threads),
        )  # fmt: skip
        assert self.process.stdout is not None
        word, _, facts = self.process.stdout.readline().strip().partition(" ")
        if word == "ready":
            self.facts = json.loads(facts or "{}")
        else:
            self.give_up()

    def give_up(self) -> None:
        """Note what the worker said last, and measure it no more."""
        assert self.process is not None and self.errors is not None
        self.process.communicate("")
        self.errors.seek(0)
        lines = self.errors.read().strip().splitlines()
        self.why_not = lines[-1] if lines else "it ended without a word"
        self.rounds.clear()
        self.process = None

    def measure(self) -> None:
        """One round."""
        if self.process is None:
            return
        assert self.process.stdin is not None and self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # it has ended: there is no answer either
            self.process.stdin.write("go\n")
            self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if answer:
            self.rounds.append(json.loads(answer))
        else:
            self.give_up()

    def stop(self) -> None:
        """End the worker."""
        if self.process is not None:
            self.process.communicate("")
        if self.errors is not None:
            self.errors.close()


def environment(threads: int | None) -> dict[str, str]:
    """This process's, where workers find the workers; every BLAS is told the threads.

    Nobody uses machine code that an earlier process kept. Everybody may keep byte code, as
    installed packages do, whatever this shell says.
    """
    found = os.environ.get("PYTHONPATH")
    root = str(WORKERS.parent.parent)
    told = dict.fromkeys(BLAS, str(threads)) if threads else {}
    told["PYTHONPATH"] = f"{root}{os.pathsep}{found}" if found else root
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **told, "LIULI_KERNEL_CACHE": "0"}


def compare(
    script: str, peers: dict[str, str], rounds: int, pause: float, *arguments: str
) -> list[Peer]:
    """Measure Liuli and every peer, in turn; the first round warms up and is dropped."""
    everyone = [Peer("liuli", sys.executable), *(Peer(n, python) for n, python in peers.items())]
    return in_turn(everyone, script, rounds, pause, arguments)


def in_turn(
    everyone: list[Peer], script: str, rounds: int, pause: float, arguments: Sequence[str] = (),
    threads: int | None = None,
) -> list[Peer]:  # fmt: skip
    """Measure everyone in turn; the first round warms up and is dropped."""
    try:
        for peer in everyone:
            peer.start(script, *arguments, threads=threads)
        for number in range(rounds + 1):
            for peer in everyone:
                time.sleep(pause)
                peer.measure()
                if number == 0:
                    peer.rounds.clear()
    finally:
        for peer in everyone:
            peer.stop()
    return everyone


def ratios(ours: Peer, theirs: Peer, key: str) -> list[float]:
    """Our figure over theirs, round by round."""
    pairs = zip(ours.rounds, theirs.rounds, strict=True)
    return [a[key] / b[key] for a, b in pairs if key in a and key in b]


def table(peers: list[Peer], keys: Iterable[str], unit: str) -> str:
    """A Markdown table: the median (and best) of each, and the median of our ratios to each."""
    ours, *others = [peer for peer in peers if peer.rounds]
    head = ["", f"{ours.name} ({unit})"]
    for peer in others:
        head += [f"{peer.name} ({unit})", f"ratio to {peer.name}"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for key in keys:
        cells = [key, _figure(ours, key)]
        for peer in others:
            found = ratios(ours, peer, key)
            cells += [_figure(peer, key), _spread(found) if found else "-"]
        lines.append("| " + " | ".join(cells) + " |")
    for peer in peers:
        if peer.why_not:
            lines.append(f"\n{peer.name}: not measured: {peer.why_not}")
    return "\n".join(lines)


def _figure(peer: Peer, key: str) -> str:
    values = [figures[key] for figures in peer.rounds if key in figures]
    return f"{statistics.median(values):.2f} ({min(values):.2f})" if values else "-"


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"
