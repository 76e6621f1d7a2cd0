"""Writing into a tensor's memory, so that every view sees it and every gradient stays right."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..errors import DTypeError, GradientError, ShapeError
from ..ops.views import Chain
from ..storage import Storage
from .describe import rows
from .node import Edge, Leaf, Node
from .state import STATE, sequence
from .tensor import Tensor, View, apply, edge_of, make, new_node

_UPDATE = ops.index.update
_WHOLE: Chain = ()  # the view of a tensor that looks at all of it


def check_history(target: Tensor) -> None:
    """Errors: LL414 and LL415 for a leaf that wants a gradient, and for a view of one."""
    if STATE.grad:
        base = target._base
        owner = edge_of(target if base is None else base)
        if isinstance(owner, Leaf):
            raise GradientError("LL414" if base is None else "LL415", shape=target._array.shape)
        if base is not None and owner is None and isinstance(edge_of(target), Leaf):
            raise GradientError("LL414", shape=target._array.shape)


def check_writable(target: Tensor) -> None:
    """Errors: as check_history; LL416 for memory that elements share, LL423 if it is read-only."""
    if target._pending and not target.requires_grad:
        return  # checked when it is written
    check_history(target)
    array = target._array
    steps = zip(array.strides, array.shape, strict=True)
    shared = array.size > 0 and any(s == 0 and n > 1 for s, n in steps)
    if shared or not array.flags.writeable:
        raise ShapeError("LL416" if shared else "LL423", shape=target._array.shape)


def write(target: Tensor, value: Tensor, derived: bool = False) -> Tensor:
    """target <- value, both of one shape and dtype; the history of every view follows.

    `derived`: the value was computed from the target, so its history holds the target's.
    """
    if STATE.capture is not None:
        return STATE.capture.write(target, value, derived)  # type: ignore[no-any-return]
    check_writable(target)
    edge = edge_of(value) if STATE.grad else None
    if STATE.grad and (edge is not None or edge_of(target) is not None):
        _rewrite_history(target, value, edge, derived)
    if STATE.recorder is not None:
        STATE.recorder.before_write(target)
    if value._array is not target._array:
        np.copyto(target._array, value._array)
    target._storage.version += 1
    if STATE.recorder is not None:
        STATE.recorder.write(target, value)
    return target


def _rewrite_history(target: Tensor, value: Tensor, edge: Edge, derived: bool) -> None:
    """The base's history becomes: what it was, updated where `target` looks."""
    base, where = target, _WHOLE
    if target._base is not None and target._view is not None:
        base, where = target._base, target._view.from_base()
    elif derived:
        target._edge = edge
        return
    old = edge_of(base)
    node = new_node(_UPDATE, {"where": where}, (old, edge), base._array)
    node.kept = [value._array.shape if source < 0 else None for source in node.plan.keep]
    base._edge = node
    edge_of(target)  # views make their history anew from the base's


def in_place(function: Callable[..., Tensor], name: str = "") -> Callable[..., Tensor]:
    """The method that writes what `function` computes into its first operand."""

    @functools.wraps(function)
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        check_writable(self)
        start = next(sequence)
        value = function(self, *args, **kwargs)
        return finish(self, value, start, name or function.__name__)

    method.__name__ = method.__qualname__ = (name or function.__name__) + "_"
    method.__doc__ = (
        f"`{name or function.__name__}` in place: the result is written into this tensor."
    )
    return method


def finish(self: Tensor, value: Tensor, start: int, name: str, derived: bool = True) -> Tensor:
    """Write `value`, computed from `self` by nodes numbered from `start` on, into `self`."""
    if value._array.shape != self._array.shape:
        raise ShapeError("LL117", rows=rows(self=self, result=value), op=name,
                         shape=tuple(self.shape), result=tuple(value.shape))  # fmt: skip
    if value._array.dtype != self._array.dtype:
        if value.dtype.category > self.dtype.category:
            raise DTypeError("LL206", op=name, result=value.dtype, target=self.dtype)
        value = apply(ops.elementwise.cast, value, dtype=self.dtype.name)
    edge = value._edge if value.requires_grad else None
    if isinstance(edge, Node):
        _preserve(edge, self, start)
    write(self, value, derived)
    if isinstance(edge, Node) and edge.kept and edge.op is not None:
        _rehome(edge, value, self)
    return self


def _preserve(edge: Node, target: Tensor, start: int) -> None:
    """Nodes made by this very operation keep a copy of what it is about to overwrite."""
    stack: list[Any] = [edge]
    copies: dict[int, Any] = {}
    while stack:
        node = stack.pop()
        if not isinstance(node, Node) or node.order < start or node.kept is None:
            continue
        for i, item in enumerate(node.kept):
            if type(item) is tuple and len(item) == 4 and item[1] is target._storage:
                if id(item[0]) not in copies:
                    copies[id(item[0])] = _copy_of(item)
                copy = copies[id(item[0])]
                node.kept[i] = (copy._array, copy._storage, 0, ())
        stack += node.edges


def _copy_of(item: Any) -> Tensor:
    """What a kept value holds now, in memory of its own; for a recorder the same value."""
    array, storage, _, chain = item
    duplicate = array.copy()
    copy = make(duplicate, Storage(duplicate))
    if STATE.recorder is not None:
        STATE.recorder.alias(
            copy, make(array, storage, None, View(None, chain, None) if chain else None)
        )
    return copy


def _rehome(node: Node, value: Tensor, target: Tensor) -> None:
    """A kept result now lives in the target: it is watched there, and not kept twice."""
    chain = target._view.chain if target._view else ()
    for i, item in enumerate(node.kept or ()):
        if type(item) is tuple and len(item) == 4 and item[1] is value._storage:
            node.kept[i] = (target._array, target._storage, target._storage.version, chain)  # type: ignore[index]
