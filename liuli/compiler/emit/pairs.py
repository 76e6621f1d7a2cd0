"""Sums and products of floats without any error, as the sum of two floats."""

from __future__ import annotations

from .lanes import Lanes


def exact_product(a: Lanes, b: Lanes) -> tuple[Lanes, Lanes]:
    """a * b exactly, as a sum of two floats (T. Dekker, Numer. Math. 18, 1971)."""
    high = a * b
    if a.w.target.has_fma:
        return high, Lanes(a.w, a.w.intrinsic("fma", a.value, b.value, (-high).value))
    a1, b1 = _upper(a), _upper(b)
    a2, b2 = a - a1, b - b1
    return high, ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2


def _upper(x: Lanes) -> Lanes:
    """The upper half of the digits."""
    big = x * (2.0**27 + 1.0)
    return big - (big - x)


def exact_sum(a: Lanes, b: Lanes) -> tuple[Lanes, Lanes]:
    """a + b exactly, as a sum of two floats (D. Knuth)."""
    high = a + b
    back = high - a
    return high, (a - (high - back)) + (b - back)
