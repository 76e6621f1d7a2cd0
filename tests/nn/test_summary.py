"""summary: rows, counts, and that nothing is left behind."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

import liuli
from liuli import errors, nn


def table(found: Any) -> list[tuple[Any, ...]]:
    return [(row.name, row.kind, row.output, row.parameters) for row in found.rows]


def test_tutorial_network() -> None:
    net = nn.Sequential(nn.Linear(3, 3), nn.Sigmoid(), nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 2))
    found = nn.summary(net, (3,))
    assert table(found) == [
        ("0", "Linear", (None, 3), 12),
        ("1", "Sigmoid", (None, 3), 0),
        ("2", "Linear", (None, 2), 8),
        ("3", "ReLU", (None, 2), 0),
        ("4", "Linear", (None, 2), 6),
    ]
    assert (found.total, found.trainable, found.frozen) == (26, 26, 0)
    lines = str(found).splitlines()
    assert lines[0] == "Sequential" and lines[-3] == "Parameters: 26"
    assert "4 (Linear)     (None, 2)     6" in lines


class Nested(nn.Module):
    """A block twice, a shared layer, one that is never called, and a frozen one."""

    def __init__(self) -> None:
        super().__init__()
        self.flatten = nn.Flatten()
        self.blocks = nn.ModuleList([nn.Sequential(nn.Linear(12, 12), nn.BatchNorm1d(12))])
        self.again = self.blocks[0][0]
        self.unused = nn.Linear(5, 5)
        self.head = nn.Linear(12, 2).requires_grad_(False)

    def forward(self, x: Any) -> Any:
        x = self.flatten(x)
        x = nn.functional.dropout(self.again(self.blocks[0](x)), 0.5, self.training)
        return self.head(x), x


def test_nested_and_shared() -> None:
    found = nn.summary(Nested(), (1, 3, 4))
    assert [(r.name, r.depth, r.output, r.parameters, r.shared) for r in found.rows] == [
        ("flatten", 0, (None, 12), 0, False),
        ("blocks", 0, None, 0, False),
        ("0", 1, (None, 12), 0, False),
        ("0", 2, (None, 12), 156, False),
        ("1", 2, (None, 12), 24, False),
        ("again", 0, (None, 12), 156, True),
        ("unused", 0, None, 30, False),
        ("head", 0, (None, 2), 26, False),
    ]
    assert (found.total, found.trainable) == (156 + 24 + 30 + 26, 156 + 24 + 30)


def test_nothing_is_left_behind() -> None:
    net = Nested().train()
    net.head.eval()
    state = {name: x.clone() for name, x in net.state_dict().items()}
    versions = [p._version for p in net.parameters()]
    random = liuli.get_rng_state()
    nn.summary(net, (1, 3, 4))
    assert all(liuli.equal(x, state[name]) for name, x in net.state_dict().items())
    assert [p._version for p in net.parameters()] == versions
    assert liuli.equal(liuli.get_rng_state(), random)
    assert net.training and net.blocks.training and not net.head.training
    assert not any(module._module_hooks for module in net.modules())


def test_a_network_that_writes_and_draws_is_put_back() -> None:
    class Busy(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("count", liuli.zeros(1))

        def forward(self, x: Any) -> Any:
            self.count.add_(1)
            return x + liuli.rand(1)

    net, random = Busy(), liuli.get_rng_state()
    nn.summary(net, 3)
    assert net.count.item() == 0 and liuli.equal(liuli.get_rng_state(), random)


def test_modes_and_hooks_are_put_back_after_an_error() -> None:
    net = Nested()
    with pytest.raises(errors.ShapeError, match=r"LL130.*blocks\.0\.0 \(Linear\)"):
        nn.summary(net, (1, 3, 5))
    assert net.training and not any(module._module_hooks for module in net.modules())


def test_inputs_are_not_allocated() -> None:
    class Corner(nn.Module):
        def forward(self, x: Any) -> Any:
            return x[:, 0, 0]

    tracemalloc.start()
    try:
        found = nn.summary(nn.Sequential(nn.Flatten(2), Corner()), (1000, 1000, 1000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.rows[0].output == (None, 1000, 1_000_000) and peak < 2**20


def test_inputs_of_other_kinds() -> None:
    words = nn.Sequential(nn.Embedding(10, 4), nn.Flatten(), nn.LazyLinear(2))
    assert table(nn.summary(words, (6,), dtype=liuli.int64))[2] == ("2", "Linear", (None, 2), 50)
    both = nn.summary(nn.Bilinear(3, 4, 2), [(3,), (4,)])
    assert table(both) == [("bilinear", "Bilinear", (None, 2), 26)]
    for size in ("3", (3, 0), (2.5,), [(3,), (0,)], None):
        with pytest.raises(errors.ArgumentError, match="LL677"):
            nn.summary(nn.Linear(3, 2), size)
    with pytest.raises(errors.ArgumentError, match="LL664"):
        nn.summary(nn.Linear, (3,))  # type: ignore[arg-type]
