"""Each pass can be left out, and the numbers stay the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from liuli.compiler import interpret
from liuli.compiler.graph import parse
from liuli.compiler.machine import available
from liuli.compiler.native import Native
from liuli.compiler.passes import PASSES, checking, switched_off
from liuli.compiler.plan import plan
from liuli.errors import SettingError
from tests.compiler.test_native import GOLDEN, LEAVES, PROGRAMS, arrays, close, whole_step

native = pytest.mark.skipif(not available(), reason="llvmlite is not here")
EACH = [f"-{name}" for name in PASSES]


@native
@pytest.mark.parametrize("off", [*EACH, ",".join(EACH)])
def test_programs_without_a_pass(off: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIULI_PASSES", off)
    for name, text in PROGRAMS.items():
        lines = [f"  {line.strip()}\n" for line in text.strip().splitlines()]
        graph = parse(LEAVES + "".join(lines))
        (inputs, states), (_, mine) = arrays(), arrays()
        expected = interpret.run(graph, inputs, states)
        got = Native(graph).run(inputs, mine, threads=2)
        assert all(close(a, b) for a, b in zip(got, expected, strict=True)), name
        assert all(close(a, b) for a, b in zip(mine, states, strict=True)), name


def same_without(off: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIULI_PASSES", off)
    graph, inputs, states = whole_step(path)
    mine = [np.array(s) for s in states]
    expected = interpret.run(graph, inputs, states)
    got = Native(graph).run(inputs, mine, threads=2)
    assert all(close(a, b, 64) for a, b in zip(got, expected, strict=True))
    assert all(close(a, b, 64) for a, b in zip(mine, states, strict=True))


@native
@pytest.mark.parametrize("off", EACH)
def test_a_training_step_without_a_pass(off: str, monkeypatch: pytest.MonkeyPatch) -> None:
    same_without(off, next(path for path in GOLDEN if path.stem == "dropout"), monkeypatch)


@native
@pytest.mark.slow
@pytest.mark.parametrize("off", EACH)
@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_all_steps_without_a_pass(off: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    same_without(off, path, monkeypatch)


def test_what_is_left_out() -> None:
    """The plan is another one without each pass."""
    path = next(path for path in GOLDEN if path.stem == "dropout")
    graph = parse(path.read_text(encoding="utf-8"))
    full = plan(graph, off=set())
    less = {name: plan(graph, off={name}) for name in PASSES}
    count = len(full.entries)
    assert all(len(less[name].entries) > count for name in ("simplify", "fuse", "inplace"))
    assert less["inplace"].size > full.size
    assert less["share"].size >= full.size
    waits = [sum(e.barrier for e in each.entries) for each in (full, less["rows"])]
    assert waits[0] < waits[1] == count - 1


def test_memory_is_used_again_only_with_share() -> None:
    lines = [f"  %{i} float32[256,256] = contract(%{i - 1}, %{i - 1}, labels='ab,bc->ac')\n"
             for i in range(1, 6)]  # fmt: skip
    graph = parse("graph f\n  input  %0 float32[256,256]  x\n" + "".join(lines) + "  return %5\n")
    assert plan(graph, off={"share"}).size == 5 * plan(graph, off=set()).size // 2


def test_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIULI_PASSES", " -fuse, -share,")
    assert switched_off() == {"fuse", "share"}
    for wrong in ("fuse", "-fuze", "+fuse", "-"):
        monkeypatch.setenv("LIULI_PASSES", wrong)
        with pytest.raises(SettingError, match="LL740"):
            switched_off()


def test_tests_check_the_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checking()
    monkeypatch.setenv("LIULI_CHECK", "0")
    assert not checking()
