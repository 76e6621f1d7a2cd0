"""floor_divide and mod with NumPy's conventions: the remainder has the sign of the divisor.

Integers: dividing by 0 gives 0. Floats: the remainder is exact for any quotient, by long division
51 bits at a time (in float64, also for float32).
"""

from __future__ import annotations

from .lanes import Lanes
from .pairs import exact_product
from .vecmath import power_of_two

_STEP = 51  # bits of the quotient found at a time, so that the product is exact
_STEPS = {"float32": 6, "float64": 42}  # 277 and 2098 bits are the longest quotients


def modulo(a: Lanes, b: Lanes, dtype: str) -> Lanes:
    """a - b floor(a / b)"""
    if not dtype.startswith("float"):
        return _whole(a, b, dtype)[1]
    return _adjusted(a, b, dtype)[1]


def floor_divide(a: Lanes, b: Lanes, dtype: str) -> Lanes:
    """floor(a / b)"""
    if not dtype.startswith("float"):
        return _whole(a, b, dtype)[0]
    rest, _, crosses = _adjusted(a, b, dtype)
    quotient = (a - rest) / b
    quotient = crosses.choose(quotient - 1.0, quotient)
    down = quotient.rounded("floor")
    down = (quotient - down).gt(0.5).choose(down + 1.0, down)
    down = quotient.eq(0.0).choose(quotient.like(0.0).signed_as(a / b), down)
    return b.eq(0.0).choose(a / b, down)


def _whole(a: Lanes, b: Lanes, dtype: str) -> tuple[Lanes, Lanes]:
    """Quotient and remainder of integers; no division traps."""
    w, zero = a.w, b.eq(0)
    if dtype[0] == "u":
        safe = zero.choose(b.like(1), b)
        quotient = Lanes(w, w.binary("udiv", a.value, safe.value))
        return zero.choose(a.like(0), quotient), zero.choose(a.like(0), a - quotient * safe)
    minus = b.eq(-1)  # the least integer over -1 would trap
    safe = (zero | minus).choose(b.like(1), b)
    quotient = Lanes(w, w.binary("sdiv", a.value, safe.value))
    rest = a - quotient * safe
    off = rest.ne(0) & (rest ^ safe).lt(0)
    quotient, rest = off.choose(quotient - 1, quotient), off.choose(rest + safe, rest)
    quotient = minus.choose(0 - a, zero.choose(a.like(0), quotient))
    return quotient, zero.choose(a.like(0), rest)


def _adjusted(a: Lanes, b: Lanes, dtype: str) -> tuple[Lanes, Lanes, Lanes]:
    """C's fmod, NumPy's mod, and where they differ."""
    rest = _fmod(a, b, dtype)
    crosses = rest.ne(0.0) & (rest.lt(0.0) ^ b.lt(0.0)) & rest.eq(rest)
    whole = rest.eq(0.0).choose(rest.like(0.0).signed_as(b), rest)
    return rest, crosses.choose(rest + b, whole), crosses


def _fmod(a: Lanes, b: Lanes, dtype: str) -> Lanes:
    w, narrow = a.w, dtype == "float32"
    wide = [w.convert("fpext", v.value, "double") if narrow else v.value for v in (a, b)]
    top, divisor = (Lanes(w, value).size() for value in wide)
    with w.loop(0, _STEPS[dtype], known=True, carried=[top.value]) as loop:
        left = Lanes(w, loop.carried[0])
        turn = w.binary("sub", w.index(_STEPS[dtype] - 1), loop.counter)
        third = w.mul(turn, _STEP // 3)  # a third of the scale cannot overflow
        scale = power_of_two(Lanes(w, w.splat(third, left.value.lanes)), left)
        step = divisor * scale * scale * scale
        quotient = (left / step).rounded("trunc")
        high, low = exact_product(quotient, step)
        rest = (left - high) - low
        rest = rest.lt(0.0).choose(rest + step, rest)
        loop.next = [left.lt(step).choose(left, rest).value]
    made = loop.results[0]
    rest = Lanes(w, w.convert("fptrunc", made, "float") if narrow else made).signed_as(a)
    bad = b.eq(0.0) | a.size().eq(float("inf")) | b.ne(b) | a.ne(a)
    return bad.choose(rest.like(float("nan")), rest)
