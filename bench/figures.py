"""Arithmetic and tables of figures that were measured in rounds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .peers import Peer


class Check(NamedTuple):
    """Something that was asked for, in words with the figures, and whether it is so."""

    says: str
    held: bool


def report(checks: Iterable[Check]) -> bool:
    """Print what was asked for; whether all of it is so."""
    made = list(checks)
    for check in made:
        print(f"- {'yes' if check.held else 'NO '} {check.says}")
    return all(check.held for check in made)


def column(peer: Peer, key: str) -> list[float]:
    """A figure of each round."""
    return [figures[key] for figures in peer.rounds if key in figures]


def times_as_fast(mine: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Their time over mine, round by round."""
    return [their / my for my, their in zip(mine, theirs, strict=True)]


def largest(differences: Iterable[tuple[float, str]]) -> tuple[float, str]:
    """The largest difference and whose it is; one that is not a number is the largest."""
    return max(differences, key=lambda item: (math.isnan(item[0]), item[0]))


def best_of(many: Iterable[Sequence[float]]) -> list[float]:
    """The shortest time of each round, whoever has it."""
    return [min(together) for together in zip(*many, strict=True)]


def median_best(values: Sequence[float], digits: int = 0, best: str = "min") -> str:
    """The median, and the best in brackets; "-" if nothing was measured."""
    if not values:
        return "-"
    extreme = min(values) if best == "min" else max(values)
    return f"{statistics.median(values):.{digits}f} ({extreme:.{digits}f})"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
