"""Random numbers in kernels: the bits of `liuli/rng.py`, wherever in a draw a vector begins."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from liuli import rng
from liuli.compiler.emit.loops import emit_loops
from liuli.compiler.kernels import (
    Apply,
    Buffer,
    Const,
    Draw,
    Instruction,
    Load,
    LoopKernel,
    Reduce,
    Store,
)
from tests.compiler.emit.native import Native, assembly, here

Array = np.ndarray[Any, Any]
KINDS = [
    ("random_bits", "uint32"),
    ("random_uniform", "float32"),
    ("random_uniform", "float64"),
    ("random_normal", "float32"),
    ("random_normal", "float64"),
]
STATE = np.array([-(1 << 60) + 12345, (1 << 32) - 2], np.int64)  # the counter's low word wraps


def numbers(op: str, dtype: str, count: int, state: Array = STATE) -> Array:
    """What eager code draws."""
    key, counter = (int(word) % 2**64 for word in state)
    if op == "random_bits":
        return rng.bits(key, counter, count)
    draw = rng.uniform if op == "random_uniform" else rng.normal
    return draw(key, counter, count, dtype)


def drawing(op: str, dtype: str, extents: tuple[int, ...], chunks: int,
            *draws: tuple[tuple[int, ...], int]) -> LoopKernel:  # fmt: skip
    """A kernel that stores one number a place for each of `draws`: strides and offset."""
    none = (0,) * len(extents)
    body: list[Instruction] = [Load(0, none), Load(0, none, 1)]
    for i, (strides, offset) in enumerate(draws):
        body.append(Draw(op, 0, 1, strides, offset, dtype))
        body.append(Store(len(body) - 1, i + 1, dense(extents)))
    buffers = (Buffer("int64"), *[Buffer(dtype, True)] * len(draws))
    return LoopKernel("draw", extents, buffers, tuple(body), "", chunks)


def dense(extents: tuple[int, ...]) -> tuple[int, ...]:
    """Strides in row-major order."""
    return tuple(math.prod(extents[i + 1 :]) for i in range(len(extents)))


def check(kernel: LoopKernel, target: str) -> None:
    """The kernel stores the bits of the eager draw, however its chunks are split."""
    grid = np.indices(kernel.extents)
    draws = [each for each in kernel.body if isinstance(each, Draw)]
    function = Native(emit_loops(kernel, here(target)), "draw", here(target))
    for cuts in ([], [1, 3, 6]):
        found = [np.zeros(kernel.extents, draw.dtype) for draw in draws]
        ends = [0, *(cut for cut in cuts if cut < kernel.chunks), kernel.chunks]
        for first, last in pairwise(ends):
            function([STATE, *found], first, last)
        for got, draw in zip(found, draws, strict=True):
            places = draw.offset + sum(g * s for g, s in zip(grid, draw.strides, strict=True))
            wanted = numbers(draw.op, draw.dtype, int(np.max(places)) + 1)[places]
            np.testing.assert_array_equal(got.view(np.uint8), wanted.view(np.uint8))


@pytest.mark.parametrize(
    ("op", "dtype", "target"),
    [(*kind, target) for kind in KINDS for target in ("avx2", "sse2")]
    + [(*kind, "avx512") for kind in KINDS[1::3]],
)
def test_same_bits_as_eager(op: str, dtype: str, target: str) -> None:
    """Begun with a block and inside one, in whole vectors and in part."""
    for extents, chunks in (((9, 64), 4), ((7, 45), 3), ((1003,), 8)):
        steps = dense(extents)
        check(drawing(op, dtype, extents, chunks, (steps, 4), (steps, 3)), target)


@pytest.mark.parametrize(("op", "dtype"), KINDS)
def test_read_in_another_order(op: str, dtype: str) -> None:
    check(drawing(op, dtype, (8, 19), 1, ((1, 8), 2), ((40, 2), 0), ((0, 1), 1)), "avx2")


@pytest.mark.parametrize("columns", [24, 45, 300])
@pytest.mark.parametrize("reduces", ["along", "across"])
def test_in_a_kernel_that_reduces(reduces: str, columns: int) -> None:
    """u - max(u) along rows or columns, of numbers drawn where they are used."""
    extents = (16, columns)
    body: tuple[Instruction, ...] = (
        Load(0, (0, 0)),
        Load(0, (0, 0), 1),
        Draw("random_uniform", 0, 1, (columns, 1), 0, "float32"),
        Const(2.0, "float32"),
        Apply("mul", (2, 3), "float32"),
        Reduce("max", 4, "float32"),
        Apply("sub", (4, 5), "float32"),
        Store(6, 1, (columns, 1)),
    )
    buffers = (Buffer("int64"), Buffer("float32", True))
    kernel = LoopKernel("draw", extents, buffers, body, reduces)
    got = np.zeros(extents, np.float32)
    Native(emit_loops(kernel, here("avx2")), "draw", here("avx2"))([STATE, got])
    u = 2 * numbers("random_uniform", "float32", got.size).reshape(extents)
    axis = 1 if reduces == "along" else 0
    np.testing.assert_array_equal(got, u - u.max(axis=axis, keepdims=True))


def test_multiplies_by_one_instruction() -> None:
    """Each round of four blocks is two products of 32 bits."""
    kernel = drawing("random_uniform", "float32", (64,), 1, ((1,), 0))
    text = assembly(emit_loops(kernel, here("avx2")), here("avx2"))
    assert text.count("pmuludq") == (4 if here("avx2").name == "sse2" else 2)  # vectors of 4, of 8
