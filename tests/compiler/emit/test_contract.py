"""Contractions of any strides, roles and extents compute what NumPy computes, and nothing else."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("llvmlite")
from liuli.compiler.driver import STACK
from liuli.compiler.emit.contract import Contraction, module
from liuli.compiler.emit.plain import plain
from liuli.compiler.emit.text import SIZES, Writer
from liuli.compiler.kernels import (
    Accumulator,
    Apply,
    Axis,
    Buffer,
    Const,
    ContractKernel,
    Counter,
    Instruction,
    Load,
    Store,
    piece,
)
from liuli.compiler.targets import Target, named

from . import reference
from .contracts import Guarded, contents, forward, input_gradient, update
from .native import Native, assembly

EXTENTS = [1, 1, 2, 3, 7, 8, 10, 16, 17, 45, 64, 100, 128, 784]
LARGEST = 300_000  # products a kernel


@cache
def runnable() -> list[Target]:
    """What this machine runs; text for the wide vectors of AVX-512 it can at least imitate."""
    host = Target.host()
    if host.name == "neon":
        return [host]
    same = [named(name, host.triple) for name in ("avx512", "avx2", "sse2")]
    first = [target.name for target in same].index(host.name)
    wide = replace(same[first], name="wide", vector_bytes=64, registers=32)
    return [*same[first:], *([wide] if first else [])]


def compiled(kernel: ContractKernel, target: Target) -> Native:
    return Native(module(kernel, target), kernel.name, target)


def run(native: Native, data: list[Any], calls: list[tuple[int, int]]) -> list[Any]:
    """The buffers after calling the kernel for these ranges of chunks."""
    guarded = [Guarded(array) for array in data]
    for first, last in calls:
        native([buffer.array for buffer in guarded], first, last)
    assert all(buffer.intact for buffer in guarded)
    return [buffer.array for buffer in guarded]


def check(kernel: ContractKernel, target: Target, seed: int = 0) -> None:
    """Right, inside its buffers, and the same bits in one call or chunk by chunk, in any order."""
    data, native = contents(kernel, seed), compiled(kernel, target)
    got = run(native, data, [(0, kernel.chunks)])
    length = math.prod(axis.extent for axis in kernel.axes if axis.role == "k")
    unit = 80 * float(np.finfo(kernel.dtype).eps) * max(1, length)
    right = [array.copy() for array in data]
    reference.run(kernel, right)
    for found, wanted, buffer in zip(got, right, kernel.buffers, strict=True):
        if buffer.dtype.startswith("float") and buffer.written:
            np.testing.assert_allclose(found, wanted, rtol=unit, atol=unit)
        else:
            np.testing.assert_array_equal(found, wanted)
    apart = [(chunk, chunk + 1) for chunk in reversed(range(kernel.chunks))]
    middle = kernel.chunks // 2
    for calls in (apart, [(middle, middle), (middle, kernel.chunks), (0, middle)]):
        for one, other in zip(got, run(native, data, calls), strict=True):
            assert one.tobytes() == other.tobytes()


# --- random kernels ---------------------------------------------------------------------------
@st.composite
def strides(draw: st.DrawFn, extents: list[int], *, dense: bool) -> tuple[tuple[int, ...], int]:
    """Strides and offset of an array with its axes in any order; if not dense, with oddities."""
    found, step, offset = [0] * len(extents), 1, draw(st.integers(0, 3))
    for axis in draw(st.permutations(range(len(extents)))):
        if not dense and draw(st.integers(0, 7)) == 0:
            continue  # repeated
        found[axis] = step
        if not dense and draw(st.integers(0, 7)) == 0:
            found[axis] = -step
            offset += step * (extents[axis] - 1)
        step = step * extents[axis] + draw(st.sampled_from([0, 0, 0, 1, 5]))
    return tuple(found), offset


def body_of(kind: str, dtype: str, whole: Any, column: Any, zeros: Any) -> list[Instruction]:
    """An epilogue over buffers 2 and 3 (written), 4 (bool) and 5."""
    here, there = Load(2, *whole), Load(3, *column)
    zero = Const(0.0, dtype)

    def do(op: str, *operands: int) -> Apply:
        return Apply(op, operands, dtype)

    steps: list[Instruction] = []
    if kind == "bias+relu":
        steps = [there, do("add", 0, 1), zero, do("maximum", 2, 3)]
    elif kind == "mask":
        steps = [Load(4, *whole), zero, do("where", 1, 0, 2)]
    elif kind == "counter":
        steps = [Counter(0), do("cast", 1), do("add", 0, 2)]
    elif kind == "momentum":
        steps = [Load(3, *whole), Load(5, zeros), do("mul", 1, 2), do("add", 3, 0), here]
        steps += [do("sub", 5, 4), Store(4, 3, *whole)]
        return [Accumulator(), *steps, Store(6, 2, *whole)]
    elif kind == "adam":
        steps = [do("mul", 0, 0), do("sqrt", 1), Const(1.5, dtype), do("add", 2, 3), here]
        steps += [do("div", 5, 4), do("exp", 6)]
    return [Accumulator(), *steps, Store(len(steps), 2, *whole)]


@st.composite
def kernels(draw: st.DrawFn) -> ContractKernel:
    roles = draw(st.lists(st.sampled_from(["batch", "m", "n", "k", "m", "n", "k"]), max_size=5))
    roles = sorted(roles, key=lambda role: role == "batch", reverse=True)
    extents, total = [], 1
    for _ in roles:
        fits = [extent for extent in EXTENTS if total * extent <= LARGEST]
        extents.append(draw(st.sampled_from(fits)))
        total *= extents[-1]
    if not roles or set(roles) == {"k"}:
        roles.append("m")
        extents.append(1)
    dtype = draw(st.sampled_from(["float32", "float32", "float64"]))
    sides = {}
    for side, missing in (("a", "n"), ("b", "m")):
        there = [i for i, role in enumerate(roles) if role != missing]
        some, offset = draw(strides([extents[i] for i in there], dense=False))
        full = [0] * len(roles)
        for i, stride in zip(there, some, strict=True):
            full[i] = stride
        sides[side] = full, offset
    axes = tuple(
        Axis(role, extent, sides["a"][0][i], sides["b"][0][i])
        for i, (role, extent) in enumerate(zip(roles, extents, strict=True))
    )
    outer = [i for i, role in enumerate(roles) if role != "k"]
    result = [extents[i] for i in outer]
    whole = draw(strides(result, dense=True))
    column = draw(strides(result, dense=False))
    kind = draw(st.sampled_from(["plain", "bias+relu", "mask", "counter", "momentum", "adam"]))
    body = body_of(kind, dtype, whole, column, (0,) * len(outer))
    buffers = [Buffer(dtype), Buffer(dtype), Buffer(dtype, True), Buffer(dtype, kind == "momentum"),
               Buffer("bool"), Buffer(dtype)]  # fmt: skip
    return ContractKernel(
        "random", axes, tuple(buffers), tuple(body), dtype,
        parallel=draw(st.sampled_from(outer)), chunks=draw(st.sampled_from([1, 1, 2, 3, 8])),
        a_offset=sides["a"][1], b_offset=sides["b"][1],
    )  # fmt: skip


@pytest.mark.parametrize("target", runnable(), ids=lambda target: target.name)
@settings(max_examples=15, deadline=None)
@given(kernel=kernels(), seed=st.integers(0, 9))
def test_random(target: Target, kernel: ContractKernel, seed: int) -> None:
    check(kernel, target, seed)


# --- kernels of networks ----------------------------------------------------------------------
NETWORK = [
    forward(64, 784, 20), forward(64, 128, 64), forward(64, 64, 10), forward(1, 784, 128),
    forward(37, 45, 30, chunks=5), forward(5, 45, 30), forward(3, 101, 7, chunks=2),
    input_gradient(64, 128, 100, chunks=8), input_gradient(64, 10, 64),
    update(128, 28, 392, chunks=16), update(10, 64, 64), update(50, 600, 40, chunks=3),
]  # fmt: skip


@pytest.mark.parametrize("kernel", NETWORK, ids=lambda kernel: kernel.name)
@pytest.mark.parametrize("target", runnable(), ids=lambda target: target.name)
def test_network(target: Target, kernel: ContractKernel) -> None:
    check(kernel, target)


@pytest.mark.parametrize("target", ["avx512", "avx2", "sse2", "neon"])
@pytest.mark.parametrize("kernel", NETWORK[:3] + NETWORK[-3:], ids=lambda kernel: kernel.name)
def test_assembles(target: str, kernel: ContractKernel) -> None:
    assert kernel.name in assembly(module(kernel, named(target)), named(target))


FLOATS = (Buffer("float32"), Buffer("float32"), Buffer("float32", True))


def of_axes(*axes: Axis, strides: tuple[int, ...] = (200, 1), chunks: int = 1) -> ContractKernel:
    """A contraction of two arrays that stores its sums."""
    body = (Accumulator(), Store(0, 2, strides))
    return ContractKernel("plain", axes, FLOATS, body, chunks=chunks)


# --- large matrices ---------------------------------------------------------------------------
def product(m: int, n: int, k: int, kind: str, *, chunks: int = 1) -> ContractKernel:
    """a @ b; `kind` says of a and b in which order they lie: "mk kn" or "km nk" ..."""
    a = {"mk": (k, 1), "km": (1, m)}[kind[:2]]
    b = {"kn": (1, n), "nk": (k, 1)}[kind[3:]]
    axes = Axis("m", m, a[0], 0), Axis("n", n, 0, b[0]), Axis("k", k, a[1], b[1])
    return replace(of_axes(*axes, strides=(n, 1), chunks=chunks), name=kind.replace(" ", "_"))


LARGE = [
    product(70, 301, 420, "mk kn", chunks=5), product(110, 272, 290, "mk nk", chunks=2),
    product(37, 768, 300, "km kn"), product(90, 333, 290, "km nk", chunks=3),
    replace(product(100, 768, 300, "mk kn", chunks=2), parallel=1),
    forward(150, 300, 280, chunks=3), input_gradient(66, 600, 260, chunks=2),
    update(60, 1100, 150, chunks=4), update(70, 64, 2000, chunks=5),
    of_axes(
        Axis("batch", 2, 100 * 300, 300 * 256), Axis("m", 100, 300, 0), Axis("n", 256, 0, 1),
        Axis("k", 300, 1, 256), strides=(100 * 256, 256, 1), chunks=2,
    ),
    replace(
        of_axes(Axis("m", 90, -1, 0), Axis("n", 256, 0, 1), Axis("k", 300, -100, 256),
                strides=(256, 1)), a_offset=29_999,
    ),
]  # fmt: skip


def of(kernel: ContractKernel, target: Target) -> Contraction:
    return Contraction(Writer(kernel.name, target), plain(kernel, target), kernel)


@pytest.mark.parametrize("kernel", LARGE, ids=lambda kernel: kernel.name)
@pytest.mark.parametrize("target", runnable(), ids=lambda target: target.name)
def test_large(target: Target, kernel: ContractKernel) -> None:
    assert of(kernel, target).form == "blocked"
    check(kernel, target)


def test_what_is_large_is_a_matter_of_shapes() -> None:
    """The tutorial's layers are not; neither is a long matrix that few columns use."""
    for target in runnable():
        for kernel in (*NETWORK, forward(4096, 784, 128, chunks=16)):
            assert of(kernel, target).form != "blocked"


def test_sums_wait_where_the_results_will_be() -> None:
    """Not where the body reads, or where only yes and no are written."""
    for target in runnable():
        rooms = [module(kernel, target).count("alloca") for kernel in (LARGE[2], LARGE[7])]
        assert rooms == [2, 3]


@pytest.mark.parametrize("target", ["avx512", "avx2", "sse2", "neon"])
def test_the_stack_is_large_enough(target: str) -> None:
    many = [
        product(m, 250, 2048, kind, chunks=4) for m in (999, 4096) for kind in ("mk kn", "km nk")
    ]
    for kernel in (*LARGE, *many, update(2048, 2048, 2048, chunks=16), update(128, 4096, 784)):
        text = module(kernel, named(target))
        rooms = re.findall(r"alloca \[(\d+) x (\w+)\]", text)
        assert sum(int(count) * SIZES[scalar] for count, scalar in rooms) < STACK - 8192


# --- single points ----------------------------------------------------------------------------
SPECIAL = {
    "k axes apart": of_axes(
        Axis("m", 50, 3000, 0), Axis("n", 40, 0, 1), Axis("k", 3, 900, 30000), Axis("k", 300, 2, 99)
    ),
    "k axes apart, few rows": of_axes(
        Axis("m", 5, 3000, 0), Axis("n", 40, 0, 1), Axis("k", 3, 900, 50000), Axis("k", 600, 1, 64)
    ),
    "long, few rows": of_axes(Axis("m", 5, 2000, 0), Axis("n", 40, 0, 1), Axis("k", 2000, 1, 40)),
    "long, many rows": of_axes(
        Axis("m", 300, 1, 0), Axis("n", 19, 0, 1), Axis("k", 700, 300, 19), chunks=7
    ),
    "only k": of_axes(Axis("k", 1000, 1, 1), Axis("m", 1, 0, 0), strides=(0,)),
    "only batch": of_axes(Axis("batch", 30, 1, 30), Axis("k", 50, 30, 1), strides=(2,)),
    "batched": of_axes(
        Axis("batch", 6, 300, 200), Axis("m", 30, 10, 0), Axis("n", 20, 0, 1), Axis("k", 10, 1, 20),
        strides=(600, 1, 30), chunks=3,
    ),
    "rows of two axes": of_axes(
        Axis("m", 6, 200, 0), Axis("m", 5, 40, 0), Axis("n", 20, 0, 1), Axis("k", 40, 1, 20),
        strides=(100, 20, 1), chunks=4,
    ),
    "outer product": of_axes(Axis("m", 33, 1, 0), Axis("n", 21, 0, 1)),
    "an empty sum": of_axes(Axis("m", 9, 1, 0), Axis("n", 21, 0, 1), Axis("k", 0, 1, 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", SPECIAL)
@pytest.mark.parametrize("target", runnable(), ids=lambda target: target.name)
def test_special(target: Target, name: str) -> None:
    check(SPECIAL[name], target)


def test_chunks_are_the_pieces_of_the_parallel_axis() -> None:
    """Also where the axis was made one with its neighbour."""
    kernel = SPECIAL["rows of two axes"]
    for target in runnable():
        native = compiled(kernel, target)
        for chunk in range(kernel.chunks):
            data = contents(kernel)
            data[2] = np.full(600, np.nan, np.float32)
            written = ~np.isnan(run(native, data, [(chunk, chunk + 1)])[2].reshape(6, 100))
            wanted = np.zeros((6, 100), bool)
            wanted[slice(*piece(6, kernel.chunks, chunk))] = True
            np.testing.assert_array_equal(written, wanted)


@pytest.mark.parametrize("strides", [(1, 0), (0, 1)], ids=["by row", "by column"])
def test_gather_and_scatter(strides: tuple[int, int]) -> None:
    """Indices that vary along rows move whole vectors; along columns, single lanes."""
    body = (
        Accumulator(), Load(3, strides), Load(4, (0, 1), index=1, index_stride=30),
        Apply("add", (0, 2), "float32"), Store(3, 2, (30, 1)),
        Store(0, 5, (0, 1) if strides[0] else (1, 0), index=1, index_stride=500),
    )  # fmt: skip
    buffers = (*FLOATS, Buffer("int64"), Buffer("float32"), Buffer("float32", True))
    axes = (Axis("m", 40, 25, 0), Axis("n", 30, 0, 1), Axis("k", 25, 1, 30))
    kernel = ContractKernel("gather", axes, buffers, body)
    for target in runnable():
        data = contents(kernel)
        data[3] = np.random.default_rng(1).permutation(100)[: data[3].size]
        got, right = run(compiled(kernel, target), data, [(0, 1)]), [array.copy() for array in data]
        reference.run(kernel, right)
        for found, wanted in zip(got, right, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


OUTSIDE = """
import ctypes, mmap
import numpy as np
from tests.compiler.emit import test_contract as t

libc, page = ctypes.CDLL(None), mmap.PAGESIZE
libc.mprotect.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int

def walled(array, before):
    size = -(-array.nbytes // page) * page
    memory = np.frombuffer(mmap.mmap(-1, size + 2 * page), np.uint8)
    start = page if before else page + size - array.nbytes
    inside = memory[start : start + array.nbytes].view(array.dtype)
    inside[:] = array
    for wall in (0, page + size):
        assert libc.mprotect(memory.ctypes.data + wall, page, 0) == 0
    return inside

for kernel in [*t.NETWORK, *t.SPECIAL.values(), *t.LARGE]:
    native = t.compiled(kernel, t.runnable()[0])
    for before in (True, False):
        native([walled(array, before) for array in t.contents(kernel)], 0, kernel.chunks)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs mprotect")
def test_nothing_outside_is_touched() -> None:
    """With pages that may not be touched right before and right behind every array."""
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", OUTSIDE], cwd=root, check=True)


def test_long_sums_are_as_exact_as_eager_ones() -> None:
    kernel = replace(update(64, 4096, 80), body=(Accumulator(), Store(0, 2, (80, 1))))
    data = contents(kernel)
    g, x = data[0].reshape(4096, 64), data[1].reshape(4096, 80)
    exact = g.T.astype(np.float64) @ x
    eager = np.abs(g.T @ x - exact).max()
    for target in runnable():
        ours = run(compiled(kernel, target), data, [(0, 1)])[2].reshape(64, 80)
        assert np.abs(ours - exact).max() <= 2 * eager + 4 * np.spacing(np.abs(exact).max())


def test_results_may_lie_where_the_body_reads() -> None:
    """Under another number: sums that are long must not wait in memory still to be read."""
    body = (Accumulator(), Load(2, (80, 1)), Apply("sub", (1, 0), "float32"), Store(2, 3, (80, 1)))
    buffers = (*FLOATS[:2], Buffer("float32"), Buffer("float32", True))
    kernel = replace(update(64, 1024, 80), body=body, buffers=buffers)
    g, x, old, _ = contents(kernel)
    wanted = old - (g.reshape(1024, 64).T @ x.reshape(1024, 80)).ravel()
    for target in runnable():
        both = old.copy()
        compiled(kernel, target)([g, x, both, both], 0, 1)
        np.testing.assert_allclose(both, wanted, rtol=1e-4, atol=1e-3)


def test_an_update_of_one_column_range_happens_once() -> None:
    """The axis of the columns may be the parallel one, with edges inside vectors."""
    for chunks in (2, 3, 7):
        kernel = replace(update(20, 9, 45, chunks=chunks), parallel=1)
        for target in runnable():
            check(kernel, target)


# --- convolutions: what is copied of b serves many rows -------------------------------------------
def convolved(n: int, space: int, c: int, o: int, taps: int, body: str = "bare") -> ContractKernel:
    """Channels last: out[n, y, x, o] = sum over c, i, j of in[n, y + i, x + j, c] w[o, c, i, j]."""
    wide = space + taps - 1
    line = wide * c
    axes = (
        Axis("m", n, wide * line, 0), Axis("m", space, line, 0), Axis("m", space, c, 0),
        Axis("n", o, 0, c * taps * taps),
        Axis("k", c, 1, taps * taps), Axis("k", taps, line, taps), Axis("k", taps, c, 1),
    )  # fmt: skip
    strides = (space * space * o, space * o, o, 1)
    buffers = (*FLOATS, Buffer("float32"))
    steps = (Accumulator(), Store(0, 2, strides))
    if body == "mask":  # reads what is as large as its results
        steps = (
            Accumulator(),
            Load(3, strides),
            Apply("mul", (0, 1), "float32"),
            Store(2, 2, strides),
        )
    elif body == "bias":
        steps = (
            Accumulator(),
            Load(3, (0, 0, 0, 1)),
            Apply("add", (0, 1), "float32"),
            Store(2, 2, strides),
        )
    return ContractKernel("convolved", axes, buffers, steps, chunks=min(n, 4))


def turned(n: int, space: int, c: int, o: int, taps: int) -> ContractKernel:
    """The same with kernels turned round: b begins at its end and steps backwards."""
    kernel = convolved(n, space, c, o, taps)
    axes = (*kernel.axes[:5], *(replace(axis, b=-axis.b) for axis in kernel.axes[5:]))
    return replace(kernel, name="turned", axes=axes, b_offset=taps * taps - 1)


def of_weights(n: int, space: int, c: int, o: int, taps: int, chunks: int) -> ContractKernel:
    """w[i, j, c, o] = sum over n, y, x of in[n, y + i, x + j, c] g[n, y, x, o]."""
    wide = space + taps - 1
    line = wide * c
    axes = (
        Axis("m", taps, line, 0), Axis("m", taps, c, 0), Axis("m", c, 1, 0), Axis("n", o, 0, 1),
        Axis("k", n, wide * line, space * space * o), Axis("k", space, line, space * o),
        Axis("k", space, c, o),
    )  # fmt: skip
    body = (Accumulator(), Store(0, 2, (taps * c * o, c * o, o, 1)))
    return ContractKernel("of_weights", axes, FLOATS, body, parallel=2, chunks=chunks)


CONVOLUTIONS = [
    convolved(3, 8, 1, 30, 5), convolved(4, 6, 16, 16, 3, "bias"),
    convolved(2, 4, 10, 17, 3, "mask"), convolved(2, 2, 130, 24, 3, "mask"),
    convolved(1, 7, 3, 8, 1), turned(3, 5, 8, 20, 3),
    convolved(2, 2, 1300, 10, 3, "mask"), convolved(2, 2, 1300, 10, 3, "bias"),
    of_weights(5, 8, 16, 16, 3, 2), of_weights(3, 20, 3, 30, 5, 1),
    of_weights(4, 4, 128, 16, 1, 4), of_weights(9, 6, 8, 12, 2, 3),
    of_weights(40, 4, 130, 16, 2, 2),
]  # fmt: skip


@pytest.mark.parametrize("kernel", CONVOLUTIONS, ids=lambda k: f"{k.name}{k.axes[0].extent}")
@pytest.mark.parametrize("target", runnable(), ids=lambda target: target.name)
def test_convolutions(target: Target, kernel: ContractKernel) -> None:
    check(kernel, target)
