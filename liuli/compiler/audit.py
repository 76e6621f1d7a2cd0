"""Is a schedule sound? Proven from its kernels' loads and stores, element by element.

The plan reasons with strides; here every address is written out, so that both would have to be
wrong in the same way. The schedule is followed twice.

- As one thread would run it: each piece of memory knows whose value lies there, so every load must
  find the value that it asks for. That shows that all is stored before it is loaded, that no two
  living values share memory, that old state is read before new state replaces it.
- As many threads run it: of two kernels without a wait between them, and of two pieces of one
  kernel, neither writes what the other touches, unless both are the same piece of equally many:
  the same thread has these, one after the other. Then any order of the threads is like one thread.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import GraphError
from .kernels import Check, ContractKernel, Kernel, Load, Reduce, Store, piece
from .lower import STATUS
from .plan import ALIGNED, Entry, Schedule, bytes_of

Array = np.ndarray[Any, Any]

NOBODY, SEVERAL = -1, -2  # which piece of a kernel touches an element; else its number
OLD, NEW = 0, 1  # what lies in a state
LARGEST = 2**22  # addresses of a kernel: beyond, `audited` believes the plan


class Use(NamedTuple):
    """What one load, store or factor of a kernel touches: offset + strides times counters."""

    buffer: int
    written: bool
    extents: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    cut: int  # the loop whose pieces threads share out
    row: int = 0  # with an index: how far one step of it goes
    rows: int = 0  # and how many steps there are; 0: not known
    by: int | None = None  # the instruction that gives the index


def audited(schedule: Schedule) -> Schedule:
    """The schedule itself, if it is sound or too large to be followed. Errors: LL741."""
    kernels = [entry.kernel for entry in schedule.entries if entry.kernel is not None]
    uses = [use for kernel in kernels for use in uses_of(kernel)]
    return schedule if any(_count(use) > LARGEST for use in uses) else audit(schedule)


def audit(schedule: Schedule) -> Schedule:
    """The schedule itself, if it is sound. Errors: LL741 with the first fault."""
    for where, why in faults(schedule):
        raise GraphError("LL741", entry=where, why=why)
    return schedule


def faults(schedule: Schedule) -> Iterator[tuple[str, str]]:
    """What is wrong: in which kernel or operation, and what."""
    specs = schedule.graph.specs()
    for value, offset in schedule.offsets.items():
        if offset < 0 or offset % ALIGNED or offset + bytes_of(specs[value]) > schedule.size:
            yield "the arena", f"has no place for %{value} at {offset}"
            return
    walk = _Walk(schedule)
    since: list[_Followed] = []
    for i, entry in enumerate(schedule.entries):
        try:
            followed = _Followed(schedule, entry)
        except _OutsideError as fault:
            yield called(entry), str(fault)
            return
        yield from ((called(entry), why) for why in followed.faults())
        yield from ((called(entry), why) for why in walk.step(followed))
        before = schedule.entries[i - 1] if i else entry
        if entry.barrier or before.stops or entry.kernel is None or before.kernel is None:
            since = []
        for other in since:
            for what in other.meets(followed):
                yield called(entry), f"does not wait for {called(other.entry)}, which shares {what}"
        since.append(followed)
    yield from (("the end", why) for why in walk.end())


def called(entry: Entry) -> str:
    """The name of an entry."""
    return entry.kernel.name if entry.kernel is not None else f"host {entry.group.nodes[0].op}"


# --- what a kernel touches ------------------------------------------------------------------------
def uses_of(kernel: Kernel) -> list[Use]:
    """Every load and store of a kernel, and the factors of a contraction."""
    found = []
    if isinstance(kernel, ContractKernel):
        every = tuple(axis.extent for axis in kernel.axes)
        sides = [(axis.a, axis.b) for axis in kernel.axes]
        for buffer, offset in enumerate((kernel.a_offset, kernel.b_offset)):
            steps = tuple(side[buffer] for side in sides)
            found.append(Use(buffer, False, every, steps, offset, kernel.parallel))
        outer = [i for i, axis in enumerate(kernel.axes) if axis.role != "k"]
        extents, cut = tuple(every[i] for i in outer), _place_of(kernel.parallel, outer)
    else:
        extents, cut = kernel.extents, kernel.parallel
    for step in kernel.body:
        if isinstance(step, (Load, Store)):
            found.append(Use(step.buffer, isinstance(step, Store), extents, step.strides,
                             step.offset, cut, step.index_stride, step.indices,
                             step.index))  # fmt: skip
    return found


def _place_of(parallel: int, outer: Sequence[int]) -> int:
    """The cut loop among the loops of the epilogue; LL741 later if it is a summed one."""
    return outer.index(parallel) if parallel in outer else -1


def _count(use: Use) -> int:
    return math.prod(n for n, s in zip(use.extents, use.strides, strict=True) if s)


def addresses(use: Use, low: int, high: int) -> Array:
    """The elements touched while the counter of the cut loop is in low..high, once each loop."""
    found = np.array([use.offset], np.int64)
    for i, (n, stride) in enumerate(zip(use.extents, use.strides, strict=True)):
        counters = np.arange(low, high) if i == use.cut else np.arange(n if stride else 1)
        if stride or i == use.cut:
            found = (found[:, None] + stride * counters[None]).ravel()
    return found


class _OutsideError(Exception):
    """An address outside of its memory."""


class _Followed:
    """One entry with every element that it touches: `reads` and `writes` by memory.

    Each is an array over the elements of that memory: which piece of the kernel touches it.
    """

    def __init__(self, schedule: Schedule, entry: Entry) -> None:
        self.schedule, self.entry = schedule, entry
        self.specs = schedule.graph.specs()
        self.reads: dict[int, Array] = {}
        self.writes: dict[int, Array] = {}
        self.uses = uses_of(entry.kernel) if entry.kernel is not None else []
        self.chunks = entry.kernel.chunks if entry.kernel is not None else 1
        if entry.kernel is None:
            for memories, marks in ((entry.reads, self.reads), (entry.writes, self.writes)):
                for memory in memories:
                    marks[self.place(memory)] = np.zeros(self.size(memory), np.int32)
        for use in self.uses:
            self._mark(use)

    def place(self, memory: int) -> int:
        """The state that a value lies in, or the value itself."""
        return self.schedule.leaf_of.get(memory, memory)

    def size(self, memory: int) -> int:
        """How many elements."""
        return math.prod(self.specs[memory].shape)

    def _mark(self, use: Use) -> None:
        memory = self.entry.memory[use.buffer]
        if memory == STATUS:
            return
        marks = self.writes if use.written else self.reads
        mark = marks.setdefault(memory, np.full(self.size(memory), NOBODY, np.int32))
        alike = use.strides[use.cut] == 0 and self.chunks > 1  # every piece touches the same
        for number in [SEVERAL] if alike else range(self.chunks):
            low, high = (0, 1) if alike else piece(use.extents[use.cut], self.chunks, number)
            at = addresses(use, low, high)
            if at.size and not 0 <= at.min() <= at.max() < mark.size:
                raise _OutsideError(f"touches elements {at.min()} to {at.max()} of %{memory}, "
                               f"which has {mark.size}")  # fmt: skip
            if use.by is not None:
                at = _everywhere(at, use, mark.size)
            before = mark[at]
            mark[at] = np.where((before == NOBODY) | (before == number), number, SEVERAL)

    # --- one kernel alone ---------------------------------------------------------------------
    def faults(self) -> Iterator[str]:
        """What is wrong with this entry, whatever is around it."""
        kernel, entry = self.entry.kernel, self.entry
        if kernel is None:
            return
        if len(entry.memory) != len(kernel.buffers):
            yield "has another number of buffers than of memories"
        for memory, buffer in zip(entry.memory, kernel.buffers, strict=False):
            if memory != STATUS and self.specs[memory].dtype.name != buffer.dtype:
                yield f"takes %{memory} for {buffer.dtype}"
        if any(isinstance(step, Check) for step in kernel.body) != entry.stops:
            yield "checks without stopping, or stops without checking"
        if kernel.chunks > 1 and not _may_be_cut(kernel):
            yield "cuts a loop that it reduces"
        for memory, mark in self.writes.items():
            if (mark == SEVERAL).any():
                yield f"writes elements of %{memory} in several pieces"
            if memory in self.reads and _apart(mark, self.reads[memory], True).any():
                yield f"reads in one piece what another writes of %{memory}"
            if memory in self.reads and not self._at_once(memory):
                yield f"reads %{memory} elsewhere than where it is writing it"
        for read in self.reads:
            for written in self.writes:
                if read != written and self.overlap(read, self.reads, self, written, self.writes):
                    yield f"writes %{written} over %{read}, which it reads"

    def _at_once(self, memory: int) -> bool:
        """Whether elements that are read and written are so in the same round of the loops."""
        uses = [use for use in self.uses if self.entry.memory[use.buffer] == memory]
        writes = [use for use in uses if use.written]
        for use in uses:
            same = any(w._replace(written=False, buffer=use.buffer) == use for w in writes)
            if not use.written and not same:
                mark = np.zeros(self.size(memory), bool)
                mark[addresses(use, 0, use.extents[use.cut])] = True
                if use.by is not None or (mark & (self.writes[memory] != NOBODY)).any():
                    return False
        return True

    # --- two kernels --------------------------------------------------------------------------
    def meets(self, other: _Followed) -> Iterator[str]:
        """What both touch and one writes, other than piece by piece."""
        pairs = (
            (self.writes, other.reads),
            (self.writes, other.writes),
            (self.reads, other.writes),
        )
        for mine, theirs in pairs:
            for a in mine:
                for b in theirs:
                    if self.overlap(a, mine, other, b, theirs):
                        yield f"%{a}" if a == b else f"the memory of %{a} and %{b}"

    def overlap(self, a: int, mine: dict[int, Array], other: _Followed, b: int,
                theirs: dict[int, Array]) -> bool:  # fmt: skip
        """Whether there is memory that both touch, and not in the same piece of as many."""
        same = self.chunks == other.chunks and self is not other
        if a == b:
            return bool(_apart(mine[a], theirs[b], same).any())
        offsets = self.schedule.offsets
        if a not in offsets or b not in offsets:
            return False
        sizes = [self.specs[v].dtype.itemsize for v in (a, b)]
        begin = max(offsets[a], offsets[b])
        end = min(offsets[a] + mine[a].size * sizes[0], offsets[b] + theirs[b].size * sizes[1])
        if begin >= end:
            return False
        x = np.repeat(mine[a], sizes[0])[begin - offsets[a] : end - offsets[a]]
        y = np.repeat(theirs[b], sizes[1])[begin - offsets[b] : end - offsets[b]]
        return bool(_apart(x, y, same).any())


def _apart(a: Array, b: Array, same: bool) -> Array:
    """Where both touch, and not in the same piece (or not in pieces that correspond)."""
    both = (a != NOBODY) & (b != NOBODY)
    alone: Array = both & ~((a == b) & (a != SEVERAL)) if same else both
    return alone


def _everywhere(at: Array, use: Use, size: int) -> Array:
    """All elements that an index may lead to from these."""
    if not use.row or not (use.written or use.rows):
        return np.arange(size)
    rows = use.row * np.arange(use.rows or -(-size // use.row))
    found = (np.unique(at)[:, None] + rows[None]).ravel()
    if use.rows and found.max(initial=0) >= size:
        raise _OutsideError(f"goes {use.rows} steps of {use.row} in {size} elements")
    return found[found < size]


def _may_be_cut(kernel: Kernel) -> bool:
    if isinstance(kernel, ContractKernel):
        return kernel.axes[kernel.parallel].role != "k"
    reduced = 0 if kernel.reduces == "across" else len(kernel.extents) - 1
    reduces = any(isinstance(step, Reduce) for step in kernel.body)
    return not reduces or kernel.parallel != reduced


# --- one thread -----------------------------------------------------------------------------------
class _Walk:
    """The memory while one thread runs the schedule: whose value lies in every byte."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.graph = graph = schedule.graph
        self.specs = graph.specs()
        self.arena = np.full(max(schedule.size, 1), NOBODY, np.int64)
        self.leaves = {
            leaf.number: np.full(math.prod(leaf.spec.shape), OLD) for leaf in graph.leaves
        }
        self.assigned = {target for target, _ in graph.assigns}
        self.nodes = {node.number: node for node in graph.nodes}
        self.entry_of = {n.number: id(e) for e in schedule.entries for n in e.group.nodes}
        self.wrote = ""  # the first entry that wrote state
        self.done: set[int] = set()
        self.makers: dict[int, set[int]] = {}  # of a memory: who writes it, some in part
        for value, maker in self.entry_of.items():
            self.makers.setdefault(schedule.taken.get(value, value), set()).add(maker)

    def cells(self, memory: int) -> Array:
        """For each element of a value in the arena, whose its bytes are."""
        size, begin = self.specs[memory].dtype.itemsize, self.schedule.offsets[memory]
        count = math.prod(self.specs[memory].shape)
        found: Array = self.arena[begin : begin + count * size].reshape(count, size)
        return found

    def needed(self, value: int, entry: Entry) -> set[int]:
        """The values in memory that `value` comes from, as the graph says, for this entry."""
        if value in self.leaves:
            return {value}
        node, maker = self.nodes[value], self.entry_of.get(value)
        if maker is not None and node.op != "check":
            return set() if maker == id(entry) else {self.schedule.taken.get(value, value)}
        return {found for operand in node.operands for found in self.needed(operand, entry)}

    def step(self, followed: _Followed) -> Iterator[str]:
        """Run one entry."""
        entry, leaf_of = followed.entry, self.schedule.leaf_of
        if entry.stops and (self.wrote or self.leaves.keys() & followed.writes.keys()):
            yield f"checks after {self.wrote or 'it'} wrote state"
        for node in entry.group.nodes:
            old = node.operands[0] if node.operands else NOBODY
            if old in self.schedule.taken and self.entry_of[old] not in {*self.done, id(entry)}:
                yield f"changes a part of %{old}, which is not there yet"
        asked = {v for n in entry.group.nodes for o in n.operands for v in self.needed(o, entry)}
        for memory, mark in followed.reads.items():
            there = mark != NOBODY
            if memory in self.leaves:
                kinds = {OLD} if memory in asked else set()
                kinds |= {NEW} if any(leaf_of.get(v) == memory for v in asked) else set()
                if not np.isin(self.leaves[memory][there], list(kinds)).all():
                    yield f"finds the {'new' if NEW not in kinds else 'old'} %{memory}"
            elif memory not in asked:
                yield f"reads %{memory}, for which no operation asks"
            elif memory not in self.schedule.offsets:
                yield f"reads %{memory}, which has no place"
            elif (self.cells(memory)[there] != memory).any():
                yield f"does not find %{memory} where it reads it"
            elif not self.makers[memory] <= {*self.done} and id(entry) not in self.makers[memory]:
                yield f"reads %{memory} before all parts of it are there"
        for memory, mark in followed.writes.items():
            there = mark != NOBODY
            if memory not in self.leaves:
                self.cells(memory)[there] = memory
                continue
            self.wrote = self.wrote or called(entry)
            if memory not in self.assigned:
                yield f"writes %{memory}, to which nothing is assigned"
            if (self.leaves[memory][there] != OLD).any():
                yield f"writes %{memory} again"
            self.leaves[memory][there] = NEW
        self.done.add(id(entry))

    def end(self) -> Iterator[str]:
        """All state is new, and all results are there."""
        for leaf, lies in self.leaves.items():
            if (lies != (NEW if leaf in self.assigned else OLD)).any():
                yield f"%{leaf} is not wholly written"
        for value in self.graph.outputs:
            if value in self.leaves or value in self.schedule.leaf_of:
                continue
            if value not in self.schedule.offsets or (self.cells(value) != value).any():
                yield f"%{value} is returned, and not there"
