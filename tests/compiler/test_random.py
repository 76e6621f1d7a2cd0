"""Random numbers in programs: the bits of eager code, computed in the kernels that use them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn
from liuli.compiler import interpret
from liuli.compiler.graph import Graph
from liuli.compiler.machine import available
from liuli.compiler.native import Native
from liuli.compiler.plan import plan
from liuli.compiler.trace import record

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not here")
F = nn.functional


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    before = liuli.get_rng_state()
    liuli.manual_seed(5)
    yield
    liuli.set_rng_state(before)


def graph_of(function: Callable[..., Any], *shapes: tuple[int, ...]) -> tuple[Graph, list[Any]]:
    """The recorded program, and the states it begins with."""
    draw = np.random.default_rng(1)
    inputs = [liuli.from_numpy(draw.standard_normal(s).astype(np.float32)) for s in shapes]
    recording = record(function, inputs)
    return recording.graph, [np.array(state) for state in recording.states]


DRAWS: dict[str, Callable[[Any], Any]] = {
    "uniform": lambda x: (x, liuli.rand(6, 10), liuli.rand(7, 9, dtype=liuli.float64)),
    "normal": lambda x: (x, liuli.randn(6, 10), liuli.randn(77, dtype=liuli.float64)),
    "whole numbers": lambda x: (liuli.randint(3, 17, (4, 5)), x * liuli.bernoulli(x.abs() * 0.3)),
    "order": lambda x: (liuli.randperm(9), x + liuli.randn(1)),
    "one number": lambda x: x * liuli.rand(()),
    "turned": lambda x: x + liuli.rand(10, 6).T,
    "a part": lambda x: x + liuli.rand(9, 12)[1:7, 2::1].flip(0),
    "repeated": lambda x: x * liuli.rand(10) + liuli.rand(6, 1),
    "many": lambda x: sum(liuli.rand(6, 10) for _ in range(9)) * x,
    "masks": lambda x: F.dropout(F.dropout(x, 0.3) @ liuli.rand(10, 10), 0.6),
    "by row": lambda x: F.softmax(F.dropout(F.layer_norm(x, (10,)), 0.4), 1),
    "by column": lambda x: F.dropout(x, 0.2) - F.dropout(x, 0.2).sum(0),
    "feature": lambda x: F.alpha_dropout(F.dropout1d(x.reshape(2, 3, 10), 0.5), 0.1, True),
}  # fmt: skip


@pytest.mark.parametrize("alone", [False, True], ids=["fused", "alone"])
@pytest.mark.parametrize("name", DRAWS)
def test_same_bits_as_interpreted(name: str, alone: bool) -> None:
    """Twice in a row, so that the generator's state counts."""
    graph, states = graph_of(DRAWS[name], (6, 10))
    x = np.random.default_rng(2).standard_normal((6, 10)).astype(np.float32)
    native, mine, theirs = Native(graph, alone=alone), states, [np.array(s) for s in states]
    for _ in range(2):
        wanted = interpret.run(graph, [x], theirs)
        for got, want in zip(native.run([x], mine), wanted, strict=True):
            if name == "by row":  # exp is ours
                np.testing.assert_allclose(got, want, rtol=1e-6)
            elif got.dtype.kind == "f" and name in ("masks", "by column", "many"):  # sums
                np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
            else:
                np.testing.assert_array_equal(got, want)
        for got, want in zip(mine, theirs, strict=True):
            np.testing.assert_array_equal(got, want)


def network() -> Any:
    liuli.manual_seed(3)
    return nn.Sequential(
        nn.Linear(12, 16), nn.LayerNorm(16), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(16, 24), nn.ReLU(), nn.Dropout(0.25), nn.Linear(24, 4),
    )  # fmt: skip


def losses(compiled: bool) -> list[float]:
    """Training with dropout; the seed is set anew on the way."""
    model = network()
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
    x = liuli.from_numpy(np.random.default_rng(0).standard_normal((8, 12)).astype(np.float32))
    y = liuli.arange(8) % 4

    def step() -> Any:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    run = liuli.compile(step, strict=True) if compiled else step
    found = []
    for number in range(10):
        if number == 7:
            liuli.manual_seed(99)
        found.append(float(run()))
    return found


def test_training_with_dropout_is_as_eager() -> None:
    """The masks are the same: other masks would change the loss by a tenth."""
    assert losses(compiled=True) == pytest.approx(losses(compiled=False), rel=1e-5)


def step_graph(*layers: Any) -> Graph:
    """Forward, loss and gradients of layers between two linear ones."""
    model = nn.Sequential(nn.Linear(32, 64), *layers, nn.Linear(64, 16))

    def step(x: Any) -> Any:
        loss = (model(x) ** 2).mean()
        loss.backward()
        return loss, *(p.grad for p in model.parameters())

    return graph_of(step, (32, 32))[0]


def kernels_of(graph: Graph, op: str) -> list[list[str]]:
    """The operations of each kernel that has `op`."""
    found = [[node.op for node in entry.group.nodes] for entry in plan(graph).entries]
    return [ops for ops in found if op in ops]


def test_a_mask_is_drawn_once_where_it_is_used() -> None:
    (ops,) = kernels_of(step_graph(nn.ReLU(), nn.Dropout(0.5)), "random_uniform")
    assert ops == ["random_uniform", "ge", "cast", "mul", "mul"]


def test_a_mask_joins_the_rows_that_it_changes() -> None:
    (ops,) = kernels_of(step_graph(nn.LayerNorm(64), nn.Dropout(0.5)), "random_uniform")
    assert ops[-1] == "mul" and "rsqrt" in ops


def test_nothing_is_left_to_numpy() -> None:
    graph = step_graph(*[nn.Dropout(0.5) for _ in range(5)])
    assert all(entry.kernel is not None for entry in plan(graph).entries)


def test_a_generator_is_moved_on_once() -> None:
    """Five draws read the state that was there before; nobody waits for a counter."""
    layers = [(nn.Dropout(0.5), nn.Linear(64, 64)) for _ in range(5)]
    graph = step_graph(*[layer for pair in layers for layer in pair])
    state = next(leaf.number for leaf in graph.states if leaf.spec.shape == (2,))
    entries = plan(graph).entries
    assert sum(state in entry.writes for entry in entries) == 1
    assert sum(state in entry.reads for entry in entries) == 6
