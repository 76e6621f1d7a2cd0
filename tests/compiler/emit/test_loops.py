"""Loop kernels against the direct NumPy interpreter: random ones, and those of a training step."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liuli.compiler.emit.loops import emit_loops
from liuli.compiler.kernels import (
    Apply,
    Buffer,
    Check,
    Const,
    Counter,
    Instruction,
    Load,
    LoopKernel,
    Reduce,
    Store,
)
from liuli.compiler.targets import named
from tests.compiler.emit import reference
from tests.compiler.emit.kernels import adam, momentum, softmax_cross_entropy
from tests.compiler.emit.native import Native, assembly, here

Array = np.ndarray[Any, Any]
TARGETS = ["avx2", "sse2", "avx512", "neon"]
GUARD = 64  # elements before and after every array that nobody may touch


def native(kernel: LoopKernel, target: str) -> Native:
    return Native(emit_loops(kernel, here(target)), kernel.name, here(target))


def guarded(array: Array) -> tuple[Array, Array]:
    """A copy between guards: all of it, and the part that is the array."""
    whole = np.full(array.size + 2 * GUARD, 99, array.dtype)
    inner = whole[GUARD : GUARD + array.size]
    inner[:] = array
    return whole, inner


def close(got: Array, wanted: Array) -> None:
    """Within a few units of the last place of the largest element; integers equal."""
    if got.dtype.kind != "f":
        np.testing.assert_array_equal(got, wanted)
        return
    finite = np.abs(wanted[np.isfinite(wanted)])
    tolerance = 64 * float(np.finfo(got.dtype).eps)
    scale = float(np.max(finite, initial=1.0))
    np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance * scale)


def verify(
    kernel: LoopKernel, arrays: list[Array], target: str, cuts: tuple[int, ...] = ()
) -> None:
    """Like the reference, the same for any split of the chunks, and nothing else is touched."""
    wanted = [array.copy() for array in arrays]
    reference.run(kernel, wanted)
    function = native(kernel, target)
    whole, inner = zip(*map(guarded, arrays), strict=True)
    function(inner, 0, kernel.chunks)
    for all_of_it, part, want in zip(whole, inner, wanted, strict=True):
        assert np.all(all_of_it[:GUARD] == all_of_it.dtype.type(99))
        assert np.all(all_of_it[-GUARD:] == all_of_it.dtype.type(99))
        close(part, want)
    _, parts = zip(*map(guarded, arrays), strict=True)
    for first, last in pairwise([0, *sorted(cuts), kernel.chunks]):
        function(parts, first, last)
    for part, split in zip(inner, parts, strict=True):
        np.testing.assert_array_equal(part.view(np.uint8), split.view(np.uint8))


# --- random kernels ---------------------------------------------------------------------------
FLOATS = ["float32", "float64"]
EXTENTS = [1, 2, 3, 4, 7, 8, 9, 16, 17, 45, 100]
UNARY = ["exp", "neg", "abs", "tanh", "sigmoid", "erf"]
BINARY = ["add", "sub", "mul", "maximum", "minimum"]


def strided(draw: Any, extents: tuple[int, ...]) -> tuple[tuple[int, ...], int, int]:
    """Strides, offset and size of some array: dense in any order, repeated, or backwards."""
    order = draw(st.permutations(range(len(extents))))
    strides, size, offset = [0] * len(extents), draw(st.sampled_from([1, 1, 1, 2])), 0
    for axis in reversed(order):
        kind = draw(st.sampled_from(["usual", "usual", "usual", "repeat", "backwards"]))
        if kind == "repeat":
            continue
        strides[axis] = size if kind != "backwards" else -size
        offset += 0 if kind != "backwards" else size * (extents[axis] - 1)
        size *= extents[axis]
    return tuple(strides), offset, size


def dense(extents: tuple[int, ...], order: list[int]) -> tuple[int, ...]:
    strides, size = [0] * len(extents), 1
    for axis in reversed(order):
        strides[axis] = size
        size *= extents[axis]
    return tuple(strides)


class Drawing:
    """A kernel being drawn: its body so far, and which values may be used next."""

    def __init__(self, draw: Any, extents: tuple[int, ...], dtype: str) -> None:
        self.draw, self.extents, self.dtype = draw, extents, dtype
        self.rng = np.random.default_rng(draw(st.integers(0, 1000)))
        self.body: list[Instruction] = []
        self.buffers: list[Buffer] = []
        self.arrays: list[Array] = []
        self.usable: list[int] = []

    def add(self, each: Instruction, dtype: str) -> None:
        """Append; of another dtype, with a cast."""
        self.body.append(each)
        if dtype != self.dtype:
            self.body.append(Apply("cast", (len(self.body) - 1,), self.dtype))
        self.usable.append(len(self.body) - 1)

    def any(self) -> int:
        return int(self.draw(st.sampled_from(self.usable)))

    def load(self) -> None:
        strides, offset, size = strided(self.draw, self.extents)
        whole = not self.dtype.startswith("float")
        kind = self.draw(st.sampled_from([self.dtype, self.dtype, "uint8", "bool", "float64"]))
        kind = self.dtype if whole else kind
        drawn = self.rng.normal(0, 2, size).clip(0 if kind == "uint8" else -50, 50)
        self.arrays.append((drawn > 0 if kind == "bool" else drawn).astype(kind))
        self.add(Load(len(self.buffers), strides, offset), kind)
        self.buffers.append(Buffer(kind))

    def compute(self, reduces: str) -> None:
        draw, dtype = self.draw, self.dtype
        if reduces and draw(st.integers(0, 2)) == 0:
            ops = ["max", "min", "sum"] + ([] if dtype.startswith("float") else ["prod"])
            self.add(Reduce(draw(st.sampled_from(ops)), self.any(), dtype), dtype)
        elif dtype.startswith("float") and draw(st.booleans()):
            self.add(Apply("tanh", (self.any(),), dtype), dtype)
            self.add(Apply(draw(st.sampled_from(UNARY)), (len(self.body) - 1,), dtype), dtype)
        else:
            op = draw(st.sampled_from(BINARY))
            self.add(Apply(op, (self.any(), self.any()), dtype), dtype)

    def store(self, operand: int) -> None:
        order = self.draw(st.permutations(range(len(self.extents))))
        self.body.append(Store(operand, len(self.buffers), dense(self.extents, order)))
        self.buffers.append(Buffer(self.dtype, written=True))
        self.arrays.append(np.zeros(math.prod(self.extents), self.dtype))


@st.composite
def kernels(draw: Any) -> tuple[LoopKernel, list[Array], tuple[int, ...]]:
    """A kernel, memory for it, and where to cut its chunks."""
    reduces = draw(st.sampled_from(["", "", "along", "across"]))
    extents = tuple(draw(st.lists(st.sampled_from(EXTENTS), min_size=1, max_size=3)))
    dtype = draw(st.sampled_from(["float32", "float32", "float64", "int32", "int64", "uint8"]))
    made = Drawing(draw, extents, dtype)
    for _ in range(draw(st.integers(1, 3))):
        made.load()
    if draw(st.booleans()):
        made.add(Counter(draw(st.integers(0, len(extents) - 1))), "int64")
    for _ in range(draw(st.integers(1, 5))):
        made.compute(reduces)
    for operand in sorted({made.usable[-1], made.any()}):
        made.store(operand)
    single = reduces != "" and len(extents) == 1
    chunks = 1 if single else draw(st.sampled_from([1, 2, 3, 5]))
    cuts = tuple(draw(st.lists(st.integers(0, chunks), max_size=3)))
    kernel = LoopKernel("k", extents, tuple(made.buffers), tuple(made.body), reduces, chunks)
    return kernel, made.arrays, cuts


@settings(max_examples=60, deadline=None, derandomize=True)
@given(kernels(), st.sampled_from(TARGETS))
def test_random_kernels(case: tuple[LoopKernel, list[Array], tuple[int, ...]], target: str) -> None:
    kernel, arrays, cuts = case
    verify(kernel, arrays, target, cuts)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None)
@given(kernels(), st.sampled_from(TARGETS))
def test_many_random_kernels(
    case: tuple[LoopKernel, list[Array], tuple[int, ...]], target: str
) -> None:
    kernel, arrays, cuts = case
    verify(kernel, arrays, target, cuts)


# --- kernels of a training step ---------------------------------------------------------------
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("classes", [2, 10, 37, 1000])
def test_softmax_and_cross_entropy(classes: int, target: str) -> None:
    rng = np.random.default_rng(classes)
    rows = 6
    logits = rng.normal(0, 3, rows * classes).astype(np.float32)
    labels = rng.integers(0, classes, rows)
    arrays: list[Array] = [logits, labels, np.zeros(rows, np.float32), np.zeros_like(logits)]
    verify(softmax_cross_entropy(rows, classes, chunks=3), arrays, target, (1, 2))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("count,chunks", [(5, 2), (1000, 1), (1003, 7)])
def test_adam(count: int, chunks: int, target: str) -> None:
    rng = np.random.default_rng(0)
    p, g, m = rng.normal(0, 1, (3, count)).astype(np.float32)
    v = np.abs(g)
    arrays: list[Array] = [np.array([1e-3]), g, p, m, v]
    verify(adam(count, chunks), arrays, target, (chunks // 2,))


@pytest.mark.parametrize("kind", ["along", "across"])
def test_sums_of_a_million_are_accurate(kind: str) -> None:
    count = 1_000_003
    x = np.random.default_rng(0).random(count, np.float32)
    total = np.zeros(1, np.float32)
    extents, strides = ((count,), (1,)) if kind == "along" else ((count, 1), (1, 0))
    body = (Load(0, strides), Reduce("sum", 0, "float32"), Store(1, 1, (0,) * len(extents)))
    kernel = LoopKernel("k", extents, (Buffer("float32"), Buffer("float32", True)), body, kind)
    native(kernel, "avx2")([x, total])
    exact = float(np.sum(x, dtype=np.float64))
    ours, numpy = abs(float(total[0]) - exact), abs(float(np.sum(x)) - exact)
    assert ours <= 2 * numpy + 2 * float(np.spacing(np.float32(exact)))


def test_nan_wins_in_max() -> None:
    body = (Load(0, (1,)), Reduce("max", 0, "float32"), Store(1, 1, (0,)))
    buffers = (Buffer("float32"), Buffer("float32", True))
    function = native(LoopKernel("k", (45,), buffers, body, "along"), "avx2")
    for place in range(45):
        x, out = np.zeros(45, np.float32), np.zeros(1, np.float32)
        x[place] = np.nan
        function([x, out])
        assert np.isnan(out[0])


# --- gather, scatter, checks ------------------------------------------------------------------
@pytest.mark.parametrize("target", TARGETS)
def test_gather_rows_and_elements(target: str) -> None:
    rng = np.random.default_rng(0)
    table, index = rng.normal(size=7 * 13), rng.integers(0, 7, 20)
    buffers = (Buffer("int64"), Buffer("float64"), Buffer("float64", True))
    rows: tuple[Instruction, ...] = (
        Load(0, (1, 0)),
        Load(1, (0, 1), index=0, index_stride=13),
        Store(1, 2, (13, 1)),
    )
    arrays: list[Array] = [index, table, np.zeros(20 * 13)]
    verify(LoopKernel("k", (20, 13), buffers, rows, chunks=4), arrays, target, (1, 3))
    single: tuple[Instruction, ...] = (
        Load(0, (1,)),
        Load(1, (0,), 3, index=0, index_stride=13),
        Store(1, 2, (1,)),
    )
    verify(LoopKernel("k", (20,), buffers, single, chunks=3), arrays, target, (2,))


@pytest.mark.parametrize("target", TARGETS)
def test_scatter_adds_in_order(target: str) -> None:
    rng = np.random.default_rng(0)
    index, grad = rng.integers(0, 3, 20), rng.normal(size=20 * 5).astype(np.float32)
    buffers = (Buffer("int64"), Buffer("float32"), Buffer("float32", True))
    arrays: list[Array] = [index, grad, np.zeros(3 * 5, np.float32)]
    for extents, last in (((20, 5), (5, 1)), ((5, 20), (1, 5))):
        steps = (1, 0) if last == (5, 1) else (0, 1)
        within = (0, 1) if last == (5, 1) else (1, 0)
        body: tuple[Instruction, ...] = (
            Load(0, steps), Load(1, last), Load(2, within, index=0, index_stride=5),
            Apply("add", (2, 1), "float32"), Store(3, 2, within, index=0, index_stride=5),
        )  # fmt: skip
        verify(LoopKernel("k", extents, buffers, body), arrays, target)


@pytest.mark.parametrize("target", TARGETS)
def test_scatter_adds_all_to_one_place(target: str) -> None:
    body: tuple[Instruction, ...] = (
        Load(0, (0, 0)),
        Load(1, (5, 1)),
        Load(2, (0, 0), index=0, index_stride=5),
        Apply("add", (2, 1), "float32"),
        Store(3, 2, (0, 0), index=0, index_stride=5),
    )
    buffers = (Buffer("int64"), Buffer("float32"), Buffer("float32", True))
    arrays: list[Array] = [np.array([2]), np.arange(20, dtype=np.float32), np.zeros(15, np.float32)]
    verify(LoopKernel("k", (4, 5), buffers, body), arrays, target)


@pytest.mark.parametrize("reduces", ["along", "across"])
def test_checks_beside_reductions(reduces: str) -> None:
    """The label of every row, and every element of it, are checked where they are read."""
    steps = (1, 0) if reduces == "along" else (0, 1)
    for bad in (None, 0, 13, 36):
        x = np.ones(37 * 37, np.float32)
        labels = np.arange(37)
        if bad is not None:
            labels[bad] = 99
        body: tuple[Instruction, ...] = (
            Load(0, (37, 1)), Load(1, steps), Check(1, 0, 37, 2), Reduce("sum", 0, "float32"),
            Check(0, 0.0, 2.0, 2), Store(3, 3, steps),
        )  # fmt: skip
        buffers = (
            Buffer("float32"),
            Buffer("int64"),
            Buffer("int64", True),
            Buffer("float32", True),
        )
        kernel = LoopKernel("k", (37, 37), buffers, body, reduces, 2)
        arrays: list[Array] = [x, labels, np.zeros(3, np.int64), np.zeros(37, np.float32)]
        native(kernel, "avx2")(arrays, 0, 2)
        assert arrays[2].tolist()[:2] == ([0, 0] if bad is None else [1, 99])
        np.testing.assert_array_equal(arrays[3], np.full(37, 37, np.float32))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("bad", [None, 0, 3, 44])
def test_check_reports_the_element(bad: int | None, target: str) -> None:
    labels = np.arange(45) % 10
    if bad is not None:
        labels[bad] = 10 + bad
    body: tuple[Instruction, ...] = (
        Load(0, (9, 1)), Check(0, 0, 10, 1), Apply("cast", (0,), "float32"), Store(2, 2, (9, 1)),
    )  # fmt: skip
    buffers = (Buffer("int64"), Buffer("int64", True), Buffer("float32", True))
    arrays: list[Array] = [labels, np.zeros(3, np.int64), np.zeros(45, np.float32)]
    verify(LoopKernel("k", (5, 9), buffers, body, chunks=2), arrays, target, (1,))


def test_results_may_lie_where_operands_were() -> None:
    """Layer norm in place: the row is read again after nothing of it was written."""
    row: tuple[Instruction, ...] = (
        Load(0, (45, 1)), Reduce("sum", 0, "float32"), Const(1 / 45, "float32"),
        Apply("mul", (1, 2), "float32"), Apply("sub", (0, 3), "float32"),
        Apply("mul", (4, 4), "float32"), Reduce("sum", 5, "float32"),
        Apply("rsqrt", (6,), "float32"), Apply("mul", (4, 7), "float32"), Store(8, 0, (45, 1)),
    )  # fmt: skip
    x = np.random.default_rng(0).normal(3, 1, 4 * 45).astype(np.float32)
    verify(LoopKernel("k", (4, 45), (Buffer("float32", True),), row, "along", 2), [x], "avx2", (1,))


def test_scalars_and_empty_loops() -> None:
    body: tuple[Instruction, ...] = (
        Load(0, ()),
        Const(2.0, "float64"),
        Apply("mul", (0, 1), "float64"),
        Store(2, 0, ()),
    )
    verify(LoopKernel("k", (), (Buffer("float64", True),), body), [np.array([3.0])], "avx2")
    empty = replace(
        LoopKernel("k", (0, 3), (Buffer("float64", True),), ()),
        body=(Const(1.0, "float64"), Store(0, 0, (3, 1))),
    )
    verify(empty, [np.zeros(3)], "avx2")


def test_nothing_happens_without_chunks() -> None:
    x = np.ones(8, np.float32)
    body = (Const(5.0, "float32"), Store(0, 0, (1,)))
    native(LoopKernel("k", (8,), (Buffer("float32", True),), body), "avx2")([x], 0, 0)
    assert np.all(x == 1)


# --- what the machine code looks like ---------------------------------------------------------
@pytest.mark.parametrize("target", ["avx512", "avx2", "sse2", "neon"])
def test_machine_code_calls_nobody(target: str) -> None:
    for kernel in (softmax_cross_entropy(64, 10), softmax_cross_entropy(4, 1000), adam(1000, 2)):
        made = assembly(emit_loops(kernel, named(target)), named(target))
        assert "call" not in made and "\tbl\t" not in made


@pytest.mark.parametrize("target", ["avx512", "avx2"])
@pytest.mark.parametrize("kernel", [adam(100_000), momentum(100_000)])
def test_updates_keep_everything_in_registers(kernel: LoopKernel, target: str) -> None:
    made = assembly(emit_loops(kernel, named(target)), named(target))
    assert "(%rsp" not in made


# --- tables ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("width", [1, 7, 16, 45])
def test_columns_of_a_table_are_cut(width: int, target: str) -> None:
    """Rows are added where an index says, some of them twice, by chunks of columns."""
    places = Load(0, (1, 0))
    at = ((0, 1), 0, 0, width, 5)
    body = (places, Load(1, (width, 1)), Load(2, *at), Apply("add", (2, 1), "float32"),
            Store(3, 2, *at))  # fmt: skip
    buffers = (Buffer("int64"), Buffer("float32"), Buffer("float32", True))
    chunks = 4 if width > 1 else 1
    kernel = LoopKernel("table", (9, width), buffers, body, "", chunks, 1)
    draw = np.random.default_rng(1)
    index = np.array([3, 0, 3, 3, 4, 1, 0, 4, 3])
    rows, table = (draw.standard_normal(n * width).astype(np.float32) for n in (9, 5))
    verify(kernel, [index, rows, table], target, (1, 3) if chunks > 1 else ())


@pytest.mark.parametrize("target", TARGETS)
def test_any_loop_may_be_cut(target: str) -> None:
    """A short loop outside, the cut one inside it, and a sum along the last."""
    body = (Load(0, (330, 33, 1)), Reduce("sum", 0, "float64"), Store(1, 1, (10, 1, 0)),
            Counter(2, "int32"), Store(3, 2, (330, 33, 1)))  # fmt: skip
    buffers = (Buffer("float64"), Buffer("float64", True), Buffer("int32", True))
    kernel = LoopKernel("inside", (3, 10, 33), buffers, body, "along", 4, 1)
    x = np.random.default_rng(1).standard_normal(990)
    verify(kernel, [x, np.zeros(30), np.zeros(990, np.int32)], target, (1, 2))
