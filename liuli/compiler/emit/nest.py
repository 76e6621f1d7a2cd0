"""What a loop kernel says about itself before a line of it is written.

Loops of one turn are dropped and loops that run through memory as one are made one; for every
instruction: on which loops its value depends, and after how many reductions it is known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..kernels import Apply, Check, Counter, Draw, Instruction, Load, LoopKernel, Reduce, Store

Axes = frozenset[int]
NONE: Axes = frozenset()
PLACED = (Load, Store, Draw)  # instructions with strides
DEAR = {"exp", "expm1", "log", "log1p", "tanh", "sigmoid", "erf", "erfc", "erfinv", "sin", "cos",
        "atan2", "pow", "mod", "floor_divide", "div", "sqrt", "rsqrt"}  # fmt: skip


@dataclass(frozen=True)
class Loop:
    """One loop; `unit` turns of it are one turn of the loop that the chunks cut."""

    extent: int
    unit: int = 1


@dataclass
class Nest:
    """A kernel with fewer loops, and what follows from its body."""

    kernel: LoopKernel
    loops: list[Loop]
    body: list[Instruction]
    reduced: int | None  # the loop that is reduced
    parallel: int | None  # the loop that is cut into chunks; None: there is one chunk
    depends: list[Axes]
    stage: list[int]  # how many reductions must have ended before a value is known
    live: list[bool]

    @property
    def vector(self) -> int:
        """The loop that runs along vectors: the last."""
        return len(self.loops) - 1

    def effects(self) -> list[int]:
        """The stores and checks."""
        return [i for i, each in enumerate(self.body) if isinstance(each, (Store, Check))]

    def reduces(self, stage: int) -> list[int]:
        """The live reductions whose operand is known after `stage` reductions."""
        return [
            i
            for i, each in enumerate(self.body)
            if isinstance(each, Reduce) and self.live[i] and self.stage[each.operand] == stage
        ]

    def last_stage(self) -> int:
        """The pass over the reduced loop that writes: the last one."""
        assert self.reduced is not None
        writing = [self.stage[i] for i in self.effects() if self.reduced in self.depends[i]]
        made = [self.stage[i] - 1 for i, e in enumerate(self.body)
                if isinstance(e, Reduce) and self.live[i]]  # fmt: skip
        return max([*writing, *made], default=0)


def operands(each: Instruction) -> tuple[int, ...]:
    """The places of the values that an instruction reads."""
    match each:
        case Apply():
            return each.operands
        case Reduce() | Check():
            return (each.operand,)
        case Store():
            return (each.operand,) if each.index is None else (each.operand, each.index)
        case Load():
            return () if each.index is None else (each.index,)
        case Draw():
            return each.key, each.counter
    return ()


def dear(each: Instruction) -> bool:
    """Whether a value is better kept than computed again."""
    return isinstance(each, Draw) or (isinstance(each, Apply) and each.op in DEAR)


def analysed(kernel: LoopKernel) -> Nest:
    """The nest of a kernel."""
    loops = [Loop(extent) for extent in kernel.extents] or [Loop(1)]
    body = [_padded(each) for each in kernel.body] if not kernel.extents else list(kernel.body)
    count = len(loops)
    across = kernel.reduces == "across" and count > 1
    reduced = (0 if across else count - 1) if kernel.reduces else None
    parallel = kernel.parallel if kernel.chunks > 1 else None
    number = count - 2
    while number >= 0:
        outer, inner = loops[number : number + 2]
        free = reduced not in (number, number + 1) and parallel != number + 1
        if free and _one(body, number, outer.extent, inner.extent):
            unit = inner.extent if parallel == number else 1
            loops[number] = Loop(outer.extent * inner.extent, unit)
            body = [_without(each, number, inner.extent == 1) for each in body]
            del loops[number + 1]
            reduced = reduced - 1 if reduced is not None and reduced > number else reduced
            parallel = parallel - 1 if parallel is not None and parallel > number else parallel
        number -= 1
    depends = _depends(body, loops, reduced)
    stage = _stages(body)
    return Nest(kernel, loops, body, reduced, parallel, depends, stage, _live(body))


def _padded(each: Instruction) -> Instruction:
    return replace(each, strides=(0,)) if isinstance(each, PLACED) else each


def _one(body: list[Instruction], number: int, extent: int, inner_extent: int) -> bool:
    """Whether loops `number` and the next run through all memory as one."""
    for each in body:
        if isinstance(each, Counter) and each.axis in (number, number + 1):
            return False
        if isinstance(each, PLACED):
            outer, inner = each.strides[number : number + 2]
            if outer != inner * inner_extent and extent != 1 != inner_extent:
                return False
    return True


def _without(each: Instruction, number: int, keep_outer: bool) -> Instruction:
    """The instruction when loop `number` has become one with the next."""
    if isinstance(each, PLACED):
        drop = number + keep_outer  # the stride of a loop of one turn, or the larger one
        return replace(each, strides=each.strides[:drop] + each.strides[drop + 1 :])
    if isinstance(each, Counter) and each.axis > number:
        return replace(each, axis=each.axis - 1)
    return each


def _depends(body: list[Instruction], loops: list[Loop], reduced: int | None) -> list[Axes]:
    found: list[Axes] = []
    scattered = {e.buffer for e in body if isinstance(e, Store) and e.index is not None}
    for each in body:
        axes = NONE.union(*(found[i] for i in operands(each)))
        if isinstance(each, PLACED):
            axes |= {a for a, stride in enumerate(each.strides) if stride and loops[a].extent > 1}
            if isinstance(each, Load) and each.buffer in scattered:
                axes |= set(range(len(loops)))  # another turn may have written there
        elif isinstance(each, Counter):
            axes |= {each.axis}
        elif isinstance(each, Reduce):
            axes -= {reduced if reduced is not None else -1}
        found.append(axes)
    return found


def _stages(body: list[Instruction]) -> list[int]:
    found: list[int] = []
    for each in body:
        before = max((found[i] for i in operands(each)), default=0)
        found.append(before + isinstance(each, Reduce))
    return found


def _live(body: list[Instruction]) -> list[bool]:
    live = [isinstance(each, (Store, Check)) for each in body]
    for i in reversed(range(len(body))):
        if live[i]:
            for operand in operands(body[i]):
                live[operand] = True
    return live


def cone(nest: Nest, roots: list[int], known: Callable[[int], bool]) -> set[int]:
    """All that must be computed for `roots`, down to what is `known`."""
    found: set[int] = set()
    todo = list(roots)
    while todo:
        i = todo.pop()
        if i not in found and not known(i):
            found.add(i)
            todo += operands(nest.body[i])
    return found
