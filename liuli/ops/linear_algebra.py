"""Host operations on matrices, or stacks of them: solving and decomposing, with their gradients.

An operation has one result. A decomposition has its factors in one matrix, side by side, which
the functions of `functions/linear_algebra.py` take apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .host import host
from .op import FLOAT, Array, Sample, Shape, Spec, sample


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


# --- inverse and determinant ------------------------------------------------------------------
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
    "det", lambda x: np.asarray(np.linalg.det(x), dtype=x.dtype), _matrix, _last_two_gone,
    dtypes=FLOAT, x=lambda g, x, y, F: _scaled(F, g * y, transpose(F, F.inverse(x))),
)  # fmt: skip
logabsdet = host(
    "logabsdet", lambda x: np.asarray(np.linalg.slogdet(x)[1], dtype=x.dtype), _matrix,
    _last_two_gone, dtypes=FLOAT, x=lambda g, x, F: _scaled(F, g, transpose(F, F.inverse(x))),
)  # fmt: skip


detsign = host(
    "detsign", lambda x: np.asarray(np.linalg.slogdet(x)[0], dtype=x.dtype), _matrix,
    _last_two_gone, dtypes=FLOAT, x=lambda g, x_shape, F: _stacked(F, g * 0, x_shape),
)  # fmt: skip


# --- equations --------------------------------------------------------------------------------
def _equations(rng: np.random.Generator) -> list[Sample]:
    return [sample(s.operands[0], rng.uniform(-1, 1, (*s.operands[0].shape[:-1], 2)))
            for s in _matrix(rng)]  # fmt: skip


solve = host(
    "solve", np.linalg.solve, _equations, lambda a, b: Spec(b.shape, a.dtype), dtypes=FLOAT,
    a=lambda g, a, y, F: -matmul(F, F.solve(transpose(F, a), g), transpose(F, y)),
    b=lambda g, a, F: F.solve(transpose(F, a), g),
)  # fmt: skip


def _pinv(x: Array, *, atol: float, rtol: float) -> Array:
    """The inverse on what the singular values above max(atol, rtol * the largest) span."""
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    kept = s > np.maximum(atol, rtol * s.max(-1, keepdims=True, initial=0))
    inverted = np.divide(1, s, where=kept, out=np.zeros_like(s))
    made = (vh.swapaxes(-1, -2) * inverted[..., None, :]) @ u.swapaxes(-1, -2)
    return np.asarray(made)


def _pinv_gradient(g: Any, x: Any, y: Any, F: Any) -> Any:
    """-(Y^T g Y^T) + (1 - X Y) g^T Y Y^T + Y^T Y g^T (1 - Y X)."""
    gt, yt = transpose(F, g), transpose(F, y)
    inner = matmul(F, matmul(F, yt, g), yt)
    left = matmul(F, gt, matmul(F, y, yt))
    left = left - matmul(F, x, matmul(F, y, left))
    right = matmul(F, matmul(F, yt, y), gt)
    right = right - matmul(F, matmul(F, right, y), x)
    return left + right - inner


pinv = host(
    "pinv", _pinv,
    lambda rng: [sample(rng.uniform(-1, 1, shape) + 2 * np.eye(*shape[-2:]), atol=0.0, rtol=1e-15)
                 for shape in ((2, 4, 3), (2, 3), (3, 3))],
    lambda x, **attrs: Spec((*x.shape[:-2], x.shape[-1], x.shape[-2]), x.dtype),
    dtypes=FLOAT, x=_pinv_gradient,
)  # fmt: skip


# --- decompositions ---------------------------------------------------------------------------
def _stacked(F: Any, x: Any, shape: Shape) -> Any:
    """One number for each of a stack of matrices, as matrices of it."""
    return F.expand(F.reshape(x, shape=(*x.shape, 1, 1)), shape=tuple(shape))


def _grid(F: Any, n: int, shape: Shape) -> tuple[Any, Any]:
    """The row and the column number of every element of n x n matrices."""
    row = F.reshape(F.iota(size=n), shape=(n, 1))
    return F.expand(row, shape=shape), F.expand(F.iota(size=n), shape=shape)


def _rows(F: Any, x: Any, start: int, count: int) -> Any:
    lead = tuple((0, n, 1) for n in x.shape[:-2])
    return F.slice(x, index=(*lead, (start, count, 1), (0, x.shape[-1], 1)))


def _columns(F: Any, x: Any, start: int, count: int) -> Any:
    lead = tuple((0, n, 1) for n in x.shape[:-1])
    return F.slice(x, index=(*lead, (start, count, 1)))


def _over(F: Any, a: Any, b: Any) -> Any:
    """a / b, and 0 where a is 0: equal singular values do no harm to those who never ask."""
    none = F.eq(a, 0)
    return F.where(none, 0, a / F.where(none, 1, b))


def _cholesky_gradient(g: Any, y: Any, F: Any) -> Any:
    """L^-T phi(L^T g) L^-1, symmetrised; phi keeps the lower half and half the diagonal."""
    row, column = _grid(F, y.shape[-1], tuple(y.shape))
    inner = matmul(F, transpose(F, y), g)
    inner = F.where(F.gt(row, column), inner, F.where(F.eq(row, column), inner * 0.5, 0))
    inverted = F.inverse(y)
    full = matmul(F, matmul(F, transpose(F, inverted), inner), inverted)
    return (full + transpose(F, full)) * 0.5


cholesky = host("cholesky", np.linalg.cholesky, _symmetric, dtypes=FLOAT, x=_cholesky_gradient)


def _eigh(x: Array, *, lower: bool) -> Array:
    values, vectors = np.linalg.eigh(x, "L" if lower else "U")
    return np.concatenate([values[..., None, :], vectors], -2)


def _eigh_gradient(g: Any, y: Any, F: Any) -> Any:
    """V (gw on the diagonal, elsewhere V^T gV over the gaps w_j - w_i) V^T, symmetrised."""
    n = y.shape[-1]
    square = (*y.shape[:-2], n, n)
    vectors = _rows(F, y, 1, n)
    row, column = _grid(F, n, square)
    values = F.expand(_rows(F, y, 0, 1), shape=square)
    turned = matmul(F, transpose(F, vectors), _rows(F, g, 1, n))
    apart = _over(F, F.where(F.eq(row, column), 0, turned), values - transpose(F, values))
    inner = F.where(F.eq(row, column), F.expand(_rows(F, g, 0, 1), shape=square), apart)
    full = matmul(F, matmul(F, vectors, inner), transpose(F, vectors))
    return (full + transpose(F, full)) * 0.5


def _graded(rng: np.random.Generator) -> list[Sample]:
    """Symmetric, with eigenvalues well apart: small steps turn no eigenvector round."""
    x = rng.uniform(-0.3, 0.3, (2, 3, 3)) + np.diag([1.0, 2.0, 4.0])
    return [sample(x + x.swapaxes(1, 2), lower=True)]


eigh = host(
    "eigh", _eigh, _graded,
    lambda x, **attrs: Spec((*x.shape[:-2], x.shape[-1] + 1, x.shape[-1]), x.dtype),
    dtypes=FLOAT, x=_eigh_gradient,
)  # fmt: skip


def _svd(x: Array) -> Array:
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return np.concatenate([u, s[..., None, :], vh.swapaxes(-1, -2)], -2)


def _svd_gradient(g: Any, y: Any, x_shape: Shape, F: Any) -> Any:
    """Of X = U S V^T; every entry of U and V moves with the gap between two squares in S."""
    m, n, k = x_shape[-2], x_shape[-1], y.shape[-1]
    square = (*x_shape[:-2], k, k)
    u, v = _rows(F, y, 0, m), _rows(F, y, m + 1, n)
    gu, gv = _rows(F, g, 0, m), _rows(F, g, m + 1, n)
    s = F.expand(_rows(F, y, m, 1), shape=square)  # s_j in column j
    st = transpose(F, s)
    row, column = _grid(F, k, square)
    gap = (s - st) * (s + st)

    def turning(a: Any, ga: Any) -> Any:
        inner = matmul(F, transpose(F, a), ga)
        return _over(F, F.where(F.eq(row, column), 0, inner - transpose(F, inner)), gap)

    gs = F.where(F.eq(row, column), F.expand(_rows(F, g, m, 1), shape=square), 0)
    made = matmul(F, u, turning(u, gu) * s + st * turning(v, gv) + gs)
    if m > k:
        rest = gu - matmul(F, u, matmul(F, transpose(F, u), gu))
        made = made + _over(F, rest, F.expand(_rows(F, y, m, 1), shape=tuple(gu.shape)))
    made = matmul(F, made, transpose(F, v))
    if n > k:
        rest = gv - matmul(F, v, matmul(F, transpose(F, v), gv))
        rest = _over(F, rest, F.expand(_rows(F, y, m, 1), shape=tuple(gv.shape)))
        made = made + matmul(F, u, transpose(F, rest))
    return made


def _oblong(rng: np.random.Generator) -> list[Sample]:
    return [sample(rng.uniform(-1, 1, shape)) for shape in ((2, 4, 3), (2, 3), (3, 3))]


svd = host(
    "svd", _svd, _oblong,
    lambda x: Spec((*x.shape[:-2], x.shape[-2] + x.shape[-1] + 1, min(x.shape[-2:])), x.dtype),
    dtypes=FLOAT, x=_svd_gradient,
)  # fmt: skip


def _qr(x: Array) -> Array:
    q, r = np.linalg.qr(x)
    return np.concatenate([q.swapaxes(-1, -2), r], -1)


def _qr_gradient(g: Any, y: Any, x_shape: Shape, F: Any) -> Any:
    """(gQ + Q L) R^-T with L the lower half of R gR^T - gQ^T Q and its mirror image.

    Columns beyond the rows are Y = Q (their part of R), and follow from it.
    """
    m, n, k = x_shape[-2], x_shape[-1], y.shape[-2]
    q, gq = transpose(F, _columns(F, y, 0, m)), transpose(F, _columns(F, g, 0, m))
    r, gr = _columns(F, y, m, k), _columns(F, g, m, k)
    more, g_more = _columns(F, y, m + k, n - k), _columns(F, g, m + k, n - k)
    if n > k:
        gq = gq + matmul(F, matmul(F, q, more), transpose(F, g_more))
    row, column = _grid(F, k, (*x_shape[:-2], k, k))
    inner = matmul(F, r, transpose(F, gr)) - matmul(F, transpose(F, gq), q)
    half = F.where(F.ge(row, column), inner, 0)
    inner = half + transpose(F, F.where(F.gt(row, column), inner, 0))
    made = transpose(F, F.solve(r, transpose(F, gq + matmul(F, q, inner))))
    return made if n == k else F.concat(made, matmul(F, q, g_more), axis=len(x_shape) - 1)


qr = host(
    "qr", _qr, _oblong,
    lambda x: Spec((*x.shape[:-2], min(x.shape[-2:]), x.shape[-2] + x.shape[-1]), x.dtype),
    dtypes=FLOAT, x=_qr_gradient,
)  # fmt: skip
