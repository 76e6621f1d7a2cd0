"""The writer: what it writes is valid, runs, and says nothing twice."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from liuli.compiler.emit.text import Value, Writer, literal
from liuli.compiler.targets import named
from tests.compiler.emit.native import Native, assembly, here, parsed

HOST = here("sse2")


def test_loops_nest_and_carry() -> None:
    w = Writer("f", HOST)
    x, y = w.pointers(2)
    with w.loop(w.first, w.last, carried=[w.constant(0.0, "float")]) as outer:
        with w.loop(0, 8, known=True, carried=outer.carried) as inner:
            value = w.load(w.element(x, "float", inner.counter), "float")
            inner.next = [w.binary("fadd", inner.carried[0], value)]
        outer.next = inner.results
    w.store(outer.results[0], y)
    numbers, out = np.arange(8, dtype=np.float32), np.ones(1, np.float32)
    function = Native(w.module(), "f", HOST)
    for times in (0, 1, 3):
        function([numbers, out], 0, times)
        assert out[0] == 28 * times


def test_a_loop_of_one_turn_is_no_loop() -> None:
    w = Writer("f", HOST)
    with w.loop(5, 6) as loop:
        assert loop.counter.literal == 5
    with w.loop(0, 8, 8):
        pass
    assert "br" not in w.module()


def test_pure_text_is_written_once_and_forgotten_with_its_block() -> None:
    w = Writer("f", HOST)
    a = w.add(w.first, 1)
    assert w.add(w.first, 1) is a
    with w.when(w.compare("slt", w.first, w.last)):
        assert w.add(w.first, 1) is a
        inner = w.mul(w.first, 3)
    assert w.mul(w.first, 3) is not inner
    parsed(w.module())


def test_indices_are_folded() -> None:
    w = Writer("f", HOST)
    assert w.add(2, 3).literal == 5
    assert w.mul(w.first, 0).literal == 0
    assert w.mul(w.first, 1) is w.first
    assert w.add(w.first, 0) is w.first
    assert w.element(w.args, "ptr", 0) is w.args


@pytest.mark.parametrize("scalar", ["float", "double"])
@pytest.mark.parametrize("number", [0.1, -0.0, 1e-45, 3.4e38, 1e39, np.inf, -np.inf, np.nan])
def test_float_literals_keep_their_bits(number: float, scalar: str) -> None:
    w = Writer("f", HOST)
    (out,) = w.pointers(1)
    w.store(w.constant(number, scalar), out)
    with np.errstate(all="ignore"):
        wanted = np.array([number]).astype({"float": np.float32, "double": np.float64}[scalar])
    got = np.zeros_like(wanted)
    Native(w.module(), "f", HOST)([got])
    np.testing.assert_array_equal(got, wanted)
    assert np.signbit(got) == np.signbit(wanted)


def test_literals_of_integers() -> None:
    assert [literal(n, s) for n, s in ((1, "i1"), (0, "i1"), (-3, "i8"), (2**40, "i64"))] == [
        "true", "false", "-3", "1099511627776"]  # fmt: skip


@pytest.mark.parametrize("llvm", [15, 22])
def test_masks_are_spelled_for_the_version(llvm: int) -> None:
    w = Writer("f", replace(named("avx512"), llvm=llvm))
    (x,) = w.pointers(1)
    mask = w.vector([i < 3 for i in range(16)], "i1")
    w.store(w.load(x, "float", 16, mask), x, mask)
    text = w.module()
    assert ("i32 4" in text) == (llvm < 22)
    if llvm >= 22:
        made = assembly(text, w.target)
        assert len(re.findall(r"\{%k\d\}", made)) == 2


def test_lanes_can_be_moved() -> None:
    w = Writer("f", HOST)
    (x,) = w.pointers(1)
    v = w.load(x, "float", 4)
    turned = w.shuffle(v, None, [3, 2, 1, 0])
    summed = w.binary("fadd", turned, w.splat(w.extract(v, 1), 4))
    w.store(w.insert(summed, w.constant(7.0, "float"), 0), x)
    numbers = np.arange(4, dtype=np.float32)
    Native(w.module(), "f", HOST)([numbers])
    assert numbers.tolist() == [7, 3, 2, 1]


def test_types() -> None:
    assert Value("%a", "float", 8).type == "<8 x float>"
    assert str(Value("1", "i64")) == "i64 1"
    assert Value("%a", "i64").literal is None
