"""How loops are cut into pieces, and which rows of a buffer a piece touches.

The number of pieces follows from lengths alone, so results do not depend on the number of
threads, and kernels over equally many rows are cut alike: where piece c of one reads only what
piece c of another wrote, no thread waits.
"""

from __future__ import annotations

from typing import NamedTuple

from .kernels import Axis, ContractKernel, Kernel, Load, Store, Strides

MOST = 16  # pieces of a loop
SHORTEST = 8  # rows of a piece


class Rows(NamedTuple):
    """Piece c of `chunks` touches the rows of its part of `extent`, each `length` elements."""

    extent: int
    chunks: int
    length: int


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


def parallel_axis(axes: tuple[Axis, ...]) -> int:
    """The axis of a contraction that is cut: the longest of batch and m, else of n."""
    outer = [i for i, axis in enumerate(axes) if axis.role in ("batch", "m")]
    inner = [i for i, axis in enumerate(axes) if axis.role == "n"]
    return max(outer or inner or [0], key=lambda i: axes[i].extent)


def rows_of(kernel: Kernel, buffer: int) -> Rows | None:
    """Which rows of a buffer the pieces of a kernel touch, or None if they are not told apart."""
    if isinstance(kernel, ContractKernel):
        outer = [i for i, axis in enumerate(kernel.axes) if axis.role != "k"]
        if kernel.parallel not in outer:
            return None
        cut = outer.index(kernel.parallel)
        extents = tuple(kernel.axes[i].extent for i in outer)
    else:
        cut, extents = int(kernel.reduces == "across"), kernel.extents
        if kernel.reduces and len(extents) == 1:
            return None
    found = {_length(strides, offset, extents, cut) for strides, offset in _uses(kernel, buffer)}
    if isinstance(kernel, ContractKernel) and buffer < 2:
        found.add(_operand(kernel, buffer))
    length = found.pop() if len(found) == 1 else None
    return None if length is None else Rows(extents[cut], kernel.chunks, length)


def _uses(kernel: Kernel, buffer: int) -> list[tuple[Strides, int]]:
    """Strides and offset of every load and store; of a gather, strides that fit nothing."""
    return [
        (step.strides if step.index is None else (0,) * len(step.strides), step.offset)
        for step in kernel.body
        if isinstance(step, (Load, Store)) and step.buffer == buffer
    ]


def _length(strides: Strides, offset: int, extents: tuple[int, ...], cut: int) -> int | None:
    """The elements of a row, if all that one counter of the cut loop touches lies in one row."""
    rest = [(s, n) for i, (s, n) in enumerate(zip(strides, extents, strict=True)) if i != cut]
    if strides[cut] <= 0 or offset < 0 or any(s < 0 for s, _ in rest):
        return None
    span = offset + sum(s * (n - 1) for s, n in rest)
    return strides[cut] if span < strides[cut] else None


def _operand(kernel: ContractKernel, buffer: int) -> int | None:
    """The same for a factor of a contraction."""
    strides = tuple(axis.b if buffer else axis.a for axis in kernel.axes)
    offset = kernel.b_offset if buffer else kernel.a_offset
    extents = tuple(axis.extent for axis in kernel.axes)
    return _length(strides, offset, extents, kernel.parallel)
