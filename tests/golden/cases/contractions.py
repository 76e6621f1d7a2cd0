"""Products that sum: matmul over all ranks, einsum and their relatives."""

from __future__ import annotations

from tests.golden.cases.case import Table, frozen, integers, normal

TABLE = Table("contractions")

# Every combination of ranks, and batches that broadcast.
SHAPES: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 4)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (1, 3, 4)),
    ((2, 1, 2, 3), (5, 3, 4)),
    ((2, 5, 2, 3), (2, 5, 3, 4)),
    ((2, 5, 2, 3), (3,)),
    ((1, 1), (1, 1)),
    ((4, 1), (1, 4)),
)
for left, right in SHAPES:
    TABLE.both("matmul", "x, y", x=normal(*left), y=normal(*right))
    TABLE.add("x @ y", x=normal(*left), y=normal(*right))
for left, right in (((0, 3), (3, 4)), ((2, 0), (0, 4)), ((2, 3), (3, 0)), ((0, 2, 3), (3, 4))):
    TABLE.add("x @ y", x=frozen(*left), y=frozen(*right))
TABLE.add("x @ x.t()", x=normal(2, 3))
TABLE.add("x.t() @ x", x=normal(2, 3))
TABLE.add("x[:, ::2] @ y", x=normal(2, 5), y=normal(3, 2))
TABLE.add("i @ j", i=integers(2, 3), j=integers(3, 2))
TABLE.add("x.transpose(1, 2) @ x", x=normal(2, 3, 2))
TABLE.add("(q @ k.transpose(-2, -1)).softmax(-1) @ v", name="operator.@",
          q=normal(2, 3, 2), k=normal(2, 4, 2), v=normal(2, 4, 3))  # fmt: skip

TABLE.both("mm", "x, y", x=normal(2, 3), y=normal(3, 4))
TABLE.both("mm", "x.t(), y", x=normal(3, 2), y=normal(3, 4))
TABLE.both("bmm", "x, y", x=normal(2, 2, 3), y=normal(2, 3, 4))
TABLE.both("mv", "x, y", x=normal(2, 3), y=normal(3))
TABLE.both("dot", "x, y", x=normal(3), y=normal(3))
TABLE.both("vdot", "x, y", x=normal(3), y=normal(3))
TABLE.both("outer", "x, y", x=normal(3), y=normal(2))
TABLE.both("ger", "x, y", x=normal(3), y=normal(2))
TABLE.both("inner", "x, y", x=normal(3), y=normal(3))
TABLE.both("inner", "x, y", x=normal(2, 3), y=normal(4, 3))
TABLE.both("kron", "x, y", x=normal(2, 2), y=normal(1, 3))
TABLE.add("T.linalg.multi_dot([x, y, z])", x=normal(2, 3), y=normal(3, 2), z=normal(2, 2))
TABLE.add("T.chain_matmul(x, y)", x=normal(2, 3), y=normal(3, 2))
for name in ("addmm", "addmv", "addbmm", "baddbmm", "addr"):
    shapes = {
        "addmm": ((2, 4), (2, 3), (3, 4)),
        "addmv": ((2,), (2, 3), (3,)),
        "addbmm": ((2, 4), (2, 2, 3), (2, 3, 4)),
        "baddbmm": ((2, 2, 4), (2, 2, 3), (2, 3, 4)),
        "addr": ((2, 3), (2,), (3,)),
    }[name]
    inputs = {word: normal(*shape) for word, shape in zip("bxy", shapes, strict=True)}
    TABLE.both(name, "b, x, y", **inputs)
    TABLE.both(name, "b, x, y, beta=0.5, alpha=2", **inputs)
TABLE.add("T.addmm(b, x, y)", b=normal(4), x=normal(2, 3), y=normal(3, 4))
TABLE.add("T.addmm(b, x, y, beta=0)", b=normal(4), x=normal(2, 3), y=normal(3, 4))
TABLE.add("T.baddbmm(b, x, y)", b=normal(1, 4), x=normal(2, 2, 3), y=normal(2, 3, 4))

EINSUM: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "i,i->": ((3,), (3,)),
    "i,j->ij": ((3,), (2,)),
    "ij,jk->ik": ((2, 3), (3, 4)),
    "ij,jk": ((2, 3), (3, 4)),
    "ij,kj->ik": ((2, 3), (4, 3)),
    "bij,bjk->bik": ((2, 2, 3), (2, 3, 2)),
    "bij,jk->bik": ((2, 2, 3), (3, 2)),
    "...ij,...jk->...ik": ((2, 1, 2, 3), (3, 3, 2)),
    "bhqd,bhkd->bhqk": ((1, 2, 3, 2), (1, 2, 4, 2)),
    "ij,ij->": ((2, 3), (2, 3)),
    "ij,ij->ij": ((2, 3), (2, 3)),
    "ij,i->j": ((2, 3), (2,)),
    "nhwpqc,kpqc->nhwk": ((1, 2, 2, 2, 1, 3), (2, 2, 1, 3)),
}
for equation, (left, right) in EINSUM.items():
    TABLE.add(f"T.einsum('{equation}', x, y)", x=normal(*left), y=normal(*right))
for equation in ("ij->ji", "ij->", "ij->j", "ij->i", "ij", "ba", "...j->j...", "i j -> j i"):
    TABLE.add(f"T.einsum('{equation}', x)", x=normal(2, 3))
for equation in ("ii->", "ii->i", "ii", "i...->..."):
    TABLE.add(f"T.einsum('{equation}', x)", x=normal(3, 3))
TABLE.add("T.einsum('ij,jk,kl->il', x, y, z)", x=normal(2, 3), y=normal(3, 2), z=normal(2, 4))
TABLE.add("T.einsum('i,ij,j->', x, y, z)", x=normal(2), y=normal(2, 3), z=normal(3))
TABLE.add("T.einsum('bn,anm,bm->ba', x, y, z)", x=normal(2, 3), y=normal(4, 3, 2), z=normal(2, 2))
TABLE.add("T.einsum('ij,jk->ik', [x, y])", x=normal(2, 3), y=normal(3, 2))

TABLE.add("T.tensordot(x, y, dims=1)", x=normal(2, 3), y=normal(3, 4))
TABLE.add("T.tensordot(x, y)", x=normal(2, 3, 2), y=normal(3, 2, 4))
TABLE.add("T.tensordot(x, y, dims=0)", x=normal(2), y=normal(3))
TABLE.add("T.tensordot(x, y, dims=([0, 1], [1, 0]))", x=normal(2, 3, 2), y=normal(3, 2))
TABLE.add("T.tensordot(x, y, ([2], [0]))", x=normal(2, 1, 3), y=normal(3, 2))
TABLE.add("T.cross(x, y, dim=1)", x=normal(2, 3), y=normal(2, 3))
TABLE.add("T.linalg.vecdot(x, y)", x=normal(2, 3), y=normal(2, 3))
TABLE.add("T.cdist(x, y)", x=normal(3, 2), y=normal(4, 2))
TABLE.add("T.cdist(x, y, p=1.0)", x=normal(3, 2), y=normal(4, 2))
