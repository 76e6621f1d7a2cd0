"""Tiles: which part of the result is held in registers at once, and the loop that sums it.

A tile is `rows` by `vectors` accumulators. One step along k loads `vectors` vectors of b and
broadcasts `rows` numbers of a; all products are added at once. What a tile must not do is spill:
accumulators, the vectors of b and one number of a fit in the registers.

Which tile is hardly matters on a modern core as long as there are 8 accumulators or more (two
multiply-adds a cycle, each four cycles long); so tiles are chosen by what divides the extents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

from ..targets import Target
from .text import Index, Value, Writer

WIDEST = 8  # vectors of a tile
ROOM = 16 * 1024  # bytes: of a panel, so that it stays in the nearest cache


class Tile(NamedTuple):
    """`rows` x `vectors` accumulators of `lanes` numbers (0: scalars)."""

    rows: int
    vectors: int
    lanes: int

    @property
    def width(self) -> int:
        """How many columns."""
        return self.vectors * max(1, self.lanes)


class Step(NamedTuple):
    """One loop along k: how often, and how far a and b move each time."""

    turns: Index
    a: int
    b: int


# --- choice -----------------------------------------------------------------------------------
def sizes(target: Target) -> list[tuple[int, int]]:
    """The (rows, vectors) that the target's registers hold."""
    spare = 1 if target.has_fma else 2  # without multiply-add the product needs a register
    return [
        (rows, vectors)
        for vectors in (1, 2, 3, 4, 6, WIDEST)
        for rows in range(1, 13)
        if rows * vectors + vectors + spare <= target.registers
    ]


def choose(
    target: Target, rows: int, columns: int, length: int, widest: int = WIDEST
) -> tuple[int, int]:
    """Rows and vectors of the tiles for this many rows and (whole or ragged) vectors of columns."""
    return estimate(target, rows, columns, length, widest)[1]


@cache
def estimate(
    target: Target, rows: int, columns: int, length: int, widest: int = WIDEST
) -> tuple[float, tuple[int, int]]:
    """About how many cycles the best tiles of at most `widest` vectors take; rows and vectors.

    The estimate counts cycles: multiply-adds, their latency, loads, and a few for begin and end of
    every tile; each further kind of tile costs a little, because it must be compiled.
    """

    enough = min(length, 128)  # steps along k that a panel should hold, to be worth its copying

    def cycles(height: int, width: int) -> float:
        work = max(height * width / 2, 4, (height + width) / 2)
        tight = 1.04 if height * width < 10 else 1  # hardly enough to hide the latency
        return length * work * tight + 8 + 2 * height * width

    def whole(size: tuple[int, int]) -> float:
        height, width = size
        left = rest(height, rows)
        heights = [(height, (rows - left) // height)]
        heights += [(left // 2, 2)] if left > height else [(part, 1) for part in parts(left)]
        widths = [(width, columns // width), (columns % width, 1)]
        kinds = [(h, w, n * m) for h, n in heights for w, m in widths if w and n * m]
        total = sum(cycles(h, w) * count for h, w, count in kinds)
        return total * (1 + 0.01 * len(kinds))

    fits = [size for size in sizes(target) if size[1] * target.vector_bytes * enough <= ROOM]
    fits = [size for size in fits if size[1] <= widest] or fits
    best = min(fits, key=lambda size: (whole(size), -size[0] * size[1]))
    return whole(best), best


def parts(number: int) -> list[int]:
    """A number as powers of two, the largest first: 5 is 4 + 1."""
    return [1 << bit for bit in reversed(range(number.bit_length())) if number >> bit & 1]


def rest(height: int, count: int) -> int:
    """How many of `count` rows are left to smaller tiles.

    Less than a tile; but if that would be a third of one, a tile and a third: they become two
    tiles of two thirds, which have accumulators enough to hide the latency.
    """
    left = count % height
    return left + height if 3 * left == height < count else left


def tails(height: int, counts: Iterable[int]) -> list[int]:
    """Heights of the smaller tiles that some of these counts of rows may need, falling."""
    found: set[int] = set()
    for left in {rest(height, count) for count in counts}:
        found.update([left // 2] if left > height else parts(left))
    return sorted(found, reverse=True)


# --- text -------------------------------------------------------------------------------------
def multiply(
    w: Writer,
    tile: Tile,
    a: tuple[Value, int],
    b: tuple[Value, int],
    steps: Iterable[Step],
    scalar: str,
    between: Callable[[Index], None] | None = None,
) -> list[Value]:
    """The sums of a tile, row by row: pointers of a and b, with the strides of rows and columns.

    `between` is called with row after row, spread over the first loop, to prefetch.
    """
    zero = w.constant(0.0, scalar, tile.lanes)
    sums = [zero] * (tile.rows * tile.vectors)
    return _along(w, tile, a, b, list(steps), scalar, sums, between)


def _along(
    w: Writer,
    tile: Tile,
    a: tuple[Value, int],
    b: tuple[Value, int],
    steps: list[Step],
    scalar: str,
    sums: list[Value],
    between: Callable[[Index], None] | None = None,
) -> list[Value]:
    if not steps:
        return _products(w, tile, a, b, scalar, sums)
    step, *deeper = steps
    if between and isinstance(step.turns, int) and step.turns >= 2 * tile.rows:
        segment, rest = divmod(step.turns, tile.rows)
        with w.loop(0, tile.rows, carried=sums) as rows:
            between(rows.counter)
            start_a = _moved(w, a, scalar, rows.counter, segment * step.a)
            start_b = _moved(w, b, scalar, rows.counter, segment * step.b)
            inner = [Step(segment, step.a, step.b), *deeper]
            rows.next = _along(w, tile, start_a, start_b, inner, scalar, rows.carried)
        sums = rows.results
        if not rest:
            return sums
        a = _moved(w, a, scalar, step.turns - rest, step.a)
        b = _moved(w, b, scalar, step.turns - rest, step.b)
        step = Step(rest, step.a, step.b)
    with w.loop(0, step.turns, carried=sums) as loop:
        here_a = _moved(w, a, scalar, loop.counter, step.a)
        here_b = _moved(w, b, scalar, loop.counter, step.b)
        loop.next = _along(w, tile, here_a, here_b, deeper, scalar, loop.carried)
    return loop.results


def _moved(
    w: Writer, place: tuple[Value, int], scalar: str, count: Index, step: int
) -> tuple[Value, int]:
    return w.element(place[0], scalar, w.mul(count, step)), place[1]


def _products(
    w: Writer,
    tile: Tile,
    a: tuple[Value, int],
    b: tuple[Value, int],
    scalar: str,
    sums: list[Value],
) -> list[Value]:
    apart = b[1] * max(1, tile.lanes)
    vectors = [
        w.load(w.element(b[0], scalar, 0, number * apart), scalar, tile.lanes)
        for number in range(tile.vectors)
    ]
    result: list[Value] = []
    for row in range(tile.rows):
        one = w.load(w.element(a[0], scalar, 0, row * a[1]), scalar)
        many = w.splat(one, tile.lanes)
        result += [w.fma(many, vector, sums[len(result) + i]) for i, vector in enumerate(vectors)]
    return result
