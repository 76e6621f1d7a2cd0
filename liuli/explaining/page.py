"""What a compiled step is made of, as a page to read."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..compiler.graph import Leaf, spell
from ..compiler.machine import assembly, why_not
from ..compiler.native import Native, possible
from ..compiler.words import cut, left, right, say, short, spent, width
from ..errors import ArgumentError
from ..errors import _wrapped as wrapped
from ..messages.reasons import named, told
from ..messages.words import Word
from .costs import HEAVY
from .listing import Line, Listing, listing

NARROWEST, WIDEST = 72, 120  # columns of the page
MANY = 24  # rows of state that are shown
CALLS = 8  # kinds of calls that needed another program, the last ones
LINES = 3  # of the user's program for a kernel


@dataclass
class Explanation:
    """Print it: programs with their inputs, state, guards and kernels; what fell back, why.

    With `graph` the page ends with the operations of each program; `columns` is its width. `notes`
    are said of a step that was compiled for the page alone.
    """

    name: str
    backend: str
    programs: Sequence[Any]
    failed: list[str]
    fallen: Any
    graph: bool = False
    columns: int = 0
    notes: Sequence[str] = ()

    def __str__(self) -> str:
        return "\n".join(self.lines())

    __repr__ = __str__

    @property
    def kernels(self) -> list[str]:
        """The names that `code` takes."""
        return [name for native in self._natives() for name in native.texts]

    def _natives(self) -> list[Native]:
        return [p.runner for p in self.programs if isinstance(p.runner, Native)]

    def code(self, kernel: str, *, machine: bool = False) -> str:
        """The LLVM text of a kernel by its name, or the assembler text of this machine.

        Errors: LL731 for a name that is none.
        """
        for native in self._natives():
            if kernel in native.texts:
                text: str = native.texts[kernel]
                return assembly(text, native.target) if machine else text
        raise ArgumentError("LL731", kernel=kernel, names=", ".join(self.kernels) or Word("none"))

    def lines(self) -> Iterator[str]:
        """Line by line."""
        columns = self.columns or min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)
        one = len(self.programs) == 1
        backend = ", ".join(
            dict.fromkeys([self.backend, *(n.target.name for n in self._natives())])
        )
        yield say("program_one" if one else "programs", name=self.name, count=len(self.programs),
                  backend=backend)  # fmt: skip
        if self.fallen is not None:
            yield from _indented(say("eagerly", reason=told(self.fallen.reason)), columns)
            if self.fallen.where:
                yield "  " + say("where", where=self.fallen.where)
        elif not self.programs:
            yield "  " + say("none_yet")
        for note in (*self.notes, *_needed(self.failed)):
            yield from _indented(note, columns)
        for number, program in enumerate(self.programs, 1):
            yield ""
            yield say("head_made" if self.notes else "head" if program.runs else "head_new",
                      number=number, runs=program.runs)  # fmt: skip
            yield from (f"  {line}".rstrip() for line in self._program(program, columns - 2))

    def _program(self, program: Any, columns: int) -> Iterator[str]:
        yield from _around(program)
        yield ""
        if isinstance(program.runner, Native):
            yield from _native(program.runner, program.trace.states, columns)
        else:
            reason = possible(program.trace.graph) or say("asked")
            why = why_not() if self.backend == "numpy" and why_not() else told(reason)
            yield say("in_numpy", reason=why)
        if self.graph:
            yield ""
            yield from str(program.trace.graph).rstrip().splitlines()


def _needed(failed: Sequence[str]) -> Iterator[str]:
    """Which calls needed another program than the last, those for one cause together."""
    causes: dict[str, list[str]] = {}
    for guard in failed:
        call, _, cause = guard.partition(": ")
        causes.setdefault(cause, []).append(call.removeprefix("call "))
    for cause, calls in list(causes.items())[-CALLS:]:
        some = ", ".join(calls[:4]) + (", ..." if len(calls) > 4 else "")
        yield say("needed", calls=some, cause=told(cause))


def _indented(text: str, columns: int) -> Iterator[str]:
    first, *rest = wrapped(text, columns - 4)
    yield f"  {first}"
    yield from (f"    {line}" for line in rest)


# --- what goes in and out -------------------------------------------------------------------------
def _around(program: Any) -> Iterator[str]:
    """Inputs, state, results, guards, gradients, calls."""
    trace, conditions = program.trace, program.conditions
    graph = trace.graph
    written = {target for target, _ in graph.assigns}
    kept = [say("written" if leaf.number in written else "read") for leaf in graph.states]
    specs = graph.specs()
    results = [spell(specs[n]) for n in graph.outputs]
    inputs, states = _readable(graph.inputs), _readable(graph.states)
    names = [leaf.name for leaf in (*inputs, *states)]
    longest = min(max(map(width, names), default=0), 40)
    yield from _rows(say("input"), inputs, longest, [""] * len(inputs))
    yield from _rows(say("state"), states, longest, kept)
    yield f"{say('result')}  {', '.join(results[:8]) or '-'}{' ...' if len(results) > 8 else ''}"
    for label, value in _guarded(conditions):
        yield f"{say('guard')}  {named(label)} = {value!r}"
    yield f"{say('guard')}  {say('unedited', count=len(conditions.world.snapshot))}"
    used = [g for g in trace.gradients if g.exit == "dropped"]
    if used:
        yield say("used_up", count=len(used))
    for gradient in trace.gradients:
        if gradient.exit == "new":
            leaf = gradient.leaf
            name = f"argument {leaf}" if isinstance(leaf, int) else conditions.world.name_of(leaf)
            yield say("left", name=named(name))
    for host in trace.hosts:
        yield say("then", name=host.name)


def _readable(leaves: Sequence[Leaf]) -> list[Leaf]:
    """The leaves with names in the reader's language."""
    return [replace(leaf, name=named(leaf.name) or say("tensor")) for leaf in leaves]


def _rows(kind: str, leaves: Sequence[Leaf], longest: int, remarks: Sequence[str]) -> Iterator[str]:
    """A line each, and how many bytes they are together."""
    for leaf, remark in list(zip(leaves, remarks, strict=True))[:MANY]:
        name = left(_middle_cut(leaf.name, longest), longest)
        yield f"{kind}  {name}  {left(spell(leaf.spec), 18)}  {remark}".rstrip()
    if len(leaves) > MANY:
        yield f"{kind}  {say('more', count=len(leaves) - MANY)}"
    if len(leaves) > 3:
        size = sum(math.prod(leaf.spec.shape) * leaf.spec.dtype.itemsize for leaf in leaves)
        yield f"{kind}  {say('total', count=len(leaves), size=short(size) + 'B')}"


def _middle_cut(name: str, columns: int) -> str:
    """A name that is too long, without its middle: both ends tell more."""
    while width(name) > columns:
        half = len(name) // 2
        name = name[: half - 2].rstrip("~") + "~" + name[half + 1 :].lstrip("~")
    return name


def _guarded(conditions: Any) -> Iterator[tuple[str, Any]]:
    """The numbers that a program fixes."""
    named = dict(zip(conditions.numbers, conditions.call.numbers, strict=True))
    world = conditions.world
    for label, value in zip(world.labels, world.known, strict=True):
        if isinstance(value, (bool, int, float, str)) and label[:2] != "__":
            named[label] = value
    yield from ((k, v) for k, v in named.items() if k not in conditions.free)


# --- the kernels ----------------------------------------------------------------------------------
def _native(native: Native, states: Sequence[Any], columns: int) -> Iterator[str]:
    """The machine code of a program: a summary, a table, and what its words mean."""
    found = listing(native, states)
    kernels = [line for line in found.lines if not line.host]
    hosts = len(found.lines) - len(kernels)
    parts = [say("kernels", kernels=len(kernels), waits=found.waits)]
    parts += [say("hosts", hosts=hosts)] if hosts else []
    parts.append(say("arena", size=short(native.schedule.size) + "B"))
    yield from wrapped(say("comma").join(parts), columns)
    yield from wrapped(_made(native), columns)
    flop = sum(line.flop for line in kernels)
    if found.seconds:
        least, one = sum(line.least for line in kernels), found.seconds[1]
        told = say("step", flop=short(flop), one=spent(one), share=least / one)
        for threads, seconds in found.seconds.items():
            told += say("several", time=spent(seconds), threads=threads) if threads > 1 else ""
        yield from wrapped(told, columns)
    yield ""
    yield from _table(found, columns)
    yield ""
    yield from _legend(found, columns)


def _legend(found: Listing, columns: int) -> Iterator[str]:
    """What the columns of the table are."""
    low, high = (short(rate) + "B" for rate in found.byte_rates)
    facts = {"flop": short(found.flop_rate), "low": low, "high": high, "heavy": HEAVY}
    heads = {"loops": say("loops"), "flop": "FLOP", "bytes": say("bytes"), "time": say("time"),
             "limit": say("limit")}  # fmt: skip
    margin = 2 + max(map(width, heads.values()))
    for name, head in heads.items():
        first, *rest = wrapped(say(f"help_{name}", **facts), columns - margin)
        yield left(head, margin) + first
        yield from (" " * margin + line for line in rest)


def _made(native: Native) -> str:
    """How long it took to make the program. The text is written again to know its part."""
    began = time.perf_counter()
    native.__dict__.pop("texts", None)
    text = (time.perf_counter() - began) if native.texts else 0.0
    text = min(text, native.seconds - native.planning)  # of kernels that were there it was not made
    code = native.seconds - native.planning - text
    return say("made", all=native.seconds, plan=native.planning, text=text, code=code)


def _table(found: Listing, columns: int) -> Iterator[str]:
    loops = max([width(say("loops")), *(width(line.loops) for line in found.lines)])
    middle = min(columns - 20, 78)  # where layers are named, behind the user's line
    names = max([width(say("kernel")), *(width(line.name) for line in found.lines)])
    yield _row([say("kernel"), say("loops"), "FLOP", say("bytes"), say("time"), say("limit")],
               names, loops, "")  # fmt: skip
    for number, line in enumerate(found.lines):
        if line.waits and number:
            yield f"  --- {say('wait')}"
        if line.host:
            yield "  " + say("host", why=line.host)
        else:
            yield _row(_figures(line), names, loops, _binds(line))
        yield f"      {cut(line.operations, columns - 6)}"
        for place, text, who in line.places[:LINES]:
            told = left(f"      {place}  {text}", middle - 2)
            yield cut(f"{told}  {who}", columns).rstrip()
        if len(line.places) > LINES:
            yield "      " + say("more", count=len(line.places) - LINES)


def _figures(line: Line) -> list[str]:
    share = line.least / line.seconds if line.seconds else math.nan
    return [line.name, line.loops, short(line.flop).rstrip(), short(line.bytes) + "B",
            "-" if math.isnan(line.seconds) else spent(line.seconds),
            "-" if math.isnan(share) else f"{share:.0%}"]  # fmt: skip


def _binds(line: Line) -> str:
    return say(f"by_{line.binds}") if line.binds and not math.isnan(line.seconds) else ""


def _row(cells: Sequence[str], names: int, loops: int, binds: str) -> str:
    name, loop, *figures = cells
    columns = zip(figures, (8, 9, 10, 9), strict=True)
    told = "".join(right(figure, size) for figure, size in columns)
    return f"  {left(name, names)}  {left(loop, loops)}{told}  {binds}".rstrip()
