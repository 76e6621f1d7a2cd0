"""Simplifying: the same numbers to the bit from fewer operations."""

from __future__ import annotations

import numpy as np
import pytest

from liuli.compiler import interpret
from liuli.compiler.check import check
from liuli.compiler.graph import Graph, parse
from liuli.compiler.simplify import simplify

LEAVES = "graph f\n  input  %0 float32[3,4]  x\n  input  %1 int64[3]  i\n"


def graph(lines: str) -> Graph:
    body = "".join(f"  {line.strip()}\n" for line in lines.strip().splitlines())
    return parse(LEAVES + body)


def ops(g: Graph) -> list[str]:
    return [node.op for node in g.nodes]


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ("%2 float32[3,4] = copy(%0)\nreturn %2", []),
        ("%2 float32[3,4] = stop_gradient(%0)\n%3 float32[3,4] = exp(%2)\nreturn %3", ["exp"]),
        ("%2 float32[4,3] = permute(%0, axes=(1, 0))\n%3 float32[3,4] = permute(%2, axes=(1, 0))\n"
         "return %3", []),
        ("%2 float32[12] = reshape(%0, shape=(12,))\n%3 float32[3,4] = reshape(%2, shape=(3, 4))\n"
         "return %3", []),
        ("%2 float32[3,4] = exp(%0)\n%3 float32[3,4] = exp(%0)\n%4 float32[3,4] = add(%2, %3)\n"
         "return %4", ["exp", "add"]),
        ("%2 float32[3,4] = exp(%0)\n%3 float32[3,4] = log(%0)\nreturn %3", ["log"]),
        ("%2 float32[] = const(dtype='float32', shape=(), value=1.0)\n"
         "%3 float32[3,4] = expand(%2, shape=(3, 4))\n%4 float32[3,4] = mul(%0, %3)\nreturn %4",
         []),
        ("%2 float32[] = const(dtype='float32', shape=(), value=2.0)\n%3 float32[] = exp(%2)\n"
         "%4 float32[3,4] = expand(%3, shape=(3, 4))\n%5 float32[3,4] = mul(%0, %4)\nreturn %5",
         ["const", "expand", "mul"]),
        ("%2 float32[3] = sum(%0, axes=(1,), keepdims=False)\n"
         "%3 float32[3,1] = reshape(%2, shape=(3, 1))\n"
         "%4 float32[3] = sum(%3, axes=(1,), keepdims=False)\nreturn %4", ["sum"]),
    ],
)  # fmt: skip
def test_rewrites(lines: str, left: list[str]) -> None:
    simple = check(simplify(graph(lines)))
    assert ops(simple) == left


def test_adding_zero_is_kept() -> None:
    """-0 + 0 is +0: leaving it out would change the sign."""
    lines = """
        %2 float32[] = const(dtype='float32', shape=(), value=0.0)
        %3 float32[3,4] = expand(%2, shape=(3, 4))
        %4 float32[3,4] = add(%0, %3)
        %5 float32[3,4] = sub(%4, %3)
        return %5
    """
    assert ops(simplify(graph(lines))) == ["const", "expand", "add"]


def test_checks_are_kept_though_nobody_reads_them() -> None:
    lines = """
        %2 int64[3] = check(%1, code='LL330', facts={'classes': 3}, high=3, low=0)
        return %0
    """
    assert ops(simplify(graph(lines))) == ["check"]


@pytest.mark.parametrize("op", ["scatter_add", "scatter_set"])
def test_one_place_a_row_needs_no_scatter(op: str) -> None:
    g = graph(f"""
        %2 float32[3] = sum(%0, axes=(1,), keepdims=False)
        %3 float32[3,4] = {op}(%0, %1, %2, batch=1)
        return %3
    """)
    simple = check(simplify(g))
    assert op not in ops(simple)
    x = np.float32([[1, -0.0, np.nan, 4], [5, 6, 7, 8], [-0.0, 1, 2, 3]])
    i = np.array([2, 0, 3])
    (expected,), (got,) = interpret.run(g, [x, i]), interpret.run(simple, [x, i])
    assert got.tobytes() == expected.tobytes()
