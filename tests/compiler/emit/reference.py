"""What a kernel computes, said directly in NumPy: slow, plain, in float64 where sums are made.

`run(kernel, arrays)` changes `arrays`, the flat memory of the buffers, as one call over all chunks
does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from liuli.compiler.kernels import (
    Accumulator,
    Apply,
    Check,
    Const,
    ContractKernel,
    Counter,
    Instruction,
    Kernel,
    Load,
    LoopKernel,
    Reduce,
    Store,
)
from liuli.ops import REGISTRY

Array = np.ndarray[Any, Any]


def run(kernel: Kernel, arrays: Sequence[Array]) -> None:
    """Compute all of it."""
    with np.errstate(all="ignore"):
        if isinstance(kernel, ContractKernel):
            _contract(kernel, arrays)
            return
        extents = kernel.extents
        grid = list(np.indices(extents)) if extents else []
        if _in_order(kernel):
            for point in np.ndindex(extents):
                _body(kernel.body, arrays, [np.array(i) for i in point], None)
            return
        reduced = None
        if kernel.reduces:
            reduced = 0 if kernel.reduces == "across" else len(extents) - 1
        _body(kernel.body, arrays, grid, reduced)


def _in_order(kernel: LoopKernel) -> bool:
    """Whether elements read what others have written: sums by scattering."""
    read = {each.buffer for each in kernel.body if isinstance(each, Load)}
    return any(isinstance(each, Store) and each.buffer in read and each.index is not None
               for each in kernel.body)  # fmt: skip


def _contract(kernel: ContractKernel, arrays: Sequence[Array]) -> None:
    shape, every = [axis.extent for axis in kernel.axes], list(range(len(kernel.axes)))

    def side(array: Array, offset: int, strides: list[int]) -> Array:
        begin = array.astype(np.float64)[offset:]
        return as_strided(begin, shape, [8 * stride for stride in strides])

    a = side(arrays[0], kernel.a_offset, [axis.a for axis in kernel.axes])
    b = side(arrays[1], kernel.b_offset, [axis.b for axis in kernel.axes])
    outer = [i for i, axis in enumerate(kernel.axes) if axis.role != "k"]
    total = np.einsum(a, every, b, every, outer)
    kept = [axis.extent for axis in kernel.axes if axis.role != "k"]
    total = np.asarray(total).reshape(kept).astype(kernel.dtype)
    _body(kernel.body, arrays, list(np.indices(kept)) if kept else [], None, total)


def _body(
    body: Sequence[Instruction],
    arrays: Sequence[Array],
    grid: list[Array],
    reduced: int | None,
    total: Array | None = None,
) -> None:
    """All instructions, each for all points of the loops at once; stores in the end."""
    values: list[Any] = []
    stores: list[Store] = []
    for each in body:
        made: Any = None
        match each:
            case Load():
                made = arrays[each.buffer][_place(each, grid, values)]
            case Const():
                made = np.full(_shape(grid), each.value, each.dtype)
            case Counter():
                made = np.asarray(grid[each.axis], each.dtype)
            case Apply():
                made = _apply(each, [values[i] for i in each.operands])
            case Reduce():
                assert reduced is not None
                made = _reduce(each, values[each.operand], reduced, _shape(grid))
            case Accumulator():
                made = total
            case Store():
                stores.append(each)
            case Check():
                _check(each, values[each.operand], arrays[each.status], _shape(grid))
        values.append(made)
    for store in stores:
        arrays[store.buffer][_place(store, grid, values)] = values[store.operand]


def _shape(grid: list[Array]) -> tuple[int, ...]:
    return grid[0].shape if grid else ()


def _place(each: Load | Store, grid: list[Array], values: list[Any]) -> Array:
    place = np.full(_shape(grid), each.offset, np.int64)
    for counter, stride in zip(grid, each.strides, strict=True):
        place = place + counter * stride
    if each.index is not None:
        place = place + values[each.index] * each.index_stride
    return np.asarray(place)


def _apply(each: Apply, operands: list[Array]) -> Array:
    if each.op == "cast":
        return np.asarray(operands[0].astype(each.dtype))
    return np.asarray(REGISTRY[each.op].forward(*operands)).astype(each.dtype)


def _reduce(each: Reduce, value: Array, axis: int, shape: tuple[int, ...]) -> Array:
    rule: Any = {"sum": np.sum, "prod": np.prod, "max": np.max, "min": np.min}[each.op]
    wide = np.float64 if each.dtype.startswith("float") else each.dtype
    made = rule(np.broadcast_to(value, shape).astype(wide), axis=axis, keepdims=True)
    return np.broadcast_to(made.astype(each.dtype), shape)


def _check(each: Check, value: Array, status: Array, shape: tuple[int, ...]) -> None:
    good = np.broadcast_to((value >= each.low) & (value < each.high), shape).reshape(-1)
    if not good.all():
        place = int(np.argmin(good))
        found = np.broadcast_to(value, shape).reshape(-1)[place]
        status[:3] = 1, int(found), place
