"""Reductions: passes over the reduced loop, one for each reduction that waits for another.

What varies along the reduced loop is written to memory in the last pass only, so that results may
lie where operands were. Values that cost much are kept between passes, of a short row in
registers, of a longer one in a row on the stack; all others are computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..kernels import Reduce
from .body import Body
from .effects import Effects
from .nest import cone, dear, operands
from .pointwise import SCALARS
from .reductions import identity, merged, rounds, tree, within
from .slots import Slot, off_lanes, slots_between
from .text import SIZES, Index, Value

SHORT_ROW = 4  # vectors of a row that is kept in registers
ROOM = 12_288  # bytes of the rows on the stack
BLOCK = 128  # sums of floats are cut into pieces of so many additions
CHEAP = 12  # instructions: a pass with fewer is written 4 times over
Turn = Callable[[Sequence[Value]], list[Value]]


class Passes:
    """The reductions of one kernel."""

    def __init__(self, body: Body, effects: Effects, lanes: int) -> None:
        self.body, self.effects, self.lanes = body, effects, lanes
        self.nest, self.w = body.nest, body.w
        self.final = self.nest.last_stage()

    # --- across -------------------------------------------------------------------------------
    def columns(self, slots: Sequence[Slot]) -> None:
        """Reduce the first loop, for columns side by side."""
        body, nest = self.body, self.nest
        assert nest.reduced is not None
        extent = nest.loops[nest.reduced].extent
        for stage in range(self.final + 1):
            body.stage = stage
            body.settle(slots)
            numbers = nest.reduces(stage)
            owners = [self._reduce(n) for n in numbers for _ in slots]
            starts = [identity(self.w, each, slots[0].lanes) for each in owners]

            def turn(sums: Sequence[Value], stage: int = stage) -> list[Value]:
                return self._turn(stage, slots, sums, len(slots))

            ends = self._blocked(nest.reduced, (0, extent, 1), owners, starts, turn)
            for i, number in enumerate(numbers):
                self._keep_columns(number, slots, ends[i * len(slots) : (i + 1) * len(slots)])
        self._finish(slots)

    def _keep_columns(self, number: int, slots: Sequence[Slot], ends: Sequence[Value]) -> None:
        values = self.body.values
        for slot, end in zip(slots, ends, strict=True):
            if self.nest.vector in self.nest.depends[number]:
                values[number, slot] = end
            else:  # the same in all columns
                values[number, None] = self.w.extract(end, 0) if end.lanes else end

    def _finish(self, slots: Sequence[Slot]) -> None:
        """All reductions are known: write what waited for them."""
        body = self.body
        body.stage = self.final + 1
        body.settle(slots)
        if slots:
            self.effects.flush(slots)
        self.effects.flush([None])
        body.stage = 0

    # --- along --------------------------------------------------------------------------------
    def row(self) -> None:
        """Reduce the last loop."""
        body, nest, step = self.body, self.nest, max(self.lanes, 1)
        extent = nest.loops[nest.vector].extent
        count = -(-extent // step)
        short = count <= SHORT_ROW
        slots = slots_between(self.w, self.lanes, 0, extent) if short else []
        if not short:
            self._make_rooms(count * step)
        outside = body.open
        for stage in range(self.final + 1):
            body.stage = stage
            body.settle([])
            numbers = nest.reduces(stage)
            if short:
                body.open = outside | {nest.vector}
                starts = [identity(self.w, self._reduce(n), self.lanes) for n in numbers]
                ends = self._turn(stage, slots, starts, 1)
                body.open = outside
            else:
                ends = self._long_pass(stage, numbers)
                body.filled |= cone(nest, self._roots(stage), lambda i: False)
            for number, end in zip(numbers, ends, strict=True):
                body.values[number, None] = within(self.w, self._reduce(number), end)
        body.kept, body.filled = {}, set()
        self._finish([])

    def _long_pass(self, stage: int, numbers: list[int]) -> list[Value]:
        """A pass over a long row: 4 vectors at a time if little is done, then what is left."""
        nest, w, step = self.nest, self.w, max(self.lanes, 1)
        extent = nest.loops[nest.vector].extent
        work = cone(nest, self._roots(stage), lambda i: nest.vector not in nest.depends[i])
        times = 4 if len(work) <= CHEAP else 1
        many = step * times
        whole = extent // many * many
        wide = slots_between(w, self.lanes, 0, many)
        reduces = [self._reduce(n) for n in numbers]
        owners = [each for each in reduces for _ in wide]
        sums = [identity(w, each, self.lanes) for each in owners]
        if whole:
            sums = self._blocked(
                nest.vector, (0, whole, many), owners, sums,
                lambda carried: self._turn(stage, wide, carried, times),
            )  # fmt: skip
        sums = [tree(w, each, sums[i * times : (i + 1) * times]) for i, each in enumerate(reduces)]
        if whole < extent:
            with self.effects.loop(nest.vector, whole, extent, many):
                left = slots_between(w, self.lanes, whole, extent)
                sums = self._turn(stage, [slot.moved(-whole) for slot in left], sums, 1)
        return sums

    def _make_rooms(self, length: int) -> None:
        """Room on the stack for dear values that more than one pass asks for."""
        body, nest = self.body, self.nest
        cones = [cone(nest, self._roots(stage), lambda i: False) for stage in range(self.final + 1)]
        used = 0
        for i, each in enumerate(nest.body):
            varies = nest.vector in nest.depends[i]
            again = sum(i in found for found in cones) > 1
            if dear(each) and varies and again:
                scalar = SCALARS[body.dtype(i)]
                used += length * SIZES[scalar]
                if used <= ROOM:
                    body.kept[i] = self.w.room(scalar, length)

    # --- both ---------------------------------------------------------------------------------
    def _reduce(self, number: int) -> Reduce:
        each = self.nest.body[number]
        assert isinstance(each, Reduce)
        return each

    def _writes(self) -> list[int]:
        """The effects of the last pass."""
        return [i for i in self.nest.effects() if self.nest.reduced in self.nest.depends[i]]

    def _roots(self, stage: int) -> list[int]:
        """What a pass is for."""
        nest = self.nest
        made = [self._reduce(n).operand for n in nest.reduces(stage)]
        last = self._writes() if stage == self.final else []
        return made + [operand for i in last for operand in operands(nest.body[i])]

    def _turn(
        self, stage: int, slots: Sequence[Slot], sums: Sequence[Value], ways: int
    ) -> list[Value]:
        """One turn of a pass; every reduction has `ways` accumulators, and slots take turns."""
        w, made = self.w, list(sums)
        for i, number in enumerate(self.nest.reduces(stage)):
            each = self._reduce(number)
            for j, slot in enumerate(slots):
                value = self.body.value(each.operand, slot)
                off = off_lanes(w, slot)
                if off is not None:
                    value = w.select(off, identity(w, each, slot.lanes), value)
                place = i * ways + j % ways
                made[place] = merged(w, each, made[place], value)
        if stage == self.final:
            self.effects.write(self._writes(), slots)
        return made

    def _blocked(
        self, axis: int, span: tuple[Index, int, int], owners: list[Reduce], starts: list[Value],
        turn: Turn,
    ) -> list[Value]:  # fmt: skip
        """Accumulate over a loop (begin, length, step); long sums of floats in pieces of pieces."""
        begin, length, step = span
        body, w, size = self.body, self.w, BLOCK * step
        if length <= 2 * size or not any(map(rounds, owners)):
            with body.loop(axis, begin, w.add(begin, length), step, carried=starts) as loop:
                loop.next = turn(loop.carried)
            return loop.results
        while length > 2 * BLOCK * size:
            size *= BLOCK
        whole = length // size * size
        end = w.add(begin, whole)
        with w.loop(begin, end, size, known=True, carried=starts) as blocks:
            part = self._blocked(axis, (blocks.counter, size, step), owners, starts, turn)
            blocks.next = self._added(owners, blocks.carried, part)
        if whole == length:
            return blocks.results
        rest = self._blocked(axis, (end, length - whole, step), owners, starts, turn)
        return self._added(owners, blocks.results, rest)

    def _added(
        self, owners: Sequence[Reduce], a: Sequence[Value], b: Sequence[Value]
    ) -> list[Value]:
        return [merged(self.w, *each) for each in zip(owners, a, b, strict=True)]
