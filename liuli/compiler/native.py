"""A graph as machine code: planned, emitted, compiled, and bound to memory.

`Native.run` has the signature and the effects of `interpret.run`: it returns the outputs for new
inputs and changes states in place. Operations that have no kernel are calls of NumPy between two
native pieces.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..ops import REGISTRY
from ..threads import get_num_threads
from . import interpret
from .emit import contract, loops
from .fuse import VIEWS
from .graph import Graph
from .kernels import ContractKernel, Kernel
from .lower import STATUS
from .machine import compile_modules
from .plan import ALIGNED, Entry, plan
from .runtime import Entry as Line
from .runtime import Program
from .targets import Target

Array = np.ndarray[Any, Any]

WORTH_A_THREAD = 2_000_000  # multiplications a step from which a second thread pays


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


class Native:
    """A graph's machine code and its memory. One run at a time.

    `LIULI_PASSES=-fuse` gives every operation a kernel of its own, to find a bug.
    """

    def __init__(self, graph: Graph, *, target: Target | None = None, alone: bool = False,
                 timed: bool = False) -> None:  # fmt: skip
        began = time.perf_counter()
        self.graph = graph
        self.target = target or Target.host()
        self.schedule = plan(graph, alone=alone or "-fuse" in os.environ.get("LIULI_PASSES", ""))
        kernels = [entry.kernel for entry in self.schedule.entries if entry.kernel is not None]
        self.texts = {kernel.name: text_of(kernel, self.target) for kernel in kernels}
        self.addresses = compile_modules(self.texts, self.target)
        self.work = sum(work_of(kernel) for kernel in kernels)
        self.memory = _aligned(self.schedule.size)
        self.status = np.zeros(3, np.int64)
        self.specs = self.schedule.graph.specs()
        self._nodes = {node.number: node for node in self.schedule.graph.nodes}
        self._written = {target for target, _ in graph.assigns}
        self._bound: dict[int, Array] = {}
        self._pieces: list[_Piece | Entry] = []
        self._cut(timed)
        self._outputs = [self._view(value) for value in self.schedule.graph.outputs]
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
        if self._scattered(inputs, states):
            return interpret.run(self.graph, inputs, states)
        if threads is None:
            threads = get_num_threads() if self.work >= WORTH_A_THREAD else 1
        self._bind(self.graph.inputs, inputs)
        self._bind(self.graph.states, states)
        self.status[0] = 0
        for piece in self._pieces:
            if isinstance(piece, _Piece):
                piece.program.run(threads=threads)
                if self.status[0]:  # nothing is written yet: NumPy says what is wrong, and where,
                    return interpret.run(self.graph, inputs, states)  # or finds nothing wrong
            else:
                self._call_host(piece)
        return [
            np.array(self.array(value) if view is None else view)
            for value, view in zip(self.schedule.graph.outputs, self._outputs, strict=True)
        ]

    def _scattered(self, inputs: Sequence[Array], states: Sequence[Array]) -> bool:
        """Whether something that is written does not lie in one piece, as kernels take it to."""
        pairs = [*zip(self.graph.inputs, inputs, strict=True),
                 *zip(self.graph.states, states, strict=True)]  # fmt: skip
        return any(
            not array.flags.c_contiguous for leaf, array in pairs if leaf.number in self._written
        )

    def times(self) -> list[tuple[str, float]]:
        """Each kernel's nanoseconds in the last run of a timed program, over all threads."""
        found: list[tuple[str, float]] = []
        for piece in self._pieces:
            if isinstance(piece, _Piece):
                worked = piece.program.times()[:, :, 0].sum(axis=0)
                names = [entry.kernel.name for entry in piece.entries if entry.kernel is not None]
                found += zip(names, worked.tolist(), strict=True)
        return found

    def _bind(self, leaves: Sequence[Any], arrays: Sequence[Array]) -> None:
        """Tell the pieces where inputs and states lie, as far as that is news."""
        for leaf, array in zip(leaves, arrays, strict=True):
            if self._bound.get(leaf.number) is array:
                continue
            if not array.flags.c_contiguous:
                array = np.ascontiguousarray(array)
            self._bound[leaf.number] = array
            for piece in self._pieces:
                if isinstance(piece, _Piece):
                    piece.bind(leaf.number, array)

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
                elif leaf in offsets:
                    pointers.append(base + offsets[leaf])
                else:
                    self.places.setdefault(leaf, []).append(count)
                    pointers.append(0)
                count += 1
            waits = after is not None and after.barrier
            address = owner.addresses[entry.kernel.name]
            lines.append(Line(address, pointers, entry.kernel.chunks, waits, entry.stops))
        self.entries = entries
        self.program = Program(lines, owner.status, timed=timed)

    def bind(self, leaf: int, array: Array) -> None:
        """The leaf lies in `array` from now on."""
        if leaf in self.places:
            self.program.table[self.places[leaf]] = array.ctypes.data


def work_of(kernel: Kernel) -> int:
    """Multiplications of a contraction, elements of other kernels."""
    if isinstance(kernel, ContractKernel):
        return math.prod(axis.extent for axis in kernel.axes)
    return math.prod(kernel.extents)


def _aligned(size: int) -> Array:
    memory = np.zeros(size + ALIGNED, np.uint8)
    begin = -memory.ctypes.data % ALIGNED
    return memory[begin : begin + size]
