"""The MLP's step with and without statistics: `probes.py NAME THREADS EVERY`.

A round takes both steps in turn, so that a machine that slows down slows both. Its figures are
us a step: of the bare step, of a call that is measured, and of the calls between two such ones,
each the median; and of the watched step all in all, which follows from the last two.
"""

from __future__ import annotations

import itertools
import json
import statistics
import sys
import time
from typing import Any

import liuli
from bench.problem import LR, MOMENTUM, Problem
from bench.workers.serving import hurry
from liuli import nn

WARM = 60
STRETCH = 8  # measured calls in a round


class Pair:
    """The tutorial's step twice, each with a network of its own: bare, and watched."""

    def __init__(self, threads: int, every: int) -> None:
        liuli.set_num_threads(threads)
        self.problem, self.every = Problem(), every
        self.batches = [tuple(map(liuli.from_numpy, batch)) for batch in self.problem.batches()]
        self.bare, self.watched = self.made(0), self.made(every)
        for step in (self.bare, self.watched):
            for _ in self.times(step, WARM - WARM % every):
                pass

    def made(self, every: int) -> Any:
        """The step as a user writes it, compiled; watched if `every` is not 0."""
        liuli.manual_seed(0)
        model = network(self.problem.sizes)
        optimizer = liuli.optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)

        def step(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            return loss

        return liuli.compile(step, watch=model, every=every) if every else liuli.compile(step)

    def times(self, step: Any, count: int) -> list[float]:
        """The us of each of so many steps."""
        found = []
        for number in range(count):
            x, y = self.batches[number % len(self.batches)]
            start = time.perf_counter()
            step(x, y)
            found.append(1e6 * (time.perf_counter() - start))
        return found

    def round(self) -> dict[str, float]:
        """us a step, as the module says."""
        bare, measured, between = list[float](), list[float](), list[float]()
        for _ in range(STRETCH):
            bare += self.times(self.bare, self.every)
            *others, last = self.times(self.watched, self.every)
            measured.append(last)
            between += others
        one, rest = statistics.median(measured), statistics.median(between)
        mean = (one + (self.every - 1) * rest) / self.every
        return {"bare": statistics.median(bare), "measured": one, "watched": mean}


def network(sizes: tuple[int, ...]) -> Any:
    """Linear layers with ReLU between."""
    layers = [nn.Linear(i, o) for i, o in itertools.pairwise(sizes)]
    return nn.Sequential(*[each for layer in layers for each in (layer, nn.ReLU())][:-1])


def main() -> None:
    """Warm up, then answer every line with one round."""
    hurry()
    pair = Pair(int(sys.argv[2]), int(sys.argv[3]))
    print("ready", flush=True)
    for _ in sys.stdin:
        print(json.dumps(pair.round()), flush=True)


if __name__ == "__main__":
    main()
