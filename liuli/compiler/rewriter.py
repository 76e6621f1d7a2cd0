"""A graph being written anew, operation by operation, with rules that say what each becomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..ops import REGISTRY, Spec
from .graph import Graph, Node
from .parts import Box

Rewrite: TypeAlias = "Callable[[Rewriter, Node], int | None]"


class Rewriter:
    """`new` maps the values of the old graph to those of the new one."""

    def __init__(self, graph: Graph, rules: Sequence[Rewrite]) -> None:
        self.rules = rules
        self.graph = Graph(graph.name, list(graph.leaves))
        self.new: dict[int, int] = {leaf.number: leaf.number for leaf in graph.leaves}
        self.specs: dict[int, Spec] = {leaf.number: leaf.spec for leaf in graph.leaves}
        self.made: dict[int, Node] = {}
        self.known: dict[Any, int] = {}  # what was computed already
        self.boxes: dict[int, Box | None] = {}  # where updates write
        self.laid: set[int] = set()  # views of values that lie in another order: layout.py
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
        for rewrite in self.rules:
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

    def view(self, op: str, x: int, origin: str, **attrs: Any) -> int:
        """A view of one value."""
        return self.add(op, (x,), attrs, origin)

    def seen(self, x: int, views: Sequence[tuple[str, dict[str, Any]]], origin: str) -> int:
        """A value through one view after the other."""
        for op, attrs in views:
            x = self.add(op, (x,), attrs, origin)
        return x


def zero(spec: Spec) -> Any:
    """Nothing, in a dtype."""
    return False if spec.dtype.kind == "b" else 0.0 if spec.dtype.kind in "fV" else 0


def _hashable(attrs: dict[str, Any]) -> Any:
    return tuple(sorted((key, repr(value)) for key, value in attrs.items()))
