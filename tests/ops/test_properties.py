"""Random shapes, strides, view chains, labels and indices, against the references by loops.

All numbers are small and whole, so that every comparison is exact.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from liuli.autodiff.engine import grad
from liuli.autodiff.tensor import apply, fresh
from liuli.ops import REGISTRY, Spec
from tests.ops.reference import REFERENCE, Array

LIMIT = 150  # elements: the references are loops
few = settings(max_examples=80)
Shape = tuple[int, ...]
Step = tuple[str, dict[str, Any]]


def sizes(low: int = 0, high: int = 4, axes: int = 4) -> st.SearchStrategy[Shape]:
    lists = st.lists(st.integers(low, high), max_size=axes).map(tuple)
    return lists.filter(lambda shape: math.prod(shape) <= LIMIT)


def numbers(shape: Shape, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    return rng.integers(-9, 10, shape).astype(np.float64)


@st.composite
def arrays(draw: st.DrawFn, shape: Shape) -> Array:
    """Whole numbers of `shape`, lying in memory in any order and direction."""
    order = draw(st.permutations(range(len(shape))))
    steps = [draw(st.sampled_from([1, -1, 2])) for _ in shape]
    wide = numbers(tuple(shape[i] * abs(steps[i]) for i in order), draw(st.integers(0, 99)))
    there = wide.transpose([order.index(i) for i in range(len(shape))])
    view = there[(..., *(slice(None, None, s) for s in steps))]
    assert view.shape == shape
    return view


# --- views ------------------------------------------------------------------------------------
@st.composite
def slices(draw: st.DrawFn, shape: Shape) -> Step:
    index: list[int | tuple[int, int, int]] = []
    for n in shape:
        if n and not draw(st.integers(0, 4)):
            index.append(draw(st.integers(0, n - 1)))
            continue
        step = draw(st.sampled_from([1, 1, 2, 3, -1, -2]))
        start = draw(st.integers(0, max(n - 1, 0)))
        room = (n - 1 - start if step > 0 else start) // abs(step) + 1 if n else 0
        index.append((start, draw(st.integers(0, room)), step))
    return "slice", {"index": tuple(index)}


@st.composite
def reshapes(draw: st.DrawFn, shape: Shape) -> Step:
    """Two neighbours merged, one axis split, an axis of length 1 put in, or all in one."""
    new = list(shape)
    i = draw(st.integers(0, max(len(shape) - 1, 0)))
    kind = draw(st.sampled_from(["merge", "split", "new", "flat"]))
    if kind == "merge" and len(shape) > i + 1:
        new[i : i + 2] = [shape[i] * shape[i + 1]]
    elif kind == "split" and shape and shape[i]:
        factor = draw(st.sampled_from([n for n in range(1, 5) if shape[i] % n == 0]))
        new[i : i + 1] = [factor, shape[i] // factor]
    else:
        new = [*shape[:i], 1, *shape[i:]] if kind == "new" else [math.prod(shape)]
    return "reshape", {"shape": tuple(new)}


@st.composite
def diagonals(draw: st.DrawFn, shape: Shape) -> Step:
    axes = draw(st.permutations(range(len(shape))))
    return "diagonal", {"offset": draw(st.integers(-3, 3)), "axis1": axes[0], "axis2": axes[1]}


@st.composite
def expansions(draw: st.DrawFn, shape: Shape) -> Step:
    wide = [draw(st.integers(0, 3)) if n == 1 else n for n in shape]
    return "expand", {"shape": tuple([draw(st.integers(1, 3))] * draw(st.integers(0, 1)) + wide)}


@st.composite
def windows(draw: st.DrawFn, shape: Shape) -> Step:
    axes = [i for i in draw(st.permutations(range(len(shape)))) if shape[i]]
    axes = axes[: draw(st.integers(0, 2))]
    made: dict[str, list[int]] = {"size": [], "step": [], "dilation": []}
    for axis in axes:
        size = draw(st.integers(1, shape[axis]))
        made["size"].append(size)
        made["step"].append(draw(st.integers(1, 3)))
        reach = (shape[axis] - 1) // (size - 1) if size > 1 else 3
        made["dilation"].append(draw(st.integers(1, reach)))
    return "windows", {"axes": tuple(axes), **{key: tuple(n) for key, n in made.items()}}


def permutes(shape: Shape) -> st.SearchStrategy[Step]:
    return st.permutations(range(len(shape))).map(lambda axes: ("permute", {"axes": tuple(axes)}))


ONE_PLACE = (permutes, slices, reshapes, diagonals)  # no element is seen twice
ANY_VIEW = (*ONE_PLACE, expansions, windows)


@st.composite
def chains(draw: st.DrawFn, shape: Shape, kinds: Any = ANY_VIEW) -> tuple[Step, ...]:
    """Up to four views, one after another."""
    positions, made = np.arange(math.prod(shape)).reshape(shape), []
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(kinds))
        if kind is diagonals and positions.ndim < 2:
            continue
        name, attrs = draw(kind(positions.shape))
        looked = REFERENCE[name](positions, **attrs)
        if looked.size <= LIMIT and looked.ndim < 7:
            positions = looked
            made.append((name, attrs))
    return tuple(made)


def followed(x: Array, chain: tuple[Step, ...]) -> Array:
    for name, attrs in chain:
        x = REFERENCE[name](x, **attrs)
    return x


def spread_back(positions: Array, g: Array, shape: Shape) -> Array:
    """The gradient of elements that were taken at `positions`; there is none at -1."""
    total = np.zeros(math.prod(shape))
    np.add.at(total, positions[positions >= 0], g[positions >= 0])
    return total.reshape(shape)


def gradient(name: str, *operands: Array, seed: Array, **attrs: Any) -> list[Array]:
    """The gradients for all floating operands."""
    made = [fresh(x) for x in operands]
    targets = [t.requires_grad_() for t in made if t._array.dtype.kind == "f"]
    found = grad(apply(REGISTRY[name], *made, **attrs), targets, fresh(seed))
    return [g._array for g in found if g is not None]


def forward(name: str, *operands: Array, **attrs: Any) -> Array:
    """The forward, which must agree with its shape rule and with the reference."""
    y = np.asarray(REGISTRY[name].forward(*operands, **attrs))
    expected = REFERENCE[name](*operands, **attrs)
    assert y.shape == expected.shape
    assert np.array_equal(y, expected)
    infer = REGISTRY[name].infer
    assert infer is not None
    specs = [Spec(x.shape, x.dtype) for x in operands]
    assert infer(*specs, **attrs) == (y.shape, y.dtype)
    return y


@few
@given(st.data())
def test_view_chains(data: st.DataObject) -> None:
    shape = data.draw(sizes())
    x, chain = data.draw(arrays(shape)), data.draw(chains(shape))
    y, t = x, fresh(x).requires_grad_()
    end = t
    for name, attrs in chain:
        before, y = y, forward(name, y, **attrs)
        assert np.shares_memory(before, y) or name == "reshape" or not y.size
        end = apply(REGISTRY[name], end, **attrs)
    assert np.array_equal(end._array, y)
    g = numbers(y.shape, 1)
    positions = followed(np.arange(x.size).reshape(shape), chain)
    (found,) = grad(end * 1, t, fresh(g))
    assert found is not None and np.array_equal(found._array, spread_back(positions, g, shape))


@few
@given(st.data())
def test_fold(data: st.DataObject) -> None:
    shape = data.draw(sizes(low=1, axes=3))
    _, attrs = data.draw(windows(shape))
    looked = REFERENCE["windows"](np.zeros(shape), **attrs)
    x, g = data.draw(arrays(looked.shape)), numbers(shape, 1)
    forward("fold", x, shape=shape, **attrs)
    (found,) = gradient("fold", x, seed=g, shape=shape, **attrs)
    assert np.array_equal(found, REFERENCE["windows"](g, **attrs))


@few
@given(st.data())
def test_pad(data: st.DataObject) -> None:
    shape = data.draw(sizes(axes=3))
    attrs: dict[str, list[int]] = {"low": [], "high": [], "interior": []}
    for n in shape:
        interior, low = data.draw(st.integers(0, 3)), data.draw(st.integers(-5, 4))
        wide = max(n + (n - 1) * interior, 0)
        attrs["high"].append(data.draw(st.integers(-low - wide, 4 - low)))
        attrs["low"].append(low)
        attrs["interior"].append(interior)
    plain = {key: tuple(value) for key, value in attrs.items()}
    x = data.draw(arrays(shape))
    y = forward("pad", x, **plain, value=data.draw(st.integers(-1, 1)))
    g = numbers(y.shape, 1)
    (found,) = gradient("pad", x, seed=g, **plain, value=0)
    positions = REFERENCE["pad"](np.arange(x.size).reshape(shape), **plain, value=-1)
    assert np.array_equal(found, spread_back(positions, g, shape))


# --- contract ---------------------------------------------------------------------------------
@few
@given(st.data())
def test_contract(data: st.DataObject) -> None:
    counts = [data.draw(st.integers(0, 2)) for _ in range(4)]
    letters = iter("abcdefgh")
    batch, m, n, k = ([next(letters) for _ in range(count)] for count in counts)
    size = {c: data.draw(st.integers(0, 3)) for c in [*batch, *m, *n, *k]}
    left, right, out = (
        "".join(data.draw(st.permutations(part)))
        for part in (batch + m + k, batch + n + k, batch + m + n)
    )
    a = data.draw(arrays(tuple(size[c] for c in left)))
    b = data.draw(arrays(tuple(size[c] for c in right)))
    y = forward("contract", a, b, labels=f"{left},{right}->{out}")
    g = numbers(y.shape, 1)
    found = gradient("contract", a, b, seed=g, labels=f"{left},{right}->{out}")
    assert np.array_equal(found[0], np.einsum(f"{out},{right}->{left}", g, b))
    assert np.array_equal(found[1], np.einsum(f"{left},{out}->{right}", a, g))


# --- index ------------------------------------------------------------------------------------
@st.composite
def indexed(draw: st.DrawFn, unique: bool = False) -> tuple[Array, Array, int]:
    """(x, index, batch): x is B + (n,) + R, index B + I."""
    outer, inner, rest = (draw(sizes(high=3, axes=2)) for _ in range(3))
    n, count = draw(st.integers(1, 12)), math.prod(inner)
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    if unique:
        n = max(n, count)
        rows = [rng.permutation(n)[:count] for _ in range(math.prod(outer))]
    else:
        rows = [rng.integers(0, n, count) for _ in range(math.prod(outer))]
    index = np.array(rows, np.int64).reshape((*outer, *inner))
    return draw(arrays((*outer, n, *rest))), index, len(outer)


@few
@given(st.data())
def test_gather(data: st.DataObject) -> None:
    x, index, batch = data.draw(indexed())
    y = forward("gather", x, index, batch=batch)
    g = numbers(y.shape, 1)
    (found,) = gradient("gather", x, index, seed=g, batch=batch)
    assert np.array_equal(found, REFERENCE["scatter_add"](x * 0, index, g, batch=batch))


@few
@given(st.data())
def test_scatter_add(data: st.DataObject) -> None:
    x, index, batch = data.draw(indexed())
    src = data.draw(arrays((*index.shape, *x.shape[batch + 1 :])))
    forward("scatter_add", x, index, src, batch=batch)
    g = numbers(x.shape, 1)
    found = gradient("scatter_add", x, index, src, seed=g, batch=batch)
    assert np.array_equal(found[0], g)
    assert np.array_equal(found[1], REFERENCE["gather"](g, index, batch=batch))


@few
@given(st.data())
def test_scatter_set(data: st.DataObject) -> None:
    """With one writer a place; which of several stays is for the value's test."""
    x, index, batch = data.draw(indexed(unique=True))
    src = data.draw(arrays((*index.shape, *x.shape[batch + 1 :])))
    forward("scatter_set", x, index, src, batch=batch)
    g = numbers(x.shape, 1)
    found = gradient("scatter_set", x, index, src, seed=g, batch=batch)
    assert np.array_equal(found[0], REFERENCE["scatter_set"](g, index, src * 0, batch=batch))
    assert np.array_equal(found[1], REFERENCE["gather"](g, index, batch=batch))


@few
@given(st.data())
def test_scatter_set_keeps_the_last(data: st.DataObject) -> None:
    x, index, batch = data.draw(indexed())
    src = data.draw(arrays((*index.shape, *x.shape[batch + 1 :])))
    forward("scatter_set", x, index, src, batch=batch)


@few
@given(st.data())
def test_update(data: st.DataObject) -> None:
    shape = data.draw(sizes())
    old, where = data.draw(arrays(shape)), data.draw(chains(shape, ONE_PLACE))
    value = data.draw(arrays(followed(old, where).shape))
    forward("update", old, value, where=where)
    g = numbers(shape, 1)
    found = gradient("update", old, value, seed=g, where=where)
    assert np.array_equal(found[0], REFERENCE["update"](g, value * 0, where=where))
    assert np.array_equal(found[1], followed(g, where))


# --- reduce -----------------------------------------------------------------------------------
@st.composite
def reductions(draw: st.DrawFn, low: int = 0) -> tuple[Array, dict[str, Any]]:
    shape = draw(sizes(low))
    axes = draw(st.sets(st.sampled_from(range(len(shape))))) if shape else set()
    return draw(arrays(shape)), {"axes": tuple(sorted(axes)), "keepdims": draw(st.booleans())}


@few
@given(reductions())
def test_sum(case: tuple[Array, dict[str, Any]]) -> None:
    x, attrs = case
    y = forward("sum", x, **attrs)
    g = numbers(y.shape, 1)
    kept = g.reshape([1 if i in attrs["axes"] else n for i, n in enumerate(x.shape)])
    (found,) = gradient("sum", x, seed=g, **attrs)
    assert np.array_equal(found, np.broadcast_to(kept, x.shape))


@few
@given(reductions(low=1), st.sampled_from(["max", "min"]))
def test_ties_share(case: tuple[Array, dict[str, Any]], name: str) -> None:
    x, attrs = case
    x = np.rint(x / 5)  # many ties
    y = forward(name, x, **attrs)
    forward("arg" + name, x, **attrs)
    g = numbers(y.shape, 1) * math.lcm(*range(1, 9)) ** 2
    (found,) = gradient(name, x, seed=g, **attrs)
    wide = {**attrs, "keepdims": True}
    hit = x == REFERENCE[name](x, **wide)
    share = g.reshape(REFERENCE[name](x, **wide).shape) / hit.sum(attrs["axes"], keepdims=True)
    assert np.allclose(found, np.where(hit, share, 0), rtol=1e-15)
