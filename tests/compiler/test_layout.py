"""Images with their channels last: where convolutions put their results, and what follows."""

# ruff: noqa: E501 (lines of a graph)

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuli.compiler import interpret
from liuli.compiler.check import check
from liuli.compiler.graph import Graph, parse
from liuli.compiler.layout import _runs
from liuli.compiler.machine import available
from liuli.compiler.native import Native
from liuli.compiler.parts import apart
from liuli.compiler.plan import plan
from liuli.compiler.simplify import simplify
from tests.compiler.test_native import close

LEAVES = """graph f
  input  %0 float32[4,3,7,6]  x
  input  %1 float32[8,3,2,3]  w
  input  %2 float32[8]  b
  input  %3 float32[4,8,6,4]  z
"""
CONVOLVED = """
  %8 float32[4,3,6,4,2,3] = windows(%0, axes=(2, 3), size=(2, 3), step=(1, 1), dilation=(1, 1))
  %9 float32[4,8,6,4] = contract(%1, %8, labels='ocij,ncxyij->noxy')
"""
AFTER = {
    "element by element": """
        %10 float32[4,8,6,4] = tanh(%9)
        %11 float32[4,8,6,4] = add(%10, %3)
        return %11
    """,
    "a number for each channel": """
        %10 float32[8,1,1] = reshape(%2, shape=(8, 1, 1))
        %11 float32[4,8,6,4] = expand(%10, shape=(4, 8, 6, 4))
        %12 float32[4,8,6,4] = mul(%11, %9)
        return %12
    """,
    "sums": """
        %10 float32[8] = sum(%9, axes=(0, 2, 3), keepdims=False)
        %11 float32[4,1,1,4] = sum(%9, axes=(1, 2), keepdims=True)
        %12 float32[4,6,4] = max(%9, axes=(1,), keepdims=False)
        %13 float32[6,4] = prod(%9, axes=(0, 1), keepdims=False)
        %14 int64[4,6,4] = argmax(%9, axes=(1,), keepdims=False)
        %15 int64[4,4] = argmin(%9, axes=(1, 2), keepdims=False)
        return %10, %11, %12, %13, %14, %15
    """,
    "parts and zeros around": """
        %10 float32[4,8,6,4] = exp(%9)
        %11 float32[4,8,3,4] = slice(%10, index=((0, 4, 1), (0, 8, 1), (5, 3, -2), (0, 4, 1)))
        %12 float32[4,8,8,4] = pad(%10, low=(0, 0, 1, 0), high=(0, 0, 1, 0), interior=(0, 0, 0, 0), value=0)
        %13 float32[4,6,4] = slice(%10, index=((0, 4, 1), 3, (0, 6, 1), (0, 4, 1)))
        return %11, %12, %13
    """,
    "groups, parted and joined": """
        %10 float32[4,8,6,4] = exp(%9)
        %11 float32[4,2,4,6,4] = reshape(%10, shape=(4, 2, 4, 6, 4))
        %12 float32[4,2,4,6,4] = tanh(%11)
        %13 float32[4,8,6,4] = reshape(%12, shape=(4, 8, 6, 4))
        %14 float32[4,8,24] = reshape(%13, shape=(4, 8, 24))
        %15 float32[4,192] = reshape(%13, shape=(4, 192))
        return %13, %14, %15
    """,
    "beside another value": """
        %10 float32[4,16,6,4] = concat(%9, %3, axis=1)
        %11 float32[4,16,6,4] = tanh(%10)
        return %11
    """,
    "convolved again": """
        %10 float32[4,8,5,3,2,2] = windows(%9, axes=(2, 3), size=(2, 2), step=(1, 1), dilation=(1, 1))
        %11 float32[4,8,5,3] = slice(%3, index=((0, 4, 1), (0, 8, 1), (0, 5, 1), (0, 3, 1)))
        %12 float32[8,8,2,2] = contract(%11, %10, labels='noxy,ncxyij->ocij')
        return %12
    """,
    "asked for as it is indexed": "return %9",
    "with another order of itself": """
        %10 float32[4,8,4,4] = slice(%9, index=((0, 4, 1), (0, 8, 1), (0, 4, 1), (0, 4, 1)))
        %11 float32[4,8,4,4] = permute(%10, axes=(0, 1, 3, 2))
        %12 float32[4,8,4,4] = add(%10, %11)
        return %12
    """,
    "of one image over axes apart": """
        %10 float32[1,8,6,4] = slice(%9, index=((1, 1, 1), (0, 8, 1), (0, 6, 1), (0, 4, 1)))
        %11 float32[8,6] = max(%10, axes=(0, 3), keepdims=False)
        %12 float32[8,4] = sum(%10, axes=(0, 2), keepdims=False)
        return %11, %12
    """,
    "windows over images": """
        %10 float32[6,8,6,4] = pad(%9, low=(1, 0, 0, 0), high=(1, 0, 0, 0), interior=(0, 0, 0, 0), value=0)
        %11 float32[4,8,6,4,3] = windows(%10, axes=(0,), size=(3,), step=(1,), dilation=(1,))
        %12 float32[4,8,6,4] = sum(%11, axes=(4,), keepdims=False)
        return %12
    """,
    "of the weights for every image": """
        %10 float32[4,8,3,2,3] = contract(%3, %8, labels='noxy,ncxyij->nocij')
        return %10
    """,
}  # fmt: skip


def made(name: str) -> Graph:
    lines = (CONVOLVED + AFTER[name]).strip().splitlines()
    return check(parse(LEAVES + "".join(f"  {line.strip()}\n" for line in lines)))


def inputs(graph: Graph) -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [rng.uniform(-1, 1, leaf.spec.shape).astype("f") for leaf in graph.leaves]


@pytest.mark.skipif(not available(), reason="llvmlite is not here")
@pytest.mark.parametrize("name", AFTER)
def test_the_numbers_stay(name: str) -> None:
    graph = made(name)
    wanted = interpret.run(graph, inputs(graph))
    laid = interpret.run(check(simplify(graph)), inputs(graph))
    native, bits = Native(graph), set()
    for threads in (1, 2, 3, 7):
        got = native.run(inputs(graph), threads=threads)
        assert all(close(a, b) for a, b in zip(got, wanted, strict=True))
        bits.add(b"".join(x.tobytes() for x in got))
    assert len(bits) == 1
    assert all(close(a, b) for a, b in zip(laid, wanted, strict=True))


def test_outputs_lie_last() -> None:
    """The contraction gives (images, places, outputs), and all that follows is done like that."""
    graph = simplify(made("element by element"))
    shapes = {node.op: node.spec.shape for node in graph.nodes}
    assert shapes["contract"] == shapes["tanh"] == shapes["add"] == (4, 6, 4, 8)


def test_of_weights_too() -> None:
    graph = simplify(made("convolved again"))
    last = [node for node in graph.nodes if node.op == "contract"][-1]
    assert last.attrs["labels"].endswith("ijco")


@pytest.mark.parametrize("name", ["element by element", "sums", "beside another value"])
def test_nothing_is_copied(name: str) -> None:
    """Unless it is asked for as it is indexed, which is the end of these programs."""
    graph = made(name)
    asked = len(graph.outputs)
    copies = [
        line for line in str(plan(graph)).splitlines() if "_permute" in line or "_copy" in line
    ]
    assert len(copies) <= asked


def test_it_can_be_left_out() -> None:
    assert plan(made("sums"), off={"layout"}).graph != plan(made("sums"), off=set()).graph


@pytest.mark.parametrize(
    ("old", "new", "runs"),
    [
        ((4, 8, 6), (4, 2, 4, 6), [([0], [0]), ([1], [1, 2]), ([2], [3])]),
        ((4, 2, 4, 6), (4, 8, 6), [([0], [0]), ([1, 2], [1]), ([3], [2])]),
        ((4, 6), (24,), [([0, 1], [0])]),
        ((0, 6), (6, 0), None),
    ],
)
def test_which_axes_become_which(old: tuple[int, ...], new: tuple[int, ...], runs: object) -> None:
    assert _runs(old, new) == runs


@st.composite
def lines(draw: st.DrawFn) -> tuple[int, int, int]:
    first, count, step = (draw(st.integers(0, 6)), draw(st.integers(1, 5)), draw(st.integers(1, 4)))
    return (first, first + (count - 1) * step, step if count > 1 else 0)


@given(a=lines(), b=lines())
def test_boxes_that_are_apart_share_no_place(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    """And if one has two places at most, or both the same step, those that share none are apart."""
    one, other = (set(range(x[0], x[1] + 1, x[2] or 1)) for x in (a, b))
    told = apart((a,), (b,))  # type: ignore[arg-type]
    if len(one) <= 2 or len(other) <= 2 or a[2] == b[2]:
        assert told == (not one & other)
    assert not (told and one & other)


BORDERED = """graph f
  input  %0 float32[8,10,12,16]  x
  %1 float32[8,10,12,16] = exp(%0)
  %2 float32[8,12,14,16] = pad(%1, low=(0, 1, 1, 0), high=(0, 1, 1, 0), interior=(0, 0, 0, 0), value=0)
  %3 float32[8,15,17,16] = pad(%1, low=(0, 2, 5, 0), high=(0, 3, 0, 0), interior=(0, 0, 0, 0), value=1.5)
  return %2, %3
"""


@pytest.mark.skipif(not available(), reason="llvmlite is not here")
def test_only_borders_are_filled() -> None:
    graph = check(parse(BORDERED))
    assert "_copy" not in str(plan(graph))
    got = Native(graph).run(inputs(graph), threads=2)
    assert all(map(close, got, interpret.run(graph, inputs(graph))))


INTERLACED = """graph f
  input  %0 float32[4,6]  x
  input  %1 float32[4,6]  y
  input  %2 float32[8,12]  z
  %3 float32[8,12] = pad(%0, low=(0, 0), high=(1, 1), interior=(1, 1), value=0)
  %4 float32[8,12] = pad(%1, low=(1, 1), high=(0, 0), interior=(1, 1), value=0)
  %5 float32[8,12] = add(%3, %4)
  %6 float32[] = const(value=0.0, dtype='float32', shape=())
  %7 float32[8,12] = expand(%6, shape=(8, 12))
  %8 bool[8,12] = gt(%2, %7)
  %9 float32[8,12] = where(%8, %5, %7)
  return %9
"""


@pytest.mark.skipif(not available(), reason="llvmlite is not here")
def test_parts_that_interlace_are_written_once() -> None:
    graph = check(parse(INTERLACED))
    simple = simplify(graph)
    assert "add" not in [node.op for node in simple.nodes]
    wheres = [node.spec.shape for node in simple.nodes if node.op == "where"]
    assert wheres == [(4, 6), (4, 6)]
    assert all(map(close, Native(graph).run(inputs(graph)), interpret.run(graph, inputs(graph))))
