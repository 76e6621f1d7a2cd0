"""What a loop does, event by event, in a form that can be compared, matched and done again."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np

from ..autodiff.engine import backward
from ..autodiff.node import Node
from ..autodiff.state import STATE, Place
from ..autodiff.tensor import Tensor, apply
from ..autodiff.writing import write
from ..dtypes import DType
from .checks import Labels
from .pending import Known

MADE, GIVEN, SLOPE, PLAIN = "made", "given", "slope", "plain"
# Made by event number i; outside number k; the gradient of outside number k; a plain value.
Operand = tuple[str, Any]
PLAINS = frozenset((bool, int, float, str, type(None)))


class Origin:
    """Who made a value, as a recorder asks: the layer and the user's line."""

    op = None

    def __init__(self, scope: tuple[str, ...], place: Place | None) -> None:
        self.scope, self.place = scope, place


class Event:
    """One thing that a loop did; `what` is the op, the function or the optimizer.

    kinds: "apply" an op, "call" a function that makes a tensor, "detach" a tensor from its history,
    "write" a value into a tensor, "backward" from a tensor, "step" of an optimizer.
    """

    __slots__ = ("attrs", "grad", "kind", "known", "labels", "layers", "layouts", "leaves",
                 "operands", "origin", "strict", "what")  # fmt: skip

    def __init__(self, kind: str, what: Any, operands: tuple[Operand, ...],
                 attrs: dict[str, Any]) -> None:  # fmt: skip
        self.kind, self.what, self.operands, self.attrs = kind, what, operands, attrs
        self.grad = STATE.grad
        self.strict = has_zero(tuple(attrs.values()))
        self.origin = Origin(STATE.scope, None)
        self.known: Known | None = None  # of the tensor that it made
        self.leaves: tuple[int, ...] = ()  # outsides that a backward gave a gradient
        self.layouts: dict[int, Any] = {}  # of those gradients, unless in C order
        self.labels: Labels | None = None  # which numbers are no labels
        self.layers: list[
            tuple[Any, tuple[str, ...]]
        ] = []  # modules that were running, inner first

    def key(self) -> tuple[Any, ...]:
        """What two equal events have in common."""
        operands = tuple((k, x if k != PLAIN else exactly(x)) for k, x in self.operands)
        return (self.kind, id(self.what), operands, exactly(self.attrs), self.grad, self.known,
                self.leaves)  # fmt: skip

    def moved(self, operands: tuple[Operand, ...]) -> Event:
        """The same event with its operands at other places."""
        made = copy.copy(self)
        made.operands = operands
        return made

    def has(self, attrs: dict[str, Any]) -> bool:
        """Whether these are its attributes."""
        return attrs == self.attrs and (not self.strict or exactly(attrs) == exactly(self.attrs))

    def tell(self, error: Exception) -> None:
        """Let the layers that were running say where an error arose, as they do."""
        for layer, scope in self.layers:
            STATE.scope = scope
            layer._say_where(error)

    def do(self, values: Sequence[Any], given: Sequence[Any]) -> Any:
        """Do it again, by the same public ways; the tensor that it makes."""
        STATE.grad, STATE.scope, STATE.origin = self.grad, self.origin.scope, self.origin  # type: ignore[assignment]
        if self.kind == "step":
            self.what._step()
            return None
        operands = [values[x] if k == MADE else given[x] if k == GIVEN else
                    given[x]._grad if k == SLOPE else x for k, x in self.operands]  # fmt: skip
        if self.kind == "backward":
            STATE.origin = None
            backward(operands[0])
            return None
        if self.kind == "write":
            write(*operands, **self.attrs)
            return None
        if self.kind == "call":
            return self.what(**self.attrs)
        if self.kind == "detach":
            return operands[0].detach()
        made = apply(self.what, *operands, **self.attrs)
        if isinstance(made._edge, Node) and self.origin.place is not None:
            made._edge.code, made._edge.instruction = self.origin.place
        return made


def layers_running(frame: FrameType | None) -> list[tuple[Any, tuple[str, ...]]]:
    """The modules whose call is running, and their scopes."""
    found = []
    while frame is not None:
        if frame.f_code.co_name == "__call__":
            names = frame.f_locals
            layer = names.get("self")
            if layer is not None and hasattr(layer, "_say_where") and "before" in names:
                found.append((layer, names["before"] + layer._scope))
        frame = frame.f_back
    return found


def has_zero(value: Any) -> bool:
    """Whether there is a 0.0 in it, which equals -0.0 and is another number."""
    if isinstance(value, (tuple, list)):
        return any(map(has_zero, value))
    return type(value) is float and value == 0


def is_plain(value: Any) -> bool:
    """Whether a value can be compared and kept."""
    if type(value) is dict:
        return all(map(is_plain, value.values()))
    if isinstance(value, (tuple, list)):
        return all(map(is_plain, value))
    return type(value) in PLAINS or isinstance(value, (np.dtype, DType))


def exactly(value: Any) -> Any:
    """A value that equals only itself: 1, 1.0 and True differ, and 0.0 and -0.0."""
    if type(value) is dict:
        return tuple((key, exactly(x)) for key, x in value.items())
    if isinstance(value, (tuple, list)):
        return type(value).__name__, *map(exactly, value)
    return type(value).__name__, repr(value)


def done_again(events: Sequence[Event], outputs: Sequence[int], outside: Sequence[Any],
               places: Sequence[int], optimizers: Any, *arguments: Tensor,
               ) -> tuple[Tensor, ...]:  # fmt: skip
    """A whole segment as a function of its arguments, which are outside at `places`."""
    values: list[Any] = []
    given = list(outside)
    for place, argument in zip(places, arguments, strict=True):
        given[place] = argument
    with as_before():
        for event in events:
            values.append(event.do(values, given))
    return tuple(values[i] for i in outputs)


@contextmanager
def as_before() -> Iterator[None]:
    """What this thread is doing is put back at the end; meanwhile nothing is captured."""
    state = STATE
    before = state.grad, state.scope, state.origin, state.capture
    state.capture = None
    try:
        yield
    finally:
        state.grad, state.scope, state.origin, state.capture = before
