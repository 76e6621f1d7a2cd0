"""Matrices and positions by a pattern: triangles, diagonals, powers, and which elements are in."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes as dt
from .. import ops
from ..autodiff.tensor import Number, Size, Tensor, apply, fresh, result_dtype
from ..devices import require
from ..errors import ArgumentError
from . import arithmetic as A
from . import shapes as S
from .creation import full
from .indexing import nonzero

__mirrors__ = "torch"


def _triangle(found: tuple[Any, ...], dtype: Any, device: Any) -> Tensor:
    require(device)
    return fresh(np.stack(found).astype((dt.int64 if dtype is None else dt.as_dtype(dtype)).numpy))


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None,
                 layout: Any = None) -> Tensor:  # fmt: skip
    """The positions of the lower triangle of a row x col matrix: two rows of indices."""
    return _triangle(np.tril_indices(row, offset, col), dtype, device)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None,
                 layout: Any = None) -> Tensor:  # fmt: skip
    """The positions of the upper triangle of a row x col matrix: two rows of indices."""
    return _triangle(np.triu_indices(row, offset, col), dtype, device)


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of a vector's elements as rows: x^(N-1), ..., x, 1, or the other way round."""
    count = x.numel() if N is None else N
    powers = np.arange(count) if increasing else np.arange(count)[::-1].copy()
    return A.pow(S.unsqueeze(x, -1), fresh(powers.astype(np.int64)))


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """A square matrix with all elements of `input` on a diagonal."""
    return S.diag_embed(S.reshape(input, -1), offset)


def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """Positions in a flattened tensor as one index an axis of `shape`. Errors: LL302."""
    sizes = S._sizes((shape,))
    facts = {"size": math.prod(sizes)}
    rest = apply(ops.state.check, indices, low=0, high=math.prod(sizes), code="LL302", facts=facts)
    found: list[Tensor] = []
    for n in reversed(sizes):
        found.append(A.remainder(rest, n))
        rest = A.floor_divide(rest, n)
    return tuple(reversed(found))


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that `shapes` broadcast to. Errors: LL101."""
    sizes = [S._sizes((shape,)) for shape in shapes]
    return Size(ops.views.check_broadcast("broadcast_shapes", *sizes))


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False,
         invert: bool = False) -> Tensor:  # fmt: skip
    """Whether each element is one of `test_elements`; either may be a number."""
    dtype = result_dtype((elements, test_elements))
    x, known = (
        A.cast(y, dtype) if isinstance(y, Tensor) else full((), y, dtype=dtype)
        for y in (elements, test_elements)
    )
    if not known.numel():
        return full(x.shape, invert)
    ordered = S.reshape(known.detach(), -1).sort().values
    place = apply(ops.host.searchsorted, ordered, x.detach(), right=False)
    found = A.eq(S.reshape(ordered[S.reshape(place, -1).clamp(max=known.numel() - 1)], x.shape), x)
    return A.logical_not(found) if invert else found


def argwhere(input: Tensor) -> Tensor:
    """The indices of non-zero elements, one row each."""
    found: Tensor = nonzero(input)
    return found


def ravel(input: Tensor) -> Tensor:
    """All elements as a vector: a view where it can be."""
    return S.reshape(input, -1)


def adjoint(input: Tensor) -> Tensor:
    """The last two axes exchanged; there are no complex numbers to conjugate."""
    return S.transpose(input, -2, -1)


def scalar_tensor(s: Number, *, dtype: Any = None, device: Any = None, layout: Any = None,
                  requires_grad: bool = False) -> Tensor:  # fmt: skip
    """A 0-d tensor of the default dtype."""
    target = dt.default_dtype() if dtype is None else dtype
    return full((), s, dtype=target, device=device, requires_grad=requires_grad)


def range(start: Number = 0, end: Number | None = None, step: Number = 1, *, dtype: Any = None,
          device: Any = None, requires_grad: bool = False) -> Tensor:  # fmt: skip
    """An old form of arange: `end` itself is part of it, numbers are floating. Errors: LL615."""
    first, last = (0, start) if end is None else (start, end)
    if not step or (last - first) * step < 0:
        raise ArgumentError("LL615", start=first, end=last, step=step)
    count = math.floor((last - first) / step) + 1
    values = first + np.arange(count, dtype=np.float64) * step
    target = dt.default_dtype() if dtype is None else dt.as_dtype(dtype)
    made = fresh(values.astype(target.numpy))
    require(device)
    return made.requires_grad_() if requires_grad else made
