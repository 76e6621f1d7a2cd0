"""Random numbers in a kernel: Philox 4x32-10 on vectors, and what `liuli/rng.py` makes of it.

Words of 32 bits live in the low halves of 64-bit lanes, where one instruction multiplies them;
what collects in the high halves is never looked at. Only rounded + - * / and square roots follow,
in NumPy's order, so the bits are those that eager code draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ... import rng
from .lanes import Lanes
from .slots import Slot
from .text import Value, Writer

Vectors: TypeAlias = "tuple[Value, Value]"
_LOW = 0xFFFFFFFF
_BITS_OF_2_52 = 0x4330000000000000  # of a float64
_MULTIPLIERS = int(rng._MULTIPLY_0), int(rng._MULTIPLY_2)
_FORMATS = {"float": rng._SINGLE, "double": rng._DOUBLE}
SCALARS = {"uint32": "i32", "float32": "float", "float64": "double"}


def per_block(dtype: str) -> int:
    """How many numbers one block gives."""
    return 2 if dtype == "float64" else 4


@dataclass(frozen=True)
class Stream:
    """The numbers of one draw."""

    w: Writer
    op: str
    dtype: str
    key: Value
    counter: Value

    def numbers(
        self, slot: Slot, index: Value, factor: int, stride: int, known: dict[int, Vectors]
    ) -> Value:
        """Those of a slot, the counter being at number `index`, a multiple of `factor`.

        Neighbours come together: `known` has those that a slot beside it asked for.
        """
        w, lanes = self.w, slot.lanes
        if not lanes or stride != 1:
            steps = w.vector([i * stride for i in range(lanes)], "i64")
            index = w.splat(w.add(index, slot.offset * stride), lanes)
            return self.apart(w.binary("add", index, steps) if lanes else index)
        if factor % per_block(self.dtype) or slot.offset % lanes:
            return self.after(w.add(index, slot.offset), lanes)
        skip = slot.offset % (w.target.lanes(8) * per_block(self.dtype))
        start = slot.offset - skip
        if start not in known:
            known[start] = self.together(w.add(index, start))
        return w.shuffle(*known[start], range(skip, skip + lanes))

    def together(self, first: Value) -> Vectors:
        """Those of as many blocks as fill a vector, in two vectors; `first` begins a block."""
        w, lanes, dtype = self.w, self.w.target.lanes(8), self.dtype
        block = Lanes(w, self.counter) + (Lanes(w, first) >> (per_block(dtype) // 2))
        steps = Lanes(w, w.vector(range(lanes), "i64"))
        a, b = self._words(Lanes(w, w.splat(block.value, lanes)) + steps)
        if self.op == "random_normal" and dtype == "float64":
            return _interleaved(w, *_pair(a, b, "double"))
        x, y = _interleaved(w, a.value, b.value)
        if dtype != "float64":
            twice = 2 * lanes
            x, y = (w.pure(f"bitcast {v} to <{twice} x i32>", "i32", twice) for v in (x, y))
        if self.op == "random_normal":
            even, odd = (Lanes(w, w.shuffle(x, y, range(i, 4 * lanes, 2))) for i in (0, 1))
            return _interleaved(w, *_pair(even, odd, "float"))
        return self._finished(Lanes(w, x)), self._finished(Lanes(w, y))

    def after(self, first: Value, lanes: int) -> Value:
        """Those from a place inside a block: by way of memory, which can be read anywhere."""
        w, inside, place = self.w, per_block(self.dtype) - 1, Lanes(self.w, first)
        vectors = self.together((place & ~inside).value)
        scalar, length = vectors[0].scalar, vectors[0].lanes
        room = w.room(scalar, 2 * length)
        for i, vector in enumerate(vectors):
            w.store(vector, w.element(room, scalar, i * length))
        return w.load(w.element(room, scalar, (place & inside).value), scalar, lanes)

    def apart(self, places: Value) -> Value:
        """Those at `places`: every lane computes a block of its own."""
        w, at, normal = self.w, Lanes(self.w, places), self.op == "random_normal"
        start = Lanes(w, w.splat(self.counter, places.lanes))
        a, b = self._words(start + (at >> (per_block(self.dtype) // 2)))
        second = (at & 1).ne(0)
        if self.dtype == "float64":
            if normal:
                x, y = _pair(a, b, "double")
                return w.select(second.value, y, x)
            return self._finished(second.choose(b, a))
        both = (at & 2).ne(0).choose(b, a)
        low, high = (Lanes(w, w.convert("trunc", x.value, "i32")) for x in (both, both >> 32))
        if normal:
            x, y = _pair(low, high, "float")
            return w.select(second.value, y, x)
        return self._finished(second.choose(high, low))

    def _words(self, counter: Lanes) -> tuple[Lanes, Lanes]:
        """The words of the blocks at `counter`, in twos of 64 bits: w0w1 and w2w3."""
        w, zero = self.w, counter.like(0)
        keys = [w.splat(k.value, counter.value.lanes)
                for k in (Lanes(w, self.key), Lanes(w, self.key) >> 32)]  # fmt: skip
        start = [counter.value, (counter >> 32).value, zero.value, zero.value, *keys]
        with w.loop(0, rng._ROUNDS, known=True, carried=start) as loop:
            w0, w1, w2, w3, key0, key1 = (Lanes(w, value) for value in loop.carried)
            from0, from2 = (w0 & _LOW) * _MULTIPLIERS[0], (w2 & _LOW) * _MULTIPLIERS[1]
            w0, w1, w2, w3 = (from2 >> 32) ^ w1 ^ key0, from2, (from0 >> 32) ^ w3 ^ key1, from0
            key0, key1 = key0 + rng._KEY_STEPS[0], key1 + rng._KEY_STEPS[1]
            loop.next = [each.value for each in (w0, w1, w2, w3, key0, key1)]
        w0, w1, w2, w3, *_ = (Lanes(w, value) for value in loop.results)
        return (w0 & _LOW) | (w1 << 32), (w2 & _LOW) | (w3 << 32)

    def _finished(self, word: Lanes) -> Value:
        """Bits as they are; uniform numbers in [0, 1)."""
        if self.op == "random_bits":
            return word.value
        width, unused = (64, 11) if self.dtype == "float64" else (32, 8)
        return (_real(word >> unused, SCALARS[self.dtype]) * 2.0 ** (unused - width)).value


def _interleaved(w: Writer, a: Value, b: Value) -> Vectors:
    """a0 b0 a1 b1 ... in two vectors."""
    n = a.lanes
    order = [i + side for i in range(n) for side in (0, n)]
    return w.shuffle(a, b, order[:n]), w.shuffle(a, b, order[n:])


# --- from words to numbers --------------------------------------------------------------------
def _real(x: Lanes, scalar: str) -> Lanes:
    """Signed integers as floats; 64 bits in halves: few processors convert vectors of them."""
    if scalar == "float":
        return Lanes(x.w, x.w.convert("sitofp", x.value, scalar))
    high = Lanes(x.w, x.w.convert("trunc", (x >> 32).value, "i32"))
    low = ((x & _LOW) | _BITS_OF_2_52).as_float() - 2.0**52
    return Lanes(x.w, x.w.convert("sitofp", high.value, scalar)) * 2.0**32 + low


def _pair(first: Lanes, second: Lanes, scalar: str) -> tuple[Value, Value]:
    """Two normal numbers of two words, as `rng.normal` makes them."""
    radius = _radius(first, _FORMATS[scalar], scalar)
    x, y = _direction(second, _FORMATS[scalar], scalar)
    return (radius * x).value, (radius * y).value


def _horner(z: Lanes, coefficients: tuple[float, ...]) -> Lanes:
    """As `rng._horner`: each product and each sum rounded."""
    y = z * coefficients[0] + coefficients[1]
    for c in coefficients[2:]:
        y = y * z + c
    return y


def _radius(word: Lanes, f: rng._Format, scalar: str) -> Lanes:
    """As `rng._radius`."""
    pattern = (_real(word >> f.drop, scalar) + 1.0).bits() + (f.one - f.root)
    k = _real(f.bias - (pattern >> f.fraction), scalar)
    d = ((pattern & ((1 << f.fraction) - 1)) + f.root).as_float() - 1.0
    s = d / (d + 2.0)
    z = s * s
    half = d * 0.5 * d
    t = half - s * (half + z * _horner(z, f.log))
    t = k * f.ln2_high + ((t + k * f.ln2_low) - d)
    return (t + t).sqrt()


def _direction(word: Lanes, f: rng._Format, scalar: str) -> tuple[Lanes, Lanes]:
    """As `rng._direction`."""
    a = _real((word | 3) ^ 1, scalar) * f.angle
    z = a * a
    sin = a + a * (z * _horner(z, f.sin))
    cos = 1.0 - (z * 0.5 - z * z * _horner(z, f.cos))
    swap, top = (word & 1).ne(0), f.width - 2
    x, y = swap.choose(sin, cos).bits(), swap.choose(cos, sin).bits()
    return (x ^ (((word + 1) & 2) << top)).as_float(), (y ^ ((word & 2) << top)).as_float()
