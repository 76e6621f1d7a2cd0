"""Views and their adjoints.

A view renames positions and copies nothing: reshape permute expand slice diagonal windows.
The adjoint of slice is `pad`, of windows `fold`; expand's is a sum, diagonal's an `update`.

A *chain* is a sequence of (view name, attributes): how a tensor looks into its storage.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..errors import ArgumentError, Row, ShapeError
from ..messages.hints import broadcast_fix, differing
from .op import REGISTRY, Array, Op, Sample, Shape, Spec, register, sample

Step: TypeAlias = "tuple[str, dict[str, Any]]"
Chain: TypeAlias = "tuple[Step, ...]"


def _view(name: str, forward: Any, rule: Any, samples: Any, shape_of: Any = None) -> Op:
    """A view; or, with a rule `shape_of` for the result's shape, the adjoint of one."""

    def infer(x: Spec, **attrs: Any) -> Spec:
        if shape_of is not None:
            return Spec(shape_of(x.shape, **attrs), x.dtype)
        blank = np.broadcast_to(np.zeros((), x.dtype), x.shape)  # no memory, whatever the shape
        return Spec(forward(blank, **attrs).shape, x.dtype)

    op = Op(
        name, forward, operands=["x"], rules=[rule], infer=infer, samples=samples, family="views"
    )
    op.is_view = shape_of is None
    return register(op)


def _on(*attrs: dict[str, Any], shape: Shape = (2, 3, 4)) -> Callable[..., list[Sample]]:
    def samples(rng: np.random.Generator) -> list[Sample]:
        return [sample(rng.uniform(-2, 2, shape), **each) for each in attrs]

    return samples


def _expand(x: Array, *, shape: Shape) -> Array:
    if x.shape == shape:
        return x
    wide = np.broadcast_to(x, shape)
    if x.flags.writeable:  # one element of it may be written, as through any other view
        wide.flags.writeable = True
    return wide


def _expand_adjoint(g: Any, x_shape: Shape, shape: Shape, F: Any) -> Any:
    return sum_to(F, g, x_shape)


def sum_to(F: Any, g: Any, shape: Shape) -> Any:
    """`g` summed over the axes along which `shape` was broadcast to its shape."""
    extra = len(g.shape) - len(shape)
    axes = tuple(range(extra)) + tuple(
        extra + i for i, n in enumerate(shape) if n == 1 and g.shape[extra + i] != 1
    )
    if axes:
        g = F.sum(g, axes=axes, keepdims=False)
    return g if tuple(g.shape) == shape else F.reshape(g, shape=shape)


reshape = _view(
    "reshape", lambda x, *, shape: x.reshape(shape),
    lambda g, x_shape, F: F.reshape(g, shape=x_shape),
    _on({"shape": (6, 4)}, {"shape": (2, 3, 2, 2)}, {"shape": (24,)}),
)  # fmt: skip
permute = _view(
    "permute", lambda x, *, axes: x.transpose(axes),
    lambda g, axes, F: F.permute(g, axes=tuple(int(i) for i in np.argsort(axes))),
    _on({"axes": (2, 0, 1)}, {"axes": (0, 1, 2)}),
)  # fmt: skip
expand = _view(
    "expand", _expand, _expand_adjoint,
    _on({"shape": (5, 2, 3, 4)}, {"shape": (2, 3, 4)}),
)  # fmt: skip


Index: TypeAlias = "tuple[int | tuple[int, int, int], ...]"


@lru_cache(maxsize=4096)
def slices(index: Index) -> tuple[Any, ...]:
    """NumPy's key for (start, length, step), or one position, of every axis."""
    key: list[Any] = []
    for part in index:
        if isinstance(part, int):
            key.append(part)
            continue
        start, length, step = part
        stop = start + length * step
        key.append(slice(start, stop if stop >= 0 else None, step) if length else slice(0, 0))
    return (*key, ...)  # with the Ellipsis a single element stays a view


def _slice(x: Array, *, index: Index) -> Array:
    found: Array = x[slices(index)]
    return found


def _slice_adjoint(g: Any, x_shape: Shape, index: Index, F: Any) -> Any:
    whole = tuple((part, 1, 1) if isinstance(part, int) else part for part in index)
    lengths = tuple(length for _, length, _ in whole)
    if len(g.shape) != len(whole):
        g = F.reshape(g, shape=lengths)
    if any(step < 0 for _, _, step in whole):
        turned = ((n - 1, n, -1) if step < 0 else (0, n, 1) for _, n, step in whole)
        g = F.slice(g, index=tuple(turned))
    low, high, interior = [], [], []
    for (start, length, step), n in zip(whole, x_shape, strict=True):
        stride = -step if step < 0 else step
        span = (length - 1) * stride + 1 if length else 0
        first = start + (length - 1) * step if step < 0 else start
        low.append(first if length else 0)
        high.append(n - low[-1] - span)
        interior.append(stride - 1)
    return F.pad(g, low=tuple(low), high=tuple(high), interior=tuple(interior), value=0)


slice_ = _view(
    "slice", _slice, _slice_adjoint,
    _on({"index": ((1, 1, 1), (0, 2, 2), (3, 4, -1))},
        {"index": ((0, 2, 1), (2, 2, -2), (0, 0, 1))}, {"index": (1, (0, 3, 1), 2)},
        {"index": (1, 2, 3)}),
)  # fmt: skip


def _diagonal(x: Array, *, offset: int, axis1: int, axis2: int) -> Array:
    found = np.diagonal(x, offset, axis1, axis2)
    if x.flags.writeable:  # NumPy hands it out read-only; ours is a view like any other
        found.flags.writeable = True
    return found


diagonal = _view(
    "diagonal", _diagonal,
    lambda g, x_shape, offset, axis1, axis2, F: F.update(
        F.zeros_like(g, shape=x_shape), g,
        where=(("diagonal", {"offset": offset, "axis1": axis1, "axis2": axis2}),),
    ),
    _on({"offset": 1, "axis1": 1, "axis2": 2}, {"offset": 0, "axis1": 0, "axis2": 2}),
)  # fmt: skip


def _windows(x: Array, *, axes: Shape, size: Shape, step: Shape, dilation: Shape) -> Array:
    shape, strides = list(x.shape), list(x.strides)
    for axis, k, s, d in zip(axes, size, step, dilation, strict=True):
        reach = d * (k - 1) + 1 if k else 0
        if k < 0 or min(s, d) < 1 or reach > shape[axis]:  # outside the memory
            raise ArgumentError("LL608", size=k, step=s, length=shape[axis])
        shape[axis] = (shape[axis] - d * (k - 1) - 1) // s + 1
        shape.append(k)
        strides.append(strides[axis] * d)
        strides[axis] *= s
    return as_strided(x, shape, strides, writeable=x.flags.writeable)


def _fold(
    x: Array, *, shape: Shape, axes: Shape, size: Shape, step: Shape, dilation: Shape
) -> Array:
    """The adjoint of windows: every window's numbers added back where they came from."""
    result = np.zeros(shape, x.dtype)
    for place in np.ndindex(*size):
        target: list[Any] = [slice(None)] * len(shape)
        for axis, i, s, d in zip(axes, place, step, dilation, strict=True):
            target[axis] = slice(i * d, i * d + (x.shape[axis] - 1) * s + 1, s)
        result[tuple(target)] += x[(..., *place)]
    return result


_WINDOWS = {"axes": (1, 2), "size": (2, 2), "step": (1, 2), "dilation": (2, 1)}
windows = _view(
    "windows", _windows,
    lambda g, x_shape, axes, size, step, dilation, F: F.fold(
        g, shape=x_shape, axes=axes, size=size, step=step, dilation=dilation
    ),
    _on(_WINDOWS, {"axes": (0,), "size": (2,), "step": (1,), "dilation": (1,)}, shape=(2, 5, 6)),
)  # fmt: skip
fold = _view(
    "fold", _fold,
    lambda g, axes, size, step, dilation, F: F.windows(
        g, axes=axes, size=size, step=step, dilation=dilation
    ),
    _on({"shape": (2, 5, 6), **_WINDOWS}, shape=(2, 3, 3, 2, 2)),
    lambda x_shape, shape, **attrs: shape,
)  # fmt: skip


def _padded(x_shape: Shape, low: Shape, high: Shape, interior: Shape) -> Shape:
    inner = (max(n + (n - 1) * i, 0) for n, i in zip(x_shape, interior, strict=True))
    return tuple(lo + n + hi for lo, n, hi in zip(low, inner, high, strict=True))


def _pad(x: Array, *, low: Shape, high: Shape, interior: Shape, value: Any = 0) -> Array:
    """Each axis dilated by `interior`, then padded; a negative `low` or `high` crops."""
    shape = _padded(x.shape, low, high, interior)
    result = np.full(shape, value, x.dtype)
    source, target = [], []
    for n, lo, size, i in zip(x.shape, low, shape, interior, strict=True):
        first = max(-(lo // (i + 1)), 0) if lo < 0 else 0  # the first that is not cropped
        last = min(n, -((lo - size) // (i + 1)))
        source.append(slice(first, max(last, first)))
        start = lo + first * (i + 1)
        count = max(last - first, 0)
        target.append(slice(start, start + (count - 1) * (i + 1) + 1 if count else start, i + 1))
    result[tuple(target)] = x[tuple(source)]
    return result


def _pad_adjoint(g: Any, x_shape: Shape, low: Shape, high: Shape, interior: Shape, F: Any) -> Any:
    flat = (0,) * len(low)
    if any(low) or any(high):
        g = F.pad(
            g, low=tuple(-n for n in low), high=tuple(-n for n in high), interior=flat, value=0
        )
    if any(interior):
        steps = zip(x_shape, interior, strict=True)
        g = F.slice(g, index=tuple((0, n, i + 1) for n, i in steps))
    return g


pad = _view(
    "pad", _pad, _pad_adjoint,
    _on({"low": (1, 0, -1), "high": (0, 2, -1), "interior": (0, 1, 0), "value": 0},
        {"low": (0, -1, 2), "high": (1, -1, -3), "interior": (2, 1, 1), "value": 1.5}),
    lambda x_shape, low, high, interior, value=0: _padded(x_shape, low, high, interior),
)  # fmt: skip


def follow(x: Array, chain: Chain) -> Array:
    """`x` looked at through `chain`, sharing memory wherever the views do."""
    for name, attrs in chain:
        x = REGISTRY[name].forward(x, **attrs)
    return x


def between(start: Chain, end: Chain, shape: Shape) -> Chain:
    """The steps from what `start` looks at to what `end` looks at, both from memory of `shape`.

    Where `end` does not begin with `start`, the steps of `start` are permutes and reshapes, and
    undone.
    """
    if end[: len(start)] == start:
        return end[len(start) :]
    shared = 0
    while shared < len(end) and end[shared] == start[shared]:
        shared += 1
    blank = follow(np.broadcast_to(np.zeros(()), shape), start[:shared])
    back: list[Step] = []
    for name, attrs in start[shared:]:
        if name == "permute":
            undone: dict[str, Any] = {"axes": tuple(int(i) for i in np.argsort(attrs["axes"]))}
        else:
            undone = {"shape": blank.shape}
        back.append((name, undone))
        blank = REGISTRY[name].forward(blank, **attrs)
    return (*reversed(back), *end[shared:])


def walk(F: Any, x: Any, chain: Chain) -> Any:
    """`x` read through `chain` with the operations of `F`."""
    for name, attrs in chain:
        x = getattr(F, name)(x, **attrs)
    return x


def check_broadcast(op: str, *shapes: Shape, rows: Callable[[], list[Row]] | None = None) -> Shape:
    """The shape that `shapes` broadcast to. Errors: LL101 with both shapes if they do not."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        names = ("a", "b", *(f"operand {i}" for i in range(2, len(shapes))))
        table = rows() if rows else [Row(*pair) for pair in zip(names, shapes, strict=False)]
        fix = broadcast_fix(shapes, [row.name for row in table])
        facts: dict[str, Any] = {"m": 0, "n": 0, "a": shapes[0], "b": shapes[-1]}
        facts |= differing(shapes)
        raise ShapeError("LL101", rows=table, op=op, fix=fix, **facts) from None


def size_of(shape: Shape) -> int:
    return math.prod(shape)
