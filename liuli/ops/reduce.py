"""Reductions over one or several axes. Attributes: `axes` (sorted, not negative), `keepdims`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .op import Array, Op, Sample, Shape, Spec, register, sample, widened


def spread(F: Any, g: Any, shape: Shape, axes: Shape, keepdims: bool) -> Any:
    """`g`, reduced over `axes`, put back to `shape`: each element to all it was made from."""
    if not keepdims:
        kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
        g = F.reshape(g, shape=kept)
    return F.expand(g, shape=shape)


def _infer(result: str | None = None) -> Callable[..., Spec]:
    def infer(x: Spec, *, axes: Shape, keepdims: bool = False) -> Spec:
        reduced = (
            (1 if i in axes else n) for i, n in enumerate(x.shape) if keepdims or i not in axes
        )
        return Spec(tuple(reduced), np.dtype(result) if result else x.dtype)

    return infer


def _samples(rng: np.random.Generator) -> list[Sample]:
    x = rng.permutation(24).reshape(2, 3, 4) / 10 - 1.15  # no ties
    return [
        sample(x, axes=(1,), keepdims=False),
        sample(x, axes=(0, 2), keepdims=True),
        sample(x, axes=(0, 1, 2), keepdims=False),
        sample(x[0, 0, 0], axes=(), keepdims=False),
        sample(np.zeros((0, 3)), axes=(1,), keepdims=False),
    ]


def _reduction(name: str, forward: Callable[..., Any], rule: Any = None, result: str = "") -> Op:
    return register(
        Op(name, forward, operands=["x"], rules=[rule] if rule else [], samples=_samples,
           infer=_infer(result or None), family="reduce")
    )  # fmt: skip


_ADD: Any = np.add  # NumPy's stubs know no dtype together with several axes
_MULTIPLY: Any = np.multiply


def _sum(x: Array, *, axes: Shape, keepdims: bool = False) -> Array:
    wide = widened(x)
    total: Array = _ADD.reduce(wide, axis=axes, dtype=wide.dtype, keepdims=keepdims)
    return total if wide is x else total.astype(x.dtype)


def _prod(x: Array, *, axes: Shape, keepdims: bool = False) -> Array:
    wide = widened(x)
    product: Array = _MULTIPLY.reduce(wide, axis=axes, dtype=wide.dtype, keepdims=keepdims)
    return product if wide is x else product.astype(x.dtype)


def _prod_gradient(g: Any, x: Any, x_shape: Shape, axes: Shape, keepdims: bool, F: Any) -> Any:
    """g times the product of the others: of those before and of those after, without a division.

    So it is right where factors are zero, and so are its own gradients.
    """
    order = (*(i for i in range(len(x_shape)) if i not in axes), *axes)
    moved = F.permute(x, axes=order)
    width = math.prod(x_shape[i] for i in axes)
    height = math.prod(n for i, n in enumerate(x_shape) if i not in axes)
    rows = F.reshape(moved, shape=(height, width))
    others = F.reshape(_running(F, rows, 1) * _running(F, rows, -1), shape=tuple(moved.shape))
    back = tuple(int(i) for i in np.argsort(order))
    return spread(F, g, x_shape, axes, keepdims) * F.permute(others, axes=back)


def _running(F: Any, rows: Any, way: int) -> Any:
    """Of every row the products of all that stands before (way 1) or after (-1) each element."""

    def shifted(x: Any, steps: int) -> Any:
        move = (0, steps * way)
        return F.pad(x, low=move, high=(0, -steps * way), interior=(0, 0), value=1)

    total, reach = shifted(rows, 1), 1
    while reach < rows.shape[1]:
        total = total * shifted(total, reach)
        reach *= 2
    return total


def _share(g: Any, x: Any, y: Any, x_shape: Shape, axes: Shape, keepdims: bool, F: Any) -> Any:
    """Elements that tie for the extreme value share its gradient evenly."""
    extreme = spread(F, y, x_shape, axes, keepdims)
    both_nan = F.bitwise_and(F.ne(x, x), F.ne(extreme, extreme))
    hit = F.cast(F.bitwise_or(F.eq(x, extreme), both_nan), dtype=x.dtype)
    count = spread(F, F.sum(hit, axes=axes, keepdims=True), x_shape, axes, True)
    return spread(F, g, x_shape, axes, keepdims) * hit / count


sum = _reduction(
    "sum", _sum,
    lambda g, x_shape, axes, keepdims, F: spread(F, g, x_shape, axes, keepdims),
)  # fmt: skip
prod = _reduction("prod", _prod, _prod_gradient)
max = _reduction(
    "max", lambda x, *, axes, keepdims=False: np.maximum.reduce(x, axis=axes, keepdims=keepdims),
    _share,
)  # fmt: skip
min = _reduction(
    "min", lambda x, *, axes, keepdims=False: np.minimum.reduce(x, axis=axes, keepdims=keepdims),
    _share,
)  # fmt: skip


def _arg(find: Callable[..., Any]) -> Callable[..., Array]:
    """The position of the extreme element among `axes` flattened; the first wins, NaN wins."""

    def forward(x: Array, *, axes: Shape, keepdims: bool = False) -> Array:
        kept = [i for i in range(x.ndim) if i not in axes]
        count = math.prod(x.shape[i] for i in axes)
        flat = x.transpose(*kept, *axes).reshape([*(x.shape[i] for i in kept), count])
        found = np.asarray(find(flat, axis=-1), dtype=np.int64)
        shape = [1 if i in axes else n for i, n in enumerate(x.shape)]
        return found.reshape(shape) if keepdims else found

    return forward


argmax = _reduction("argmax", _arg(np.argmax), result="int64")
argmin = _reduction("argmin", _arg(np.argmin), result="int64")
