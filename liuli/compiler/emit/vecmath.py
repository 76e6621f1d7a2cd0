"""Functions of calculus as arithmetic on vectors: exp, log, tanh, erf ...

Most are a reduction to a small interval, a power series there (its coefficients follow from a
formula, so no table is copied), and a reconstruction. Special values come out as IEEE 754 and C
say. float32 of the rare functions (RARE) is computed in float64 and rounded once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from math import factorial, inf, isqrt, log, nan, pi, sqrt

from ...ops import special
from .angles import atan2, cos, sin
from .lanes import MANTISSA, Lanes, horner
from .pairs import exact_product, exact_sum
from .text import Value, Writer

_LN2 = Decimal("0.693147180559945309417232121458176568075500134360255")


def _split(number: Decimal, *bits: int) -> tuple[float, ...]:
    """A number as a sum of floats: the first ones cut off after `bits` binary places."""
    parts: list[float] = []
    for count in bits:
        parts.append(int(number * 2**count) / 2**count)
        number -= Decimal(parts[-1])
    return (*parts, float(number))


@dataclass(frozen=True)
class Format:
    """What the algorithms must know of a float type."""

    ln2: tuple[float, ...]  # the first part times any exponent is exact
    low: float  # exp is 0 below
    high: float  # exp is infinite above
    one: float  # expm1 is -1 below
    flat: float  # tanh is 1 above
    bias: int
    tiny: float  # the smallest normal number
    exp_terms: int
    log_terms: int


_FORMATS = {
    "float": Format(_split(_LN2, 9), -104.0, 89.0, -18.0, 10.0, 127, 2.0**-126, 8, 4),
    "double": Format(_split(_LN2, 32), -746.0, 710.0, -38.0, 20.0, 1023, 2.0**-1022, 14, 10),
}


# --- exp and what is made of it ---------------------------------------------------------------
def _reduced(x: Lanes) -> tuple[Lanes, Lanes]:
    """n and r with x = n ln 2 + r, |r| <= ln 2 / 2; n as integers. No NaN becomes poison."""
    form = _FORMATS[x.scalar]
    magic = 1.5 * 2.0 ** MANTISSA[x.scalar]  # adding it rounds to whole numbers
    shifted = x.fma(1.0 / log(2.0), magic)
    n = shifted - magic
    r = n.fma(-form.ln2[1], n.fma(-form.ln2[0], x))
    return shifted.bits() - x.like(magic).bits(), r


def power_of_two(n: Lanes, like: Lanes) -> Lanes:
    """2^n of an integer in the range of exponents."""
    return ((n + _FORMATS[like.scalar].bias) << MANTISSA[like.scalar]).as_float()


def _expm1_series(r: Lanes) -> Lanes:
    """e^r - 1 by its series: r + r^2 (1/2 + r/6 + ...)."""
    terms = _FORMATS[r.scalar].exp_terms
    return (r * r).fma(horner(r, [1.0 / factorial(k) for k in range(2, terms)]), r)


def exp(x: Lanes, rest: Lanes | None = None) -> Lanes:
    """e^(x + rest) = 2^n e^r; 2^n in two factors, so that tiny results are rounded once."""
    form = _FORMATS[x.scalar]
    n, r = _reduced(x.within(form.low, form.high))
    half = ((n + 4 * form.bias) >> 1) - 2 * form.bias
    series = _expm1_series(r)
    value = (series if rest is None else series.fma(rest, series + rest)) + 1.0
    return value * power_of_two(half, x) * power_of_two(n - half, x)


def expm1(x: Lanes) -> Lanes:
    """e^x - 1 = 2 (2^(n-1) (e^r - 1) + (2^(n-1) - 1/2)), exact to the last digits near 0."""
    form = _FORMATS[x.scalar]
    n, r = _reduced(x.within(form.one, form.high))
    scale = power_of_two(n - 1, x)
    value = _expm1_series(r).fma(scale, scale - 0.5) * 2.0
    return x.size().lt(2.0 ** -(MANTISSA[x.scalar] + 2)).choose(x, value)


def sigmoid(x: Lanes) -> Lanes:
    """1 / (1 + e^-x), with e^-|x|, which cannot overflow."""
    e = exp(-x.size())
    return x.ge(0.0).choose(x.like(1.0), e) / (e + 1.0)


def tanh(x: Lanes) -> Lanes:
    """With e = e^(2|x|) - 1: e / (e + 2) near 0, and 1 - 2 / (e + 2) elsewhere."""
    size = x.size()
    e = expm1(size.within(0.0, _FORMATS[x.scalar].flat) * 2.0)
    near = size.lt(0.55)
    ratio = near.choose(e, 2.0) / (e + 2.0)
    return near.choose(ratio, 1.0 - ratio).signed_as(x)


# --- log --------------------------------------------------------------------------------------
def _exponent(x: Lanes) -> tuple[Lanes, Lanes]:
    """k and m with x = 2^k m and sqrt(1/2) <= m < sqrt(2), of positive normal x; k as floats."""
    form, stored = _FORMATS[x.scalar], MANTISSA[x.scalar]
    middle = ((form.bias - 2) << stored) + isqrt(2 << 2 * stored)  # the bits of sqrt(1/2)
    bits = x.bits()
    shifted = bits + ((form.bias << stored) - middle)
    k = ((shifted >> stored) | x.like(2.0**stored).bits()).as_float()
    m = ((shifted & ((1 << stored) - 1)) + middle).as_float()
    return k - (2.0**stored + form.bias), m


def _log_normal(x: Lanes, k: Lanes | float, correction: Lanes | float) -> Lanes:
    """log(x) + k ln 2 + correction: with f = m - 1 and s = f / (2 + f), log m = 2 atanh s."""
    form = _FORMATS[x.scalar]
    exponent, m = _exponent(x)
    k = exponent + k
    f = m - 1.0
    s = f / (f + 2.0)
    z = s * s
    rest = z * horner(z, [2.0 / (2 * i + 3) for i in range(form.log_terms)])
    half = f * f * 0.5
    low = k.fma(form.ln2[1], correction)
    return k.fma(form.ln2[0], f - (half - s.fma(half + rest, low)))


def log_(x: Lanes) -> Lanes:
    """The natural logarithm."""
    form, lift = _FORMATS[x.scalar], MANTISSA[x.scalar] + 2
    tiny = x.lt(form.tiny)
    normal = tiny.choose(x * 2.0**lift, x)
    value = _log_normal(normal, tiny.choose(x.like(-float(lift)), 0.0), 0.0)
    value = x.lt(inf).choose(value, x)  # infinity and NaN
    value = x.eq(0.0).choose(x.like(-inf), value)
    return x.lt(0.0).choose(x.like(nan), value)


def log1p(x: Lanes) -> Lanes:
    """log(1 + x): what rounding 1 + x lost comes back as a correction."""
    u = x + 1.0
    back = u - 1.0
    lost = (1.0 - (u - back)) + (x - back)
    value = _log_normal(u, 0.0, lost / u)
    value = x.lt(inf).choose(value, x)
    value = x.size().lt(2.0 ** -(MANTISSA[x.scalar] + 2)).choose(x, value)
    value = x.eq(-1.0).choose(x.like(-inf), value)
    return x.lt(-1.0).choose(x.like(nan), value)


# --- erf --------------------------------------------------------------------------------------
def _ratio(x: Lanes, p: tuple[float, ...], q: tuple[float, ...]) -> Lanes:
    return horner(x, p[::-1]) / horner(x, q[::-1])


def _erf_small(x: Lanes) -> Lanes:
    return x * _ratio(x * x, special._ERF_SMALL_P, special._ERF_SMALL_Q)


def erf(x: Lanes) -> Lanes:
    """The error function, by the fits of `ops/special.py`."""
    if x.scalar == "float":
        cut = x.within(-4.0, 4.0)
        value = cut * _ratio(cut * cut, special._ERF_SINGLE_P, special._ERF_SINGLE_Q)
        return value.within(-1.0, 1.0)
    y = x.size().within(0.0, 6.0)
    tail = exp(-(y * y)) * _ratio(y, special._ERFC_P, special._ERFC_Q)
    return y.le(0.46875).choose(_erf_small(x), (1.0 - tail).signed_as(x))


def erfc(x: Lanes) -> Lanes:
    """1 - erf(x), exact to the last digits where it is tiny. float64 only."""
    y = x.size().within(0.0, 28.0)
    near = (y * 16.0).rounded("floor") * 0.0625  # its square is exact
    gauss = exp(-(near * near)) * exp((near - y) * (near + y))
    middle = gauss * _ratio(y, special._ERFC_P, special._ERFC_Q)
    z = 1.0 / (y * y)
    series = z * _ratio(z, special._ERFC_FAR_P, special._ERFC_FAR_Q)
    far = gauss * (1.0 / sqrt(pi) - series) / y
    tail = y.gt(4.0).choose(far, middle)
    tail = x.lt(0.0).choose(2.0 - tail, tail)
    return y.le(0.46875).choose(1.0 - _erf_small(x), tail)


def erfinv(x: Lanes) -> Lanes:
    """The y with erf(y) = x: infinite at -1 and 1, NaN outside. float64 only."""
    size = x.size()
    q = x * 0.5
    centre = q * _ratio(0.180625 - q * q, special._CENTRE_P, special._CENTRE_Q)
    r = (-log_((1.0 - size) * 0.5)).sqrt()
    middle = _ratio(r - 1.6, special._MIDDLE_P, special._MIDDLE_Q)
    tail = _ratio(r - 5.0, special._TAIL_P, special._TAIL_Q)
    outer = r.gt(5.0).choose(tail, middle).signed_as(x)
    value = size.le(0.85).choose(centre, outer) * special._ROOT_HALF
    return size.eq(1.0).choose(x.like(inf).signed_as(x), value)


# --- powers -----------------------------------------------------------------------------------
def _log_pair(x: Lanes) -> tuple[Lanes, Lanes]:
    """log(x) as a sum of two floats, of positive finite x. float64 only."""
    form = _FORMATS["double"]
    tiny = x.lt(form.tiny)
    k, m = _exponent(tiny.choose(x * 2.0**54, x))
    k = tiny.choose(k - 54.0, k)
    f = m - 1.0
    d = f + 2.0  # exact up to one rounding, which comes back in `d_low`
    d_low = f - (d - 2.0)
    s = f / d
    high, low = exact_product(s, d)
    s_low = ((f - high) - low - s * d_low) / d
    z = s * s
    series = s * z * horner(z, [2.0 / (2 * i + 3) for i in range(form.log_terms + 1)])
    total, rest = exact_sum(k * form.ln2[0], s * 2.0)
    rest = rest + (k * form.ln2[1] + s_low * 2.0)
    total, more = exact_sum(total, series)
    return exact_sum(total, rest + more)


def pow_(a: Lanes, b: Lanes) -> Lanes:
    """a^b = e^(b log a), with a logarithm of 100 bits. float64 only; special values as in C."""
    size = a.size()
    high, low = _log_pair(size)
    high = size.eq(0.0).choose(-inf, size.lt(inf).choose(high, size))
    product, rest = exact_product(b, high)
    rest = rest + b * low
    wide = product.size().lt(800.0)  # else e^product is 0, infinite or NaN, and the rest noise
    value = exp(product, wide.choose(rest, 0.0))
    value = (size.eq(1.0) | b.eq(0.0)).choose(1.0, value)
    whole = b.rounded("floor").eq(b)
    half = b * 0.5
    odd = whole & half.rounded("floor").ne(half)
    negative = a.bits().lt(0)
    value = (negative & odd).choose(-value, value)
    value = (negative & a.ne(0.0) & a.gt(-inf) & whole.eq(0)).choose(nan, value)
    value = (a.ne(a) | b.ne(b)).choose(nan, value)
    return (a.eq(1.0) | b.eq(0.0)).choose(1.0, value)


# --- by name ----------------------------------------------------------------------------------
Function = Callable[..., Lanes]
COMMON: dict[str, Function] = {
    "exp": exp, "expm1": expm1, "log": log_, "log1p": log1p, "tanh": tanh, "sigmoid": sigmoid,
    "erf": erf, "sqrt": Lanes.sqrt, "rsqrt": lambda x: 1.0 / x.sqrt(),
}  # fmt: skip
RARE: dict[str, Function] = {
    "erfc": erfc, "erfinv": erfinv, "sin": sin, "cos": cos, "atan2": atan2, "pow": pow_,
}  # fmt: skip


def function(w: Writer, name: str, *operands: Value) -> Value:
    """`name` of float or double operands, scalars or vectors."""
    if name in COMMON:
        return COMMON[name](*(Lanes(w, value) for value in operands)).value
    narrow = operands[0].scalar == "float"
    wide = [w.convert("fpext", v, "double") if narrow else v for v in operands]
    made = RARE[name](*(Lanes(w, value) for value in wide)).value
    return w.convert("fptrunc", made, "float") if narrow else made
