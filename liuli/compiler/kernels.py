"""The language between fusing and emitting: what one kernel computes, and over which loops.

A kernel is a nest of loops and a body. The body is a list of instructions; the value of an
instruction is named by its place in the list. Addresses are affine: element `offset` plus, for each
loop, its counter times a stride (strides count elements, 0 repeats, negative runs backwards).

Two kinds of kernels are all there is. A `LoopKernel` computes pointwise values, with reductions
along its last loop ("along") or across its first loops ("across"). A `ContractKernel` sums products
over its k axes; its body, the epilogue, is computed for each finished element.

The partition among threads is part of the kernel: its first parallel loop is cut into `chunks`
pieces, by shapes alone, so that results do not depend on the number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Number: TypeAlias = "bool | int | float"
Strides: TypeAlias = "tuple[int, ...]"


@dataclass(frozen=True)
class Buffer:
    """Memory that a kernel reads or writes; kernels name buffers by their place in the list."""

    dtype: str  # a name of liuli.dtypes: "float32", "int64", "uint8", "bool" (a byte) ...
    written: bool = False


# --- instructions -----------------------------------------------------------------------------
@dataclass(frozen=True)
class Load:
    """The element of `buffer` at the loops' counters.

    With `index`, a value of dtype int64, `index_stride` times it is added to the address: a
    gather. Indices have been checked before; there are `indices` different ones (0: not known).
    """

    buffer: int
    strides: Strides
    offset: int = 0
    index: int | None = None
    index_stride: int = 0
    indices: int = 0


@dataclass(frozen=True)
class Const:
    """A number."""

    value: Number
    dtype: str


@dataclass(frozen=True)
class Counter:
    """The counter of loop `axis`, int64 (or int32, where that is enough)."""

    axis: int
    dtype: str = "int64"


@dataclass(frozen=True)
class Draw:
    """Number `offset` plus strides times counters of a draw from (key, counter), both int64.

    `op` is "random_bits", "random_uniform" or "random_normal"; `liuli/rng.py` says what it is.
    """

    op: str
    key: int
    counter: int
    strides: Strides
    offset: int
    dtype: str


@dataclass(frozen=True)
class Apply:
    """An elementwise primitive by name, or "cast"; operands have one dtype, the result `dtype`."""

    op: str
    operands: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Reduce:
    """`operand` reduced ("sum", "prod", "max", "min") over the kernel's reduced loops.

    The result does not vary along these loops. max and min: NaN wins.
    """

    op: str
    operand: int
    dtype: str


@dataclass(frozen=True)
class Accumulator:
    """In the epilogue of a contraction: the finished sum, in the kernel's dtype."""


@dataclass(frozen=True)
class Store:
    """Write `operand` to `buffer` at the loops' counters; with `index` as in Load: a scatter.

    Stores of values that do not vary along the reduced loops happen once, after the reduction.
    Places that a scatter names repeatedly are read and written in the loops' order.
    """

    operand: int
    buffer: int
    strides: Strides
    offset: int = 0
    index: int | None = None
    index_stride: int = 0
    indices: int = 0


@dataclass(frozen=True)
class Check:
    """Unless low <= operand < high, write (1, the value, its place in row-major order of the loops)
    to the int64 buffer `status`, which holds 3 numbers; any one of several faults may win.
    """

    operand: int
    low: Number
    high: Number
    status: int


Instruction: TypeAlias = (
    "Load | Const | Counter | Draw | Apply | Reduce | Accumulator | Store | Check"
)


# --- kernels ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class LoopKernel:
    """Pointwise computation over a nest of loops, the last of which runs along vectors.

    `reduces` is "" (no Reduce in the body), "along" (the last loop is reduced) or "across" (the
    first loop is reduced; all Reduce of a kernel go over the same loop). The loop that is cut
    into chunks is `parallel`, and with "along" or "across" alone in the nest there is one chunk.
    """

    name: str
    extents: tuple[int, ...]
    buffers: tuple[Buffer, ...]
    body: tuple[Instruction, ...]
    reduces: str = ""
    chunks: int = 1
    cut: int | None = None  # None: the first loop, but with "across" the second

    @property
    def parallel(self) -> int:
        """The loop that is cut into chunks."""
        usual = int(self.reduces == "across" and len(self.extents) > 1)
        return usual if self.cut is None else self.cut


@dataclass(frozen=True)
class Axis:
    """One loop of a contraction: its role, its length, and how far it steps in a and in b.

    Roles: "batch" (in a, b and the result), "m" (a and the result), "n" (b and the result),
    "k" (a and b, summed). The epilogue's strides are in the order of the axes that are not k.
    """

    role: str
    extent: int
    a: int
    b: int


@dataclass(frozen=True)
class ContractKernel:
    """c[batch, m, n] = sum over k of a[batch, m, k] * b[batch, k, n], and an epilogue.

    Buffers 0 and 1 are a and b, of `dtype`, read at `a_offset` and `b_offset` and the axes'
    strides. Sums run in k's order within fixed pieces. Cut into chunks is the axis number
    `parallel`, a batch or m (or n) axis.
    """

    name: str
    axes: tuple[Axis, ...]
    buffers: tuple[Buffer, ...]
    body: tuple[Instruction, ...]
    dtype: str = "float32"
    parallel: int = 0
    chunks: int = 1
    a_offset: int = 0
    b_offset: int = 0


Kernel: TypeAlias = "LoopKernel | ContractKernel"


def piece(extent: int, chunks: int, number: int) -> tuple[int, int]:
    """Begin and end of a chunk of a loop: extent * number // chunks, and of the next.

    Example:
        >>> from liuli.compiler.kernels import piece
        >>> [piece(10, 4, i) for i in range(4)]
        [(0, 2), (2, 5), (5, 7), (7, 10)]
    """
    return extent * number // chunks, extent * (number + 1) // chunks
