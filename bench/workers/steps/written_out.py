"""PyTorch and Liuli: the step as the tutorial writes it, and what makes it faster."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable
from typing import Any

from bench.problem import LR, MOMENTUM, Problem
from bench.workers.serving import Contestant

Step = Callable[..., Any]
PATIENT = 10_000  # steps that a plain loop may take until it is captured


class WrittenOut(Contestant):
    """A module, a loss, an optimizer, and five lines for a step."""

    def __init__(self, problem: Problem, threads: int, how: str) -> None:
        super().__init__(problem, threads, how)
        lib: Any = importlib.import_module(self.module)
        lib.set_num_threads(threads)
        model = network(lib, problem)
        step = self.written(lib, model)
        if problem.fetch:
            x, labels, order = problem.rows()
            inputs, targets = lib.from_numpy(x), lib.from_numpy(labels)
            self.given = [(lib.from_numpy(row),) for row in order]
            self.train = self.finished(lib, lambda i: step(inputs[i], targets[i]))
        else:
            self.given = [tuple(map(lib.from_numpy, batch)) for batch in problem.batches()]
            self.train = self.finished(lib, step)

    def written(self, lib: Any, model: Any) -> Step:
        """The step as people write it."""
        F = lib.nn.functional
        more = {"fused": True} if self.how else {}
        more = more if lib.__name__ == "torch" else {}
        self.optimizer = lib.optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM, **more)
        optimizer = self.optimizer

        def loss_of(x: Any, y: Any) -> Any:
            return F.cross_entropy(model(x), y)

        if lib.__name__ == "torch" and self.how == "compile":
            loss_of = lib.compile(loss_of)

        def train(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            loss = loss_of(x, y)
            loss.backward()
            optimizer.step()
            return loss

        return train

    def finished(self, lib: Any, step: Step) -> Step:
        """The step as it is called: with Liuli perhaps compiled as a whole."""
        whole = lib.__name__ == "liuli" and self.how == "compiled"
        return lib.compile(step) if whole else step  # type: ignore[no-any-return]

    def step(self, number: int) -> Any:
        """Train on this batch."""
        return self.train(*self.given[number])


class Torch(WrittenOut):
    """PyTorch; "fused": its one-call update; "compile": that, and TorchInductor."""

    module = "torch"


class Liuli(WrittenOut):
    """Liuli; "compiled": the whole step as one program; "captured": found in the plain loop."""

    module = "liuli"

    def __init__(self, problem: Problem, threads: int, how: str) -> None:
        lib: Any = importlib.import_module(self.module)
        lib.settings.change(capture=how == "captured")
        super().__init__(problem, threads, how)

    def settle(self) -> None:
        """As the base: a plain loop is captured when that pays."""
        if self.how != "captured":
            return
        lib: Any = importlib.import_module(self.module)
        for number in range(PATIENT):
            self.last = self.step(number % self.problem.count)
            if lib.capture.explain(self.optimizer).startswith("rounds"):
                return


def network(lib: Any, problem: Problem) -> Any:
    """The module, with the weights to begin with."""
    nn = lib.nn
    layers: list[Any] = []
    for i, o in itertools.pairwise(problem.sizes):
        layers += [nn.Linear(i, o), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    with lib.no_grad():
        for parameter, values in zip(model.parameters(), problem.start(), strict=True):
            parameter.copy_(lib.from_numpy(values))
    return model


CONTESTANTS = {"torch": Torch, "liuli": Liuli}
