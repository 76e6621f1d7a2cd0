"""One elementwise primitive -> instructions, for a scalar or a vector, with NumPy's results.

In registers a bool is an i1, everything else what its name says; unsigned types share LLVM's
integers with signed ones, so every function here is told the dtype. float16 and bfloat16 are not
known here, nor the few operations for which `supported` says no: they are called on the host.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from . import vecmath
from .lanes import FLOATS, Lanes
from .modulo import floor_divide, modulo
from .text import SIZES, Value, Writer

SCALARS = {
    "float32": "float", "float64": "double", "int64": "i64", "int32": "i32", "int16": "i16",
    "int8": "i8", "uint8": "i8", "uint32": "i32", "bool": "i1",
}  # fmt: skip
_WORDS = {"eq", "ne", "lt", "le", "gt", "ge"}
_ROUNDINGS = {"floor": "floor", "ceil": "ceil", "round": "rint", "trunc": "trunc"}
_NOT_BOOL = {"sub", "neg", "sign", "mod", "floor_divide", "pow", *_ROUNDINGS, "shift_left",
             "shift_right"}  # fmt: skip
_ONLY_FLOAT = {"div", "copysign", *vecmath.COMMON, *vecmath.RARE} - {"pow"}
_BITS = {"bitwise_and": "and", "bitwise_or": "or", "bitwise_xor": "xor"}
_PLAIN = {"add", "mul", "maximum", "minimum", "abs", "where", "cast", *_WORDS}


def supported(op: str, dtype: str) -> bool:
    """Whether the operation `op` of operands of `dtype` can be emitted.

    Example:
        >>> from liuli.compiler.emit.pointwise import supported
        >>> supported("exp", "float32"), supported("exp", "int64"), supported("add", "bfloat16")
        (True, False, False)
    """
    if dtype not in SCALARS:
        return False
    if op in _ONLY_FLOAT:
        return dtype.startswith("float")
    if op in _BITS or op == "bitwise_not" or op.startswith("shift"):
        return not dtype.startswith("float") and not (dtype == "bool" and op in _NOT_BOOL)
    if op == "round" and not dtype.startswith("float"):
        return False  # NumPy makes float64 of it
    return op in _PLAIN or (op in _NOT_BOOL and dtype != "bool")


def apply(w: Writer, op: str, values: Sequence[Value], source: str, result: str) -> Value:
    """The value of `op`; `source` is the dtype of the operands (of the last, for "where")."""
    if op == "cast":
        return cast(w, values[0], source, result)
    if op == "where":
        return w.select(values[0], values[1], values[2])
    lanes = [Lanes(w, value) for value in values]
    if op in _WORDS:
        return w.compare(_predicate(op, source), values[0], values[1])
    if op in _BITS:
        return w.binary(_BITS[op], values[0], values[1])
    if source == "bool":
        return _of_bools(w, op, values)
    special = _special_power(op, lanes)
    if special is not None:
        return special.value
    if op in _BOTH:
        return _BOTH[op](lanes, source).value
    if source.startswith("float"):
        return vecmath.function(w, op, *values)
    return _INTEGER[op](lanes, source).value


def _predicate(op: str, dtype: str) -> str:
    if dtype.startswith("float"):
        return "une" if op == "ne" else "o" + op
    signed = dtype not in ("bool", "uint8", "uint32")
    return op if op in ("eq", "ne") else ("s" if signed else "u") + op


def _of_bools(w: Writer, op: str, values: Sequence[Value]) -> Value:
    if op == "bitwise_not":
        return w.binary("xor", values[0], w.constant(1, "i1", values[0].lanes))
    if op == "abs":
        return values[0]
    return w.binary("or" if op in ("add", "maximum") else "and", values[0], values[1])


# --- casts ------------------------------------------------------------------------------------
def cast(w: Writer, value: Value, source: str, result: str) -> Value:
    """As NumPy's astype: towards zero; a float that does not fit gives any integer."""
    have, want = SCALARS[source], SCALARS[result]
    if source == result or (have == want and result != "bool"):
        return value
    if result == "bool":
        zero = w.constant(0, have, value.lanes)
        return w.compare("une" if have in FLOATS else "ne", value, zero)
    if have in FLOATS and want in FLOATS:
        return w.convert("fpext" if want == "double" else "fptrunc", value, want)
    unsigned = source in ("bool", "uint8", "uint32")
    if have in FLOATS:
        wide = "i64" if result in ("int64", "uint32") else "i32"
        whole = w.convert("fptosi", value, wide)
        fixed = w.pure(f"freeze {whole}", wide, value.lanes)
        return fixed if wide == want else w.convert("trunc", fixed, want)
    if want in FLOATS:
        return w.convert("uitofp" if unsigned else "sitofp", value, want)
    if have != "i1" and SIZES[have] > SIZES[want]:
        return w.convert("trunc", value, want)
    return w.convert("zext" if unsigned else "sext", value, want)


# --- numbers of both kinds --------------------------------------------------------------------
Rule = Callable[[list[Lanes], str], Lanes]


def _real(dtype: str) -> bool:
    return dtype.startswith("float")


def _literal(x: Lanes) -> bool:
    return x.value.text[0] != "%"


def _special_power(op: str, operands: list[Lanes]) -> Lanes | None:
    """Squares and cubes are products, and the power -1 a quotient."""
    if op != "pow" or operands[0].scalar not in FLOATS:
        return None
    a, text = operands[0], operands[1].value.text
    made = {
        a.like(1.0).value.text: lambda: a,
        a.like(2.0).value.text: lambda: a * a,
        a.like(3.0).value.text: lambda: a * a * a,
        a.like(-1.0).value.text: lambda: 1.0 / a,
    }.get(text)
    return made() if made else None


def _larger(operands: list[Lanes], dtype: str, sign: str) -> Lanes:
    """maximum ("gt") or minimum ("lt"); NaN wins."""
    a, b = operands
    w = a.w
    beats = Lanes(w, w.compare(_predicate(sign, dtype), a.value, b.value))
    if not _real(dtype):
        return beats.choose(a, b)
    if _literal(b):  # a number: then one comparison does it
        return Lanes(w, w.compare("o" + sign, b.value, a.value)).choose(b, a)
    return a.ne(a).choose(a, beats.choose(a, b))


def _sign(operands: list[Lanes], dtype: str) -> Lanes:
    x = operands[0]
    above = Lanes(x.w, x.w.compare(_predicate("gt", dtype), x.value, x.like(0).value))
    below = Lanes(x.w, x.w.compare(_predicate("lt", dtype), x.value, x.like(0).value))
    return above.choose(x.like(1), below.choose(x.like(-1 if dtype[0] != "u" else 0), 0))


def _abs(operands: list[Lanes], dtype: str) -> Lanes:
    x = operands[0]
    if _real(dtype):
        return x.size()
    return x if dtype[0] == "u" else x.lt(0).choose(0 - x, x)


def _rounding(name: str) -> Rule:
    return lambda v, dtype: v[0].rounded(name) if _real(dtype) else v[0]


_BOTH: dict[str, Rule] = {
    "add": lambda v, dtype: v[0] + v[1],
    "sub": lambda v, dtype: v[0] - v[1],
    "mul": lambda v, dtype: v[0] * v[1],
    "div": lambda v, dtype: v[0] / v[1],
    "neg": lambda v, dtype: -v[0],
    "abs": _abs,
    "sign": _sign,
    "copysign": lambda v, dtype: v[0].signed_as(v[1]),
    "mod": lambda v, dtype: modulo(v[0], v[1], dtype),
    "floor_divide": lambda v, dtype: floor_divide(v[0], v[1], dtype),
    "maximum": lambda v, dtype: _larger(v, dtype, "gt"),
    "minimum": lambda v, dtype: _larger(v, dtype, "lt"),
    **{op: _rounding(name) for op, name in _ROUNDINGS.items()},
}


# --- integers only ----------------------------------------------------------------------------
def _power(operands: list[Lanes], dtype: str) -> Lanes:
    """By squaring; negative powers truncate, as in PyTorch."""
    a, b = operands
    w = a.w
    bits = 8 * SIZES[a.scalar]
    carried = [v.value for v in (a.like(1), a, b)]
    with w.loop(0, bits, known=True, carried=carried) as loop:
        result, base, left = (Lanes(w, value) for value in loop.carried)
        result = (left & 1).eq(0).choose(result, result * base)
        loop.next = [v.value for v in (result, base * base, left >> 1)]
    power = Lanes(w, loop.results[0])
    if dtype[0] == "u":
        return power
    flip = (a.eq(-1) & (b & 1).ne(0)).choose(a.like(-1), 1)
    small = (a.eq(1) | a.eq(-1)).choose(flip, 0)
    return b.lt(0).choose(small, power)


def _shift(left: bool) -> Rule:
    """NumPy's: beyond the width everything is shifted out."""

    def rule(operands: list[Lanes], dtype: str) -> Lanes:
        a, b = operands
        w, signed = a.w, dtype[0] != "u"
        width = b.like(8 * SIZES[a.scalar])
        inside = Lanes(w, w.compare("ult", b.value, width.value))
        safe = inside.choose(b, 0)
        if left:
            return inside.choose(a << safe, 0)
        op = "ashr" if signed else "lshr"
        shifted = Lanes(w, w.binary(op, a.value, safe.value))
        out = a.lt(0).choose(a.like(-1), 0) if signed else a.like(0)
        return inside.choose(shifted, out)

    return rule


_INTEGER: dict[str, Rule] = {
    "pow": _power,
    "bitwise_not": lambda v, dtype: v[0] ^ -1,
    "shift_left": _shift(left=True),
    "shift_right": _shift(left=False),
}
