"""The inner form: vectors lie along k, for matrices that are both dense there and have few rows.

Every element of a tile has an accumulator of its own, a whole vector of partial sums; at the end
the accumulators of a row are transposed and added, which gives the row's results as one vector.
The order of these additions is the same for every size of tile.
"""

from __future__ import annotations

from ..targets import Target
from .panel import transposed
from .text import Value, Writer
from .tiles import Tile


def choose(target: Target, rows: int, lanes: int) -> tuple[int, int]:
    """Rows and columns of the tiles; columns are a power of two, at most a vector's lanes."""
    columns = min(lanes, 8 if rows == 1 else 4)
    held = (target.registers - 2) // columns - 1  # the rows that registers hold
    return min(rows, 1 << max(0, held.bit_length() - 1)), columns


def dots(
    w: Writer,
    tile: Tile,
    a: tuple[Value, int],
    b: tuple[Value, int],
    length: int,
    scalar: str,
    lanes: int,
) -> list[Value]:
    """The sums of a tile: one vector of `tile.width` lanes (or a scalar) for each row."""
    zero = w.constant(0.0, scalar, lanes)
    sums = [zero] * (tile.rows * tile.width)
    whole = length // lanes * lanes
    if whole:
        with w.loop(0, whole, lanes, carried=sums) as loop:
            here = w.element(a[0], scalar, loop.counter), w.element(b[0], scalar, loop.counter)
            loop.next = _products(w, tile, (here[0], a[1]), (here[1], b[1]), loop.carried)
        sums = loop.results
    if whole < length:
        mask = w.vector([whole + lane < length for lane in range(lanes)], "i1")
        here = w.element(a[0], scalar, whole), w.element(b[0], scalar, whole)
        sums = _products(w, tile, (here[0], a[1]), (here[1], b[1]), sums, mask)
    width = tile.width
    return [_reduced(w, sums[row * width : (row + 1) * width]) for row in range(tile.rows)]


def _products(
    w: Writer,
    tile: Tile,
    a: tuple[Value, int],
    b: tuple[Value, int],
    sums: list[Value],
    mask: Value | None = None,
) -> list[Value]:
    scalar, lanes = sums[0].scalar, sums[0].lanes

    def read(side: tuple[Value, int], number: int) -> Value:
        return w.load(w.element(side[0], scalar, 0, number * side[1]), scalar, lanes, mask)

    vectors = [read(b, column) for column in range(tile.width)]
    result: list[Value] = []
    for row in range(tile.rows):
        one = read(a, row)
        result += [w.fma(one, vector, sums[len(result) + i]) for i, vector in enumerate(vectors)]
    return result


def _reduced(w: Writer, sums: list[Value]) -> Value:
    """A vector whose lane i is the sum of all lanes of vector i."""
    while sums[0].lanes > max(1, len(sums) * (len(sums) > 1)):
        sums = [_folded(w, value) for value in sums]
    if len(sums) > 1:
        sums = transposed(w, sums)
    while len(sums) > 1:
        half = len(sums) // 2
        sums = [w.binary("fadd", sums[i], sums[i + half]) for i in range(half)]
    return sums[0]


def _folded(w: Writer, value: Value) -> Value:
    """The lower half plus the upper half."""
    half = value.lanes // 2
    if half == 1:
        return w.binary("fadd", w.extract(value, 0), w.extract(value, 1))
    low = w.shuffle(value, None, range(half))
    return w.binary("fadd", low, w.shuffle(value, None, range(half, value.lanes)))
