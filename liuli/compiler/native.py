"""A graph as machine code: planned, emitted, compiled, and bound to memory.

`Native.run` has the signature and the effects of `interpret.run`: it returns the outputs for new
inputs and changes states in place. Operations that have no kernel are calls of NumPy between two
native pieces.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import LiuliError, ShapeError
from ..memory import address_of, room
from ..ops import REGISTRY
from . import interpret
from .audit import audited
from .cache import fingerprint
from .emit import contract, loops
from .fuse import VIEWS
from .graph import Graph
from .kernels import ContractKernel, Kernel
from .lower import STATUS
from .machine import Source, compile_modules
from .passes import checking
from .plan import ALIGNED, Entry, plan
from .runtime import Entry as Line
from .runtime import Program
from .targets import Target

Array = np.ndarray[Any, Any]

WORTH_A_THREAD = 2_000_000  # multiplications a step: with fewer, two threads do not pay
LARGE = 2**14  # bytes of an output that kernels write where the caller has it


def possible(graph: Graph) -> str:
    """Why a graph cannot become machine code, or ""."""
    for number, spec in graph.specs().items():
        if not math.prod(spec.shape):
            return f"%{number} has no elements"
        if spec.dtype.name in ("float16", "bfloat16"):
            return f"%{number} is {spec.dtype.name}"
    return ""


def text_of(kernel: Kernel, target: Target) -> str:
    """The LLVM text of a kernel."""
    if isinstance(kernel, ContractKernel):
        return contract.module(kernel, target)
    return loops.emit_loops(kernel, target)


def source_of(kernel: Kernel, target: Target) -> str | Source:
    """The text of a kernel, or a promise of it that need not be kept if its code is there."""
    if not (emitters := fingerprint()):
        return text_of(kernel, target)
    return Source(f"{emitters} {replace(kernel, name='')!r}", lambda: text_of(kernel, target))


class Native:
    """A graph's machine code and its memory. One run at a time."""

    def __init__(self, graph: Graph, *, target: Target | None = None, alone: bool = False,
                 timed: bool = False) -> None:  # fmt: skip
        began = time.perf_counter()
        self.graph = graph
        self.target = target or Target.host()
        self.schedule = plan(graph, alone=alone)
        self.planning = time.perf_counter() - began
        if checking():
            audited(self.schedule)
        kernels = [entry.kernel for entry in self.schedule.entries if entry.kernel is not None]
        sources = {kernel.name: source_of(kernel, self.target) for kernel in kernels}
        self.addresses = compile_modules(sources, self.target)
        self.work = sum(work_of(kernel) for kernel in kernels)
        self.memory = _aligned(self.schedule.size)
        self.status = np.zeros(3, np.int64)
        self.specs = self.schedule.graph.specs()
        self._nodes = {node.number: node for node in self.schedule.graph.nodes}
        self._written = {target for target, _ in graph.assigns}
        self._leaves = [*graph.inputs, *graph.states]
        self._given: list[Array | None] = [None] * len(self._leaves)  # in the run before
        self._bound: dict[int, Array] = {}
        self._pieces: list[_Piece | Entry] = []
        self._cut(timed)
        for number, table in self.schedule.tables.items():
            self._bind_leaf(number, table)
        self._outputs = [(n, self._view(n)) for n in self.schedule.graph.outputs]
        self._order = [n for n, _ in self._outputs]
        # Outputs that are no memory of their own, or inputs that are written, cannot move on.
        self._fixed = any(view is None for _, view in self._outputs) or (
            len(set(self._order)) < len(self._order)
            or any(leaf.number in self._written for leaf in graph.inputs)
        )
        self._large = self._movable()
        self.seconds = time.perf_counter() - began  # of planning, emitting and compiling

    # --- making -------------------------------------------------------------------------------
    def _cut(self, timed: bool) -> None:
        """The entries in native pieces, with calls of NumPy between them."""
        piece: list[Entry] = []
        for entry in [*self.schedule.entries, None]:
            if entry is not None and entry.kernel is not None:
                piece.append(entry)
                continue
            if piece:
                self._pieces.append(_Piece(self, piece, timed))
            piece = []
            if entry is not None:
                self._pieces.append(entry)

    @cached_property
    def texts(self) -> dict[str, str]:
        """The LLVM text of each kernel by its name."""
        kernels = [entry.kernel for entry in self.schedule.entries if entry.kernel is not None]
        return {kernel.name: text_of(kernel, self.target) for kernel in kernels}

    def _view(self, value: int) -> Array | None:
        """The memory of a value in the arena as an array; None for a leaf or state."""
        if value in self.schedule.leaf_of or value not in self.schedule.offsets:
            return None
        spec, begin = self.specs[value], self.schedule.offsets[value]
        size = math.prod(spec.shape) * spec.dtype.itemsize
        made: Array = self.memory[begin : begin + size].view(spec.dtype).reshape(spec.shape)
        return made

    def array(self, value: int) -> Array:
        """What a value is now."""
        leaf = self.schedule.leaf_of.get(value, value)
        if leaf in self._bound:
            return self._bound[leaf]
        found = self._view(value)
        assert found is not None
        return found

    # --- running ------------------------------------------------------------------------------
    def run(self, inputs: Sequence[Array], states: Sequence[Array] = (), *,
            threads: int | None = None) -> list[Array]:  # fmt: skip
        """The outputs for `inputs`; `states` change in place. Errors: as the graph's checks."""
        if not self._bind(inputs, states):
            return interpret.run(self.graph, inputs, states)
        if threads is None and self.work < WORTH_A_THREAD:
            threads = 1
        direct = self._bind_large() if self._large else None
        for piece in self._pieces:
            if isinstance(piece, _Piece):
                piece.program.run(threads=threads)
                if piece.fault[0]:  # nothing is written yet: NumPy says what is wrong, and where,
                    return interpret.run(self.graph, inputs, states)  # or finds nothing wrong
            else:
                self._call_host(piece)
        if direct is not None:
            return [view.copy() if made is None else made  # type: ignore[union-attr]
                    for made, (_, view) in zip(direct, self._outputs, strict=True)]  # fmt: skip
        return [
            self.array(value).copy() if view is None else view.copy()
            for value, view in self._outputs
        ]

    def _movable(self) -> list[tuple[int, int]]:
        """The large outputs that kernels alone touch: their places among all, and values."""
        piece = self._pieces[0] if len(self._pieces) == 1 else None
        if self._fixed or not isinstance(piece, _Piece):
            return []
        sizes = {n: math.prod(self.specs[n].shape) * self.specs[n].dtype.itemsize
                 for n in self._order if n in piece.places}  # fmt: skip
        return [(i, n) for i, n in enumerate(self._order) if sizes.get(n, 0) >= LARGE]

    def _bind_large(self) -> list[Array | None]:
        """New memory for the large outputs, where kernels write them: nothing is copied."""
        (piece,) = self._pieces
        assert isinstance(piece, _Piece)
        direct: list[Array | None] = [None] * len(self._order)
        for i, value in self._large:
            made = direct[i] = room(self.specs[value].shape, self.specs[value].dtype)
            piece.bind(value, made)
        return direct

    def run_many(self, inputs: Sequence[Array], states: Sequence[Array], count: int, *,
                 threads: int | None = None) -> list[Array]:  # fmt: skip
        """`count` runs in one native call, if the program is one piece: as `runner.Runner` says."""
        piece, whole = self._pieces[0], all(each.flags.c_contiguous for each in inputs)
        alone = len(self._pieces) == 1 and isinstance(piece, _Piece) and not self._fixed
        if not alone or not whole or not self._bind([each[0, ...] for each in inputs], states):
            return one_by_one(self.run, inputs, states, count)
        assert isinstance(piece, _Piece)
        if threads is None and self.work < WORTH_A_THREAD:
            threads = 1
        made = [np.empty((count, *self.specs[n].shape), self.specs[n].dtype) for n in self._order]
        moving = [*zip([leaf.number for leaf in self.graph.inputs], inputs, strict=True),
                  *zip(self._order, made, strict=True)]  # fmt: skip
        for value, array in zip(self._order, made, strict=True):
            piece.bind(value, array)
        steps = [(place, array.strides[0]) for value, array in moving
                 for place in piece.places.get(value, ())]  # fmt: skip
        advance = np.array(steps, np.int64).reshape(-1, 2)
        try:
            done = piece.program.run(count, threads=threads, advance=advance)
        finally:
            for value in self._order:
                piece.bind(value, self.array(value))
            self._given[: len(inputs)] = [None] * len(inputs)  # their pointers have moved
        if done == count:
            return made
        rest = [each[done:] for each in inputs]  # a check failed: NumPy says what is wrong
        try:
            last = one_by_one(self.run, rest, states, count - done)
        except LiuliError:
            if not done or not made:  # nothing could tell how many there were
                raise
            return [each[:done] for each in made]
        return [np.concatenate([a[:done], b]) for a, b in zip(made, last, strict=True)]

    def _bind(self, inputs: Sequence[Array], states: Sequence[Array]) -> bool:
        """Tell the pieces where inputs and states lie, as far as that is news.

        False if something that is written does not lie in one piece, as kernels take it to.
        """
        given = self._given
        for i, array in enumerate((*inputs, *states)):
            if given[i] is not array and not self._bind_one(i, array):
                return False
        return True

    def _bind_one(self, i: int, array: Array) -> bool:
        leaf, whole = self._leaves[i].number, array.flags.c_contiguous
        self._given[i] = array if whole else None
        if leaf in self._written and not array.flags.writeable:
            raise ShapeError("LL423", shape=array.shape)
        if not whole:
            if leaf in self._written:
                return False
            array = np.ascontiguousarray(array)
        self._bind_leaf(leaf, array)
        return True

    def _bind_leaf(self, leaf: int, array: Array) -> None:
        self._bound[leaf] = array
        for piece in self._pieces:
            if isinstance(piece, _Piece) and leaf in piece.places:
                piece.bind(leaf, array)

    def times(self) -> list[tuple[str, float]]:
        """Each kernel's nanoseconds in the last run of a timed program, over all threads."""
        found: list[tuple[str, float]] = []
        for piece in self._pieces:
            if isinstance(piece, _Piece):
                worked = piece.program.times()[:, :, 0].sum(axis=0)
                names = [entry.kernel.name for entry in piece.entries if entry.kernel is not None]
                found += zip(names, worked.tolist(), strict=True)
        return found

    def _call_host(self, entry: Entry) -> None:
        """One operation by NumPy: from memory to memory."""
        (node,) = entry.group.nodes
        operands = [self._looked_at(operand) for operand in node.operands]
        with np.errstate(all="ignore"):
            made = REGISTRY[node.op].forward(*operands, **node.attrs)
        np.copyto(self.array(node.number), made)

    def _looked_at(self, value: int) -> Array:
        """A value that is in memory, or a chain of views of one."""
        node = self._nodes.get(value)
        if node is None or value in self.schedule.offsets or value in self.schedule.leaf_of:
            return self.array(value)
        below = self._looked_at(node.operands[0])
        if node.op in VIEWS:
            return np.asarray(REGISTRY[node.op].forward(below, **node.attrs))
        return below  # a check: its value is its operand


class _Piece:
    """Consecutive kernels as one program, and where its table names each leaf."""

    def __init__(self, owner: Native, entries: list[Entry], timed: bool) -> None:
        base = owner.memory.ctypes.data
        offsets, leaf_of = owner.schedule.offsets, owner.schedule.leaf_of
        self.places: dict[int, list[int]] = {}
        lines, count = [], 0
        for entry, after in zip(entries, [*entries[1:], None], strict=True):
            assert entry.kernel is not None
            pointers = []
            for value in entry.memory:
                leaf = leaf_of.get(value, value)
                if value == STATUS:
                    pointers.append(owner.status.ctypes.data)
                else:
                    self.places.setdefault(leaf, []).append(count)
                    pointers.append(base + offsets[leaf] if leaf in offsets else 0)
                count += 1
            waits = after is not None and after.barrier
            address = owner.addresses[entry.kernel.name]
            lines.append(Line(address, pointers, entry.kernel.chunks, waits, entry.stops))
        self.entries = entries
        self.program = Program(lines, owner.status, timed=timed)
        self.fault: Any = owner.status.data
        self._table: Any = self.program.table.data

    def bind(self, leaf: int, array: Array) -> None:
        """The leaf lies in `array` from now on."""
        address = address_of(array)
        for place in self.places[leaf]:
            self._table[place] = address


def one_by_one(run: Callable[[list[Array], Sequence[Array]], list[Array]], inputs: Sequence[Array],
               states: Sequence[Array], count: int) -> list[Array]:  # fmt: skip
    """`count` runs, one after the other: the outputs stacked. As `run_many` of `runner.Runner`."""
    rows: list[list[Array]] = []
    for i in range(count):
        try:
            rows.append(run([each[i, ...] for each in inputs], states))
        except LiuliError:
            if not i or not rows[0]:
                raise
            break
    return [np.stack(outputs) for outputs in zip(*rows, strict=True)]


def work_of(kernel: Kernel) -> int:
    """Multiplications of a contraction, elements of other kernels."""
    if isinstance(kernel, ContractKernel):
        return math.prod(axis.extent for axis in kernel.axes)
    return math.prod(kernel.extents)


def _aligned(size: int) -> Array:
    memory = np.zeros(size + ALIGNED, np.uint8)
    begin = -memory.ctypes.data % ALIGNED
    return memory[begin : begin + size]
