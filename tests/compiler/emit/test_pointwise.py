"""Every elementwise primitive in every dtype against NumPy's forward, on two targets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from liuli.compiler.emit import pointwise
from liuli.compiler.emit.text import Value, Writer
from liuli.compiler.targets import Target
from liuli.ops import REGISTRY
from tests.compiler.emit.native import Native, here

Array = np.ndarray[Any, Any]
ELEMENTWISE = [name for name, op in REGISTRY.items() if op.family == "elementwise"]
DTYPES = list(pointwise.SCALARS)
CLOSE = {"exp", "expm1", "log", "log1p", "rsqrt", "tanh", "sigmoid", "erf", "erfc", "erfinv",
         "sin", "cos", "atan2", "pow"}  # fmt: skip


def kernel(op: str, sources: list[str], result: str, target: Target, lanes: int) -> str:
    """`op` over whole arrays."""
    w = Writer("f", target)
    pointers = w.pointers(len(sources) + 1)
    with w.loop(0, w.last, max(1, lanes)) as loop:
        values = []
        for pointer, dtype in zip(pointers, sources, strict=False):
            values.append(_load(w, pointer, dtype, loop.counter, lanes))
        made = pointwise.apply(w, op, values, sources[-1], result)
        if result == "bool":
            made = w.convert("zext", made, "i8")
        w.store(made, w.element(pointers[-1], made.scalar, loop.counter))
    return w.module()


def _load(w: Writer, pointer: Value, dtype: str, index: Value, lanes: int) -> Value:
    scalar = pointwise.SCALARS[dtype].replace("i1", "i8") if dtype == "bool" else ""
    scalar = scalar or pointwise.SCALARS[dtype]
    value = w.load(w.element(pointer, scalar, index), scalar, lanes)
    return w.compare("ne", value, w.constant(0, "i8", lanes)) if dtype == "bool" else value


def numbers(dtype: str, seed: int) -> Array:
    """Ordinary ones and the corners."""
    rng = np.random.default_rng(seed)
    if dtype == "bool":
        return rng.random(256) < 0.5
    if dtype.startswith("float"):
        odd = [0.0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 1e30, -1e-30, np.inf, -np.inf,
                   np.nan, 8388609.0, 1e-40]  # fmt: skip
        usual = rng.normal(0, 3, 240)
        return np.asarray(rng.permutation(np.concatenate([odd, usual])).astype(dtype))
    info = np.iinfo(dtype)
    corners = [0, 1, 2, 3, 7, info.max, info.min, max(info.min, -1), max(info.min, -2)]
    drawn = rng.integers(max(info.min, -20), 20, 256 - len(corners))
    return rng.permutation(np.concatenate([np.array(corners, dtype), drawn.astype(dtype)]))


def run(op: str, operands: list[Array], result: str, target: str, lanes: int) -> Array:
    host = here(target)
    sources = [x.dtype.name for x in operands]
    out = np.empty(256, result)
    function = Native(kernel(op, sources, result, host, lanes), "f", host)
    function([*operands, out], 0, 256)
    return out


def ways(*dtypes: str) -> list[tuple[str, int]]:
    """Targets and lanes to try; what SSE2 lacks are instructions for floats."""
    floats = any(dtype.startswith("float") for dtype in dtypes)
    return [("avx2", 8), ("sse2", 4)] if floats else [("avx2", 8 if "i" in dtypes[0] else 0)]


def cases() -> list[tuple[str, str]]:
    return [(op, dtype) for op in ELEMENTWISE for dtype in DTYPES
            if op != "cast" and pointwise.supported(op, dtype)]  # fmt: skip


@pytest.mark.parametrize("op,dtype", cases())
def test_same_as_numpy(op: str, dtype: str) -> None:
    count = len(REGISTRY[op].operands)
    operands = [numbers(dtype, i) for i in range(count)]
    if op == "where":
        operands[0] = numbers("bool", 5)
    with np.errstate(all="ignore"):
        wanted = REGISTRY[op].forward(*operands)
    for target, lanes in ways(dtype):
        got = run(op, operands, wanted.dtype.name, target, lanes)
        if op in CLOSE and dtype.startswith("float"):
            eps, tiny = float(np.finfo(dtype).eps), float(np.finfo(dtype).tiny)
            np.testing.assert_allclose(got, wanted, rtol=12 * eps, atol=tiny)
        else:
            np.testing.assert_array_equal(got, wanted)
            if dtype.startswith("float") and op not in ("maximum", "minimum"):
                usual = ~np.isnan(wanted)
                assert np.array_equal(np.signbit(got)[usual], np.signbit(wanted)[usual])


@pytest.mark.parametrize("source", DTYPES)
@pytest.mark.parametrize("result", DTYPES)
def test_casts_as_astype(source: str, result: str) -> None:
    x = numbers(source, 1)
    if source.startswith("float") and not result.startswith("float") and result != "bool":
        low = 0 if result[0] == "u" else -100
        x = np.clip(np.nan_to_num(x), low, 100)
    with np.errstate(all="ignore"):
        wanted = x.astype(result)
    for target, lanes in ways(source, result):
        np.testing.assert_array_equal(run("cast", [x], result, target, lanes), wanted)


def test_what_is_not_supported_is_little() -> None:
    missing = {(op, dtype) for op in ELEMENTWISE for dtype in ("float32", "float64")
               if not pointwise.supported(op, dtype)}  # fmt: skip
    bits = {"bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not", "shift_left", "shift_right"}
    assert {op for op, _ in missing} == bits  # NumPy has none of these for floats
    assert not pointwise.supported("add", "float16")
    assert not pointwise.supported("sub", "bool")
