"""What programs record for windows' gradients, and what arrays run, against `fold` and loops."""

from __future__ import annotations

import itertools
import math
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import liuli
from liuli.ops import ARRAYS, depthwise, pitch
from liuli.ops.convolution import Grid
from liuli.ops.phases import added, phases_of, spread
from liuli.ops.pooling import first_places, max_pool
from tests.ops import convolving

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]
FEW = settings(deadline=None, max_examples=40)


class Walk(NamedTuple):
    """A window over axes of space, and at how many places it stops."""

    space: Shape
    size: Shape
    grid: Grid

    @property
    def places(self) -> Shape:
        return self.grid.places(self.space, self.size)


@st.composite
def walks(draw: Any, wide: bool = True) -> Walk:
    count = draw(st.integers(1, 2))

    def many(low: int, high: int) -> Shape:
        return tuple(draw(st.integers(low, high)) for _ in range(count))

    # Padding of more than a window, too: then phases begin outside of the input.
    far = 4 if wide else 0
    grid = Grid(many(1, 4), many(1, 3), many(0, far), many(0, far))
    walk = Walk(many(1, 8), many(1, 4), grid)
    assume(min(walk.places) > 0)
    return walk


def numbers(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).integers(-9, 10, shape).astype(np.float64)


def by_fold(values: dict[Shape, Array], walk: Walk) -> Array:
    """Every tap's numbers added where it saw them, by `fold`, and what is outside cut off."""
    (_, space, size), places = (None, walk.space, walk.size), walk.places
    stacked = np.stack([values[tap] for tap in itertools.product(*map(range, size))], -1)
    lead = stacked.shape[: -len(places) - 1]
    axes = tuple(range(len(lead), len(lead) + len(size)))
    whole = walk.grid.padded(space)
    made = ARRAYS.fold(stacked.reshape(*lead, *places, *size), shape=(*lead, *whole), axes=axes,
                       size=size, step=walk.grid.stride, dilation=walk.grid.dilation)  # fmt: skip
    inner = zip(walk.grid.low, space, strict=True)
    return np.asarray(made[(..., *(slice(low, low + n) for low, n in inner))])


@FEW
@given(taps=st.integers(1, 7), stride=st.integers(1, 5), dilation=st.integers(1, 4))
def test_phases_hold_every_tap_once(taps: int, stride: int, dilation: int) -> None:
    found = {}
    for phase in phases_of(taps, stride, dilation):
        for tap, shift in zip(phase.taps, phase.shifts, strict=True):
            assert tap not in found
            found[tap] = shift * stride + phase.rest
            assert 0 <= phase.rest < stride
    assert found == {tap: tap * dilation for tap in range(taps)}


@FEW
@given(walk=walks())
def test_spread_is_fold(walk: Walk) -> None:
    taps = itertools.product(*map(range, walk.size))
    values = {tap: numbers(i, 2, *walk.places) for i, tap in enumerate(taps)}
    made = spread(ARRAYS, values, walk.space, walk.grid)
    np.testing.assert_array_equal(made, by_fold(values, walk))


@FEW
@given(walk=walks(), first=st.lists(st.integers(-2, 2), min_size=2, max_size=2))
def test_added_puts_phases_where_they_begin(walk: Walk, first: list[int]) -> None:
    kinds = map(phases_of, walk.size, walk.grid.stride, walk.grid.dilation)
    phases, count = list(itertools.product(*kinds)), len(walk.size)
    begin = tuple(first[:count])
    parts = [(numbers(i, 2, *walk.places), phase, begin) for i, phase in enumerate(phases)]
    made = added(ARRAYS, parts, walk.space, walk.grid)
    expected = np.zeros((2, *walk.space))
    for value, phase, _ in parts:
        for place in np.ndindex(*walk.places):
            at = [(b + p) * s + each.rest - low for b, p, s, each, low in zip(
                begin, place, walk.grid.stride, phase, walk.grid.low, strict=True)]  # fmt: skip
            if all(0 <= i < n for i, n in zip(at, walk.space, strict=True)):
                expected[(slice(None), *at)] += value[(slice(None), *place)]
    np.testing.assert_array_equal(made, expected)


@FEW
@given(walk=walks(wide=False), ties=st.booleans())
def test_taps_of_arrays_are_those_of_programs(walk: Walk, ties: bool) -> None:
    """The runs of `pitch.py` against slices of every tap."""
    count = 3 * math.prod(walk.space)
    x = numbers(1, 3, *walk.space) if ties else np.random.default_rng(2).permutation(count) / 4.0
    x = (x % 3 if ties else x).reshape(3, *walk.space)
    y = max_pool.forward(x, size=walk.size, grid=walk.grid, fill=-math.inf)
    g = numbers(3, *y.shape)
    windows = ARRAYS.windows(x, axes=tuple(range(1, x.ndim)), size=walk.size,
                             step=walk.grid.stride, dilation=walk.grid.dilation)  # fmt: skip
    flat = windows.reshape(*y.shape, -1)
    found = flat.argmax(-1)
    taps = itertools.product(*map(range, walk.size))
    values = {tap: np.where(found == i, g, 0) for i, tap in enumerate(taps)}
    rule = max_pool.rules[0]
    assert rule is not None
    made = rule(g, x, y, walk.size, walk.grid, ARRAYS)
    np.testing.assert_array_equal(made, by_fold(values, walk))
    where = first_places(x, y, walk.size, walk.grid)
    np.testing.assert_array_equal(
        np.take_along_axis(x.reshape(3, -1), where.reshape(3, -1), 1).reshape(y.shape), y
    )
    assert where.dtype == np.int64


# --- every channel alone --------------------------------------------------------------------------
@st.composite
def channels_alone(draw: Any) -> tuple[Shape, Shape, Shape, Grid]:
    walk = draw(walks())
    batch, groups, each = (draw(st.integers(1, 3)) for _ in range(3))
    groups += 1
    grid = walk.grid._replace(groups=groups)
    weight = (groups * each, 1, *walk.size)
    return (batch, groups, *walk.space), weight, (batch, groups * each, *walk.places), grid


@settings(deadline=None, max_examples=30)
@given(case=channels_alone(), run=st.sampled_from((1, 20, 1 << 17)))
def test_channels_alone(case: tuple[Shape, Shape, Shape, Grid], run: int) -> None:
    """In blocks of one place, some, or everything, against loops over plain numbers."""
    x, weight, y, grid = case
    a, w, g = (numbers(i, *shape) for i, shape in enumerate((x, weight, y)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(depthwise, "RUN", run)
        made = depthwise.depthwise(a, w, grid)
        back = depthwise.depthwise_input(g, w, x[2:], grid)
        kernels = depthwise.depthwise_weight(a, g, weight[2:], grid)
    np.testing.assert_array_equal(made, convolving.plain_convolution(a, w, grid=grid))
    expected = convolving.convolution_input(g, w, space=x[2:], grid=grid)
    np.testing.assert_array_equal(back, expected)
    expected = convolving.convolution_weight(a, g, taps=weight[2:], grid=grid)
    np.testing.assert_array_equal(kernels, expected)


def test_only_channels_alone_are_taken() -> None:
    grid = Grid((1,), (1,), (0,), (0,), 2)
    x = np.ones((1, 2, 3))
    assert depthwise.alone(x, 1, grid)
    assert not depthwise.alone(x, 2, grid)
    assert not depthwise.alone(x, 1, grid._replace(groups=1))
    assert not depthwise.alone("a symbol", 1, grid)


@pytest.mark.parametrize("run", [1, 30, 1 << 15])
def test_pooling_in_parts(run: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pitch, "RUN", run)
    walk = Walk((5, 6), (3, 2), Grid((2, 1), (1, 2), (1, 0), (1, 1)))
    x = np.random.default_rng(4).permutation(4 * 30).reshape(2, 2, 5, 6) / 3.0
    y = max_pool.forward(x, size=walk.size, grid=walk.grid, fill=-math.inf)
    rule = max_pool.rules[0]
    assert rule is not None
    made = rule(np.ones_like(y), x, y, walk.size, walk.grid, ARRAYS)
    where = first_places(x, y, walk.size, walk.grid).reshape(4, -1)
    counts = np.stack([np.bincount(row, minlength=30) for row in where])
    np.testing.assert_array_equal(made.reshape(4, 30), counts)
    np.testing.assert_array_equal(np.take_along_axis(x.reshape(4, 30), where, 1), y.reshape(4, -1))


def test_a_phase_with_nothing_to_see() -> None:
    """A window wider than the image and its padding needs: some phases meet no place of it."""
    x = liuli.tensor(np.arange(5.0).reshape(1, 1, 1, 5)).requires_grad_()
    pooled = liuli.nn.functional.max_pool2d(x, (6, 3), (7, 2), (3, 1))
    pooled.sum().backward()
    assert x.grad.tolist() == [[[[0.0, 1.0, 0.0, 1.0, 1.0]]]]
