"""A writer of LLVM's text: values with types, blocks, loops, addresses, memory.

    w = Writer("double_it", target)
    x, y = w.pointers(2)
    with w.loop(0, 8, known=True) as i:
        value = w.load(w.element(x, "float", i.counter), "float")
        w.store(w.binary("fadd", value, value), w.element(y, "float", i.counter))
    print(w.module())

Text is written once and never read back, so it is made of plain strings: tens of times as fast as
objects for every instruction. Pure text that was written before in this block, or in one that
dominates it, is not written again: the name of its result is remembered (`pure`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias

from ..targets import Target

SIZES = {"i1": 1, "i8": 1, "i16": 2, "i32": 4, "i64": 8, "float": 4, "double": 8, "ptr": 8}
SHORT = {"float": "f32", "double": "f64", "ptr": "p0"}  # how intrinsics spell types


class Value(NamedTuple):
    """A name or a literal, the type of one lane, and how many lanes (0: no vector)."""

    text: str
    scalar: str
    lanes: int = 0

    @property
    def type(self) -> str:
        return f"<{self.lanes} x {self.scalar}>" if self.lanes else self.scalar

    @property
    def literal(self) -> int | None:
        """The number, if this is an integer's literal."""
        plain = self.scalar[0] == "i" and not self.lanes and self.text[0] != "%"
        return int(self.text) if plain and self.text.lstrip("-").isdigit() else None

    def __str__(self) -> str:
        return f"{self.type} {self.text}"


Index: TypeAlias = "Value | int"  # an i64


class Loop:
    """An open loop: its counter, the values it carries, and what they become next.

    After the loop, `results` are the carried values of its end.
    """

    def __init__(self, counter: Value, carried: list[Value]) -> None:
        self.counter, self.carried = counter, carried
        self.next = list(carried)
        self.results: list[Value] = list(carried)


class Writer:
    """One function `void @name(ptr %args, i64 %first, i64 %last)`, being written."""

    def __init__(self, name: str, target: Target) -> None:
        self.name, self.target = name, target
        self.args, self.first, self.last = (
            Value("%args", "ptr"), Value("%first", "i64"), Value("%last", "i64"))  # fmt: skip
        self.lines: list[str] = []
        self.head: list[str] = []  # of the entry block: allocas must lie there
        self.block = "entry"
        self._declared: dict[str, None] = {}
        self._known: dict[str, Value] = {}
        self._count = 0

    # --- the least that everything is made of -------------------------------------------------
    def fresh(self, stem: str = "v") -> str:
        """A name nobody has."""
        self._count += 1
        return f"%{stem}{self._count}"

    def line(self, text: str) -> None:
        self.lines.append("  " + text)

    def emit(self, text: str, scalar: str, lanes: int = 0) -> Value:
        """The result of an instruction that reads memory or must stay where it is."""
        name = self.fresh()
        self.lines.append(f"  {name} = {text}")
        return Value(name, scalar, lanes)

    def pure(self, text: str, scalar: str, lanes: int = 0) -> Value:
        """The result of an instruction whose text says all; written once where it dominates."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self.emit(text, scalar, lanes)
        return known

    @contextmanager
    def scope(self) -> Iterator[None]:
        """What is written inside may be skipped, and is forgotten afterwards."""
        known = self._known
        self._known = dict(known)
        yield
        self._known = known

    def begin(self, block: str) -> None:
        """Start a block; `block` has no percent sign."""
        self.lines.append(f"{block}:")
        self.block = block

    def module(self) -> str:
        """The whole text."""
        declared = "".join(f"declare {text}\n" for text in self._declared)
        arguments = "ptr %args, i64 %first, i64 %last"
        head = f"define void @{self.name}({arguments}) {self.target.attributes} {{\nentry:\n"
        body = "\n".join([*self.head, *self.lines])
        return f'target triple = "{self.target.triple}"\n{declared}{head}{body}\n  ret void\n}}\n'

    def pointers(self, count: int) -> list[Value]:
        """The first `count` pointers of the argument array."""
        places = [self.element(self.args, "ptr", i) for i in range(count)]
        return [self.emit(f"load ptr, ptr {place.text}, align 8", "ptr") for place in places]

    # --- control ------------------------------------------------------------------------------
    @contextmanager
    def loop(
        self,
        begin: Index,
        end: Index,
        step: int = 1,
        *,
        known: bool = False,
        carried: Sequence[Value] = (),
    ) -> Iterator[Loop]:
        """begin, begin + step ... while below end; `known`: begin < end, it needs no test before.

        Inside, read `loop.carried` and set `loop.next`; afterwards read `loop.results`.
        Loops of one turn are written without a jump.
        """
        begin, end = self.index(begin), self.index(end)
        low, high = begin.literal, end.literal
        fixed = low is not None and high is not None
        if fixed and int(low or 0) + step >= int(high or 0) > int(low or 0):
            loop = Loop(begin, list(carried))
            yield loop
            loop.results = list(loop.next)
            return
        known = known or (fixed and int(low or 0) < int(high or 0))
        number = self.fresh("")[1:]
        before, body, done = self.block, f"loop{number}", f"done{number}"
        if known:
            self.line(f"br label %{body}")
        else:
            enter = self.compare("slt", begin, end)
            self.line(f"br i1 {enter.text}, label %{body}, label %{done}")
        self.begin(body)
        phis = [Value(self.fresh("i"), "i64")]
        phis += [Value(self.fresh("c"), value.scalar, value.lanes) for value in carried]
        place = len(self.lines)  # the phis are written when their ends are known
        loop = Loop(phis[0], phis[1:])
        with self.scope():
            yield loop
        after = self.emit(f"add nuw nsw i64 {phis[0].text}, {step}", "i64")
        again = self.emit(f"icmp slt i64 {after.text}, {end.text}", "i1")
        self.line(f"br i1 {again.text}, label %{body}, label %{done}")
        starts, nexts, latch = [begin, *carried], [after, *loop.next], self.block
        self.lines[place:place] = [
            f"  {phi.text} = phi {phi.type} [ {start.text}, %{before} ], [ {last.text}, %{latch} ]"
            for phi, start, last in zip(phis, starts, nexts, strict=True)
        ]
        self.begin(done)
        if known:
            loop.results = list(loop.next)
        else:
            pairs = zip(carried, loop.next, strict=True)
            loop.results = [self.merge(old, before, new, latch) for old, new in pairs]

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """What is written inside runs if `condition` (i1)."""
        number = self.fresh("")[1:]
        self.line(f"br i1 {condition.text}, label %then{number}, label %fi{number}")
        self.begin(f"then{number}")
        with self.scope():
            yield
        self.line(f"br label %fi{number}")
        self.begin(f"fi{number}")

    def merge(self, a: Value, from_a: str, b: Value, from_b: str) -> Value:
        """phi: `a` if control came from block `from_a`, `b` from `from_b`."""
        text = f"phi {a.type} [ {a.text}, %{from_a} ], [ {b.text}, %{from_b} ]"
        return self.emit(text, a.scalar, a.lanes)

    # --- constants ----------------------------------------------------------------------------
    def constant(self, number: float, scalar: str, lanes: int = 0) -> Value:
        """A number as a literal: of a vector, in every lane."""
        text = literal(number, scalar)
        return Value(f"splat ({scalar} {text})" if lanes else text, scalar, lanes)

    def vector(self, numbers: Sequence[float], scalar: str) -> Value:
        """A vector of given numbers."""
        inner = ", ".join(f"{scalar} {literal(number, scalar)}" for number in numbers)
        return Value(f"<{inner}>", scalar, len(numbers))

    def index(self, index: Index) -> Value:
        return Value(str(index), "i64") if isinstance(index, int) else index

    # --- arithmetic ---------------------------------------------------------------------------
    def binary(self, op: str, a: Value, b: Value) -> Value:
        """`op` with its flags, such as "fadd", "fmul contract", "add nsw"."""
        return self.pure(f"{op} {a.type} {a.text}, {b.text}", a.scalar, a.lanes)

    def add(self, a: Index, b: Index) -> Value:
        """Sum of two indices; literals are folded."""
        a, b = self.index(a), self.index(b)
        x, y = a.literal, b.literal
        if x is not None and y is not None:
            return self.index(x + y)
        if x == 0 or y == 0:
            return b if x == 0 else a
        return self.binary("add nsw", a, b)

    def mul(self, a: Index, b: Index) -> Value:
        """Product of two indices; literals are folded."""
        a, b = self.index(a), self.index(b)
        x, y = a.literal, b.literal
        if x is not None and y is not None:
            return self.index(x * y)
        if x in (0, 1) or y in (0, 1):
            return self.index(0) if 0 in (x, y) else (b if x == 1 else a)
        return self.binary("mul nsw", a, b)

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """a * b + c, rounded once where the hardware can (never a call)."""
        return self.binary("fadd contract", self.binary("fmul contract", a, b), c)

    def compare(self, predicate: str, a: Value, b: Value) -> Value:
        """icmp or fcmp by the type."""
        op = "fcmp" if a.scalar in ("float", "double") else "icmp"
        return self.pure(f"{op} {predicate} {a.type} {a.text}, {b.text}", "i1", a.lanes)

    def select(self, mask: Value, a: Value, b: Value) -> Value:
        """`a` where `mask`, else `b`."""
        return self.pure(f"select {mask}, {a}, {b}", a.scalar, a.lanes)

    def convert(self, op: str, value: Value, scalar: str) -> Value:
        """sext, zext, trunc, sitofp, fpext, bitcast ... lane by lane."""
        wanted = Value("", scalar, value.lanes).type
        return self.pure(f"{op} {value} to {wanted}", scalar, value.lanes)

    def intrinsic(self, name: str, *operands: Value, suffix: str = "") -> Value:
        """An LLVM intrinsic whose result has the type of its first operand, such as "floor"."""
        first = operands[0]
        full = f"llvm.{name}.{mangled(first)}{suffix}"
        return self.call(full, first.type, *operands, scalar=first.scalar, lanes=first.lanes)

    def call(
        self, name: str, result: str, *operands: Value, scalar: str = "", lanes: int = 0
    ) -> Value:
        """A call of a pure intrinsic by its full name."""
        types = ", ".join(operand.type for operand in operands)
        self._declared[f"{result} @{name}({types})"] = None
        inner = ", ".join(map(str, operands))
        return self.pure(f"call {result} @{name}({inner})", scalar, lanes)

    # --- lanes --------------------------------------------------------------------------------
    def splat(self, value: Value, lanes: int) -> Value:
        """A scalar in every lane; a literal stays one."""
        if not lanes:
            return value
        if value.text[0] != "%":
            return Value(f"splat ({value.scalar} {value.text})", value.scalar, lanes)
        one = f"insertelement <{lanes} x {value.scalar}> poison, {value}, i64 0"
        first = self.pure(one, value.scalar, lanes)
        mask = f"<{lanes} x i32> zeroinitializer"
        return self.pure(f"shufflevector {first}, {first.type} poison, {mask}", value.scalar, lanes)

    def shuffle(self, a: Value, b: Value | None, places: Sequence[int]) -> Value:
        """Lanes of a and then b by number, -1 for any."""
        inner = ", ".join(f"i32 {place}" if place >= 0 else "i32 poison" for place in places)
        other = b.text if b is not None else "poison"
        text = f"shufflevector {a}, {a.type} {other}, <{len(places)} x i32> <{inner}>"
        return self.pure(text, a.scalar, len(places))

    def extract(self, value: Value, lane: int) -> Value:
        return self.pure(f"extractelement {value}, i64 {lane}", value.scalar)

    def insert(self, value: Value, item: Value, lane: int) -> Value:
        text = f"insertelement {value}, {item}, i64 {lane}"
        return self.pure(text, value.scalar, value.lanes)

    # --- memory -------------------------------------------------------------------------------
    def element(self, base: Value, scalar: str, index: Index, offset: int = 0) -> Value:
        """The address of element index + offset; the offset costs no instruction."""
        index = self.index(index)
        number = index.literal
        if number is not None:
            index, offset = self.index(0), offset + number
        place = base
        if index.literal is None:
            place = self.pure(f"getelementptr {scalar}, ptr {base.text}, {index}", "ptr")
        if offset:
            place = self.pure(f"getelementptr {scalar}, ptr {place.text}, i64 {offset}", "ptr")
        return place

    def load(self, place: Value, scalar: str, lanes: int = 0, mask: Value | None = None) -> Value:
        """Read at `place`; with a mask, lanes that are off read nothing and are 0."""
        vector = Value("zeroinitializer", scalar, lanes)
        align = SIZES[scalar]
        if mask is None:
            text = f"load {vector.type}, ptr {place.text}, align {align}"
            return self.emit(text, scalar, lanes)
        name = f"llvm.masked.load.{mangled(vector)}.p0"
        types, inner = self._masked(place, mask, align)
        self._declared[f"{vector.type} @{name}({types}, {mask.type}, {vector.type})"] = None
        return self.emit(f"call {vector.type} @{name}({inner}, {mask}, {vector})", scalar, lanes)

    def store(self, value: Value, place: Value, mask: Value | None = None) -> None:
        """Write at `place`; with a mask, only the lanes that are on."""
        align = SIZES[value.scalar]
        if mask is None:
            self.line(f"store {value}, ptr {place.text}, align {align}")
            return
        name = f"llvm.masked.store.{mangled(value)}.p0"
        types, inner = self._masked(place, mask, align)
        self._declared[f"void @{name}({value.type}, {types}, {mask.type})"] = None
        self.line(f"call void @{name}({value}, {inner}, {mask})")

    def _masked(self, place: Value, mask: Value, align: int) -> tuple[str, str]:
        """Types and text of address and alignment: one operand since LLVM 22, two before."""
        if self.target.llvm >= 22:
            return "ptr", f"ptr align {align} {place.text}"
        return "ptr, i32", f"ptr {place.text}, i32 {align}"

    def prefetch(self, place: Value, *, write: bool = False) -> None:
        """Ask for the cache line of `place`."""
        self._declared["void @llvm.prefetch.p0(ptr, i32, i32, i32)"] = None
        self.line(f"call void @llvm.prefetch.p0({place}, i32 {int(write)}, i32 3, i32 1)")

    def room(self, scalar: str, count: int) -> Value:
        """`count` elements on the stack, aligned to 64 bytes."""
        name = self.fresh("room")
        self.head.append(f"  {name} = alloca [{count} x {scalar}], align 64")
        return Value(name, "ptr")


def literal(number: float, scalar: str) -> str:
    """A number as LLVM reads it: floats by the bits of the double that equals them."""
    if scalar == "i1":
        return "true" if number else "false"
    if scalar[0] == "i":
        return str(int(number))
    wide = float(number)
    if scalar == "float":
        wide = struct.unpack("<f", struct.pack("<f", _narrow(wide)))[0]
    return f"0x{struct.unpack('<Q', struct.pack('<d', wide))[0]:016X}"


def _narrow(number: float) -> float:
    """Beyond float32's range is infinite: struct raises there."""
    largest = 3.4028235677973366e38  # half a unit above the largest float32
    return number if abs(number) < largest or number != number else number * float("inf")


def mangled(value: Value) -> str:
    """How the name of an intrinsic spells a type: "v8f32"."""
    scalar = SHORT.get(value.scalar, value.scalar)
    return f"v{value.lanes}{scalar}" if value.lanes else scalar
