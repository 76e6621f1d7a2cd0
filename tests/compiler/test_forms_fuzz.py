"""Random programs of updates, slices, pads, joins and scatters: machine code against NumPy."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from liuli.compiler import interpret
from liuli.compiler.graph import Graph, Leaf, Node
from liuli.compiler.machine import available
from liuli.compiler.native import Native
from liuli.ops import REGISTRY, Spec

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not here")

FLOAT, WHOLE = np.dtype("float32"), np.dtype("int64")
PLACES = 2  # the number of the leaf with places
ROUNDS = 25  # programs of a test


class Drawing:
    """A graph being drawn; `values` are matrices."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.leaves = [Leaf("input", 0, Spec((4, 6), FLOAT)), Leaf("state", 1, Spec((4, 6), FLOAT)),
                       Leaf("input", PLACES, Spec((5,), WHOLE))]  # fmt: skip
        self.specs = {leaf.number: leaf.spec for leaf in self.leaves}
        self.nodes: list[Node] = []
        self.values = [0, 1]

    def add(self, op: str, *operands: int, **attrs: Any) -> int:
        infer = REGISTRY[op].infer
        assert infer is not None
        spec = infer(*(self.specs[operand] for operand in operands), **attrs)
        number = 10 + len(self.nodes)
        self.nodes.append(Node(number, op, operands, attrs, spec))
        self.specs[number] = spec
        return number

    def index(self, shape: tuple[int, ...]) -> tuple[Any, ...]:
        """Some places along each axis: one, several, every other, backwards."""
        found: list[Any] = []
        for n in shape:
            step = self.rng.choice([1, 1, 1, 2, -1])
            count = self.rng.randint(1, n if abs(step) == 1 else max(1, n // 2))
            first = self.rng.randint(0, n - (count - 1) * abs(step) - 1)
            one = self.rng.random() < 0.15
            found.append(first if one else (first + (count - 1) * (step < 0), count, step))
        return tuple(found)

    def like(self, shape: tuple[int, ...]) -> int:
        return self.rng.choice([v for v in self.values if self.specs[v].shape == shape])

    def step(self) -> int | None:
        """One more value, or None where nothing fits."""
        rng, a = self.rng, self.rng.choice(self.values)
        shape = self.specs[a].shape
        kind = rng.choice("update update update concat pad both one scatter reduce turn".split())
        if kind == "update":
            index = self.index(shape)
            part = self.add("slice", self.like(shape), index=index)
            if rng.random() < 0.6:
                part = self.add(rng.choice(["neg", "exp", "tanh"]), part)
            return self.add("update", a, part, where=(("slice", {"index": index}),))
        if kind == "concat":
            rows = [v for v in self.values if self.specs[v].shape[1] == shape[1]]
            return self.add("concat", a, rng.choice(rows), axis=0) if shape[0] < 9 else None
        if kind == "pad":
            ends = {end: (rng.randint(-1, 2), rng.randint(-1, 2)) for end in ("low", "high")}
            value, between = rng.choice([0, 0, 1.5]), (rng.randint(0, 1), 0)
            fits = all(n + lo + hi > 0 for n, lo, hi in zip(shape, *ends.values(), strict=True))
            return self.add("pad", a, **ends, interior=between, value=value) if fits else None
        if kind == "both":
            return self.add(rng.choice(["add", "mul", "sub"]), a, self.like(shape))
        if kind == "scatter" and shape[0] >= 4:
            rows = self.add("gather", self.like(shape), PLACES, batch=0)
            return self.add(rng.choice(["scatter_add", "scatter_set"]), a, PLACES, rows, batch=0)
        if kind == "reduce":
            axes = (rng.randrange(2),)
            row = self.add(rng.choice(["sum", "max"]), a, axes=axes, keepdims=True)
            return self.add("expand", row, shape=shape)
        return self.add("permute", a, axes=(1, 0)) if kind == "turn" else self.add("tanh", a)

    def graph(self) -> Graph:
        for _ in range(self.rng.randint(3, 9)):
            made = self.step()
            self.values += [made] if made is not None else []
        results = self.values[2:] or [self.add("neg", 0)]
        outputs = self.rng.sample(results, min(len(results), 3))
        same = [v for v in results if self.specs[v].shape == (4, 6)]
        assigns = [(1, self.rng.choice(same))] if same and self.rng.random() < 0.6 else []
        return Graph("f", self.leaves, self.nodes, assigns, outputs)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(8))
def test_random_programs(block: int) -> None:
    for seed in range(block * ROUNDS, (block + 1) * ROUNDS):
        graph, draw = Drawing(seed).graph(), np.random.default_rng(seed)
        x, state = (draw.standard_normal((4, 6)).astype(np.float32) for _ in range(2))
        inputs, mine = [x, draw.integers(0, 4, 5)], state.copy()
        native = Native(graph, alone=seed % 4 == 0)
        for threads in (1, 3):
            with np.errstate(all="ignore"):
                wanted = interpret.run(graph, inputs, [state])
            got = native.run(inputs, [mine], threads=threads)
            for a, b in zip((*got, mine), (*wanted, state), strict=True):
                scale = float(np.abs(b[np.isfinite(b)]).max(initial=1.0))
                np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-4 * scale, err_msg=str(graph))
