"""How loops are cut into pieces, and which rows (or columns) of a buffer a piece touches.

The number of pieces follows from lengths alone, so results do not depend on the number of
threads, and kernels over equally many rows are cut alike: where piece c of one reads only what
piece c of another wrote, no thread waits.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from .kernels import Axis, ContractKernel, Kernel, Load, Store, Strides

MOST = 16  # pieces of a loop
SHORTEST = 8  # rows of a piece
FEW = 2  # pieces: too few for
LARGE = 65_536  # elements of all loops; fewer are not worth many threads


class Rows(NamedTuple):
    """Piece c of `chunks` touches the rows of its part of `extent`, each `length` elements.

    After `extent` rows it begins again: columns are such rows of one element.
    """

    extent: int
    chunks: int
    length: int


class Touched(NamedTuple):
    """What a kernel touches of a buffer: rows, if they are told apart; the first and the last."""

    rows: Rows | None
    first: float
    last: float


def pieces_of(extent: int) -> int:
    """Into how many pieces a loop is cut: a power of two.

    Example:
        >>> from liuli.compiler.partition import pieces_of
        >>> [pieces_of(n) for n in (1, 10, 64, 100, 1000)]
        [1, 1, 8, 8, 16]
    """
    chunks = MOST
    while chunks > 1 and extent < SHORTEST * chunks:
        chunks //= 2
    return chunks


def cut_of(domain: tuple[int, ...], reduces: str) -> int:
    """The loop of a loop kernel that is cut: the outermost that may be, so that rows stay whole.

    Where that one is too short for much work, the one that has the most pieces.
    """
    last = len(domain) - (reduces == "along")
    loops = range(int(reduces == "across"), last)
    usual = loops[0] if loops else 0
    if not loops or math.prod(domain) < LARGE or pieces_of(domain[usual]) > FEW:
        return usual
    return max(loops, key=lambda i: pieces_of(domain[i]))


def pieces_of_axis(axis: Axis) -> int:
    """The same for an axis of a contraction: one of a batch is worth a piece of its own."""
    if axis.role != "batch":
        return pieces_of(axis.extent)
    return 1 << min(MOST, max(axis.extent, 1)).bit_length() - 1


def parallel_axis(axes: tuple[Axis, ...]) -> int:
    """The axis of a contraction that is cut: of batch and m the one with most pieces, else n."""
    outer = [i for i, axis in enumerate(axes) if axis.role in ("batch", "m")]
    inner = [i for i, axis in enumerate(axes) if axis.role == "n"]
    return max(outer or inner or [0], key=lambda i: (pieces_of_axis(axes[i]), axes[i].extent))


def rows_of(kernel: Kernel, buffer: int) -> Rows | None:
    """Which rows of a buffer the pieces of a kernel touch, or None if they are not told apart."""
    if isinstance(kernel, ContractKernel):
        outer = [i for i, axis in enumerate(kernel.axes) if axis.role != "k"]
        if kernel.parallel not in outer:
            return None
        cut = outer.index(kernel.parallel)
        extents = tuple(kernel.axes[i].extent for i in outer)
    else:
        cut, extents = kernel.parallel, kernel.extents
        if kernel.reduces and len(extents) == 1:
            return None
    found = {_length(strides, offset, extents, cut) for strides, offset in _uses(kernel, buffer)}
    if isinstance(kernel, ContractKernel) and buffer < 2:
        found.add(_operand(kernel, buffer))
    length = found.pop() if len(found) == 1 else None
    return None if length is None else Rows(extents[cut], kernel.chunks, length)


def touched(kernel: Kernel, buffer: int) -> Touched:
    """What a kernel touches of a buffer."""
    rows = rows_of(kernel, buffer)
    gathers = any(isinstance(step, (Load, Store)) and step.buffer == buffer
                  and step.index is not None for step in kernel.body)  # fmt: skip
    if gathers or (isinstance(kernel, ContractKernel) and buffer < 2):
        return Touched(rows, -math.inf, math.inf)
    extents = kernel.extents if not isinstance(kernel, ContractKernel) else tuple(
        axis.extent for axis in kernel.axes if axis.role != "k"
    )  # fmt: skip
    ends = [
        offset + sum(end(0, s * (n - 1)) for s, n in zip(strides, extents, strict=True))
        for strides, offset in _uses(kernel, buffer)
        for end in (min, max)
    ]
    return Touched(rows, min(ends, default=-math.inf), max(ends, default=math.inf))


def _uses(kernel: Kernel, buffer: int) -> list[tuple[Strides, int]]:
    """Strides and offset of every load and store; of a gather, strides that fit nothing."""
    return [
        (step.strides if step.index is None else (0,) * len(step.strides), step.offset)
        for step in kernel.body
        if isinstance(step, (Load, Store)) and step.buffer == buffer
    ]


def _length(strides: Strides, offset: int, extents: tuple[int, ...], cut: int) -> int | None:
    """The elements of a row, if element e belongs to counter e // length % extent of the cut loop.

    So it is of rows of a matrix, and of its columns, where rows are of length 1 and begin again.
    """
    length, again = strides[cut], strides[cut] * extents[cut]
    rest = [(s, n) for i, (s, n) in enumerate(zip(strides, extents, strict=True)) if i != cut]
    if length <= 0 or not again or offset < 0 or any(s < 0 for s, _ in rest):
        return None
    span = offset % again + sum(s * (n - 1) for s, n in rest if s % again)
    return length if span < length else None


def _operand(kernel: ContractKernel, buffer: int) -> int | None:
    """The same for a factor of a contraction."""
    strides = tuple(axis.b if buffer else axis.a for axis in kernel.axes)
    offset = kernel.b_offset if buffer else kernel.a_offset
    extents = tuple(axis.extent for axis in kernel.axes)
    return _length(strides, offset, extents, kernel.parallel)
