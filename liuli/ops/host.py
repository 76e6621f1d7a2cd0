"""Host operations: NumPy code that a compiled program calls back, each with its gradient rule.

They sort, solve or count; `explain` lists them wherever they occur.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from . import special
from .op import FLOAT, KEEP, Array, Op, Sample, Spec, register, sample, widened


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


def _matrix(rng: np.random.Generator) -> list[Sample]:
    x = rng.uniform(-1, 1, (2, 3, 3)) + 3 * np.eye(3)
    return [sample(x), sample(x[0])]


def _symmetric(rng: np.random.Generator) -> list[Sample]:
    x = rng.uniform(-1, 1, (2, 3, 3))
    return [sample(x @ x.swapaxes(1, 2) + 2 * np.eye(3))]


def _batched(letters: str, ndim: int) -> str:
    """The labels of a product of stacks of matrices: "ij,jk->ik" with leading axes."""
    lead = "abcdefgh"[: ndim - 2]
    first, _, rest = letters.partition(",")
    second, _, out = rest.partition("->")
    return f"{lead}{first},{lead}{second}->{lead}{out}"


def matmul(F: Any, a: Any, b: Any) -> Any:
    """The product of two stacks of matrices of equal rank."""
    return F.contract(a, b, labels=_batched("ij,jk->ik", len(a.shape)))


def transpose(F: Any, x: Any) -> Any:
    n = len(x.shape)
    return F.permute(x, axes=(*range(n - 2), n - 1, n - 2))


# --- sorting and running sums -----------------------------------------------------------------
def _argsort(x: Array, *, axis: int, descending: bool = False) -> Array:
    """Positions in sorted order; equal elements keep theirs, NaN counts as largest."""
    if not descending:
        return np.argsort(x, axis=axis, kind="stable")
    turned = np.argsort(np.flip(x, axis), axis=axis, kind="stable")
    found: Array = x.shape[axis] - 1 - np.flip(turned, axis)
    return found


argsort = host("argsort", _argsort, _on_axis(), lambda x, **attrs: Spec(x.shape, np.dtype(np.int64)),
               x=None)  # fmt: skip


def _running(total: Any) -> Any:
    def forward(x: Array, *, axis: int) -> Array:
        wide = widened(x)
        return np.asarray(total(wide, axis=axis, dtype=wide.dtype)).astype(x.dtype, copy=False)

    return forward


cumsum = host(
    "cumsum", _running(np.cumsum), _on_axis(), x=lambda g, axis, F: _suffix_sum(F, g, axis)
)
cumprod = host(
    "cumprod", _running(np.cumprod), _on_axis(0.5, 1.5),
    x=lambda g, x, y, axis, F: _suffix_sum(F, g * y, axis) / x,
)  # fmt: skip


def _cumulative_arg(better: Any) -> Any:
    """Where the running extreme stands; of equals the last wins, as in PyTorch."""

    def forward(x: Array, *, axis: int) -> Array:
        moved = np.moveaxis(x, axis, 0)
        result = np.zeros(moved.shape, np.int64)
        for i in range(1, len(moved)):
            best = np.take_along_axis(moved, result[i - 1][None], 0)[0]
            take = better(moved[i], best) | (moved[i] != moved[i])
            result[i] = np.where(take, i, result[i - 1])
        return np.moveaxis(result, 0, axis)

    return forward


def _positions(x: Spec, **attrs: Any) -> Spec:
    return Spec(x.shape, np.dtype(np.int64))


cumargmax = host("cumargmax", _cumulative_arg(np.greater_equal), _on_axis(), _positions, x=None)
cumargmin = host("cumargmin", _cumulative_arg(np.less_equal), _on_axis(), _positions, x=None)


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

# --- linear algebra ---------------------------------------------------------------------------
inverse = host(
    "inverse", np.linalg.inv, _matrix, dtypes=FLOAT,
    x=lambda g, y, F: -matmul(F, matmul(F, transpose(F, y), g), transpose(F, y)),
)  # fmt: skip


def _scaled(F: Any, factor: Any, matrix: Any) -> Any:
    """`matrix` times one number for each of the stack."""
    wide = F.reshape(factor, shape=(*factor.shape, 1, 1))
    return F.expand(wide, shape=tuple(matrix.shape)) * matrix


def _last_two_gone(x: Spec, **attrs: Any) -> Spec:
    return Spec(x.shape[:-2], x.dtype)


det = host(
    "det", lambda x: np.asarray(np.linalg.det(x), dtype=x.dtype), _matrix, _last_two_gone, dtypes=FLOAT,
    x=lambda g, x, y, F: _scaled(F, g * y, transpose(F, F.inverse(x))),
)  # fmt: skip
logabsdet = host(
    "logabsdet", lambda x: np.asarray(np.linalg.slogdet(x)[1], dtype=x.dtype), _matrix, _last_two_gone,
    dtypes=FLOAT, x=lambda g, x, F: _scaled(F, g, transpose(F, F.inverse(x))),
)  # fmt: skip


def _cholesky_gradient(g: Any, y: Any, F: Any) -> Any:
    """L^-T phi(L^T g) L^-1, symmetrised; phi keeps the lower half and half the diagonal."""
    n = y.shape[-1]
    row = F.expand(F.reshape(F.iota(size=n), shape=(n, 1)), shape=tuple(y.shape))
    column = F.expand(F.iota(size=n), shape=tuple(y.shape))
    inner = matmul(F, transpose(F, y), g)
    inner = F.where(F.gt(row, column), inner, F.where(F.eq(row, column), inner * 0.5, 0))
    inverted = F.inverse(y)
    full = matmul(F, matmul(F, transpose(F, inverted), inner), inverted)
    return (full + transpose(F, full)) * 0.5


cholesky = host("cholesky", np.linalg.cholesky, _symmetric, dtypes=FLOAT, x=_cholesky_gradient)
