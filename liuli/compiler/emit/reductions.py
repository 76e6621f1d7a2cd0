"""Merging values: what changes nothing, two into one, many into one, the lanes of a vector."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..kernels import Reduce
from .pointwise import SCALARS, apply
from .text import Value, Writer

_OPS = {"sum": "add", "prod": "mul", "max": "maximum", "min": "minimum"}


def rounds(each: Reduce) -> bool:
    """Whether the order of merging shows in the result."""
    return each.op == "sum" and each.dtype.startswith("float")


def identity(w: Writer, each: Reduce, lanes: int) -> Value:
    """What changes nothing when it is merged."""
    if each.op in ("sum", "prod"):
        return w.constant(int(each.op == "prod"), SCALARS[each.dtype], lanes)
    return w.constant(_extreme(each.dtype, each.op == "max"), SCALARS[each.dtype], lanes)


def _extreme(dtype: str, low: bool) -> float:
    """The smallest (or largest) number of a dtype."""
    if dtype.startswith("float"):
        return -math.inf if low else math.inf
    if dtype == "bool":
        return 0 if low else 1
    bits = int(dtype.removeprefix("uint").removeprefix("int"))
    if dtype[0] == "u":
        return 0 if low else (1 << bits) - 1
    return -(1 << (bits - 1)) if low else (1 << (bits - 1)) - 1


def merged(w: Writer, each: Reduce, a: Value, b: Value) -> Value:
    """Two into one."""
    return apply(w, _OPS[each.op], [a, b], each.dtype, each.dtype)


def tree(w: Writer, each: Reduce, values: Sequence[Value]) -> Value:
    """Many into one, in pairs."""
    while len(values) > 1:
        half = (len(values) + 1) // 2
        pairs = zip(values, values[half:], strict=False)
        values = [merged(w, each, a, b) for a, b in pairs] + list(values[len(values) - half : half])
    return values[0]


def within(w: Writer, each: Reduce, value: Value) -> Value:
    """The lanes of a vector into one."""
    lanes = value.lanes
    while lanes > 1:
        lanes //= 2
        upper = w.shuffle(value, None, range(lanes, 2 * lanes))
        value = merged(w, each, w.shuffle(value, None, range(lanes)), upper)
    return w.extract(value, 0) if value.lanes else value
