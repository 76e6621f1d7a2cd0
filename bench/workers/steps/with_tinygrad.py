"""tinygrad: its own optimizer, and the step under TinyJit."""

from __future__ import annotations

import itertools
from typing import Any

from bench.problem import LR, MOMENTUM, Problem
from bench.workers.serving import Contestant


class Tinygrad(Contestant):
    """As tinygrad's own examples train."""

    module = "tinygrad"

    def __init__(self, problem: Problem, threads: int, how: str) -> None:
        super().__init__(problem, threads, how)
        from tinygrad import Tensor, TinyJit, nn
        from tinygrad.helpers import Context

        layers = [nn.Linear(i, o) for i, o in itertools.pairwise(problem.sizes)]
        start = iter(problem.start())
        for layer in layers:
            layer.weight.assign(Tensor(next(start))).realize()
            layer.bias.assign(Tensor(next(start))).realize()
        params = [p for layer in layers for p in (layer.weight, layer.bias)]
        optimizer = nn.optim.SGD(params, lr=LR, momentum=MOMENTUM)

        def train(x: Any, y: Any) -> Any:
            *hidden, last = layers
            for layer in hidden:
                x = layer(x).relu()
            optimizer.zero_grad()
            loss = last(x).sparse_categorical_crossentropy(y).backward()
            return loss.realize(*optimizer.schedule_step())  # together, as its examples do

        self.training = Context(TRAINING=1)
        self.train = TinyJit(train)
        self.given = [tuple(Tensor(part).realize() for part in batch)
                      for batch in problem.batches()]  # fmt: skip

    def step(self, number: int) -> Any:
        """Train on this batch, and wait for the loss."""
        with self.training:
            return self.train(*self.given[number]).item()


CONTESTANTS = {"tinygrad": Tinygrad}
