"""`contract`: a two-operand einsum, the one primitive behind every product of matrices.

`labels` reads like einsum, "ab,cb->ac". Each label is exactly one of

| role  | stands in   | meaning                        |
|-------|-------------|--------------------------------|
| batch | A, B, out   | independent products           |
| m     | A, out      | rows                           |
| n     | B, out      | columns                        |
| k     | A, B        | summed over                    |

and no label repeats within one operand. Both gradients are contractions of the same kind.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from .. import threads
from ..errors import Row, ShapeError
from .op import PROMOTE, Array, Op, Sample, Shape, Spec, register, sample, widened


class Roles(NamedTuple):
    """The labels of a contraction, split by operand and by role."""

    a: str
    b: str
    out: str
    batch: str
    m: str
    n: str
    k: str


@lru_cache(maxsize=4096)
def roles(labels: str) -> Roles:
    """Parse and check `labels`. Errors: LL104 if a label has no role or repeats."""
    a, _, rest = labels.partition(",")
    b, _, out = rest.partition("->")
    of = {label: (label in a, label in b, label in out) for label in a + b + out}
    counts = {(True, True, True): "", (True, False, True): "", (False, True, True): ""}
    counts[(True, True, False)] = ""
    if any(where not in counts for where in of.values()) or any(
        len(set(part)) != len(part) for part in (a, b, out)
    ):
        raise ShapeError("LL104", labels=labels)
    for label, where in of.items():
        counts[where] += label
    batch, m, n, k = counts.values()
    order = {label: i for i, label in enumerate(out)}
    batch, m, n = ("".join(sorted(part, key=order.__getitem__)) for part in (batch, m, n))
    return Roles(a, b, out, batch, m, n, k)


def _sizes(role: Roles, a: Shape, b: Shape, labels: str) -> dict[str, int]:
    sizes = dict(zip(role.a, a, strict=True))
    for label, size in zip(role.b, b, strict=True):
        if sizes.setdefault(label, size) != size:
            rows = [Row("a", a, role.a), Row("b", b, role.b)]
            raise ShapeError("LL105", rows=rows, labels=labels, label=label, a=sizes[label], b=size)
    return sizes


def _matrices(x: Array, own: str, groups: tuple[str, str, str], sizes: dict[str, int]) -> Array:
    """`x` as (batch, rows, columns) that BLAS can read without a copy, or one good copy.

    If a group of axes cannot be merged in place, the copy is made with the axes that lie
    closest together innermost (the longest contiguous runs), and returned transposed if need be.
    """
    batch, rows, columns = groups
    shape = tuple(math.prod(sizes[label] for label in group) for group in groups)
    moved = x.transpose([own.index(label) for label in batch + rows + columns])
    try:
        return _blas_ready(moved.reshape(shape, copy=False))
    except ValueError:
        pass
    real = [i for i, stride in enumerate(moved.strides) if stride and moved.shape[i] > 1] or [0]
    innermost = min(real, key=lambda i: (abs(moved.strides[i]), -moved.shape[i]))
    lead, split = len(batch), len(batch) + len(rows)
    if not lead <= innermost < split:
        return np.ascontiguousarray(moved).reshape(shape)
    turned = moved.transpose([*range(lead), *range(split, moved.ndim), *range(lead, split)])
    copied = np.ascontiguousarray(turned).reshape(shape[0], shape[2], shape[1])
    return copied.transpose(0, 2, 1)


def _blas_ready(x: Array) -> Array:
    """`x`, or a copy if neither of its last two axes has the stride that BLAS needs."""
    item = x.itemsize
    _, rows, columns = x.strides
    if columns == item and rows >= item * x.shape[2] and rows % item == 0:
        return x
    if rows == item and columns >= item * x.shape[1] and columns % item == 0:
        return x
    return np.ascontiguousarray(x)


def _contract(a: Array, b: Array, *, labels: str) -> Array:
    threads.ready()
    dtype = a.dtype
    if dtype.itemsize < 4:
        a, b = widened(a), widened(b)
    simple = _two_axes(labels)
    if simple is not None and a.ndim == b.ndim == 2:  # the everyday matrix products
        left, right = a.T if simple[0] else a, b.T if simple[1] else b
        if left.shape[1] != right.shape[0]:
            _sizes(roles(labels), a.shape, b.shape, labels)
        return _narrow(left @ right, dtype)
    role = roles(labels)
    sizes = _sizes(role, a.shape, b.shape, labels)
    left = _matrices(a, role.a, (role.batch, role.m, role.k), sizes)
    right = _matrices(b, role.b, (role.batch, role.k, role.n), sizes)
    product = left[0] @ right[0] if left.shape[0] == 1 else left @ right
    made = role.batch + role.m + role.n
    out = product.reshape([sizes[label] for label in made])
    return _narrow(out.transpose([made.index(label) for label in role.out]), dtype)


@lru_cache(maxsize=4096)
def _two_axes(labels: str) -> tuple[bool, bool] | None:
    """For a plain product of two matrices: whether to transpose a, and b."""
    role = roles(labels)
    if (
        role.batch
        or not len(role.m) == len(role.n) == len(role.k) == 1
        or role.out != role.m + role.n
    ):
        return None
    return role.a[0] == role.k, role.b[0] == role.n


def _narrow(x: Array, dtype: Any) -> Array:
    return x if x.dtype is dtype else x.astype(dtype)


def _infer(a: Spec, b: Spec, *, labels: str) -> Spec:
    role = roles(labels)
    sizes = _sizes(role, a.shape, b.shape, labels)
    return Spec(tuple(sizes[label] for label in role.out), a.dtype)


def _for_a(labels: str) -> str:
    role = roles(labels)
    return f"{role.out},{role.b}->{role.a}"


def _for_b(labels: str) -> str:
    role = roles(labels)
    return f"{role.a},{role.out}->{role.b}"


def _samples(rng: np.random.Generator) -> list[Sample]:
    def pair(a: Shape, b: Shape, labels: str) -> Sample:
        return sample(rng.uniform(-1, 1, a), rng.uniform(-1, 1, b), labels=labels)

    return [
        pair((2, 3), (3, 4), "ab,bc->ac"),
        pair((2, 3), (4, 3), "ab,cb->ac"),
        pair((3, 2), (3, 4), "ba,bc->ac"),
        pair((2, 3, 4), (2, 4, 5), "bmk,bkn->bmn"),
        pair((3, 2, 4), (4, 2, 5), "mbk,kbn->nbm"),
        pair((2, 3, 4, 5), (6, 3, 5), "nchw,ocw->noh"),
        pair((3,), (3,), "k,k->"),
        pair((3,), (4,), "m,n->mn"),
        pair((), (3,), ",n->n"),
        pair((0, 3), (3, 4), "ab,bc->ac"),
    ]


contract = register(
    Op("contract", _contract, operands=["a", "b"], infer=_infer, samples=_samples,
       rules=[lambda g, b, labels, F: F.contract(g, b, labels=_for_a(labels)),
              lambda g, a, labels, F: F.contract(a, g, labels=_for_b(labels))],
       family="contract", dtypes=PROMOTE)
)  # fmt: skip
