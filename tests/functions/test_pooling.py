"""Pooling against plain loops: values, gradients, ties, windows that hang over, large windows."""

from __future__ import annotations

import itertools
import math
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import liuli
from liuli.compiler.step import compile
from liuli.errors import ArgumentError, LiuliError
from liuli.functions import functional as F

Array = np.ndarray[Any, Any]
MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVG = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


class Walk(NamedTuple):
    """One pooling: the shape of the input, and how the window walks."""

    shape: tuple[int, ...]
    size: tuple[int, ...]
    step: tuple[int, ...]
    around: tuple[int, ...]
    apart: tuple[int, ...]
    ceil: bool

    @property
    def count(self) -> int:
        return len(self.size)

    def places(self) -> list[int]:
        """At how many places the window stops; at least one, or there is no result."""
        found = []
        for n, k, s, p, d in zip(self.shape[-self.count :], *self[1:5], strict=True):
            room = n + 2 * p - d * (k - 1) - 1
            last = math.ceil(room / s) if self.ceil else room // s
            if self.ceil and last * s >= n + p:  # must begin in the input or before it
                last -= 1
            found.append(last + 1)
        return found

    def seen(self, place: tuple[int, ...]) -> list[tuple[int, ...]]:
        """The places of the input that a window sees, in rows."""
        lines = []
        for i, n, k, s, p, d in zip(place, self.shape[-self.count :], *self[1:5], strict=True):
            lines.append([at for t in range(k) if 0 <= (at := i * s + t * d - p) < n])
        return list(itertools.product(*lines))


@st.composite
def walks(draw: Any, dilated: bool = True) -> Walk:
    count = draw(st.sampled_from((1, 2, 2, 3)))
    lead = draw(st.sampled_from(((2, 1), (3,), (1, 2))))

    def many(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw(st.integers(low, high)) for _ in range(count))

    size, apart = many(1, 4), many(1, 2) if dilated else (1,) * count
    reach = [d * (k - 1) + 1 for k, d in zip(size, apart, strict=True)]
    around = tuple(draw(st.integers(0, r // 2)) for r in reach)
    return Walk((*lead, *many(1, 7)), size, many(1, 3), around, apart, draw(st.booleans()))


def input_of(walk: Walk, ties: bool) -> Array:
    draw = np.random.default_rng(3)
    count = math.prod(walk.shape)
    if ties:
        return draw.integers(0, 2, walk.shape).astype(np.float64)
    return draw.permutation(count).reshape(walk.shape) / 7 - 1


def max_by_loops(x: Array, g: Array | None, walk: Walk) -> tuple[Array, Array, Array]:
    """The largest, its place in the flattened space, and the gradient, which goes to the first."""
    places = walk.places()
    lead, space = walk.shape[: -walk.count], walk.shape[-walk.count :]
    out, where = np.empty((*lead, *places)), np.empty((*lead, *places), np.int64)
    gradient = np.zeros_like(x)
    for outer in np.ndindex(*lead):
        for place in np.ndindex(*places):
            top = max(walk.seen(place), key=lambda at, o=outer: x[(*o, *at)])  # the first one
            out[(*outer, *place)] = x[(*outer, *top)]
            where[(*outer, *place)] = np.ravel_multi_index(top, space)
            if g is not None:
                gradient[(*outer, *top)] += g[(*outer, *place)]
    return out, where, gradient


def pooled(walk: Walk, x: Any, **more: Any) -> Any:
    return MAX[walk.count](x, *walk[1:], **more)


@settings(deadline=None, max_examples=50)
@given(walk=walks(), ties=st.booleans())
def test_max_pool(walk: Walk, ties: bool) -> None:
    x = input_of(walk, ties)
    leaf = liuli.tensor(x, requires_grad=True)
    if min(walk.places()) < 1:
        with pytest.raises(LiuliError) as caught:
            pooled(walk, leaf)
        assert caught.value.code == "LL147"
        return
    if not all(walk.seen(place) for place in np.ndindex(*walk.places())):
        with pytest.raises(ArgumentError) as caught:  # a window sees only padding
            pooled(walk, leaf, return_indices=True)
        assert caught.value.code == "LL183"
        return
    g = np.random.default_rng(4).standard_normal((*walk.shape[: -walk.count], *walk.places()))
    out, where, gradient = max_by_loops(x, g, walk)
    made = pooled(walk, leaf)
    np.testing.assert_array_equal(made.detach().numpy(), out)
    made.backward(liuli.tensor(g))
    np.testing.assert_allclose(leaf.grad.numpy(), gradient, rtol=1e-12, atol=1e-12)
    leaf.grad = None
    made, index = pooled(walk, leaf, return_indices=True)  # by another way
    np.testing.assert_array_equal(made.detach().numpy(), out)
    np.testing.assert_array_equal(index.numpy(), where)
    made.backward(liuli.tensor(g))
    np.testing.assert_allclose(leaf.grad.numpy(), gradient, rtol=1e-12, atol=1e-12)


@settings(deadline=None, max_examples=50)
@given(walk=walks(dilated=False), padded=st.booleans(), divisor=st.sampled_from((None, 3, -2)))
def test_avg_pool(walk: Walk, padded: bool, divisor: int | None) -> None:
    if min(walk.places()) < 1:
        return
    x = input_of(walk, ties=False)
    leaf = liuli.tensor(x, requires_grad=True)
    options = (walk.size, walk.step, walk.around, walk.ceil, padded)
    more = {} if walk.count == 1 else {"divisor_override": divisor}
    made = AVG[walk.count](leaf, *options, **more)
    g = np.random.default_rng(4).standard_normal(tuple(made.shape))
    out, gradient = np.zeros_like(g), np.zeros_like(x)
    for outer in np.ndindex(*walk.shape[: -walk.count]):
        for place in np.ndindex(*walk.places()):
            seen, count = walk.seen(place), 1
            for i, n, k, s, p, _ in zip(place, walk.shape[-walk.count :], *walk[1:5], strict=True):
                count *= min(i * s - p + k, n + p) - (i * s - p)
            if more.get("divisor_override"):
                count = divisor or 1
            elif not padded:
                count = len(seen)
            for at in seen:
                out[(*outer, *place)] += x[(*outer, *at)] / count
                gradient[(*outer, *at)] += g[(*outer, *place)] / count
    np.testing.assert_allclose(made.detach().numpy(), out, rtol=1e-10, atol=1e-12)
    made.backward(liuli.tensor(g))
    np.testing.assert_allclose(leaf.grad.numpy(), gradient, rtol=1e-10, atol=1e-12)


@settings(deadline=None, max_examples=25)
@given(space=st.lists(st.integers(1, 7), min_size=1, max_size=3), data=st.data())
def test_adaptive_pools(space: list[int], data: st.DataObject) -> None:
    count = len(space)
    target = [data.draw(st.one_of(st.none(), st.integers(1, 8))) for _ in space]
    lengths = [n if m is None else m for n, m in zip(space, target, strict=True)]
    x = np.random.default_rng(5).permutation(2 * math.prod(space)).reshape(2, *space) / 3
    mean = getattr(F, f"adaptive_avg_pool{count}d")(liuli.tensor(x), target)
    top, index = getattr(F, f"adaptive_max_pool{count}d")(liuli.tensor(x), target, True)
    alone = getattr(F, f"adaptive_max_pool{count}d")(liuli.tensor(x), target)
    for place in np.ndindex(2, *lengths):
        box = [slice(i * n // m, -(-(i + 1) * n // m))
               for i, n, m in zip(place[1:], space, lengths, strict=True)]  # fmt: skip
        part = x[(place[0], *box)]
        assert mean[place].item() == pytest.approx(part.mean(), rel=1e-12)
        assert top[place].item() == alone[place].item() == part.max()
        assert x[place[0]].ravel()[index[place].item()] == part.max()


# --- gradients of gradients ---------------------------------------------------------------------
SMOOTH: dict[str, Any] = {
    "max overlapping": lambda x: F.max_pool2d(x, 3, 1, 1),
    "max apart": lambda x: F.max_pool2d(x, 2),
    "max dilated": lambda x: F.max_pool2d(x, 2, 1, 0, 2),
    "max hanging over": lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True),
    "max of places": lambda x: F.max_pool2d(x, 2, 1, return_indices=True)[0],
    "max in 3d": lambda x: F.max_pool3d(x.unsqueeze(0), 2, 1),
    "avg overlapping": lambda x: F.avg_pool2d(x, 3, 1, 1),
    "avg apart": lambda x: F.avg_pool2d(x, 2),
    "avg not of padding": lambda x: F.avg_pool2d(x, 3, 2, 1, True, False),
    "avg in 1d": lambda x: F.avg_pool1d(x[0], 2),
    "adaptive avg": lambda x: F.adaptive_avg_pool2d(x, (3, 2)),
    "adaptive avg global": lambda x: F.adaptive_avg_pool2d(x, 1),
    "adaptive max": lambda x: F.adaptive_max_pool2d(x, (3, 2)),
    "lp": lambda x: F.lp_pool2d(x * x + 0.3, 3, 2),
    "unpool": lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2,
                                       output_size=x.shape),
}  # fmt: skip


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients(name: str) -> None:
    x = np.random.default_rng(6).permutation(40).reshape(2, 4, 5) / 5 - 3.9
    leaf = liuli.tensor(x, requires_grad=True)
    assert liuli.autograd.gradcheck(SMOOTH[name], leaf)
    assert liuli.autograd.gradgradcheck(SMOOTH[name], leaf)


# --- corners ------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", [(3, 3), (7, 7)])  # by slices, and by places
def test_what_is_minus_infinity_everywhere_has_a_first(size: tuple[int, int]) -> None:
    walk = Walk((2, 8, 8), size, (2, 2), (1, 1), (1, 1), False)
    x = np.full(walk.shape, -math.inf)
    leaf = liuli.tensor(x, requires_grad=True)
    made = pooled(walk, leaf)
    made.backward(liuli.ones_like(made))
    _, _, gradient = max_by_loops(x, np.ones(made.shape), walk)
    np.testing.assert_array_equal(leaf.grad.numpy(), gradient)


def test_nan_is_the_largest() -> None:
    x = liuli.tensor([[1.0, math.nan, 2.0, 3.0]])
    assert F.max_pool1d(x, 2).isnan().tolist() == [[True, False]]
    assert F.max_pool1d(x, 2, return_indices=True)[1].tolist() == [[1, 3]]


def test_the_gradient_of_an_infinite_one_stays_alone() -> None:
    x = liuli.tensor([[1.0, 2.0, 4.0, 3.0]], requires_grad=True)
    F.max_pool1d(x, 2).backward(liuli.tensor([[math.inf, 1.0]]))
    assert x.grad.tolist() == [[0.0, math.inf, 1.0, 0.0]]


def test_whole_numbers() -> None:
    x = liuli.arange(-8, 8).reshape(1, 4, 4)
    assert F.max_pool2d(x, 3, 2, 1).tolist() == [[[-3, -1], [5, 7]]]
    assert F.avg_pool2d(x, 2).tolist() == [[[-5, -3], [2, 4]]]  # towards zero, as in PyTorch
    assert F.avg_pool2d(x, 2).dtype == F.max_pool2d(x, 2).dtype == liuli.int64


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_short_floats(dtype: str) -> None:
    x = liuli.rand(1, 2, 6, 6).to(getattr(liuli, dtype)).requires_grad_()
    for made in (F.max_pool2d(x, 3, 1, 1), F.avg_pool2d(x, 2), F.adaptive_avg_pool2d(x, 4)):
        assert made.dtype == x.dtype
        made.sum().backward()
        assert x.grad.dtype == x.dtype and np.isfinite(x.grad.float().numpy()).all()


@pytest.mark.parametrize("kernel", [1, 2])
def test_results_have_memory_of_their_own(kernel: int) -> None:
    x = liuli.ones(1, 1, 4, 4)
    for made in (F.max_pool2d(x, kernel), F.avg_pool2d(x, kernel), F.adaptive_max_pool2d(x, 4),
                 F.adaptive_avg_pool2d(x, 4)):  # fmt: skip
        assert not np.shares_memory(made.numpy(), x.numpy())
        assert made.is_contiguous()


def test_an_empty_batch() -> None:
    x = liuli.zeros(0, 3, 4, 4, requires_grad=True)
    for made in (F.max_pool2d(x, 2), F.avg_pool2d(x, 2), F.adaptive_avg_pool2d(x, 3),
                 F.max_pool2d(x, 2, return_indices=True)[0]):  # fmt: skip
        assert made.shape[0] == 0
        made.sum().backward()


# --- compiled -----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", SMOOTH)
def test_interpreted_is_eager(name: str) -> None:
    x = liuli.tensor(np.random.default_rng(7).standard_normal((2, 4, 5)), requires_grad=True)

    def step(x: Any) -> Any:
        made = SMOOTH[name](x)
        return made, liuli.autograd.grad((made * made).sum(), [x])[0]

    compiled = compile(step, backend="numpy", strict=True)
    for _ in range(4):
        found = compiled(x)
    for ours, eager in zip(found, step(x), strict=True):
        np.testing.assert_allclose(
            ours.detach().numpy(), eager.detach().numpy(), rtol=1e-12, atol=1e-14
        )
