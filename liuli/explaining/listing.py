"""The kernels of a native program: where each comes from, what it costs, how near its limit."""

from __future__ import annotations

import linecache
import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..compiler.graph import Node, Origin
from ..compiler.kernels import ContractKernel, Kernel
from ..compiler.lower import STATUS
from ..compiler.native import Native
from ..compiler.plan import Entry
from ..compiler.words import say
from ..messages.reasons import named
from ..threads import get_num_threads
from .costs import bytes_of, flop_of
from .peaks import byte_rate, flop_rate

Array = np.ndarray[Any, Any]

ROUNDS, PATIENCE = 25, 0.5  # runs that are timed, and seconds after which it is enough


@dataclass
class Line:
    """One kernel, or one call of NumPy."""

    name: str
    loops: str
    operations: str
    places: list[tuple[str, str, str]]  # file:line, that line's text, layers and operations
    waits: bool  # threads wait before it
    host: str = ""  # why NumPy is called
    flop: int = 0
    bytes: int = 0
    seconds: float = math.nan  # on one thread
    least: float = math.nan  # that this machine needs
    binds: str = ""  # what decides about that: "flop" or "bytes"


@dataclass
class Listing:
    """All of a program's kernels, and what a whole step takes."""

    lines: list[Line]
    seconds: dict[int, float] = field(default_factory=dict)  # by number of threads
    flop_rate: float = 0.0
    byte_rates: tuple[float, float] = (0.0, 0.0)

    @property
    def waits(self) -> int:
        """How often threads wait in a step."""
        return sum(line.waits for line in self.lines[1:])


def listing(native: Native, states: Sequence[Array]) -> Listing:
    """What each kernel is and costs, timed on copies of the state and inputs of zeros."""
    seconds, whole = _measured(native, states)
    made = Listing([_line(native, entry) for entry in native.schedule.entries], whole)
    rates = []
    for entry, line in zip(native.schedule.entries, made.lines, strict=True):
        if entry.kernel is None:
            continue
        line.seconds = seconds.get(line.name, math.nan)
        rates.append(byte_rate(native.target, line.bytes))
        arithmetic = line.flop / flop_rate(native.target, _size(native, entry))
        line.least = max(arithmetic, line.bytes / rates[-1])
        line.binds = "flop" if arithmetic >= line.bytes / rates[-1] else "bytes"
    made.flop_rate = flop_rate(native.target)
    made.byte_rates = (min(rates, default=0.0), max(rates, default=0.0))
    return made


def _line(native: Native, entry: Entry) -> Line:
    nodes, kernel = entry.group.nodes, entry.kernel
    operations = " ".join(node.op for node in nodes)
    if kernel is None:
        return Line(nodes[0].op, "", operations, places_of(nodes), entry.barrier,
                    _why(native, nodes[0]))  # fmt: skip
    return Line(kernel.name, _loops(kernel), operations, places_of(nodes), entry.barrier, "",
                flop_of(kernel), _bytes(native, entry))  # fmt: skip


def _loops(kernel: Kernel) -> str:
    """The lengths of the loops, and which are reduced."""
    if isinstance(kernel, ContractKernel):
        return "x".join(str(axis.extent) for axis in kernel.axes)
    return f"{'x'.join(map(str, kernel.extents))} {kernel.reduces}".rstrip()


def _why(native: Native, node: Node) -> str:
    """Why an operation is left to NumPy."""
    dtypes = [native.specs[value].dtype.name for value in (*node.operands, node.number)]
    half = next((name for name in dtypes if name in ("float16", "bfloat16")), "")
    if half:
        return say("of_half", dtype=half)
    if node.op == "contract" and dtypes[-1] not in ("float32", "float64"):
        return say("of_whole")
    return say("no_kernel", op=node.op)


def places_of(nodes: Sequence[Node]) -> list[tuple[str, str, str]]:
    """The user's lines that operations come from, each once: place, text, and who said so."""
    found: dict[str, tuple[str, dict[str, None]]] = {}
    for node in nodes:
        place, text, who = parted(node.origin)
        if place:
            found.setdefault(place, (text, {}))[1].update({who: None} if who else {})
    return [(place, text, ", ".join(map(named, who))) for place, (text, who) in found.items()]


def parted(origin: str) -> tuple[str, str, str]:
    """The parts of an origin: file:line, the line's text if its file is there, and the rest."""
    file = origin.file if isinstance(origin, Origin) else ""
    words, _, place = origin.rpartition(" ")
    if file:
        line = origin.rpartition(":")[2]
        place = f"{os.path.basename(file)}:{line}"
        words = origin.removesuffix(place)
        linecache.checkcache(file)  # it may be another file than when it was last looked at
        return place, linecache.getline(file, int(line)).strip(), words.strip()
    return (place, "", words) if ":" in place else ("", "", origin)


def _bytes(native: Native, entry: Entry) -> int:
    """What a kernel must read and write at least."""
    assert entry.kernel is not None

    def size(buffer: int) -> tuple[int, int]:
        spec = native.specs[entry.memory[buffer]]
        return math.prod(spec.shape), spec.dtype.itemsize

    buffers = [i for i, value in enumerate(entry.memory) if value != STATUS]
    return bytes_of(entry.kernel, size, buffers)


def _size(native: Native, entry: Entry) -> int:
    """Bytes of the floats that a kernel computes with."""
    dtypes = [native.specs[value].dtype for value in entry.memory if value != STATUS]
    wide = isinstance(entry.kernel, ContractKernel) and entry.kernel.dtype == "float64"
    return 8 if wide or all(d.itemsize == 8 for d in dtypes if d.kind == "f") else 4


# --- times ----------------------------------------------------------------------------------------
def _measured(native: Native, states: Sequence[Array]) -> tuple[dict[str, float], dict[int, float]]:
    """Seconds of each kernel on one thread, and of a step by number of threads."""
    timed = Native(native.graph, target=native.target, timed=True)
    inputs = [np.zeros(leaf.spec.shape, leaf.spec.dtype) for leaf in native.graph.inputs]
    copies = [np.array(state) for state in states]
    best: dict[str, float] = {}
    whole: dict[int, float] = {}
    for threads in dict.fromkeys((1, get_num_threads())):
        end = time.perf_counter() + PATIENCE
        for _ in range(ROUNDS):
            began = time.perf_counter()
            timed.run(inputs, copies, threads=threads)
            if timed.status[0]:  # zeros are not what this step takes
                return {}, {}
            now = time.perf_counter()
            whole[threads] = min(whole.get(threads, math.inf), now - began)
            for name, nanoseconds in timed.times() if threads == 1 else ():
                best[name] = min(best.get(name, math.inf), nanoseconds / 1e9)
            if now > end:
                break
    return best, whole
