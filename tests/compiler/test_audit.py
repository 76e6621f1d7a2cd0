"""The audit finds nothing in what the compiler plans, and finds every fault that is put there."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from liuli.compiler.audit import Use, addresses, audit, audited, faults
from liuli.compiler.graph import parse
from liuli.compiler.kernels import Load, LoopKernel, Store
from liuli.compiler.passes import PASSES
from liuli.compiler.plan import Entry, Schedule, plan
from liuli.errors import GraphError

GOLDEN = sorted(Path(__file__).with_name("golden").glob("*.graph"))
LARGE = ("adam_step", "tutorial", "layer_norm")
SMALL = """graph f
  input  %0 float32[32,24]  x
  state  %1 float32[24,24]  w
  state  %2 float32[32,24]  s
  input  %3 int64[32]  i
  %4 int64[32] = check(%3, code='LL302', facts={'size': 24}, high=24, low=0)
  %5 float32[32,24] = contract(%0, %1, labels='ab,bc->ac')
  %6 float32[32,24] = exp(%5)
  %7 float32[32] = gather(%6, %4, batch=1)
  %8 float32[24,24] = contract(%0, %6, labels='ab,ac->bc')
  %9 float32[24,24] = sub(%1, %8)
  %10 float32[32,24] = contract(%6, %1, labels='ab,cb->ac')
  %11 float32[32,24] = add(%2, %10)
  %12 float32[24,32] = permute(%10, axes=(1, 0))
  %13 float32[24,24] = contract(%12, %0, labels='ab,bc->ac')
  assign %1 <- %9
  assign %2 <- %11
  return %7, %13
"""


def small() -> Schedule:
    return plan(parse(SMALL), off=frozenset())


def whys(schedule: Schedule) -> str:
    return "; ".join(f"{where} {why}" for where, why in faults(schedule))


@pytest.mark.parametrize("off", ["", *PASSES])
def test_what_is_planned_is_sound(off: str) -> None:
    """Large steps with all passes, small ones without each."""
    for path in GOLDEN:
        if not off or path.stem not in LARGE:
            assert audited(plan(parse(path.read_text(encoding="utf-8")), off={off})).entries
    assert audited(plan(parse(SMALL), off={off})).entries


# --- it can fail ----------------------------------------------------------------------------------
def writer_of(schedule: Schedule, value: int) -> Entry:
    return next(entry for entry in schedule.entries if value in entry.writes)


def maker_of(schedule: Schedule, op: str) -> Entry:
    return next(e for e in schedule.entries if op in [node.op for node in e.group.nodes])


def changed(entry: Entry, change: Callable[[Load | Store], Load | Store]) -> None:
    """Another load or store in the body of a kernel."""
    assert isinstance(entry.kernel, LoopKernel)
    body = tuple(change(s) if isinstance(s, (Load, Store)) else s for s in entry.kernel.body)
    entry.kernel = replace(entry.kernel, body=body)


def test_every_wait_is_needed() -> None:
    """Without any one of them, something is caught."""
    texts = [p.read_text(encoding="utf-8") for p in GOLDEN if p.stem not in LARGE]
    for graph in map(parse, [*texts, SMALL]):
        schedule = plan(graph, off=frozenset())
        waits = [i for i, entry in enumerate(schedule.entries) if entry.barrier and i]
        assert waits
        for i in waits:
            mutant = copy.copy(schedule)
            mutant.entries = [copy.copy(entry) for entry in schedule.entries]
            mutant.entries[i].barrier = False
            stopped = schedule.entries[i - 1].stops  # the runtime waits there in any case
            assert ("does not wait" in whys(mutant)) != stopped, (graph.name, i)


def test_values_that_lie_on_one_another() -> None:
    schedule = small()
    first, second = sorted(schedule.offsets, key=schedule.offsets.__getitem__)[1:3]
    schedule.offsets[second] = schedule.offsets[first] + 64
    assert "does not find" in whys(schedule) or "the memory of" in whys(schedule)


def test_every_shift_of_memory_is_caught() -> None:
    """Any value of the arena moved onto any other one that lives at the same time."""
    planned = small().offsets
    for value in planned:
        for other in planned:
            schedule = small()
            if planned[value] < planned[other]:  # the later one lies behind, so it fits there too
                schedule.offsets[other] = planned[value]
                assert whys(schedule), (value, other)


def test_other_pieces() -> None:
    """A kernel that need not wait because it is cut as the one before must be cut so."""
    caught = 0
    for i in range(len(small().entries)):
        schedule = small()
        kernel = schedule.entries[i].kernel
        if kernel is not None and kernel.chunks > 1:
            schedule.entries[i].kernel = replace(kernel, chunks=kernel.chunks // 2)
            caught += "does not wait" in whys(schedule)
    assert caught


def test_a_loop_that_is_reduced_and_cut() -> None:
    graph = parse("graph f\n  input  %0 float32[64]  x\n"
                  "  %1 float32[] = sum(%0, axes=(0,), keepdims=False)\n  return %1\n")  # fmt: skip
    schedule = plan(graph, off=frozenset())
    entry = schedule.entries[-1]
    assert entry.kernel is not None
    entry.kernel = replace(entry.kernel, chunks=4)
    assert "cuts a loop that it reduces" in whys(schedule)
    assert "in several pieces" in whys(schedule)


def pointwise() -> tuple[Schedule, Entry]:
    graph = parse("graph f\n  input  %0 float32[64,8]  x\n  state  %1 float32[64,8]  s\n"
                  "  %2 float32[64,8] = add(%0, %1)\n  assign %1 <- %2\n  return %0\n")  # fmt: skip
    schedule = plan(graph, off=frozenset())
    return schedule, writer_of(schedule, 1)


def test_addresses_outside() -> None:
    for shift in (-1, 1):
        schedule, entry = pointwise()
        changed(entry, lambda step, shift=shift: replace(step, offset=shift))
        assert "touches elements" in whys(schedule)


def test_state_read_elsewhere_than_written() -> None:
    schedule, entry = pointwise()
    turned = {(8, 1): (-8, 1)}

    def change(step: Load | Store) -> Load | Store:
        if isinstance(step, Load) and entry.memory[step.buffer] == 1:
            return replace(step, strides=turned[step.strides], offset=63 * 8)
        return step

    changed(entry, change)
    assert "reads %1 elsewhere" in whys(schedule)
    assert "reads in one piece what another writes" in whys(schedule)


def test_state_that_is_not_wholly_written() -> None:
    schedule, entry = pointwise()
    assert isinstance(entry.kernel, LoopKernel)
    entry.kernel = replace(entry.kernel, extents=(63, 8))
    assert "%1 is not wholly written" in whys(schedule)


def test_state_written_twice_or_by_mistake() -> None:
    schedule, entry = pointwise()
    schedule.entries.append(copy.copy(entry))
    assert "finds the new %1" in whys(schedule) and "writes %1 again" in whys(schedule)
    schedule, entry = pointwise()
    schedule.graph.assigns.clear()
    assert "to which nothing is assigned" in whys(schedule)


def test_old_state_is_read_before() -> None:
    schedule = small()
    writer = writer_of(schedule, 1)
    schedule.entries.remove(writer)
    schedule.entries.insert(1, writer)
    assert "%8" in whys(schedule) or "%6" in whys(schedule) or "finds the" in whys(schedule)


def test_checks_come_first() -> None:
    schedule = small()
    check = next(entry for entry in schedule.entries if entry.stops)
    schedule.entries.remove(check)
    schedule.entries.append(check)
    check.barrier = True
    assert "checks after" in whys(schedule)
    check.stops = False
    assert "checks without stopping" in whys(schedule)


def test_a_result_that_is_not_there() -> None:
    schedule = small()
    schedule.entries.remove(maker_of(schedule, "gather"))
    assert "is returned, and not there" in whys(schedule)
    schedule = small()
    schedule.entries.remove(maker_of(schedule, "exp"))
    assert "for which no operation asks" in whys(schedule)


def test_the_first_fault_is_raised() -> None:
    schedule = small()
    schedule.entries.remove(maker_of(schedule, "exp"))
    with pytest.raises(GraphError, match=r"LL741.*for which no operation asks"):
        audit(schedule)


def test_addresses() -> None:
    use = Use(0, False, (4, 3, 5), (10, 0, 2), 1, cut=0)
    assert addresses(use, 1, 3).tolist() == [11, 13, 15, 17, 19, 21, 23, 25, 27, 29]


PARTS = """graph f
  input  %0 float32[32,24]  x
  input  %1 float32[32,8]  y
  %2 float32[32,24] = exp(%0)
  %3 float32[32,8] = sin(%1)
  %4 float32[32,24] = update(%2, %3, where=(('slice', {'index': ((0, 32, 1), (8, 8, 1))}),))
  %5 float32[24,32] = permute(%4, axes=(1, 0))
  %6 float32[24,24] = contract(%5, %4, labels='ab,bc->ac')
  return %6, %2
"""


def test_parts_come_after_the_whole_and_before_who_reads_them() -> None:
    found = ""
    for i in range(3):
        for j in range(i + 1, 3):
            schedule = plan(parse(PARTS), off={"fuse"})
            entries = [maker_of(schedule, op) for op in ("copy", "update", "contract")]
            a, b = (schedule.entries.index(entries[k]) for k in (i, j))
            schedule.entries[a], schedule.entries[b] = schedule.entries[b], schedule.entries[a]
            found += whys(schedule)
            assert whys(schedule), (i, j)
    assert "which is not there yet" in found and "before all parts of it are there" in found


def test_large_schedules_are_believed() -> None:
    text = SMALL.replace("32,24", "3200,2400").replace("24,24", "2400,2400")
    schedule = plan(parse(text.replace("24,32", "2400,3200").replace("32]", "3200]")), off=set())
    schedule.entries[-1].barrier = False
    assert audited(schedule) is schedule
