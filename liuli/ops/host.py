"""Host operations: NumPy code that a compiled program calls back, each with its gradient rule.

They sort, solve or count; `explain` lists them wherever they occur.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from . import special
from .op import FLOAT, KEEP, PROMOTE, Array, Op, Sample, Spec, register, sample, widened


def host(
    name: str, forward: Any, samples: Any, infer: Any = None, dtypes: str = KEEP, **rules: Any
) -> Op:
    """Register a host operation; the shape rule of most is: as the first operand."""
    return register(
        Op(name, forward, operands=list(rules), rules=[rule or None for rule in rules.values()],
           infer=infer or (lambda *specs, **attrs: specs[0]), samples=samples, family="host",
           dtypes=dtypes)
    )  # fmt: skip


def reverse(F: Any, x: Any, axis: int) -> Any:
    """`x` with `axis` turned round."""
    index = tuple((n - 1, n, -1) if i == axis else (0, n, 1) for i, n in enumerate(x.shape))
    return F.slice(x, index=index)


def _suffix_sum(F: Any, x: Any, axis: int) -> Any:
    return reverse(F, F.cumsum(reverse(F, x, axis), axis=axis), axis)


def _on_axis(low: float = -1.0, high: float = 1.0) -> Any:
    def samples(rng: np.random.Generator) -> list[Sample]:
        x = rng.uniform(low, high, (3, 4))
        return [sample(x, axis=0), sample(x, axis=1), sample(x[:, :0], axis=1)]

    return samples


# --- sorting and running sums -----------------------------------------------------------------
def _argsort(x: Array, *, axis: int, descending: bool = False) -> Array:
    """Positions in sorted order; equal elements keep theirs, NaN counts as largest."""
    if not descending:
        return np.argsort(x, axis=axis, kind="stable")
    turned = np.argsort(np.flip(x, axis), axis=axis, kind="stable")
    found: Array = x.shape[axis] - 1 - np.flip(turned, axis)
    return found


def _positions(x: Spec, **attrs: Any) -> Spec:
    return Spec(x.shape, np.dtype(np.int64))


argsort = host("argsort", _argsort, _on_axis(), _positions, x=None)


def _running(total: Any) -> Any:
    def forward(x: Array, *, axis: int) -> Array:
        wide = widened(x)
        return np.asarray(total(wide, axis=axis, dtype=wide.dtype)).astype(x.dtype, copy=False)

    return forward


cumsum = host(
    "cumsum", _running(np.cumsum), _on_axis(), x=lambda g, axis, F: _suffix_sum(F, g, axis)
)


def _cumprod_gradient(g: Any, x: Any, y: Any, axis: int, F: Any) -> Any:
    """Before the first zero the sum of g y from here on, over x; at it, the same of the products
    without it; after it nothing."""
    zero = F.eq(x, 0)
    zeros = F.cumsum(F.cast(zero, dtype="int64"), axis=axis)
    first = F.bitwise_and(zero, F.eq(zeros, 1))
    without = F.cumprod(F.where(first, 1, x), axis=axis)
    before = _suffix_sum(F, g * y, axis) / F.where(zero, 1, x)
    at = F.where(first, _suffix_sum(F, g * without, axis), 0)
    return F.where(F.eq(zeros, 0), before, at)


cumprod = host("cumprod", _running(np.cumprod), _on_axis(0.5, 1.5), x=_cumprod_gradient)


def _later(F: Any, x: Any, axis: int, steps: int) -> Any:
    """What stands `steps` further along `axis`, 0 beyond the end."""
    shift = tuple(steps if i == axis else 0 for i in range(len(x.shape)))
    back, none = tuple(-n for n in shift), (0,) * len(shift)
    return F.pad(x, low=back, high=shift, interior=none, value=0)


def _logcumsumexp_gradient(g: Any, x: Any, y: Any, axis: int, F: Any) -> Any:
    """The sum over i >= k of g_i exp(x_k - y_i): total_k = g_k + exp(y_k - y_k+1) total_k+1.

    Both factors are at most 1. Each round doubles how many terms a total holds.
    """
    length = x.shape[axis]
    alone = tuple(length if i == axis else 1 for i in range(len(x.shape)))
    place = F.expand(F.reshape(F.iota(size=length), shape=alone), shape=tuple(x.shape))
    ended = F.eq(place, length - 1)
    after = F.where(ended, y, _later(F, y, axis, 1))
    factor = F.where(ended, 0, F.exp(F.where(F.eq(y, after), 0, y - after)))
    total, reach = g, 1
    while reach < length:
        total = total + factor * _later(F, total, axis, reach)
        factor = factor * _later(F, factor, axis, reach)
        reach *= 2
    return total * F.exp(F.where(F.eq(x, y), 0, x - y))


logcumsumexp = host(
    "logcumsumexp",
    lambda x, *, axis: np.logaddexp.accumulate(widened(x), axis=axis).astype(x.dtype, copy=False),
    _on_axis(), dtypes=FLOAT, x=_logcumsumexp_gradient,
)  # fmt: skip


def _cumulative_arg(extreme: Any) -> Any:
    """Where the running extreme stands; of equals the last wins, and NaN wins, as in PyTorch."""

    def forward(x: Array, *, axis: int) -> Array:
        moved = np.moveaxis(x, axis, 0)
        reached = (moved == extreme.accumulate(moved, axis=0)) | (moved != moved)
        place = np.arange(len(moved)).reshape(-1, *[1] * (moved.ndim - 1))
        found = np.maximum.accumulate(np.where(reached, place, 0), axis=0)
        return np.moveaxis(found.astype(np.int64), 0, axis)

    return forward


cumargmax = host("cumargmax", _cumulative_arg(np.maximum), _on_axis(), _positions, x=None)
cumargmin = host("cumargmin", _cumulative_arg(np.minimum), _on_axis(), _positions, x=None)


def _searchsorted(edges: Array, values: Array, *, right: bool) -> Array:
    side: Literal["left", "right"] = "right" if right else "left"
    if edges.ndim == 1:
        return np.asarray(np.searchsorted(edges, values, side=side), dtype=np.int64)
    rows = edges.reshape(-1, edges.shape[-1])
    wanted = values.reshape(len(rows), -1)
    found = [np.searchsorted(row, each, side=side) for row, each in zip(rows, wanted, strict=True)]
    return np.asarray(found, dtype=np.int64).reshape(values.shape)


searchsorted = host(
    "searchsorted", _searchsorted,
    lambda rng: [sample(np.array([0.0, 1.0, 2.0]), rng.uniform(0, 3, (4,)), right=False)],
    lambda edges, values, right: Spec(values.shape, np.dtype(np.int64)), edges=None, values=None,
)  # fmt: skip

# --- gamma functions --------------------------------------------------------------------------
_POSITIVE = lambda rng: [sample(rng.uniform(0.5, 3, (2, 3)))]  # noqa: E731
lgamma = host("lgamma", special.lgamma, _POSITIVE, dtypes=FLOAT,
              x=lambda g, x, F: g * F.polygamma(x, n=0))  # fmt: skip
polygamma = host(
    "polygamma", lambda x, *, n: special.polygamma(n, x),
    lambda rng: [sample(rng.uniform(0.5, 3, (2, 3)), n=n) for n in (0, 1, 2)],
    dtypes=FLOAT, x=lambda g, x, n, F: g * F.polygamma(x, n=n + 1),
)  # fmt: skip


# --- whole numbers and neighbours -------------------------------------------------------------
def _together(a: Spec, b: Spec) -> Spec:
    return Spec(np.broadcast_shapes(a.shape, b.shape), a.dtype)


gcd = host(
    "gcd", np.gcd, lambda rng: [sample(rng.integers(-9, 9, (2, 3)), rng.integers(0, 9, (2, 3)))],
    _together, dtypes=PROMOTE, a=None, b=None,
)  # fmt: skip
nextafter = host(
    "nextafter", np.nextafter, lambda rng: [sample(*rng.uniform(-1, 1, (2, 2, 3)))],
    _together, dtypes=FLOAT, a=None, b=None,
)  # fmt: skip
