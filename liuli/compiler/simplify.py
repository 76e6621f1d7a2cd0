"""The first pass: the same program with fewer and plainer operations.

Every rewrite keeps every number to the bit. What is done, in one walk from the leaves: an operation
that changes nothing is its operand; equal operations are one; operations on numbers alone are
done; `scatter_add` and `scatter_set` of one place a row become a comparison. Then what nobody reads
is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from ..ops import REGISTRY, Spec
from .graph import Graph, Node

Rewrite: TypeAlias = "Callable[[Rewriter, Node], int | None]"

KEPT = ("check",)  # done for its effect


class Rewriter:
    """A graph being written anew: `new` maps old values to new ones."""

    def __init__(self, graph: Graph) -> None:
        self.old = graph
        self.graph = Graph(graph.name, list(graph.leaves))
        self.new: dict[int, int] = {leaf.number: leaf.number for leaf in graph.leaves}
        self.specs: dict[int, Spec] = {leaf.number: leaf.spec for leaf in graph.leaves}
        self.made: dict[int, Node] = {}
        self.known: dict[Any, int] = {}  # what was computed already
        self.count = 1 + max([*graph.specs(), -1])

    def add(self, op: str, operands: tuple[int, ...], attrs: dict[str, Any], origin: str) -> int:
        """The value of an operation; an equal one that is there already is used again."""
        key = (op, operands, _hashable(attrs))
        if key in self.known:
            return self.known[key]
        infer = REGISTRY[op].infer
        assert infer is not None
        spec = infer(*(self.specs[operand] for operand in operands), **attrs)
        node = Node(self.count, op, operands, attrs, spec, origin)
        self.count += 1
        for rewrite in REWRITES:
            found = rewrite(self, node)
            if found is not None:
                self.known[key] = found
                return found
        self.graph.nodes.append(node)
        self.made[node.number], self.specs[node.number] = node, spec
        self.known[key] = node.number
        return node.number

    def number_of(self, value: int) -> Any:
        """The one number that all elements of a value are, or None if it is not constant."""
        node = self.made.get(value)
        while node is not None and node.op in ("expand", "reshape", "permute"):
            node = self.made.get(node.operands[0])
        if node is None or node.op != "const" or isinstance(node.attrs["value"], tuple):
            return None
        return np.dtype(node.spec.dtype).type(node.attrs["value"])

    def const(self, value: Any, spec: Spec, origin: str) -> int:
        """A constant: one number spread over a shape."""
        name = spec.dtype.name
        number = self.add("const", (), {"value": value, "dtype": name, "shape": ()}, origin)
        if spec.shape:
            number = self.add("expand", (number,), {"shape": spec.shape}, origin)
        return number


def simplify(graph: Graph) -> Graph:
    """The graph with everything done that needs no input."""
    work = Rewriter(graph)
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
        return work.const(_zero(node.spec), node.spec, node.origin)
    if node.op != "const" or not node.spec.shape or isinstance(node.attrs["value"], tuple):
        return None
    return work.const(node.attrs["value"], node.spec, node.origin)


def _zero(spec: Spec) -> Any:
    return False if spec.dtype.kind == "b" else 0.0 if spec.dtype.kind in "fV" else 0


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
    _one_place_a_row,
)  # fmt: skip


def _hashable(attrs: dict[str, Any]) -> Any:
    return tuple(sorted((key, repr(value)) for key, value in attrs.items()))
