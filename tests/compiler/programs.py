"""Training steps whose graphs are golden: `python -m tests.compiler.programs` writes them anew.

The graphs are what was recorded; how they are planned is in the schedules beside them, which
`python -m tests.compiler.test_plan` writes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import liuli
from liuli import nn
from liuli.compiler.graph import Graph
from liuli.compiler.trace import record
from liuli.nn import functional as F

GOLDEN = Path(__file__).with_name("golden")
BATCH = 64


def tutorial() -> nn.Module:
    return nn.Sequential(
        nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
    )


def dropout() -> nn.Module:
    return nn.Sequential(nn.Linear(24, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 10))


def layer_norm() -> nn.Module:
    return nn.Sequential(nn.Linear(24, 32), nn.LayerNorm(32), nn.GELU(), nn.Linear(32, 10))


def batch_norm() -> nn.Module:
    return nn.Sequential(
        nn.Linear(24, 32, bias=False), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 10)
    )


class Words(nn.Module):
    """The mean of a few words' vectors."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(50, 16)
        self.fc = nn.Linear(16, 10)

    def forward(self, x: liuli.Tensor) -> liuli.Tensor:
        return self.fc(self.embedding(x).mean(1))


Optimizer = Callable[[Any], liuli.optim.Optimizer]


def sgd(parameters: Any) -> liuli.optim.Optimizer:
    return liuli.optim.SGD(parameters, lr=0.01, momentum=0.9)


def adam(parameters: Any) -> liuli.optim.Optimizer:
    return liuli.optim.Adam(parameters)


PROGRAMS: dict[str, tuple[Callable[[], nn.Module], Optimizer, int]] = {
    "tutorial": (tutorial, sgd, 784),
    "dropout": (dropout, sgd, 24),
    "layer_norm": (layer_norm, adam, 24),
    "batch_norm": (batch_norm, sgd, 24),
    "embedding": (Words, adam, 0),
}


def graph_of(name: str) -> Graph:
    """The recorded graph of a program."""
    make, optimizer_of, inputs = PROGRAMS[name]
    model = make()
    optimizer = optimizer_of(model.parameters())

    def step(x: liuli.Tensor, y: liuli.Tensor) -> liuli.Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    x = liuli.randn(BATCH, inputs) if inputs else liuli.randint(0, 50, (BATCH, 4))
    y = liuli.randint(0, 10, (BATCH,))
    step(x, y)  # makes what is made lazily
    names = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    graph = record(step, [x, y], names=names).graph
    graph.name = name
    return graph


if __name__ == "__main__":
    for each in PROGRAMS:
        path = GOLDEN / f"{each}.graph"
        path.write_text(str(graph_of(each)), encoding="utf-8")
