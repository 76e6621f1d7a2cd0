"""From groups of operations to kernels: values become instructions over a kernel's loops."""

from __future__ import annotations

import math
from typing import Any

from ..ops.contract import roles
from .access import Affine, Place, Shape, home, place, through
from .fuse import RANDOM, REDUCTIONS, VIEWS, Fusion, Group, progression
from .graph import Node
from .kernels import (
    Accumulator,
    Apply,
    Axis,
    Buffer,
    Check,
    Const,
    ContractKernel,
    Counter,
    Draw,
    Instruction,
    Kernel,
    Load,
    LoopKernel,
    Reduce,
    Store,
)
from .partition import cut_of, parallel_axis, pieces_of, pieces_of_axis
from .parts import part

STATUS = -1  # the name of the buffer that checks write to
Memory = int  # a value's number: where it lies is the plan's business


class NotAffineError(Exception):
    """Values read at places that are no affine function of the counters: put them in memory."""

    def __init__(self, *values: int) -> None:
        super().__init__(*values)
        self.values = frozenset(values)


class Lowering:
    """One group becoming a kernel: its buffers by value, and its body."""

    def __init__(self, fusion: Fusion, group: Group, stores: dict[int, list[Memory]]) -> None:
        self.fusion, self.group, self.stores = fusion, group, stores
        self.body: list[Instruction] = []
        self.known: dict[Any, int] = {}
        self.buffers: list[Buffer] = []
        self.memory: list[Memory] = []
        self.loops = len(group.domain)

    # --- the pieces ---------------------------------------------------------------------------
    def emit(self, instruction: Instruction) -> int:
        """The number of an instruction; an equal one is used again."""
        if instruction not in self.known or isinstance(instruction, (Store, Check)):
            self.body.append(instruction)
            self.known[instruction] = len(self.body) - 1
        return self.known[instruction]

    def buffer(self, memory: Memory, dtype: str, *, written: bool = False) -> int:
        """The place of a value's memory in the list of buffers."""
        memory = self.fusion.taken.get(memory, memory)
        if memory in self.memory:
            number = self.memory.index(memory)
            if written:
                self.buffers[number] = Buffer(dtype, True)
            return number
        self.memory.append(memory)
        self.buffers.append(Buffer(dtype, written))
        return len(self.memory) - 1

    def load(self, value: int, at: Place) -> int:
        """The element of a value in memory."""
        spec = self.fusion.specs[value]
        where = self.buffer(value, spec.dtype.name)
        return self.emit(Load(where, at.flat.coefs, at.flat.const))

    def counter(self, at: Affine, dtype: str = "int64") -> int:
        """An affine function of the counters as a whole number."""
        total = self.emit(Const(at.const, dtype)) if at.const or not any(at.coefs) else None
        for axis, factor in enumerate(at.coefs):
            if not factor:
                continue
            term = self.emit(Counter(axis, dtype))
            if factor != 1:
                scale = self.emit(Const(factor, dtype))
                term = self.emit(Apply("mul", (term, scale), dtype))
            if total is not None:
                term = self.emit(Apply("add", (total, term), dtype))
            total = term
        assert total is not None
        return total

    # --- values -------------------------------------------------------------------------------
    def value(self, number: int, at: Place) -> int:
        """The instruction that has the element of value `number` at a place."""
        key = (number, at.flat, at.axes)
        if key not in self.known:
            self.known[key] = self._value(number, at)
        return self.known[key]

    def _value(self, number: int, at: Place) -> int:
        fusion = self.fusion
        node = fusion.nodes.get(number)
        mine = fusion.group_of.get(number)
        if node is None or (mine is not None and mine is not self.group and node.op != "check"):
            return self.load(number, at)
        if node.op in VIEWS:
            below = through(node.op, node.attrs, fusion.specs[node.operands[0]].shape, at)
            if below is None:
                raise NotAffineError(number)
            return self.value(node.operands[0], below)
        return self._computed(node, at)

    def _computed(self, node: Node, at: Place) -> int:
        dtype = node.spec.dtype.name
        if node.op == "const":
            steps = progression(node)
            if steps is not None:
                return self.counter(at.flat.times(*steps))
            return self.emit(Const(node.attrs["value"], dtype))
        if node.op == "iota":
            if dtype in ("int64", "int32"):
                return self.counter(at.flat, dtype)
            return self.emit(Apply("cast", (self.counter(at.flat),), dtype))
        if node.op in ("check", "copy"):
            return self.value(node.operands[0], at)
        if node.op == "contract":
            return self.emit(Accumulator())
        if node.op in REDUCTIONS:
            below = self._elements(self.fusion.specs[node.operands[0]].shape)
            return self.emit(Reduce(node.op, self.value(node.operands[0], below), dtype))
        if node.op == "gather":
            return self._gathered(node, at)
        if node.op in RANDOM:
            key, counter = (self._item(node.operands[0], i) for i in range(2))
            return self.emit(Draw(node.op, key, counter, at.flat.coefs, at.flat.const, dtype))
        operands = tuple(self.value(operand, at) for operand in node.operands)
        return self.emit(Apply(node.op, operands, dtype))

    def _item(self, number: int, i: int) -> int:
        """Element i of a vector."""
        at = Affine(i, (0,) * self.loops)
        return self.value(number, place(self.fusion.specs[number].shape, (at,), self.loops))

    def _elements(self, shape: Shape) -> Place:
        """Where a reduced operand of `shape` stands, element by element of the domain."""
        domain = self.group.domain
        whole = home(domain, range(self.loops), self.loops)
        found = whole if shape == domain else through("reshape", {}, shape, whole)
        assert found is not None
        return found

    def _gathered(self, node: Node, at: Place) -> int:
        """x[batch..., index, rest...]: an address with an index in it."""
        x, index = node.operands
        batch, shape = node.attrs["batch"], self.fusion.specs[x].shape
        count = len(self.fusion.specs[index].shape)
        if at.axes is None:
            raise NotAffineError(node.number)
        places = place(self.fusion.specs[index].shape, at.axes[:count], self.loops)
        row = self._index(index, places)
        zero = Affine(0, (0,) * self.loops)
        axes = (*at.axes[:batch], zero, *at.axes[count:])
        stride = 1
        for length in shape[batch + 1 :]:
            stride *= length
        below = place(shape, axes, self.loops)
        value = self._in_memory(x, below)
        spec = self.fusion.specs[value[0]]
        where = self.buffer(value[0], spec.dtype.name)
        return self.emit(Load(where, value[1].flat.coefs, value[1].flat.const, row, stride))

    def _index(self, number: int, at: Place) -> int:
        """The instruction that has an index: Load and Store take int64."""
        found = self.value(number, at)
        same = self.fusion.specs[number].dtype.name == "int64"
        return found if same else self.emit(Apply("cast", (found,), "int64"))

    def _in_memory(self, number: int, at: Place) -> tuple[int, Place]:
        """What lies in memory behind a value that may be a reshape of it."""
        node = self.fusion.nodes.get(number)
        while node is not None and node.op == "reshape" and number not in self.fusion.group_of:
            number = node.operands[0]
            at = Place(self.fusion.specs[number].shape, None, at.flat)
            node = self.fusion.nodes.get(number)
        if node is not None and number not in self.fusion.group_of:
            raise NotAffineError(number)
        return number, at

    # --- whole kernels ------------------------------------------------------------------------
    def kernel(self, name: str) -> Kernel:
        """The kernel of the group."""
        contract = self._contract() if self.group.kind == "contract" else None
        for node in self.group.nodes:
            if node.op == "check":
                self._check(node)
        for value, memories in self.stores.items():
            if self.group.nodes[0].op in ("scatter_add", "scatter_set"):
                self._scatter(self.group.nodes[0])
                continue
            number, at = self._stored(value)
            for memory in memories:
                dtype = self.fusion.specs[value].dtype.name
                where = self.buffer(memory, dtype, written=True)
                self.emit(Store(number, where, at.flat.coefs, at.flat.const))
        buffers, body = tuple(self.buffers), tuple(self.body)
        if contract is not None:
            axes, offsets, dtype = contract
            cut = parallel_axis(axes)
            chunks = pieces_of_axis(axes[cut])
            return ContractKernel(name, axes, buffers, body, dtype, cut, chunks, *offsets)
        domain, reduces = self.group.domain, self.group.reduces
        same = {(0,) * (len(s.strides) - 1) == s.strides[:-1] for s in body
                if isinstance(s, Store) and s.index is not None}  # fmt: skip
        cut = len(domain) - 1 if any(same) else cut_of(domain, reduces)
        node = self.group.nodes[0]
        if node.op in ("scatter_add", "scatter_set") and node.attrs["batch"]:
            cut = 0  # places may coincide: a table of the batch is one thread's
        chunks = 1 if reduces and len(domain) == 1 else pieces_of(domain[cut])
        return LoopKernel(name, domain, buffers, body, reduces, chunks, cut)

    def _stored(self, value: int) -> tuple[int, Place]:
        """The instruction that has the element of a value to be stored, and its place."""
        node = self.fusion.nodes[value]
        if node.op != "update":
            at = self._store_place(value)
            return self.value(value, at), at
        at = self._store_place(node.operands[1])
        where = part(node, self.fusion.specs, at)
        assert where is not None
        return self.value(node.operands[1], at), where

    def _scatter(self, node: Node) -> None:
        """Rows of a table changed in place: the loops are (batch,) places..., width."""
        _, index, source = node.operands
        shape, dtype = node.spec.shape, node.spec.dtype.name
        loops = range(self.loops)
        row = self._index(index, home(self.fusion.specs[index].shape, loops[:-1], self.loops))
        value = self.value(source, home(self.fusion.specs[source].shape, loops, self.loops))
        where = self.buffer(node.number, dtype, written=True)
        batch = [shape[1] * shape[2]] if len(shape) == 3 else []
        strides = (*batch, *[0] * (self.loops - len(batch) - 1), int(shape[-1] > 1))
        index_of = (strides, 0, row, shape[-1], shape[-2])
        if node.op == "scatter_add":
            old = self.emit(Load(where, *index_of))
            value = self.emit(Apply("add", (old, value), dtype))
        self.emit(Store(value, where, *index_of))

    def _store_place(self, value: int) -> Place:
        shape = self.fusion.specs[value].shape
        found = self.group.home(shape)
        if found is None:  # a copy of something without a group, or a number
            assert math.prod(shape) == math.prod(self.group.domain), "it has no place here"
            whole = home(self.group.domain, range(self.loops), self.loops)
            found = through("reshape", {}, shape, whole)
        assert found is not None
        return found

    def _check(self, node: Node) -> None:
        status = self.buffer(STATUS, "int64", written=True)
        operand = self.value(node.operands[0], self._store_place(node.operands[0]))
        self.emit(Check(operand, node.attrs["low"], node.attrs["high"], status))

    def _contract(self) -> tuple[tuple[Axis, ...], tuple[int, int], str]:
        """The loops of the group's contraction, the offsets of a and b; buffers 0 and 1."""
        node = self.group.nodes[0]
        role = roles(node.attrs["labels"])
        a, b = node.operands
        sides = [(a, role.a), (b, role.b)]
        if role.out and role.out[-1] in role.m:  # vectors run along the result's last axis
            sides.reverse()
        sums = "".join(role.k)
        labels = "".join(role.out) + sums
        shapes = [self.fusion.specs[value].shape for value, _ in sides]
        lengths = dict(zip(sides[0][1], shapes[0], strict=True))
        lengths |= dict(zip(sides[1][1], shapes[1], strict=True))
        found = []
        for (value, names), shape in zip(sides, shapes, strict=True):
            at = home(shape, [labels.index(name) for name in names], len(labels))
            found.append(self._strided(value, at))
        for number, (value, _) in enumerate(found):
            self.memory.append(value)
            self.buffers.append(Buffer(self.fusion.specs[value].dtype.name))
            assert number == len(self.memory) - 1
        first, second = sides[0][1], sides[1][1]
        axes = []
        for i, label in enumerate(labels):
            role_of = "k" if label in sums else "m" if label not in second else "n"
            role_of = (
                "batch" if label not in sums and label in first and label in second else role_of
            )
            steps = [flat.coefs[i] for _, flat in found]
            axes.append(Axis(role_of, lengths[label], *steps))
        return tuple(axes), (found[0][1].const, found[1][1].const), node.spec.dtype.name

    def _strided(self, value: int, at: Place) -> tuple[int, Affine]:
        """The value in memory behind views, and the flat place in it."""
        node = self.fusion.nodes.get(value)
        while node is not None and value not in self.fusion.group_of:
            if node.op not in VIEWS:
                raise NotAffineError(value)
            below = through(node.op, node.attrs, self.fusion.specs[node.operands[0]].shape, at)
            if below is None:
                raise NotAffineError(value)
            value, at = node.operands[0], below
            node = self.fusion.nodes.get(value)
        return value, at.flat
