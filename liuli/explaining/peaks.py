"""What this machine can do at most: multiplications and additions a second, bytes a second.

A kernel cannot be faster than its arithmetic at the first rate, nor than its bytes at the second.
Both are measured when they are first asked for, on one thread: a loop of multiply-adds in registers
alone, and an addition of one array to another of as many bytes as the kernel has, because small
arrays lie in caches, which are faster than memory.
"""

from __future__ import annotations

import ctypes
import math
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..compiler.emit import loops
from ..compiler.kernels import Apply, Buffer, Load, LoopKernel, Store
from ..compiler.machine import compile_modules
from ..compiler.targets import Target
from ..memory import address_of

Array = np.ndarray[Any, Any]

PATIENCE = 0.02  # seconds of short rounds, of which the fastest counts
LEAST = 4  # rounds in any case: the first is slow
MULTIPLIES = 20_000  # rounds of the loop of multiply-adds: about 50 us
SMALLEST, LARGEST = 2**14, 2**26  # bytes of the arrays


@cache
def flop_rate(target: Target, size: int = 4) -> float:
    """Operations a second of one thread on floats of `size` bytes; a multiply-add counts two."""
    sums, lanes = target.registers * 3 // 4, target.lanes(size)
    cells = np.zeros(2 * target.registers * lanes, np.float32 if size == 4 else np.float64)
    run = _kernel("multiply", _multiplies(target, sums, size), target, [cells])
    return 2 * lanes * sums * MULTIPLIES / _seconds(lambda: run(0, MULTIPLIES))


def byte_rate(target: Target, size: int) -> float:
    """Bytes a second that one thread reads and writes, of arrays that have `size` together."""
    nearest = 2 ** math.ceil(math.log2(max(size, 1)))
    return _byte_rate(target, min(max(nearest, SMALLEST), LARGEST))


@cache
def _byte_rate(target: Target, size: int) -> float:
    count, repeats = size // 8, max(1, 2**20 // size)  # two arrays of float32; for the clock
    at = (0, 1)
    body = (Load(0, at), Load(1, at), Apply("add", (0, 1), "float32"), Store(2, 1, at))
    buffers = (Buffer("float32"), Buffer("float32", True))
    text = loops.emit_loops(LoopKernel("stream", (repeats, count), buffers, body), target)
    run = _kernel("stream", text, target, [np.ones(count, np.float32) for _ in buffers])
    return 12 * count * repeats / _seconds(lambda: run(0, 1))


Run = Callable[[int, int], None]  # of a kernel: the first chunk, and the one behind the last


def _kernel(name: str, text: str, target: Target, arrays: list[Array]) -> Run:
    """A compiled kernel that works on these arrays."""
    table = np.array([address_of(array) for array in arrays], np.int64)
    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
    call = kind(compile_modules({name: text}, target)[name])
    kept = (address_of(table), table, arrays)

    def run(first: int, last: int) -> None:
        call(kept[0], first, last)

    return run


def _seconds(run: Callable[[], None]) -> float:
    best, rounds, end = math.inf, 0, time.perf_counter() + PATIENCE
    while (began := time.perf_counter()) < end or rounds < LEAST:
        run()
        best, rounds = min(best, time.perf_counter() - began), rounds + 1
    return best


def _multiplies(target: Target, sums: int, size: int) -> str:
    """x = x * a + b in each of `sums` registers, as often as there are chunks."""
    kind = f"<{target.lanes(size)} x {'float' if size == 4 else 'double'}>"
    ending = f"v{target.lanes(size)}f{8 * size}"
    at = "  %{0} = getelementptr {1}, ptr %p, i64 {2}\n"
    begin = "".join(at.format(f"at{i}", kind, i) for i in range(sums))
    phis = "".join(f"  %x{i} = phi {kind} [ %a, %entry ], [ %y{i}, %next ]\n" for i in range(sums))
    work = "".join(f"  %y{i} = call {kind} @llvm.fmuladd.{ending}({kind} %x{i}, {kind} %a, "
                   f"{kind} %a)\n" for i in range(sums))  # fmt: skip
    ends = "".join(f"  store {kind} %x{i}, ptr %at{i}, align {size}\n" for i in range(sums))
    return (
        f"declare {kind} @llvm.fmuladd.{ending}({kind}, {kind}, {kind})\n"
        "define void @multiply(ptr %args, i64 %first, i64 %last) nounwind {\nentry:\n"
        f"  %p = load ptr, ptr %args\n{begin}"
        f"  %a = load {kind}, ptr %p, align {size}\n  br label %head\nhead:\n"
        f"  %c = phi i64 [ %first, %entry ], [ %c1, %next ]\n{phis}"
        "  %more = icmp ult i64 %c, %last\n  br i1 %more, label %next, label %done\nnext:\n"
        f"{work}  %c1 = add i64 %c, 1\n  br label %head\ndone:\n{ends}  ret void\n}}\n"
    )
