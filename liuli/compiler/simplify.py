"""The first pass: the same program with fewer and plainer operations.

Every rewrite keeps every number to the bit. What is done, in one walk from the leaves: an operation
that changes nothing is its operand; equal operations are one; operations on numbers alone are
done; `scatter_add` and `scatter_set` of one place a row become a comparison. Then what nobody reads
is left out.
"""

from __future__ import annotations

import math

import numpy as np

from ..ops import REGISTRY
from . import forms, layout
from .graph import Graph, Node
from .rewriter import Rewrite, Rewriter, zero

KEPT = ("check",)  # done for its effect


def simplify(graph: Graph, *, lay: bool = True) -> Graph:
    """The graph with everything done that needs no input; images laid with channels last."""
    rules = layout.RULES if lay else ()
    work = Rewriter(graph, (*REWRITES, *rules, *forms.RULES))
    for node in graph.nodes:
        operands = tuple(work.new[operand] for operand in node.operands)
        work.new[node.number] = work.add(node.op, operands, node.attrs, node.origin)
    work.graph.assigns = [(target, work.new[value]) for target, value in graph.assigns]
    work.graph.outputs = [work.new[value] for value in graph.outputs]
    return without_dead(work.graph)


def without_dead(graph: Graph) -> Graph:
    """The graph without operations that nobody reads."""
    alive = {*graph.outputs, *(value for _, value in graph.assigns)}
    kept = []
    for node in reversed(graph.nodes):
        if node.number in alive or node.op in KEPT:
            alive.update(node.operands)
            kept.append(node)
    return Graph(graph.name, graph.leaves, kept[::-1], graph.assigns, graph.outputs)


# --- rewrites: each gives the value that a node equals, or None -----------------------------------
def _changes_nothing(work: Rewriter, node: Node) -> int | None:
    if not node.operands:
        return None
    x = node.operands[0]
    if node.op in ("stop_gradient", "copy"):
        return x
    if node.op == "permute" and node.attrs["axes"] == tuple(range(len(node.spec.shape))):
        return x
    same = work.specs[x] == node.spec
    if node.op in ("reshape", "expand", "cast") and same:
        return x
    if (
        node.op == "slice"
        and same
        and all(
            not isinstance(part, int) and part[0] == 0 and part[2] == 1
            for part in node.attrs["index"]
        )
    ):
        return x
    return None


def _of_a_view(work: Rewriter, node: Node) -> int | None:
    """A reshape of a reshape is one reshape; an expand of an expand one expand."""
    below = work.made.get(node.operands[0]) if node.operands else None
    if node.op not in ("reshape", "expand") or below is None or below.op != node.op:
        return None
    return work.add(node.op, below.operands, node.attrs, node.origin)


def _of_numbers(work: Rewriter, node: Node) -> int | None:
    """What is computed from constants is a constant."""
    op = REGISTRY[node.op]
    if op.family not in ("elementwise",) or not node.operands:
        return None
    numbers = [work.number_of(operand) for operand in node.operands]
    if any(number is None for number in numbers):
        return None
    with np.errstate(all="ignore"):
        arrays = [np.asarray(number) for number in numbers]
        found = np.asarray(op.forward(*arrays, **node.attrs), node.spec.dtype)
    return work.const(found.item(), node.spec, node.origin)


def _spread_constant(work: Rewriter, node: Node) -> int | None:
    """A constant of one number with a shape is that number, expanded."""
    if node.op == "zeros_like":
        return work.const(zero(node.spec), node.spec, node.origin)
    if node.op != "const" or not node.spec.shape or isinstance(node.attrs["value"], tuple):
        return None
    return work.const(node.attrs["value"], node.spec, node.origin)


def _neutral(work: Rewriter, node: Node) -> int | None:
    """x * 1, x / 1 and x - 0 are x, also for nan and -0; x + 0 is not (of -0)."""
    if node.op not in ("mul", "div", "sub"):
        return None
    a, b = node.operands
    wanted = 0 if node.op == "sub" else 1
    if _is(work, b, wanted):
        return a
    if node.op == "mul" and _is(work, a, 1):
        return b
    return None


def _further(work: Rewriter, node: Node) -> int | None:
    """(x + a) + b of whole numbers, a and b constants, is x + (a + b): a generator moved on."""
    below = work.made.get(node.operands[0]) if node.op == "add" else None
    if below is None or below.op != "add" or node.spec.dtype.kind not in "iu":
        return None
    a, b = (work.made.get(each.operands[1]) for each in (below, node))
    if a is None or b is None or a.op != "const" or b.op != "const" or a.spec != b.spec:
        return None
    with np.errstate(over="ignore"):
        total = np.add(*(np.array(each.attrs["value"], each.spec.dtype) for each in (a, b)))
    value = tuple(total.tolist()) if total.ndim else total.item()
    attrs = {"value": value, "dtype": node.spec.dtype.name, "shape": node.spec.shape}
    moved = work.add("const", (), attrs, node.origin)
    return work.add("add", (below.operands[0], moved), {}, node.origin)


def _is(work: Rewriter, value: int, wanted: int) -> bool:
    number = work.number_of(value)
    if number is None or number != wanted:
        return False
    return wanted != 0 or not np.signbit(np.float64(number))


def _reduce_of_nothing(work: Rewriter, node: Node) -> int | None:
    """A sum over axes of length 1 is a reshape."""
    if node.op not in ("sum", "prod", "max", "min"):
        return None
    (x,), axes = node.operands, node.attrs["axes"]
    if math.prod(work.specs[x].shape[axis] for axis in axes) != 1:
        return None
    return work.add("reshape", (x,), {"shape": node.spec.shape}, node.origin)


def _kept_axes(work: Rewriter, node: Node) -> int | None:
    """Axes of length 1 that a reduction keeps are a reshape, so that equal sums are one."""
    if not node.attrs.get("keepdims") or node.op not in ("sum", "prod", "max", "min"):
        return None
    attrs = {**node.attrs, "keepdims": False}
    made = work.add(node.op, node.operands, attrs, node.origin)
    return work.add("reshape", (made,), {"shape": node.spec.shape}, node.origin)


def _one_place_a_row(work: Rewriter, node: Node) -> int | None:
    """x[row, label] += source, one place in each row: where(column == label, x + source, x)."""
    if node.op not in ("scatter_add", "scatter_set") or not node.attrs["batch"]:
        return None
    x, index, source = node.operands
    batch, shape = node.attrs["batch"], node.spec.shape
    if len(work.specs[index].shape) != batch or len(shape) != batch + 1:
        return None
    at = node.origin
    places = work.add("iota", (), {"size": shape[-1]}, at)
    places = work.add("expand", (places,), {"shape": shape}, at)
    there = work.add("eq", (places, _column(work, index, shape, at)), {}, at)
    changed = _column(work, source, shape, at)
    if node.op == "scatter_add":
        changed = work.add("add", (x, changed), {}, at)
    return work.add("where", (there, changed, x), {}, at)


def _column(work: Rewriter, value: int, shape: tuple[int, ...], origin: str) -> int:
    """A value a row, as a column repeated along the last axis."""
    column = work.add("reshape", (value,), {"shape": (*shape[:-1], 1)}, origin)
    return work.add("expand", (column,), {"shape": shape}, origin)


REWRITES: tuple[Rewrite, ...] = (
    _spread_constant, _changes_nothing, _of_a_view, _of_numbers, _neutral, _reduce_of_nothing,
    _kept_axes, _one_place_a_row, _further,
)  # fmt: skip
