"""A loop kernel -> LLVM's text: pointwise, row by row ("along") or column by column ("across").

From the outside in: what does not vary in the loops still to be opened is computed and written;
then the next loop is opened. The last loop runs along vectors, slot by slot (see `slots`), with
the reductions of `passes` inside it ("across") or instead of it ("along").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from ..kernels import Draw, LoopKernel, Store
from ..targets import Target
from .body import Body, widest
from .effects import Effects
from .nest import Nest, analysed
from .passes import Passes
from .slots import SCALAR, Slot, slots_between
from .text import Index, Value, Writer

COLUMNS = 4  # vectors of columns that are reduced together
Work: TypeAlias = "Callable[[Sequence[Slot]], None]"


def emit_loops(kernel: LoopKernel, target: Target) -> str:
    """The module of a kernel, whose one function bears its name."""
    nest = analysed(kernel)
    w = Writer(kernel.name, target)
    if all(loop.extent for loop in nest.loops):
        with w.when(w.compare("slt", w.first, w.last)):
            _Loops(nest, w).begin(0)
    return w.module()


class _Loops:
    """The loops of a kernel, being opened."""

    def __init__(self, nest: Nest, w: Writer) -> None:
        self.nest, self.w = nest, w
        self.body = Body(nest, w)
        self.effects = Effects(self.body)
        self.lanes = 0 if _one_by_one(nest) else w.target.lanes(widest(nest, self.body))

    def begin(self, axis: int) -> None:
        """Write what belongs before loop `axis`, and this loop with all that is in it."""
        nest = self.nest
        if axis == 0 and nest.parallel == nest.vector:
            self._stretches(self._times())  # written before all loops, known inside
        self.body.settle([])
        self.effects.flush([None])
        if not self.effects.left():
            return
        if axis == nest.reduced == nest.vector:
            Passes(self.body, self.effects, self.lanes).row()
        elif axis == nest.reduced:  # "across": inside all others
            self.begin(axis + 1)
        elif axis < nest.vector:
            with self.effects.loop(axis, *self._range(axis), known=self._all_busy(axis)):
                self.begin(axis + 1)
        elif nest.reduced is None:
            write = self.effects.write
            self._vectors(lambda slots: write(self.effects.left(), slots), self._times())
        else:
            self._vectors(Passes(self.body, self.effects, self.lanes).columns, self._times())

    def _times(self) -> int:
        """How many vectors are worked on together."""
        if self.nest.reduced is not None:
            return COLUMNS
        return 2 if any(isinstance(each, Draw) for each in self.nest.body) else 1

    def _range(self, axis: int) -> tuple[Index, Index]:
        """The turns of a loop that the asked chunks cover."""
        w, loop, chunks = self.w, self.nest.loops[axis], self.nest.kernel.chunks
        if axis != self.nest.parallel:
            return 0, loop.extent
        turns = loop.extent // loop.unit
        ends = [w.binary("udiv", w.mul(c, turns), w.index(chunks)) for c in (w.first, w.last)]
        return w.mul(ends[0], loop.unit), w.mul(ends[1], loop.unit)

    def _all_busy(self, axis: int) -> bool:
        """Whether no chunk is empty."""
        loop = self.nest.loops[axis]
        return axis != self.nest.parallel or loop.extent // loop.unit >= self.nest.kernel.chunks

    def _vectors(self, work: Work, times: int) -> None:
        """Cover the last loop with slots, `times` of them together, then what is left."""
        axis = self.nest.vector
        if axis == self.nest.parallel:
            self._cut_vectors(work, times)
            return
        extent = self.nest.loops[axis].extent
        many = max(self.lanes, 1) * times
        whole = extent // many * many
        if whole:
            with self.effects.loop(axis, 0, whole, many):
                work(slots_between(self.w, self.lanes, 0, many))
        if whole < extent:
            with self.effects.loop(axis, whole, extent, many):
                work(slots_between(self.w, self.lanes, 0, extent - whole))

    def _cut_vectors(self, work: Work, times: int) -> None:
        """The same where chunks cut the last loop, so that its length is known at run time."""
        w, lanes, axis = self.w, self.lanes, self.nest.vector
        *stretches, (begin, end, _) = self._stretches(times)
        for first, middle, size in stretches:
            with self.effects.loop(axis, first, middle, size, known=False):
                work(slots_between(w, lanes, 0, size))
            if self.nest.loops[axis].unit % size == 0:
                return  # chunks are cut between whole vectors
        if lanes and w.target.has_masks:
            with self.effects.loop(axis, begin, end, lanes, known=False) as counter:
                left = w.splat(w.binary("sub", end, counter), lanes)
                on = w.compare("slt", w.vector(range(lanes), "i64"), left)
                work([Slot(0, lanes, lanes, on)])
        elif lanes:
            with self.effects.loop(axis, begin, end, known=False):
                work([SCALAR])

    def _stretches(self, times: int) -> list[tuple[Value, Value, int]]:
        """Begin, end and step for `times` vectors, for single ones, and for what is left."""
        w, found = self.w, []
        begin, end = map(w.index, self._range(self.nest.vector))
        step = max(self.lanes, 1)
        for size in dict.fromkeys((step * times, step)):
            length = w.binary("sub", end, begin)
            middle = w.add(begin, w.mul(w.binary("udiv", length, w.index(size)), size))
            found.append((begin, middle, size))
            begin = middle
        return [*found, (begin, end, 1)]


def _one_by_one(nest: Nest) -> bool:
    """Whether elements of the last loop may meet in memory."""
    last = nest.vector
    for i in nest.effects():
        each = nest.body[i]
        if not isinstance(each, Store):
            continue
        scattered = each.index is not None and last in nest.depends[each.index]
        together = each.strides[last] == 0 and last in nest.depends[each.operand]
        if scattered or together:
            return True
    return False
