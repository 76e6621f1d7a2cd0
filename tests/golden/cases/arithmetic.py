"""Functions and operators of two or three tensors, with broadcasting, scalars and both kinds."""

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
    unit,
    values,
)

TABLE = Table("arithmetic")
INF = float("inf")
NAN = float("nan")

# Operators between tensors, with Python numbers on either side, and broadcasting.
SYMBOLS = {"+": distinct, "-": distinct, "*": distinct, "/": positive, "**": positive}
for symbol, kind in SYMBOLS.items():
    name = f"operator.{symbol}"
    TABLE.add(f"x {symbol} y", name=name, x=kind(3, 4), y=kind(3, 4))
    TABLE.add(f"x {symbol} y", name=name, x=kind(3, 4), y=kind(4))
    TABLE.add(f"x {symbol} y", name=name, x=kind(2, 1, 3), y=kind(4, 1))
    TABLE.add(f"x {symbol} y[0]", name=name, x=kind(3, 4), y=kind(2))
    TABLE.add(f"x {symbol} 2", name=name, x=kind(3, 4))
    TABLE.add(f"2.5 {symbol} x", name=name, x=kind(3, 4))
    if symbol in "+*/":
        TABLE.add(f"True {symbol} x", name=name, x=kind(3))
    TABLE.add(f"i {symbol} j", name=name, i=integers(5, low=1), j=integers(5, low=1))
    TABLE.add(f"i {symbol} 2", name=name, i=integers(5, low=1))
    TABLE.add(f"3 {symbol} i", name=name, i=integers(5, low=1))
    TABLE.add(f"i {symbol} 0.5", name=name, i=integers(5, low=1))
    TABLE.add(f"i {symbol} x", name=name, i=integers(4, low=1), x=kind(3, 4))
    if symbol != "/":  # its gradient is nothing but rounding
        TABLE.add(f"x {symbol} x", name=name, x=kind(3))
TABLE.add("-x", name="operator.neg", x=normal(3))
TABLE.add("+x", name="operator.pos", x=normal(3))
TABLE.add("abs(x)", name="operator.abs", x=distinct(3))
TABLE.add("~b", name="operator.~", b=booleans(4))
TABLE.add("~i", name="operator.~", i=integers(4, low=-3))

SIGNED = {"x": values(7.0, -7.0, 7.5, -7.5, 6.0, -0.5), "y": values(3.0, 3.0, -2.0, -2.0, 4.0, 2.0)}
for symbol in ("//", "%"):
    name = f"operator.{symbol}"
    grad = symbol == "%"  # PyTorch has no gradient of //
    TABLE.add(f"x {symbol} y", name=name, grad=grad, **SIGNED)
    TABLE.add(f"x {symbol} y", name=name, grad=grad, x=distinct(3, 4), y=positive(4))
    TABLE.add(f"x {symbol} 2", name=name, grad=grad, x=distinct(3, 4))
    TABLE.add(f"7.5 {symbol} x", name=name, grad=False, x=distinct(3, 4))
    TABLE.add(f"i {symbol} j", name=name, i=ints(7, -7, 7, -7), j=ints(3, 3, -3, -3))
    TABLE.add(f"i {symbol} 3", name=name, i=ints(7, -7, 6, 0))
    TABLE.add(f"i {symbol} -2.5", name=name, i=ints(7, -7, 6, 0))
    TABLE.add(f"10 {symbol} i", name=name, i=ints(7, -7, 6, 4))
    TABLE.add(f"x {symbol} y", name=name, grad=False, x=values(1.0, -1.0, 0.0), y=values(0.0))

FUNCTIONS = "add sub subtract mul multiply div divide true_divide pow maximum minimum fmax fmin"
for name in FUNCTIONS.split():
    kind = positive if name in ("div", "divide", "true_divide", "pow") else distinct
    TABLE.both(name, "x, y", x=kind(3, 4), y=kind(4))
    TABLE.add(f"T.{name}(x, y)", x=kind(3, 1), y=kind(1, 4))
for name in "add sub mul div true_divide pow".split():
    TABLE.both(name, "x, 3", x=positive(5))
    TABLE.add(f"T.{name}(x, 0.5)", x=positive(2, 3))
for name in "floor_divide remainder fmod".split():
    TABLE.both(name, "x, y", grad=name != "floor_divide", **SIGNED)
    TABLE.both(name, "x, 2.0", grad=name != "floor_divide", x=distinct(3, 4))
    TABLE.add(f"T.{name}(i, j)", i=ints(7, -7, 7, -7), j=ints(3, 3, -3, -3))
    TABLE.add(f"T.{name}(x, y)", grad=name != "floor_divide", x=distinct(3, 1), y=positive(4))
TABLE.add("T.remainder(7.0, x)", grad=False, x=distinct(4))
TABLE.add("T.fmod(x, -1.5)", x=distinct(4))

for name in ("add", "sub"):
    TABLE.both(name, "x, y, alpha=0.5", x=normal(3, 4), y=normal(4))
    TABLE.both(name, "x, 2, alpha=3", x=normal(3))
    TABLE.add(f"T.{name}(i, j, alpha=3)", i=integers(4), j=integers(4))
for mode in ("'floor'", "'trunc'", "None"):
    TABLE.both("div", f"x, y, rounding_mode={mode}", x=distinct(3, 4), y=positive(4))
    TABLE.add(f"T.div(i, j, rounding_mode={mode})", i=ints(7, -7, 7, -7), j=ints(3, 3, -3, -3))
    TABLE.add(f"T.div(i, 2, rounding_mode={mode})", i=ints(7, -7, 5))
TABLE.add("T.rsub(x, y)", x=normal(3), y=normal(3))
TABLE.add("T.rsub(x, 2)", x=normal(3))

# pow: negative bases, zeros, and the exponent's gradient.
TABLE.add("T.pow(x, 3)", x=normal(4))
TABLE.add("T.pow(x, 2.5)", x=values(-2.0, -0.0, 0.0, 2.0, INF, NAN))
TABLE.add("T.pow(x, 0)", x=values(-2.0, 0.0, 2.0, INF, NAN))
TABLE.add("T.pow(x, -1)", x=values(-2.0, 0.0, 2.0, INF))
TABLE.add("T.pow(x, 0.5)", x=values(0.0, 1.0, 4.0))
TABLE.add("T.pow(2, x)", x=normal(4))
TABLE.add("T.pow(0.0, x)", x=values(0.0, 1.0, 2.0))
TABLE.add("T.pow(x, y)", x=values(0.0, 0.0, 2.0, 3.0), y=values(0.0, 2.0, 0.0, -1.5))
TABLE.add("T.pow(i, 3)", i=ints(-2, 0, 3))
TABLE.add("x.pow(2)", x=normal(2, 3))
TABLE.both("float_power", "x, 3", x=positive(3))
TABLE.both("float_power", "i, j", i=integers(3, low=1), j=integers(3))

# Ties share the gradient between both operands of maximum and minimum.
for name in "maximum minimum fmax fmin".split():
    TABLE.add(f"T.{name}(x, y)", x=values(1.0, 2.0, 3.0), y=values(1.0, 3.0, 2.0))
    TABLE.add(f"T.{name}(x, y)", grad=False, x=values(NAN, 2.0, INF), y=values(1.0, NAN, NAN))
    TABLE.add(f"T.{name}(i, x)", i=integers(3), x=distinct(2, 3))

for name in "atan2 arctan2 hypot logaddexp logaddexp2 xlogy copysign".split():
    TABLE.both(name, "x, y", x=positive(3, 4), y=positive(4))
TABLE.add("T.atan2(x, y)", x=normal(6), y=normal(6))
TABLE.add(
    "T.atan2(x, y)", grad=False, x=values(0.0, -0.0, 1.0, -1.0), y=values(-1.0, -1.0, 0.0, 0.0)
)
TABLE.add("T.logaddexp(x, y)", x=values(-50.0, 100.0, 0.0, -INF), y=values(50.0, 100.0, 0.0, 1.0))
TABLE.add("T.xlogy(x, y)", grad=False, x=values(0.0, 0.0, 0.0, 2.0), y=values(0.0, 1.0, NAN, 3.0))
TABLE.add("T.xlogy(2, y)", y=positive(3))
TABLE.add("T.xlogy(x, 1.0)", x=positive(3))  # PyTorch rounds log(3.0) to float32
TABLE.both("heaviside", "x, y", grad=False, x=values(-1.0, 0.0, 2.0, NAN), y=values(0.5))
TABLE.add("T.copysign(x, -1.0)", x=distinct(4))
TABLE.add("T.nextafter(x, y)", grad=False, x=values(1.0, 0.0), y=values(2.0, -1.0))
TABLE.add("T.gcd(i, j)", i=ints(12, 18, 7), j=ints(8, 27, 0))
TABLE.add("T.lcm(i, j)", i=ints(12, 18, 7), j=ints(8, 27, 2))

TABLE.both("lerp", "x, y, 0.3", x=normal(3, 4), y=normal(3, 4))
TABLE.both("lerp", "x, y, w", x=normal(3, 4), y=normal(4), w=unit(3, 1))
for name in ("addcmul", "addcdiv"):
    TABLE.both(name, "x, y, z", x=normal(3, 4), y=positive(4), z=positive(3, 1))
    TABLE.both(name, "x, y, z, value=0.5", x=normal(3), y=positive(3), z=positive(3))

# where
TABLE.add("T.where(c, x, y)", c=booleans(3, 4), x=normal(3, 4), y=normal(4))
TABLE.add("x.where(c, y)", c=booleans(3, 4), x=normal(3, 4), y=normal(3, 1))
TABLE.add("T.where(x > 0, x, 0.0)", x=normal(3, 4))
TABLE.add("T.where(x > 0, 1, 0)", x=normal(3, 4))
TABLE.add("T.where(x > 0, 1.0, 0.0)", x=normal(3, 4))
TABLE.add("T.where(c, i, x)", c=booleans(4), i=integers(4), x=normal(4))
TABLE.add("T.where(c)", c=booleans(3, 4))
# The branch not taken keeps its NaN to itself, its gradient does not (0 * inf).
TABLE.add("T.where(x > 0, x.sqrt(), 0.0)", x=values(-1.0, 0.0, 4.0))
TABLE.add("T.where(x > 0, T.where(x > 0, x, 1.0).sqrt(), 0.0)", x=values(-1.0, 0.0, 4.0))

# Comparisons
COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
PAIR = {"x": values(1.0, 2.0, 3.0, NAN, INF), "y": values(1.0, 3.0, 2.0, NAN, INF)}
for name, symbol in COMPARISONS.items():
    TABLE.both(name, "x, y", **PAIR)
    TABLE.add(f"T.{name}(x, 2)", x=normal(3, 4))
    TABLE.add(f"x {symbol} y", name=f"operator.{symbol}", **PAIR)
    TABLE.add(f"x {symbol} 0.5", name=f"operator.{symbol}", x=normal(2, 3))
    TABLE.add(f"2 {symbol} i", name=f"operator.{symbol}", i=integers(6))
    TABLE.add(f"i {symbol} x", name=f"operator.{symbol}", i=integers(3), x=distinct(2, 3))
    TABLE.add(f"b {symbol} c", name=f"operator.{symbol}", b=booleans(6), c=booleans(6))
ALIASES = "greater greater_equal less less_equal not_equal"
for name in ALIASES.split():
    TABLE.both(name, "x, y", **PAIR)
TABLE.add("x == None", name="operator.==", x=normal(2))
TABLE.add("x != None", name="operator.!=", x=normal(2))
TABLE.add("T.equal(x, y), T.equal(x, x), T.equal(x, x[:2])", **PAIR)
TABLE.add("T.equal(x, x.clone())", x=normal(2, 2))
TABLE.add("x.equal(y)", x=normal(2), y=normal(2))
CLOSE = {"x": values(1.0, 1.0, 100.0, NAN, INF), "y": values(1.0, 1.1, 100.0001, NAN, INF)}
for name in ("isclose", "allclose"):
    TABLE.both(name, "x, y", **CLOSE)
    TABLE.both(name, "x, y, equal_nan=True", **CLOSE)
    TABLE.both(name, "x, y, rtol=0.0, atol=0.2", **CLOSE)
    TABLE.add(f"T.{name}(x, x)", x=normal(3))
TABLE.add("T.isclose(i, j)", i=ints(1, 2), j=ints(1, 3))
TABLE.add("T.isin(i, j)", i=integers(2, 4), j=ints(1, 3))

# Logic and bits
for name in "logical_and logical_or logical_xor".split():
    TABLE.both(name, "b, c", b=bools(True, True, False, False), c=bools(True, False, True, False))
    TABLE.add(f"T.{name}(x, y)", x=values(0.0, 1.5, NAN), y=values(0.0, 0.0, 2.0))
    TABLE.add(f"T.{name}(i, x)", i=ints(0, 2, 0), x=values(0.0, 0.0, 2.0))
BITS = {"bitwise_and": "&", "bitwise_or": "|", "bitwise_xor": "^"}
for name, symbol in BITS.items():
    TABLE.both(name, "i, j", i=integers(4, low=-8, high=8), j=integers(4, high=8))
    TABLE.add(f"T.{name}(i, 3)", i=integers(4, high=8))
    TABLE.add(f"b {symbol} c", name=f"operator.{symbol}", b=booleans(3, 4), c=booleans(4))
    TABLE.add(f"i {symbol} 6", name=f"operator.{symbol}", i=integers(4, low=-8, high=8))
    TABLE.add(f"i {symbol} b", name=f"operator.{symbol}", i=integers(4, high=8), b=booleans(4))
    TABLE.add(f"5 {symbol} i", name=f"operator.{symbol}", i=integers(4, high=8))
for name, symbol in {"bitwise_left_shift": "<<", "bitwise_right_shift": ">>"}.items():
    TABLE.both(name, "i, j", i=integers(4, low=-8, high=8), j=integers(4))
    TABLE.add(f"i {symbol} 2", name=f"operator.{symbol}", i=integers(4, low=-8, high=8))

# Zero sizes broadcast like any other size.
for symbol in "+*/":
    TABLE.add(f"x {symbol} y", name=f"operator.{symbol}", x=frozen(0, 3), y=frozen(3))
    TABLE.add(f"x {symbol} y", name=f"operator.{symbol}", x=frozen(2, 0), y=frozen(2, 1))
TABLE.add("x * y.t() + x.t().t() * 2", name="operator.*", x=normal(2, 3), y=normal(3, 2))
