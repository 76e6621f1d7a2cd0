"""What is fused with what, in which order, and where threads wait: golden files, for reviews.

`python -m tests.compiler.test_plan` writes the schedules anew; look at the difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from liuli.compiler.graph import Graph, parse
from liuli.compiler.plan import ALIGNED, Schedule, bytes_of, plan

GOLDEN = Path(__file__).with_name("golden")
GRAPHS = sorted(GOLDEN.glob("*.graph"))


def graph_of(path: Path) -> Graph:
    return parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)
def test_schedules(path: Path) -> None:
    written = path.with_suffix(".schedule").read_text(encoding="utf-8")
    assert str(plan(graph_of(path))) == written


@pytest.mark.parametrize("alone", [False, True], ids=["fused", "alone"])
@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)
def test_memory_and_order_are_sound(path: Path, alone: bool) -> None:
    """Everything is written before it is read, and living values do not share memory."""
    schedule = plan(graph_of(path), alone=alone)
    leaves = {leaf.number for leaf in schedule.graph.leaves}
    written: set[int] = set(leaves)
    for entry in schedule.entries:
        assert entry.reads - {-1} <= written | entry.writes, entry.group.nodes
        written |= entry.writes
    assert set(schedule.graph.outputs) <= written | set(schedule.leaf_of)
    assert overlaps(schedule) == []


def overlaps(schedule: Schedule) -> list[tuple[int, int]]:
    """Pairs of values whose lives and whose memory both meet."""
    specs = schedule.graph.specs()
    life: dict[int, tuple[int, int]] = {}
    for i, entry in enumerate(schedule.entries):
        for value in (entry.reads | entry.writes) & set(schedule.offsets):
            life[value] = (life.get(value, (i, i))[0], i)
    for value in set(schedule.graph.outputs) & set(life):
        life[value] = (life[value][0], len(schedule.entries))

    def meet(a: int, b: int) -> bool:
        together = life[a][0] <= life[b][1] and life[b][0] <= life[a][1]
        begin, end = schedule.offsets[a], schedule.offsets[b]
        return together and begin < end + bytes_of(specs[b]) and end < begin + bytes_of(specs[a])

    assert all(offset % ALIGNED == 0 for offset in schedule.offsets.values())
    values = sorted(life)
    return [(a, b) for a in values for b in values if a < b and meet(a, b)]


def test_readers_of_old_state_come_first() -> None:
    for path in GRAPHS:
        schedule = plan(graph_of(path))
        targets = dict(schedule.graph.assigns)
        for leaf, value in targets.items():
            writer = next(i for i, e in enumerate(schedule.entries) if leaf in e.writes)
            for i, entry in enumerate(schedule.entries):
                uses = any(leaf in node.operands for node in entry.group.nodes)
                assert not uses or i <= writer, (path.stem, leaf, value)


if __name__ == "__main__":
    for each in GRAPHS:
        each.with_suffix(".schedule").write_text(str(plan(graph_of(each))), encoding="utf-8")


def test_tables_of_a_batch_are_not_shared_by_threads() -> None:
    """Places may coincide, so no two threads may have places of one table."""
    graph = parse("""graph f
  input  %0 float32[2,8,64]  x
  input  %1 int64[2,20000]  i
  input  %2 float32[2,20000,64]  s
  %3 float32[2,8,64] = exp(%0)
  %4 float32[2,8,64] = scatter_add(%3, %1, %2, batch=1)
  return %4
""")
    kernels = [entry.kernel for entry in plan(graph).entries if entry.kernel is not None]
    (scatter,) = (kernel for kernel in kernels if kernel.name.endswith("scatter_add"))
    assert scatter.parallel == 0 or scatter.chunks == 1  # type: ignore[union-attr]


def test_nothing_to_do_is_planned() -> None:
    """Sums of nothing, and results without elements."""
    graph = parse("""graph f
  input  %0 float32[16,5]  x
  input  %1 float32[0,5]  y
  %2 float32[16,0] = contract(%0, %1, labels='ak,bk->ab')
  %3 float32[16,0] = tanh(%2)
  %4 float32[16,5] = contract(%3, %1, labels='ab,bk->ak')
  return %4
""")
    assert plan(graph).entries
