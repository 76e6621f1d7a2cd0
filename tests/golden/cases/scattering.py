"""gather, scatter and the index_* and masked_* family."""

from __future__ import annotations

from tests.golden.cases.case import Table, booleans, bools, distinct, frozen, ints, normal, values

TABLE = Table("scattering")

PLACES = ints((0, 2, 1, 0), (1, 0, 0, 2))
TABLE.both("gather", "x, 0, i", x=normal(3, 4), i=PLACES)
TABLE.both("gather", "x, 1, i", x=normal(3, 4), i=PLACES)
TABLE.both("gather", "x, dim=-1, index=i", x=normal(3, 4), i=ints((3, 0), (1, 1)))
NLL = "x.gather(1, t.view(-1, 1)).squeeze(1)"
TABLE.add(NLL, name="Tensor.gather", x=normal(3, 4), t=ints(0, 3, 1))
TABLE.add("T.gather(x, 0, i)", x=frozen(3), i=ints())
TABLE.add("T.gather(x, 0, i)", x=normal(4), i=ints(1, 1, 3))

for name in "scatter scatter_add".split():
    TABLE.both(name, "x, 0, i, s", x=normal(3, 4), i=ints((0, 2, 1, 0)), s=normal(1, 4))
    TABLE.both(name, "x, 1, i, s", x=normal(2, 3), i=ints((2, 0), (1, 2)), s=normal(2, 2))
TABLE.both("scatter_add", "x, 0, i, s", x=normal(3), i=ints(0, 2, 0, 0), s=normal(4))
TABLE.both("scatter", "x, 1, i, 2.5", x=normal(2, 3), i=ints((2,), (0,)))
TABLE.add("x.scatter(1, i, value=1)", x=normal(2, 3), i=ints((2,), (0,)))
TABLE.add("x.scatter(dim=1, index=i, src=s)", x=normal(2, 3), i=ints((2,), (0,)), s=normal(2, 1))
TABLE.add("T.zeros(3, 4).scatter_(1, i.view(-1, 1), 1)", i=ints(1, 3, 0))
TABLE.add("T.zeros(3, 4).scatter(1, i.view(-1, 1), 1.0)", i=ints(1, 3, 0))
TABLE.add("T.zeros(4, dtype=T.int64).scatter_add(0, i, T.ones_like(i))", i=ints(1, 3, 1))
for name in "scatter_ scatter_add_".split():
    text = f"y = x * 2\ny.{name}(1, i, s)\ny * y"
    TABLE.add(text, name=f"Tensor.{name}", x=normal(2, 3), i=ints((2, 0), (1, 2)), s=normal(2, 2))
TABLE.add(
    "y = x * 2\ny.scatter_(1, i, 0.5)\ny * y",
    name="Tensor.scatter_", x=normal(2, 3), i=ints((2,), (0,)),
)  # fmt: skip
TABLE.add("x.scatter(0, i, 1.5, reduce='add')", grad=False, x=normal(3), i=ints(0, 2))
for reduce in "sum prod mean amax amin".split():
    for include in ("True", "False"):
        text = f"x.scatter_reduce(0, i, s, '{reduce}', include_self={include})"
        TABLE.add(text, x=distinct(3), i=ints(0, 2, 0, 0), s=values(0.4, 0.9, 1.3, -0.7))

for name in ("index_select",):
    TABLE.both(name, "x, 0, i", x=normal(3, 4), i=ints(2, 0, 0))
    TABLE.both(name, "x, 1, i", x=normal(3, 4), i=ints(3, 1))
    TABLE.both(name, "x, dim=-1, index=i", x=normal(2, 2, 3), i=ints(2, 2))
TABLE.add("T.index_select(x, 0, i)", x=normal(4), i=ints(3, 3))
for name in "index_add index_copy".split():
    TABLE.both(name, "x, 0, i, s", x=normal(3, 2), i=ints(2, 0), s=normal(2, 2))
    TABLE.both(name, "x, 1, i, s", x=normal(2, 3), i=ints(2, 0), s=normal(2, 2))
    text = f"y = x * 2\ny.{name}_(0, i, s)\ny * y"
    TABLE.add(text, name=f"Tensor.{name}_", x=normal(3, 2), i=ints(2, 0), s=normal(2, 2))
TABLE.add("x.index_add(0, i, s)", x=normal(3, 2), i=ints(2, 2, 2), s=normal(3, 2))
TABLE.both("index_add", "x, 0, i, s, alpha=0.5", x=normal(3, 2), i=ints(2, 2), s=normal(2, 2))
TABLE.both("index_fill", "x, 0, i, 2.5", x=normal(3, 2), i=ints(2, 0))
TABLE.both("index_fill", "x, 1, i, -1", x=normal(2, 3), i=ints(1))
TABLE.add(
    "y = x * 2\ny.index_fill_(1, i, 3.0)\ny * y",
    name="Tensor.index_fill_", x=normal(2, 3), i=ints(1),
)  # fmt: skip
TABLE.both("index_put", "x, (i,), s", x=normal(3, 2), i=ints(2, 0), s=normal(2, 2))
TABLE.both("index_put", "x, (i, i), s, accumulate=True", x=normal(3, 3), i=ints(2, 2), s=normal(2))
TABLE.add(
    "y = x * 2\ny.index_put_((i,), s, accumulate=True)\ny * y",
    name="Tensor.index_put_", x=normal(3, 2), i=ints(2, 2), s=normal(2, 2),
)  # fmt: skip

TABLE.both("masked_fill", "x, m, 0.5", x=normal(3, 4), m=booleans(3, 4))
TABLE.both("masked_fill", "x, m, -1", x=normal(2, 3, 4), m=booleans(3, 1))
TABLE.add("x.masked_fill(m == 0, float('-inf')).softmax(-1)", name="Tensor.masked_fill",
          x=normal(3, 3), m=ints((1, 0, 0), (1, 1, 0), (1, 1, 1)))  # fmt: skip
TABLE.add("x.masked_fill(m, v)", x=normal(3, 4), m=booleans(3, 4), v=normal())
TABLE.add("x.masked_fill(x > 0, 0)", x=normal(3, 4))
TABLE.add("i.masked_fill(i > 1, 9)", i=ints(0, 1, 2, 3))
TABLE.add(
    "y = x * 2\ny.masked_fill_(m, 1.5)\ny * y",
    name="Tensor.masked_fill_", x=normal(3, 4), m=booleans(3, 4),
)  # fmt: skip
TABLE.both("masked_select", "x, m", x=normal(3, 4), m=booleans(3, 4))
TABLE.both("masked_select", "x, x > 0", x=normal(3, 4))
TABLE.add("T.masked_select(x, m)", x=normal(3, 4), m=bools(True, False, False, True))
MASK = bools((True, False), (True, True))
TABLE.both("masked_scatter", "x, m, s", x=normal(2, 2), m=MASK, s=normal(5))
TABLE.add(
    "y = x * 2\ny.masked_scatter_(m, s)\ny * y",
    name="Tensor.masked_scatter_", x=normal(4), m=bools(True, False, True, True), s=normal(3),
)  # fmt: skip

TABLE.both("take", "x, i", x=normal(3, 4), i=ints((0, 11), (5, 5)))
TABLE.both("take_along_dim", "x, i, dim=1", x=normal(3, 4), i=ints((0,), (3,), (1,)))
TABLE.add("T.take_along_dim(x, i)", x=normal(2, 3), i=ints(5, 0))
TABLE.add("T.take_along_dim(x, x.argsort(1), 1)", x=distinct(2, 3))
TABLE.add("x.put(i, s)", grad=False, x=normal(2, 2), i=ints(3, 0), s=normal(2))
TABLE.both("diagonal_scatter", "x, s", x=normal(3, 3), s=normal(3))
TABLE.both("select_scatter", "x, s, 0, 1", x=normal(3, 2), s=normal(2))
TABLE.both("slice_scatter", "x, s, 0, 1", x=normal(3, 2), s=normal(2, 2))
