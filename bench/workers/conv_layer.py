"""Some convolutions with their gradients: `conv_layer.py NAME THREADS POINTS`.

A round is the us of each point by its number. Liuli's steps are compiled, PyTorch's are eager;
with "best" its images and weights have channels last.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.conv_layers import LayerPoint, from_json
from bench.workers.serving import hurry

SHORT, LEAST, MOST = 0.03, 3, 300  # seconds and steps of a point in a round
WARM = 6

Step = Callable[[], Any]


def step_of(lib: Any, point: LayerPoint, how: str) -> Step:
    """A function of nothing: the output, and the gradients that a training step needs."""
    images = {"memory_format": lib.channels_last} if how == "best" else {}
    x, weight, bias, g = (lib.from_numpy(value) for value in point.numbers())
    x, weight, g = (value.to(**images) if images else value for value in (x, weight, g))
    wanted = [weight, bias] if point.fixed else [weight, bias, x]
    for value in wanted:
        value.requires_grad_()

    def step(x: Any, g: Any) -> Any:
        y = lib.nn.functional.conv2d(x, weight, bias, stride=point.stride,
                                     padding=point.kernel // 2, groups=point.groups)  # fmt: skip
        found = [weight, bias] if point.fixed else [weight, bias, x]
        return y, lib.autograd.grad(y, found, g)

    train = lib.compile(step) if lib.__name__ == "liuli" else step
    return lambda: train(x, g)


def told(step: Step) -> float:
    """A number that depends on everything that a step returns."""
    y, gradients = step()
    return sum(float((abs(t.detach().numpy())).astype("float64").sum()) for t in (y, *gradients))


def measure(step: Step) -> float:
    """The median us of some steps."""
    times: list[float] = []
    until = time.perf_counter() + SHORT
    while len(times) < MOST and (len(times) < LEAST or time.perf_counter() < until):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return 1e6 * sorted(times)[len(times) // 2]


def main() -> None:
    """Compile all, then answer every line with one round."""
    module, _, how = sys.argv[1].partition(" ")
    hurry()
    lib: Any = importlib.import_module(module)
    lib.set_num_threads(int(sys.argv[2]))
    steps = [step_of(lib, point, how) for point in from_json(sys.argv[3])]
    for step in steps:
        for _ in range(WARM):
            step()
    facts = {f"sum {i}": told(step) for i, step in enumerate(steps)}
    print("ready", json.dumps(facts), flush=True)
    for _ in sys.stdin:
        print(json.dumps({str(i): measure(step) for i, step in enumerate(steps)}), flush=True)


if __name__ == "__main__":
    main()
