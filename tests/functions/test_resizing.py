"""Resizing against its definitions in plain loops, its gradients, and channels made places."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import liuli
from liuli.compiler.step import compile
from liuli.functions import functional as F
from liuli.functions.taps import bins, shares

Array = np.ndarray[Any, Any]


def cubic(d: float, steep: float = -0.75) -> float:
    d = abs(d)
    if d <= 1:
        return (steep + 2) * d**3 - (steep + 3) * d**2 + 1
    return steep * (d**3 - 5 * d**2 + 8 * d - 4) if d < 2 else 0.0


def line(x: Array, m: int, mode: str, aligned: bool) -> Array:
    """One line stretched to m places, each from its definition."""
    n, made = len(x), np.zeros(m)
    for i in range(m):
        at = (i + 0.5) * n / m - 0.5
        if aligned:
            at = i * (n - 1) / (m - 1) if m > 1 else 0.0
        if mode == "nearest":
            made[i] = x[min(i * n // m, n - 1)]
        elif mode == "linear":
            at = max(at, 0.0)
            left = min(math.floor(at), n - 1)
            share = at - left
            made[i] = (1 - share) * x[left] + share * x[min(left + 1, n - 1)]
        else:
            left = math.floor(at)
            for t in range(-1, 3):
                made[i] += cubic(at - left - t) * x[min(max(left + t, 0), n - 1)]
    return made


@settings(deadline=None, max_examples=60)
@given(n=st.integers(1, 9), m=st.integers(1, 12), aligned=st.booleans(),
       mode=st.sampled_from(("nearest", "linear", "bicubic")))  # fmt: skip
def test_lines(n: int, m: int, aligned: bool, mode: str) -> None:
    x = np.random.default_rng(n).standard_normal((2, n))
    images = liuli.tensor(np.stack([x, x], 2)[None])  # (1, 2, n, 2): the last axis stays
    given_ = images[..., 0] if mode == "linear" else images
    made = F.interpolate(given_, m if mode == "linear" else (m, 2), mode=mode,
                         align_corners=None if mode == "nearest" else aligned)  # fmt: skip
    found = made.numpy()[0] if mode == "linear" else made.numpy()[0, ..., 0]
    expected = np.stack([line(row, m, mode, aligned) for row in x])
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@given(n=st.integers(1, 30), m=st.integers(1, 40))
def test_bins_cover_the_axis_evenly(n: int, m: int) -> None:
    places = bins(n, m)
    weights = shares(places)
    for i, row in enumerate(places):
        inside = range(i * n // m, -(-(i + 1) * n // m))
        assert sorted(set(row.tolist())) == list(inside)
        for at in inside:
            assert weights[i][row == at].sum() == pytest.approx(1 / len(inside))


SMOOTH: dict[str, Any] = {
    "nearest twice": lambda x: F.interpolate(x, scale_factor=2),
    "nearest less": lambda x: F.interpolate(x, (2, 3)),
    "nearest-exact": lambda x: F.interpolate(x, (5, 3), mode="nearest-exact"),
    "bilinear": lambda x: F.interpolate(x, (5, 2), mode="bilinear"),
    "bilinear smoothed": lambda x: F.interpolate(x, (2, 2), mode="bilinear", antialias=True),
    "bicubic": lambda x: F.interpolate(x, scale_factor=1.7, mode="bicubic", align_corners=True),
    "linear": lambda x: F.interpolate(x[0], 7, mode="linear"),
    "trilinear": lambda x: F.interpolate(x.unsqueeze(0), (3, 2, 5), mode="trilinear"),
    "area": lambda x: F.interpolate(x, (2, 3), mode="area"),
    "pixel_shuffle": lambda x: F.pixel_shuffle(x.reshape(1, 4, 2, 3), 2),
    "pixel_unshuffle": lambda x: F.pixel_unshuffle(x.reshape(1, 1, 4, 6), 2),
    "channel_shuffle": lambda x: F.channel_shuffle(x, 2),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients(name: str) -> None:
    x = liuli.tensor(np.random.default_rng(1).standard_normal((1, 2, 3, 4)), requires_grad=True)
    assert liuli.autograd.gradcheck(SMOOTH[name], x)
    assert liuli.autograd.gradgradcheck(SMOOTH[name], x)


@pytest.mark.parametrize("name", SMOOTH)
def test_interpreted_is_eager(name: str) -> None:
    x = liuli.tensor(np.random.default_rng(2).standard_normal((1, 2, 3, 4)), requires_grad=True)

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


@pytest.mark.parametrize("name", SMOOTH)
def test_results_are_in_rows(name: str) -> None:
    x = liuli.ones(1, 2, 3, 4)
    for made in (SMOOTH[name](x), F.interpolate(x, (3, 4)), F.pixel_shuffle(x, 1),
                 F.interpolate(x, (3, 4), mode="bilinear")):  # fmt: skip
        assert made.is_contiguous() and not np.shares_memory(made.numpy(), x.numpy())


def test_an_infinite_pixel_stays_near() -> None:
    x = liuli.zeros(1, 1, 1, 8)
    x[..., 6] = math.inf
    made = F.interpolate(x, (1, 16), mode="bilinear")
    assert made[..., :11].tolist() == [[[[0.0] * 11]]]
    assert F.interpolate(x, (1, 3), mode="area")[..., 0].item() == 0


@pytest.mark.parametrize("r", [1, 2, 3])
def test_shuffles_are_undone(r: int) -> None:
    x = liuli.rand(2, 2, 2 * r * r, 3, 4)
    assert F.pixel_unshuffle(F.pixel_shuffle(x, r), r).equal(x)
    y = liuli.rand(2, 2 * r, 3)
    assert F.channel_shuffle(F.channel_shuffle(y, r), 2).equal(y)


def test_bytes_are_repeated() -> None:
    x = liuli.tensor([[[[1, 200]]]], dtype=liuli.uint8)
    made = F.interpolate(x, scale_factor=2)
    assert made.dtype == liuli.uint8 and made.tolist() == [[[[1, 1, 200, 200]] * 2]]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_short_floats(dtype: str) -> None:
    x = liuli.rand(1, 2, 3, 3).to(getattr(liuli, dtype)).requires_grad_()
    for mode in ("nearest", "bilinear", "bicubic", "area"):
        made = F.interpolate(x, (4, 5), mode=mode)
        assert made.dtype == x.dtype
        made.sum().backward()
        assert x.grad.dtype == x.dtype
