"""What a training step becomes when it is compiled: kernels, their cost, and the lines they do.

The network of the other examples, 784-128-64-10, on a batch of noise. The same page, and the code
of single kernels, by the command line:

    liuli explain examples/explain_step.py:make
    liuli explain examples/explain_step.py:make --asm k0_contract
"""

from __future__ import annotations

import argparse
from typing import Any

import liuli
import liuli.nn.functional as F
from liuli import nn


def make(batch_size: int = 64) -> tuple[Any, liuli.Tensor, liuli.Tensor]:
    """A compiled step, and what to call it with."""
    liuli.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
    )
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    @liuli.compile
    def step(x: liuli.Tensor, y: liuli.Tensor) -> liuli.Tensor:
        optimizer.zero_grad()
        output = model(x)
        loss = F.cross_entropy(output, y)
        loss.backward()
        optimizer.step()
        return loss

    return step, liuli.randn(batch_size, 784), liuli.randint(0, 10, (batch_size,))


def main(batch_size: int = 64) -> str:
    """Call the step until it is a program, and print what that is."""
    step, x, y = make(batch_size)
    for _ in range(4):
        step(x, y)
    page = str(step.explain())
    print(page)
    return page


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=64)
    main(**vars(parser.parse_args()))
