"""Elementwise primitives: each line is forward, gradient and domain of one of them.

To add one, add its line here and a row to docs/primitives.md: the function `liuli.name`, the
Tensor method, the gradient checks and the recording follow from the registry.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..errors import Row, ShapeError
from . import special
from .op import FLOAT, PROMOTE, Array, Op, RuleText, Sample, Spec, register, sample

Domain = tuple[float, float]  # of samples; also one of the two below
ANY: Domain = (-2.0, 2.0)
POSITIVE: Domain = (0.1, 3.0)
UNIT: Domain = (-0.9, 0.9)
APART: Domain = (0.3, 0.9)  # between two integers, away from every kink
INTEGERS: Domain = (0.0, 7.0)
BOOLS: Domain = (0.0, 1.0)


def _inputs(domain: Domain) -> Callable[[np.random.Generator, tuple[int, ...]], Array]:
    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        if domain is BOOLS:
            return np.asarray(rng.random(shape) < 0.5)
        drawn = rng.uniform(*domain, shape)
        return np.asarray(drawn, np.int64 if domain is INTEGERS else np.float64)

    return draw


def _infer(result: str | None) -> Callable[..., Spec]:
    def infer(*specs: Spec, **attrs: Any) -> Spec:
        shapes = {spec.shape for spec in specs}
        if len(shapes) != 1:
            rows = [Row(f"operand {i}", spec.shape) for i, spec in enumerate(specs)]
            raise ShapeError("LL103", rows=rows, op="elementwise")
        dtype = np.dtype(result) if result else specs[-1].dtype
        return Spec(specs[0].shape, dtype)

    return infer


def elementwise(
    name: str,
    forward: Callable[..., Any],
    *,
    domain: Domain | list[Domain] = ANY,
    dtypes: str = PROMOTE,
    result: str | None = None,
    operands: str = "",
    **rules: RuleText,
) -> Op:
    """Register an elementwise primitive; `rules` are named by operand, in order."""
    names = operands.split() or list(rules)
    domains = domain if isinstance(domain, list) else [domain] * len(names)
    draws = [_inputs(each) for each in domains]

    def samples(rng: np.random.Generator) -> list[Sample]:
        shapes: list[tuple[int, ...]] = [(2, 3), (), (0, 3), (4,)]
        return [sample(*(draw(rng, shape) for draw in draws)) for shape in shapes]

    in_order = [rules.get(operand) for operand in names]
    return register(
        Op(name, forward, operands=names, rules=in_order, infer=_infer(result), samples=samples,
           family="elementwise", dtypes=dtypes)
    )  # fmt: skip


def _nothing(g: Any) -> Any:
    """A function of steps: its gradient is zero wherever it has one."""
    return g * 0


# --- arithmetic -----------------------------------------------------------------------------
add = elementwise("add", np.add, a=lambda g: g, b=lambda g: g)
sub = elementwise("sub", np.subtract, a=lambda g: g, b=lambda g: -g)
mul = elementwise("mul", np.multiply, a=lambda g, b: g * b, b=lambda g, a: g * a)
div = elementwise(
    "div", np.true_divide, dtypes=FLOAT, domain=POSITIVE,
    a=lambda g, b: g / b,
    b=lambda g, a, b: -g * (a / b) / b,
)  # fmt: skip


def _power(a: Any, b: Any) -> Any:
    if np.asarray(a).dtype.kind in "iu" and np.asarray(b).dtype.kind in "iu":
        kept = np.power(a, np.maximum(b, 0))  # a negative power truncates, as in PyTorch
        return np.where(np.less(b, 0), np.where(np.abs(a) == 1, a ** (np.abs(b) % 2), 0), kept)
    return np.power(a, b)


pow = elementwise(
    "pow", _power, domain=POSITIVE,
    a=lambda g, a, b, F: g * F.where(F.eq(b, 0), 0, b * F.pow(a, b - 1)),
    b=lambda g, a, b, y, F: F.where(F.bitwise_and(F.eq(a, 0), F.ge(b, 0)), 0, g * y * F.log(a)),
)  # fmt: skip
mod = elementwise(
    "mod", np.mod, domain=[(1.1, 1.9), APART],
    a=lambda g: g,
    b=lambda g, a, b, F: -g * F.floor_divide(a, b),
)  # fmt: skip
floor_divide = elementwise("floor_divide", np.floor_divide, a=_nothing, b=_nothing,
                           domain=[(1.3, 1.7), (1.0, 1.2)])  # fmt: skip
neg = elementwise("neg", np.negative, x=lambda g: -g)
abs = elementwise("abs", np.abs, x=lambda g, x, F: g * F.sign(x), domain=POSITIVE)
sign = elementwise(
    "sign", lambda x: np.subtract(np.greater(x, 0), np.less(x, 0), dtype=x.dtype),
    x=_nothing, domain=APART,
)  # fmt: skip
copysign = elementwise(
    "copysign", np.copysign, dtypes=FLOAT,
    a=lambda g, a, y, F: g * F.sign(a) * F.sign(y), b=_nothing,
)  # fmt: skip

# --- exponentials, roots, angles --------------------------------------------------------------
exp = elementwise("exp", np.exp, dtypes=FLOAT, x=lambda g, y: g * y)
expm1 = elementwise("expm1", np.expm1, dtypes=FLOAT, x=lambda g, y: g * (y + 1))
log = elementwise("log", np.log, dtypes=FLOAT, domain=POSITIVE, x=lambda g, x: g / x)
log1p = elementwise("log1p", np.log1p, dtypes=FLOAT, domain=POSITIVE, x=lambda g, x: g / (x + 1))
sqrt = elementwise("sqrt", np.sqrt, dtypes=FLOAT, domain=POSITIVE, x=lambda g, y: g / (y * 2))
rsqrt = elementwise(
    "rsqrt", lambda x: np.divide(1, np.sqrt(x), dtype=x.dtype), dtypes=FLOAT, domain=POSITIVE,
    x=lambda g, y: g * (y * y * y) * -0.5,
)  # fmt: skip
sin = elementwise("sin", np.sin, dtypes=FLOAT, x=lambda g, x, F: g * F.cos(x))
cos = elementwise("cos", np.cos, dtypes=FLOAT, x=lambda g, x, F: -g * F.sin(x))


def _radius(F: Any, a: Any, b: Any) -> Any:
    """a^2 + b^2, but 1 at the origin, where the angle has no gradient."""
    squares = a * a + b * b
    return F.where(F.eq(squares, 0), 1, squares)


atan2 = elementwise(
    "atan2", np.arctan2, dtypes=FLOAT, domain=POSITIVE,
    a=lambda g, a, b, F: g * b / _radius(F, a, b),
    b=lambda g, a, b, F: -g * a / _radius(F, a, b),
)  # fmt: skip
tanh = elementwise("tanh", np.tanh, dtypes=FLOAT, x=lambda g, y: g * (1 - y * y))
sigmoid = elementwise("sigmoid", special.sigmoid, dtypes=FLOAT, x=lambda g, y: g * y * (1 - y))
erf = elementwise(
    "erf", special.erf, dtypes=FLOAT,
    x=lambda g, x, F: g * F.exp(-x * x) * (2 / math.sqrt(math.pi)),
)  # fmt: skip
erfc = elementwise(
    "erfc", special.erfc, dtypes=FLOAT,
    x=lambda g, x, F: g * F.exp(-x * x) * (-2 / math.sqrt(math.pi)),
)  # fmt: skip
erfinv = elementwise(
    "erfinv", special.erfinv, dtypes=FLOAT, domain=UNIT,
    x=lambda g, y, F: g * F.exp(y * y) * (math.sqrt(math.pi) / 2),
)  # fmt: skip

# --- rounding and choosing --------------------------------------------------------------------
floor = elementwise("floor", np.floor, x=_nothing, domain=APART)
ceil = elementwise("ceil", np.ceil, x=_nothing, domain=APART)
round = elementwise("round", np.rint, x=_nothing, domain=(0.1, 0.4))
trunc = elementwise("trunc", np.trunc, x=_nothing, domain=APART)
maximum = elementwise(
    "maximum", np.maximum,
    a=lambda g, a, b, F: F.where(F.eq(a, b), g * 0.5, F.where(F.lt(a, b), 0, g)),
    b=lambda g, a, b, F: F.where(F.eq(a, b), g * 0.5, F.where(F.lt(b, a), 0, g)),
)  # fmt: skip
minimum = elementwise(
    "minimum", np.minimum,
    a=lambda g, a, b, F: F.where(F.eq(a, b), g * 0.5, F.where(F.gt(a, b), 0, g)),
    b=lambda g, a, b, F: F.where(F.eq(a, b), g * 0.5, F.where(F.gt(b, a), 0, g)),
)  # fmt: skip


_BITS = {4: np.int32, 8: np.int64}


def _where(condition: Any, a: Any, b: Any) -> Any:
    """np.where; of floats by bits, which does not mind random masks: ten times as fast."""
    like = a if isinstance(a, np.ndarray) else b
    shape = np.shape(condition)
    bits = _BITS.get(like.itemsize) if isinstance(like, np.ndarray) else None
    if bits is None or not shape or like.dtype.kind != "f":
        return np.where(condition, a, b)
    sides = []
    for x in (a, b):
        if not isinstance(x, np.ndarray):
            x = np.asarray(x, like.dtype)
        if x.dtype != like.dtype or x.shape not in ((), shape) or not x.flags.c_contiguous:
            return np.where(condition, a, b)
        sides.append(x)
    if type(b) is int and b == 0:
        mask = np.negative(condition, dtype=bits, casting="unsafe")
        return np.bitwise_and(sides[0].view(bits), mask, out=mask).view(like.dtype)
    mask = np.negative(~condition, dtype=bits, casting="unsafe")
    if type(a) is int and a == 0:
        return np.bitwise_and(sides[1].view(bits), mask, out=mask).view(like.dtype)
    one, other = (x.view(bits) for x in sides)
    np.bitwise_and(mask, one ^ other, out=mask)
    return np.bitwise_xor(mask, one, out=mask).view(like.dtype)


where = elementwise(
    "where", _where, domain=[BOOLS, ANY, ANY], operands="condition a b",
    a=lambda g, condition, F: F.where(condition, g, 0),
    b=lambda g, condition, F: F.where(condition, 0, g),
)  # fmt: skip

# --- comparisons and bits ---------------------------------------------------------------------
eq = elementwise("eq", np.equal, result="bool", operands="a b")
ne = elementwise("ne", np.not_equal, result="bool", operands="a b")
lt = elementwise("lt", np.less, result="bool", operands="a b")
le = elementwise("le", np.less_equal, result="bool", operands="a b")
gt = elementwise("gt", np.greater, result="bool", operands="a b")
ge = elementwise("ge", np.greater_equal, result="bool", operands="a b")
bitwise_and = elementwise("bitwise_and", np.bitwise_and, domain=INTEGERS, operands="a b")
bitwise_or = elementwise("bitwise_or", np.bitwise_or, domain=INTEGERS, operands="a b")
bitwise_xor = elementwise("bitwise_xor", np.bitwise_xor, domain=INTEGERS, operands="a b")
bitwise_not = elementwise("bitwise_not", np.invert, domain=INTEGERS, operands="x")
shift_left = elementwise("shift_left", np.left_shift, domain=INTEGERS, operands="a b")
shift_right = elementwise("shift_right", np.right_shift, domain=INTEGERS, operands="a b")


# --- cast -------------------------------------------------------------------------------------
def _cast(x: Any, *, dtype: Any) -> Array:
    return np.asarray(x).astype(dt.as_dtype(dtype).numpy)


def _cast_samples(rng: np.random.Generator) -> list[Sample]:
    x = rng.uniform(-2, 2, (2, 3))
    return [sample(x, dtype=name) for name in ("float32", "float64", "int64", "bool", "bfloat16")]


cast = register(
    Op("cast", _cast, operands=["x"], rules=[lambda g: g], samples=_cast_samples,
       infer=lambda x, dtype: Spec(x.shape, dt.as_dtype(dtype).numpy), family="elementwise")
)  # fmt: skip
