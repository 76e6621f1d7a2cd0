"""Reading and writing at computed positions.

With `batch` = k the first k axes of `x` and `index` go together and the next axis of `x` is
the one looked into: x is B + (n,) + R, index is B + I, and the result is B + I + R.
Indices are not negative; `check` in the functions above makes sure of it.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from ..errors import Row, ShapeError
from ..memory import room
from .op import REGISTRY, Array, Op, Sample, Shape, Spec, register, sample
from .views import Chain, follow, size_of, walk

SMALL = 2**16  # places whose offsets are worth keeping


def _flat(x_shape: Shape, index: Array, batch: int) -> tuple[Array, int, Shape]:
    """Row numbers into `x` seen as (rows, rest): one index instead of `batch` + 1."""
    rows, rest = math.prod(x_shape[: batch + 1]), x_shape[batch + 1 :]
    if batch:
        outer = index.shape[:batch]
        known = _offsets if math.prod(outer) <= SMALL else _offsets.__wrapped__
        offset = known(outer, x_shape[batch])
        index = index + offset.reshape(offset.shape + (1,) * (index.ndim - batch))
    return index, rows, rest


@lru_cache(maxsize=64)
def _offsets(outer: Shape, length: int) -> Array:
    """Where each of the outer places begins, in rows: asked for again at every step."""
    offsets = np.arange(math.prod(outer), dtype=np.int64).reshape(outer) * length
    offsets.flags.writeable = False
    return offsets


def _gather(x: Array, index: Array, *, batch: int) -> Array:
    flat, rows, rest = _flat(x.shape, index, batch)
    made = room(index.shape + rest, x.dtype)
    return x.reshape((rows, *rest)).take(flat, axis=0, out=made, mode="clip")


def _scatter_add(x: Array, index: Array, src: Array, *, batch: int) -> Array:
    """Repeated positions add up, in index order, so that the result is always the same."""
    result = np.array(x, order="C")
    flat, rows, rest = _flat(x.shape, index, batch)
    width = size_of(rest)
    table, values = result.reshape(rows, width), src.reshape(flat.size, width)
    if batch and flat.size == math.prod(flat.shape[:batch]):  # one a row: none is repeated
        table[flat.ravel()] += values
    elif width == 1:
        np.add.at(table[:, 0], flat.ravel(), values[:, 0])
    elif width < 8:
        np.add.at(table, flat.ravel(), values)
    elif flat.size:
        order = np.argsort(flat.ravel(), kind="stable")
        ordered = flat.ravel()[order]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        table[ordered[starts]] += np.add.reduceat(values[order], starts, axis=0, dtype=x.dtype)
    return result


def _scatter_set(x: Array, index: Array, src: Array, *, batch: int) -> Array:
    """Of repeated positions the last one stays."""
    result = np.array(x, order="C")
    flat, rows, rest = _flat(x.shape, index, batch)
    result.reshape((rows, *rest))[flat] = src
    return result


def _infer_gather(x: Spec, index: Spec, *, batch: int) -> Spec:
    if x.shape[:batch] != index.shape[:batch]:
        raise ShapeError("LL106", rows=[Row("x", x.shape), Row("index", index.shape)], batch=batch)
    return Spec(index.shape + x.shape[batch + 1 :], x.dtype)


def _gather_samples(rng: np.random.Generator) -> list[Sample]:
    return [
        sample(rng.uniform(-1, 1, (4, 3)), np.array([2, 0, 2]), batch=0),
        sample(rng.uniform(-1, 1, (4, 3)), np.array([[1, 3], [3, 3]]), batch=0),
        sample(rng.uniform(-1, 1, (2, 4)), np.array([[2, 0, 2], [1, 1, 3]]), batch=1),
        sample(rng.uniform(-1, 1, (2, 4, 3)), np.array([1, 3]), batch=1),
        sample(rng.uniform(-1, 1, (4, 9)), np.zeros((0,), np.int64), batch=0),
    ]


def _scatter_samples(rng: np.random.Generator) -> list[Sample]:
    def one(x: Shape, index: Any, batch: int) -> Sample:
        places = np.array(index, np.int64)
        src = rng.uniform(-1, 1, places.shape + x[batch + 1 :])
        return sample(rng.uniform(-1, 1, x), places, src, batch=batch)

    return [
        one((5, 3), [2, 0, 4], 0),
        one((5, 9), [[2, 0], [1, 4]], 0),
        one((2, 4), [[2, 0, 3], [1, 0, 3]], 1),
        one((3, 2), [], 0),
    ]


def _add_samples(rng: np.random.Generator) -> list[Sample]:
    x, src = rng.uniform(-1, 1, (3, 9)), rng.uniform(-1, 1, (4, 9))
    repeated = np.array([2, 0, 2, 2])
    return [*_scatter_samples(rng), sample(x, repeated, src, batch=0),
            sample(x[:, 0], repeated, src[:, 0], batch=0)]  # fmt: skip


def _index_op(name: str, forward: Any, operands: list[str], rules: list[Any], samples: Any,
              infer: Any) -> Op:  # fmt: skip
    return register(Op(name, forward, operands=operands, rules=rules, samples=samples, infer=infer,
                       family="index"))  # fmt: skip


gather = _index_op(
    "gather", _gather, ["x", "index"],
    [lambda g, x_shape, index, batch, F: F.scatter_add(
        F.zeros_like(g, shape=x_shape), index, g, batch=batch), None],
    _gather_samples, _infer_gather,
)  # fmt: skip
scatter_add = _index_op(
    "scatter_add", _scatter_add, ["x", "index", "src"],
    [lambda g: g, None, lambda g, index, batch, F: F.gather(g, index, batch=batch)],
    _add_samples, lambda x, index, src, batch: x,
)  # fmt: skip
scatter_set = _index_op(
    "scatter_set", _scatter_set, ["x", "index", "src"],
    [lambda g, index, src_shape, batch, F: F.scatter_set(
        g, index, F.zeros_like(g, shape=src_shape), batch=batch),
     None,
     lambda g, index, batch, F: F.gather(g, index, batch=batch)],
    _scatter_samples, lambda x, index, src, batch: x,
)  # fmt: skip


# --- concat -----------------------------------------------------------------------------------
def _concat_rule(g: Any, i: int, starts: tuple[int, ...], axis: int, F: Any) -> Any:
    index = [(0, n, 1) for n in g.shape]
    index[axis] = (starts[i], starts[i + 1] - starts[i], 1)
    return F.slice(g, index=tuple(index))


def _infer_concat(*specs: Spec, axis: int) -> Spec:
    shape = list(specs[0].shape)
    shape[axis] = sum(spec.shape[axis] for spec in specs)
    return Spec(tuple(shape), specs[0].dtype)


def _concat_samples(rng: np.random.Generator) -> list[Sample]:
    x = rng.uniform(-1, 1, (2, 3, 4))
    return [sample(x, x[:, :1] * 2, axis=1), sample(x, axis=0), sample(x, x[..., :0], x, axis=2)]


concat = register(
    Op("concat", lambda *xs, axis: np.concatenate(xs, axis=axis), operands=["*xs"],
       rules=[_concat_rule], infer=_infer_concat, samples=_concat_samples, family="index",
       dtypes="promote")
)  # fmt: skip


# --- update -----------------------------------------------------------------------------------
def _update(old: Array, value: Array, *, where: Chain) -> Array:
    """`old` with the part that the view chain `where` looks at replaced by `value`."""
    result = old.copy(order="K")
    target = follow(result, where)
    if np.may_share_memory(target, result):
        target[...] = value
        return result
    positions = follow(np.arange(old.size).reshape(old.shape), where)  # a reshape had to copy
    flat = old.reshape(-1).copy()
    flat[positions] = value
    return flat.reshape(old.shape)


def _update_samples(rng: np.random.Generator) -> list[Sample]:
    x = rng.uniform(-1, 1, (3, 4))
    row = (("slice", {"index": ((1, 1, 1), (0, 4, 1))}), ("reshape", {"shape": (4,)}))
    turned = (("permute", {"axes": (1, 0)}),)
    corner = (("diagonal", {"offset": 0, "axis1": 0, "axis2": 1}),)
    return [
        sample(x, rng.uniform(-1, 1, (4,)), where=row),
        sample(x, rng.uniform(-1, 1, (4, 3)), where=turned),
        sample(x, rng.uniform(-1, 1, (3,)), where=corner),
        sample(x, rng.uniform(-1, 1, (3, 4)), where=()),
    ]


def _infer_update(old: Spec, value: Spec, *, where: Chain) -> Spec:
    spec = old
    for name, attrs in where:
        infer = REGISTRY[name].infer
        assert infer is not None
        spec = infer(spec, **attrs)
    if spec.shape != value.shape:
        raise ShapeError("LL107", rows=[Row("place", spec.shape), Row("value", value.shape)])
    return old


update = _index_op(
    "update", _update, ["old", "value"],
    [lambda g, value_shape, where, F: F.update(g, F.zeros_like(g, shape=value_shape), where=where),
     lambda g, where, F: walk(F, g, where)],
    _update_samples, _infer_update,
)  # fmt: skip
