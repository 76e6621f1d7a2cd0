"""What a compiled step is made of, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ArgumentError
from .graph import spell
from .listing import listing
from .machine import assembly
from .native import Native


@dataclass
class Explanation:
    """Print it: programs with their arguments, guards, state and graph; what fell back, why."""

    name: str
    backend: str
    programs: Sequence[Any]
    failed: list[str]
    fallen: Any

    def __str__(self) -> str:
        return "\n".join(self.lines())

    __repr__ = __str__

    def code(self, kernel: str, *, machine: bool = False) -> str:
        """The LLVM text of a kernel by its name, or the assembler text of this machine.

        Errors: LL731 for a name that is none.
        """
        natives = [p.runner for p in self.programs if isinstance(p.runner, Native)]
        for native in natives:
            if kernel in native.texts:
                text: str = native.texts[kernel]
                return assembly(text, native.target) if machine else text
        names = ", ".join(name for native in natives for name in native.texts)
        raise ArgumentError("LL731", kernel=kernel, names=names or "none")

    def lines(self) -> Iterator[str]:
        """Line by line."""
        count = f"{len(self.programs)} programs" if len(self.programs) != 1 else "1 program"
        yield f"{self.name}: {count} ({self.backend})"
        if self.fallen is not None:
            yield f"  runs eagerly: {self.fallen.reason}"
            if self.fallen.where:
                yield f"  where: {self.fallen.where}"
        for line in self.failed:
            yield f"  guard failed, {line}"
        for number, program in enumerate(self.programs, 1):
            yield from (f"  {line}" for line in _program(number, program))


def _program(number: int, program: Any) -> Iterator[str]:
    """One program."""
    trace, conditions = program.trace, program.conditions
    yield f"program {number}, run {program.runs} times"
    for leaf in trace.graph.inputs:
        yield f"  input  {leaf.name}: {spell(leaf.spec)}"
    for label, value in _guarded(conditions):
        yield f"  guard  {label} = {value!r}"
    yield f"  guard  {len(conditions.world.snapshot)} modules, tensors and groups are not edited"
    written = {target for target, _ in trace.graph.assigns}
    for leaf in trace.graph.states:
        mark = "read and written" if leaf.number in written else "read"
        yield f"  state  {leaf.name or 'a tensor'}: {spell(leaf.spec)}, {mark}"
    for gradient in trace.gradients:
        if gradient.exit in ("new", "dropped"):
            told = "is left in .grad" if gradient.exit == "new" else "is used up (keep_grads=True)"
            leaf = gradient.leaf
            name = f"argument {leaf}" if isinstance(leaf, int) else conditions.world.name_of(leaf)
            yield f"  gradient of {name} {told}"
    for host in trace.hosts:
        yield f"  then calls {host.name}"
    if isinstance(program.runner, Native):
        yield from ("  " + line for line in listing(program.runner, trace.states))
    yield from ("  " + line for line in str(trace.graph).rstrip().splitlines())


def _guarded(conditions: Any) -> Iterator[tuple[str, Any]]:
    """The numbers that a program fixes."""
    named = {f"argument {i}": x for i, x in enumerate(conditions.call.numbers)}
    world = conditions.world
    for label, value in zip(world.labels, world.known, strict=True):
        if isinstance(value, (bool, int, float, str)) and label[:2] != "__":
            named[label] = value
    yield from ((k, v) for k, v in named.items() if k not in conditions.free)
