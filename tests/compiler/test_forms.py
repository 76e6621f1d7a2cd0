"""Operations written with those that have kernels: concat, pad, update, scatter, argmax, sums."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from liuli.compiler import interpret
from liuli.compiler.check import check
from liuli.compiler.graph import Graph, parse
from liuli.compiler.machine import available
from liuli.compiler.native import Native
from liuli.compiler.plan import plan
from liuli.compiler.simplify import simplify
from tests.compiler.test_native import close

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not here")

THREADS = (1, 2, 3, 4, 7, 16)
LEAVES = """graph f
  input  %0 float32[6,10]  x
  input  %1 float32[6,10]  y
  input  %2 int64[6]  i
  input  %3 int64[6,3]  j
  state  %4 float32[6,10]  s
  state  %5 float32[10]  t
"""
ROW = "where=(('slice', {'index': (%s, (0, 10, 1))}),)"

PROGRAMS = {
    "concat in three ways": """
        %10 float32[12,10] = concat(%0, %1, axis=0)
        %11 float32[6,30] = concat(%1, %4, %0, axis=1)
        %12 float32[6,10] = tanh(%0)
        %13 float32[6,20] = concat(%12, %12, axis=1)
        return %10, %11, %13
    """,
    "concat of one value made elsewhere": """
        %10 float32[6,6] = contract(%0, %1, labels='ab,cb->ac')
        %11 float32[6] = sum(%0, axes=(1,), keepdims=False)
        %12 float32[6,1] = reshape(%11, shape=(6, 1))
        %13 float32[6,17] = concat(%10, %12, %0, axis=1)
        %14 float32[17,6] = permute(%13, axes=(1, 0))
        %15 float32[17,6] = exp(%14)
        return %13, %15
    """,
    "pad, crop and dilate": """
        %10 float32[9,8] = pad(%0, low=(1, -1), high=(2, -1), interior=(0, 0), value=2.5)
        %11 float32[13,10] = pad(%0, low=(2, 0), high=(0, 0), interior=(1, 0), value=0)
        %12 float32[4,16] = pad(%0, low=(-3, -3), high=(-4, 0), interior=(1, 1), value=1)
        %13 float32[2,10] = pad(%0, low=(-7, 0), high=(3, 0), interior=(0, 0), value=3)
        return %10, %11, %12, %13
    """,
    "windows added up": """
        %10 float32[6,4,3] = windows(%0, axes=(1,), size=(3,), step=(2,), dilation=(1,))
        %11 float32[6,4,3] = exp(%10)
        %12 float32[6,10] = fold(%11, shape=(6, 10), axes=(1,), size=(3,), step=(2,), dilation=(1,))
        %13 float32[6,3] = slice(%0, index=((0, 6, 1), (0, 3, 1)))
        %14 float32[6,4,6] = contract(%10, %13, labels='abc,dc->abd')
        return %12, %14
    """,
    "rows written one after another": f"""
        %9 float32[] = const(dtype='float32', shape=(), value=0.0)
        %10 float32[6,10] = expand(%9, shape=(6, 10))
        %11 float32[10] = mul(%5, %5)
        %12 float32[10] = exp(%11)
        %13 float32[6,10] = update(%10, %11, {ROW % "0"})
        %14 float32[6,10] = update(%13, %12, {ROW % "3"})
        %15 float32[6,10] = update(%14, %5, {ROW % "0"})
        %16 float32[6,10] = mul(%15, %0)
        assign %4 <- %15
        return %16
    """,
    "columns that are read while others are written": """
        %10 float32[6] = slice(%0, index=((0, 6, 1), 3))
        %11 float32[6,10] = update(%0, %10, where=(('slice', {'index': ((0, 6, 1), 0)}),))
        %12 float32[6] = slice(%11, index=((0, 6, 1), 0))
        %13 float32[6] = exp(%12)
        %14 float32[6,10] = update(%11, %13, where=(('slice', {'index': ((0, 6, 1), 1)}),))
        %15 float32[6,2] = slice(%14, index=((0, 6, 1), (0, 2, 1)))
        %16 float32[6,10] = add(%11, %14)
        assign %4 <- %14
        return %15, %16
    """,
    "a corner, a diagonal, every other place": """
        %10 float32[2,3] = slice(%1, index=((0, 2, 1), (5, 3, 1)))
        %11 float32[6,10] = update(%4, %10, where=(('slice', {'index': ((4, 2, 1), (9, 3, -4))}),))
        %12 float32[6] = slice(%0, index=((0, 6, 1), 1))
        %13 float32[6,10] = update(%11, %12, DIAGONAL)
        %14 float32[10,6] = permute(%1, axes=(1, 0))
        %15 float32[6,10] = update(%13, %14, where=(('permute', {'axes': (1, 0)}),))
        %16 float32[6,10] = add(%15, %13)
        assign %4 <- %16
        return %13
    """.replace("DIAGONAL", "where=(('diagonal', {'offset': 0, 'axis1': 0, 'axis2': 1}),)"),
    "halves and their gradients": """
        %10 float32[6,5] = slice(%0, index=((0, 6, 1), (0, 5, 1)))
        %11 float32[6,5] = slice(%0, index=((0, 6, 1), (5, 5, 1)))
        %12 float32[6,5] = sigmoid(%10)
        %13 float32[6,5] = mul(%12, %11)
        %14 float32[6,10] = pad(%13, low=(0, 0), high=(0, 5), interior=(0, 0), value=0)
        %15 float32[6,10] = pad(%12, low=(0, 5), high=(0, 0), interior=(0, 0), value=0)
        %16 float32[6,10] = add(%14, %15)
        return %16
    """,
    "an embedding and its gradient": """
        %10 int64[6] = check(%2, code='LL302', facts={'size': 6}, high=6, low=0)
        %11 float32[6,10] = gather(%4, %10, batch=0)
        %12 float32[6,10] = mul(%11, %0)
        %13 float32[] = const(dtype='float32', shape=(), value=0.0)
        %14 float32[6,10] = expand(%13, shape=(6, 10))
        %15 float32[6,10] = scatter_add(%14, %10, %12, batch=0)
        %16 float32[6,10] = add(%4, %15)
        assign %4 <- %16
        return %12
    """,
    "places in rows, some twice": """
        %10 int64[6,3] = check(%3, code='LL302', facts={'size': 10}, high=10, low=0)
        %11 float32[6,3] = slice(%1, index=((0, 6, 1), (2, 3, 1)))
        %12 float32[6,10] = scatter_add(%0, %10, %11, batch=1)
        %13 float32[6,10] = scatter_set(%4, %10, %11, batch=1)
        %14 int64[6] = slice(%10, index=((0, 6, 1), 1))
        %15 float32[6] = slice(%1, index=((0, 6, 1), 4))
        %16 float32[10] = scatter_set(%5, %14, %15, batch=0)
        assign %4 <- %12
        return %13, %16
    """,
    "where the largest stands": """
        %10 int64[6] = argmax(%0, axes=(1,), keepdims=False)
        %11 int64[1,10] = argmin(%0, axes=(0,), keepdims=True)
        %12 int64[] = argmax(%1, axes=(0, 1), keepdims=False)
        %13 float32[2,3,10] = reshape(%0, shape=(2, 3, 10))
        %14 int64[2,10] = argmax(%13, axes=(1,), keepdims=False)
        %15 int64[3] = argmin(%13, axes=(0, 2), keepdims=False)
        %16 int64[6] = argmax(%3, axes=(1,), keepdims=False)
        %17 bool[6] = eq(%10, %2)
        %18 int64[6] = cast(%17, dtype='int64')
        %19 int64[] = sum(%18, axes=(0,), keepdims=False)
        return %10, %11, %12, %14, %15, %16, %19
    """,
    "reductions over all kinds of axes": """
        %10 float32[2,3,2,5] = reshape(%0, shape=(2, 3, 2, 5))
        %11 float32[2,5] = sum(%10, axes=(1, 2), keepdims=False)
        %12 float32[1,3,1,5] = prod(%10, axes=(0, 2), keepdims=True)
        %13 float32[3,2] = max(%10, axes=(0, 3), keepdims=False)
        %14 float32[2,3,5] = min(%10, axes=(2,), keepdims=False)
        %15 float32[6,10,1] = reshape(%0, shape=(6, 10, 1))
        %16 float32[6,1] = sum(%15, axes=(1,), keepdims=False)
        %17 float32[10,6] = permute(%0, axes=(1, 0))
        %18 float32[6] = sum(%17, axes=(0,), keepdims=False)
        return %11, %12, %13, %14, %16, %18
    """,
    "a table of numbers": """
        %10 int64[4] = const(dtype='int64', shape=(4,), value=(5, 0, 0, 2))
        %11 float32[4,10] = gather(%0, %10, batch=0)
        %12 bool[3] = const(dtype='bool', shape=(3,), value=(True, False, True))
        %13 bool[3,1] = reshape(%12, shape=(3, 1))
        %14 bool[3,20] = expand(%13, shape=(3, 20))
        %15 bool[6,10] = reshape(%14, shape=(6, 10))
        %16 float32[6,10] = where(%15, %0, %1)
        return %11, %16, %10
    """,
}  # fmt: skip


def graph_of(name: str) -> Graph:
    lines = [f"  {line.strip()}\n" for line in PROGRAMS[name].strip().splitlines()]
    return check(parse(LEAVES + "".join(lines)))


def arrays() -> tuple[list[Any], list[Any]]:
    draw = np.random.default_rng(11)
    x, y, s = (draw.standard_normal((6, 10)).round(1).astype(np.float32) for _ in range(3))
    x[2, 4], x[3, 3], x[3, 7], y[1, 1] = np.nan, 9, 9, np.nan  # ties, and what wins everywhere
    i, j = np.array([2, 0, 2, 5, 2, 0]), draw.integers(0, 10, (6, 3))
    j[4] = 7
    return [x, y, i, j], [s, draw.standard_normal(10).astype(np.float32)]


@pytest.mark.parametrize("alone", [False, True], ids=["fused", "alone"])
@pytest.mark.parametrize("name", list(PROGRAMS))
def test_as_numpy(name: str, alone: bool) -> None:
    """Several times, since memory is used again; and nothing is left to NumPy."""
    inputs, states = arrays()
    mine, native = [s.copy() for s in states], Native(graph_of(name), alone=alone)
    for _ in range(3):
        expected = interpret.run(graph_of(name), inputs, states)
        got = native.run(inputs, mine)
        for a, b in zip((*got, *mine), (*expected, *states), strict=True):
            assert close(a, b), (a, b)
    assert all(entry.kernel is not None for entry in native.schedule.entries)


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_any_number_of_threads(name: str) -> None:
    native, made = Native(graph_of(name)), set()
    for threads in THREADS:
        inputs, states = arrays()
        got = native.run(inputs, states, threads=threads)
        made.add(b"".join(x.tobytes() for x in (*got, *states)))
    assert len(made) == 1


# --- what is not done at all ----------------------------------------------------------------------
def simplified(lines: str) -> list[str]:
    text = "".join(f"  {line.strip()}\n" for line in lines.strip().splitlines())
    return [node.op for node in check(simplify(parse(LEAVES + text))).nodes]


def test_what_was_written_is_read_without_memory() -> None:
    assert simplified(f"""
        %10 float32[6,10] = update(%0, %5, {ROW % "1"})
        %11 float32[6,10] = update(%10, %5, {ROW % "2"})
        %12 float32[10] = slice(%11, index=(1, (0, 10, 1)))
        %13 float32[10] = slice(%11, index=(4, (0, 10, 1)))
        return %12, %13
    """) == ["slice"]  # fmt: skip


def test_a_part_that_may_meet_another_is_read_from_memory() -> None:
    assert simplified(f"""
        %10 float32[6,10] = update(%0, %5, {ROW % "1"})
        %12 float32[6] = slice(%10, index=((0, 6, 1), 1))
        return %12
    """) == ["update", "slice"]  # fmt: skip


def test_parts_in_zeros_become_one_value() -> None:
    found = simplified("""
        %10 float32[12,10] = pad(%0, low=(0, 0), high=(6, 0), interior=(0, 0), value=0)
        %11 float32[12,10] = pad(%1, low=(6, 0), high=(0, 0), interior=(0, 0), value=0)
        %12 float32[12,10] = add(%10, %11)
        %13 float32[12,10] = pad(%1, low=(5, 0), high=(1, 0), interior=(0, 0), value=0)
        %14 float32[12,10] = add(%10, %13)
        return %12, %14
    """)  # fmt: skip
    assert found.count("add") == 1  # of those that meet


def test_what_is_wholly_written_is_not_filled_before() -> None:
    entries = plan(parse(LEAVES + "  %9 float32[12,10] = concat(%0, %1, axis=0)\n"
                         "  %10 float32[7,10] = pad(%0, low=(1, 0), high=(0, 0), "
                         "interior=(0, 0), value=0)\n  return %9, %10\n")).entries  # fmt: skip
    assert [entry.group.nodes[0].op for entry in entries].count("copy") == 1


def test_rows_of_a_loop_need_no_wait() -> None:
    """out[:, t] = ... for t = 0, 1, 2: each piece writes rows of its own."""
    text = ("graph f\n  input  %0 float32[64,8]  x\n"
            "  %1 float32[] = const(dtype='float32', shape=(), value=0.0)\n"
            "  %2 float32[64,3,8] = expand(%1, shape=(64, 3, 8))\n")  # fmt: skip
    for t in range(3):
        text += f"  %{10 + t} float32[64,8] = {('exp', 'tanh', 'neg')[t]}(%0)\n"
        text += (f"  %{20 + t} float32[64,3,8] = update(%{19 + t if t else 2}, %{10 + t}, "
                 f"where=(('slice', {{'index': ((0, 64, 1), {t}, (0, 8, 1))}}),))\n")  # fmt: skip
    schedule = plan(parse(text + "  return %22\n"))
    assert not any(entry.barrier for entry in schedule.entries[1:])
    assert all(entry.kernel and entry.kernel.chunks == 8 for entry in schedule.entries)


def test_halves_need_no_wait() -> None:
    """What is written one behind the other, by rows that are no rows of the whole."""
    schedule = plan(parse("graph f\n  input  %0 float32[64,8]\n  %1 float32[64,8] = exp(%0)\n"
                          "  %2 float32[64,8] = neg(%0)\n"
                          "  %3 float32[128,8] = concat(%1, %2, axis=0)\n"
                          "  return %3\n"))  # fmt: skip
    assert [entry.barrier for entry in schedule.entries] == [False, False]


# --- very many elements ---------------------------------------------------------------------------
def of_one(op: str, shape: tuple[int, ...], axes: tuple[int, ...]) -> Graph:
    kept = ",".join(str(n) for i, n in enumerate(shape) if i not in axes)
    dtype = "int64" if op[:3] == "arg" else "float32"
    inner = f"({', '.join(map(str, axes))},)"
    return parse(f"graph f\n  input  %0 float32[{','.join(map(str, shape))}]  x\n"
                 f"  %1 {dtype}[{kept}] = {op}(%0, axes={inner}, keepdims=False)\n"
                 "  return %1\n")  # fmt: skip


MANY = [
    ((70_001,), (0,)), ((300, 257), (0, 1)), ((20_011, 5), (0, 1)), ((3, 30_000), (1,)),
    ((20_011, 5), (0,)), ((2, 9_001, 4), (1,)), ((2, 9_001, 4), (0, 2)), ((2, 40, 1_000), (2,)),
    ((2, 3, 12_800), (1,)),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "axes"), MANY)
@pytest.mark.parametrize("op", ["sum", "max", "argmin"])
def test_many_elements_are_shared_out(op: str, shape: Any, axes: Any) -> None:
    """At most twice as far from float64 as NumPy, and 4 ulp; the same for all threads."""
    x = np.random.default_rng(1).uniform(0.5, 1.5, shape).astype(np.float32)
    if op == "argmin":
        x[(-1,) * len(shape)] = np.nan
        x[(-2,) * len(shape) if min(shape) > 1 else (-2,)] = np.nan
    graph = of_one(op, shape, axes)
    native, made = Native(graph), set()
    assert all(entry.kernel is not None for entry in native.schedule.entries)
    assert max(entry.kernel.chunks for entry in native.schedule.entries if entry.kernel) > 1
    for threads in THREADS:
        (got,) = native.run([x], threads=threads)
        made.add(got.tobytes())
    assert len(made) == 1
    (eager,) = interpret.run(graph, [x])
    if op != "sum":
        np.testing.assert_array_equal(got, eager)
        return
    truth = x.astype(np.float64).sum(axes)
    ulps = 4 * np.spacing(np.float32(np.abs(truth).max()))
    assert np.abs(got - truth).max() <= 2 * np.abs(eager - truth).max() + ulps


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool"])
@pytest.mark.parametrize("width", [1, 5, 64, 100])
def test_tables_of_any_width(width: int, dtype: str) -> None:
    """Columns are shared out among the threads, and every thread sees all places in order."""
    text = (f"graph f\n  input  %0 {dtype}[9,{width}]\n  input  %1 int64[40]\n"
            f"  input  %2 {dtype}[40,{width}]\n"
            f"  %3 {dtype}[9,{width}] = scatter_add(%0, %1, %2, batch=0)\n"
            f"  %4 {dtype}[9,{width}] = scatter_set(%0, %1, %2, batch=0)\n"
            "  return %3, %4\n")  # fmt: skip
    draw = np.random.default_rng(2)
    x, src = (draw.integers(0, 2 if dtype == "bool" else 9, (n, width)).astype(dtype)
              for n in (9, 40))  # fmt: skip
    places = draw.integers(0, 9, 40)
    native, made = Native(parse(text)), set()
    for threads in THREADS:
        got = native.run([x, places, src], threads=threads)
        made.add(b"".join(each.tobytes() for each in got))
    assert len(made) == 1
    for mine, numpys in zip(got, interpret.run(parse(text), [x, places, src]), strict=True):
        np.testing.assert_array_equal(mine, numpys)
