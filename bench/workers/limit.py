"""The machine's limit: a kernel that only multiplies and adds, in registers.

`limit.py NAME THREADS`. A round is GFLOP/s of all threads together, the best of a few short tries.
"""

from __future__ import annotations

import ctypes
import json
import sys
import threading
import time
from collections.abc import Callable

from bench.workers.serving import hurry
from liuli.compiler.machine import compile_modules
from liuli.compiler.targets import Target

TURNS, TRIES = 1_000_000, 5


def text(target: Target) -> tuple[str, int]:
    """The kernel's LLVM text, and the FLOP of one turn of its loop."""
    lanes = target.lanes(4)
    kind, chains = f"<{lanes} x float>", 3 * target.registers // 4
    name = f"@llvm.fmuladd.v{lanes}f32"
    start = [f"%x{i} = phi {kind} [ %seed, %entry ], [ %y{i}, %loop ]" for i in range(chains)]
    work = [f"%y{i} = call {kind} {name}({kind} %x{i}, {kind} %seed, {kind} %seed)"
            for i in range(chains)]  # fmt: skip
    total = [f"%s{i} = fadd {kind} {f'%s{i - 1}' if i > 1 else '%y0'}, %y{i}"
             for i in range(1, chains)]  # fmt: skip
    lines = [
        f'target triple = "{target.triple}"',
        f"declare {kind} {name}({kind}, {kind}, {kind})",
        "define void @limit(ptr %args, i64 %first, i64 %last) {", "entry:",
        "%memory = load ptr, ptr %args", f"%seed = load {kind}, ptr %memory, align 4",
        "br label %loop", "loop:", "%i = phi i64 [ %first, %entry ], [ %next, %loop ]",
        *start, *work, "%next = add i64 %i, 1", "%more = icmp slt i64 %next, %last",
        "br i1 %more, label %loop, label %end", "end:", *total,
        f"store {kind} %s{chains - 1}, ptr %memory, align 4", "ret void", "}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n", 2 * lanes * chains


def kernel() -> tuple[Callable[[int], float], int]:
    """A function that runs so many turns, gives the seconds of it; and the FLOP of a turn."""
    target = Target.host()
    code, flop = text(target)
    address = compile_modules({"limit": code}, target)["limit"]
    run = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)(address)

    def timed(turns: int) -> float:
        memory = (ctypes.c_float * 64)(*[0.5] * 64)
        argument = ctypes.c_void_p(ctypes.addressof(memory))
        start = time.perf_counter()
        run(ctypes.addressof(argument), 0, turns)
        return time.perf_counter() - start

    return timed, flop


def rate(timed: Callable[[int], float], flop: int, threads: int) -> float:
    """GFLOP/s of the threads at once."""
    seconds = [0.0] * threads
    together = threading.Barrier(threads)

    def work(place: int) -> None:
        together.wait()
        seconds[place] = timed(TURNS)

    workers = [threading.Thread(target=work, args=(place,)) for place in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(TURNS * flop / s for s in seconds) / 1e9


def main() -> None:
    """Answer every line with one round."""
    threads = int(sys.argv[2])
    hurry()
    timed, flop = kernel()
    print("ready", flush=True)
    for _ in sys.stdin:
        best = max(rate(timed, flop, threads) for _ in range(TRIES))
        print(json.dumps({"gflops": best}), flush=True)


if __name__ == "__main__":
    main()
