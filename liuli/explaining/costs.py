"""What a kernel must do at least: its arithmetic and its bytes, counted from its instructions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from ..compiler.audit import uses_of
from ..compiler.kernels import (
    Accumulator,
    Apply,
    ContractKernel,
    Counter,
    Draw,
    Instruction,
    Kernel,
    Load,
    Reduce,
)

# What moves or compares numbers is no arithmetic; functions are polynomials of about so many terms.
FREE = frozenset(
    ("cast", "where", "eq", "ne", "lt", "le", "gt", "ge", "copysign", "bitwise_and", "bitwise_or",
     "bitwise_xor", "bitwise_not", "shift_left", "shift_right")
)  # fmt: skip
HEAVY = 20
FUNCTIONS = frozenset(
    ("exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "sigmoid", "erf", "erfc", "erfinv",
     "pow", "atan2")
)  # fmt: skip


def flop_of(kernel: Kernel) -> int:
    """Operations of arithmetic; a multiplication with its addition is two, exp is `HEAVY`.

    What is the same for all rounds of a loop is counted once.
    """
    extents, total = _loops_of(kernel), 0
    if isinstance(kernel, ContractKernel):
        total = 2 * math.prod(axis.extent for axis in kernel.axes)
    varies: list[frozenset[int]] = []
    for step in kernel.body:
        loops = _varies(kernel, step, varies)
        if isinstance(step, Reduce):
            total += math.prod(extents[i] for i in varies[step.operand] | {_reduced(kernel)})
        elif isinstance(step, Apply) and step.op not in FREE:
            each = HEAVY if step.op in FUNCTIONS else 1
            total += each * math.prod(extents[i] for i in loops)
        varies.append(loops)
    return total


def _loops_of(kernel: Kernel) -> tuple[int, ...]:
    if isinstance(kernel, ContractKernel):
        return tuple(axis.extent for axis in kernel.axes if axis.role != "k")
    return kernel.extents


def _reduced(kernel: Kernel) -> int:
    """The loop that a Reduce goes over."""
    across = not isinstance(kernel, ContractKernel) and kernel.reduces == "across"
    return 0 if across else len(_loops_of(kernel)) - 1


def _varies(kernel: Kernel, step: Instruction, before: list[frozenset[int]]) -> frozenset[int]:
    """The loops along which the value of an instruction changes."""
    if isinstance(step, Load):
        own = frozenset(i for i, stride in enumerate(step.strides) if stride)
        return own | before[step.index] if step.index is not None else own
    if isinstance(step, Draw):
        return frozenset(i for i, stride in enumerate(step.strides) if stride)
    if isinstance(step, Counter):
        return frozenset((step.axis,))
    if isinstance(step, Accumulator):
        return frozenset(range(len(_loops_of(kernel))))
    if isinstance(step, Apply):
        return frozenset[int]().union(*(before[operand] for operand in step.operands))
    if isinstance(step, Reduce):
        return before[step.operand] - {_reduced(kernel)}
    return frozenset()


def bytes_of(kernel: Kernel, size: Callable[[int], tuple[int, int]], buffers: Iterable[int]) -> int:
    """Bytes that are read and written, each once; `size` gives elements and bytes of a buffer."""
    touched: dict[tuple[int, bool], dict[tuple[tuple[int, ...], int], int]] = {}
    wanted = set(buffers)
    for use in uses_of(kernel):
        if use.buffer in wanted:
            count = math.prod(n for n, s in zip(use.extents, use.strides, strict=True) if s)
            if use.by is not None:  # a row for every round
                count = math.prod(use.extents)
            touched.setdefault((use.buffer, use.written), {})[use.strides, use.offset] = count
    total = 0
    for (buffer, _), counts in touched.items():
        elements, itemsize = size(buffer)
        total += min(sum(counts.values()), elements) * itemsize
    return total
