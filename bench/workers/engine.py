"""One round of the engine benchmark for one library: us an operation on tiny tensors."""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Callable
from typing import Any

COUNT, REPEATS, DEPTH = 300, 7, 50


def microseconds(call: Callable[[], Any], operations: int = 1) -> float:
    """The best of a few repeats, an operation."""
    best = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        for _ in range(COUNT // operations + 1):
            call()
        best = min(best, (time.perf_counter() - start) / (COUNT // operations + 1))
    return best / operations * 1e6


def recorded(x: Any, y: Any) -> dict[str, Callable[[], Any]]:
    """Operations on 2x2 tensors that want gradients; names that all libraries have."""
    return {
        "x + y": lambda: x + y, "x * y": lambda: x * y, "x / y": lambda: x / y,
        "x * 2.0": lambda: x * 2.0, "exp": x.exp, "tanh": x.tanh, "relu": x.relu,
        "sum": x.sum, "mean": x.mean,
        "x @ y": lambda: x @ y, "t": lambda: x.transpose(0, 1), "reshape": lambda: x.reshape(4),
        "x[0]": lambda: x[0],
    }  # fmt: skip


def chain(x: Any, y: Any) -> Any:
    """A chain of `DEPTH` multiplications and additions."""
    z = x
    for _ in range(DEPTH // 2):
        z = z * y + x
    return z


def eager(x: Any, y: Any, seed: Any) -> dict[str, float]:
    """The figures of a library that computes at once: Liuli and PyTorch."""
    figures = {name: microseconds(call) for name, call in recorded(x, y).items()}

    def both() -> None:
        chain(x, y).backward(seed)
        x.grad = y.grad = None

    forward = microseconds(lambda: chain(x, y), DEPTH)
    figures["forward in a chain"] = forward
    figures["backward in a chain"] = microseconds(both, DEPTH) - forward
    return figures


def lazy(x: Any, y: Any) -> dict[str, float]:
    """tinygrad builds a graph and computes later; building and realizing count as one."""
    calls = recorded(x, y)
    figures = {name: microseconds(lambda c=call: c().realize(), 30) for name, call in calls.items()}
    return figures


def measure(name: str) -> Callable[[], dict[str, float]]:
    """The function that measures one round of library `name`."""
    if name == "torch":
        import torch

        torch.set_num_threads(1)
        x, y = (torch.ones(2, 2, requires_grad=True) for _ in "xy")
        return lambda: eager(x, y, torch.ones(2, 2))
    if name == "tinygrad":
        from tinygrad import Tensor

        a, b = (Tensor([[1.0, 1.0], [1.0, 1.0]]).realize() for _ in "xy")
        return lambda: lazy(a, b)
    import liuli

    p, q = (liuli.ones(2, 2, requires_grad=True) for _ in "xy")
    return lambda: {**eager(p, q, liuli.ones(2, 2)), **trail(p, q)}


def trail(x: Any, y: Any) -> dict[str, float]:
    """What the trail costs: an operation with it, less one without; and in a tutorial's step."""
    from liuli.autodiff import tensor

    mark, step, marked = tensor.mark, tutorial_step(), []
    best = {"with": float("inf"), "without": float("inf")}
    for _ in range(5):  # in turn, so that a slow moment hits both
        for name, function in (("with", mark), ("without", lambda node: None)):
            tensor.mark = function
            best[name] = min(best[name], microseconds(lambda: x * y))
    tensor.mark = marked.append
    step()
    tensor.mark = mark
    return {
        "trail: us an operation": best["with"] - best["without"],
        "trail: operations a step": len(marked),
        "trail: us a step": microseconds(step, 10) * 10,
    }


def tutorial_step() -> Callable[[], Any]:
    """A step of 784-128-64-10, batch 64, with plain SGD."""
    import liuli
    from liuli.functions import functional as F

    sizes = (784, 128, 64, 10)
    weights = [(liuli.randn(o, i) * 0.05).requires_grad_() for i, o in itertools.pairwise(sizes)]
    biases = [liuli.zeros(o, requires_grad=True) for o in sizes[1:]]
    x, target = liuli.randn(64, 784), liuli.randint(0, 10, (64,))

    def step() -> None:
        h = x
        for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
            h = F.linear(F.relu(h) if i else h, w, b)
        F.cross_entropy(h, target).backward()
        with liuli.no_grad():
            for p in (*weights, *biases):
                p -= 0.01 * p.grad
                p.grad = None

    return step


def serve() -> None:
    """Answer every line with one round."""
    once = measure(sys.argv[1])
    print("ready", flush=True)
    for _ in sys.stdin:
        print(json.dumps(once()), flush=True)


if __name__ == "__main__":
    serve()
