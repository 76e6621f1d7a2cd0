"""What a step leaves to NumPy: a short list, and no layer, loss or optimizer of use is on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import liuli
from liuli import nn, optim
from liuli.compiler.plan import plan
from liuli.compiler.step import compile
from liuli.nn import functional as F
from tests.compiler.test_everything import of_layer, of_optimizer, with_gradients
from tests.compiler.zoo import FUNCTIONS, LAYERS, LOSSES, OPTIMIZERS, given

Tensor = liuli.Tensor
CALLS = 3  # then the program is recorded
MAY = {  # what is called on the host, and why
    "MultiLabelMarginLoss": {"cumsum"},  # a running product of the labels that still count
}


def hosts(step: Callable[..., Any], arguments: list[Any]) -> set[str]:
    """The operations of a step that have no kernel."""
    compiled = compile(step, backend="numpy", strict=True)
    for _ in range(CALLS):
        compiled(*arguments)
    found: set[str] = set()
    for program in compiled.programs:
        entries = plan(program.trace.graph).entries
        found |= {entry.group.nodes[0].op for entry in entries if entry.kernel is None}
    return found


def everything() -> Iterator[Any]:
    one = liuli.float32
    for name in LAYERS:
        yield name, lambda name=name: of_layer(name)(one)
    for name, each in FUNCTIONS.items():
        yield name, lambda each=each: with_gradients(*each, one)
    for name, (make, kinds) in LOSSES.items():
        yield name, lambda make=make, kinds=kinds: with_gradients(make(), kinds, one)
    for name in OPTIMIZERS:
        yield name, lambda name=name: of_optimizer(name)(one)


QUICK = ("SGD momentum", "Adam", "RAdam")  # of the optimizers


@pytest.mark.parametrize(
    ("name", "make"),
    [
        pytest.param(
            n, m, id=n, marks=[pytest.mark.slow] if n in OPTIMIZERS and n not in QUICK else []
        )
        for n, m in everything()
    ],
)
def test_of_the_library_all_has_kernels(name: str, make: Callable[[], Any]) -> None:
    assert hosts(*make()) == MAY.get(name.split()[0], set())


# --- what steps do beside -------------------------------------------------------------------------
def loop(x: Tensor, y: Tensor) -> Any:
    out = liuli.zeros(67, 3, 6)
    h = x
    for t in range(3):
        h = liuli.tanh(h * y + (out[:, t - 1] if t else 0))
        out[:, t] = h
    return (out**2).mean()


def edited(x: Tensor, y: Tensor) -> Any:
    out = liuli.zeros(67, 6)
    out[1:5] = x[1:5]
    out[:, 0] += y[:, 1]
    out[3] = 2
    out.T[2] = x[:, 0]
    return (out * x).sum()


def counted(x: Tensor, y: Tensor) -> Any:
    hits = (x.argmax(1) == given("ids", liuli.float32)).sum()
    return (x * y).sum(), hits, x.max(1)[1], x.argmin(0)


IDS = given("ids", liuli.float32)
STEPS: dict[str, Callable[[Tensor, Tensor], Any]] = {
    "out[:, t] = h": loop,
    "parts written": edited,
    "how many are right": counted,
    "cat": lambda x, y: liuli.cat([x, y * 2, x], 1).sum(0),
    "stack": lambda x, y: liuli.stack([x, y * 2]).mean((0, 2)),
    "chunk": lambda x, y: x.chunk(2, 1)[0] * y.chunk(2, 1)[1],
    "split and join": lambda x, y: liuli.cat(x.split([2, 4], 1)[::-1], 1) * y,
    "pad": lambda x, y: F.pad(x * y, (1, 2, 0, 1)),
    "roll": lambda x, y: liuli.roll(x, 1, 1) * y,
    "flip": lambda x, y: liuli.flip(x * y, [1]),
    "windows": lambda x, y: (x * y).unfold(1, 3, 1) ** 2,
    "max": lambda x, y: x.max(1)[0] * y.max(1)[0],
    "max of columns": lambda x, y: (x * y).max(0)[0],
    "rows by number": lambda x, y: (x * y)[IDS],
    "columns by number": lambda x, y: (x * y)[:, liuli.tensor([0, 3, 3])],
    "index_add": lambda x, y: liuli.zeros(8, 6).index_add(0, IDS, x * y),
    "repeat": lambda x, y: (x * y).repeat(2, 2),
    "repeat_interleave": lambda x, y: (x * y).repeat_interleave(2, 1),
    "prod": lambda x, y: (x * y).prod(1),
    "logsumexp": lambda x, y: liuli.logsumexp(x * y, 0),
    "tril": lambda x, y: liuli.tril(x * y),
    "diagonal": lambda x, y: liuli.diagonal((x * y)[:6]),
    "cdist": lambda x, y: liuli.cdist(x, y),
}


@pytest.mark.parametrize("name", STEPS)
def test_of_usual_steps_all_has_kernels(name: str) -> None:
    x, y = given("x", liuli.float32), given("x2", liuli.float32)
    assert hosts(*with_gradients(STEPS[name], ("x", "x2"), liuli.float32)) == set(), (x, y)


@pytest.mark.parametrize("clip", [nn.utils.clip_grad_norm_, nn.utils.clip_grad_value_])
def test_clipping_has_kernels(clip: Callable[..., Any]) -> None:
    model = nn.Sequential(nn.Embedding(6, 16), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 6))
    optimizer = optim.AdamW(model.parameters())

    def step(x: Tensor) -> Any:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), x)
        loss.backward()
        clip(model.parameters(), 0.1)
        optimizer.step()
        return loss

    assert hosts(step, [IDS]) == set()


def test_what_has_no_kernel_is_told() -> None:
    """Sorting and running sums are calls of NumPy, which `explain` lists."""

    def step(x: Tensor) -> Any:
        return liuli.sort(x, 1)[0], liuli.topk(x, 2)[0], x.cumsum(0), x.median(1)[0]

    assert hosts(step, [given("x", liuli.float32).detach()]) == {"argsort", "cumsum"}
