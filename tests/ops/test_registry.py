"""Everything in the registry, checked from its own samples: one row an operation.

An operation that is new here needs a row in `reference.py`; the rest follows by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import liuli
from liuli.ops import REGISTRY, Op, Spec
from liuli.ops.op import FLOAT
from tests.ops import harness as h
from tests.ops.reference import REFERENCE

OPS = list(REGISTRY.values())
DIFFERENTIABLE = [op for op in OPS if op.differentiable]
ELEMENTWISE = [op for op in OPS if op.family == "elementwise" and op.name != "cast"]


def each(ops: list[Op]) -> Any:
    return pytest.mark.parametrize("op", ops, ids=[op.name for op in ops])


# --- documented exceptions --------------------------------------------------------------------
# Floating results of floating operands, and yet no gradient.
NO_GRADIENT = {
    "nextafter": "a step between neighbours, which is no smooth function",
    "stop_gradient": "that is what it is for",
    "assign": "the end of a recorded program: nothing follows",
    "zeros_like": "takes only the shape and dtype of its operand",
}
# The result is the operand itself, or may be.
SAME_MEMORY = {
    "stop_gradient": "the same values without their history",
    "check": "its operand, looked at",
    "assign": "the value that is stored",
}
# No sense for whole numbers (those with dtypes=FLOAT are cast to a floating dtype before).
NOT_FOR_INTEGERS = {
    "leaky_relu": "its slope is a fraction",
    "clamp": "its bounds are fractions here; the tensor method casts first",
    "hardtanh": "its bounds are fractions here; the tensor function casts first",
    "cross_entropy": "its logarithm is a fraction: the tensor function casts first",
    "nll_loss": "a mean is a fraction: the tensor function casts first",
    "round": "whole numbers are round: the tensor function copies them",
    "max_pool": "around them stands infinity here; the tensor function takes the lowest number",
}
# NumPy answers in another dtype than its operand's; the functions above refuse or convert first.
NOT_FOR_TRUTH = {"pow", "mod", "floor_divide"}
# NumPy has them in float32 and float64 only, as PyTorch has.
NO_HALF = {"inverse", "det", "logabsdet", "detsign", "cholesky"}
NO_HALF |= {"solve", "pinv", "eigh", "svd", "qr"}
# Equal numbers along an axis make what they take singular, or not sorted.
NOT_CONSTANT = NO_HALF
# Sums and approximations that differ from the reference by more than the last digits.
LOOSE = {"polygamma": 1e-9, "erfinv": 1e-10, "random_normal": 1e-12}


# --- values and rules -------------------------------------------------------------------------
@each(OPS)
def test_value(op: Op) -> None:
    reference = REFERENCE.get(op.name)
    if reference is None:
        assert op.family == "elementwise", f"{op.name} needs a row in tests/ops/reference.py"
        reference = np.vectorize(
            op.forward, otypes=[float]
        )  # added in one line: at least each element by itself
    for s in h.samples(op):
        with np.errstate(all="ignore"):
            expected = np.asarray(reference(*s.operands, **s.attrs))
        close(h.forward(op, s), expected, LOOSE.get(op.name, 1e-13))


def close(found: h.Array, expected: h.Array, tolerance: float) -> None:
    """Equal shapes, and equal numbers up to `tolerance` of the largest (float64)."""
    assert found.shape == expected.shape
    tolerance = max(tolerance, 2 * h.EPS.get(found.dtype.name, 0))
    a, b = h.as_float64(found), h.as_float64(expected)
    finite = np.abs(b[np.isfinite(b)])
    scale = max(1.0, finite.max() if finite.size else 0.0)
    np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * scale if h.is_float(found) else 0)


def inferred(op: Op, s: h.Sample) -> Spec:
    assert op.infer is not None
    return op.infer(*(Spec(x.shape, x.dtype) for x in s.operands), **s.attrs)


def variants(op: Op) -> list[h.Sample]:
    """The samples in every dtype that `op` takes."""
    made = []
    for s in h.samples(op):
        floating = [name for name in h.FLOATS if h.EPS[name] < 1e-4 or op.name not in NO_HALF]
        made += [h.in_dtype(s, name) for name in floating]
        if op.dtypes != FLOAT and op.name not in NOT_FOR_INTEGERS:
            made += [h.integral(s, name) for name in h.INTEGERS]
    return made


@each(OPS)
def test_infer_is_what_forward_returns(op: Op) -> None:
    if op.infer is None:
        assert op.text is not None, f"{op.name} has no shape rule"
        return
    for s in variants(op):
        y = h.forward(op, s)
        assert inferred(op, s) == (y.shape, y.dtype)


@each([op for op in OPS if op.infer is not None and op.dtypes != FLOAT])
def test_infer_of_truth_values(op: Op) -> None:
    for s in map(h.truth, h.samples(op)):
        try:
            y = h.forward(op, s)
        except TypeError:  # NumPy subtracts and negates no truth values
            assert op.family == "elementwise"
            return
        if op.name not in NOT_FOR_TRUTH and op.name not in NOT_FOR_INTEGERS:
            assert inferred(op, s) == (y.shape, y.dtype)


@each([op for op in OPS if op.text is not None])
def test_composites_keep_the_floating_dtype(op: Op) -> None:
    for s in h.samples(op):
        for name in h.FLOATS:
            assert h.forward(op, h.in_dtype(s, name)).dtype == h.in_dtype(s, name).operands[0].dtype


# --- gradients --------------------------------------------------------------------------------
@each(OPS)
def test_who_has_no_gradient(op: Op) -> None:
    for s in h.samples(op):
        if h.is_float(h.forward(op, s)) and any(map(h.is_float, s.operands)):
            assert op.differentiable or op.name in NO_GRADIENT


def smooth(op: Op) -> list[h.Sample]:
    """The samples that finite differences can judge: a cast to float32 is none of them."""
    made = [s for s in h.samples(op) if h.has_gradient(op, s)]
    return [s for s in made if h.forward(op, s).dtype == np.float64]


@each(DIFFERENTIABLE)
def test_gradient(op: Op) -> None:
    assert smooth(op)
    for s in smooth(op):
        by_rule, by_differences = h.first_slopes(op, s)
        assert by_rule == pytest.approx(by_differences, rel=1e-7, abs=1e-9)


@each(DIFFERENTIABLE)
def test_gradient_of_gradient(op: Op) -> None:
    for s in smooth(op):
        by_rule, by_differences = h.second_slopes(op, s)
        assert by_rule == pytest.approx(by_differences, rel=1e-7, abs=1e-9)


@each(DIFFERENTIABLE)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_arrays_and_tensors_read_the_rules_alike(op: Op, dtype: str) -> None:
    if op.name == "cast":
        return  # its samples name the dtypes themselves
    for s in (h.in_dtype(s, dtype) for s in h.samples(op)):
        if h.has_gradient(op, s):
            seed = h.seed_of(op, s)
            pair = (h.gradients(op, s, seed), h.gradients(op, s, seed, create_graph=True))
            for array, tensor in zip(*pair, strict=True):
                assert array.dtype == tensor.dtype
                assert array.tobytes() == tensor.tobytes()


# --- dtypes -----------------------------------------------------------------------------------
@each(OPS)
@pytest.mark.parametrize("dtype", h.FLOATS[1:])
def test_narrow_floats(op: Op, dtype: str) -> None:
    if op.name in NO_HALF and dtype != "float32":
        return
    for s in (h.in_dtype(s, dtype) for s in h.samples(op)):
        wide = h.in_dtype(s, "float64")
        if not any(map(h.is_float, s.operands)):
            continue
        y, expected = h.forward(op, s), h.forward(op, wide)
        if h.is_float(y) and op.name != "cast":
            assert y.dtype.name == dtype
        close(y, expected, 16 * h.EPS[dtype])
        if h.has_gradient(op, s) and h.is_float(y):
            narrow_gradients(op, s, wide, 32 * h.EPS[dtype])


def narrow_gradients(op: Op, s: h.Sample, wide: h.Sample, tolerance: float) -> None:
    seed = h.seed_of(op, s)
    expected = h.gradients(op, wide, seed.astype(h.seed_of(op, wide).dtype))
    operands = [s.operands[i] for i in h.wanted(op, s)]
    for g, e, x in zip(h.gradients(op, s, seed), expected, operands, strict=True):
        assert g.dtype == x.dtype
        close(g, e, tolerance)


@each([op for op in OPS if op.dtypes != FLOAT and op.name not in NOT_FOR_INTEGERS])
def test_narrow_integers(op: Op) -> None:
    """As in int64, wrapped around where a narrow type has no room."""
    for s in h.samples(op):
        for name in h.INTEGERS:
            narrow = h.integral(s, name)
            wide = h.Sample(tuple(x.astype(np.int64) if x.dtype == name else x
                                  for x in narrow.operands), s.attrs)  # fmt: skip
            y = h.forward(op, narrow)
            np.testing.assert_array_equal(y, h.forward(op, wide).astype(y.dtype))


# --- memory -----------------------------------------------------------------------------------
@each(OPS)
@pytest.mark.parametrize("layout", [*h.LAYOUTS, "repeated"])
def test_any_strides(op: Op, layout: str) -> None:
    if layout == "repeated" and op.name in NOT_CONSTANT:
        return
    for s in h.samples(op):
        odd = h.laid_out(s, h.LAYOUTS.get(layout, h.repeated))
        plain = h.laid_out(odd, lambda x: np.array(x, order="C"))
        close(h.forward(op, odd), h.forward(op, plain), 1e-13)
        if h.has_gradient(op, s):
            seed = h.seed_of(op, plain)
            odd_seed = h.LAYOUTS.get(layout, h.negative)(seed)
            pair = (h.gradients(op, odd, odd_seed), h.gradients(op, plain, seed))
            for found, expected in zip(*pair, strict=True):
                close(found, expected, 1e-13)


@each(OPS)
def test_operands_stay_as_they_are(op: Op) -> None:
    for s in h.samples(op):
        before = [x.tobytes() for x in s.operands]
        y = h.forward(op, s)
        if h.has_gradient(op, s):
            seed = h.seed_of(op, s)
            arrived = seed.tobytes()
            for g in h.gradients(op, s, seed):
                assert not any(np.shares_memory(g, x) for x in (*s.operands, seed))
            assert seed.tobytes() == arrived
        assert [x.tobytes() for x in s.operands] == before
        shared = any(np.shares_memory(y, x) for x in s.operands)
        if op.name not in SAME_MEMORY and y.size:
            assert shared == op.is_view


@each(OPS)
def test_operands_may_be_read_only(op: Op) -> None:
    for s in h.samples(op):
        frozen = h.laid_out(s, np.copy)
        for x in frozen.operands:
            x.flags.writeable = False
        close(h.forward(op, frozen), h.forward(op, s), 1e-13)
        if h.has_gradient(op, s):
            h.gradients(op, frozen, h.seed_of(op, s))


# --- broadcasting -----------------------------------------------------------------------------
@each(ELEMENTWISE)
def test_broadcasting(op: Op) -> None:
    for s in h.broadcasts(op):
        operands, _ = h.tensors(op, s)
        y = h.apply(op, *operands, **s.attrs)._array
        full = h.spread(s)
        expected = h.forward(op, full)
        assert y.dtype == expected.dtype
        np.testing.assert_array_equal(y, expected)
        if h.has_gradient(op, s):
            seed = h.seed_of(op, full)
            pair = zip(h.wanted(op, s), h.gradients(op, full, seed), strict=True)
            wide = [h.summed_to(g, s.operands[i].shape) for i, g in pair]
            for found, e in zip(h.gradients(op, s, seed), wide, strict=True):
                close(found, e, 1e-13)


def with_number(op: Op) -> Iterator[tuple[int, h.Sample, float]]:
    """Each operand in turn as a Python number, the others as (2, 3)."""
    s = h.samples(op)[0]
    for i in range(op.first_promoted, len(s.operands)):
        if len(s.operands) > 1:
            yield i, s, s.operands[i].ravel()[0].item()


def number_function(op: Op, number: int, value: float) -> Callable[..., list[Any]]:
    """`op` with operand `number` a Python number: the result, then the gradients, twice."""

    def function(*operands: Any) -> list[Any]:
        inputs: list[Any] = [x.detach() for x in operands]
        inputs[number] = value
        targets = [x.requires_grad_() for i, x in enumerate(inputs)
                   if i != number and op.rules[i] and h.is_float(x._array)]  # fmt: skip
        y = h.apply(op, *inputs)
        if not targets:
            return [y]
        first = h.grad(y.sum(), targets, create_graph=True)
        again = h.grad(sum(g.sum() for g in first if g is not None) + y.sum(), targets)
        return [y.detach(), *(g.detach() for g in first if g is not None), *again]

    return function


@each(ELEMENTWISE)
def test_numbers_as_operands(op: Op) -> None:
    """A Python number is as good as an array of it, eager and recorded."""
    record = pytest.importorskip("liuli.compiler.trace").record
    for i, s, value in with_number(op):
        full = h.moved(s, [i], [np.full(s.operands[i].shape, value)])
        function = number_function(op, i, value)
        made = [t._array for t in function(*map(h.fresh, full.operands))]
        assert made[0].dtype == h.forward(op, full).dtype
        np.testing.assert_array_equal(made[0], h.forward(op, full))
        found = record(function, [h.fresh(x) for x in full.operands]).run(list(full.operands))
        assert [x.tobytes() for x in found] == [x.tobytes() for x in made]


# --- recorded ---------------------------------------------------------------------------------
@each(OPS)
@pytest.mark.parametrize("dtype", h.FLOATS)
def test_recorded_as_eager(op: Op, dtype: str) -> None:
    record = pytest.importorskip("liuli.compiler.trace").record
    if op.name in NO_HALF and h.EPS[dtype] > 1e-4:
        return
    for s in (h.in_dtype(s, dtype) for s in h.samples(op)):
        function = as_function(op, s)
        recording = record(function, [h.fresh(x.copy()) for x in s.operands])
        found = recording.run([x.copy() for x in s.operands])
        expected = [t._array for t in function(*(h.fresh(x.copy()) for x in s.operands))]
        for a, b in zip(found, expected, strict=True):
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
            assert a.tobytes() == b.tobytes()


def as_function(op: Op, s: h.Sample) -> Callable[..., list[Any]]:
    """`op` as a function of its operands: the result, then the gradients."""
    numbers = h.wanted(op, s) if h.has_gradient(op, s) else []
    seed = h.seed_of(op, s) if numbers else None

    def function(*operands: Any) -> list[Any]:
        inputs = [x.detach() for x in operands]
        targets = [inputs[i].requires_grad_() for i in numbers]
        y = h.apply(op, *inputs, **s.attrs)
        if seed is None:
            return [y]
        return [y.detach(), *h.grad(y, targets, h.fresh(seed))]

    return function


# --- messages ---------------------------------------------------------------------------------
def zeros(*shape: int) -> Any:
    return liuli.zeros(*shape)


def infer(name: str, *shapes: tuple[int, ...], **attrs: Any) -> Any:
    rule = REGISTRY[name].infer
    assert rule is not None
    return rule(*(Spec(shape, np.dtype(np.float32)) for shape in shapes), **attrs)


WRONG_SHAPES: dict[str, tuple[str, Callable[[], Any]]] = {
    "elementwise": ("LL101", lambda: zeros(2, 3) + zeros(4)),
    "elementwise, three operands": ("LL101", lambda: liuli.where(zeros(2) > 0, zeros(3), 0.0)),
    "elementwise, rule": ("LL103", lambda: infer("add", (2,), (3,))),
    "expand": ("LL102", lambda: zeros(2, 3).expand(4, 3)),
    "contract": ("LL105", lambda: infer("contract", (2, 3), (4, 5), labels="ab,bc->ac")),
    "contract, labels": ("LL104", lambda: infer("contract", (2, 2), (2, 5), labels="aa,ac->c")),
    "contract, einsum": ("LL105", lambda: liuli.einsum("ij,jk", zeros(2, 3), zeros(2, 3))),
    "contract, matmul": ("LL121", lambda: zeros(2, 3) @ zeros(4, 5)),
    "gather": ("LL106", lambda: infer("gather", (2, 3), (4, 5), batch=1)),
    "update": ("LL107", lambda: infer("update", (2, 3), (4,), where=())),
    "reshape": ("LL109", lambda: zeros(2, 3).reshape(4)),
    "view of what only a copy can be": ("LL110", lambda: zeros(2, 3).t().view(6)),
    "concat": ("LL112", lambda: liuli.cat([zeros(2, 3), zeros(2, 4)])),
    "stack": ("LL114", lambda: liuli.stack([zeros(2), zeros(3)])),
    "slice": ("LL308", lambda: zeros(4).narrow(0, 2, 3)),
    "reduce": ("LL301", lambda: zeros(2, 3).sum(2)),
    "windows": ("LL608", lambda: zeros(2, 3).unfold(1, 4, 1)),
    "in place": ("LL117", lambda: zeros(1, 3).add_(zeros(2, 3))),
    "permute": ("LL306", lambda: zeros(2, 3).permute(0, 0)),
    "diagonal": ("LL301", lambda: zeros(3).diagonal()),
    "take at an index": ("LL302", lambda: zeros(2, 3).index_select(1, liuli.tensor([3]))),
    "reduce nothing": ("LL108", lambda: zeros(0, 3).max(0)),
    "composite": ("LL301", lambda: zeros(2, 3).softmax(2)),
    "host": ("LL301", lambda: zeros(2, 3).cumsum(2)),
    "host, square": ("LL123", lambda: zeros(2, 3).inverse()),
    "leaves": ("LL124", lambda: zeros(-1)),
    "random": ("LL124", lambda: liuli.rand(-1)),
}


@pytest.mark.parametrize("case", WRONG_SHAPES)
def test_wrong_shapes_have_their_message(case: str) -> None:
    code, call = WRONG_SHAPES[case]
    with pytest.raises(liuli.errors.LiuliError) as caught:
        call()
    assert caught.value.code == code
