"""Drives the operations of the registry: samples, gradients, finite differences, awkward strides.

The samples come from the registry itself, so a new operation is tested as soon as it is there;
`EXTRA` adds cases that its family must also survive.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from liuli import dtypes as dt
from liuli.autodiff.engine import grad
from liuli.autodiff.tensor import Tensor, apply, fresh
from liuli.ops import REGISTRY, Op, Sample
from liuli.ops.op import FLOAT, sample

Array = np.ndarray[Any, Any]

FLOATS = ("float64", "float32", "float16", "bfloat16")
INTEGERS = ("int64", "int32", "int16", "int8", "uint8", "uint32")
EPS = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}


def _extra(rng: np.random.Generator) -> dict[str, list[Sample]]:
    """Samples of size zero or of no axes, and corners that the registry's own leave out."""
    x = rng.uniform(0.5, 1.5, (2, 3, 4))
    return _extra_views(x) | _extra_index(x) | _extra_rows(x)


EMPTY = np.zeros((0, 3))


def _extra_views(x: Array) -> dict[str, list[Sample]]:
    number = x[0, 0, 0]
    window = {"axes": (1,), "size": (2,), "step": (1,), "dilation": (1,)}
    return {
        "reshape": [sample(EMPTY, shape=(3, 0)), sample(number, shape=(1, 1)),
                    sample(x[:1, :1, :1], shape=())],
        "permute": [sample(EMPTY, axes=(1, 0)), sample(number, axes=())],
        "expand": [sample(EMPTY, shape=(2, 0, 3)), sample(number, shape=(2, 3)),
                   sample(x[:1, :, :1], shape=(5, 2, 3, 4)), sample(x[:, :1], shape=(2, 0, 4))],
        "slice": [sample(EMPTY, index=((0, 0, 1), (2, 3, -1))), sample(number, index=()),
                  sample(x, index=((1, 2, -1), (0, 2, 2), (3, 2, -3)))],
        "diagonal": [sample(EMPTY, offset=0, axis1=0, axis2=1),
                     sample(x, offset=-1, axis1=2, axis2=0),
                     sample(x, offset=9, axis1=0, axis2=1)],
        "windows": [sample(EMPTY, **window),
                    sample(x, axes=(2, 0), size=(3, 2), step=(1, 1), dilation=(1, 1)),
                    sample(x, axes=(2,), size=(2,), step=(3,), dilation=(1,))],
        "fold": [sample(np.zeros((0, 2, 2)), shape=(0, 3), **window)],
        "pad": [sample(EMPTY, low=(1, 1), high=(0, -1), interior=(2, 0), value=0),
                sample(number, low=(), high=(), interior=(), value=0),
                sample(x[0], low=(-2, -9), high=(1, 7), interior=(0, 1), value=0)],
    }  # fmt: skip


def _extra_index(x: Array) -> dict[str, list[Sample]]:
    none = np.zeros((0,), np.int64)
    one = {"index": ((3, 1, -1), (0, 2, 1), (0, 3, 1))}
    last = (("permute", {"axes": (2, 0, 1)}), ("slice", one), ("reshape", {"shape": (2, 3)}))
    return {
        "gather": [sample(x, np.array(1), batch=0), sample(EMPTY, none, batch=0),
                   sample(x, np.array([[[2, 1]] * 3, [[0, 0]] * 3])[:, :, 0], batch=1),
                   sample(x, np.arange(12).reshape(2, 3, 2) % 4, batch=2)],
        "scatter_add": [sample(EMPTY, none, EMPTY, batch=0),
                        sample(x, np.array([[0, 2, 2], [1, 1, 0]]), x[:, :, ::-1], batch=1)],
        "scatter_set": [sample(EMPTY, none, EMPTY, batch=0)],
        "concat": [sample(EMPTY, EMPTY, axis=0), sample(x, axis=2)],
        "update": [sample(EMPTY, EMPTY, where=()), sample(x, x[..., 0], where=last)],
        "searchsorted": [sample(np.array([0.0, 1, 1, 2]), np.array([1.0, 2, 3, 0]), right=True),
                         sample(np.sort(x), x[..., :2], right=False)],
    }  # fmt: skip


def _extra_rows(x: Array) -> dict[str, list[Sample]]:
    every, some = {"axes": (0, 1), "keepdims": False}, {"axes": (0, 2), "keepdims": True}
    number, empty = x[0, 0, 0], np.zeros((3, 0))
    return {
        **{name: [sample(EMPTY, **every), sample(x, axes=(), keepdims=False)]
           for name in ("sum", "prod")},
        "logsumexp": [sample(x, **some)],
        "norm": [sample(x, **some), sample(EMPTY, **every)],
        "softmax": [sample(x, axis=0)],
        "log_softmax": [sample(x, axis=0)],
        "contract": [sample(empty[:2], empty.T, labels="ab,bc->ac"),
                     sample(x, x, labels="abc,abc->"), sample(x, x, labels="abc,abc->cab"),
                     sample(number, number + 1, labels=",->")],
        "linear": [sample(empty[:2], np.zeros((4, 0)), x[0, 0])],
        "cumsum": [sample(empty, axis=1), sample(x, axis=1)],
        "cumprod": [sample(empty, axis=1), sample(x, axis=1)],
        "argsort": [sample(x, axis=1, descending=True),
                    sample(np.array([1.0, 0, 1, 0]), axis=0, descending=True)],
        "cumargmax": [sample(np.array([1.0, 0, 1, 2, 2]), axis=0)],
        "cumargmin": [sample(np.array([1.0, 2, 1, 0, 0]), axis=0)],
    }  # fmt: skip


def samples(op: Op) -> list[Sample]:
    """All samples of `op`, the same in every run."""
    rng = np.random.default_rng(zlib.crc32(op.name.encode()))
    assert op.samples is not None, f"{op.name} registers no samples"
    own = op.samples(rng)
    assert own, f"{op.name} has an empty list of samples"
    return [Sample(tuple(np.asarray(x) for x in s.operands), s.attrs)
            for s in [*own, *_extra(rng).get(op.name, [])]]  # fmt: skip


def is_float(x: Array) -> bool:
    return x.dtype.kind == "f" or x.dtype.name == "bfloat16"


def as_float64(x: Array) -> Array:
    return x.astype(np.float64)


# --- forward and gradient ---------------------------------------------------------------------
def forward(op: Op, s: Sample) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(op.forward(*s.operands, **s.attrs))


def wanted(op: Op, s: Sample) -> list[int]:
    """The numbers of the operands that get a gradient."""
    rules = op.rules * len(s.operands) if op.variadic else op.rules
    return [i for i, x in enumerate(s.operands) if is_float(x) and rules[i] is not None]


def tensors(op: Op, s: Sample) -> tuple[list[Tensor], list[Tensor]]:
    """The operands as tensors, and those of them that want a gradient."""
    made = [fresh(x) for x in s.operands]
    return made, [made[i].requires_grad_() for i in wanted(op, s)]


def gradients(op: Op, s: Sample, seed: Array, *, create_graph: bool = False) -> list[Array]:
    """The gradients of <seed, op(...)> for every operand that has a rule."""
    operands, targets = tensors(op, s)
    with np.errstate(all="ignore"):
        y = apply(op, *operands, **s.attrs)
        found = grad(y, targets, fresh(seed), create_graph=create_graph)
    return [g._array for g in found if g is not None]


def seed_of(op: Op, s: Sample) -> Array:
    """A random gradient to arrive at the output."""
    y = forward(op, s)
    draw = np.random.default_rng(7).uniform(0.5, 1.5, y.shape)
    return np.asarray(draw * np.where(draw > 1, 1, -1)).astype(y.dtype)


def has_gradient(op: Op, s: Sample) -> bool:
    return op.differentiable and bool(wanted(op, s)) and is_float(forward(op, s))


# --- finite differences -----------------------------------------------------------------------
Point = list[Array]
STEP = 1e-4


# They read one triangle of a symmetric matrix: only symmetric directions make sense.
SYMMETRIC = {"cholesky", "eigh"}


def directions(op: Op, point: Point) -> Point:
    rng = np.random.default_rng(3)
    made = [rng.uniform(-1, 1, x.shape) for x in point]
    square = [x.ndim > 1 and x.shape[-1] == x.shape[-2] for x in made]
    return [x + x.swapaxes(-1, -2) if op.name in SYMMETRIC and turns else x
            for x, turns in zip(made, square, strict=True)]  # fmt: skip


def inner(a: Sequence[Array], b: Sequence[Array]) -> float:
    return sum(float((x * y).sum()) for x, y in zip(a, b, strict=True))


def slope(function: Callable[[Point], float], point: Point, along: Point) -> float:
    """The derivative of `function` at `point` along a direction, by four central values."""

    def at(step: float) -> float:
        return function([x + step * d for x, d in zip(point, along, strict=True)])

    near, far = at(STEP) - at(-STEP), at(2 * STEP) - at(-2 * STEP)
    return (8 * near - far) / (12 * STEP)


def moved(s: Sample, numbers: Sequence[int], point: Point) -> Sample:
    """`s` with the operands of these numbers replaced."""
    operands = list(s.operands)
    for number, x in zip(numbers, point, strict=True):
        operands[number] = x
    return Sample(tuple(operands), s.attrs)


def first_slopes(op: Op, s: Sample) -> tuple[float, float]:
    """(by the gradient rules, by differences) of <seed, op(...)> along one direction."""
    numbers, seed = wanted(op, s), seed_of(op, s)
    point = [s.operands[i] for i in numbers]
    along = directions(op, point)
    by_rule = inner(gradients(op, s, seed), along)

    def function(p: Point) -> float:
        return inner([seed], [forward(op, moved(s, numbers, p))])

    return by_rule, slope(function, point, along)


def second_slopes(op: Op, s: Sample) -> tuple[float, float]:
    """The same for <gradients, fixed weights>, moving the operands and the arriving gradient."""
    numbers, seed = wanted(op, s), seed_of(op, s)
    point = [*(s.operands[i] for i in numbers), seed]
    along = directions(op, point)
    weights = [x[::-1] if x.ndim else x for x in directions(op, point[:-1])]

    operands, targets = tensors(op, s)
    arriving = fresh(seed).requires_grad_()
    found = grad(apply(op, *operands, **s.attrs), targets, arriving, create_graph=True)
    made = grad(list(found), [*targets, arriving], [fresh(w) for w in weights],
                materialize_grads=True)  # fmt: skip
    by_rule = inner([g._array for g in made if g is not None], along)

    def function(p: Point) -> float:
        return inner(gradients(op, moved(s, numbers, p[:-1]), p[-1]), weights)

    return by_rule, slope(function, point, along)


# --- the same numbers in other types and other memory -----------------------------------------
def in_dtype(s: Sample, name: str) -> Sample:
    """The floating operands of `s` rounded to another floating dtype."""
    wanted_dtype = dt.as_dtype(name).numpy
    return Sample(tuple(x.astype(wanted_dtype) if is_float(x) else x for x in s.operands), s.attrs)


def integral(s: Sample, name: str) -> Sample:
    """The floating operands of `s` as small whole numbers, none of them zero."""

    def whole(x: Array) -> Array:
        made = np.rint(x * 3)
        made = np.where(made == 0, 1, made)
        return np.asarray(np.abs(made) if name.startswith("u") else made).astype(name)

    return Sample(tuple(whole(x) if is_float(x) else x for x in s.operands), s.attrs)


def truth(s: Sample) -> Sample:
    """The floating operands of `s` as truth values."""
    return Sample(tuple(x > 0.5 if is_float(x) else x for x in s.operands), s.attrs)


def transposed(x: Array) -> Array:
    return np.array(x.T, order="C").T


def strided(x: Array) -> Array:
    """Every second element of a larger array."""
    wide = np.zeros([2 * n + 1 for n in x.shape], x.dtype)
    view = wide[(..., *(slice(1, 2 * n + 1, 2) for n in x.shape))]
    view[...] = x
    return view


def negative(x: Array) -> Array:
    """Every axis walked backwards."""
    back = (..., *(slice(None, None, -1) for _ in x.shape))
    return np.array(x[back], order="C")[back]


def repeated(x: Array) -> Array:
    """The first of the last axis everywhere, with a stride of zero."""
    return np.broadcast_to(x[..., :1], x.shape) if x.ndim and x.shape[-1] else x


LAYOUTS = {"transposed": transposed, "strided": strided, "negative": negative}


def laid_out(s: Sample, layout: Callable[[Array], Array]) -> Sample:
    return Sample(tuple(layout(x) for x in s.operands), s.attrs)


# --- broadcasting -----------------------------------------------------------------------------
PIECES: dict[tuple[int, ...], Callable[[Array], Array]] = {
    (2, 3): lambda x: x,
    (3,): lambda x: x[0],
    (1,): lambda x: x[0, :1],
    (): lambda x: x[0, 0],
    (2, 1): lambda x: x[:, :1],
}


def broadcasts(op: Op) -> Iterator[Sample]:
    """The (2, 3) sample of an elementwise operation with every mixture of smaller operands."""
    full = next(s for s in samples(op) if s.operands[0].shape == (2, 3))
    for cuts in itertools.product(PIECES.values(), repeat=len(full.operands)):
        cut = [piece(x) for piece, x in zip(cuts, full.operands, strict=True)]
        yield Sample(tuple(np.array(x) for x in cut), full.attrs)


def spread(s: Sample) -> Sample:
    """`s` with its operands broadcast by NumPy, each in memory of its own."""
    return Sample(tuple(np.array(x) for x in np.broadcast_arrays(*s.operands)), s.attrs)


def summed_to(g: Array, shape: tuple[int, ...]) -> Array:
    """`g` summed over the axes that `shape` was broadcast along."""
    lead = g.ndim - len(shape)
    g = g.sum(axis=tuple(range(lead)))
    for axis, n in enumerate(shape):
        g = g.sum(axis=axis, keepdims=True) if n == 1 else g
    return g


__all__ = [
    "EPS", "FLOAT", "FLOATS", "INTEGERS", "LAYOUTS", "PIECES", "REGISTRY", "Array", "Op", "Sample",
    "apply", "as_float64", "broadcasts", "first_slopes", "forward", "fresh", "grad", "gradients",
    "has_gradient", "in_dtype", "integral", "is_float", "laid_out", "moved", "repeated", "samples",
    "second_slopes", "seed_of", "spread", "summed_to", "tensors", "truth", "wanted",
]  # fmt: skip
