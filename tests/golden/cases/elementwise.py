"""Functions of one tensor, element by element, at ordinary places and at the edges."""

from __future__ import annotations

from tests.golden.cases.case import (
    Table,
    bools,
    distinct,
    frozen,
    integers,
    ints,
    normal,
    opened,
    positive,
    unit,
    values,
)

TABLE = Table("elementwise")
INF = float("inf")
NAN = float("nan")

UNARY = {
    distinct: "abs absolute neg negative sign sgn floor ceil round trunc fix frac square relu "
    "positive",
    normal: "exp expm1 exp2 sin cos tan atan arctan sinh cosh tanh asinh arcsinh sigmoid erf erfc "
    "sinc deg2rad rad2deg nan_to_num",
    positive: "log log1p log2 log10 sqrt rsqrt reciprocal lgamma digamma",
    opened: "asin arcsin acos arccos atanh arctanh erfinv",
    unit: "logit",
}
for kind, names in UNARY.items():
    for name in names.split():
        # PyTorch's own gradient of sgn is a zero without storage, which nothing can read.
        TABLE.both(name, "x", grad=name != "sgn", x=kind(3, 4))

for name in ("acosh", "arccosh"):
    TABLE.add(f"T.{name}(x + 1.5)", x=unit(3, 4))
    TABLE.add(f"(x + 1.5).{name}()", name=f"Tensor.{name}", x=unit(3, 4))
TABLE.add("T.polygamma(1, x)", x=positive(3, 4))
TABLE.add("T.polygamma(2, x)", x=positive(5))
TABLE.add("x.polygamma(1)", x=positive(5))

# Where each of these could slip: infinities, NaN, both zeros, kinks, the ends of the domain.
for name in (
    "abs neg sign floor ceil round trunc relu exp expm1 sigmoid tanh erf erfc atan square sinc "
    "isnan isinf isfinite isposinf isneginf signbit"
).split():
    TABLE.add(f"T.{name}(x)", x=values(-INF, -2.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.5, 2.5, INF, NAN))
for name in "sqrt rsqrt log log2 log10 reciprocal".split():
    TABLE.add(f"T.{name}(x)", x=values(-INF, -1.0, -0.0, 0.0, 1.0, 4.0, INF, NAN))
for name in "log1p asin acos atanh erfinv".split():
    TABLE.add(f"T.{name}(x)", x=values(-1.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, NAN))
for name in "sin cos tan".split():
    TABLE.add(f"T.{name}(x)", x=values(-INF, -3.0, 0.0, 1e-6, 3.0, 12.0, INF, NAN))
TABLE.add("T.logit(x)", x=values(-0.5, 0.0, 0.5, 1.0, 1.5, NAN))
TABLE.add("T.logit(x, eps=0.1)", x=values(0.05, 0.3, 0.5, 0.97))
TABLE.add("x.logit(0.1)", x=values(0.05, 0.3, 0.5, 0.97))
TABLE.add("T.lgamma(x)", x=values(0.5, 1.0, 2.0, 7.5, 30.0, -0.5, -2.5))
TABLE.add("T.digamma(x)", x=values(0.5, 1.0, 2.0, 7.5, 30.0, -0.5, -2.5))
TABLE.add("T.lgamma(x)", grad=False, x=values(0.0, -1.0, INF, NAN))
# Accuracy far out, one number a case, since the tolerance follows the largest number. Values
# only: PyTorch computes these gradients from the rounded result (1 - y * y), with few digits.
for number in (-30.0, -8.0, -1e-4, 1e-6, 6.0, 40.0):
    for name in "sigmoid tanh expm1 erfc".split():
        TABLE.add(f"T.{name}(x)", grad=False, x=values(number))
for number in (1e-6, 1e-3, 30.0):
    TABLE.add("T.log1p(x)", x=values(number))
    TABLE.add("T.asinh(x)", x=values(number))

for decimals in (1, 2, -1):
    TABLE.both("round", f"x, decimals={decimals}", x=values(0.123, 1.876, -26.71, 35.2, 4.449))
TABLE.both("nan_to_num", "x, nan=2.0", x=values(NAN, 1.0, INF, -INF))
TABLE.add("T.nan_to_num(x, nan=0.5, posinf=9.0, neginf=-9.0)", x=values(NAN, 1.0, INF, -INF))
TABLE.add("T.nan_to_num(x)", x=values(NAN, 1.0, INF, -INF))

# Integers: what stays integral, and what becomes the default float.
for name in "abs neg sign floor ceil round trunc square relu positive sgn nan_to_num".split():
    TABLE.add(f"T.{name}(x)", x=integers(2, 3, low=-4, high=5))
for name in (
    "exp exp2 sin cos tanh sigmoid erf sqrt log1p reciprocal rsqrt log log2 atan sinh deg2rad"
).split():
    TABLE.add(f"T.{name}(x)", x=integers(2, 3, low=1, high=6))
for name in "isnan isinf isfinite logical_not bitwise_not".split():
    TABLE.both(name, "x", x=integers(2, 3, low=-2, high=3))
for name in "logical_not bitwise_not sigmoid exp isnan".split():
    TABLE.add(f"T.{name}(x)", x=bools(True, False))
TABLE.add("x.bitwise_not()", x=bools(True, False))
TABLE.add("T.logical_not(x)", x=values(0.0, -0.0, 1.5, NAN))
for name in "isnan isinf isfinite isposinf isneginf signbit isreal".split():
    TABLE.add(f"x.{name}()", x=values(0.0, -1.0, INF, -INF, NAN))

# Zero sizes, 0-d, and a layout that is not contiguous.
for name in "exp sqrt sigmoid abs".split():
    TABLE.add(f"T.{name}(x)", x=frozen(0, 3))
    TABLE.add(f"T.{name}(x[0])", x=positive(2))
    TABLE.add(f"T.{name}(x.t())", x=positive(2, 3))
    TABLE.add(f"T.{name}(x[:, ::2])", x=positive(2, 5))
TABLE.add("T.sigmoid(T.tanh(x).exp())", x=normal(2, 3))

# clamp and its relatives: the gradient passes at the bound itself.
for name in ("clamp", "clip"):
    TABLE.both(name, "x, -1.0, 1.2", x=distinct(3, 4))
    TABLE.both(name, "x, min=0.3", x=distinct(3, 4))
    TABLE.both(name, "x, max=0.3", x=distinct(3, 4))
TABLE.both("clamp", "x, -1.0, 1.0", x=values(-2.0, -1.0, 0.5, 1.0, 3.0, NAN))
TABLE.both("clamp", "x, lo, hi", x=normal(3, 4), lo=values(-0.5, -0.4, -0.3, 0.9), hi=values(0.5))
TABLE.add("T.clamp(x, min=lo)", x=normal(3, 4), lo=normal(3, 1))
TABLE.add("T.clamp(x, 1, 3)", x=integers(5, high=6))
TABLE.add("T.clamp(x, 1.5)", x=integers(5, high=6))
TABLE.add("T.clamp(x, 2.0, 1.0)", x=normal(4))
TABLE.both("clamp_min", "x, 0.3", x=distinct(3, 4))
TABLE.both("clamp_max", "x, 0.3", x=distinct(3, 4))
TABLE.add("T.clamp_min(x, 0.0)", x=values(-1.0, 0.0, 1.0))
TABLE.add("T.clamp_max(x, 2)", x=ints(1, 2, 3))

for name in "rad2deg frac isreal".split():
    TABLE.add(f"T.{name}(x)", x=values(-1.75, -0.25, 0.25, 1.75))
TABLE.add("T.special.expit(x)", name="liuli.special.expit", x=normal(4))
