"""Values with operators, so that formulas in the emitters read like formulas.

`a * b + c` is strict IEEE arithmetic; `a.fma(b, c)` may be rounded once. Every lane of a vector
is treated alike, and a scalar is treated as one lane.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from .text import Value, Writer

Operand: TypeAlias = "Lanes | float"
FLOATS = ("float", "double")
INTEGER_OF = {"float": "i32", "double": "i64"}
FLOAT_OF = {"i32": "float", "i64": "double"}
MANTISSA = {"float": 23, "double": 52}  # stored bits


class Lanes:
    """A value and the writer that writes what is done with it."""

    __slots__ = ("value", "w")

    def __init__(self, w: Writer, value: Value) -> None:
        self.w, self.value = w, value

    # --- making -------------------------------------------------------------------------------
    def like(self, operand: Operand) -> Lanes:
        """A number in every lane; Lanes stay as they are."""
        if isinstance(operand, Lanes):
            return operand
        return Lanes(self.w, self.w.constant(operand, self.scalar, self.value.lanes))

    @property
    def scalar(self) -> str:
        return self.value.scalar

    def _binary(self, real: str, whole: str, other: Operand, swapped: bool = False) -> Lanes:
        a, b = self.value, self.like(other).value
        op = real if self.scalar in FLOATS else whole
        return Lanes(self.w, self.w.binary(op, b, a) if swapped else self.w.binary(op, a, b))

    # --- arithmetic ---------------------------------------------------------------------------
    def __add__(self, other: Operand) -> Lanes:
        return self._binary("fadd", "add", other)

    def __sub__(self, other: Operand) -> Lanes:
        return self._binary("fsub", "sub", other)

    def __mul__(self, other: Operand) -> Lanes:
        return self._binary("fmul", "mul", other)

    def __truediv__(self, other: Operand) -> Lanes:
        return self._binary("fdiv", "sdiv", other)

    def __radd__(self, other: Operand) -> Lanes:
        return self._binary("fadd", "add", other, swapped=True)

    def __rsub__(self, other: Operand) -> Lanes:
        return self._binary("fsub", "sub", other, swapped=True)

    def __rmul__(self, other: Operand) -> Lanes:
        return self._binary("fmul", "mul", other, swapped=True)

    def __rtruediv__(self, other: Operand) -> Lanes:
        return self._binary("fdiv", "sdiv", other, swapped=True)

    def __and__(self, other: Operand) -> Lanes:
        return self._binary("", "and", other)

    def __or__(self, other: Operand) -> Lanes:
        return self._binary("", "or", other)

    def __xor__(self, other: Operand) -> Lanes:
        return self._binary("", "xor", other)

    def __lshift__(self, other: Operand) -> Lanes:
        return self._binary("", "shl", other)

    def __rshift__(self, other: Operand) -> Lanes:
        """Zeros come in from the left."""
        return self._binary("", "lshr", other)

    def __neg__(self) -> Lanes:
        if self.scalar in FLOATS:
            text = f"fneg {self.value}"
            return Lanes(self.w, self.w.pure(text, self.scalar, self.value.lanes))
        return 0 - self

    def fma(self, b: Operand, c: Operand) -> Lanes:
        """self * b + c, rounded once where the hardware can."""
        return Lanes(self.w, self.w.fma(self.value, self.like(b).value, self.like(c).value))

    # --- choosing -----------------------------------------------------------------------------
    def _compare(self, name: str, other: Operand) -> Lanes:
        """By name: "lt" ... ; NaN compares false, and unequal."""
        real = "une" if name == "ne" else "o" + name
        whole = name if name in ("eq", "ne") else "s" + name
        predicate = real if self.scalar in FLOATS else whole
        return Lanes(self.w, self.w.compare(predicate, self.value, self.like(other).value))

    def lt(self, other: Operand) -> Lanes:
        return self._compare("lt", other)

    def le(self, other: Operand) -> Lanes:
        return self._compare("le", other)

    def gt(self, other: Operand) -> Lanes:
        return self._compare("gt", other)

    def ge(self, other: Operand) -> Lanes:
        return self._compare("ge", other)

    def eq(self, other: Operand) -> Lanes:
        return self._compare("eq", other)

    def ne(self, other: Operand) -> Lanes:
        return self._compare("ne", other)

    def choose(self, yes: Operand, no: Operand) -> Lanes:
        """Of a mask: `yes` where it is on, else `no`; one of them must be Lanes."""
        model = yes if isinstance(yes, Lanes) else no
        assert isinstance(model, Lanes)
        a, b = model.like(yes).value, model.like(no).value
        return Lanes(self.w, self.w.select(self.value, a, b))

    def within(self, low: Operand, high: Operand) -> Lanes:
        """Cut off below `low` and above `high`; NaN stays."""
        low, high = self.like(low), self.like(high)
        above = low.gt(self).choose(low, self)
        return high.lt(above).choose(high, above)

    # --- bits ---------------------------------------------------------------------------------
    def bits(self) -> Lanes:
        """The bits of floats, as integers."""
        return Lanes(self.w, self.w.convert("bitcast", self.value, INTEGER_OF[self.scalar]))

    def as_float(self) -> Lanes:
        """Integers read as the bits of floats."""
        return Lanes(self.w, self.w.convert("bitcast", self.value, FLOAT_OF[self.scalar]))

    def size(self) -> Lanes:
        """|x|"""
        return Lanes(self.w, self.w.intrinsic("fabs", self.value))

    def signed_as(self, sign: Lanes) -> Lanes:
        """|x| with the sign bit of `sign`."""
        return Lanes(self.w, self.w.intrinsic("copysign", self.value, sign.value))

    def sqrt(self) -> Lanes:
        return Lanes(self.w, self.w.intrinsic("sqrt", self.value))

    def rounded(self, name: str) -> Lanes:
        """By name: "floor", "ceil", "rint" (half to even), "trunc"."""
        if self.w.target.has_rounding:
            return Lanes(self.w, self.w.intrinsic(name, self.value))
        large = 2.0 ** MANTISSA[self.scalar]  # from here on all floats are whole
        size = self.size()
        near = ((size + large) - large).signed_as(self)
        if name == "trunc":
            near = near.size().gt(size).choose(near.size() - 1.0, near.size()).signed_as(self)
        elif name != "rint":
            far = near.gt(self) if name == "floor" else near.lt(self)
            step = -1.0 if name == "floor" else 1.0
            near = far.choose(near + step, near).signed_as(self)
        return size.lt(large).choose(near, self)


def horner(x: Lanes, coefficients: Sequence[float]) -> Lanes:
    """c0 + c1 x + c2 x^2 + ..., the highest power first."""
    y = x.like(coefficients[-1])
    for c in reversed(coefficients[:-1]):
        y = y.fma(x, c)
    return y
