"""Sums, means, extremes, norms and running sums: over all, one and several dimensions."""

from __future__ import annotations

from tests.golden.cases.case import (
    Table,
    booleans,
    bools,
    distinct,
    frozen,
    integers,
    ints,
    normal,
    positive,
    values,
)

TABLE = Table("reductions")
INF = float("inf")
NAN = float("nan")

SEVERAL = "sum mean std var amax amin logsumexp norm nansum nanmean"
for name in SEVERAL.split():
    for arguments in ("", "dim=1", "dim=-1, keepdim=True", "dim=(0, 2)", "(1, 2), keepdim=True"):
        if name == "logsumexp" and not arguments:
            continue
        if name == "norm" and arguments.startswith("("):
            arguments = "dim=(1, 2), keepdim=True"
        TABLE.both(name, f"x, {arguments}".rstrip(", "), x=distinct(2, 3, 4))
    if name != "logsumexp":
        TABLE.add(f"x.{name}()", x=distinct(1) if name not in ("std", "var") else distinct(2))
for name in "sum mean std var amax logsumexp".split():
    TABLE.add(f"x.transpose(0, 2).{name}(1)", name=f"Tensor.{name}", x=distinct(2, 3, 4))
    TABLE.add(f"T.{name}(x, dim=[0, -1])", x=distinct(2, 3, 2))
TABLE.add("T.sum(x, axis=1, keepdims=True)", x=normal(2, 3))
TABLE.add("x.sum(axis=0)", x=normal(2, 3))
TABLE.add("x.mean(axis=(0, 1))", x=normal(2, 3))
TABLE.add("x.sum((1,))", x=normal(2, 3))
TABLE.add("x[0].sum()", name="Tensor.sum", x=normal(3))
TABLE.add("x[0].sum(0)", name="Tensor.sum", x=normal(3))
TABLE.add("x[0].mean(-1)", name="Tensor.mean", x=normal(3))

for name in "sum prod nansum".split():
    TABLE.add(f"T.{name}(i)", i=integers(2, 3))
    TABLE.add(f"T.{name}(i, dim=0)", i=integers(2, 3))
for name in "sum prod".split():
    TABLE.add(f"T.{name}(b)", b=booleans(2, 3))
    TABLE.add(f"T.{name}(i, dtype=T.float32)", i=integers(2, 3))
    TABLE.add(f"x.{name}(dtype=T.float64)", x=normal(2, 3))
    TABLE.add(f"x.{name}(0, dtype=T.float64)", x=normal(2, 3))
TABLE.add("T.mean(i, dtype=T.float32)", i=integers(2, 3))
TABLE.add("b.sum(dim=1)", b=booleans(2, 3))
TABLE.add("(x > 0).sum()", name="Tensor.sum", x=normal(2, 3))
TABLE.add("(x > 0).float().mean()", name="Tensor.mean", x=normal(2, 3))

for arguments in ("", "1", "dim=-1, keepdim=True"):
    TABLE.both("prod", f"x, {arguments}".rstrip(", "), x=positive(2, 3))
TABLE.add("T.prod(x)", x=values(2.0, 0.0, 3.0))
TABLE.add("T.prod(x)", x=values(2.0, 0.0, 0.0))
TABLE.add("T.prod(x, 1)", x=values((2.0, 0.0, 3.0), (1.0, 2.0, 3.0), (0.0, 1.0, 0.0)))

for name in "std var".split():
    for option in ("unbiased=False", "correction=0", "correction=2"):
        TABLE.both(name, f"x, {option}", x=normal(3, 4))
        TABLE.both(name, f"x, dim=1, {option}", x=normal(3, 4))
    TABLE.add(f"x.{name}(1, False)", x=normal(3, 4))
    TABLE.add(f"x.{name}(dim=(0, 1), correction=0, keepdim=True)", x=normal(3, 4))
    TABLE.add(f"T.{name}_mean(x)", x=normal(3, 4))
    TABLE.add(f"T.{name}_mean(x, dim=1)", x=normal(3, 4))
    TABLE.add(f"T.{name}_mean(x, dim=(0,), correction=0, keepdim=True)", x=normal(3, 4))
TABLE.add("T.var(x + 1000)", x=normal(12))

# Extremes: with a dimension they come with places; over all, ties share the gradient.
for name in "max min".split():
    TABLE.both(name, "x", x=distinct(3, 4))
    TABLE.both(name, "x, 1", x=distinct(3, 4))
    TABLE.both(name, "x, dim=0", x=distinct(3, 4))
    TABLE.both(name, "x, dim=-1, keepdim=True", x=distinct(2, 3, 4))
    TABLE.both(name, "x, y", x=distinct(3, 4), y=distinct(4))
    TABLE.add(f"T.{name}(x)", x=values(1.0, 3.0, 3.0, -2.0, -2.0))
    TABLE.add(f"T.{name}(x, 0)", x=values(1.0, 3.0, 3.0, -2.0, -2.0))
    TABLE.add(f"T.{name}(x, 0)", grad=False, x=values(1.0, NAN, 3.0, NAN))
    TABLE.add(f"T.{name}(x)", grad=False, x=values(1.0, NAN, 3.0))
    TABLE.add(f"T.{name}(i, 1)", i=ints((1, 5, 2), (7, 3, 0)))
    TABLE.add(f"T.{name}(b, 0)", b=bools((True, False), (True, False)))
    TABLE.add(f"x.{name}(1).values", name=f"Tensor.{name}", x=distinct(3, 4))
    TABLE.add(f"x.{name}(1).indices", name=f"Tensor.{name}", x=distinct(3, 4))
    TABLE.add(f"x.{name}(1)[0]", name=f"Tensor.{name}", x=distinct(3, 4))
for name in "amax amin".split():
    TABLE.add(f"T.{name}(x, 0)", x=values(1.0, 3.0, 3.0, -2.0, -2.0))
    TABLE.add(f"T.{name}(x, (0, 1))", x=values((1.0, 3.0), (3.0, 1.0)))
    TABLE.add(f"T.{name}(i, 1)", i=integers(2, 3))
for name in "argmax argmin".split():
    for arguments in ("x", "x, 1", "x, dim=0", "x, dim=-1, keepdim=True"):
        TABLE.both(name, arguments, x=distinct(3, 4))
    TABLE.add(f"T.{name}(x)", x=values(1.0, 3.0, 3.0, -2.0, -2.0))
    TABLE.add(f"T.{name}(x)", x=values(1.0, NAN, 3.0, NAN))
    TABLE.add(f"T.{name}(x, keepdim=True)", x=distinct(2, 3))
    TABLE.add(f"T.{name}(i, 1)", i=ints((1, 5, 5), (7, 3, 3)))
TABLE.both("aminmax", "x", x=distinct(3, 4))
TABLE.both("aminmax", "x, dim=1", grad=False, x=distinct(3, 4))
TABLE.add("T.aminmax(x, dim=0, keepdim=True)", x=distinct(3, 4))

for name in "all any".split():
    TABLE.both(name, "b", b=booleans(2, 3))
    TABLE.both(name, "b, 1", b=booleans(3, 4))
    TABLE.both(name, "b, dim=0, keepdim=True", b=booleans(3, 4))
    TABLE.add(f"T.{name}(b, dim=(0, 2))", b=booleans(2, 3, 2))
    TABLE.add(f"T.{name}(x)", x=values(0.0, 1.0, NAN))
    TABLE.add(f"T.{name}(i, 0)", i=ints((0, 1), (2, 1)))
    TABLE.add(f"T.{name}(b[:0])", b=booleans(2))

for order in ("2", "1", "3", "0.5", "float('inf')", "-float('inf')", "0"):
    TABLE.both("norm", f"x, {order}", grad=order != "0", x=distinct(3, 4))
    TABLE.both("norm", f"x, p={order}, dim=1", grad=order != "0", x=distinct(3, 4))
TABLE.add("x.norm('fro')", x=normal(3, 4))
TABLE.add("x.norm(p=2, dim=1, keepdim=True)", x=normal(3, 4))
TABLE.add("x.norm(dim=1, keepdim=True)", x=normal(3, 4))
TABLE.add("x.norm()", x=values(0.0, 0.0))
TABLE.add("T.dist(x, y)", x=normal(3), y=normal(3))
TABLE.add("T.dist(x, y, p=1)", x=normal(3), y=normal(3))

TABLE.add("T.logsumexp(x, 0)", x=values(1000.0, 1000.0, -1000.0))
TABLE.add("T.logsumexp(x, 1)", x=values((-INF, -INF), (0.0, -INF)))
TABLE.add("T.logsumexp(x, dim=(0, 1))", x=normal(3, 4))
TABLE.add("T.logsumexp(x, 0)", grad=False, x=values(INF, 1.0))

for name in "cumsum cumprod cummax cummin logcumsumexp".split():
    kind = positive if name == "cumprod" else distinct
    TABLE.both(name, "x, 0", x=kind(3, 4))
    TABLE.both(name, "x, dim=-1", x=kind(3, 4))
for name in "cumsum cumprod".split():
    TABLE.add(f"T.{name}(i, 0)", i=integers(5, low=1))
    TABLE.add(f"T.{name}(b, 0)", b=booleans(5))
    TABLE.add(f"T.{name}(i, 0, dtype=T.float32)", i=integers(5, low=1))
TABLE.add("T.cumprod(x, 0)", x=values(2.0, 0.0, 3.0, 4.0))
TABLE.add("T.cumsum(x, 1)", x=normal(2, 0))
TABLE.add("T.diff(x)", x=normal(5))
TABLE.add("T.diff(x, n=2, dim=0)", x=normal(5, 2))
TABLE.add("x.diff(dim=0)", x=normal(3, 2))
TABLE.add("T.trapezoid(x, dx=0.5)", x=normal(2, 5))

for name in "median nanmedian".split():
    TABLE.both(name, "x", x=distinct(3, 5))
    TABLE.both(name, "x, 1", x=distinct(3, 5))
    TABLE.add(f"T.{name}(x, dim=0, keepdim=True)", x=distinct(4, 3))
    TABLE.add(f"T.{name}(x)", x=distinct(6))
TABLE.add("T.mode(i, 1)", i=ints((1, 2, 2, 3), (3, 3, 1, 1)))
TABLE.add("T.quantile(x, 0.3)", x=distinct(7))
TABLE.add("T.quantile(x, q, dim=1)", x=distinct(3, 5), q=values(0.25, 0.5, 0.9))
for name in "nansum nanmean".split():
    TABLE.both(name, "x", x=values(1.0, NAN, 3.0))
    TABLE.both(name, "x, 1", x=values((1.0, NAN), (NAN, NAN), (2.0, 3.0)))
TABLE.both("count_nonzero", "i", i=ints((0, 1), (2, 0)))
TABLE.both("count_nonzero", "i, dim=0", i=ints((0, 1), (2, 0)))
TABLE.add("T.count_nonzero(x, 1)", x=values((0.0, 1.0), (NAN, -0.0)))
TABLE.add("T.count_nonzero(b, dim=(0, 1))", b=booleans(2, 3))

# Nothing to reduce: the neutral element.
for name in "sum prod mean std all any nansum".split():
    TABLE.add(f"T.{name}(x)", grad=False, x=normal(0))
for name in "sum prod mean any all logsumexp".split():
    TABLE.add(f"T.{name}(x, 1)", grad=False, x=normal(2, 0))
    TABLE.add(f"T.{name}(x, 0)", grad=False, x=frozen(2, 0))
TABLE.add("T.amax(x, 1)", grad=False, x=frozen(0, 2))
TABLE.add("T.std(x)", grad=False, x=values(3.0))
TABLE.add("T.var(x, 1)", grad=False, x=normal(2, 1))

for name in "softmax log_softmax".split():
    TABLE.both(name, "x, 1", x=normal(3, 4))
    TABLE.both(name, "x, dim=0", x=normal(3, 4))
    TABLE.both(name, "x, dim=-2", x=normal(2, 3, 4))
    TABLE.add(f"T.{name}(x, -1)", x=values(1000.0, 0.0, -1000.0))
    TABLE.add(f"T.{name}(x, 0, dtype=T.float64)", x=normal(3))
    TABLE.add(f"x[0].{name}(0)", name=f"Tensor.{name}", x=normal(3))
TABLE.add("T.softmax(x, 0)", x=values(-INF, 1.0, 2.0))
TABLE.add("T.log_softmax(x, 0)", grad=False, x=values(-INF, 1.0, 2.0))
TABLE.add("T.softmax(x, 1)", grad=False, x=values((-INF, -INF), (1.0, 2.0)))
