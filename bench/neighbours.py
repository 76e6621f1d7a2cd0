"""How much other processes worked meanwhile: a crowded machine shows waiting, not speed."""

from __future__ import annotations

import os
import time
from pathlib import Path

STAT = Path("/proc/stat")
QUIET = 10.0  # percent of the machine that others may use


def busy(stat: Path = STAT) -> float | None:
    """Seconds that all CPUs together have worked since the machine began; None if unknown."""
    try:
        words = stat.read_text(encoding="ascii").split("\n", 1)[0].split()
    except OSError:  # not Linux
        return None
    user, nice, system, _idle, _waiting, *rest = map(int, words[1:9])
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")


def own() -> float:
    """Seconds that this process and its children that have ended have worked."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class Neighbours:
    """From its making to `share`, what part of the machine others used."""

    def __init__(self) -> None:
        self.began, self.busy, self.own = time.perf_counter(), busy(), own()

    def share(self) -> float | None:
        """In percent of all CPUs; None if unknown."""
        now = busy()
        if self.busy is None or now is None:
            return None
        theirs = now - self.busy - (own() - self.own)
        there = (time.perf_counter() - self.began) * (os.cpu_count() or 1)
        return max(0.0, 100 * theirs / there)

    def __str__(self) -> str:
        share = self.share()
        if share is None:
            return ""
        told = f"others used {share:.0f} % of the machine meanwhile"
        return told if share <= QUIET else f"{told}: too much for these figures to prove anything"
