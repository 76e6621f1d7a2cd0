"""What the checker of graphs refuses: operands and attributes that an operation does not take."""

from __future__ import annotations

import pytest

from liuli.compiler import plan as planning
from liuli.compiler.check import check
from liuli.compiler.graph import Graph, parse
from liuli.errors import GraphError

LEAVES = """graph f
  input  %0 float32[3,4]  x
  input  %1 int64[3]  i
  input  %2 float64[3,4]  y
  input  %3 float32[3]  v
"""

WRONG = {
    "an axis that is not there": "%9 float32[3,4] = sum(%0, axes=(2,), keepdims=False)",
    "an axis twice": "%9 float32[3] = sum(%0, axes=(1, 1), keepdims=False)",
    "a negative axis": "%9 float32[3,4] = sum(%0, axes=(-1,), keepdims=False)",
    "an axis missing": "%9 float32[4,3] = permute(%0, axes=(1,))",
    "an unknown attribute": "%9 float32[3,4] = exp(%0, base=2)",
    "an unknown attribute of a check":
        "%9 int64[3] = check(%1, low=0, high=3, code='LL302', facts={}, least=1)",
    "a missing attribute": "%9 float32[3] = sum(%0, keepdims=False)",
    "a slice outside": "%9 float32[3,2] = slice(%0, index=((0, 3, 1), (3, 2, 1)))",
    "a slice of fewer axes": "%9 float32[2,4] = slice(%0, index=((0, 2, 1),))",
    "a place outside": "%8 int64[2] = const(dtype='int64', shape=(2,), value=(0, 3))\n"
        "  %9 float32[2,4] = gather(%0, %8, batch=0)",
    "a negative place": "%7 int64[] = const(dtype='int64', shape=(), value=-1)\n"
        "  %8 int64[2] = expand(%7, shape=(2,))\n  %9 float32[2,4] = gather(%0, %8, batch=0)",
    "counted places outside": "%8 int64[5] = iota(dtype='int64', size=5)\n"
        "  %9 float32[5,4] = gather(%0, %8, batch=0)",
    "places checked for another length":
        "%8 int64[3] = check(%1, low=0, high=5, code='LL302', facts={})\n"
        "  %9 float32[3] = gather(%0, %8, batch=1)",
    "places that are no whole numbers": "%9 float32[3,4] = gather(%0, %3, batch=0)",
    "a batch that is too long": "%9 float32[3] = gather(%0, %1, batch=2)",
    "too few numbers to scatter": "%9 float32[3,4] = scatter_add(%0, %1, %3, batch=0)",
    "numbers of another dtype to scatter": "%9 float32[3,4] = scatter_set(%0, %1, %2, batch=0)",
    "factors of two dtypes": "%9 float32[3,3] = contract(%0, %2, labels='ab,cb->ac')",
    "pieces of two dtypes": "%9 float32[6,4] = concat(%0, %2, axis=0)",
    "pieces that do not fit": "%8 float32[4,3] = permute(%0, axes=(1, 0))\n"
        "  %9 float32[7,4] = concat(%0, %8, axis=0)",
    "an update through what is no view":
        "%9 float32[3,4] = update(%0, %0, where=(('exp', {}),))",
    "an update of another dtype": "%9 float32[3,4] = update(%0, %2, where=())",
}  # fmt: skip


def graph(line: str) -> Graph:
    return parse(f"{LEAVES}  {line}\n  return %9\n")


@pytest.mark.parametrize("name", WRONG)
def test_refused(name: str) -> None:
    with pytest.raises(GraphError) as caught:
        check(graph(WRONG[name]))
    assert caught.value.code == "LL715"


@pytest.mark.parametrize(
    "line",
    [
        "%9 float32[3,2] = slice(%0, index=((2, 3, -1), (1, 2, 2)))",
        "%9 float32[3,0] = slice(%0, index=((0, 3, 1), (0, 0, 1)))",
        "%9 float32[4] = slice(%0, index=(2, (0, 4, 1)))",
        "%8 int64[2] = const(dtype='int64', shape=(2,), value=(0, 2))\n"
        "  %9 float32[2,4] = gather(%0, %8, batch=0)",
        "%9 float32[3] = gather(%0, %1, batch=1)",
        "%9 float32[3,4] = update(%0, %3, where=(('slice', {'index': ((0, 3, 1), 1)}),))",
    ],
)
def test_taken(line: str) -> None:
    assert check(graph(line)).nodes


def test_every_pass_is_checked_where_tests_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass that breaks a graph is caught before the next one begins."""

    def broken(g: Graph, *, lay: bool) -> Graph:
        return Graph(g.name, g.leaves, g.nodes[1:], g.assigns, g.outputs)

    g = graph("%8 float32[3,4] = exp(%0)\n  %9 float32[3,4] = exp(%8)")
    monkeypatch.setattr(planning, "simplify", broken)
    with pytest.raises(GraphError, match="LL712"):
        planning.plan(g)
    monkeypatch.setenv("LIULI_CHECK", "0")
    with pytest.raises(KeyError):
        planning.plan(g)
