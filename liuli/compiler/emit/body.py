"""The body of a loop kernel, written at some place of its loops.

Values are asked for by number and slot, written when first asked for, and remembered until the
loop they were written in ends.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..kernels import Apply, Check, Const, Counter, Draw, Load, Reduce, Store
from . import philox, pointwise
from .nest import Nest
from .pointwise import SCALARS
from .slots import SCALAR, Slot, off_lanes
from .text import SIZES, Index, Value, Writer
from .text import Loop as OpenLoop


class Body:
    """Values and effects of the instructions; `counters` says where in the loops we are."""

    def __init__(self, nest: Nest, w: Writer) -> None:
        self.nest, self.w = nest, w
        self.pointers = w.pointers(len(nest.kernel.buffers))
        self.counters: list[Value] = [w.index(0)] * len(nest.loops)
        self.factors = [0] * len(nest.loops)  # what each counter is known to be a multiple of
        self.open: frozenset[int] = frozenset()
        self.values: dict[tuple[int, Slot | None], Value] = {}
        self.drawn: dict[int, dict[int, philox.Vectors]] = {}  # by draw and offset, whole blocks
        self.stage = 0  # reductions that have ended
        self.kept: dict[int, Value] = {}  # rows on the stack, of values that were dear
        self.filled: set[int] = set()  # those that an earlier pass has written

    @contextmanager
    def loop(
        self, axis: int, begin: Index, end: Index, step: int = 1, *, known: bool = True,
        carried: Sequence[Value] = (),
    ) -> Iterator[OpenLoop]:  # fmt: skip
        """A loop of the nest (or a part of it)."""
        before = (self.values, self.counters, self.factors, self.open)
        with self.w.loop(begin, end, step, known=known, carried=carried) as loop:
            self.values, self.counters = dict(self.values), list(self.counters)
            self.counters[axis], self.factors = loop.counter, list(self.factors)
            start = begin if isinstance(begin, int) else self.nest.loops[axis].unit
            self.factors[axis] = math.gcd(start, step)
            self.open, self.drawn = self.open | {axis}, {}
            yield loop
        self.values, self.counters, self.factors, self.open = before
        self.drawn = {}

    # --- values -------------------------------------------------------------------------------
    def value(self, number: int, slot: Slot) -> Value:
        """A value in the slot's width; one that does not vary along the vector, in every lane."""
        if self.nest.vector in self.nest.depends[number]:
            return self._known(number, slot)
        return self.w.splat(self._known(number, None), slot.lanes)

    def settle(self, slots: Sequence[Slot]) -> None:
        """Write now what is the same in all loops still to be opened."""
        for number, each in enumerate(self.nest.body):
            ready = self.nest.live[number] and self.nest.stage[number] <= self.stage
            if not ready or isinstance(each, (Store, Check, Reduce, Const)):
                continue
            depends = self.nest.depends[number]
            if depends <= self.open:
                varies = self.nest.vector in depends
                for slot in slots if varies else [None]:
                    self._known(number, slot)

    def _known(self, number: int, slot: Slot | None) -> Value:
        found = self.values.get((number, slot))
        if found is None:
            made = self._kept_row(number, slot) or self._made(number, slot)
            found = self.values[number, slot] = made
        return found

    def _kept_row(self, number: int, slot: Slot | None) -> Value | None:
        """The value in a row on the stack: read there, or computed and put there."""
        room = self.kept.get(number)
        if room is None or slot is None:
            return None
        scalar = SCALARS[self.dtype(number)]
        place = self.w.element(room, scalar, self.counters[self.nest.vector], slot.offset)
        if number in self.filled:
            return self.w.load(place, scalar, slot.lanes)
        made = self._made(number, slot)
        self.w.store(made, place)
        return made

    def _made(self, number: int, slot: Slot | None) -> Value:
        each, lanes = self.nest.body[number], slot.lanes if slot else 0
        match each:
            case Const():
                return self.w.constant(each.value, SCALARS[each.dtype], lanes)
            case Counter():
                return self._counter(each, slot)
            case Load():
                return self._load(each, slot)
            case Draw():
                return self._draw(number, each, slot or SCALAR)
            case Apply():
                wide = slot or SCALAR
                values = [self.value(i, wide) for i in each.operands]
                source = self.dtype(each.operands[-1]) if each.operands else each.dtype
                return pointwise.apply(self.w, each.op, values, source, each.dtype)
        raise AssertionError(f"{each} has no value here")

    def dtype(self, number: int) -> str:
        """The dtype of a value."""
        each = self.nest.body[number]
        if isinstance(each, Load):
            return self.nest.kernel.buffers[each.buffer].dtype
        return str(getattr(each, "dtype", ""))

    def _counter(self, each: Counter, slot: Slot | None) -> Value:
        w, counter, scalar = self.w, self.counters[each.axis], SCALARS[each.dtype]
        if scalar != "i64":
            counter = w.convert("trunc", counter, scalar)
        if slot is None or each.axis != self.nest.vector:
            return counter
        if not slot.lanes:
            return w.binary("add", counter, w.constant(slot.offset, scalar))
        steps = w.vector([slot.offset + i for i in range(slot.lanes)], scalar)
        return w.binary("add", w.splat(counter, slot.lanes), steps)

    def _draw(self, number: int, each: Draw, slot: Slot) -> Value:
        """Random numbers: which they are, and what the place of the first is a multiple of."""
        w, index, factor = self.w, self.w.index(each.offset), each.offset
        for axis, stride in enumerate(each.strides):
            index = w.add(index, w.mul(self.counters[axis], stride))
            factor = math.gcd(factor, stride * self.factors[axis])
        state = self._known(each.key, None), self._known(each.counter, None)
        stream = philox.Stream(w, each.op, each.dtype, *state)
        known = self.drawn.setdefault(number, {})
        return stream.numbers(slot, index, factor, each.strides[self.nest.vector], known)

    # --- memory -------------------------------------------------------------------------------
    def _place(self, each: Load | Store, lane: int, slot: Slot | None) -> Value:
        """The address for a lane of a slot."""
        w, index, vector = self.w, self.w.index(0), self.nest.vector
        for axis, stride in enumerate(each.strides):
            if stride and self.nest.loops[axis].extent > 1:
                index = w.add(index, w.mul(self.counters[axis], stride))
        constant = each.offset
        if slot is not None:
            constant += (slot.offset + lane) * each.strides[vector]
        if each.index is not None:
            varies = vector in self.nest.depends[each.index]
            number = self._known(each.index, slot if varies else None)
            number = w.extract(number, lane) if number.lanes else number
            index = w.add(index, w.mul(number, each.index_stride))
        scalar = memory_scalar(self.nest.kernel.buffers[each.buffer].dtype)
        return w.element(self.pointers[each.buffer], scalar, index, constant)

    def _whole(self, each: Load | Store) -> bool:
        """Whether a vector of it lies together in memory."""
        vector = self.nest.vector
        varies = each.index is not None and vector in self.nest.depends[each.index]
        return each.strides[vector] == 1 and not varies

    def _load(self, each: Load, slot: Slot | None) -> Value:
        w, dtype = self.w, self.nest.kernel.buffers[each.buffer].dtype
        scalar = memory_scalar(dtype)
        if slot is None or not slot.lanes:
            value = w.load(self._place(each, 0, slot), scalar)
        elif not self._whole(each):
            value = w.constant(0, scalar, slot.lanes)
            for lane in range(slot.used):
                one = self._load_lane(each, scalar, lane, slot)
                value = w.insert(value, one, lane)
        else:
            value = self._load_vector(self._place(each, 0, slot), scalar, slot)
        if dtype == "bool":
            return w.compare("ne", value, w.constant(0, "i8", value.lanes))
        return value

    def _load_lane(self, each: Load, scalar: str, lane: int, slot: Slot) -> Value:
        """One element; where it is not known whether the lane is on, the first one's address."""
        place = self._place(each, lane, slot)
        if slot.mask is not None:
            on = self.w.extract(slot.mask, lane)
            place = self.w.select(on, place, self._place(each, 0, slot))
        return self.w.load(place, scalar)

    def _load_vector(self, place: Value, scalar: str, slot: Slot) -> Value:
        w, lanes = self.w, slot.lanes
        if slot.mask is not None:
            return w.load(place, scalar, lanes, slot.mask)
        if slot.used == lanes:
            return w.load(place, scalar, lanes)
        few = w.load(place, scalar, slot.used)
        zeros = Value("zeroinitializer", scalar, slot.used)
        return w.shuffle(few, zeros, [min(i, slot.used) for i in range(lanes)])

    # --- effects ------------------------------------------------------------------------------
    def effect(self, number: int, slot: Slot | None) -> None:
        """Write a store or a check; its operands have been computed."""
        each = self.nest.body[number]
        if isinstance(each, Store):
            self._store(each, slot)
        elif isinstance(each, Check):
            self._check(each, slot)

    def need(self, number: int, slot: Slot | None) -> None:
        """Compute the operands of an effect, so that what it writes was read before."""
        each = self.nest.body[number]
        assert isinstance(each, (Store, Check))
        self._operand(each.operand, slot)
        if isinstance(each, Store) and each.index is not None:
            self._operand(each.index, slot)

    def _operand(self, number: int, slot: Slot | None) -> Value:
        return self.value(number, slot or SCALAR)

    def _store(self, each: Store, slot: Slot | None) -> None:
        w, dtype = self.w, self.nest.kernel.buffers[each.buffer].dtype
        value = self._operand(each.operand, slot)
        value = w.convert("zext", value, "i8") if dtype == "bool" else value
        if slot is None or not slot.lanes:
            w.store(value, self._place(each, 0, slot))
        elif not self._whole(each):
            self._store_lanes(each, value, slot)
        elif slot.mask is not None:
            w.store(value, self._place(each, 0, slot), slot.mask)
        else:
            few = slot.used < slot.lanes
            kept = w.shuffle(value, None, range(slot.used)) if few else value
            w.store(kept, self._place(each, 0, slot))

    def _store_lanes(self, each: Store, value: Value, slot: Slot) -> None:
        for lane in range(slot.used):
            one, place = self.w.extract(value, lane), self._place(each, lane, slot)
            if slot.mask is None:
                self.w.store(one, place)
                continue
            with self.w.when(self.w.extract(slot.mask, lane)):
                self.w.store(one, place)

    def _check(self, each: Check, slot: Slot | None) -> None:
        w, dtype = self.w, self.dtype(each.operand)
        value = self._operand(each.operand, slot)
        limits = [w.constant(n, value.scalar, value.lanes) for n in (each.low, each.high)]
        above = pointwise.apply(w, "ge", [value, limits[0]], dtype, "bool")
        below = pointwise.apply(w, "lt", [value, limits[1]], dtype, "bool")
        good = w.binary("and", above, below)
        off = off_lanes(w, slot)
        if off is not None:
            good = w.binary("or", good, off)
        every = good
        if good.lanes:
            every = w.call(f"llvm.vector.reduce.and.v{good.lanes}i1", "i1", good, scalar="i1")
        with w.when(w.binary("xor", every, w.constant(1, "i1"))):
            self._report(each, pointwise.cast(w, value, dtype, "int64"), good, slot)

    def _report(self, each: Check, value: Value, good: Value, slot: Slot | None) -> None:
        """Write which element failed."""
        w, place, size = self.w, self.w.index(0), 1
        for axis in reversed(range(len(self.nest.loops))):
            place = w.add(place, w.mul(self.counters[axis], size))
            size *= self.nest.loops[axis].extent
        lane = w.index(slot.offset if slot else 0)
        if good.lanes:
            found = w.extract(value, 0)
            for i in range(1, good.lanes):
                fine = w.extract(good, i)
                found = w.select(fine, found, w.extract(value, i))
                lane = w.select(fine, lane, w.index((slot.offset if slot else 0) + i))
            value = found
        status = self.pointers[each.status]
        for i, number in enumerate((w.index(1), value, w.add(place, lane))):
            w.store(number, w.element(status, "i64", i))


def memory_scalar(dtype: str) -> str:
    """The type in memory: of a bool, a byte."""
    return "i8" if dtype == "bool" else SCALARS[dtype]


def widest(nest: Nest, body: Body) -> int:
    """Bytes of the widest float that varies along the vector; without floats, of anything."""
    varying = [body.dtype(i) for i, live in enumerate(nest.live)
               if live and nest.vector in nest.depends[i] and body.dtype(i)]  # fmt: skip
    floats = [dtype for dtype in varying if dtype.startswith("float")]
    return max((SIZES[SCALARS[dtype]] for dtype in floats or varying), default=4)
