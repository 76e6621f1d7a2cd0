"""Special functions against Python's own, known constants, identities and IEEE values."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import numpy.typing as npt
import pytest

from liuli.ops import special

Array = npt.NDArray[Any]
EULER = 0.57721566490153286061
ZETA_3, ZETA_5 = 1.2020569031595942854, 1.0369277551433699263
INF, NAN = math.inf, math.nan

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "erf": special.erf,
    "erfinv": special.erfinv,
    "sigmoid": special.sigmoid,
    "lgamma": special.lgamma,
    "digamma": special.digamma,
    "polygamma 0": lambda x: special.polygamma(0, x),
    "polygamma 1": lambda x: special.polygamma(1, x),
    "polygamma 4": lambda x: special.polygamma(4, x),
}
each_function = pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)


def each(f: Callable[[float], float], x: Array) -> Array:
    """``f`` of every number, in float64."""
    return np.array([f(v) for v in x.tolist()])


def points(low: float, high: float, dtype: Any, count: int = 3000) -> Array:
    return np.random.default_rng(0).uniform(low, high, count).astype(dtype)


def relative_error(got: Array, expected: Array) -> float:
    got = got.astype(np.float64)
    return float(np.max(np.abs(got - expected) / np.abs(expected)))


# One rounding of the result, and for float64 the error of the reference too.
LIMIT = {np.float32: 2.0**-23.8, np.float64: 2e-15}
each_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@each_function
@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (7,), (2, 3, 4)])
def test_shape_and_dtype_are_kept(f: Any, dtype: Any, shape: tuple[int, ...]) -> None:
    x = np.full(shape, 0.25, dtype)
    before = x.copy()
    y = f(x)
    assert isinstance(y, np.ndarray) and y.shape == shape and y.dtype == dtype
    assert not np.shares_memory(x, y) and (x == before).all()
    expected = f(np.full((1,), 0.25))[0]
    assert np.allclose(y.astype(np.float64), expected, rtol=4 * float(ml_dtypes.finfo(dtype).eps))


@each_function
@each_dtype
def test_any_layout_and_length(f: Any, dtype: Any) -> None:
    x = points(-0.9, 0.9, dtype, 3 * special._PIECE + 6).reshape(-1, 6)
    y = f(x)
    assert (f(x.T) == y.T).all()
    assert (f(x[::-2, ::3]) == y[::-2, ::3]).all()
    assert (f(x[5:7]) == y[5:7]).all()


@each_function
def test_integers_are_refused(f: Any) -> None:
    with pytest.raises(TypeError, match=r"floating numbers; this array is int64"):
        f(np.arange(3))


@each_function
@each_dtype
def test_nan_stays_nan(f: Any, dtype: Any) -> None:
    y = f(np.array([NAN, 0.5, NAN], dtype))
    assert np.isnan(y).tolist() == [True, False, True]


INFINITE = {
    "erf": (-1.0, 1.0),
    "erfinv": (NAN, NAN),
    "sigmoid": (0.0, 1.0),
    "lgamma": (INF, INF),
    "digamma": (NAN, INF),
    "polygamma 1": (INF, 0.0),
    "polygamma 4": (-INF, 0.0),
}


@each_dtype
@pytest.mark.parametrize("name", INFINITE)
def test_at_the_infinities(name: str, dtype: Any) -> None:
    got = FUNCTIONS[name](np.array([-INF, INF], dtype))
    np.testing.assert_array_equal(got, np.array(INFINITE[name], dtype))


# erf and erfinv ----------------------------------------------------------------------------


@each_dtype
@pytest.mark.parametrize("bound", [0.5, 2.0, 7.0])
def test_erf(dtype: Any, bound: float) -> None:
    x = points(-bound, bound, dtype)
    assert relative_error(special.erf(x), each(math.erf, x)) < LIMIT[dtype]


@each_dtype
def test_erf_where_its_formulas_meet(dtype: Any) -> None:
    for edge in (0.46875, 4.0, 6.0):
        x = np.array([edge], dtype) + np.arange(-4, 5, dtype=dtype) * np.spacing(dtype(edge))
        y = special.erf(x)
        assert relative_error(y, each(math.erf, x)) < LIMIT[dtype]
        assert (np.abs(y) <= 1.0).all()


@each_dtype
def test_erf_of_small_numbers_keeps_its_digits_and_sign(dtype: Any) -> None:
    x = np.array([1e-30, -1e-30, 1e-10, -1e-5], dtype)
    assert relative_error(special.erf(x), each(math.erf, x)) < LIMIT[dtype]
    zeros = special.erf(np.array([0.0, -0.0], dtype))
    assert (zeros == 0.0).all() and np.signbit(zeros).tolist() == [False, True]


def test_erf_is_odd() -> None:
    x = points(0.0, 7.0, np.float64)
    assert (special.erf(-x) == -special.erf(x)).all()


def test_erfinv_undoes_erf() -> None:
    # the error of erf(y) is divided by its slope: compare through the complement in the tail
    x = points(-0.85, 0.85, np.float64)
    y = special.erfinv(x)
    assert np.max(np.abs(each(math.erf, y) - x) / np.abs(x)) < 2e-15
    tail = 2.0 ** -np.arange(2.0, 53.0)
    y = special.erfinv(1.0 - tail)
    # d log erfc(y) = -2 y dy to first order, so rel. error of y = that of erfc / (2 y**2)
    error = np.abs(each(math.erfc, y) / tail - 1.0) / (2.0 * y * y)
    assert np.max(error) < 2e-15


def test_erfinv_constants() -> None:
    x = np.array([0.5, -0.5, 0.1, 0.9, 1e-20])
    expected = np.array([
        0.47693627620446987338,
        -0.47693627620446987338,
        0.088855990494257687016,
        1.1630871536766740867,
        8.8622692545275801365e-21,
    ])  # fmt: skip
    assert relative_error(special.erfinv(x), expected) < 1e-15
    single = special.erfinv(x.astype(np.float32))
    assert relative_error(single, special.erfinv(x.astype(np.float32).astype(float))) < 2.0**-23.9


@each_dtype
def test_erfinv_ends(dtype: Any) -> None:
    beyond = np.nextafter(dtype(1), dtype(2))
    y = special.erfinv(np.array([-1.0, 1.0, 0.0, -0.0, beyond, -beyond, 2.0], dtype))
    np.testing.assert_array_equal(y, np.array([-INF, INF, 0.0, 0.0, NAN, NAN, NAN], dtype))
    assert np.signbit(y[2:4]).tolist() == [False, True]
    inside = np.nextafter(dtype(1), dtype(0))
    assert 3.0 < float(special.erfinv(np.array(inside))) < 6.0


# sigmoid -----------------------------------------------------------------------------------


@each_dtype
def test_sigmoid(dtype: Any) -> None:
    bound = 85.0 if dtype == np.float32 else 700.0
    for x in (points(-bound, bound, dtype), points(-5.0, 5.0, dtype)):
        expected = each(
            lambda v: 1 / (1 + math.exp(-v)) if v > 0 else math.exp(v) / (1 + math.exp(v)), x
        )
        limit = 2.0**-22 if dtype == np.float32 else 1e-15
        assert relative_error(special.sigmoid(x), expected) < limit


@each_dtype
def test_sigmoid_never_overflows_and_has_its_values(dtype: Any) -> None:
    x = np.array([-1e5, -0.0, 0.0, 1e5], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y = special.sigmoid(x)
    assert y.tolist() == [0.0, 0.5, 0.5, 1.0]


# lgamma ------------------------------------------------------------------------------------


@each_dtype
@pytest.mark.parametrize(("low", "high"), [(0.01, 0.9), (2.2, 12.0), (7.9, 8.1), (10.0, 1e4)])
def test_lgamma(dtype: Any, low: float, high: float) -> None:
    x = points(low, high, dtype)
    # Python's lgamma is good to 1e-14; the next two tests are sharper
    limit = max(LIMIT[dtype], 2e-14)
    assert relative_error(special.lgamma(x), each(math.lgamma, x)) < limit


def test_lgamma_of_half_integers() -> None:
    n = np.arange(3, 80)
    ratios = [math.factorial(2 * int(k)) / (4 ** int(k) * math.factorial(int(k))) for k in n]
    expected = np.log(ratios) + 0.5 * math.log(math.pi)
    assert relative_error(special.lgamma(n + 0.5), expected) < 1e-15
    assert special.lgamma(np.array(0.5)) == pytest.approx(0.5 * math.log(math.pi), rel=1e-15)


def test_lgamma_of_integers_is_the_logarithm_of_a_factorial() -> None:
    x = np.arange(3.0, 171.0)
    expected = np.array([math.log(math.factorial(int(n) - 1)) for n in x])
    assert relative_error(special.lgamma(x), expected) < 1e-15


def test_lgamma_keeps_its_digits_at_its_zeros() -> None:
    t = np.array([-1e-3, -1e-8, 1e-12, 1e-5])
    one, two = 1.0 + t, 2.0 + t
    # Taylor's series to the fourth order
    d = one - 1.0
    zeta2, zeta4 = math.pi**2 / 6, math.pi**4 / 90
    expected = d * (-EULER + d * (zeta2 / 2 + d * (-ZETA_3 / 3 + d * (zeta4 / 4 - d * ZETA_5 / 5))))
    assert relative_error(special.lgamma(one), expected) < 2e-15
    d = two - 2.0
    series = (1 - EULER, (zeta2 - 1) / 2, (1 - ZETA_3) / 3, (zeta4 - 1) / 4, (1 - ZETA_5) / 5)
    expected = np.sum([c * d ** (k + 1) for k, c in enumerate(series)], axis=0)
    assert relative_error(special.lgamma(two), expected) < 2e-15
    assert special.lgamma(np.array([1.0, 2.0])).tolist() == [0.0, 0.0]


@each_dtype
def test_lgamma_of_negative_numbers(dtype: Any) -> None:
    x = points(-30.0, 0.0, dtype)
    expected = each(math.lgamma, x)
    # near a zero only the absolute error is small
    error = np.abs(special.lgamma(x) - expected) / (1.0 + np.abs(expected))
    assert error.max() < (1e-14 if dtype == np.float64 else 2.0**-24)


@each_dtype
def test_lgamma_at_poles_and_extremes(dtype: Any) -> None:
    poles = np.array([0.0, -0.0, -1.0, -2.0, -100.0], dtype)
    assert (special.lgamma(poles) == INF).all()
    x = np.array([1e-30, -1e-30, 1e30, 1e-38], dtype)
    assert relative_error(special.lgamma(x), each(math.lgamma, x)) < LIMIT[dtype]


# digamma and polygamma ---------------------------------------------------------------------

LN2, ROOT_3 = math.log(2.0), math.sqrt(3.0)
DIGAMMA = {
    1.0: -EULER,
    2.0: 1 - EULER,
    0.5: -EULER - 2 * LN2,
    1.5: 2 - EULER - 2 * LN2,
    0.25: -EULER - math.pi / 2 - 3 * LN2,
    0.75: -EULER + math.pi / 2 - 3 * LN2,
    1.25: 4 - EULER - math.pi / 2 - 3 * LN2,
    -0.5: 2 - EULER - 2 * LN2,
    -1.5: 2 + 2 / 3 - EULER - 2 * LN2,
    2.0**-60: -(2.0**60),
    2.0**60: 60 * LN2,
}


@each_dtype
def test_digamma_constants(dtype: Any) -> None:
    x, expected = np.array(list(DIGAMMA)), np.array(list(DIGAMMA.values()))
    y = special.digamma(x.astype(dtype))
    # near the zero 1.46 only the absolute error is small
    error = np.abs(y - expected) / np.maximum(1.0, np.abs(expected))
    assert error.max() < LIMIT[dtype]


def test_digamma_of_integers_is_a_harmonic_number() -> None:
    n = np.arange(2.0, 200.0)
    harmonic = [math.fsum(1.0 / k for k in range(1, int(m))) for m in n]
    assert relative_error(special.digamma(n), np.array(harmonic) - EULER) < 2e-15


@pytest.mark.parametrize(("low", "high"), [(0.001, 3.0), (9.0, 11.0), (-12.0, 0.0)])
def test_digamma_identities(low: float, high: float) -> None:
    x = points(low, high, np.float64)
    y, z = special.digamma(x), special.digamma(x + 1.0)
    # x + 1 rounds, so the sum's rounding appears times the slope, at most that of the poles
    slope = 1.0 + special.polygamma(1, x + 1.0)
    step = z - 1.0 / x
    assert np.max(np.abs(y - step) / (1.0 + np.abs(y) + np.abs(z) + slope)) < 5e-15
    # duplication: digamma(2x) = (digamma(x) + digamma(x + 1/2)) / 2 + log 2
    both = 0.5 * (y + special.digamma(x + 0.5)) + LN2
    slope += special.polygamma(1, 2.0 * x) + special.polygamma(1, x + 0.5)
    scale = 1.0 + np.abs(y) + np.abs(both) + slope
    assert np.max(np.abs(special.digamma(2.0 * x) - both) / scale) < 5e-15


@each_dtype
def test_digamma_poles(dtype: Any) -> None:
    y = special.digamma(np.array([0.0, -0.0, -1.0, -2.0, -50.0], dtype))
    np.testing.assert_array_equal(y, np.array([-INF, INF, NAN, NAN, NAN], dtype))


POLYGAMMA = {
    (1, 1.0): math.pi**2 / 6,
    (1, 0.5): math.pi**2 / 2,
    (1, 0.25): math.pi**2 + 8 * 0.91596559417721901505,  # Catalan's constant
    (1, -0.5): math.pi**2 / 2 + 4,
    (2, 1.0): -2 * ZETA_3,
    (2, 0.5): -14 * ZETA_3,
    (2, -0.5): 16 - 14 * ZETA_3,
    (3, 1.0): math.pi**4 / 15,
    (3, 0.5): math.pi**4,
    (3, -1.5): math.pi**4 + 6 * (0.5**-4 + 1.5**-4),
    (4, 1.0): -24 * ZETA_5,
    (5, 1.0): 8 * math.pi**6 / 63,
}


@each_dtype
@pytest.mark.parametrize(("n", "x"), list(POLYGAMMA))
def test_polygamma_constants(dtype: Any, n: int, x: float) -> None:
    got = special.polygamma(n, np.array([x], dtype))
    limit = 2e-14 if (n, x) == (2, -0.5) else LIMIT[dtype]  # there two large numbers cancel
    assert relative_error(got, np.array([POLYGAMMA[n, x]])) < max(limit, LIMIT[dtype])


@pytest.mark.parametrize("n", [1, 2, 3, 8, 30, 170])
def test_polygamma_is_its_series(n: int) -> None:
    """The sum itself, 20,000 terms of it, where that is enough."""
    sign = 1 if n % 2 else -1
    for x in (0.125, 1.0, 3.0, 12.5):
        terms = [(x + k) ** -(n + 1.0) for k in range(20_000)]
        a = x + 20_000
        terms += [a**-n / n, 0.5 * a ** -(n + 1.0), (n + 1) / 12 * a ** -(n + 2.0)]
        expected = sign * float(math.factorial(n)) * math.fsum(terms)
        got = float(special.polygamma(n, np.array(x)))
        assert got == pytest.approx(expected, rel=5e-15)


@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_polygamma_recurrence_over_negative_numbers(n: int) -> None:
    x = points(-9.9, -1.1, np.float64, 500)
    x = x[np.abs(x - np.round(x)) > 0.05]
    step = (-1.0) ** n * math.factorial(n) / x ** (n + 1)
    low, high = special.polygamma(n, x), special.polygamma(n, x + 1.0)
    scale = np.abs(low) + np.abs(step) + np.abs(special.polygamma(n + 1, x))
    assert np.max(np.abs(low + step - high) / scale) < 1e-14


@each_dtype
@pytest.mark.parametrize(("n", "sign"), [(1, 1.0), (2, -1.0), (3, 1.0), (4, -1.0)])
def test_polygamma_poles(dtype: Any, n: int, sign: float) -> None:
    y = special.polygamma(n, np.array([0.0, -0.0, -1.0, -7.0], dtype))
    assert (y == sign * INF).all()


def test_polygamma_0_is_digamma() -> None:
    x = points(-3.0, 3.0, np.float64, 100)
    assert (special.polygamma(0, x) == special.digamma(x)).all()


@pytest.mark.parametrize("n", [-1, 171])
def test_polygamma_names_its_range(n: int) -> None:
    with pytest.raises(ValueError, match=rf"n from 0 to 170; this n is {n}"):
        special.polygamma(n, np.ones(1))
