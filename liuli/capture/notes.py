"""Noting what a loop does while it runs eagerly, to find that it does the same again."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Sequence
from typing import Any

from ..autodiff.node import Leaf, Node
from ..autodiff.state import here
from ..autodiff.tensor import Tensor, edge_of
from .events import (
    GIVEN,
    MADE,
    PLAIN,
    PLAINS,
    SLOPE,
    Event,
    Operand,
    is_plain,
    layers_running,
)
from .memory import layout_of
from .pending import known_of

MOST = 1000  # events of a segment


class RefusedError(Exception):
    """Something that no segment can hold."""


def form_of(array: Any, leaf: bool) -> tuple[Any, ...]:
    """What two tensors have in common that the same program takes."""
    return array.shape, array.dtype, leaf, layout_of(array)


class Outside:
    """A tensor that a segment uses and did not make."""

    __slots__ = ("form", "leaf", "ref", "written")

    def __init__(self, t: Tensor) -> None:
        edge = edge_of(t)
        if edge is not None and (type(edge) is not Leaf or edge.hooks or edge.after):
            raise RefusedError("a tensor from before has a history, or hooks")
        self.ref = weakref.ref(t)
        self.leaf = edge is not None
        self.form = form_of(t._array, self.leaf)
        self.written = False


class Notes:
    """The events of one segment, in order."""

    def __init__(self, detailed: bool = False, why: str = "") -> None:
        self.why = why  # why what came before could not be noted
        self.detailed = detailed  # whether to note lines and layers, which takes longer
        self.events: list[Event] = []
        self.made: list[weakref.ref[Tensor] | None] = []
        self.outside: list[Outside] = []
        self.numbers: dict[int, Operand] = {}  # by the id of a tensor
        self.optimizers: list[Any] = []

    def operand(self, x: Any) -> Operand:
        """Where an operand comes from."""
        if isinstance(x, Tensor):
            kind, number = self.numbers.get(id(x), ("", 0))
            known = (self.made[number] if kind == MADE else
                     self.outside[number].ref if kind else None)  # fmt: skip
            if known is not None and known() is x:
                return kind, number
            if x._edge is None and any(event.kind == "backward" for event in self.events):
                for number, g, _ in self.gradients():
                    if g is x:
                        return SLOPE, number
            self.outside.append(Outside(x))
            found = self.numbers[id(x)] = GIVEN, len(self.outside) - 1
            return found
        if type(x) not in PLAINS:
            raise RefusedError(f"an operand is of type {type(x).__name__}")
        return PLAIN, x

    def made_by(self, x: Tensor) -> bool:
        """Whether an event made `x`."""
        kind, number = self.numbers.get(id(x), ("", 0))
        ref = self.made[number] if kind == MADE else None
        return ref is not None and ref() is x

    def add(self, kind: str, what: Any, operands: Sequence[Operand], attrs: dict[str, Any],
            made: Tensor | None = None) -> Event:  # fmt: skip
        """Note one event, which has happened."""
        if not is_plain(attrs) or len(self.events) >= MOST:
            raise RefusedError("it is very long, or an option is no plain value")
        if kind == "write":
            source, number = operands[0]
            if source not in (GIVEN, SLOPE):
                raise RefusedError("what was just computed is written in place")
            if source == GIVEN:
                self.outside[number].written = True
        event = Event(kind, what, tuple(operands), attrs)
        if self.detailed:
            event.origin.place = here(2)
            event.layers = layers_running(sys._getframe(2)) if made is not None else []
        if made is not None:
            known = known_of(made)
            event.known = known if kind != "detach" else known._replace(view=True)
            self.numbers[id(made)] = MADE, len(self.events)
        self.events.append(event)
        self.made.append(None if made is None else weakref.ref(made))
        return event

    def gradients(self) -> list[tuple[int, Any, int]]:
        """The gradient that each leaf has, and how often it was written."""
        found = []
        for number, outside in enumerate(self.outside):
            t = outside.ref()
            if outside.leaf and t is not None:
                g = t._grad
                found.append((number, g, g._storage.version if isinstance(g, Tensor) else -1))
        return found

    def key(self) -> tuple[Any, ...]:
        """What two segments that do the same have in common."""
        return (tuple(event.key() for event in self.events),
                tuple(outside.form for outside in self.outside))  # fmt: skip

    def living(self) -> list[int]:
        """The events whose tensors somebody still holds."""
        return [i for i, ref in enumerate(self.made) if ref is not None and ref() is not None]

    def settled(self) -> bool:
        """Whether no living tensor has a history that backward could still follow."""
        alive = (ref() for ref in self.made if ref is not None)
        return all(t is None or _is_spent(edge_of(t)) for t in alive)


def _is_spent(edge: Any) -> bool:
    """Whether what is kept for the gradient rules of a history was freed."""
    stack = [edge]
    while stack:
        node = stack.pop()
        if type(node) is Node:
            if node.hooks or node.retained or (node.plan.values and node.kept is not None):
                return False
            stack += node.edges
        elif node is not None and type(node) is not Leaf:
            return False
    return True
