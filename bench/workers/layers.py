"""One layer or optimizer in the MLP's step: `layers.py "LIBRARY VARIANT" THREADS`.

A round is us a step. Liuli's step is compiled, PyTorch's is as the tutorial writes it.
"""

from __future__ import annotations

import importlib
import itertools
import sys
from typing import Any

from bench.problem import LR, MOMENTUM, Problem
from bench.workers.serving import Contestant, answer, begin, hurry

NORMS = {"batch norm": "BatchNorm1d", "layer norm": "LayerNorm"}


class Layered(Contestant):
    """The tutorial's step with one thing changed."""

    def __init__(self, problem: Problem, threads: int, how: str, module: str) -> None:
        super().__init__(problem, threads, how)
        self.module = module
        lib: Any = importlib.import_module(module)
        lib.set_num_threads(threads)
        lib.manual_seed(0)
        model = network(lib.nn, problem.sizes, how)
        optimizer = optimizer_of(lib.optim, model, how)
        smoothing = 0.1 if how == "label smoothing" else 0.0
        cross_entropy = lib.nn.functional.cross_entropy

        def step(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            loss = cross_entropy(model(x), y, label_smoothing=smoothing)
            loss.backward()
            optimizer.step()
            return loss

        self.train = lib.compile(step) if module == "liuli" else step
        self.given = [tuple(map(lib.from_numpy, batch)) for batch in problem.batches()]

    def step(self, number: int) -> Any:
        """Train on this batch."""
        return self.train(*self.given[number])


def network(nn: Any, sizes: tuple[int, ...], how: str) -> Any:
    """Linear layers; between them what `how` says."""
    layers: list[Any] = []
    for i, (fan_in, fan_out) in enumerate(itertools.pairwise(sizes)):
        layers.append(nn.Linear(fan_in, fan_out))
        if i == len(sizes) - 2:
            break
        if how in NORMS:
            layers.append(getattr(nn, NORMS[how])(fan_out))
        layers.append(nn.GELU() if how == "GELU" else nn.ReLU())
        if how == "dropout":
            layers.append(nn.Dropout(0.5))
    return nn.Sequential(*layers)


def optimizer_of(optim: Any, model: Any, how: str) -> Any:
    """SGD with momentum, but for the variants that are an optimizer."""
    if how in ("Adam", "AdamW"):
        return getattr(optim, how)(model.parameters(), lr=1e-3)
    return optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)


def main() -> None:
    """Train a while, then answer."""
    module, _, how = sys.argv[1].partition(" ")
    hurry()
    contestant = Layered(Problem(), int(sys.argv[2]), how, module)
    answer(contestant, begin(contestant))


if __name__ == "__main__":
    main()
