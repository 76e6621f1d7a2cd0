"""Order: sort, topk, kthvalue, unique, searchsorted, and counting into bins."""

from __future__ import annotations

from tests.golden.cases.case import Table, bools, distinct, integers, ints, unit, values

TABLE = Table("sorting")
NAN = float("nan")

for arguments in ("x", "x, 0", "x, dim=-1, descending=True", "x, dim=1, stable=True"):
    if "stable" in arguments:
        TABLE.add("T.sort(x, dim=1, stable=True)", x=distinct(3, 4))
        TABLE.add("T.argsort(x, dim=1, stable=True)", x=distinct(3, 4))
        continue
    TABLE.both("sort", arguments, x=distinct(3, 4))
    TABLE.both("argsort", arguments, x=distinct(3, 4))
TABLE.add("T.sort(x, stable=True, descending=True)", x=values(1.0, 2.0, 1.0, 2.0))
TABLE.add("T.sort(x, stable=True)", x=values(1.0, NAN, -1.0, 2.0))
TABLE.add("T.argsort(x, stable=True)", x=values(1.0, 0.5, 1.0, 0.5))
TABLE.add("T.sort(i, descending=True)", i=ints(3, 1, 2))
TABLE.add("T.sort(b)[0]", name="liuli.sort", b=bools(True, False, True))
TABLE.add("x.sort().values", name="Tensor.sort", x=distinct(2, 3))
TABLE.add("x.sort().indices", name="Tensor.sort", x=distinct(2, 3))
TABLE.add("x[0].sort()", name="Tensor.sort", x=distinct(2))
TABLE.add("T.msort(x)", x=distinct(3, 2))

for arguments in ("x, 2", "x, k=1, dim=0", "x, 3, dim=1, largest=False", "x, 4"):
    TABLE.both("topk", arguments, x=distinct(3, 4))
TABLE.add("T.topk(x, 2, dim=-1, largest=True, sorted=True)", x=distinct(2, 2, 5))
TABLE.add("x.topk(2).values", name="Tensor.topk", x=distinct(2, 3))
TABLE.add("x.topk(2).indices", name="Tensor.topk", x=distinct(2, 3))
TABLE.add("T.topk(i, 2)", i=ints(4, 9, 2, 7))
TABLE.add("x.topk(2, dim=0)[0].sum()", name="Tensor.topk", x=distinct(4, 2))
TABLE.both("kthvalue", "x, 2", x=distinct(3, 4))
TABLE.both("kthvalue", "x, 1, dim=0, keepdim=True", x=distinct(3, 4))

TABLE.both("unique", "i", i=integers(2, 4))
TABLE.both("unique", "i, return_inverse=True", i=integers(2, 4))
TABLE.both("unique", "i, return_counts=True", i=integers(2, 4))
TABLE.add("T.unique(i, sorted=True, return_inverse=True, return_counts=True)", i=integers(8))
TABLE.add("T.unique(i, dim=0)", i=ints((1, 2), (0, 5), (1, 2)))
TABLE.add("T.unique(i, dim=1, return_counts=True)", i=ints((1, 2, 1), (0, 5, 0)))
TABLE.add("T.unique(x)", grad=False, x=values(2.0, -1.0, 2.0))
TABLE.both("unique_consecutive", "i", i=ints(1, 1, 2, 2, 1))
TABLE.add("T.unique_consecutive(i, return_counts=True)", i=ints(1, 1, 2, 2, 1))

EDGES = values(-1.0, 0.5, 2.0, 7.0)
WANTED = values(-2.0, -1.0, 0.6, 7.0, 9.0)
TABLE.add("T.searchsorted(x, y)", x=EDGES, y=WANTED)
TABLE.add("T.searchsorted(x, y, right=True)", x=EDGES, y=WANTED)
TABLE.add("T.searchsorted(x, y, side='right')", x=EDGES, y=WANTED)
TABLE.add("T.searchsorted(x, 0.7)", x=EDGES)
TABLE.add("T.searchsorted(x, y)", x=values((0.0, 1.0), (2.0, 3.0)), y=values((0.5,), (9.0,)))
TABLE.add("T.searchsorted(i, j)", i=ints(1, 3, 5), j=ints(0, 3, 9))
TABLE.add("T.bucketize(y, x)", x=EDGES, y=WANTED)
TABLE.add("T.bucketize(y, x, right=True)", x=EDGES, y=WANTED)

TABLE.both("bincount", "i", i=integers(9))
TABLE.both("bincount", "i, minlength=8", i=integers(9))
TABLE.add("T.bincount(i, weights=x)", grad=False, i=ints(0, 2, 2), x=values(0.5, 1.0, 2.0))
TABLE.add("T.bincount(i[:0], minlength=2)", i=integers(3))
TABLE.both("histc", "x, bins=4, min=-2.0, max=2.0", grad=False, x=distinct(9))
TABLE.add("T.histc(x, bins=3)", grad=False, x=distinct(9))

for text in (
    "T.nonzero(x)",
    "T.nonzero(x, as_tuple=True)",
    "x.nonzero()",
    "x.nonzero(as_tuple=True)",
    "T.argwhere(x)",
    "x.argwhere()",
):
    TABLE.add(text, x=values((0.0, 1.0, NAN), (2.0, 0.0, -0.0)))
TABLE.add("T.nonzero(b)", b=bools(True, False, True))
TABLE.add("T.nonzero(i[0])", i=ints(3))
TABLE.add("T.nonzero(u > 2)", u=unit(3))
TABLE.add("T.cartesian_prod(i, j)", i=ints(1, 2), j=ints(3, 4, 5))
TABLE.add("T.combinations(i, r=2)", i=ints(1, 2, 3))
