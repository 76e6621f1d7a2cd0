"""Elementwise functions of tensors: the primitives as they are, and what is made of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes as dt
from .. import ops
from ..autodiff.tensor import (
    Number,
    Operand,
    Tensor,
    apply,
    fresh,
    plain,
    require_tensor,
    result_dtype,
)
from ..errors import ArgumentError, DTypeError
from ..ops import REGISTRY
from ..ops.op import Op

__mirrors__ = "torch"

E = ops.elementwise


def unary(op: Op) -> Callable[[Tensor], Tensor]:
    """The function of one tensor that applies `op`."""

    def function(input: Tensor) -> Tensor:
        x = input if input.__class__ is Tensor else require_tensor(input, op.name, "input")
        return apply(op, x)

    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = f"The primitive `{op.name}`, element by element (docs/primitives.md)."
    return function


def binary(op: Op) -> Callable[[Operand, Operand], Tensor]:
    """The function of two operands, tensors or numbers, that applies `op`."""

    def function(input: Operand, other: Operand) -> Tensor:
        return apply(op, input, other)

    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = f"The primitive `{op.name}` of two operands, broadcast together."
    return function


exp, expm1, log, log1p = unary(E.exp), unary(E.expm1), unary(E.log), unary(E.log1p)
sqrt, rsqrt, sin, cos, tanh = (
    unary(E.sqrt),
    unary(E.rsqrt),
    unary(E.sin),
    unary(E.cos),
    unary(E.tanh),
)
sigmoid, erf, erfc, erfinv = unary(E.sigmoid), unary(E.erf), unary(E.erfc), unary(E.erfinv)
lgamma, asin, acos = unary(ops.host.lgamma), unary(ops.composites.asin), unary(ops.composites.acos)
maximum, minimum, copysign = binary(E.maximum), binary(E.minimum), binary(E.copysign)
gcd, nextafter = binary(ops.host.gcd), binary(ops.host.nextafter)
eq, ne, lt, le, gt, ge = map(binary, (E.eq, E.ne, E.lt, E.le, E.gt, E.ge))
atan2 = binary(E.atan2)


def _is_bool(x: Any) -> bool:
    return isinstance(x, bool) or (isinstance(x, Tensor) and x._array.dtype.kind == "b")


def cast(x: Tensor, dtype: dt.DTypeLike) -> Tensor:
    """`x` in another dtype; the same tensor if it has it already."""
    target = dt.as_dtype(dtype)
    return x if x._array.dtype == target.numpy else apply(E.cast, x, dtype=target.name)


# --- arithmetic -------------------------------------------------------------------------------
def _scaled(other: Any, alpha: Number) -> Any:
    return other if alpha == 1 else other * alpha


def add(input: Operand, other: Operand, *, alpha: Number = 1) -> Tensor:
    """input + alpha * other."""
    return apply(E.add, input, _scaled(other, alpha))


def sub(input: Operand, other: Operand, *, alpha: Number = 1) -> Tensor:
    """input - alpha * other. Errors: LL203 for two truth values; use ^ or logical_xor."""
    return apply(E.sub, input, _scaled(other, alpha))


def rsub(input: Operand, other: Operand, *, alpha: Number = 1) -> Tensor:
    """other - alpha * input."""
    return sub(other, input, alpha=alpha)


def mul(input: Operand, other: Operand) -> Tensor:
    """input * other."""
    return apply(E.mul, input, other)


def div(input: Operand, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
    """input / other; with `rounding_mode` "floor" or "trunc" rounded to whole numbers."""
    if rounding_mode is None:
        return apply(E.div, input, other)
    if rounding_mode not in ("floor", "trunc"):
        raise ArgumentError("LL602", argument="rounding_mode", value=repr(rounding_mode),
                            choices="None, 'floor', 'trunc'")  # fmt: skip
    if rounding_mode == "floor":
        return floor_divide(input, other)
    dtype = result_dtype((input, other))
    return cast(trunc(apply(E.div, _double(input, dtype), _double(other, dtype))), dtype)


def _double(x: Any, dtype: dt.DType) -> Any:
    """Integers divided through float64, which holds their quotients."""
    return x.to(dt.float64) if isinstance(x, Tensor) and not dtype.is_floating_point else x


def floor_divide(input: Operand, other: Operand) -> Tensor:
    """input / other rounded down. Errors: LL603 for an integer divided by zero."""
    _refuse_zero(input, other)
    return apply(E.floor_divide, input, other)


def _refuse_zero(input: Operand, other: Operand) -> None:
    if result_dtype((input, other)).is_floating_point:
        return
    divisor = other._array if isinstance(other, Tensor) else np.asarray(other)
    if not divisor.all():
        raise ArgumentError("LL603")


def pow(input: Operand, exponent: Operand) -> Tensor:
    """input ** exponent. Errors: LL604 for integers to a negative number."""
    exponent = plain(exponent)
    if _is_bool(input) and _is_bool(exponent):
        return logical_or(input, _logical(E.bitwise_not, exponent))
    if isinstance(exponent, (int, float)) and isinstance(input, Tensor):
        short = None if _is_bool(input) else _short_power(input, exponent)
        if short is not None:
            return short
        if exponent < 0 and isinstance(exponent, int) and not input.dtype.is_floating_point:
            raise ArgumentError("LL604")
    return apply(E.pow, input, exponent)


def _short_power(x: Tensor, exponent: Number) -> Tensor | None:
    """The powers that a few products or a root give, as PyTorch takes them; else None."""
    if exponent in (2, 3):
        square = apply(E.mul, x, x)
        return square if exponent == 2 else apply(E.mul, square, x)
    if not x.dtype.is_floating_point:
        return None
    if exponent == 0.5:
        return sqrt(x)
    if exponent == -0.5:
        return rsqrt(x)
    return reciprocal(x) if exponent == -1 else None


def float_power(input: Operand, exponent: Operand) -> Tensor:
    """input ** exponent in float64."""
    return pow(_as_double(input), _as_double(exponent))


def _as_double(x: Any) -> Any:
    return x.to(dt.float64) if isinstance(x, Tensor) else float(x)


def remainder(input: Operand, other: Operand) -> Tensor:
    """The remainder with the sign of `other`. Errors: LL603 for an integer divided by zero."""
    _refuse_zero(input, other)
    return apply(E.mod, input, other)


def fmod(input: Operand, other: Operand) -> Tensor:
    """The remainder of division rounded towards zero; it has the sign of `input`."""
    _refuse_zero(input, other)
    return sub(input, mul(div(input, other, rounding_mode="trunc"), other))


def neg(input: Tensor) -> Tensor:
    """-input. Errors: LL203 for truth values; use ~ or logical_not."""
    if _is_bool(input):
        raise DTypeError("LL203", op="neg")
    return apply(E.neg, input)


def abs(input: Tensor) -> Tensor:
    """The absolute value."""
    return apply(E.abs, input)


def sign(input: Tensor) -> Tensor:
    """-1, 0 or 1; 0 for NaN."""
    return input.clone() if _is_bool(input) else apply(E.sign, input)


def positive(input: Tensor) -> Tensor:
    """+input: the tensor itself."""
    return input


def _whole(op: Op) -> Callable[[Tensor], Tensor]:
    def function(input: Tensor) -> Tensor:
        return apply(op, input) if input.dtype.is_floating_point else input.clone()

    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = f"The primitive `{op.name}`; integers stay as they are."
    return function


floor, ceil, trunc = _whole(E.floor), _whole(E.ceil), _whole(E.trunc)


def round(input: Tensor, *, decimals: int = 0) -> Tensor:
    """To the nearest whole number, halves to the even one; to `decimals` decimals."""
    if not input.dtype.is_floating_point:
        return input.clone()
    if decimals == 0:
        return apply(E.round, input)
    scale = 10.0 ** int.__abs__(decimals)
    if decimals > 0:
        return div(apply(E.round, mul(input, scale)), scale)
    return mul(apply(E.round, div(input, scale)), scale)


def square(input: Tensor) -> Tensor:
    """input * input."""
    return pow(input, 2)


def reciprocal(input: Tensor) -> Tensor:
    """1 / input."""
    return apply(E.div, 1.0, input)


def frac(input: Tensor) -> Tensor:
    """input - trunc(input)."""
    return sub(input, trunc(input))


def lerp(input: Tensor, end: Tensor, weight: Operand) -> Tensor:
    """input + weight * (end - input)."""
    return add(input, mul(weight, sub(end, input)))


def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
    """input + value * tensor1 * tensor2."""
    return add(input, _scaled(mul(tensor1, tensor2), value))


def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
    """input + value * tensor1 / tensor2."""
    return add(input, _scaled(div(tensor1, tensor2), value))


def hypot(input: Tensor, other: Tensor) -> Tensor:
    """sqrt(input^2 + other^2)."""
    return sqrt(add(square(input), square(other)))


# --- exponentials and angles made of the primitives -------------------------------------------
def log2(input: Tensor) -> Tensor:
    """The logarithm to base 2."""
    return div(log(input), math.log(2.0))


def log10(input: Tensor) -> Tensor:
    """The logarithm to base 10."""
    return div(log(input), math.log(10.0))


def exp2(input: Tensor) -> Tensor:
    """2 ** input."""
    return apply(E.pow, 2.0, input)


def tan(input: Tensor) -> Tensor:
    """sin / cos."""
    return div(sin(input), cos(input))


def atan(input: Tensor) -> Tensor:
    """The angle whose tangent is input."""
    return apply(E.atan2, input, 1.0)


def sinh(input: Tensor) -> Tensor:
    """(exp(x) - exp(-x)) / 2, through expm1 so that small numbers stay exact."""
    grown = expm1(input)
    return mul(add(grown, div(grown, add(grown, 1.0))), 0.5)


def cosh(input: Tensor) -> Tensor:
    """(exp(x) + exp(-x)) / 2."""
    return mul(add(exp(input), exp(neg(input))), 0.5)


def asinh(input: Tensor) -> Tensor:
    """sign(x) log1p(|x| + x^2 / (1 + sqrt(x^2 + 1)))."""
    size = abs(input)
    two = square(size)
    return mul(sign(input), log1p(add(size, div(two, add(1.0, sqrt(add(two, 1.0)))))))


def acosh(input: Tensor) -> Tensor:
    """log(x + sqrt(x^2 - 1))."""
    return log(add(input, sqrt(mul(sub(input, 1.0), add(input, 1.0)))))


def atanh(input: Tensor) -> Tensor:
    """log((1 + x) / (1 - x)) / 2."""
    return mul(sub(log1p(input), log1p(neg(input))), 0.5)


def sinc(input: Tensor) -> Tensor:
    """sin(pi x) / (pi x), and 1 at 0."""
    angle = mul(input, math.pi)
    zero = eq(angle, 0)
    return _chosen(zero, 1.0, div(sin(angle), where(zero, 1.0, angle)))


def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """log(p / (1 - p)), of p moved into [eps, 1 - eps] if eps is given."""
    return apply(ops.composites.logit, input, eps=eps)


def xlogy(input: Operand, other: Operand) -> Tensor:
    """input * log(other), and 0 where input is 0."""
    y = other if isinstance(other, Tensor) else fresh(np.asarray(other, np.float32))
    zero = eq(input, 0)
    value = mul(input, log(where(zero, 1.0, y)))
    return _chosen(_logical(E.bitwise_and, zero, eq(y, y)), 0.0, mul(value, where(zero, y, 1.0)))


def logaddexp(input: Tensor, other: Tensor) -> Tensor:
    """log(exp(input) + exp(other)) without overflow."""
    top = maximum(input, other).detach()
    top = where(isfinite(top), top, 0)
    return add(log(add(exp(sub(input, top)), exp(sub(other, top)))), top)


def logaddexp2(input: Tensor, other: Tensor) -> Tensor:
    """log2(2^input + 2^other) without overflow."""
    natural = math.log(2.0)
    return div(logaddexp(mul(input, natural), mul(other, natural)), natural)


def digamma(input: Tensor) -> Tensor:
    """The derivative of lgamma."""
    return polygamma(0, input)


def polygamma(n: int, input: Tensor) -> Tensor:
    """The n-th derivative of digamma."""
    return apply(ops.host.polygamma, input, n=int(n))


def deg2rad(input: Tensor) -> Tensor:
    """Degrees to radians."""
    return mul(input, math.pi / 180)


def rad2deg(input: Tensor) -> Tensor:
    """Radians to degrees."""
    return mul(input, 180 / math.pi)


# --- choosing ---------------------------------------------------------------------------------
def where(condition: Tensor, input: Operand | None = None, other: Operand | None = None) -> Any:
    """`input` where the condition holds, else `other`; alone: the indices where it holds."""
    if input is None or other is None:
        return condition.nonzero(as_tuple=True)
    chosen = condition if _is_bool(condition) else cast(condition, dt.bool_)
    if not isinstance(input, Tensor) and not isinstance(other, Tensor):
        input = fresh(np.asarray(input, result_dtype((input, other)).numpy))
    return apply(E.where, chosen, input, other)


def _chosen(condition: Tensor, input: Operand, other: Operand) -> Tensor:
    made: Tensor = where(condition, input, other)
    return made


def clamp(input: Tensor, min: Operand | None = None, max: Operand | None = None) -> Tensor:
    """`input` moved into [min, max]; a bound may be a number, a tensor or None."""
    if min is None and max is None:
        raise ArgumentError("LL605")
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        return _clamp_to_tensors(input, min, max)
    dtype = result_dtype([x for x in (input, min, max) if x is not None])
    return apply(ops.composites.clamp, cast(input, dtype), low=plain(min), high=plain(max))


def _clamp_to_tensors(input: Tensor, min: Any, max: Any) -> Tensor:
    if min is not None:
        input = where(lt(input, min), min, input)
    return input if max is None else where(gt(input, max), max, input)


def clamp_min(input: Tensor, min: Operand) -> Tensor:
    """`input`, but at least `min`."""
    return clamp(input, min=min)


def clamp_max(input: Tensor, max: Operand) -> Tensor:
    """`input`, but at most `max`."""
    return clamp(input, max=max)


def fmax(input: Tensor, other: Tensor) -> Tensor:
    """The larger one, of equals the first; a NaN loses."""
    return _chosen(_logical(E.bitwise_or, ge(input, other), isnan(other)), input, other)


def fmin(input: Tensor, other: Tensor) -> Tensor:
    """The smaller one, of equals the first; a NaN loses."""
    return _chosen(_logical(E.bitwise_or, le(input, other), isnan(other)), input, other)


def lcm(input: Tensor, other: Tensor) -> Tensor:
    """The least common multiple, not negative; 0 if either is 0."""
    divisor = gcd(input, other)
    none = eq(divisor, 0)
    return abs(mul(apply(E.floor_divide, input, where(none, 1, divisor)), other))


def heaviside(input: Tensor, values: Tensor) -> Tensor:
    """0 below zero, `values` at zero, 1 above."""
    return _chosen(eq(input, 0), values, cast(gt(input, 0), input.dtype))


_LARGEST = {"bfloat16": float.fromhex("0x1.fep127")}  # NumPy knows the others


def nan_to_num(input: Tensor, nan: float = 0.0, posinf: float | None = None,
               neginf: float | None = None) -> Tensor:  # fmt: skip
    """NaN and infinities replaced; by default infinities become the dtype's largest numbers."""
    if not input.dtype.is_floating_point:
        return input.clone()
    largest = _LARGEST.get(input.dtype.name) or float(np.finfo(input._array.dtype).max)
    result = where(isnan(input), nan, input)
    result = where(eq(result, math.inf), largest if posinf is None else posinf, result)
    return cast(
        where(eq(result, -math.inf), -largest if neginf is None else neginf, result), input.dtype
    )


# --- truth values -----------------------------------------------------------------------------
def isnan(input: Tensor) -> Tensor:
    """Whether each element is not a number."""
    return apply(E.ne, input, input)


def isinf(input: Tensor) -> Tensor:
    """Whether each element is infinite."""
    return eq(abs(input), math.inf) if input.dtype.is_floating_point else ne(input, input)


def isfinite(input: Tensor) -> Tensor:
    """Whether each element is neither infinite nor NaN."""
    return lt(abs(input), math.inf) if input.dtype.is_floating_point else eq(input, input)


def isposinf(input: Tensor) -> Tensor:
    """Whether each element is +inf."""
    return eq(input, math.inf) if input.dtype.is_floating_point else ne(input, input)


def isneginf(input: Tensor) -> Tensor:
    """Whether each element is -inf."""
    return eq(input, -math.inf) if input.dtype.is_floating_point else ne(input, input)


def isreal(input: Tensor) -> Tensor:
    """True everywhere: there are no complex numbers here."""
    return logical_or(eq(input, input), True)


def signbit(input: Tensor) -> Tensor:
    """Whether each element has a minus sign; -0.0 has one."""
    return lt(copysign(1.0, input) if input.dtype.is_floating_point else input, 0)


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8,
            equal_nan: bool = False) -> Tensor:  # fmt: skip
    """|input - other| <= atol + rtol |other|, or equal."""
    near = _logical(E.bitwise_and, le(abs(sub(input, other)), add(mul(abs(other), rtol), atol)),
                    isfinite(other))  # fmt: skip
    result = _logical(E.bitwise_or, near, eq(input, other))
    if equal_nan:
        result = _logical(E.bitwise_or, result, _logical(E.bitwise_and, isnan(input), isnan(other)))
    return result


def _logical(op: Op, *operands: Any) -> Tensor:
    return apply(op, *(cast(x, dt.bool_) if isinstance(x, Tensor) else bool(x) for x in operands))


def logical_and(input: Operand, other: Operand) -> Tensor:
    """Whether both are non-zero."""
    return _logical(E.bitwise_and, input, other)


def logical_or(input: Operand, other: Operand) -> Tensor:
    """Whether at least one is non-zero."""
    return _logical(E.bitwise_or, input, other)


def logical_xor(input: Operand, other: Operand) -> Tensor:
    """Whether exactly one is non-zero."""
    return _logical(E.bitwise_xor, input, other)


def logical_not(input: Tensor) -> Tensor:
    """Whether each element is zero."""
    return _logical(E.bitwise_not, input)


def _bits(name: str) -> Callable[..., Tensor]:
    op = REGISTRY[name]

    def function(input: Operand, *other: Operand) -> Tensor:
        operands = (input, *other)
        if len(operands) != len(op.operands):
            raise ArgumentError(
                "LL655", function=name, expected=len(op.operands), given=len(operands)
            )
        if result_dtype(operands).is_floating_point:
            raise DTypeError("LL204", op=name, dtype=result_dtype(operands))
        return apply(op, *operands)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The primitive `{name}` on integers or truth values."
    return function


bitwise_and, bitwise_or, bitwise_xor, bitwise_not = map(
    _bits, ("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not")
)
bitwise_left_shift, bitwise_right_shift = map(_bits, ("shift_left", "shift_right"))


# --- dtypes -----------------------------------------------------------------------------------
def result_type(tensor1: Operand, tensor2: Operand) -> dt.DType:
    """The dtype that two operands, tensors or numbers, have together."""
    return result_dtype((tensor1, tensor2))


def promote_types(type1: dt.DTypeLike, type2: dt.DTypeLike) -> dt.DType:
    """The dtype that tensors of two dtypes have together."""
    return dt.wider(dt.as_dtype(type1), dt.as_dtype(type2))


def can_cast(from_: dt.DTypeLike, to: dt.DTypeLike) -> bool:
    """Whether numbers may go from one dtype to another in place: never to a lower category."""
    return dt.as_dtype(from_).category <= dt.as_dtype(to).category
