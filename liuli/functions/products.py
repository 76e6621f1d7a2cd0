"""Products of vectors and matrices: all of them one `contract`."""

from __future__ import annotations

import builtins
from typing import Any

from .. import ops
from ..autodiff.describe import row, rows
from ..autodiff.tensor import Number, Tensor, apply, require_tensor
from ..errors import ShapeError
from ..messages.hints import matmul_fix
from . import arithmetic as A
from .compose import constant_in
from .reductions import axis_of, sum
from .shapes import diagonal, expand, permute, reshape

__mirrors__ = "torch"

C = ops.contract.contract
_CORE = {(1, 1): "k,k->", (1, 2): "k,kn->n", (2, 1): "mk,k->m", (2, 2): "ab,bc->ac"}
_LEAD = "abcdefghijl"  # letters for the leading axes of stacks


def contract(a: Tensor, b: Tensor, labels: str) -> Tensor:
    """The einsum of two operands, with every label in one role (docs/primitives.md)."""
    return apply(C, a, b, labels=labels)


def _refuse(op: str, a: Tensor, b: Tensor, ranks: tuple[int, int] | None = None) -> None:
    """Say which lengths of a product differ, or how many axes it takes."""
    left, right = a._array.shape, b._array.shape
    facts: dict[str, Any] = {"rows": rows(a=a, b=b), "op": op, "a": left, "b": right}
    if ranks is not None and ranks != (a.ndim, b.ndim):
        raise ShapeError("LL151", **facts, n=ranks[0], m=ranks[1])
    if not left or not right:
        raise ShapeError("LL152", **facts)
    m, n = left[-1], right[-2 if len(right) > 1 else 0]
    if m == n:
        raise ShapeError("LL153", **facts, m=left[0], n=right[0])
    raise ShapeError("LL121", **facts, m=m, n=n, fix=matmul_fix(left, right, op))


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product, with PyTorch's rules for vectors and stacks of matrices.

    Shape: (k) (k) -> (); (m, k) (k, n) -> (m, n); (..., m, k) (..., k, n) -> (..., m, n) with
    the leading axes broadcast. Errors: LL121 if the inner lengths differ.
    """
    a, b = require_tensor(input, "matmul", "input"), require_tensor(other, "matmul", "other")
    left, right = a._array.shape, b._array.shape
    if len(left) == len(right) == 2 and left[1] == right[0]:
        return apply(C, a, b, labels="ab,bc->ac")
    if not a.ndim or not b.ndim or a._array.shape[-1] != b._array.shape[-2 if b.ndim > 1 else 0]:
        _refuse("matmul", a, b)
    if a.ndim <= 2 and b.ndim <= 2:
        return contract(a, b, _CORE[a.ndim, b.ndim])
    if b.ndim <= 2:  # one matrix for all: the leading axes are just more rows
        letters = _LEAD[: a.ndim - 1]
        return contract(
            a, b, f"{letters}k,kn->{letters}n" if b.ndim == 2 else f"{letters}k,k->{letters}"
        )
    lead = ops.views.check_broadcast("matmul", a._array.shape[:-2], b._array.shape[:-2],
                                     rows=lambda: rows(a=a, b=b))  # fmt: skip
    letters = _LEAD[: len(lead)]
    b = expand(b, (*lead, *b._array.shape[-2:]))
    if a.ndim == 1:
        return contract(
            expand(a, (*lead, a._array.shape[0])), b, f"{letters}k,{letters}kn->{letters}n"
        )
    a = expand(a, (*lead, *a._array.shape[-2:]))
    return contract(a, b, f"{letters}mk,{letters}kn->{letters}mn")


def _ranked(name: str, ranks: tuple[int, int], labels: str) -> Any:
    def function(input: Tensor, other: Tensor) -> Tensor:
        a, b = require_tensor(input, name, "input"), require_tensor(other, name, "other")
        inner = "k" in labels
        if (
            (a.ndim, b.ndim) != ranks
            or (
                inner
                and a._array.shape[labels.index("k")]
                != b._array.shape[labels.split(",")[1].index("k")]
            )
            or (labels[0] == "b" and a._array.shape[0] != b._array.shape[0])
        ):
            _refuse(name, a, b, ranks)
        return contract(a, b, labels)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The product of operands with {ranks[0]} and {ranks[1]} axes: {labels}."
    return function


mm = _ranked("mm", (2, 2), "mk,kn->mn")
bmm = _ranked("bmm", (3, 3), "bmk,bkn->bmn")
mv = _ranked("mv", (2, 1), "mk,k->m")
dot = vdot = inner_vectors = _ranked("dot", (1, 1), "k,k->")
outer = ger = _ranked("outer", (1, 1), "m,n->mn")


def addmm(
    input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1
) -> Tensor:
    """beta * input + alpha * (mat1 @ mat2)."""
    return _plus(input, mm(mat1, mat2), beta, alpha)


def addmv(
    input: Tensor, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1
) -> Tensor:
    """beta * input + alpha * (mat @ vec)."""
    return _plus(input, mv(mat, vec), beta, alpha)


def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1,
            alpha: Number = 1) -> Tensor:  # fmt: skip
    """beta * input + alpha * (batch1 @ batch2), for stacks of matrices."""
    return _plus(input, bmm(batch1, batch2), beta, alpha)


def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1,
           alpha: Number = 1) -> Tensor:  # fmt: skip
    """beta * input + alpha * the sum over the stack of batch1 @ batch2."""
    return _plus(input, sum(bmm(batch1, batch2), 0), beta, alpha)


def addr(
    input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Number = 1, alpha: Number = 1
) -> Tensor:
    """beta * input + alpha * the outer product of the vectors."""
    return _plus(input, outer(vec1, vec2), beta, alpha)


def _plus(input: Tensor, product: Tensor, beta: Number, alpha: Number) -> Tensor:
    product = product if alpha == 1 else A.mul(product, alpha)
    if beta:
        return A.add(product, input if beta == 1 else A.mul(input, beta))
    return constant_in(input, product)  # whatever is in `input`, NaN too


# --- einsum -----------------------------------------------------------------------------------
def einsum(equation: str, *operands: Any) -> Tensor:
    """Einstein's sum: einsum("ij,jk->ik", a, b). Operands are taken two at a time, in order.

    Errors: LL122 for an equation that does not fit its operands.
    """
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    terms, out = _terms(equation.replace(" ", ""), operands)
    tensors = [_diagonals(x, term) for x, term in zip(operands, terms, strict=True)]
    (result, labels), *rest = tensors
    for i, (x, term) in enumerate(rest):
        later = set(out).union(*(t for _, t in rest[i + 1 :]))
        result, labels = _pair(result, labels, x, term, later)
    gone = tuple(i for i, label in enumerate(labels) if label not in out)
    if gone:
        result = sum(result, gone)
        labels = "".join(label for label in labels if label in out)
    return permute(result, *(labels.index(label) for label in out)) if labels != out else result


def _terms(equation: str, operands: tuple[Tensor, ...]) -> tuple[list[str], str]:
    """Labels of every operand and of the result, with "..." spelled out in spare letters."""
    left, arrow, out = equation.partition("->")
    terms = left.split(",")
    named = [len(term.replace("...", "")) for term in terms]
    fits = len(terms) == len(operands) and builtins.all(
        x.ndim == n or ("..." in term and x.ndim >= n)
        for x, n, term in zip(operands, named, terms, strict=False)
    )
    if not fits:
        table = [row(f"operand {i}", x) for i, x in enumerate(operands)]
        raise ShapeError("LL122", rows=table, equation=equation, n=len(operands))
    spare = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in equation]
    extra = [x.ndim - n for x, n, t in zip(operands, named, terms, strict=True) if "..." in t]
    depth = builtins.max(extra, default=0)
    dots = spare[:depth]
    full = [
        t.replace("...", "".join(dots[depth - (x.ndim - n) :]) if x.ndim > n else "")
        for x, n, t in zip(operands, named, terms, strict=True)
    ]
    if not arrow:
        counts = "".join(terms).replace("...", "")
        out = "..." + "".join(sorted(c for c in set(counts) if counts.count(c) == 1))
    return full, out.replace("...", "".join(dots))


def _diagonals(x: Tensor, term: str) -> tuple[Tensor, str]:
    """Repeated labels within one operand mean its diagonal."""
    for label in dict.fromkeys(term):
        while term.count(label) > 1:
            first, last = term.index(label), term.rindex(label)
            if x._array.shape[first] != x._array.shape[last]:
                raise ShapeError("LL122", rows=rows(operand=x), equation=term, n=1)
            x = diagonal(x, 0, first, last)
            term = term[:first] + term[first + 1 : last] + term[last + 1 :] + label
    return x, term


def _pair(a: Tensor, la: str, b: Tensor, lb: str, later: set[str]) -> tuple[Tensor, str]:
    """One contraction; labels that only one side has and nobody needs are summed first."""
    sizes = dict(zip(la, a._array.shape, strict=True))
    for label, n in zip(lb, b._array.shape, strict=True):
        if sizes.setdefault(label, n) == 1:
            sizes[label] = n
    a, la = _ready(a, la, lb, later, sizes)
    b, lb = _ready(b, lb, la, later, sizes)
    out = "".join(c for c in la if c in later) + "".join(
        c for c in lb if c in later and c not in la
    )
    return contract(a, b, f"{la},{lb}->{out}"), out


def _ready(
    x: Tensor, own: str, other: str, later: set[str], sizes: dict[str, int]
) -> tuple[Tensor, str]:
    alone = tuple(i for i, c in enumerate(own) if c not in other and c not in later)
    if alone:
        x, own = sum(x, alone), "".join(c for i, c in enumerate(own) if i not in alone)
    return expand(
        x, tuple(sizes[c] if n == 1 else n for c, n in zip(own, x._array.shape, strict=True))
    ), own


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """The sum over pairs of axes: the last `dims` of a with the first of b, or two lists."""
    if isinstance(dims, int):
        left, right = list(range(a.ndim - dims, a.ndim)), list(range(dims))
    else:
        left, right = ([axis_of(x, d) for d in (ds if isinstance(ds, (list, tuple)) else [ds])]
                       for x, ds in zip((a, b), dims, strict=True))  # fmt: skip
    letters = "abcdefghijklmnopqrstuvwxyz"
    la, lb = list(letters[: a.ndim]), list(letters[a.ndim : a.ndim + b.ndim])
    for i, j in zip(left, right, strict=True):
        if a._array.shape[i] != b._array.shape[j]:
            raise ShapeError("LL154", rows=rows(a=a, b=b), i=i, j=j, m=a._array.shape[i],
                             n=b._array.shape[j])  # fmt: skip
        lb[j] = la[i]
    out = [c for c in la if c not in lb] + [c for c in lb if c not in la]
    return contract(a, b, f"{''.join(la)},{''.join(lb)}->{''.join(out)}")


def inner(input: Tensor, other: Tensor) -> Tensor:
    """The sum of products along the last axes."""
    if not input.ndim or not other.ndim:
        return A.mul(input, other)
    return tensordot(input, other, ([-1], [-1]))


def kron(input: Tensor, other: Tensor) -> Tensor:
    """Every element of `input` times all of `other`, block by block."""
    n = builtins.max(input.ndim, other.ndim)
    a = reshape(input, (1,) * (n - input.ndim) + input._array.shape)
    b = reshape(other, (1,) * (n - other.ndim) + other._array.shape)
    wide_a = reshape(a, [k for size in a._array.shape for k in (size, 1)])
    wide_b = reshape(b, [k for size in b._array.shape for k in (1, size)])
    sizes = [x * y for x, y in zip(a._array.shape, b._array.shape, strict=True)]
    return reshape(A.mul(wide_a, wide_b), sizes)


def trace(input: Tensor) -> Tensor:
    """The sum of the diagonal."""
    if input.ndim != 2:
        raise ShapeError("LL123", rows=rows(input=input), op="trace", shape=tuple(input.shape))
    return sum(diagonal(input))
