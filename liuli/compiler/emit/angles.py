"""sin, cos and atan2 of float64.

Angles are first reduced to an eighth of a turn around the nearest quarter turn; very large ones
with as many digits of 2 / pi as it takes (M. Payne and R. Hanek, SIGNUM Newsletter 18, 1983).
"""

from __future__ import annotations

from functools import cache
from math import factorial, inf, pi, sqrt

from .lanes import Lanes, horner
from .pairs import exact_product, exact_sum

_MAGIC = 1.5 * 2.0**52  # adding it rounds to whole numbers
_LARGE = 2.0**19  # from here on angles need more digits of pi
_SCALE = 2.0**512  # keeps the last digits of 2 / pi away from underflow
_CHUNK, _CHUNKS = 24, 52  # bits that are multiplied at a time; so many chunks are enough


@cache
def _pi_digits(bits: int) -> int:
    """pi times 2^bits, by Machin's formula."""

    def arctan_of_inverse(n: int) -> int:
        total = term = (1 << (bits + 32)) // n
        k = 1
        while term:
            term //= -n * n
            k += 2
            total += term // k
        return total

    return (16 * arctan_of_inverse(5) - 4 * arctan_of_inverse(239)) >> 32


def _half_pi(*places: int) -> tuple[float, ...]:
    """pi / 2 as a sum of floats; all but the last cut off after so many binary places."""
    left, parts = _pi_digits(256), []
    for count in places:
        kept = left >> (257 - count)
        parts.append(kept / 2.0**count)
        left -= kept << (257 - count)
    return (*parts, left / 2.0**257)


_PARTS = _half_pi(32, 64)
HALF_PI = pi / 2.0
_HALF_PI_LOW = (_pi_digits(256) - int(pi * 2.0**256)) / 2.0**257


def _near(x: Lanes) -> tuple[Lanes, Lanes]:
    """The angle from the nearest quarter turn, and bits that count the turns; not of large x."""
    shifted = x.fma(2.0 / pi, _MAGIC)
    n = shifted - _MAGIC
    first, second, third = _PARTS
    return n.fma(-third, n.fma(-second, n.fma(-first, x))), shifted.bits()


def _far(x: Lanes) -> tuple[Lanes, Lanes]:
    """The same of any x: x times 2 / pi, modulo 4, chunk by chunk, each product exact."""
    w = x.w
    bits = _CHUNK * _CHUNKS
    digits = (1 << (2 * bits + 1)) // _pi_digits(bits)
    room = w.room("double", _CHUNKS)
    for i in range(_CHUNKS):
        chunk = digits >> (bits - _CHUNK * (i + 1)) & ((1 << _CHUNK) - 1)
        number = w.constant(chunk * 2.0 ** (512 - _CHUNK * (i + 1)), "double")
        w.store(number, w.element(room, "double", i))
    small = x * (1.0 / _SCALE)
    upper = (small.bits() & -(1 << 27)).as_float()
    zero = x.like(0.0).value
    with w.loop(0, _CHUNKS, known=True, carried=[zero, zero]) as loop:
        high, low = (Lanes(w, value) for value in loop.carried)
        digit = w.load(w.element(room, "double", loop.counter), "double")
        chunks = Lanes(w, w.splat(digit, x.value.lanes))
        for part in (upper, small - upper):
            product = part * chunks
            turned = product - (product * 0.25).rounded("rint") * 4.0
            high, rest = exact_sum(high, turned)
            low = low + rest
        loop.next = [high.value, low.value]
    high, low = (Lanes(w, value) for value in loop.results)
    shifted = high + _MAGIC
    part, rest = exact_sum(high - (shifted - _MAGIC), low)
    angle, lost = exact_product(part, x.like(HALF_PI))
    return angle + (part * _HALF_PI_LOW + rest * HALF_PI + lost), shifted.bits()


def _reduced(x: Lanes) -> tuple[Lanes, Lanes]:
    """The angle from the nearest quarter turn, and bits that count the turns."""
    w, large = x.w, x.size().gt(_LARGE).value
    lanes = large.lanes
    some = large
    if lanes:
        some = w.call(f"llvm.vector.reduce.or.v{lanes}i1", "i1", large, scalar="i1")
    angle, turns = _near(x)
    carried = [angle.value, turns.value]
    with w.loop(0, w.convert("zext", some, "i64"), carried=carried) as loop:  # once or never
        far = _far(x)
        pairs = zip(far, loop.carried, strict=True)
        loop.next = [w.select(large, ours.value, usual) for ours, usual in pairs]
    return Lanes(w, loop.results[0]), Lanes(w, loop.results[1])


def _circle(x: Lanes, ahead: int) -> Lanes:
    """sin of an angle `ahead` quarter turns further."""
    r, turns = _reduced(x)
    z = r * r
    odd = [(-1) ** k / factorial(2 * k + 1) for k in range(1, 10)]
    even = [(-1) ** k / factorial(2 * k) for k in range(2, 10)]
    sine = (r * z).fma(horner(z, odd), r)
    half = z * 0.5
    lead = 1.0 - half
    cosine = lead + ((1.0 - lead) - half + z * z * horner(z, even))
    turns = turns + ahead
    value = (turns & 1).eq(0).choose(sine, cosine)
    return (value.bits() ^ ((turns & 2) << 62)).as_float()


def sin(x: Lanes) -> Lanes:
    """The sine of x radians."""
    return x.eq(0.0).choose(x, _circle(x, 0))


def cos(x: Lanes) -> Lanes:
    """The cosine of x radians."""
    return _circle(x, 1)


def atan2(a: Lanes, b: Lanes) -> Lanes:
    """The angle of the point (b, a)."""
    y, x = a.size(), b.size()
    swap, behind = y.gt(x), b.bits().lt(0)  # also -0 is behind
    top, bottom = swap.choose(x, y), swap.choose(y, x)
    both = top.eq(inf)  # then bottom is infinite too
    z = both.choose(1.0, top) / both.choose(1.0, bottom)
    z = bottom.eq(0.0).choose(0.0, z)
    upper = z.gt(sqrt(2.0) - 1.0)  # tan of pi / 8
    t = upper.choose((z - 1.0) / (z + 1.0), z)
    square = t * t
    series = [(-1) ** k / (2 * k + 1) for k in range(1, 22)]
    angle = (t * square).fma(horner(square, series), t)
    angle = upper.choose(angle + _HALF_PI_LOW / 2.0 + HALF_PI / 2.0, angle)
    angle = (swap ^ behind).choose(-angle, angle)
    start = swap.choose(x.like(HALF_PI), behind.choose(x.like(pi), 0.0))
    low = swap.choose(x.like(_HALF_PI_LOW), behind.choose(x.like(2.0 * _HALF_PI_LOW), 0.0))
    angle = start + (angle + low)
    return (a.ne(a) | b.ne(b)).choose(a + b, angle.signed_as(a))
