"""A contraction made plain before its text is written.

`plain` rewrites a kernel to an equal one that is simpler to emit: axes of length 1 are dropped,
neighbouring axes that step as one become one, two of the axes left are chosen as rows and columns
of the tiles, and a and b are exchanged if that makes the columns an axis of b. Vectors lie along
the columns. Where a kernel has no such axis, one of length 1 is added, so that what follows has no
special cases.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from ..kernels import Axis, Const, ContractKernel, Counter, Instruction, Load, Store, piece
from ..targets import Target
from .tiles import estimate

NEARLY = 1.03  # of the cycles for a row: not worth rows that lie further apart
FLOATS = {"float32": ("float", 4), "float64": ("double", 8)}
Access: TypeAlias = "Load | Store"


@dataclass(frozen=True)
class Plain:
    """The plain contraction: `axes` are those of the result, in the order of the body's strides."""

    scalar: str
    size: int  # bytes of an element
    axes: tuple[Axis, ...]
    sums: tuple[Axis, ...]  # the k axes, the outermost first
    body: tuple[Instruction, ...]
    row: int
    col: int
    swapped: bool  # a of the plain one is b of the kernel, and the other way
    offsets: tuple[int, int]  # of a and b
    parallel: int
    chunks: int
    unit: int  # chunks are pieces of the axis' extent // unit, times unit

    @property
    def rows(self) -> Axis:
        return self.axes[self.row]

    @property
    def cols(self) -> Axis:
        return self.axes[self.col]

    @property
    def length(self) -> int:
        """How many products an element sums."""
        return math.prod(axis.extent for axis in self.sums)

    @property
    def bounds(self) -> list[int]:
        """Where the chunks begin, and where the last ends."""
        extent = self.axes[self.parallel].extent // self.unit
        ends = (piece(extent, self.chunks, i)[1] for i in range(self.chunks))
        return [0, *(end * self.unit for end in ends)]


def plain(kernel: ContractKernel, target: Target) -> Plain:
    """The plain form of `kernel`, with rows and columns chosen for `target`."""
    axes = [axis for axis in kernel.axes if axis.role != "k"]
    body, unit = list(kernel.body), 1
    parallel = sum(axis.role != "k" for axis in kernel.axes[: kernel.parallel])
    place = 0
    while place < len(axes):
        held = place == parallel and kernel.chunks > 1
        if not held and axes[place].extent == 1:
            body = [_without(step, place) for step in body]
            del axes[place]
        elif not held and place and _as_one(axes, body, place):
            unit *= axes[place].extent if place - 1 == parallel else 1
            body = [_without(step, place, merged=True) for step in body]
            both = axes[place - 1].extent * axes[place].extent
            axes[place - 1 : place + 1] = [replace(axes[place], extent=both)]
        else:
            place += 1
            continue
        parallel -= place < parallel
    for role in "mn":
        if not any(axis.role == role for axis in axes):
            axes.append(Axis(role, 1, 0, 0))
            body = [_longer(step) for step in body]
    if kernel.chunks == 1:
        parallel, unit = 0, 1
    return _choose(kernel, target, axes, body, (parallel, unit))


def _choose(
    kernel: ContractKernel,
    target: Target,
    axes: list[Axis],
    body: list[Instruction],
    cut: tuple[int, int],
) -> Plain:
    """Rows and columns: the columns so that a vector of results is cheapest."""
    scalar, size = FLOATS[kernel.dtype]
    sums = _joined([axis for axis in kernel.axes if axis.role == "k" and axis.extent != 1])
    offsets = kernel.a_offset, kernel.b_offset
    cost = {
        number: _cost(axes, number, sums, accesses(body), target.lanes(size))
        for number, axis in enumerate(axes)
        if axis.role != "batch"
    }
    col = min(cost, key=lambda number: (cost[number], axes[number].role == "m", -number))
    swapped = axes[col].role == "m"
    if swapped:
        other = {"m": "n", "n": "m"}
        axes = [Axis(other.get(x.role, x.role), x.extent, x.b, x.a) for x in axes]
        sums = [Axis("k", x.extent, x.b, x.a) for x in sums]
        offsets = offsets[1], offsets[0]
    sums = _joined(sorted(sums, key=lambda axis: -abs(axis.a)))  # as a lies: numbers of it are read
    left = [number for number, axis in enumerate(axes) if axis.role == "m"]
    length, columns = math.prod(x.extent for x in sums), -(-axes[col].extent // target.lanes(size))

    def rows(number: int) -> tuple[float, int]:  # cycles a row; then what lies near
        extent = axes[number].extent
        cycles = estimate(target, extent, columns, length)[0] / extent
        return cycles, abs(axes[number].a)

    least = min(rows(number)[0] for number in left)
    row = min((n for n in left if rows(n)[0] <= NEARLY * least), key=lambda n: (rows(n)[1], -n))
    parts = tuple(axes), tuple(sums), tuple(body)
    return Plain(scalar, size, *parts, row, col, swapped, offsets, cut[0], kernel.chunks, cut[1])


def _cost(
    axes: list[Axis], number: int, sums: list[Axis], memory: list[Access], lanes: int
) -> float:
    """About how many cycles a vector of results takes if vectors lie along this axis."""
    axis, length = axes[number], math.prod(sum_.extent for sum_ in sums)
    across = axis.b if axis.role == "n" else axis.a
    along = 0 if not sums else sums[-1].b if axis.role == "n" else sums[-1].a
    rows = math.prod(x.extent for x in axes if x.role not in ("batch", axis.role))
    copy = (1 if across == 1 else 2 if along == 1 else lanes) * length / max(rows, 64)
    work = length / 2 + copy
    for access in memory:
        work += 1 if access.strides[number] in (0, 1) else 2 * lanes
    return work * (-(-axis.extent // lanes) * lanes / max(1, axis.extent))


def accesses(body: Sequence[Instruction]) -> list[Access]:
    """The loads and stores of a body."""
    return [step for step in body if isinstance(step, (Load, Store))]


# --- axes -------------------------------------------------------------------------------------
def _as_one(axes: list[Axis], body: list[Instruction], place: int) -> bool:
    """Whether axes place-1 and place step through memory as one longer axis would."""
    outer, inner = axes[place - 1], axes[place]
    counted = {step.axis for step in body if isinstance(step, Counter)}
    if outer.role != inner.role or counted & {place - 1, place}:
        return False
    steps = [(outer.a, inner.a), (outer.b, inner.b)]
    steps += [(step.strides[place - 1], step.strides[place]) for step in accesses(body)]
    return all(wide == narrow * inner.extent for wide, narrow in steps)


def _joined(sums: list[Axis]) -> list[Axis]:
    """The k axes with neighbours that step as one made one."""
    joined: list[Axis] = []
    for axis in sums:
        last = joined[-1] if joined else None
        if last and (last.a, last.b) == (axis.a * axis.extent, axis.b * axis.extent):
            joined[-1] = replace(axis, extent=last.extent * axis.extent)
        else:
            joined.append(axis)
    return joined


def _without(step: Instruction, place: int, *, merged: bool = False) -> Instruction:
    """The instruction without axis `place`; if merged, axis place-1 takes over its stride."""
    if isinstance(step, Counter):
        there = step.axis != place
        return Counter(step.axis - (step.axis > place)) if there else Const(0, "int64")
    if isinstance(step, (Load, Store)):
        strides = list(step.strides)
        stride = strides.pop(place)
        if merged:
            strides[place - 1] = stride
        return replace(step, strides=tuple(strides))
    return step


def _longer(step: Instruction) -> Instruction:
    """The instruction with one more axis at the end, along which nothing changes."""
    if isinstance(step, (Load, Store)):
        return replace(step, strides=(*step.strides, 0))
    return step
