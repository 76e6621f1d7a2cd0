"""Which elements of a value an `update` writes: boxes of places, and chains of boxes.

An operation of `IN_PLACE` makes a new value that is the old one but for some elements. In a kernel
it writes only these, into the memory of the old value, which nobody else reads.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from ..ops import REGISTRY, Spec
from .access import Affine, Place, home, through
from .emit.pointwise import supported
from .graph import Graph, Node

IN_PLACE = ("update", "scatter_add", "scatter_set")
Specs: TypeAlias = "Mapping[int, Spec]"
# Along each axis the first and the last place, and how far apart places are (0: one place).
Box: TypeAlias = "tuple[tuple[int, int, int], ...]"


def part(node: Node, specs: Specs, at: Place) -> Place | None:
    """Where in the old value of an update the element of the part at `at` lies.

    None if that is no affine function of the counters, or if elements of the part coincide.
    """
    if any(name in ("expand", "windows") for name, _ in node.attrs["where"]):
        return None
    below = [specs[node.operands[0]]]
    for name, attrs in node.attrs["where"]:
        infer = REGISTRY[name].infer
        assert infer is not None
        below.append(infer(below[-1], **attrs))
    for (name, attrs), spec in zip(reversed(node.attrs["where"]), below[-2::-1], strict=True):
        found = through(name, attrs, spec.shape, at)
        if found is None:
            return None
        at = found
    return at


def whole(node: Node, specs: Specs) -> Place | None:
    """The same for all elements of the part, over loops along its axes."""
    shape = specs[node.operands[1]].shape
    return part(node, specs, home(shape, range(len(shape)), len(shape)))


def box_of(node: Node, specs: Specs) -> Box | None:
    """The box that an update writes in; None if it cannot be told."""
    shape, at = specs[node.operands[1]].shape, whole(node, specs)
    if at is None or at.axes is None or not math.prod(shape):
        return None
    return tuple(_places(each, shape) for each in at.axes)


def _places(along: Affine, shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Which places an affine function of counters takes: first, last, and the step between."""
    fars = [c * (n - 1) for c, n in zip(along.coefs, shape, strict=True)]
    step = math.gcd(*(c for c, n in zip(along.coefs, shape, strict=True) if n > 1))
    return (along.const + sum(min(0, far) for far in fars),
            along.const + sum(max(0, far) for far in fars), step)  # fmt: skip


def apart(a: Box, b: Box) -> bool:
    """Whether two boxes share no element: one ends before the other, or they interlace."""
    return any(map(_meet_nowhere, a, b))


def _meet_nowhere(a: tuple[int, int, int], b: tuple[int, int, int]) -> bool:
    for few, many in ((a, b), (b, a)):
        if few[1] - few[0] <= few[2]:  # two places, or one
            return not any(
                many[0] <= place <= many[1] and (place - many[0]) % max(many[2], 1) == 0
                for place in few[:2]
            )
    return a[1] < b[0] or b[1] < a[0] or (a[0] - b[0]) % math.gcd(a[2], b[2]) != 0


def covers(nodes: list[Node], specs: Specs) -> bool:
    """Whether updates of one value, none of which writes where another does, write all of it."""
    written = sum(math.prod(specs[node.operands[1]].shape) for node in nodes)
    if written != math.prod(nodes[0].spec.shape):
        return False
    boxes = [box_of(node, specs) for node in nodes if node.op == "update"]
    known = [box for box in boxes if box is not None]
    return len(known) == len(nodes) and all(
        apart(a, b) for i, a in enumerate(known) for b in known[:i]
    )


# --- memory ---------------------------------------------------------------------------------------
def in_place(node: Node, specs: Specs) -> bool:
    """Whether there is a kernel that writes this operation's part."""
    if node.op not in IN_PLACE or not supported("add", node.spec.dtype.name):
        return False
    if node.op == "update":
        return whole(node, specs) is not None
    batch, shape = node.attrs["batch"], node.spec.shape
    index, source = (specs[operand].shape for operand in node.operands[1:])
    return batch < 2 and len(shape) == batch + 2 and source == (*index, shape[-1])


def owned(graph: Graph) -> Graph:
    """The graph in which every operation in place has memory that nobody else reads.

    Where the old value has other readers, it is copied before; and where it is no memory at all,
    such as zeros, but not if all of it is going to be written anyway.
    """
    specs, memory = graph.specs(), memory_of(graph)
    readers, number = _readers(graph), 1 + max([*specs, -1])
    after = {node.operands[0]: node for node in graph.nodes if in_place(node, specs)}
    nodes: list[Node] = []
    for node in graph.nodes:
        if in_place(node, specs) and node.operands[0] not in memory:
            chain = [node]
            while readers[chain[-1].number] == 1 and chain[-1].number in after:
                chain.append(after[chain[-1].number])
            if not any(covers(chain[: i + 1], specs) for i in range(len(chain))):
                old = node.operands[0]
                nodes.append(Node(number, "copy", (old,), {}, specs[old], node.origin))
                node = replace(node, operands=(number, *node.operands[1:]))
                number += 1
        nodes.append(node)
    return Graph(graph.name, graph.leaves, nodes, graph.assigns, graph.outputs)


def memory_of(graph: Graph) -> dict[int, int]:
    """Values whose memory an operation in place takes over, and the value that is there last."""
    specs, readers = graph.specs(), _readers(graph)
    fresh = {n.number for n in graph.nodes if n.op == "copy" or in_place(n, specs)}
    found: dict[int, int] = {}
    for node in reversed(graph.nodes):
        old = node.operands[0] if node.operands else -1
        if old in fresh and readers[old] == 1 and in_place(node, specs):
            found[old] = found.get(node.number, node.number)
    return found


def _readers(graph: Graph) -> Counter[int]:
    """How often each value is read, by operations, as a result, for state."""
    outside = [*graph.outputs, *(value for _, value in graph.assigns)]
    return Counter([*outside, *(value for node in graph.nodes for value in node.operands)])
