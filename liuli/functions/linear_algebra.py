"""Linear algebra of matrices and stacks of them: equations, decompositions, norms."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from ..autodiff.describe import rows
from ..autodiff.function import Function
from ..autodiff.state import STATE
from ..autodiff.tensor import Tensor, apply, fresh
from ..errors import ArgumentError, DTypeError, GradientError, ShapeError
from .arithmetic import abs, add, cast, div, gt, log, mul, sub
from .compose import constant_in
from .convert import clone
from .products import matmul
from .reductions import Dims, amax, amin, axis_of, norm, sum
from .shapes import (
    diagonal,
    expand,
    movedim,
    narrow,
    roll,
    squeeze,
    transpose,
    tril,
    triu,
    unsqueeze,
)

__mirrors__ = "torch"

H = ops.linear_algebra


# --- equations --------------------------------------------------------------------------------
def _square(x: Tensor, op: str) -> Tensor:
    if x.ndim < 2 or x._array.shape[-1] != x._array.shape[-2]:
        raise ShapeError("LL123", rows=rows(input=x), op=op, shape=tuple(x.shape))
    if not x.dtype.is_floating_point:
        raise DTypeError("LL205", op=op, dtype=x.dtype)
    return x


def _solved(op: Any, x: Tensor, name: str) -> Tensor:
    try:
        return apply(op, _square(x, name))
    except np.linalg.LinAlgError:
        raise ArgumentError("LL651" if name == "cholesky" else "LL614", op=name) from None


def inverse(input: Tensor) -> Tensor:
    """The inverse matrix. Errors: LL614 for a singular one."""
    return _solved(H.inverse, input, "inverse")


def det(input: Tensor) -> Tensor:
    """The determinant."""
    return _solved(H.det, input, "det")


class SlogDet(NamedTuple):
    """The determinant as a sign and the logarithm of a size."""

    sign: Tensor
    logabsdet: Tensor


def slogdet(input: Tensor) -> SlogDet:
    """The sign of the determinant and the logarithm of its size."""
    return SlogDet(_solved(H.detsign, input, "slogdet"), _solved(H.logabsdet, input, "slogdet"))


def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinant; NaN if that is negative."""
    return log(det(input))


def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """The lower triangle L with L L^T = input."""
    lower = _solved(H.cholesky, input, "cholesky")
    return transpose(lower, -1, -2) if upper else lower


def cholesky_solve(B: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """X with (L L^T) X = B, or (L^T L) X = B if L is an upper triangle."""
    half = transpose(L, -1, -2) if upper else L
    half = add(half, sub(tril(half), half).detach())  # as in PyTorch, every element moves
    return solve(transpose(half, -1, -2), solve(half, B))


def cholesky_inverse(L: Tensor, upper: bool = False) -> Tensor:
    """The inverse of L L^T, or of L^T L if L is an upper triangle."""
    return cholesky_solve(fresh(np.eye(L._array.shape[-1], dtype=L._array.dtype)), L, upper)


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """X with A X = B (X A = B unless `left`). Errors: LL614 for a singular A."""
    square = _square(A, "solve")
    vector = B.ndim == 1 or (B.ndim == A.ndim - 1 and B._array.shape == A._array.shape[:-1])
    if not left:
        return transpose(solve(transpose(A, -1, -2), transpose(B, -1, -2)), -1, -2)
    right = unsqueeze(B, -1) if vector else B
    if square._array.shape[-1] != right._array.shape[-2]:
        raise ShapeError("LL121", rows=rows(A=A, B=B), op="solve", a=A._array.shape,
                         b=B._array.shape, m=A._array.shape[-1], n=right._array.shape[-2],
                         fix="")  # fmt: skip
    lead = ops.views.check_broadcast("solve", A._array.shape[:-2], right._array.shape[:-2],
                                     rows=lambda: rows(A=A, B=B))  # fmt: skip
    square = expand(square, (*lead, *A._array.shape[-2:]))
    right = expand(right, (*lead, *right._array.shape[-2:]))
    try:
        found = apply(H.solve, square, right)
    except np.linalg.LinAlgError:
        raise ArgumentError("LL614", op="solve") from None
    return squeeze(found, -1) if vector else found


def solve_triangular(A: Tensor, B: Tensor, *, upper: bool, left: bool = True,
                     unitriangular: bool = False) -> Tensor:  # fmt: skip
    """`solve` with only one triangle of A; `unitriangular` takes its diagonal for ones."""
    half = triu(_square(A, "solve_triangular"), int(unitriangular))
    if not upper:
        half = tril(A, -int(unitriangular))
    if unitriangular:
        half = add(half, fresh(np.eye(A._array.shape[-1], dtype=A._array.dtype)))
    return solve(half, B, left=left)


def matrix_power(input: Tensor, n: int) -> Tensor:
    """The matrix multiplied with itself n times; n < 0 takes the inverse first."""
    base = inverse(input) if n < 0 else _square(input, "matrix_power")
    size = input._array.shape[-1]
    if n == 0:
        return constant_in(input, fresh(np.eye(size, dtype=input._array.dtype)))
    result: Tensor | None = None
    for bit in reversed(bin(builtins.abs(n))[2:]):
        if bit == "1":
            result = base if result is None else matmul(result, base)
        base = matmul(base, base)
    assert result is not None
    return result


def vector_norm(x: Tensor, ord: Any = 2, dim: Dims = None, keepdim: bool = False, *,
                dtype: Any = None) -> Tensor:  # fmt: skip
    """The norm of all elements, or along `dim`."""
    return norm(x, float(ord), dim, keepdim, dtype=dtype)


def linalg_norm(A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *,
                dtype: Any = None) -> Tensor:  # fmt: skip
    """The norm of a vector; of a matrix if `ord` is given and there are two axes."""
    if ord is None or (dim is None and A.ndim == 1) or isinstance(dim, int):
        return norm(A, 2 if ord is None else ord, dim, keepdim, dtype=dtype)
    return matrix_norm(A, ord, (-2, -1) if dim is None else dim, keepdim, dtype=dtype)


def matrix_norm(A: Tensor, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *,
                dtype: Any = None) -> Tensor:  # fmt: skip
    """The norm of matrices: "fro", "nuc", inf, -inf, 1, -1, 2 or -2.

    "nuc" is the sum of the singular values, 2 and -2 the largest and the smallest of them, 1 and
    inf the largest sum of sizes of a column and of a row.
    """
    if ord not in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise ArgumentError("LL602", argument="ord", value=repr(ord),
                            choices="'fro', 'nuc', 1, -1, 2, -2, inf, -inf")  # fmt: skip
    x = A if dtype is None else cast(A, dtype)
    row, column = (axis_of(A, d) for d in dim)
    if ord == "fro":
        return norm(x, 2, (row, column), keepdim)
    if ord in ("nuc", 2, -2):
        values = svdvals(movedim(x, (row, column), (-2, -1)))
        made = sum(values, -1) if ord == "nuc" else (amax if ord > 0 else amin)(values, -1)
        low, high = sorted((row, column))
        return unsqueeze(unsqueeze(made, low), high) if keepdim else made
    along, other = (row, column) if builtins.abs(ord) == 1 else (column, row)
    found = (amax if ord > 0 else amin)(sum(abs(x), along, True), other, True)
    return found if keepdim else squeeze(found, (row, column))


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0) -> Tensor:
    """The distances between all rows of x1 and all rows of x2."""
    return norm(sub(x1.unsqueeze(-2), x2.unsqueeze(-3)), p, -1)


# --- decompositions ---------------------------------------------------------------------------
def _part(x: Tensor, dim: int, start: int, length: int) -> Tensor:
    """One factor of several that lie in one matrix, in memory of its own."""
    return clone(narrow(x, dim, start, length))


def _matrices(x: Tensor, op: str) -> Tensor:
    if x.ndim < 2:
        raise ShapeError("LL123", rows=rows(input=x), op=op, shape=tuple(x.shape))
    if not x.dtype.is_floating_point:
        raise DTypeError("LL205", op=op, dtype=x.dtype)
    return x


class Eigh(NamedTuple):
    """Eigenvalues in ascending order, and their vectors as columns."""

    eigenvalues: Tensor
    eigenvectors: Tensor


def eigh(A: Tensor, UPLO: str = "L") -> Eigh:
    """Eigenvalues and eigenvectors of symmetric matrices; one triangle is read, L or U."""
    found = apply(H.eigh, _square(A, "eigh"), lower=UPLO.upper() == "L")
    n = A._array.shape[-1]
    return Eigh(squeeze(_part(found, -2, 0, 1), -2), _part(found, -2, 1, n))


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric matrices in ascending order."""
    return eigh(A, UPLO).eigenvalues


class SVD(NamedTuple):
    """A = U diag(S) Vh."""

    U: Tensor
    S: Tensor
    Vh: Tensor


def svd(A: Tensor, full_matrices: bool = True) -> SVD:
    """The singular value decomposition: U and Vh with orthonormal columns and rows, S descending.

    With `full_matrices` U and Vh are square; their gradient is there only where they are so
    anyway. Shape: (..., m, n) -> (..., m, k), (..., k), (..., k, n) with k = min(m, n).
    """
    m, n = _matrices(A, "svd")._array.shape[-2:]
    found = apply(H.svd, A)
    values = squeeze(_part(found, -2, m, 1), -2)
    if full_matrices and m != n:
        u, vh = _Whole.apply(A, "svd", lambda x: np.linalg.svd(x)[::2])
        return SVD(u, values, vh)
    return SVD(_part(found, -2, 0, m), values, transpose(_part(found, -2, m + 1, n), -1, -2))


def svdvals(A: Tensor) -> Tensor:
    """The singular values, the largest first."""
    m = _matrices(A, "svdvals")._array.shape[-2]
    return squeeze(_part(apply(H.svd, A), -2, m, 1), -2)


class QR(NamedTuple):
    """A = Q R."""

    Q: Tensor
    R: Tensor


def qr(A: Tensor, mode: str = "reduced") -> QR:
    """Q with orthonormal columns and the upper triangle R; by `mode` "complete", or only "r".

    Shape: (..., m, n) -> (..., m, k), (..., k, n) with k = min(m, n), or m if "complete".
    """
    if mode not in ("reduced", "complete", "r"):
        raise ArgumentError("LL602", argument="mode", value=repr(mode),
                            choices="'reduced', 'complete', 'r'")  # fmt: skip
    m, n = _matrices(A, "qr")._array.shape[-2:]
    if mode == "complete" and m > n:
        return QR(*_Whole.apply(A, "qr", lambda x: np.linalg.qr(x, "complete")))
    found = apply(H.qr, A)
    r = _part(found, -1, m, n)
    return QR(fresh(np.zeros(0, A._array.dtype)) if mode == "r" else
              transpose(_part(found, -1, 0, m), -1, -2), r)  # fmt: skip


class _Whole(Function):
    """Square factors of a matrix that is not square: their further columns are arbitrary."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, op: str, compute: Any) -> tuple[Tensor, ...]:
        if STATE.recorder is not None:
            STATE.recorder.refuse("LL702", what=op)
        ctx.op = op
        return tuple(fresh(part) for part in compute(x._array))

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        raise GradientError("LL440", op=ctx.op)


def pinv(A: Tensor, *, atol: float | None = None, rtol: float | None = None,
         hermitian: bool = False) -> Tensor:  # fmt: skip
    """The pseudo-inverse; singular values up to max(atol, rtol * the largest) count as zero."""
    low, relative = _tolerances(_matrices(A, "pinv"), atol, rtol)
    return apply(H.pinv, A, atol=low, rtol=relative)


def _tolerances(A: Tensor, atol: Any, rtol: Any) -> tuple[float, float]:
    if rtol is None:
        spacing = float(np.finfo(A._array.dtype).eps) * builtins.max(A._array.shape[-2:])
        rtol = spacing if atol is None or not float(atol) > 0 else 0.0
    return 0.0 if atol is None else float(atol), float(rtol)


def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """`pinv` with rtol = rcond."""
    return pinv(input, rtol=rcond)


def matrix_rank(A: Tensor, tol: float | None = None, hermitian: bool = False, *,
                atol: float | None = None, rtol: float | None = None) -> Tensor:  # fmt: skip
    """How many singular values are above max(atol, rtol * the largest)."""
    low, relative = _tolerances(_matrices(A, "matrix_rank"), atol, rtol)
    if tol is not None:
        low, relative = float(tol), 0.0
    values = svdvals(A.detach())
    if not values._array.shape[-1]:
        return sum(gt(values, 0), -1)
    bound = mul(amax(values, -1, True), relative)
    return sum(gt(values, bound.clamp(min=low)), -1)


def cond(A: Tensor, p: Any = None) -> Tensor:
    """The norm of A times the norm of its inverse; by default the ratio of singular values."""
    if p in (None, 2, -2):
        values = svdvals(A)
        largest, smallest = amax(values, -1), amin(values, -1)
        return div(smallest, largest) if p == -2 else div(largest, smallest)
    return mul(matrix_norm(A, p), matrix_norm(inverse(A), p))


class LstSq(NamedTuple):
    """The solution, its squared distance where there is one, and what is known of A."""

    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor


def lstsq(A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None) -> LstSq:
    """X with the smallest |A X - B|; of several the shortest.

    As in PyTorch, residuals and singular values are empty unless `driver` is one that finds them
    ("gels", "gelsd", "gelss" and "gelsd", "gelss"); the solution is the same for all.
    """
    vector = B.ndim == 1 or (B.ndim == A.ndim - 1 and B._array.shape == A._array.shape[:-1])
    right = unsqueeze(B, -1) if vector else B
    solution = matmul(pinv(A, rtol=rcond), right)
    rank = matrix_rank(A, rtol=rcond)
    residuals = values = fresh(np.zeros(0, A._array.dtype))
    m, n = A._array.shape[-2:]
    if driver in ("gels", "gelsd", "gelss") and m > n and bool((rank._array == n).all()):
        gap = sub(matmul(A, solution), right)
        residuals = sum(mul(gap, gap), -2)
    if driver in ("gelsd", "gelss"):
        values = svdvals(A)
    return LstSq(squeeze(solution, -1) if vector else solution, residuals, rank, values)


# --- products ---------------------------------------------------------------------------------
def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of several matrices, in the order that takes the fewest multiplications.

    The first and the last may be vectors.
    """
    first, *_, last = tensors
    chain = [unsqueeze(first, 0) if first.ndim == 1 else first, *tensors[1:-1],
             unsqueeze(last, 1) if last.ndim == 1 else last]  # fmt: skip
    made = _cheapest(chain)[1]
    made = squeeze(made, -1) if last.ndim == 1 else made
    return squeeze(made, 0) if first.ndim == 1 else made


def _cheapest(chain: list[Tensor]) -> tuple[int, Tensor]:
    """The cheapest order by dynamic programming, then the product."""
    sizes = [chain[0]._array.shape[0], *(x._array.shape[1] for x in chain)]
    count = len(chain)
    cost = {(i, i): (0, i) for i in range(count)}
    for length in range(2, count + 1):
        for i in range(count - length + 1):
            j = i + length - 1
            cost[i, j] = builtins.min(
                (cost[i, k][0] + cost[k + 1, j][0] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                for k in range(i, j)
            )

    def product(i: int, j: int) -> Tensor:
        k = cost[i, j][1]
        return chain[i] if i == j else matmul(product(i, k), product(k + 1, j))

    return cost[0, count - 1][0], product(0, count - 1)


def chain_matmul(*matrices: Tensor) -> Tensor:
    """`multi_dot` of its arguments."""
    return multi_dot(matrices)


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The sum of products along `dim`."""
    return sum(mul(x, y), dim)


def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The cross product along `dim`, by default the first axis of length 3. Errors: LL127."""
    shape = ops.views.check_broadcast("cross", input._array.shape, other._array.shape)
    threes = [i for i, n in enumerate(shape) if n == 3]
    axis = axis_of(input, dim) if dim is not None else (threes or [0])[0]
    if not threes or shape[axis] != 3:
        raise ShapeError("LL127", rows=rows(input=input, other=other), shape=shape)
    a, b = expand(input, shape), expand(other, shape)

    def turned(x: Tensor, steps: int) -> Tensor:
        return roll(x, -steps, axis)

    return sub(mul(turned(a, 1), turned(b, 2)), mul(turned(a, 2), turned(b, 1)))


def linalg_cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """The cross product along `dim`."""
    return cross(input, other, dim)


def linalg_diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonal of the matrices, as a view."""
    return diagonal(A, offset, dim1, dim2)
