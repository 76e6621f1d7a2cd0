"""Strips of b: copied in one order and read in another, they are the same numbers."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuli.compiler.emit.panel import Order, as_it_lies, count, in_order
from liuli.compiler.emit.tiles import Step

WIDTH = 16


def places(steps: list[Step], begin: int) -> list[int]:
    """Where b is read, step by step."""
    turns = (range(count(step)) for step in steps)
    return [
        begin + sum(i * step.b for i, step in zip(at, steps, strict=True))
        for at in itertools.product(*turns)
    ]


@st.composite
def loops(draw: st.DrawFn) -> list[Step]:
    """Loops along k whose places in b are all different, in any order and direction."""
    lengths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    steps, apart = [], 1
    for turns in lengths:
        sign = draw(st.sampled_from([1, -1]))
        steps.append(Step(turns, draw(st.integers(0, 9)), sign * apart))
        apart *= turns * draw(st.integers(1, 3))
    return draw(st.permutations(steps))


@pytest.mark.parametrize("way", [in_order, as_it_lies])
@given(steps=loops())
def test_what_is_read_is_what_b_has(way: object, steps: list[Step]) -> None:
    order: Order = way(steps, WIDTH)  # type: ignore[operator]
    held = {WIDTH * i: place for i, place in enumerate(places(order.copied, order.begin))}
    assert [held[at] for at in places(order.read, order.start)] == places(steps, 0)


def test_what_lies_together_is_copied_in_one_loop() -> None:
    """Kernels of 3 x 3 turned round: nine numbers of each output lie side by side."""
    order = as_it_lies([Step(3, 90, -3), Step(3, 9, -1), Step(64, 1, 576)], WIDTH)
    assert order.copied == [Step(64, 576, 576), Step(9, 1, 1)]
    assert order.begin == -8
