"""From a graph to a schedule: kernels in order, where every value lies, where threads must wait.

A value that is assigned to state is written there at once, if everything that reads the old
value can come before; else it waits in the arena and is copied at the end. Checks come before the
first write to state. The arena is one piece of memory; values whose lifetimes do not touch share
it. Threads wait for one another only where memory demands it.
"""

from __future__ import annotations

import math
from collections.abc import Set
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..ops import Spec
from .check import check
from .fuse import VIEWS, Fusion, Group, fuse, progression
from .graph import Graph, Leaf, Node
from .kernels import Kernel, Load, Store
from .lower import STATUS, Lowering, NotAffineError
from .partition import Touched, touched
from .parts import IN_PLACE, in_place, owned
from .passes import checking, switched_off
from .simplify import simplify

Array = np.ndarray[Any, Any]

ALIGNED = 64  # bytes: a cache line
SHARED = 64 * 1024  # bytes from which memory is used again; of less, a wait would cost more


@dataclass
class Entry:
    """One kernel, or one operation for NumPy: what it reads and writes, by value."""

    group: Group
    kernel: Kernel | None  # None: the group's one operation is called on the host
    memory: tuple[int, ...]  # the value behind each buffer of the kernel; STATUS for checks
    reads: frozenset[int] = frozenset()
    writes: frozenset[int] = frozenset()
    barrier: bool = False  # all threads wait here before it begins
    stops: bool = False  # the table ends after it if a check found something
    touched: dict[int, Touched] = field(default_factory=dict, repr=False)

    def touches(self, value: int) -> Touched:
        """Where this kernel touches a value; worked out once."""
        if value not in self.touched:
            assert self.kernel is not None
            self.touched[value] = touched(self.kernel, self.memory.index(value))
        return self.touched[value]


@dataclass
class Schedule:
    """A program ready to be emitted: see `plan`."""

    graph: Graph
    entries: list[Entry] = field(default_factory=list)
    leaf_of: dict[int, int] = field(default_factory=dict)  # value -> state it is written into
    taken: dict[int, int] = field(default_factory=dict)  # value -> who has its memory in the end
    tables: dict[int, Array] = field(default_factory=dict)  # constant leaf -> its numbers
    offsets: dict[int, int] = field(default_factory=dict)  # value -> bytes into the arena
    size: int = 0  # of the arena in bytes

    def __str__(self) -> str:
        """The kernels in order, what each is made of, reads and writes, and where threads wait."""
        lines = [f"schedule {self.graph.name}: {len(self.entries)} entries, {self.size:,} bytes"]
        for entry in self.entries:
            if entry.barrier:
                lines.append("  --- wait")
            lines += ["  " + line for line in _described(entry)]
        return "\n".join(lines) + "\n"


def plan(graph: Graph, *, alone: bool = False, off: Set[str] | None = None) -> Schedule:
    """The schedule of a graph; `alone` gives every operation a kernel of its own.

    `off` names passes that are left out; by default those that `LIULI_PASSES` says.
    """
    off = switched_off() if off is None else off
    if "simplify" not in off:
        graph = simplify(_checked(graph), lay="layout" not in off)
    graph = _checked(graph)
    graph, tables = _with_tables(owned(_with_copies(graph)))
    if "inplace" in off:
        for target, _ in graph.assigns:
            graph = _through_the_arena(graph, target)
    solid: set[int] = set()
    while True:
        fusion = fuse(_checked(graph), alone=alone or "fuse" in off, solid=solid)
        try:
            return replace(_scheduled(fusion, off), tables=tables)
        except NotAffineError as error:
            assert not error.values & solid, f"%{min(error.values)} is read in a way nobody can"
            solid |= error.values
        except _UnsafeError as error:
            graph = _through_the_arena(graph, error.target)


def _checked(graph: Graph) -> Graph:
    return check(graph) if checking() else graph


class _UnsafeError(Exception):
    """A state that cannot be written where its new value is made."""

    def __init__(self, target: int) -> None:
        super().__init__(target)
        self.target = target


def _copied(graph: Graph, value: int, number: int) -> Node:
    spec = graph.specs()[value]
    return Node(number, "copy", (value,), {}, spec, "copy")


def _with_copies(graph: Graph) -> Graph:
    """Outputs and new state that are leaves or views of something get an operation to make them."""
    made = {node.number: node for node in graph.nodes}
    number = 1 + max([*graph.specs(), -1])
    nodes, copies = list(graph.nodes), dict[int, int]()

    def computed(value: int, *beside: str) -> int:
        nonlocal number
        if value in made and made[value].op not in (*VIEWS, "const", "iota", "check", *beside):
            return value
        if value not in copies:
            nodes.append(_copied(graph, value, number))
            copies[value], number = number, number + 1
        return copies[value]

    assigns = [(target, computed(value, *IN_PLACE)) for target, value in graph.assigns]
    outputs = [computed(value) for value in graph.outputs]
    return Graph(graph.name, graph.leaves, nodes, assigns, outputs)


def _with_tables(graph: Graph) -> tuple[Graph, dict[int, Array]]:
    """Constants that are tables become leaves, which a program has with it."""
    found = [n for n in graph.nodes if n.op == "const" and isinstance(n.attrs["value"], tuple)
             and progression(n) is None]  # fmt: skip
    tables = {n.number: np.array(n.attrs["value"], n.spec.dtype).reshape(n.spec.shape)
              for n in found}  # fmt: skip
    leaves = [*graph.leaves, *(Leaf("table", n.number, n.spec) for n in found)]
    nodes = [n for n in graph.nodes if n.number not in tables]
    return replace(graph, leaves=leaves, nodes=nodes), tables


def _through_the_arena(graph: Graph, target: int) -> Graph:
    """The graph with the new value of one state copied to it at the end."""
    number = 1 + max(graph.specs())
    value = dict(graph.assigns)[target]
    nodes = [*graph.nodes, _copied(graph, value, number)]
    assigns = [(t, number if t == target else v) for t, v in graph.assigns]
    return Graph(graph.name, graph.leaves, nodes, assigns, graph.outputs)


# --- the schedule ---------------------------------------------------------------------------------
def _scheduled(fusion: Fusion, off: Set[str]) -> Schedule:
    graph = fusion.graph
    schedule = Schedule(graph, taken=fusion.taken)
    targets: dict[int, list[int]] = {}
    for target, value in graph.assigns:
        targets.setdefault(value, []).append(target)
    for value, leaves in targets.items():
        schedule.leaf_of[value] = leaves[0]
    stores = _stores(fusion, targets)
    entries: dict[Group, Entry] = {}
    unreadable: set[int] = set()
    for i, group in enumerate(fusion.groups):
        try:
            entries[group] = _entry(fusion, group, stores.get(group, {}), schedule.leaf_of, i)
        except NotAffineError as error:
            unreadable |= error.values
    if unreadable:
        raise NotAffineError(*unreadable)
    _order_writes(fusion, entries, targets)
    schedule.entries = _ordered(entries)
    _allocate(schedule, fusion, share="share" not in off)
    _place_barriers(schedule, fusion.specs, every="rows" in off)
    return schedule


def _stores(fusion: Fusion, targets: dict[int, list[int]]) -> dict[Group, dict[int, list[int]]]:
    """For each group, the values that others read from memory, and where they are written."""
    wanted: dict[int, None] = dict.fromkeys(fusion.graph.outputs) | dict.fromkeys(targets)
    for group in fusion.groups:
        for node in group.nodes:
            wanted |= {node.number: None} if in_place(node, fusion.specs) else {}
            for operand in node.operands:
                wanted |= dict.fromkeys(_read_from(fusion, operand, group))
    found: dict[Group, dict[int, list[int]]] = {}
    nowhere = [value for value in wanted if value not in fusion.group_of]
    if nowhere:
        raise NotAffineError(*nowhere)
    for value in wanted:
        group = fusion.group_of[value]
        memories = [value, *targets.get(value, [])[1:]]
        found.setdefault(group, {})[value] = memories
    return found


def _read_from(fusion: Fusion, value: int, group: Group) -> list[int]:
    """The values that reading `value` in `group` takes from other groups."""
    if value in fusion.group_of:
        node = fusion.nodes[value]
        other = fusion.group_of[value]
        if node.op == "check":  # its number is its operand's
            return _read_from(fusion, node.operands[0], group)
        return [] if other is group else [value]
    if value not in fusion.nodes:
        return []
    return [
        v for operand in fusion.nodes[value].operands for v in _read_from(fusion, operand, group)
    ]


def _entry(fusion: Fusion, group: Group, stores: dict[int, list[int]], leaf_of: dict[int, int],
           number: int) -> Entry:  # fmt: skip
    if group.kind == "host":
        (node,) = group.nodes
        reads = frozenset(_behind_views(fusion, operand) for operand in node.operands)
        return Entry(group, None, (), reads, frozenset((node.number,)))
    work = Lowering(fusion, group, stores)
    kernel = work.kernel(f"k{number}_{_called(group)}")
    memory = tuple(leaf_of.get(value, value) for value in work.memory)
    pairs = list(zip(memory, kernel.buffers, strict=True))
    writes = frozenset(value for value, buffer in pairs if buffer.written)
    loads = {step.buffer for step in kernel.body if isinstance(step, Load)}
    loads |= {0, 1} if group.kind == "contract" else set()
    reads = frozenset(memory[i] for i in loads)
    stops = STATUS in memory
    entry = Entry(group, kernel, memory, reads, writes, stops=stops)
    for value, buffer in zip(work.memory, kernel.buffers, strict=True):
        if buffer.written and value in leaf_of and leaf_of[value] in work.memory:
            _check_in_place(work, kernel, value, leaf_of[value])
    return entry


def _check_in_place(work: Lowering, kernel: Kernel, value: int, leaf: int) -> None:
    """The old state is read element by element where the new one is written; else unsafe."""
    old, new = work.memory.index(leaf), work.memory.index(value)
    stores = {
        (s.strides, s.offset) for s in kernel.body if isinstance(s, Store) and s.buffer == new
    }
    loads = {
        (s.strides, s.offset) if s.index is None else None
        for s in kernel.body
        if isinstance(s, Load) and s.buffer == old
    }
    if loads - stores or (work.group.kind == "contract" and old < 2):
        raise _UnsafeError(leaf)


def _behind_views(fusion: Fusion, value: int) -> int:
    """The value in memory that a chain of views looks at. NotAffineError if it is computed."""
    while value not in fusion.group_of and value in fusion.nodes:
        node = fusion.nodes[value]
        if node.op not in VIEWS:
            raise NotAffineError(value)
        value = node.operands[0]
    if value in fusion.group_of and fusion.nodes[value].op == "check":
        return _behind_views(fusion, fusion.nodes[value].operands[0])
    return value


def _called(group: Group) -> str:
    """The first operation that names a group."""
    telling = [n.op for n in group.nodes if n.op not in ("copy", "cast")] or ["copy"]
    return telling[0]


# --- who waits for whom ---------------------------------------------------------------------------
def clash(a: Entry, b: Entry) -> bool:
    """Whether two entries may not run at the same time.

    They may if each piece of one touches, of what they share, only what the same piece of the
    other does: then the same thread has both, one after the other. And they may if one ends before
    the other begins, in all that they share.
    """
    shared = (a.writes & (b.reads | b.writes)) | (a.reads & b.writes)
    if not shared:
        return False
    if a.kernel is None or b.kernel is None or STATUS in shared:
        return True
    if a.kernel.chunks == b.kernel.chunks == 1:
        return False  # one piece each: the same thread has both
    for value in shared:
        one, other = a.touches(value), b.touches(value)
        beside = one.last < other.first or other.last < one.first
        if not beside and (one.rows is None or one.rows != other.rows):
            return True
    return False


# --- order ----------------------------------------------------------------------------------------
def _order_writes(
    fusion: Fusion, entries: dict[Group, Entry], targets: dict[int, list[int]]
) -> None:
    """Who reads a state, and what checks, comes before the group that writes it."""
    leaves = set(fusion.leaves)
    for group, entry in entries.items():
        for leaf in sorted(entry.writes & leaves):
            readers = [g for g, e in entries.items() if g is not group and leaf in e.reads]
            old = [g for g in readers if not _reads_new(fusion, g, leaf, targets)]
            if any(group in reader.before for reader in old):
                raise _UnsafeError(leaf)
            for reader in old:
                _add_before(fusion.groups, group, reader)
        written = entry.writes & leaves
        for other, first in entries.items() if written else ():
            if first.stops and other is not group:
                if group in other.before:  # it checks what is computed from the new state
                    raise _UnsafeError(min(written))
                _add_before(fusion.groups, group, other)


def _reads_new(fusion: Fusion, group: Group, leaf: int, targets: dict[int, list[int]]) -> bool:
    """Whether `group` reads the new value of a state, and not the old one."""
    return not any(
        leaf in _leaves_of(fusion, operand, group) for n in group.nodes for operand in n.operands
    )


def _leaves_of(fusion: Fusion, value: int, group: Group) -> set[int]:
    if value in fusion.leaves:
        return {value}
    other = fusion.group_of.get(value)
    if other is not None and (other is not group or fusion.nodes[value].op != "check"):
        return set()
    operands = fusion.nodes[value].operands
    return {leaf for operand in operands for leaf in _leaves_of(fusion, operand, group)}


def _add_before(groups: list[Group], group: Group, first: Group) -> None:
    new = {first} | first.before
    for other in groups:
        if other is group or group in other.before:
            other.before |= new


def _ordered(entries: dict[Group, Entry]) -> list[Entry]:
    """The entries, each after all that must come before it, with few waits.

    Checks come first, then what needs nothing that is computed; then always the first entry, in
    the program's order, that need not wait for those since the last wait.
    """
    left = sorted(entries, key=lambda g: (not entries[g].stops, bool(g.before)))
    missing = {group: len(group.before) for group in left}
    after: dict[Group, list[Group]] = {group: [] for group in left}
    for group in left:
        for first in group.before:
            after[first].append(group)
    done: list[Entry] = []
    since = _Since()
    while left:
        ready = [group for group in left if not missing[group]]
        found = next((g for g in ready if since.lets(entries[g])), None)
        chosen = found or ready[0]
        if found is None:
            since = _Since()
        left.remove(chosen)
        for group in after[chosen]:
            missing[group] -= 1
        done.append(entries[chosen])
        since.entries.append(entries[chosen])
        if entries[chosen].stops or entries[chosen].kernel is None:
            since = _Since()
    return done


class _Since:
    """The entries since the last wait, and whom they let run beside them; each pair asked once."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._asked: dict[int, int] = {}
        self._refused: set[int] = set()

    def lets(self, entry: Entry) -> bool:
        """Whether an entry clashes with none of them."""
        key = id(entry)
        if key in self._refused:
            return False
        begin, self._asked[key] = self._asked.get(key, 0), len(self.entries)
        if any(clash(other, entry) for other in self.entries[begin:]):
            self._refused.add(key)
            return False
        return True


# --- text -----------------------------------------------------------------------------------------
def _described(entry: Entry) -> list[str]:
    """One entry for people: its loops, its operations, its memory."""
    kernel, group = entry.kernel, entry.group
    if kernel is None:
        head = f"host {group.nodes[0].op}"
    else:
        loops = "x".join(map(str, group.domain))
        head = f"{kernel.name} {loops} {group.reduces}".rstrip() + f" in {kernel.chunks}"
    operations = " ".join(node.op for node in group.nodes)
    reads, writes = (
        " ".join("status" if v == STATUS else f"%{v}" for v in sorted(values))
        for values in (entry.reads, entry.writes)
    )
    stops = ["  stops if a check failed"] if entry.stops else []
    return [head, f"  {operations}", f"  reads {reads}; writes {writes}", *stops]


# --- memory ---------------------------------------------------------------------------------------
def _allocate(schedule: Schedule, fusion: Fusion, *, share: bool) -> None:
    """Offsets into the arena: the first gap that is free for a value's whole life."""
    born: dict[int, int] = {}
    last: dict[int, int] = {}
    for i, entry in enumerate(schedule.entries):
        for value in entry.reads | entry.writes:
            if value != STATUS and value not in fusion.leaves:
                born.setdefault(value, i)
                last[value] = i
    for value in schedule.graph.outputs:
        if value in born:
            last[value] = len(schedule.entries)
    taken: list[tuple[int, int, int]] = []  # (begin, end, value)
    for value in sorted(born, key=lambda v: (born[v], v)):
        size = bytes_of(fusion.specs[value])
        others = sorted(
            (begin, end) for begin, end, v in taken
            if not share
            or min(size, end - begin) < SHARED
            or (born[v] <= last[value] and born[value] <= last[v])
        )  # fmt: skip
        at = 0
        for begin, end in others:
            if at + size <= begin:
                break
            at = max(at, end)
        taken.append((at, at + size, value))
        schedule.offsets[value] = at
        schedule.size = max(schedule.size, at + size)


def bytes_of(spec: Spec) -> int:
    """The bytes of a value in the arena, rounded up to whole cache lines."""
    size = math.prod(spec.shape) * spec.dtype.itemsize
    return -(-max(size, 1) // ALIGNED) * ALIGNED


def _place_barriers(schedule: Schedule, specs: dict[int, Spec], *, every: bool) -> None:
    """A barrier before every entry that touches what was written, or writes what was read.

    With `every` before all entries.
    """
    places = {v: (at, at + bytes_of(specs[v])) for v, at in schedule.offsets.items()}
    since: list[Entry] = []
    touched: dict[int, bool] = {}  # what lies in the arena: whether it was written since
    for entry in schedule.entries:
        waits = _meets(places, touched, entry) or any(clash(other, entry) for other in since)
        if waits or (every and since) or entry.kernel is None:
            entry.barrier, since, touched = True, [], {}
        if entry.stops or entry.kernel is None:
            since, touched = [], {}
        since.append(entry)
        for value in (entry.reads | entry.writes) & places.keys():
            touched[value] = touched.get(value, False) or value in entry.writes
    for before, after in zip(schedule.entries, schedule.entries[1:], strict=False):
        after.barrier = after.barrier or before.stops or before.kernel is None


def _meets(places: dict[int, tuple[int, int]], touched: dict[int, bool], entry: Entry) -> bool:
    """Whether an entry writes where, at another time, other values lie, or one of them did."""
    for value in (entry.reads | entry.writes) & places.keys():
        begin, end = places[value]
        mine = value in entry.writes
        for other, written in touched.items():
            first, last = places[other]
            if first < end and begin < last and other != value and (mine or written):
                return True
    return False
