"""One round of the MLP benchmark for one library: ms a training step of 784-128-64-10.

`mlp.py NAME THREADS`; "compiled" is Liuli with `liuli.compile`. All libraries begin with the same
weights and see the same batches: 64 rows by index out of 10,000 in memory; SGD with lr 0.01 and
momentum 0.9.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

SIZES, BATCH, ROWS, STEPS = (784, 128, 64, 10), 64, 10_000, 100
LR, MOMENTUM = 0.01, 0.9

Step = Callable[[int], Any]  # the number of a batch -> the loss


def numbers() -> tuple[Any, Any, Any, list[Any]]:
    """Inputs, labels, the order of the batches, and the weights and biases to begin with."""
    draw = np.random.default_rng(0)
    labels = draw.integers(0, 10, ROWS)
    centres = draw.standard_normal((10, SIZES[0]))
    x = (0.3 * centres[labels] + draw.standard_normal((ROWS, SIZES[0]))).astype(np.float32)
    order = draw.permutation(ROWS)[: STEPS * BATCH].reshape(STEPS, BATCH)
    start = []
    for i, o in itertools.pairwise(SIZES):
        bound = i**-0.5
        start += [draw.uniform(-bound, bound, (o, i)), draw.uniform(-bound, bound, o)]
    return x, labels, order, [w.astype(np.float32) for w in start]


def written_out(lib: Any, compiled: bool = False) -> Step:
    """PyTorch and Liuli, as people write it; the step perhaps given to `compile`."""
    nn, F = lib.nn, lib.nn.functional
    x, labels, order, start = numbers()

    class Net(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.fc1 = nn.Linear(784, 128)
            self.fc2 = nn.Linear(128, 64)
            self.fc3 = nn.Linear(64, 10)

        def forward(self, x: Any) -> Any:
            x = F.relu(self.fc1(x))
            x = F.relu(self.fc2(x))
            return self.fc3(x)

    model = Net()
    with lib.no_grad():
        for p, values in zip(model.parameters(), start, strict=True):
            p.copy_(lib.from_numpy(values))
    optimizer = lib.optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)
    inputs, targets = lib.from_numpy(x), lib.from_numpy(labels)
    batches = [lib.from_numpy(row) for row in order]

    def train(index: Any) -> Any:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs[index]), targets[index])
        loss.backward()
        optimizer.step()
        return loss

    train = lib.compile(train) if compiled else train
    return lambda number: train(batches[number % STEPS])


def library(name: str, threads: int) -> Step:
    """The step of library `name` on that many threads."""
    if name == "torch":
        import torch

        torch.set_num_threads(threads)
        return written_out(torch)
    import liuli

    liuli.set_num_threads(threads)
    return written_out(liuli, compiled=name == "compiled")


def main() -> None:
    """Answer every line with one round: the median step, and the loss after the first hundred."""
    step = library(sys.argv[1], int(sys.argv[2]))
    loss = [float(step(number)) for number in range(STEPS)][-1]
    print("ready", flush=True)
    for _ in sys.stdin:
        times = []
        for number in range(STEPS):
            start = time.perf_counter()
            step(number)
            times.append(time.perf_counter() - start)
        print(json.dumps({"step": 1e3 * float(np.median(times)), "loss": loss}), flush=True)


if __name__ == "__main__":
    main()
