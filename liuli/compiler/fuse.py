"""Which operations are computed together: the graph's operations in groups, one kernel a group.

Operations are taken in order. A contraction begins a group, whose epilogue takes in pointwise
operations on its result; a reduction begins or joins a group over the operand's elements; a
pointwise operation joins the group of an operand wherever the elements correspond. What costs
nothing belongs to no group and is worked out where it is read: views, constants, numbers without
axes, and pointwise operations on what was there before the program (it is read from memory anyway).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Set
from dataclasses import dataclass, field

from ..ops import REGISTRY
from ..ops.contract import roles
from .access import Place, Shape, home, through
from .emit.pointwise import supported
from .graph import Graph, Leaf, Node
from .parts import IN_PLACE, apart, box_of, in_place, memory_of

VIEWS = frozenset(("reshape", "permute", "expand", "slice", "diagonal", "windows"))
REDUCTIONS = frozenset(("sum", "prod", "max", "min"))
RANDOM = frozenset(("random_bits", "random_uniform", "random_normal"))
FLOATS = frozenset(("float32", "float64"))
STAYING = frozenset(("gather", "check", "contract", *IN_PLACE))
LARGEST = 120  # operations in a group: time to compile grows with it
NEAR = 8  # how many of the newest groups a gather is tried in
LONG_SUM = 256  # products from which on exp, erf ... are faster in loops after a contraction
REPEATED = 6  # operations that may be worked out again in each group that reads them


@dataclass(eq=False)
class Group:
    """Operations that become one kernel (or, of kind "host", one call of NumPy).

    `domain` is the lengths of the loops: of a contraction the shape of its result, of others the
    elements that are gone through, reduced ones included.
    """

    kind: str  # "loops", "contract" or "host"
    domain: Shape
    nodes: list[Node] = field(default_factory=list)
    reduces: str = ""  # "", "along" (the last loop) or "across" (the first)
    before: set[Group] = field(default_factory=set)  # whose results it needs, directly or not

    def home(self, shape: Shape) -> Place | None:
        """Where a value of `shape` that belongs to this group stands, or None if none can."""
        count = len(self.domain)
        if math.prod(shape) == math.prod(self.domain) == 1:
            return home(shape, [None] * len(shape), count)
        if shape == self.domain:
            return home(shape, range(count), count)
        along = self.reduces == "along"
        kept = self.domain[:-1] if along else self.domain[1:]
        ones = len(shape) - len(kept)  # for the axes that were reduced, however many
        if not self.reduces or ones < 0 or math.prod(shape) != math.prod(kept):
            return None
        if along and shape[: len(kept)] == kept:
            return home(shape, [*range(count - 1), *[None] * ones], count)
        if not along and shape[ones:] == kept:
            return home(shape, [*[None] * ones, *range(1, count)], count)
        return None


class Fusion:
    """The groups of a graph, and which group each operation belongs to."""

    def __init__(self, graph: Graph, alone: bool, solid: Set[int]) -> None:
        self.graph, self.solid = graph, solid
        self.alone = alone  # every operation on its own, to find a bug
        self.nodes = {node.number: node for node in graph.nodes}
        self.leaves: dict[int, Leaf] = {leaf.number: leaf for leaf in graph.leaves}
        self.specs = graph.specs()
        self.taken = memory_of(graph)
        self.groups: list[Group] = []
        self.group_of: dict[int, Group] = {}
        self.readers: dict[int, int] = {}
        self.reader: dict[int, Node] = {}  # the first one
        for node in graph.nodes:
            for operand in node.operands:
                self.reader.setdefault(operand, node)
                self.readers[operand] = self.readers.get(operand, 0) + 1
        self.weight: dict[int, int] = {}  # of what belongs to no group: operations to repeat
        for node in graph.nodes:
            self._take(node)
        self._sink()

    # --- one operation ------------------------------------------------------------------------
    def _take(self, node: Node) -> None:
        if node.number in self.solid or node.op == "copy":
            self._begin(Group("loops", node.spec.shape or (1,)), node)
            return
        if self._costs_nothing(node):
            return
        if node.op == "contract" and node.spec.dtype.name in FLOATS and node.spec.shape:
            self._begin(Group("contract", node.spec.shape), node)
        elif node.op in REDUCTIONS and self._supported(node):
            self._take_reduction(node)
        elif node.op in RANDOM and node.spec.shape:
            self._take_draw(node)
        elif in_place(node, self.specs):
            self._take_part(node)
        elif node.op == "check" or self._is_pointwise(node):
            shape = node.spec.shape
            if node.op == "check" or self.alone or not self._join(node):
                self._begin(Group("loops", shape or (1,)), node)
        else:
            self._begin(Group("host", ()), node)

    def _costs_nothing(self, node: Node) -> bool:
        """Views, constants, counters; and cheap pointwise operations on nothing computed here."""
        weight = sum(self.weight.get(operand, 0) for operand in node.operands)
        if node.op in VIEWS:
            return self._remember(node, weight)
        if node.op == "const":
            known = progression(node) or not isinstance(node.attrs["value"], tuple)
            return bool(known) and self._remember(node, 0)
        if node.op == "iota":
            return self._remember(node, 1)
        if not self._is_pointwise(node) or node.op == "gather":
            return False
        if not node.spec.shape and not self.sources(node):
            return self._remember(node, 0)  # numbers of the user's: once a kernel
        dear = weight + 1 > REPEATED or node.op in DEAR
        if self.sources(node) or (dear and self.readers.get(node.number, 0) > 1):
            return False
        return self._remember(node, weight + 1)

    def _remember(self, node: Node, weight: int) -> bool:
        self.weight[node.number] = weight
        return True

    def _is_pointwise(self, node: Node) -> bool:
        if node.op == "gather":
            return bool(node.spec.shape) and self._supported(node)
        return REGISTRY[node.op].family == "elementwise" and self._supported(node)

    def _supported(self, node: Node) -> bool:
        dtypes = {self.specs[v].dtype.name for v in (*node.operands, node.number)}
        if dtypes & {"float16", "bfloat16"}:
            return False
        if node.op in REDUCTIONS or node.op in ("gather", "check"):
            return True
        kind = self.specs[node.operands[-1]].dtype.name
        return supported(node.op, kind) and (
            node.op != "cast" or supported("cast", node.spec.dtype.name)
        )

    def _take_reduction(self, node: Node) -> None:
        """In the group of its operand, if that is gone through like this; else in a new one."""
        shape, axes = self.specs[node.operands[0]].shape, node.attrs["axes"]
        last = len(shape) - 1
        way = "along" if axes == (last,) else "across"
        if axes in ((0,), (last,)) and not self.alone and self._join_reduction(node, shape, way):
            return
        if axes == (last,) or len(shape) == 1:
            self._begin(Group("loops", shape, reduces="along"), node)
        elif axes == tuple(range(len(shape))):
            self._begin(Group("loops", (math.prod(shape),), reduces="along"), node)
        elif axes == tuple(range(len(axes))):
            lead = math.prod(shape[: len(axes)])
            self._begin(Group("loops", (lead, *shape[len(axes) :]), reduces="across"), node)
        elif axes == tuple(range(len(shape) - len(axes), len(shape))):
            kept = shape[: len(shape) - len(axes)]
            self._begin(
                Group("loops", (*kept, math.prod(shape[len(kept) :])), reduces="along"), node
            )
        else:
            self._begin(Group("host", ()), node)

    def _take_draw(self, node: Node) -> None:
        """Random numbers are dear: they are computed once, where what they change is, if it can be.

        That is the group of the loops whose results their first readers read beside them.
        """
        reader, groups = self.reader.get(node.number), self.sources(node)
        while reader is not None and self._is_pointwise(reader) and not self.alone:
            for group in sorted(self.sources(reader) - groups, key=self.groups.index, reverse=True):
                at = group.home(node.spec.shape) if group.kind == "loops" else None
                if group.domain == node.spec.shape and at and self._fits(node, group, at):
                    self._add(group, node)
                    return
            reader = self.reader.get(reader.number)
        self._begin(Group("loops", node.spec.shape), node)

    def _take_part(self, node: Node) -> None:
        """What is written into a part of a value: an update where the part is made, if it can be.

        There it must not meet what the same kernel writes elsewhere in that value.
        """
        value = node.operands[-1]
        shape, box = self.specs[value].shape, None
        if node.op == "update" and not self.alone:
            box = box_of(node, self.specs)
        for group in sorted(self.behind(value), key=self.groups.index, reverse=True):
            others = [n for n in group.nodes if self._memory(n.number) == self._memory(node.number)]
            at = group.home(shape) if group.kind != "host" and box is not None else None
            boxes = [box_of(n, self.specs) if n.op == "update" else None for n in others]
            free = all(b is not None and box is not None and apart(b, box) for b in boxes)
            fits = at is not None and free and self._takes(node, group)
            if fits and at is not None and self._reads_at_home(value, group, at):
                self._add(group, node)
                return
        self._begin(Group("loops", shape or (1,)), node)

    def _memory(self, value: int) -> int:
        return self.taken.get(value, value)

    def _begin(self, group: Group, node: Node) -> None:
        self.groups.append(group)
        self._add(group, node)

    def _add(self, group: Group, node: Node) -> None:
        group.nodes.append(node)
        self.group_of[node.number] = group
        found = self.sources(node) - {group}
        new = found.union(*(other.before for other in found))
        for other in self.groups:
            if other is group or group in other.before:
                other.before |= new

    # --- who needs whom -----------------------------------------------------------------------
    def sources(self, node: Node) -> set[Group]:
        """The groups whose results `node` reads."""
        return {group for operand in node.operands for group in self.behind(operand)}

    def behind(self, value: int) -> Iterator[Group]:
        """The groups that a value comes from, looking through what belongs to no group."""
        if value in self.group_of:
            yield self.group_of[value]
        elif value in self.nodes:
            for operand in self.nodes[value].operands:
                yield from self.behind(operand)

    # --- joining ------------------------------------------------------------------------------
    def _join(self, node: Node) -> bool:
        """Take a pointwise operation into the group of an operand, newest first."""
        tried = self.sources(node)
        if node.op == "gather":  # what it looks into is made by another group than its readers'
            tried.update(group for group in self.groups[-NEAR:] if group.kind == "loops")
        for group in sorted(tried, key=self.groups.index, reverse=True):
            at = group.home(node.spec.shape) if group.kind != "host" else None
            if at is not None and self._fits(node, group, at):
                self._add(group, node)
                return True
        return self._join_beside(node)

    def _join_beside(self, node: Node) -> bool:
        """Take an operation into loops that read one of its operands too, element by element."""
        shape = node.spec.shape
        large = {v for v in node.operands if self.specs[v].shape == shape and self._is_read(v)}
        for group in self.groups[: -NEAR - 1 : -1] if large else ():
            read = {v for each in group.nodes for v in each.operands}
            if group.kind == "loops" and group.domain == shape and read & large:
                at = group.home(shape)
                if at is not None and self._fits(node, group, at):
                    self._add(group, node)
                    return True
        return False

    def _is_read(self, value: int) -> bool:
        """Whether a value comes from memory."""
        return value in self.leaves or any(True for _ in self.behind(value))

    def _join_reduction(self, node: Node, shape: Shape, way: str) -> bool:
        """Take a reduction over the last axis, or the first, into the group of its operand.

        Loops over elements are not turned into ones over columns: that is slow in long rows.
        """
        ways = (way, "") if way == "along" else (way,)
        for group in sorted(self.sources(node), key=self.groups.index, reverse=True):
            fits = group.kind == "loops" and group.domain == shape and group.reduces in ways
            if not fits or len(group.nodes) >= LARGEST:
                continue
            at = home(shape, range(len(shape)), len(shape))
            if self._no_cycle(node, group) and self._reads_at_home(node.operands[0], group, at):
                group.reduces = way
                self._add(group, node)
                return True
        return False

    def _takes(self, node: Node, group: Group) -> bool:
        """Whether a group may become larger; nothing may use an index where it is checked."""
        closed = group.nodes[0].op in ("check", "scatter_add", "scatter_set")
        return not closed and len(group.nodes) < LARGEST and self._no_cycle(node, group)

    def _fits(self, node: Node, group: Group, at: Place) -> bool:
        if not self._takes(node, group):
            return False
        if node.op == "gather" and group in self.behind(node.operands[0]):
            return False  # what is looked into must be in memory
        if group.kind == "contract" and node.op in DEAR and self._summed(group) > LONG_SUM:
            return False
        operands = node.operands[1:] if node.op == "gather" else node.operands
        return all(self._reads_at_home(operand, group, at) for operand in operands)

    def _summed(self, group: Group) -> int:
        """How many products a contraction adds up."""
        node = group.nodes[0]
        role = roles(node.attrs["labels"])
        lengths = dict(zip(role.a, self.specs[node.operands[0]].shape, strict=True))
        return math.prod(lengths[label] for label in role.k)

    def _sink(self) -> None:
        """Give up what is cheap, read by other groups alone, and made of what they can read."""
        outside = {*self.graph.outputs, *(value for _, value in self.graph.assigns)}
        readers: dict[int, set[Group]] = {}
        for group in self.groups:
            for node in group.nodes:
                for operand in node.operands:
                    behind = set(self._grouped_behind(operand))
                    for value in behind:
                        readers.setdefault(value, set()).add(group)
                    gathered = node.op == "gather" and operand == node.operands[0]
                    if group.kind == "host" or node.op == "contract" or gathered:
                        outside |= behind  # must lie in memory
        for group in self.groups:
            for node in reversed(group.nodes[1:]):
                own = [v for v in node.operands if self.group_of.get(v) is group]
                others = readers.get(node.number, set())
                kept = all(readers[v] - {group} or v in outside for v in own)
                cheap = node.op not in DEAR | REDUCTIONS | STAYING
                wanted = group in others or not others or node.number in outside
                if cheap and own and kept and not wanted:
                    group.nodes.remove(node)
                    del self.group_of[node.number]
                    for value in own:
                        readers[value] |= others

    def _grouped_behind(self, value: int) -> Iterator[int]:
        """The values of groups that a value comes from, through what belongs to no group."""
        if value in self.group_of:
            yield value
        elif value in self.nodes:
            for operand in self.nodes[value].operands:
                yield from self._grouped_behind(operand)

    def _no_cycle(self, node: Node, group: Group) -> bool:
        return all(group not in other.before for other in self.sources(node) if other is not group)

    def _reads_at_home(self, value: int, group: Group, at: Place) -> bool:
        """Whether all that `value` at `at` reads of this very group stands where it is made."""
        if group not in self.behind(value):
            return True
        node = self.nodes[value]
        if self.group_of.get(value) is group:
            if node.op in IN_PLACE:
                return False  # it is in memory when the kernel has ended
            there = group.home(node.spec.shape)
            return there is not None and there.flat == at.flat
        if node.op in VIEWS:
            below = through(node.op, node.attrs, self.specs[node.operands[0]].shape, at)
            return below is not None and self._reads_at_home(node.operands[0], group, below)
        return all(self._reads_at_home(operand, group, at) for operand in node.operands)


DEAR = frozenset(
    ("exp", "expm1", "log", "log1p", "tanh", "sigmoid", "erf", "erfc", "erfinv", "sin", "cos",
     "pow", "atan2", "mod", "floor_divide")
)  # fmt: skip


def progression(node: Node) -> tuple[int, int] | None:
    """The step and the first of whole numbers that grow evenly, such as (0, 8): a constant that
    can be counted.
    """
    value = node.attrs["value"]
    plain = isinstance(value, tuple) and len(node.spec.shape) == 1 and len(value) > 1
    if not plain or node.spec.dtype != "int64":
        return None
    step = value[1] - value[0]
    even = all(x == value[0] + i * step for i, x in enumerate(value))
    return (step, value[0]) if even else None


def fuse(graph: Graph, *, alone: bool = False, solid: Set[int] = frozenset()) -> Fusion:
    """The groups of a graph; with `alone` every operation is a group of its own.

    Values that are `solid` are put into memory, though they would cost nothing.
    """
    return Fusion(graph, alone, solid)
