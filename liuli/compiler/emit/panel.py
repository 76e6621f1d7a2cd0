"""Packing: a piece of b copied into a small panel, row after row, so that the tile's loop reads on.

The panel holds, for every step along k, the columns of one block of tiles. Columns beyond the
array's edge are zeros there: the tile's loop needs no masks, and nothing outside is read.
"""

from __future__ import annotations

from collections.abc import Sequence

from .text import SIZES, Index, Value, Writer
from .tiles import ROOM, Step, Tile, parts


def longest(width: int, size: int) -> int:
    """How many steps along k fit in a panel of this many columns."""
    return max(1, ROOM // (width * size))


def packed(steps: Sequence[Step], width: int) -> list[Step]:
    """The same loops along k, with b in a panel."""
    result: list[Step] = []
    apart = width
    for step in reversed(steps):
        result.insert(0, Step(step.turns, step.a, apart))
        apart *= step.turns if isinstance(step.turns, int) else 0  # only the first may be a Value
    return result


def pack(
    w: Writer,
    tile: Tile,
    valid: int,
    b: tuple[Value, int],
    steps: Sequence[Step],
    scalar: str,
    panel: Value,
) -> None:
    """Copy `valid` columns of b, whose stride is b[1], for all steps along k, to `panel`."""
    if not steps:
        _row(w, tile, valid, b, scalar, panel)
        return
    step, apart = steps[0], packed(steps, tile.width)[0].b
    transpose = len(steps) == 1 and step.b == 1 and b[1] != 1 and tile.lanes > 0
    begin: Index = 0
    if transpose:
        begin = _whole(w, step.turns, tile.lanes)
        if begin != 0:
            with w.loop(0, begin, tile.lanes, known=isinstance(begin, int)) as loop:
                source = w.element(b[0], scalar, loop.counter), b[1]
                goal = w.element(panel, scalar, w.mul(loop.counter, tile.width))
                _square(w, tile, valid, source, scalar, goal)
        if begin == step.turns:
            return
    with w.loop(begin, step.turns, known=isinstance(begin, int)) as loop:
        source = w.element(b[0], scalar, w.mul(loop.counter, step.b)), b[1]
        goal = w.element(panel, scalar, w.mul(loop.counter, apart))
        pack(w, tile, valid, source, steps[1:], scalar, goal)


def _whole(w: Writer, count: Index, lanes: int) -> Index:
    """`count` rounded down to a multiple of `lanes`, which is a power of two."""
    if isinstance(count, int):
        return count // lanes * lanes
    return w.binary("and", count, w.index(-lanes))


def _row(
    w: Writer, tile: Tile, valid: int, b: tuple[Value, int], scalar: str, panel: Value
) -> None:
    """One step along k."""
    if valid < tile.width:
        zero = w.constant(0.0, scalar, tile.lanes)
        for start in range(valid // tile.lanes * tile.lanes, tile.width, tile.lanes):
            w.store(zero, w.element(panel, scalar, start))
    if b[1] == 1:
        start = 0
        for lanes in [tile.lanes] * (valid // tile.lanes) + parts(valid % tile.lanes):
            value = w.load(w.element(b[0], scalar, start), scalar, lanes)
            w.store(value, w.element(panel, scalar, start))
            start += lanes
        return
    with w.loop(0, valid) as loop:
        value = w.load(w.element(b[0], scalar, w.mul(loop.counter, b[1])), scalar)
        w.store(value, w.element(panel, scalar, loop.counter))


def _square(
    w: Writer, tile: Tile, valid: int, b: tuple[Value, int], scalar: str, panel: Value
) -> None:
    """As many steps along k as a vector has lanes, where b has stride 1 along k: transposed."""
    lanes = tile.lanes
    for start in range(0, tile.width, lanes):
        columns = [
            w.load(w.element(b[0], scalar, 0, column * b[1]), scalar, lanes)
            if column < valid
            else w.constant(0.0, scalar, lanes)
            for column in range(start, start + lanes)
        ]
        for number, value in enumerate(transposed(w, columns)):
            w.store(value, w.element(panel, scalar, start, number * tile.width))


def transposed(w: Writer, vectors: list[Value]) -> list[Value]:
    """Lane i of vector j becomes lane j of vector i; there are as many vectors as lanes.

    Blocks of 16 bytes are exchanged first, then lanes inside them: every step is one instruction.
    """
    lanes = len(vectors)
    quarter = 16 // SIZES[vectors[0].scalar]
    half = lanes // 2
    while half >= max(quarter, 1):
        vectors, half = _exchanged(w, vectors, half), half // 2
    if quarter == 4 <= lanes:
        return _fours(w, vectors)
    while half:
        vectors, half = _exchanged(w, vectors, half), half // 2
    return vectors


def _exchanged(w: Writer, vectors: list[Value], half: int) -> list[Value]:
    """Of vectors i and i | half: the upper halves of the one against the lower of the other."""
    lanes, new = len(vectors), list(vectors)
    first = [i if not i & half else lanes + (i ^ half) for i in range(lanes)]
    second = [i | half if not i & half else lanes + i for i in range(lanes)]
    for low in range(lanes):
        if not low & half:
            a, b = vectors[low], vectors[low | half]
            new[low], new[low | half] = w.shuffle(a, b, first), w.shuffle(a, b, second)
    return new


def _fours(w: Writer, vectors: list[Value]) -> list[Value]:
    """Blocks of 4 x 4, transposed by interleaving single lanes and then pairs."""
    lanes, new = len(vectors), []
    mixed = [
        [block + at + (lanes if odd else 0) for block in range(0, lanes, 4) for at, odd in order]
        for order in (((0, 0), (0, 1), (1, 0), (1, 1)), ((2, 0), (2, 1), (3, 0), (3, 1)))
    ]
    paired = [
        [block + at + (lanes if odd else 0) for block in range(0, lanes, 4) for at, odd in order]
        for order in (((0, 0), (1, 0), (0, 1), (1, 1)), ((2, 0), (3, 0), (2, 1), (3, 1)))
    ]
    for start in range(0, lanes, 4):
        a, b, c, d = vectors[start : start + 4]
        for places in mixed:
            ab, cd = w.shuffle(a, b, places), w.shuffle(c, d, places)
            new += [w.shuffle(ab, cd, pair) for pair in paired]
    return new
