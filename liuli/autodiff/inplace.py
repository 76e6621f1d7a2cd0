"""Writing into a tensor's memory, so that every view sees it and every gradient stays right."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..errors import DTypeError, GradientError, ShapeError
from . import arithmetic as A
from .describe import rows
from .node import Edge, Leaf, Node
from .reductions import axis_of
from .shapes import expand
from .state import STATE, sequence
from ..storage import Storage
from .tensor import Operand, Tensor, View, apply, edge_of, fresh, make, new_node

_UPDATE = ops.index.update


def check_writable(target: Tensor) -> None:
    """Errors: LL414 for a leaf that wants a gradient, LL416 for memory that elements share."""
    if STATE.grad:
        base = target._base
        owner = edge_of(target if base is None else base)
        if isinstance(owner, Leaf):
            raise GradientError("LL414" if base is None else "LL415", shape=target._array.shape)
    array = target._array
    steps = zip(array.strides, array.shape, strict=True)
    shared = array.size > 0 and any(s == 0 and n > 1 for s, n in steps)
    if shared or not array.flags.writeable:
        raise ShapeError("LL416" if shared else "LL423", shape=target._array.shape)


def write(target: Tensor, value: Tensor, derived: bool = False) -> Tensor:
    """target <- value, both of one shape and dtype; the history of every view follows.

    `derived`: the value was computed from the target, so its history holds the target's.
    """
    check_writable(target)
    edge = edge_of(value) if STATE.grad else None
    if STATE.grad and (edge is not None or edge_of(target) is not None):
        _rewrite_history(target, value, edge, derived)
    if value._array is not target._array:
        np.copyto(target._array, value._array)
    target._storage.version += 1
    if STATE.recorder is not None:
        STATE.recorder.write(target, value)
    return target


def _rewrite_history(target: Tensor, value: Tensor, edge: Edge, derived: bool) -> None:
    """The base's history becomes: what it was, updated where `target` looks."""
    view = target._view
    base, where = target, ()
    if view is not None and view.base is not None:
        base, where = view.base, view.from_base()
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
    method.__doc__ = f"`{name or function.__name__}` in place: the result is written into this tensor."
    return method


def finish(self: Tensor, value: Tensor, start: int, name: str, derived: bool = True) -> Tensor:
    """Write `value`, computed from `self` by nodes numbered from `start` on, into `self`."""
    if value._array.shape != self._array.shape:
        raise ShapeError("LL117", rows=rows(self=self, result=value), op=name,
                         shape=tuple(self.shape), result=tuple(value.shape))  # fmt: skip
    if value._array.dtype != self._array.dtype:
        if value.dtype.category > self.dtype.category:
            raise DTypeError("LL206", op=name, result=value.dtype, target=self.dtype)
        value = A.cast(value, self.dtype)
    edge = value._edge
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
        if not isinstance(node, Node) or node.order < start or not node.kept:
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
        STATE.recorder.alias(copy, make(array, storage, None, View(None, chain, None) if chain else None))
    return copy


def _rehome(node: Node, value: Tensor, target: Tensor) -> None:
    """A kept result now lives in the target: it is watched there, and not kept twice."""
    chain = target._view.chain if target._view else ()
    for i, item in enumerate(node.kept or ()):
        if type(item) is tuple and len(item) == 4 and item[1] is value._storage:
            node.kept[i] = (target._array, target._storage, target._storage.version, chain)  # type: ignore[index]


def as_value(target: Tensor, value: Any) -> Tensor:
    """`value`, a number or tensor, in the shape and dtype of `target`. Errors: LL102."""
    if not isinstance(value, Tensor):
        array = np.asarray(value)
        value = fresh(array) if array.ndim else constant(array.item(), target.dtype.name)
    value = A.cast(value, target.dtype)
    shape = target._array.shape
    if value._array.shape == shape:
        return value
    while value.ndim > len(shape) and value._array.shape[0] == 1:  # leading axes of length 1 may go
        value = value.squeeze(0)
    return expand(value, shape)


def constant(value: Any, dtype: str) -> Tensor:
    """A 0-d tensor of one number."""
    return apply(ops.state.const, value=value, dtype=dtype)


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Write the elements of `src`, broadcast and cast, into this tensor."""
    return write(self, _apart_from(as_value(self, src), self))


def _apart_from(value: Tensor, target: Tensor) -> Tensor:
    """`value`, copied first if it looks into the memory that is about to be written."""
    same = value._storage.value is target._storage.value
    return value.clone() if same and value is not target else value


def fill_(self: Tensor, value: Any) -> Tensor:
    """Write one number into every element."""
    return write(self, as_value(self, value))


def zero_(self: Tensor) -> Tensor:
    """Write 0 into every element."""
    return write(self, as_value(self, 0))


# --- at computed positions --------------------------------------------------------------------
def _moved(input: Tensor, dim: int) -> tuple[Tensor, int]:
    axis = axis_of(input, dim)
    return input.movedim(axis, 0), axis


def _rows(input: Tensor, dim: int, index: Tensor) -> tuple[Tensor, Tensor, int]:
    if index.ndim > 1:
        raise ShapeError("LL118", shape=tuple(index.shape))
    moved, axis = _moved(input, dim)
    return moved, checked(index.reshape(-1), moved._array.shape[0]), axis


def checked(index: Tensor, size: int) -> Tensor:
    """`index` with negative numbers counted from the end. Errors: LL302 outside, LL207 if not whole."""
    if index._array.dtype.kind not in "iu":
        raise DTypeError("LL207", dtype=index.dtype)
    index = A.cast(index, ops.elementwise.dt.int64)
    facts = {"size": size}
    index = apply(ops.state.check, index, low=-size, high=size, code="LL302", facts=facts)
    return apply(ops.elementwise.where, A.lt(index, 0), A.add(index, size), index)


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """`source` rows added to the rows of `input` that `index` names."""
    moved, rows, axis = _rows(input, dim, index)
    src = source.movedim(axis, 0) if source.ndim else source.reshape(1)
    src = A.cast(src if alpha == 1 else src * alpha, input.dtype)
    return apply(ops.index.scatter_add, moved, rows, src, batch=0).movedim(0, axis)


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """`source` rows in place of the rows of `input` that `index` names."""
    moved, rows, axis = _rows(input, dim, index)
    src = A.cast(source.movedim(axis, 0) if source.ndim else source.reshape(1), input.dtype)
    return apply(ops.index.scatter_set, moved, rows, src, batch=0).movedim(0, axis)


def index_fill(input: Tensor, dim: int, index: Tensor, value: Operand) -> Tensor:
    """One number in the rows of `input` that `index` names."""
    moved, rows, axis = _rows(input, dim, index)
    shape = (*rows._array.shape, *moved._array.shape[1:])
    number = value if isinstance(value, Tensor) else constant(value, input.dtype.name)
    src = expand(A.cast(number, input.dtype), shape)
    return apply(ops.index.scatter_set, moved, rows, src, batch=0).movedim(0, axis)


def masked_fill(input: Tensor, mask: Tensor, value: Operand) -> Tensor:
    """`value` where the mask holds."""
    filled = A.cast(value, input.dtype) if isinstance(value, Tensor) else value
    if not isinstance(filled, Tensor):
        filled = constant(filled, input.dtype.name)
    return apply(ops.elementwise.where, A.cast(mask, "bool"), filled, input)


def _scatter(input: Tensor, dim: int, index: Tensor, src: Any, how: str | None) -> Tensor:
    """Elements of `src` to the places that `index` names along `dim`."""
    axis = axis_of(input, dim)
    if not input.ndim:
        return _scatter(input.reshape(1), 0, index.reshape(-1), src, how).reshape(())
    if not isinstance(src, Tensor):
        src = expand(constant(src, input.dtype.name), index.shape)
    places = checked(index, input._array.shape[axis])
    part = src
    for i, n in enumerate(index._array.shape):
        part = part.narrow(i, 0, n)
    part = A.cast(part, input.dtype)
    inner = input
    for i, n in enumerate(index._array.shape):
        if i != axis and n != input._array.shape[i]:
            inner = inner.narrow(i, 0, n)
    op = ops.index.scatter_set if how is None else ops.index.scatter_add
    moved = [x.movedim(axis, -1) for x in (inner, places, part)]
    result = apply(op, *moved, batch=input.ndim - 1).movedim(-1, axis)
    if inner is input:
        return result
    where = inner._view.chain[len(input._view.chain) if input._view else 0 :] if inner._view else ()
    return apply(_UPDATE, input, result, where=where)


def scatter(input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None,
            reduce: str | None = None) -> Tensor:  # fmt: skip
    """`src` (a tensor or number) written to the places `index` names along `dim`."""
    src = value if src is None else src
    if reduce == "multiply":
        ones = A.add(A.mul(input, 0), 1)
        return A.mul(input, _scatter(ones, dim, index, src, None))
    return _scatter(input, dim, index, src, reduce)


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """`src` added at the places `index` names along `dim`; repeated places add up."""
    return _scatter(input, dim, index, src, "add")


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """The first elements of `source`, one after another, where the mask holds."""
    chosen = A.cast(mask, "bool").expand(input.shape)
    order = A.cast(chosen, "int64").reshape(-1).cumsum(0) - 1
    taken = source.reshape(-1)[order.clamp(min=0).clamp(max=max(source.numel() - 1, 0))]
    return apply(ops.elementwise.where, chosen, A.cast(taken.reshape(input.shape), input.dtype), input)
