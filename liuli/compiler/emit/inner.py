"""The inner form: vectors lie along k, for matrices that are both dense there and have few rows.

Every element of a tile has an accumulator of its own, a whole vector of partial sums. At the end
two accumulators are folded into one vector, two of these again, until every lane is one element:
of eight accumulators of eight lanes, 7 additions and 14 shuffles are left. Which lanes are added is
the same for every size of tile.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from ..targets import Target
from .text import SIZES, Value, Writer
from .tiles import Tile

Item = TypeVar("Item")


def choose(target: Target, rows: int, lanes: int) -> tuple[int, int]:
    """Rows and columns of the tiles; columns are a power of two, at most a vector's lanes.

    With 16 registers two columns leave room for six rows: twelve accumulators instead of eight.
    """
    if target.registers <= 16 and rows > 3:
        return min(rows, (target.registers - 2) // 2 - 1), min(lanes, 2)
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
    return _results(w, sums, tile)


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


def _results(w: Writer, sums: list[Value], tile: Tile) -> list[Value]:
    """The tile row by row, from its accumulators."""
    lanes, width = sums[0].lanes, tile.width
    rows: list[Value] = []
    for start in range(0, len(sums), lanes):
        together, places = _folded(w, sums[start : start + lanes])
        for first in range(0, len(places), width):
            row = places[first : first + width]
            rows.append(
                w.shuffle(together, None, row) if width > 1 else w.extract(together, row[0])
            )
    return rows


def _folded(w: Writer, sums: list[Value]) -> tuple[Value, list[int]]:
    """A vector with the sum of all lanes of each accumulator, and in which lane each one is."""
    lanes, block = sums[0].lanes, 16 // SIZES[sums[0].scalar]
    whose = [[i] * lanes for i in range(len(sums))]
    levels = [_halves(lanes, run, block) for run in _runs(lanes)]
    for low, _ in levels:
        whose = [[(*a, *b)[i] for i in low] for a, b in _pairs(whose)]
    places = sorted(whose[0].index(i) for i in range(len(sums)))
    packs = [sums[places.index(whose[0].index(i))] for i in range(len(sums))]
    for low, high in levels:
        packs = [
            w.binary("fadd", w.shuffle(a, b, low), w.shuffle(a, b, high)) for a, b in _pairs(packs)
        ]
    return packs[0], places


def _runs(lanes: int) -> list[int]:
    """How many neighbouring lanes an accumulator has before each level: 8, 4, 2."""
    return [lanes >> level for level in range(lanes.bit_length() - 1)]


def _pairs(items: list[Item]) -> Iterator[tuple[Item, Item]]:
    """Two by two; what is left over with itself."""
    for i in range(0, len(items), 2):
        yield items[i], items[min(i + 1, len(items) - 1)]


def _halves(lanes: int, run: int, block: int) -> tuple[list[int], list[int]]:
    """The lanes of two vectors that hold the first halves of runs, and the second halves.

    Lanes stay in their block of 16 bytes if they can: moving further is dearer.
    """
    low: list[int] = []
    high: list[int] = []
    for start in range(0, lanes, max(run, block)):
        for side in (0, lanes):
            for begin in range(side + start, side + start + max(run, block), run):
                low += range(begin, begin + run // 2)
                high += range(begin + run // 2, begin + run)
    return low, high
