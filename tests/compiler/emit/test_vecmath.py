"""Vector functions: distance in ulp from a wider evaluation, special values, every target."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest

from liuli.compiler.emit import vecmath
from liuli.compiler.emit.text import Writer
from liuli.compiler.targets import Target, named
from liuli.ops import special
from tests.compiler.emit.native import Native, assembly, here

Array = np.ndarray[Any, Any]
SCALARS = {np.dtype(np.float32): "float", np.dtype(np.float64): "double"}
TARGETS = ("avx2", "sse2")
UNARY = [*vecmath.COMMON, "erfc", "erfinv", "sin", "cos"]


@cache
def native(name: str, scalar: str, target: str, count: int = 1) -> Native:
    """`name` over arrays, whose lengths divide by the vector's."""
    return Native(text(name, scalar, here(target), count), "f", here(target))


def text(name: str, scalar: str, target: Target, count: int = 1) -> str:
    w = Writer("f", target)
    pointers = w.pointers(count + 1)
    lanes = target.lanes(4 if scalar == "float" else 8)
    with w.loop(0, w.last, lanes) as loop:
        places = [w.element(p, scalar, loop.counter) for p in pointers]
        values = [w.load(place, scalar, lanes) for place in places[:-1]]
        w.store(vecmath.function(w, name, *values), places[-1])
    return w.module()


def run(name: str, target: str, *operands: Array) -> Array:
    size = operands[0].size
    padded = [np.resize(x, -(-size // 16) * 16) for x in operands]
    out = np.empty_like(padded[0])
    function = native(name, SCALARS[out.dtype], target, len(operands))
    function([*padded, out], 0, out.size)
    return out[:size]


def exact(name: str, *operands: Array) -> Array:
    """In float64 for float32, in long double for float64."""
    wide = np.float64 if operands[0].dtype == np.float32 else np.longdouble
    plain: dict[str, Any] = {
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "rsqrt": lambda x: 1 / np.sqrt(x),
        "pow": np.power,
        "atan2": np.arctan2,
    }
    with np.errstate(all="ignore"):
        if name in ("erf", "erfc", "erfinv"):
            return _by_math(name, operands[0])
        rule = plain.get(name) or getattr(np, name)
        return np.asarray(rule(*(x.astype(wide) for x in operands)))


def _by_math(name: str, x: Array) -> Array:
    if name == "erfinv":
        return special.erfinv(x.astype(np.float64))
    return np.array([getattr(math, name)(each) for each in x.tolist()])


def ulps(got: Array, wanted: Array) -> float:
    """The largest distance, in units of the last place of the result."""
    with np.errstate(all="ignore"):
        rounded = wanted.astype(got.dtype)
    same = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
    spacing = np.spacing(np.abs(np.where(np.isfinite(rounded), rounded, 1)))
    with np.errstate(all="ignore"):
        distance = np.abs((got - wanted) / spacing)
    distance[same] = np.minimum(np.where(np.isnan(distance[same]), 0, distance[same]), 1)
    return float(np.max(distance, initial=0))


def points(name: str, dtype: Any, count: int) -> Array:
    """Over the whole range of bits, and dense where the function bends."""
    rng = np.random.default_rng(len(name))
    whole = np.uint32 if dtype == np.float32 else np.uint64
    third = count // 3
    bits = rng.integers(0, np.iinfo(whole).max, third, whole, endpoint=True).view(dtype)
    near = rng.normal(0, 2, third).astype(dtype)
    bends = 90 if dtype == np.float32 else 720
    wide = rng.uniform(-bends, bends, third).astype(dtype)
    if name in ("sin", "cos"):
        wide = wide * 1000
    if name in ("log", "log1p", "sqrt", "rsqrt"):
        near = np.abs(near) if name != "log1p" else np.abs(near) - dtype(0.9)
        wide = 1 + near / 100
    if name == "erfinv":
        near, wide = np.tanh(near), 1 - np.abs(bits[np.abs(bits) < 1])
    special = [0.0, -0.0, 1, -1, np.inf, -np.inf, np.nan, np.finfo(dtype).tiny,
               np.finfo(dtype).smallest_subnormal, -np.finfo(dtype).smallest_subnormal,
               np.finfo(dtype).max, -np.finfo(dtype).max]  # fmt: skip
    return np.concatenate([np.array(special, dtype), bits, near, wide])


# ulp allowed: (float32, float64)
LIMITS = {
    "exp": (1.5, 1.5), "expm1": (2, 2), "log": (1.2, 1.2), "log1p": (1.5, 1.5), "tanh": (2.5, 3),
    "sigmoid": (3, 3), "erf": (7, 5), "sqrt": (0.51, 0.51), "rsqrt": (1.5, 1.5),
    "erfc": (0.51, 10), "erfinv": (0.51, 12), "sin": (0.6, 3), "cos": (0.6, 3),
}  # fmt: skip


def check(name: str, dtype: Any, target: str, count: int) -> None:
    x = points(name, dtype, count)
    got, wanted = run(name, target, x), exact(name, x)
    limit = LIMITS[name][dtype == np.float64]
    assert ulps(got, wanted) <= limit
    zero = np.flatnonzero(x == 0)
    assert np.array_equal(np.signbit(got[zero]), np.signbit(wanted[zero]))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", UNARY)
def test_unary_functions_are_near(name: str, dtype: Any, target: str) -> None:
    check(name, dtype, target, 30_000)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", UNARY)
def test_unary_functions_are_near_at_millions_of_points(name: str, dtype: Any) -> None:
    check(name, dtype, "avx2", 3_000_000)


GRID = [0.0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1e300, np.inf, -np.inf, np.nan, 7.25, -7.25,
        1e-300, 2.0**53, 2.0**53 + 2, 5e-324]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["pow", "atan2"])
def test_binary_functions_are_near(name: str, dtype: Any, target: str) -> None:
    rng = np.random.default_rng(3)
    with np.errstate(all="ignore"):
        corners = np.array(np.meshgrid(GRID, GRID), dtype).reshape(2, -1)
    a = np.concatenate([corners[0], rng.lognormal(0, 5, 30_000).astype(dtype)])
    b = np.concatenate([corners[1], rng.normal(0, 20, 30_000).astype(dtype)])
    got, wanted = run(name, target, a, b), exact(name, a, b)
    assert ulps(got, wanted) <= (1.01 if dtype == np.float32 else 3)
    with np.errstate(all="ignore"):
        assert np.all((np.signbit(got) == np.signbit(wanted)) | np.isnan(wanted))


@pytest.mark.parametrize("target,scalar", [("avx512", "float"), ("neon", "double")])
def test_other_processors_are_assembled_without_calls(target: str, scalar: str) -> None:
    for name in (*vecmath.COMMON, *vecmath.RARE):
        count = 2 if name in ("pow", "atan2") else 1
        made = assembly(text(name, scalar, named(target), count), named(target))
        assert "call" not in made and "\tbl\t" not in made
