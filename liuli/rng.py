"""Random numbers that are a pure function of (key, counter).

Every number is computed from a 64-bit key (the seed) and a 64-bit counter, never from what was
drawn before, so eager NumPy and compiled code on any number of threads draw the same bits.

Block ``i`` of a draw is Philox 4x32-10 applied to ``counter + i``: four 32-bit words
``w0 w1 w2 w3``. What a draw takes from a block (`words` tells how many blocks it uses):

================  ========================================  =========================
draw              from one block                            numbers a block
================  ========================================  =========================
bits              w0, w1, w2, w3                            4
uniform float32   the high 24 bits of each word             4 (float16: 11, bfloat16: 8)
uniform float64   the high 53 bits of w0w1, of w2w3         2
normal float32    the pair (w0, w1), the pair (w2, w3)      4 (also float16, bfloat16)
normal float64    the pair (w0w1, w2w3)                     2
================  ========================================  =========================

``w0w1`` is the 64-bit word ``w0 + w1 * 2**32``.

Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
SC 2011.
"""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from .storage import Storage

__all__ = ["Generator", "bits", "default_generator", "normal", "philox", "uniform", "words"]

Array = npt.NDArray[Any]

DEFAULT_SEED = 67280421310721  # fixed: a program that sets no seed is repeatable

# Multipliers and key increments of Philox 4x32, Salmon et al. 2011, section 4.
_MULTIPLY_0 = np.array(0xD2511F53, np.uint64)
_MULTIPLY_2 = np.array(0xCD9E8D57, np.uint64)
_KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
_LOW = np.array(0xFFFFFFFF, np.uint64)
_HALF = np.array(32, np.uint64)
_WORD = 2**64

_CHUNK = 8192  # blocks at a time: the work arrays stay in the L2 cache


@lru_cache(maxsize=16)
def _round_keys(key: int) -> list[tuple[Array, Array]]:
    """The key of each round, as 0-d arrays: NumPy converts a Python integer on every call."""
    low, high = key & 0xFFFFFFFF, key >> 32 & 0xFFFFFFFF
    return [
        (
            np.array((low + i * _KEY_STEPS[0]) & 0xFFFFFFFF, np.uint64),
            np.array((high + i * _KEY_STEPS[1]) & 0xFFFFFFFF, np.uint64),
        )
        for i in range(_ROUNDS)
    ]


def _lanes(key: int, counter: int, blocks: int) -> Array:
    """Philox by lanes: uint32 of shape (2, 2, blocks), ``[[w0, w2], [w1, w3]]``.

    One round: ``w0, w1 = high(c * w2) ^ w1 ^ key0, low(c * w2)`` and
    ``w2, w3 = high(d * w0) ^ w3 ^ key1, low(d * w0)`` at the same time. A lane of 32-bit words
    is held in 64 bits, and one-dimensional, which is what NumPy handles fastest.
    """
    w0 = np.arange(blocks, dtype=np.uint64)
    w0 += np.uint64(counter % _WORD)
    w1 = w0 >> _HALF
    w0 &= _LOW
    w2, w3, from0, from2 = (np.zeros(blocks, np.uint64) for _ in range(4))
    for key0, key1 in _round_keys(key):
        np.multiply(w0, _MULTIPLY_0, from0)
        np.multiply(w2, _MULTIPLY_2, from2)
        for product, high, low, k in ((from2, w0, w1, key0), (from0, w2, w3, key1)):
            np.right_shift(product, _HALF, high)
            np.bitwise_xor(high, low, high)
            np.bitwise_xor(high, k, high)
            np.bitwise_and(product, _LOW, low)
    out = np.empty((2, 2, blocks), np.uint32)
    out[0, 0], out[0, 1], out[1, 0], out[1, 1] = w0, w2, w1, w3
    return out


def _chunks(key: int, counter: int, blocks: int) -> Iterator[tuple[slice, Array]]:
    """Yield (which blocks, their lanes) in pieces that fit the cache."""
    for start in range(0, blocks, _CHUNK):
        stop = min(start + _CHUNK, blocks)
        yield slice(start, stop), _lanes(key, counter + start, stop - start)


def _wide(lanes: Array) -> Array:
    """The 64-bit words [w0w1, w2w3], uint64 of shape (2, blocks)."""
    word: Array = lanes[1].astype(np.uint64)
    word <<= _HALF
    word |= lanes[0]
    return word


def words(count: int, dtype: npt.DTypeLike = np.uint32) -> int:
    """Return by how many blocks a draw of ``count`` numbers of ``dtype`` moves the counter."""
    per_block = 2 if np.dtype(dtype).itemsize == 8 else 4
    return -(-count // per_block)


def philox(key: int, counter: int, blocks: int) -> Array:
    """Return the words of ``blocks`` Philox 4x32-10 blocks, uint32 of shape (4 * blocks,).

    Block ``i`` encrypts the 128-bit counter ``(counter + i) mod 2**64`` (its high half is 0)
    with the 64-bit ``key``.
    """
    out = np.empty((blocks, 2, 2), np.uint32)
    for part, lanes in _chunks(key, counter, blocks):
        out[part] = lanes.T
    return out.reshape(-1)


def bits(key: int, counter: int, count: int) -> Array:
    """Return ``count`` random uint32, shape (count,)."""
    return philox(key, counter, words(count))[:count]


# Bits of a uniform number: as many as the significand holds, so none rounds up to 1.
_UNIFORM_BITS = {"bfloat16": 8, "float16": 11, "float32": 24}


def uniform(key: int, counter: int, count: int, dtype: npt.DTypeLike = np.float32) -> Array:
    """Return ``count`` uniform numbers in [0, 1), shape (count,).

    ``u = (word >> (32 - p)) * 2**-p`` with p = 24 (float32), 11 (float16), 8 (bfloat16);
    float64 takes p = 53 of two words. Every value is exact in its dtype, so it stays below 1;
    a float32 draw cast to a 16-bit dtype would not.
    """
    dtype = np.dtype(dtype)
    if dtype == np.float64:
        return _uniform64(key, counter, count)
    p = _UNIFORM_BITS[dtype.name]
    word = bits(key, counter, count)
    word >>= np.uint32(32 - p)
    # below 2**31: as signed the conversion is one instruction
    out = word.view(np.int32).astype(np.float32)
    out *= 2.0**-p
    return out.astype(dtype, copy=False)


def _uniform64(key: int, counter: int, count: int) -> Array:
    out = np.empty((words(count, np.float64), 2), np.float64)
    for part, lanes in _chunks(key, counter, len(out)):
        word = _wide(lanes)
        word >>= np.uint64(11)
        np.multiply(word.view(np.int64).T, 2.0**-53, out=out[part])
    return out.reshape(-1)[:count]


@dataclass(frozen=True)
class _Format:
    """The constants of one floating format; a tuple of coefficients begins at the top power."""

    real: type[np.floating[Any]]
    integer: type[np.signedinteger[Any]]
    unsigned: type[np.unsignedinteger[Any]]
    width: int  # bits of a number
    drop: int  # low bits of the radius word left unused
    fraction: int  # stored bits of a significand
    bias: int  # of the exponent, plus the bits of the radius word
    one: int  # bit pattern of 1
    root: int  # bit pattern of sqrt(1/2)
    ln2_high: float  # few bits: a multiple of it by an exponent is exact
    ln2_low: float
    angle: float  # radians of one unit of the angle word
    log: tuple[float, ...]
    sin: tuple[float, ...]
    cos: tuple[float, ...]


# log: FreeBSD msun (e_logf.c, e_log.c), error of log((1+s)/(1-s)) below 2**-34 and 2**-58;
# sin, cos on [-pi/4, pi/4]: Cephes (sinf.c, sin.c). The tests measure both.
_SINGLE = _Format(
    np.float32,
    np.int32,
    np.uint32,
    width=32,
    drop=1,
    fraction=23,
    bias=127 + 31,
    one=0x3F800000,
    root=0x3F3504F3,
    ln2_high=6.9313812256e-01,
    ln2_low=9.0580006145e-06,
    angle=float(np.pi / 2 * 2.0**-32),
    log=(0.24279078841, 0.28498786688, 0.40000972152, 0.66666662693),
    sin=(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1),
    cos=(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2),
)
_DOUBLE = _Format(
    np.float64,
    np.int64,
    np.uint64,
    width=64,
    drop=11,
    fraction=52,
    bias=1023 + 53,
    one=0x3FF0000000000000,
    root=0x3FE6A09E667F3BCD,
    ln2_high=6.93147180369123816490e-01,
    ln2_low=1.90821492927058770002e-10,
    angle=float(np.pi / 2 * 2.0**-64),
    log=(
        1.479819860511658591e-01, 1.531383769920937332e-01, 1.818357216161805012e-01,
        2.222219843214978396e-01, 2.857142874366239149e-01, 3.999999999940941908e-01,
        6.666666666666735130e-01,
    ),
    sin=(
        1.58962301576546568060e-10, -2.50507477628578072866e-8, 2.75573136213857245213e-6,
        -1.98412698295895385996e-4, 8.33333333332211858878e-3, -1.66666666666666307295e-1,
    ),
    cos=(
        -1.13585365213876817300e-11, 2.08757008419747316778e-9, -2.75573141792967388112e-7,
        2.48015872888517045348e-5, -1.38888888888730564116e-3, 4.16666666666665929218e-2,
    ),
)  # fmt: skip


def _horner(z: Array, coefficients: tuple[float, ...]) -> Array:
    """``(c0 * z + c1) * z + ...``: each product and each sum rounded, never fused."""
    y = z * coefficients[0]
    y += coefficients[1]
    for c in coefficients[2:]:
        y *= z
        y += c
    return y


def _radius(word: Array, f: _Format) -> Array:
    """``sqrt(-2 log u)``, ``u = ((word >> drop) + 1) / 2**(width - drop)`` rounded, in (0, 1].

    ``u = 2**-k * m`` with m in [sqrt(1/2), sqrt(2)); with ``s = (m - 1) / (m + 1)``
    ``log m = (m-1) - (m-1)**2 / 2 + s * ((m-1)**2 / 2 + R(s**2))``.
    """
    x = (word >> f.unsigned(f.drop)).view(f.integer).astype(f.real)
    x += 1.0
    pattern = x.view(f.unsigned) + f.unsigned(f.one - f.root)
    exponent = (pattern >> f.unsigned(f.fraction)).view(f.integer)
    k = (f.integer(f.bias) - exponent).astype(f.real)
    pattern &= f.unsigned((1 << f.fraction) - 1)
    pattern += f.unsigned(f.root)
    d = pattern.view(f.real) - 1.0
    s = d / (d + 2.0)
    z = s * s
    half = d * 0.5 * d
    t = half - s * (half + z * _horner(z, f.log))
    t = k * f.ln2_high + ((t + k * f.ln2_low) - d)
    radius: Array = np.sqrt(t + t)
    return radius


def _direction(word: Array, f: _Format) -> tuple[Array, Array]:
    """Cosine and sine of a uniform angle: two low bits are the quadrant, the rest the offset.

    The offset is in (-pi/4, pi/4), an odd number of half steps: both signs weigh the same.
    """
    offset = ((word | f.unsigned(3)) ^ f.unsigned(1)).view(f.integer)
    a = offset.astype(f.real) * f.angle
    z = a * a
    sin = a + a * (z * _horner(z, f.sin))
    cos = 1.0 - (z * 0.5 - z * z * _horner(z, f.cos))
    # quadrants 0 1 2 3: (cos, sin), (-sin, cos), (-cos, -sin), (sin, -cos)
    swap = (word & f.unsigned(1)) != 0
    x = np.where(swap, sin, cos)
    y = np.where(swap, cos, sin)
    # the sign is the top bit: of x in quadrants 1 and 2, of y in quadrants 2 and 3
    two, top = f.unsigned(2), f.unsigned(f.width - 2)
    sign_x, sign_y = x.view(f.unsigned), y.view(f.unsigned)
    sign_x ^= ((word + f.unsigned(1)) & two) << top
    sign_y ^= (word & two) << top
    return x, y


def normal(key: int, counter: int, count: int, dtype: npt.DTypeLike = np.float32) -> Array:
    """Return ``count`` standard normal numbers, shape (count,), by the Box-Muller transform.

    ``z0 = sqrt(-2 log u) * cos(2 pi v)``, ``z1 = sqrt(-2 log u) * sin(2 pi v)``. Only rounded
    ``+ - * /``, square root and integer operations are used, in this order, so that code
    compiled without fused multiply-add gives the same bits. |z| reaches 6.55 in float32 and
    8.57 in float64; 16-bit formats are rounded from float32.

    Source: G. Box, M. Muller, "A note on the generation of random normal deviates", 1958.
    """
    dtype = np.dtype(dtype)
    f = _DOUBLE if dtype == np.float64 else _SINGLE
    blocks = words(count, dtype)
    # [block, pair of the block, member of the pair]
    out = np.empty((blocks, 1 if f is _DOUBLE else 2, 2), f.real)
    for part, lanes in _chunks(key, counter, blocks):
        # first and second of the pairs, one row a pair
        first, second = _wide(lanes)[:, None] if f is _DOUBLE else lanes
        radius = _radius(first, f)
        x, y = _direction(second, f)
        np.multiply(radius, x, out=out[part, :, 0].T)
        np.multiply(radius, y, out=out[part, :, 1].T)
    return out.reshape(-1)[:count].astype(dtype, copy=False)


_LOCK = threading.Lock()  # one for all generators: a generator stays copyable


class Generator:
    """A seed and a position in its stream.

    ``storage.value`` is int64 of shape (2,), the bits of [key, counter]: a recorded program
    treats it as state. A new generator has the fixed seed 67280421310721.
    """

    waiting: Callable[[], None] | None = None  # who has to draw before anybody else

    def __init__(self) -> None:
        self.storage = Storage(np.zeros(2, np.int64))
        self.manual_seed(DEFAULT_SEED)

    def manual_seed(self, seed: int) -> "Generator":
        """Start the stream of ``seed`` (any integer, taken mod 2**64) and return self."""
        self._settle()
        with _LOCK:
            self._cells()[:] = int(seed) % _WORD, 0
        return self

    def initial_seed(self) -> int:
        """Return the seed of the stream, in [0, 2**64)."""
        self._settle()
        return int(self._cells()[0])

    def seed(self) -> int:
        """Seed from the operating system's entropy, so differently each time; return the seed."""
        seed = int.from_bytes(os.urandom(8), "little")
        self.manual_seed(seed)
        return seed

    def get_state(self) -> Array:
        """Return key and counter as 16 bytes, little endian, uint8 of shape (16,)."""
        self._settle()
        with _LOCK:
            state: Array = self._cells().astype("<u8").view(np.uint8)
        return state

    def set_state(self, state: Array) -> "Generator":
        """Continue from a state that `get_state` returned; return self."""
        state = np.asarray(state)
        if state.dtype != np.uint8 or state.shape != (16,):
            raise ValueError(
                f"a generator's state is 16 bytes, uint8 of shape (16,); "
                f"this one is {state.dtype} of shape {state.shape}: pass what get_state() returned"
            )
        self._settle()
        with _LOCK:
            self._cells()[:] = np.ascontiguousarray(state).view("<u8")
        return self

    def take(self, blocks: int) -> tuple[int, int]:
        """Return (key, counter) for a draw and move the counter ``blocks`` further."""
        self._settle()
        with _LOCK:
            cells = self._cells()
            key, counter = int(cells[0]), int(cells[1])
            cells[1] = (counter + blocks) % _WORD
        return key, counter

    def _settle(self) -> None:
        """Let draws that were put off be made."""
        if self.waiting is not None:
            self.waiting()

    def _cells(self) -> Array:
        """[key, counter] as uint64, the memory of ``storage.value`` itself."""
        value: Array = self.storage.value
        return value.view(np.uint64)


default_generator = Generator()
