"""The kernels of a native program: what each does, where it comes from, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .kernels import ContractKernel
from .lower import STATUS
from .native import Native, work_of
from .plan import Entry

Array = np.ndarray[Any, Any]

ROUNDS = 25  # of which the best counts
SHOWN = 3  # places of the user's program named for a kernel


def listing(native: Native, states: Sequence[Array]) -> Iterator[str]:
    """A line a kernel, timed on copies of the state and inputs of zeros, on one thread."""
    entries = native.schedule.entries
    times = _measured(native, states)
    total = sum(times.values())
    yield (f"{len(native.texts)} kernels for {native.target.name}, made in {native.seconds:.2f} s; "
           f"{native.schedule.size:,} bytes of memory between them; {total:.0f} us on one "
           f"thread")  # fmt: skip
    for entry in entries:
        if entry.barrier:
            yield "  --- threads wait for one another"
        if entry.kernel is None:
            node = entry.group.nodes[0]
            yield f"  NumPy is called: {node.op}, {node.origin}"
            continue
        yield "  " + _line(native, entry, times.get(entry.kernel.name, 0.0))
        yield "      " + " ".join(node.op for node in entry.group.nodes)
        places = dict.fromkeys(node.origin for node in entry.group.nodes if node.origin)
        more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
        yield f"      from {'; '.join(list(places)[:SHOWN])}{more}"


def _line(native: Native, entry: Entry, microseconds: float) -> str:
    """Name, loops, time, and for a contraction how fast that is."""
    kernel = entry.kernel
    assert kernel is not None
    loops = " x ".join(map(str, entry.group.domain))
    text = f"{kernel.name:<14} {loops} {entry.group.reduces}".rstrip()
    text = f"{text:<34} {microseconds:8.1f} us  {_bytes(native, entry):>11,} bytes"
    if isinstance(kernel, ContractKernel) and microseconds:
        flop = 2 * work_of(kernel)
        text += f"  {flop:,} FLOP, {flop / microseconds / 1e3:.0f} GFLOP/s"
    return text


def _bytes(native: Native, entry: Entry) -> int:
    """What a kernel must read and write at least."""
    values = (entry.reads | entry.writes) - {STATUS}
    specs = (native.specs[value] for value in values)
    return sum(math.prod(spec.shape) * spec.dtype.itemsize for spec in specs)


def _measured(native: Native, states: Sequence[Array]) -> dict[str, float]:
    """Microseconds of each kernel, the best of some runs."""
    timed = Native(native.graph, target=native.target, timed=True)
    inputs = [np.zeros(leaf.spec.shape, leaf.spec.dtype) for leaf in native.graph.inputs]
    copies = [np.array(state) for state in states]
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        timed.run(inputs, copies, threads=1)
        for name, nanoseconds in timed.times():
            best[name] = min(best.get(name, math.inf), nanoseconds / 1e3)
    return best
