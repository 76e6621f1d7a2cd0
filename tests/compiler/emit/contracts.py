"""Contractions for tests: buffers with guards, and the contractions of a network."""

from __future__ import annotations

from typing import Any

import numpy as np

from liuli.compiler.kernels import (
    Accumulator,
    Apply,
    Axis,
    Buffer,
    Const,
    ContractKernel,
    Load,
    Store,
)

Array = np.ndarray[Any, Any]
GUARD = 64  # elements on either side of every buffer


class Guarded:
    """A buffer between guards, which nothing may read or write."""

    def __init__(self, content: Array) -> None:
        fill = np.nan if content.dtype.kind == "f" else 77
        whole = np.full(content.size + 2 * GUARD, fill).astype(content.dtype)
        self.whole = whole
        self.array = whole[GUARD : GUARD + content.size]
        self.array[:] = content
        self.edges = self._edges()

    def _edges(self) -> bytes:
        return self.whole[:GUARD].tobytes() + self.whole[-GUARD:].tobytes()

    @property
    def intact(self) -> bool:
        return self._edges() == self.edges


def contents(kernel: ContractKernel, seed: int = 0) -> list[Array]:
    """Buffers just long enough, with random numbers."""
    draw = np.random.default_rng(seed)
    spans = [0] * len(kernel.buffers)
    every = [axis.extent for axis in kernel.axes]
    outer = [axis.extent for axis in kernel.axes if axis.role != "k"]
    asked = [(0, every, [x.a for x in kernel.axes], kernel.a_offset)]
    asked.append((1, every, [x.b for x in kernel.axes], kernel.b_offset))
    for step in kernel.body:
        if isinstance(step, (Load, Store)):
            most = 99 * step.index_stride if step.index is not None else 0  # indices are 0 to 99
            asked.append((step.buffer, outer, list(step.strides), step.offset + most))
    for buffer, extents, strides, offset in asked:
        reach = [max(0, (n - 1) * s) for n, s in zip(extents, strides, strict=True)]
        spans[buffer] = max(spans[buffer], offset + sum(reach) + 1)
    return [_random(draw, b.dtype, span) for b, span in zip(kernel.buffers, spans, strict=True)]


def _random(draw: np.random.Generator, dtype: str, size: int) -> Array:
    if dtype == "bool":
        return np.asarray(draw.random(size) < 0.5)
    if dtype.startswith("float"):
        return draw.standard_normal(size).astype(dtype)
    return draw.integers(0, 100, size).astype(dtype)


# --- the contractions of a network ------------------------------------------------------------
F = "float32"


def forward(rows: int, inputs: int, outputs: int, *, chunks: int = 1) -> ContractKernel:
    """relu(x @ weight.T + bias), and its mask; the weight is (outputs, inputs) as in PyTorch."""
    axes = (Axis("m", rows, inputs, 0), Axis("n", outputs, 0, inputs), Axis("k", inputs, 1, 1))
    body = (
        Accumulator(), Load(2, (0, 1)), Apply("add", (0, 1), F), Const(0.0, F),
        Apply("maximum", (2, 3), F), Store(4, 3, (outputs, 1)),
    )  # fmt: skip
    buffers = (Buffer(F), Buffer(F), Buffer(F), Buffer(F, True))
    return ContractKernel("forward", axes, buffers, body, chunks=chunks)


def input_gradient(rows: int, outputs: int, inputs: int, *, chunks: int = 1) -> ContractKernel:
    """g @ weight where the input was positive."""
    axes = (Axis("m", rows, outputs, 0), Axis("n", inputs, 0, 1), Axis("k", outputs, 1, inputs))
    body = (
        Accumulator(), Load(2, (inputs, 1)), Const(0.0, F), Apply("gt", (1, 2), "bool"),
        Apply("where", (3, 0, 2), F), Store(4, 3, (inputs, 1)),
    )  # fmt: skip
    buffers = (Buffer(F), Buffer(F), Buffer(F), Buffer(F, True))
    return ContractKernel("input_gradient", axes, buffers, body, chunks=chunks)


def update(outputs: int, rows: int, inputs: int, *, chunks: int = 1) -> ContractKernel:
    """weight -= rate * (velocity = momentum * velocity + g.T @ x), both in place."""
    axes = (Axis("m", outputs, 1, 0), Axis("n", inputs, 0, 1), Axis("k", rows, outputs, inputs))
    whole = (inputs, 1)
    body = (
        Accumulator(), Load(2, whole), Load(3, (0, 0)), Apply("mul", (1, 2), F),
        Apply("add", (3, 0), F), Load(4, (0, 0)), Apply("cast", (5,), F), Apply("mul", (6, 4), F),
        Load(5, whole), Apply("sub", (8, 7), F), Store(4, 2, whole), Store(9, 5, whole),
    )  # fmt: skip
    state = Buffer(F, True)
    buffers = (Buffer(F), Buffer(F), state, Buffer(F), Buffer("float64"), state)
    return ContractKernel("update", axes, buffers, body, chunks=chunks)
