"""Packing: pieces of b (or a) copied into a room, strip by strip, so that the tile's loop reads on.

A strip holds, for every step along k, the columns of one tile. Columns beyond the array's edge are
zeros there: the tile's loop needs no masks, and nothing outside is read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from .text import SIZES, Index, Value, Writer
from .tiles import ROOM, Step, parts

Side: TypeAlias = "tuple[Value, int]"  # where it begins, and the stride of its columns


class Strip(NamedTuple):
    """How many columns, how many of them are inside the array, and the lanes of vectors."""

    width: int
    valid: int
    lanes: int


def longest(width: int, size: int) -> int:
    """How many steps along k fit in a panel of this many columns."""
    return max(1, ROOM // (width * size))


class Order(NamedTuple):
    """How b is copied into a strip and read there: the loops of both, and where each begins."""

    copied: list[Step]
    read: list[Step]
    begin: int = 0  # in b
    start: int = 0  # in the strip


def in_order(steps: Sequence[Step], width: int) -> Order:
    """Copied in the order in which it is read."""
    read: list[Step] = []
    apart = width
    for step in reversed(steps):
        read.insert(0, step._replace(b=apart))
        apart *= step.turns if isinstance(step.turns, int) else 0  # only the first may be a Value
    return Order(list(steps), _as_one(read))


def as_it_lies(steps: Sequence[Step], width: int) -> Order:
    """Copied in the order of b's memory, whole vectors at a time; read in another order."""
    apart, begin, start, each = [0] * len(steps), 0, 0, width
    copied: list[Step] = []
    for i in sorted(range(len(steps)), key=lambda i: abs(steps[i].b)):
        step, turns = steps[i], count(steps[i])
        apart[i] = -each if step.b < 0 else each
        if step.b < 0:  # from the other end
            begin, start = begin + step.b * (turns - 1), start + each * (turns - 1)
        each *= turns
        copied.insert(0, Step(turns, abs(step.b), abs(step.b)))
    read = [step._replace(b=b) for step, b in zip(steps, apart, strict=True)]
    return Order(_as_one(copied), _as_one(read), begin, start)


def count(step: Step) -> int:
    """How many steps a loop has; 0 if that is known only when it runs."""
    return step.turns if isinstance(step.turns, int) else 0


def _as_one(steps: list[Step]) -> list[Step]:
    """Loops that step through a and b as one are one."""
    found: list[Step] = []
    for step in reversed(steps):
        last, turns = found[0] if found else None, count(step)
        if last and turns and count(last) and (step.a, step.b) == (
            last.a * count(last), last.b * count(last)
        ):  # fmt: skip
            found[0] = last._replace(turns=count(last) * turns)
        else:
            found.insert(0, step)
    return found


class Packing:
    """Strips being copied to `room`, one behind the other: a column takes `held` numbers there."""

    def __init__(self, w: Writer, scalar: str, room: Value, held: int) -> None:
        self.w, self.scalar, self.room, self.held = w, scalar, room, held

    def copy(
        self, strips: Sequence[tuple[Strip, Index, Index]], b: Side, steps: list[Step]
    ) -> None:
        """All strips, of each kind from a column to another one, for all steps along k.

        A few steps are copied of all strips before the next ones, as what lies side by side is
        best read together. But what lies along k is read to its end.
        """
        w, lanes = self.w, strips[0][0].lanes
        if len(steps) != 1 or steps[0].b == 1 != b[1]:
            self._strips(strips, b, steps, 0)
            return
        step = steps[0]
        few: Index = lanes
        with w.loop(0, step.turns, lanes) as loop:
            if not isinstance(step.turns, int) or step.turns % lanes:
                few = least(w, w.binary("sub nsw", w.index(step.turns), loop.counter), lanes)
            begin = w.element(b[0], self.scalar, w.mul(loop.counter, step.b))
            self._strips(strips, (begin, b[1]), [step._replace(turns=few)], loop.counter)

    def _strips(
        self, strips: Sequence[tuple[Strip, Index, Index]], b: Side, steps: list[Step], done: Index
    ) -> None:
        w, scalar = self.w, self.scalar
        for strip, begin, end in strips:
            with w.loop(begin, end, strip.width) as loop:
                source = w.element(b[0], scalar, w.mul(loop.counter, b[1])), b[1]
                before = w.binary("sub nsw", loop.counter, w.index(strips[0][1]))
                goal = w.element(self.room, scalar, w.mul(before, self.held))
                goal = w.element(goal, scalar, w.mul(done, strip.width))
                self._strip(strip, source, steps, goal)

    def _strip(self, strip: Strip, b: Side, steps: list[Step], goal: Value) -> None:
        """One strip."""
        if not steps:
            self._row(strip, b, goal)
            return
        w, step = self.w, steps[0]
        apart = strip.width * math.prod(map(count, steps[1:]))
        begin: Index = 0
        if len(steps) == 1 and step.b == 1 != b[1] and strip.lanes:
            begin = _whole(w, step.turns, strip.lanes)
            for start in range(0, strip.width, strip.lanes) if begin != 0 else ():
                with w.loop(0, begin, strip.lanes, known=isinstance(begin, int)) as loop:
                    source = w.element(b[0], self.scalar, loop.counter, start * b[1]), b[1]
                    there = w.element(goal, self.scalar, w.mul(loop.counter, apart), start)
                    self._square(strip, start, source, there)
            if begin == step.turns:
                return
        with w.loop(begin, step.turns, known=isinstance(begin, int)) as loop:
            source = w.element(b[0], self.scalar, w.mul(loop.counter, step.b)), b[1]
            there = w.element(goal, self.scalar, w.mul(loop.counter, apart))
            self._strip(strip, source, steps[1:], there)

    def _row(self, strip: Strip, b: Side, goal: Value) -> None:
        """One step along k."""
        w, scalar, (width, valid, full) = self.w, self.scalar, strip
        if valid < width:
            zero = w.constant(0.0, scalar, full)
            for start in range(valid // full * full, width, full):
                w.store(zero, w.element(goal, scalar, start))
        if b[1] == 1:
            start = 0
            for lanes in [full] * (valid // full) + parts(valid % full):
                value = w.load(w.element(b[0], scalar, start), scalar, lanes)
                w.store(value, w.element(goal, scalar, start))
                start += lanes
            return
        with w.loop(0, valid) as loop:
            value = w.load(w.element(b[0], scalar, w.mul(loop.counter, b[1])), scalar)
            w.store(value, w.element(goal, scalar, loop.counter))

    def _square(self, strip: Strip, start: int, b: Side, goal: Value) -> None:
        """As many steps and columns as a vector has lanes, if stride 1 lies along k: transposed."""
        w, scalar, (width, valid, lanes) = self.w, self.scalar, strip
        columns = [
            w.load(w.element(b[0], scalar, 0, column * b[1]), scalar, lanes)
            if start + column < valid
            else w.constant(0.0, scalar, lanes)
            for column in range(lanes)
        ]
        for number, value in enumerate(transposed(w, columns)):
            place = 0
            for some in parts(min(lanes, width - start)):
                there = w.element(goal, scalar, 0, number * width + place)
                w.store(lanes_of(w, value, place, some), there)
                place += some


def least(w: Writer, a: Index, b: Index) -> Value:
    """The lesser of two indices; of literals it is one."""
    a, b = w.index(a), w.index(b)
    if a.literal is not None and b.literal is not None:
        return w.index(min(a.literal, b.literal))
    return w.select(w.compare("slt", a, b), a, b)


def _whole(w: Writer, count: Index, lanes: int) -> Index:
    """`count` rounded down to a multiple of `lanes`, which is a power of two."""
    if isinstance(count, int):
        return count // lanes * lanes
    return w.binary("and", count, w.index(-lanes))


def inside(w: Writer, value: Value, valid: int) -> list[tuple[int, Value]]:
    """A vector of which `valid` lanes are in the array, in pieces: each with its first lane."""
    if valid >= max(1, value.lanes):
        return [(0, value)]
    found, start = [], 0
    for some in parts(max(0, valid)):
        found.append((start, lanes_of(w, value, start, some)))
        start += some
    return found


def lanes_of(w: Writer, value: Value, start: int, count: int) -> Value:
    """Some neighbouring lanes of a vector; a scalar if it is one."""
    if count == value.lanes:
        return value
    lanes = range(start, start + count)
    return w.shuffle(value, None, lanes) if count > 1 else w.extract(value, start)


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
